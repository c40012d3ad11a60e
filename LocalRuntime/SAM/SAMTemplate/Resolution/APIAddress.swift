/// The local address of an API, and the id in its address on AWS.
struct APIAddress {
    var apiID: String
    var isWebSocket: Bool
    var local: String

    /// The APIs of a stack in the order of its template, SAM's implicit HTTP API last.
    ///
    /// - Parameter others: The APIs of the preceding stacks, which decide whether an API is the first of its protocol.
    static func all(in resolver: Resolver, after others: [APIAddress]) throws(TemplateError) -> [APIAddress] {
        var addresses: [APIAddress] = []
        func add(_ resource: Resource, isWebSocket: Bool) {
            let isFirst = !(others + addresses).contains { $0.isWebSocket == isWebSocket }
            let api = ResolutionSettings.APIReference(
                logicalID: resource.qualifiedID,
                isWebSocket: isWebSocket,
                isFirst: isFirst
            )
            let local = resolver.settings.apiAddress(api)
            addresses.append(APIAddress(apiID: apiID(of: resource), isWebSocket: isWebSocket, local: local))
        }
        for resource in try resolver.deployedResources() {
            switch resource.type {
            case "AWS::Serverless::HttpApi":
                add(resource, isWebSocket: false)
            case "AWS::Serverless::WebSocketApi":
                add(resource, isWebSocket: true)
            case "AWS::ApiGatewayV2::Api":
                add(resource, isWebSocket: try resolver.name("ProtocolType", of: resource) == "WEBSOCKET")
            default:
                break
            }
        }
        if GeneratedResource.usesImplicitHTTPAPI(resolver.template) {
            add(GeneratedResource.implicitHTTPAPI(of: resolver.template), isWebSocket: false)
        }
        return addresses
    }

    /// Ten lower-case letters and digits, like an id of API Gateway, derived from the qualified logical id.
    static func apiID(of resource: Resource) -> String {
        // FNV-1a: Swift's own hash differs from run to run.
        let hash = resource.qualifiedID.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01b3
        }
        let digits = String(hash, radix: 36)
        return String((digits + "0000000000").prefix(10))
    }

    /// The text with this API's host name on AWS and its scheme replaced by the local ones.
    func localizing(_ text: String) -> String {
        var result = ""
        var rest = text[...]
        while let host = rest.firstRange(of: "\(apiID).execute-api.") {
            var before = rest[..<host.lowerBound]
            for (scheme, local) in [("https://", "http://"), ("wss://", "ws://")] where before.hasSuffix(scheme) {
                before = before.dropLast(scheme.count) + local
            }
            result += before + self.local
            let end = rest[host.upperBound...].firstIndex { !($0.isLetter || $0.isNumber || $0 == "." || $0 == "-") }
            rest = rest[(end ?? rest.endIndex)...]
        }
        return result + rest
    }
}
