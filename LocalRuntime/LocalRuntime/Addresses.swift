import DevConsole
import LambdaHost
import SAMTemplate

/// The addresses of a run.
struct Addresses: Sendable {
    let host: String
    let port: Int
    let servicesPort: Int

    /// The host to connect to; a client cannot connect to a wildcard address.
    private var connectHost: String { ["0.0.0.0", "::"].contains(host) ? "127.0.0.1" : host }

    /// Host and port of the APIs and the console.
    var `public`: String { "\(connectHost):\(port)" }
    /// The URL of the AWS services.
    var services: String { "http://\(connectHost):\(servicesPort)" }
    var console: String { "http://\(`public`)/_local/" }
    var issuer: String { "http://\(`public`)/_local" }

    func webSocket(_ api: WebSocketAPI, isFirst: Bool) -> String {
        isFirst ? "ws://\(`public`)/\(api.stage.name)" : "ws://\(`public`)/\(api.logicalID)/\(api.stage.name)"
    }

    func http(_ api: HTTPAPI, isFirst: Bool) -> String {
        let stage = api.stage.name == "$default" ? "" : api.stage.name
        return isFirst ? "http://\(`public`)/\(stage)" : "http://\(`public`)/\(api.logicalID)/\(stage)"
    }
}

extension RuntimeInfo {
    init(
        _ application: Application,
        template: String,
        addresses: Addresses,
        functions: [FunctionConfiguration],
        credentials: AccessKey
    ) {
        let webSocketAPIs = application.webSocketAPIs.enumerated().map { index, api in
            API(
                logicalId: api.logicalID,
                protocol: .webSocket,
                stage: api.stage.name,
                url: addresses.webSocket(api, isFirst: index == 0),
                routes: api.routes.map(\.key)
            )
        }
        let httpAPIs = application.httpAPIs.enumerated().map { index, api in
            API(
                logicalId: api.logicalID,
                protocol: .http,
                stage: api.stage.name,
                url: addresses.http(api, isFirst: index == 0),
                routes: api.routes.map(\.key)
            )
        }
        self.init(
            template: template,
            webSocketURL: webSocketAPIs.first?.url,
            httpURL: httpAPIs.first?.url,
            servicesURL: addresses.services + "/",
            apis: webSocketAPIs + httpAPIs,
            functions: functions.map { Function(name: $0.name, handler: $0.handler) },
            credentials: credentials
        )
    }
}
