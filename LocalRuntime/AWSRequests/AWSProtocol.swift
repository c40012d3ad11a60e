import EmulatorCore
public import HTTPListener
import NIOCore
public import NIOHTTP1

/// The protocol that a client of an AWS service speaks. An error in another protocol is unreadable to the client's SDK,
/// which then reports a parse failure, or retries.
///
/// https://smithy.io/2.0/aws/protocols/index.html
public enum AWSProtocol: Sendable, Hashable {
    /// AWS JSON 1.0 or 1.1: the operation is in `X-Amz-Target`.
    case json
    /// A form with `Action`, XML in return: SNS, CloudFormation, STS, IAM, RDS.
    case query
    /// The query protocol with EC2's and SimpleDB's form of errors.
    case ec2
    /// XML at paths: CloudFront, Route 53.
    case restXML
    /// JSON at paths: Lambda, API Gateway, EventBridge Scheduler.
    case restJSON
    /// Smithy's RPC with CBOR: newer SDKs of CloudWatch.
    case cbor

    /// - Parameter request: With its body, which has the operation in some protocols.
    public init(of request: AWSRequest) {
        let (http, service) = (request.http, request.service)
        let contentType = http.headers.first(name: "Content-Type")?.lowercased() ?? ""
        if http.headers.contains(name: "X-Amz-Target") {
            self = .json
        } else if http.headers.contains(name: "Smithy-Protocol") || contentType.hasPrefix("application/cbor") {
            self = .cbor
        } else if http.form["Action"] != nil {
            self = ["ec2", "sdb"].contains(service) ? .ec2 : .query
        } else if contentType.hasPrefix("application/xml") || ["cloudfront", "route53", "s3"].contains(service) {
            self = .restXML
        } else {
            self = .restJSON
        }
    }

    /// The code of an operation that a service does not have, which no SDK retries.
    var unknownOperation: String {
        switch self {
        case .query, .ec2, .restXML: "InvalidAction"
        case .json, .restJSON, .cbor: "UnknownOperationException"
        }
    }

    /// An error as SDKs of this protocol read it.
    ///
    /// - Parameter contentType: The request's, which AWS JSON repeats.
    public func error(
        _ status: HTTPResponseStatus,
        code: String,
        message: String,
        contentType: String? = nil
    ) -> OutgoingResponse {
        let requestID = RequestID.make()
        var headers: HTTPHeaders = ["x-amzn-RequestId": requestID]
        let body: ByteBuffer
        switch self {
        case .json, .restJSON:
            headers.add(name: "Content-Type", value: self == .json ? contentType ?? Self.jsonType : "application/json")
            headers.add(name: "x-amzn-ErrorType", value: code)
            body = Self.json(code, message)
        case .query, .restXML, .ec2:
            headers.add(name: "Content-Type", value: "text/xml")
            body = self == .ec2 ? Self.ec2(code, message, requestID) : Self.xml(code, message, requestID)
        case .cbor:
            headers.add(name: "Content-Type", value: "application/cbor")
            headers.add(name: "Smithy-Protocol", value: "rpc-v2-cbor")
            body = Self.cbor([("__type", code), ("message", message)])
        }
        return OutgoingResponse(status: status, headers: headers, body: .bytes(body))
    }

    private static let jsonType = "application/x-amz-json-1.1"

    private static func json(_ code: String, _ message: String) -> ByteBuffer {
        var json = JSONWriter()
        json.object { json in
            json.field("__type", code)
            json.field("message", message)
        }
        return json.buffer
    }

    private static func xml(_ code: String, _ message: String, _ requestID: String) -> ByteBuffer {
        var xml = XMLWriter()
        xml.element("ErrorResponse") { xml in
            xml.element("Error") { xml in
                xml.element("Type", "Sender")
                xml.element("Code", code)
                xml.element("Message", message)
            }
            xml.element("RequestId", requestID)
        }
        return xml.buffer
    }

    private static func ec2(_ code: String, _ message: String, _ requestID: String) -> ByteBuffer {
        var xml = XMLWriter()
        xml.element("Response") { xml in
            xml.element("Errors") { xml in
                xml.element("Error") { xml in
                    xml.element("Code", code)
                    xml.element("Message", message)
                }
            }
            xml.element("RequestID", requestID)
        }
        return xml.buffer
    }

    /// A map of texts in CBOR: https://www.rfc-editor.org/rfc/rfc8949
    private static func cbor(_ fields: [(String, String)]) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeInteger(0xA0 | UInt8(fields.count))
        for text in fields.flatMap({ [$0.0, $0.1] }) {
            buffer.writeInteger(0x79 as UInt8)
            buffer.writeInteger(UInt16(clamping: text.utf8.count))
            buffer.writeBytes(text.utf8.prefix(Int(UInt16.max)))
        }
        return buffer
    }
}

extension AWSRequest {
    /// The operation that the request names, for messages; nil if only its method and path do.
    public var operation: String? {
        if let target = http.headers.first(name: "X-Amz-Target") {
            return target.split(separator: ".").last.map { String($0.prefix(128)) }
        }
        if let action = http.form["Action"] { return String(action.prefix(128)) }
        let parts = http.path.split(separator: "/")
        return parts.count == 4 && parts[0] == "service" && parts[2] == "operation" ? String(parts[3].prefix(128)) : nil
    }

    /// The version of the service's API, which requests of the query protocol name.
    public var apiVersion: String? { http.form["Version"].map { String($0.prefix(32)) } }

    /// The error for a request to a service, or for an operation, that LocalRuntime does not have. Its status is 400,
    /// because SDKs retry 501.
    ///
    /// - Parameter subject: What is missing, as the subject of "is not emulated".
    public func notEmulated(_ subject: String) -> OutgoingResponse {
        let wire = AWSProtocol(of: self)
        let named = operation.map { " (\($0))" } ?? " (\(http.method.rawValue) \(http.path.prefix(128)))"
        return wire.error(
            .badRequest,
            code: wire.unknownOperation,
            message: "\(subject)\(named) is not emulated by LocalRuntime.",
            contentType: http.headers.first(name: "Content-Type")
        )
    }
}

extension IncomingRequest {
    /// The fields of a form in the body or, without a body, in the query.
    fileprivate var form: [String: String] {
        let isForm =
            headers.first(name: "Content-Type")?.lowercased().hasPrefix("application/x-www-form-urlencoded") ?? false
        guard isForm || method == .GET else { return [:] }
        let text = method == .GET ? String(query ?? "") : String(buffer: body)
        var fields: [String: String] = [:]
        for (name, value) in RequestTarget.queryItems(text[...]) { fields[name] = value }
        return fields
    }
}
