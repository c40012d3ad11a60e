import ByteEncodings
import FoundationEssentials

/// A failure as reported to Lambda.
struct ErrorReport: Error, Equatable {
    /// `Runtime.UnmarshalError`, `Function.PostgresError`.
    var errorType: String
    var errorMessage: String

    init(errorType: String, errorMessage: String) {
        self.errorType = errorType
        self.errorMessage = errorMessage
    }

    /// Reports an error of the function. A ``LambdaError`` provides its own type and message.
    init(of error: any Error) {
        if let error = error as? any LambdaError {
            self.init(errorType: error.errorType, errorMessage: error.errorMessage)
        } else {
            let name = "\(type(of: error))"
            self.init(
                errorType: Self.errorType(named: name),
                errorMessage: "The function failed with \(name); see its log."
            )
        }
    }

    static func undecodableEvent(_ failure: CodingFailure, type: Any.Type) -> ErrorReport {
        ErrorReport(errorType: "Runtime.UnmarshalError", errorMessage: "The event is not a \(type): \(failure)")
    }

    static func unencodableResponse(type: Any.Type) -> ErrorReport {
        ErrorReport(
            errorType: "Runtime.MarshalError",
            errorMessage: "A \(type) cannot be encoded as JSON; see the log."
        )
    }

    /// The format that Lambda accepts: a category, a dot, and letters only.
    static func errorType(named name: String) -> String {
        let letters = name.unicodeScalars.filter { $0.isASCII && $0.properties.isAlphabetic }
        guard let first = letters.first else { return "Function.Unknown" }
        return "Function.\(first.properties.uppercaseMapping)\(String(String.UnicodeScalarView(letters.dropFirst())))"
    }

    /// The body of the request that reports the failure.
    var document: Data {
        var text: [UInt8] = []
        text += #"{"errorType":"#.utf8
        JSONString.append(errorType, to: &text)
        text += #","errorMessage":"#.utf8
        JSONString.append(errorMessage, to: &text)
        text += #","stackTrace":[]}"#.utf8
        return Data(text)
    }
}
