import Foundation
import LambdaHost
import SAMTemplate
import ServiceLifecycle
import WebSocketGateway

/// Creates the template's custom resources, then opens the APIs.
///
/// It is the first service to stop. It then closes the WebSocket connections and waits up to three seconds for them.
struct Deployment: Service {
    /// How long functions may continue after Ctrl-C; then each gets SIGTERM, and SIGKILL after
    /// ``LambdaHost/Options/terminationGrace``.
    static let functionGrace = Duration.milliseconds(1_500)

    let application: Application
    let gateways: [WebSocketGateway]
    let host: LambdaHost
    let customResources: CustomResources
    let addresses: Addresses
    /// The file with the access key for the AWS services, which the terminal names instead of the secret itself.
    let credentialsFile: String
    let region: String
    let stackID: String
    /// Called once the custom resources have been created.
    let didDeploy: @Sendable () -> Void
    let terminal: Terminal

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await createCustomResources()
            didDeploy()
            announce()
            while !Task.isCancelled {
                try? await Task.sleep(for: .seconds(5))
                for gateway in gateways { gateway.closeExpired() }
            }
        }
        terminal.say("")
        terminal.step("Stopping")
        // Functions that are still busy then, or ignore the signal, must not delay the end.
        Task { [host] in
            try? await Task.sleep(for: Self.functionGrace)
            await host.stop()
        }
        for gateway in gateways { gateway.stop() }
        let deadline = ContinuousClock.now + .seconds(3)
        while gateways.contains(where: { $0.connectionCount > 0 }), ContinuousClock.now < deadline {
            try? await Task.sleep(for: .milliseconds(20))
        }
    }

    private func createCustomResources() async {
        for resource in application.customResources {
            do {
                try await customResources.create(
                    resource,
                    servicesURL: addresses.services,
                    stackID: stackID,
                    invoker: host
                )
                terminal.step("Created \(resource.logicalID)")
            } catch {
                terminal.fail("\(error)")
            }
        }
    }

    private func announce() {
        let functions = application.functions.count
        terminal.step("Ready with \(functions) \(functions == 1 ? "function" : "functions")")
        for (index, api) in application.webSocketAPIs.enumerated() {
            terminal.say("    WebSocket API  \(addresses.webSocket(api, isFirst: index == 0))")
        }
        for (index, api) in application.httpAPIs.enumerated() {
            terminal.say("    HTTP API       \(addresses.http(api, isFirst: index == 0))")
        }
        terminal.say("    AWS services   \(addresses.services)/")
        terminal.say("      with         export AWS_SHARED_CREDENTIALS_FILE=\(credentialsFile.shellQuoted)")
        terminal.say("                   export AWS_ENDPOINT_URL=\(addresses.services) AWS_DEFAULT_REGION=\(region)")
        terminal.say("    Console        \(addresses.console)")
        terminal.step("Listening on http://\(addresses.public)/ (Ctrl-C stops)")
    }
}

extension String {
    /// The text as one word of a shell.
    fileprivate var shellQuoted: String {
        let isPlain = utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "/._-+:@%".utf8.contains(byte)
            }
        }
        return isPlain
            ? self : "'" + split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#) + "'"
    }
}
