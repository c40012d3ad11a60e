import AWSRequests
import Activity
import HTTPGateway
import LambdaHost
import Logging
import SAMTemplate
import WebSocketGateway

/// The gateways of a template's APIs.
struct Gateways {
    let webSocket: [WebSocketGateway]
    let http: [HTTPGateway]
    let connections: ConnectionsAPI

    init(
        of application: Application,
        region: String,
        accountID: String,
        invoker: any FunctionInvoker,
        verifier: RequestVerifier,
        recorder: ActivityRecorder,
        logger: Logger
    ) {
        webSocket = application.webSocketAPIs.map { api in
            WebSocketGateway(
                api: api,
                region: region,
                accountID: accountID,
                invoker: invoker,
                recorder: recorder,
                logger: logger
            )
        }
        let tokens = TokenVerifiers()
        http = application.httpAPIs.map { api in
            HTTPGateway(
                api: api,
                region: region,
                accountID: accountID,
                invoker: invoker,
                checkToken: tokens.check,
                recorder: recorder,
                logger: logger
            )
        }
        connections = ConnectionsAPI(gateways: webSocket, verifier: verifier)
    }
}
