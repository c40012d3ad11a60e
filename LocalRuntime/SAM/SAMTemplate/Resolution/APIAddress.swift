/// Where an API of the template is on AWS, and where it is here.
struct APIAddress {
    var apiID: String
    var local: String

    /// The APIs of a template, in its order; SAM's implicit HTTP API comes last.
    static func all(in resolver: Resolver) throws(TemplateError) -> [APIAddress] {
        var addresses: [APIAddress] = []
        var seen: Set<Bool> = []
        func add(_ logicalID: String, isWebSocket: Bool) {
            let isFirst = seen.insert(isWebSocket).inserted
            let api = ResolutionSettings.APIReference(logicalID: logicalID, isWebSocket: isWebSocket, isFirst: isFirst)
            addresses.append(APIAddress(apiID: apiID(of: logicalID), local: resolver.settings.apiAddress(api)))
        }
        for resource in try resolver.deployedResources() {
            switch resource.type {
            case "AWS::Serverless::HttpApi":
                add(resource.logicalID, isWebSocket: false)
            case "AWS::Serverless::WebSocketApi":
                add(resource.logicalID, isWebSocket: true)
            case "AWS::ApiGatewayV2::Api":
                add(resource.logicalID, isWebSocket: try resolver.name("ProtocolType", of: resource) == "WEBSOCKET")
            default:
                break
            }
        }
        if GeneratedResource.usesImplicitHTTPAPI(resolver.template) {
            add(GeneratedResource.implicitHTTPAPI, isWebSocket: false)
        }
        return addresses
    }

    /// Ten lower-case letters and digits, as API Gateway's ids are, always the same for a logical id.
    static func apiID(of logicalID: String) -> String {
        // FNV-1a: Swift's own hash differs from run to run.
        let hash = logicalID.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        let digits = String(hash, radix: 36)
        return String((digits + "0000000000").prefix(10))
    }

    /// The text with this API's host name, and the scheme before it, replaced by the local ones.
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
