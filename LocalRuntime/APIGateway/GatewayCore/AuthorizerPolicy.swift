import EmulatorCore
public import NIOCore

/// The decision of a Lambda authorizer.
///
/// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
public enum AuthorizerDecision: Sendable, Hashable {
    /// Authorized, with the context for `requestContext.authorizer`: its values as text, and `principalId`.
    case allow([String: String])
    case deny
    /// The response is not in the form that API Gateway requires.
    case malformed

    /// The largest response of an authorizer, in bytes.
    public static let responseLimit = 8_192

    /// Reads a response with an IAM policy and evaluates the policy for one method.
    public init(policyResponse: ByteBuffer, methodARN: String) {
        guard policyResponse.readableBytes <= Self.responseLimit,
            case .object(let response)? = try? JSONValue(parsing: policyResponse),
            let principal = response["principalId"]?.string,
            case .object(let document)? = response["policyDocument"]
        else {
            self = .malformed
            return
        }
        var context = ["principalId": principal]
        switch response["context"] {
        case .object(let values):
            for (key, value) in values {
                guard let text = value.scalarText else {
                    self = .malformed
                    return
                }
                context[key] = text
            }
        case nil, .null: break
        default:
            self = .malformed
            return
        }
        self = Self.allows(document["Statement"], methodARN) ? .allow(context) : .deny
    }

    /// What is wrong with a response that is ``malformed``, for the log.
    public static func problem(with response: ByteBuffer) -> String {
        guard response.readableBytes <= responseLimit else {
            return "it has \(response.readableBytes) bytes, more than \(responseLimit)"
        }
        guard case .object(let fields)? = try? JSONValue(parsing: response) else { return "it is not a JSON object" }
        if fields["principalId"]?.string == nil {
            let isSimple = fields["isAuthorized"] != nil
            return "principalId is missing or is not a string"
                + (isSimple ? "; isAuthorized needs EnableSimpleResponses and format 2.0" : "")
        }
        guard case .object? = fields["policyDocument"] else { return "policyDocument is missing or is not an object" }
        return "context is not an object of strings, numbers and booleans"
    }

    private static func allows(_ statements: JSONValue?, _ methodARN: String) -> Bool {
        let list: [JSONValue] =
            switch statements {
            case .array(let list): list
            case .some(let single): [single]
            case nil: []
            }
        let effects = list.filter { statement in
            texts(statement["Action"]).contains { matches("execute-api:Invoke", pattern: $0, ignoringCase: true) }
                && texts(statement["Resource"]).contains { matches(methodARN, pattern: $0) }
        }.map { $0["Effect"]?.string }
        return effects.contains("Allow") && !effects.contains("Deny")
    }

    private static func texts(_ value: JSONValue?) -> [String] {
        switch value {
        case .string(let text): [text]
        case .array(let list): list.compactMap(\.string)
        default: []
        }
    }

    /// Matches with IAM's wildcards: `*` for any number of characters, `?` for one.
    static func matches(_ text: String, pattern: String, ignoringCase: Bool = false) -> Bool {
        let text = Array((ignoringCase ? text.lowercased() : text).utf8)
        let pattern = Array((ignoringCase ? pattern.lowercased() : pattern).utf8)
        var position = 0
        var place = 0
        var star: (place: Int, position: Int)?
        while position < text.count {
            if place < pattern.count, pattern[place] == UInt8(ascii: "*") {
                star = (place, position)
                place += 1
            } else if place < pattern.count, pattern[place] == UInt8(ascii: "?") || pattern[place] == text[position] {
                place += 1
                position += 1
            } else if let last = star {
                place = last.place + 1
                position = last.position + 1
                star = (last.place, position)
            } else {
                return false
            }
        }
        return pattern[place...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
