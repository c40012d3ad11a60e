/// The fields of an S3 upload form that precede the file.
public struct PostForm: Sendable {
    /// The names in lower case, in the order sent.
    public let names: [String]
    private let values: [String: String]

    /// - Parameters:
    ///   - fields: As sent. `${filename}` is replaced in the values with the name of the file, without folders.
    ///   - bucket: The bucket that the form was sent to. It replaces any field of that name.
    ///   - fileName: The file's name as sent by the client.
    public init(fields: [(name: String, value: String)], bucket: String, fileName: String?) throws(PostError) {
        let fileName = fileName?.split { $0 == "/" || $0 == "\\" }.last.map(String.init) ?? ""
        var names: [String] = []
        var values: [String: String] = [:]
        for (name, value) in fields {
            let name = name.lowercased()
            // With duplicates, the policy check and the upload could read different values.
            guard values[name] == nil else { throw .invalid("The field '\(name)' is sent more than once.") }
            names.append(name)
            values[name] = Self.isLiteral(name) ? value : value.replacing("${filename}", with: fileName)
        }
        if values["bucket"] == nil { names.append("bucket") }
        values["bucket"] = bucket
        self.names = names
        self.values = values
    }

    /// The value of a field. Names are case-insensitive.
    public subscript(name: String) -> String? { values[name.lowercased()] }

    func required(_ name: String) throws(PostError) -> String {
        guard let value = self[name], !value.isEmpty else {
            throw .invalid(
                "Bucket POST must contain a field named '\(name)'.  If it is specified, please check the order of the "
                    + "fields."
            )
        }
        return value
    }

    private static func isLiteral(_ name: String) -> Bool {
        ["policy", "signature", "awsaccesskeyid"].contains(name)
    }
}

/// Why a form is rejected.
public struct PostError: Error, Sendable, Hashable {
    /// S3's error code. Not an enum, because codes may be added.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Base: String {
            case invalidArgument = "InvalidArgument"
            case invalidPolicy = "InvalidPolicyDocument"
            case accessDenied = "AccessDenied"
            case unknownAccessKey = "InvalidAccessKeyId"
            case invalidToken = "InvalidToken"
            case mismatch = "SignatureDoesNotMatch"
        }
        private let base: Base
        /// The code as S3 writes it in responses.
        public var description: String { base.rawValue }
        /// The HTTP status of the response.
        public var status: Int {
            switch base {
            case .invalidArgument, .invalidPolicy, .invalidToken: 400
            case .accessDenied, .unknownAccessKey, .mismatch: 403
            }
        }

        /// A field is missing or malformed.
        public static let invalidArgument = Code(base: .invalidArgument)
        /// The policy is malformed.
        public static let invalidPolicy = Code(base: .invalidPolicy)
        /// The policy does not allow this form, or has expired.
        public static let accessDenied = Code(base: .accessDenied)
        public static let unknownAccessKey = Code(base: .unknownAccessKey)
        /// The session token does not belong to the access key.
        public static let invalidToken = Code(base: .invalidToken)
        public static let mismatch = Code(base: .mismatch)
    }

    public var code: Code
    /// For the client, in S3's wording where that is known.
    public var message: String

    public init(_ code: Code, message: String) {
        self.code = code
        self.message = message
    }

    static func invalid(_ message: String) -> PostError { PostError(.invalidArgument, message: message) }

    static func malformedPolicy(_ reason: String) -> PostError {
        PostError(.invalidPolicy, message: "Invalid Policy: \(reason)")
    }

    static func denied(_ reason: String) -> PostError {
        PostError(.accessDenied, message: "Invalid according to Policy: \(reason)")
    }
}
