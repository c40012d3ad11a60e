import Foundation
import HTTPListener
import Logging
import NIOCore

/// The two listeners of a run, bound before their responders exist.
struct Listeners {
    /// Serves the APIs and the console.
    let `public`: HTTPListener
    let publicResponder = DeferredResponder()
    /// Serves the AWS services to functions.
    let aws: HTTPListener
    let awsResponder = DeferredResponder()
    let addresses: Addresses

    init(_ options: RunCommand, _ logger: Logger) async throws {
        let policy = options.requestPolicy
        `public` = try await Self.bind(options.host, options.port, "--port", policy, publicResponder, logger)
        let servicesPort = options.servicesPort ?? (options.port == 0 ? 0 : `public`.port + 1)
        aws = try await Self.bind(options.host, servicesPort, "--services-port", policy, awsResponder, logger)
        addresses = Addresses(host: options.host, port: `public`.port, servicesPort: aws.port)
    }

    private static func bind(
        _ host: String,
        _ port: Int,
        _ option: String,
        _ policy: RequestPolicy,
        _ responder: DeferredResponder,
        _ logger: Logger
    ) async throws -> HTTPListener {
        do {
            return try await HTTPListener.bind(
                host: host,
                port: port,
                policy: policy,
                responder: responder,
                logger: logger
            )
        } catch {
            let reason =
                (error as? IOError).map { String(cString: strerror($0.errnoCode)).lowercased() } ?? "\(error)"
            throw StartFailure("Port \(port) of \(host) cannot be used: \(reason). Choose another with \(option).")
        }
    }
}
