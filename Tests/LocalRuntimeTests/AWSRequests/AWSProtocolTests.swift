import AWSRequests
import EmulatorCore
import HTTPListener
import NIOCore
import NIOHTTP1
import Testing

@Suite("Errors in the protocol of the client")
struct AWSProtocolTests {
    private func request(
        _ service: String,
        _ method: HTTPMethod = .POST,
        _ uri: String = "/",
        _ headers: HTTPHeaders = [:],
        _ body: String = ""
    ) -> AWSRequest {
        var headers = headers
        headers.add(name: "X-Amz-Date", value: "20261129T000000Z")
        headers.add(
            name: "Authorization",
            value: "AWS4-HMAC-SHA256 Credential=local/20261129/us-east-1/\(service)/aws4_request, "
                + "SignedHeaders=host, Signature=\(String(repeating: "0", count: 64))"
        )
        return AWSRequest(
            IncomingRequest(method: method, uri: uri, headers: headers, body: ByteBuffer(string: body))
        )
    }

    private static let form: HTTPHeaders = ["Content-Type": "application/x-www-form-urlencoded; charset=utf-8"]

    private func body(_ response: OutgoingResponse) -> String {
        guard case .bytes(let bytes) = response.body else { return "" }
        return String(buffer: bytes)
    }

    @Test(arguments: ["sns", "sts", "cloudformation", "iam", "rds", "autoscaling", "elasticloadbalancing"])
    func aQueryClientReadsXML(service: String) throws {
        let request = request(service, .POST, "/", Self.form, "Action=List&Version=2010-03-31")
        let response = request.notEmulated("The service \(service)")
        #expect(response.status == .badRequest && response.headers.first(name: "Content-Type") == "text/xml")
        let text = body(response)
        #expect(text.contains("<ErrorResponse><Error><Type>Sender</Type><Code>InvalidAction</Code><Message>"))
        #expect(text.contains("The service \(service) (List) is not emulated by LocalRuntime."))
    }

    @Test func aQueryInTheURLIsReadAsWell() {
        #expect(AWSProtocol(of: request("sts", .GET, "/?Action=GetCallerIdentity&Version=2011-06-15")) == .query)
        #expect(request("sts", .GET, "/?Action=A%20b").operation == "A b")
    }

    @Test func ec2HasErrorsOfItsOwnForm() {
        let text = body(request("ec2", .POST, "/", Self.form, "Action=DescribeVpcs").notEmulated("The service ec2"))
        #expect(text.contains("<Response><Errors><Error><Code>InvalidAction</Code>") && text.contains("<RequestID>"))
    }

    @Test(
        arguments: [
            ("dynamodb", "DynamoDB_20120810.GetItem", "application/x-amz-json-1.0"),
            ("secretsmanager", "secretsmanager.GetSecretValue", "application/x-amz-json-1.1"),
            ("kinesis", "Kinesis_20131202.PutRecord", "application/x-amz-json-1.1"),
        ]
    )
    func aJSONClientReadsATypeInTheBody(service: String, target: String, type: String) throws {
        let request = request(service, .POST, "/", ["X-Amz-Target": target, "Content-Type": type], "{}")
        let response = request.notEmulated("The service \(service)")
        #expect(response.status == .badRequest && response.headers.first(name: "Content-Type") == type)
        let json = try JSONValue(parsing: ByteBuffer(string: body(response)))
        #expect(json["__type"]?.string == "UnknownOperationException")
        #expect(json["message"]?.string?.hasSuffix("is not emulated by LocalRuntime.") == true)
    }

    @Test(arguments: [("apigateway", "/restapis"), ("scheduler", "/schedules/x"), ("lambda", "/2015-03-31/functions/")])
    func aRESTClientReadsATypeInTheHeaders(service: String, path: String) {
        let response = request(service, .GET, path).notEmulated("The service \(service)")
        #expect(response.status == .badRequest)
        #expect(response.headers.first(name: "x-amzn-ErrorType") == "UnknownOperationException")
        #expect(body(response).contains("The service \(service) (GET \(path)) is not emulated"))
    }

    @Test(arguments: ["cloudfront", "route53"]) func aRESTClientOfXMLReadsXML(service: String) {
        let response = request(service, .GET, "/2020-05-31/distribution").notEmulated("The service \(service)")
        #expect(body(response).contains("<Code>InvalidAction</Code>"))
    }

    @Test func aClientOfCBORReadsCBOR() {
        let headers: HTTPHeaders = ["Smithy-Protocol": "rpc-v2-cbor"]
        let path = "/service/GraniteServiceVersion20100801/operation/ListMetrics"
        let response = request("monitoring", .POST, path, headers).notEmulated("The service monitoring")
        #expect(response.headers.first(name: "Smithy-Protocol") == "rpc-v2-cbor")
        guard case .bytes(let bytes) = response.body else { return }
        #expect(Array(bytes.readableBytesView.prefix(4)) == [0xA2, 0x79, 0, 6])
        #expect(String(buffer: bytes).contains("(ListMetrics)"))
    }

    @Test func aLongOperationIsCut() {
        let response = request("sns", .POST, "/", Self.form, "Action=" + String(repeating: "x", count: 10_000))
            .notEmulated("The service sns")
        #expect(body(response).utf8.count < 600)
    }
}
