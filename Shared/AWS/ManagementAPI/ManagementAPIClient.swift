public import AWSClient
public import AWSSignature
public import ChatCore
public import Connections
import EventLoopExecution
import NIOHTTP1

/// Posts to connections through API Gateway's `@connections` API.
/// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
public final class ManagementAPIClient: ConnectionSender {
    /// The number of concurrent posts of one payload.
    static let maximumConcurrency = 64

    private let signer: Signer?
    private let retryPolicy: RetryPolicy
    private let sleep: @Sendable (Duration) async throws -> Void
    // One connection more, so that the reply to a sender does not wait for slow pushes.
    private let client = LazyHTTPClient(maximumConcurrency: maximumConcurrency + 1)

    /// A client with the credentials and region of the environment. It connects with the first post.
    public convenience init(environment: Environment = .process) {
        self.init(credentials: try? Credentials(environment: environment), region: environment.awsRegion)
    }

    /// - Parameters:
    ///   - credentials: Without them every post fails.
    ///   - sleep: Waits between attempts.
    public init(
        credentials: Credentials?,
        region: String,
        retryPolicy: RetryPolicy = RetryPolicy(),
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        signer = credentials.map { Signer(credentials: $0, service: "execute-api", region: region) }
        self.retryPolicy = retryPolicy
        self.sleep = sleep
    }

    /// Closes the connections. Functions never do: they keep them between invocations.
    public func shutdown() async throws {
        try await client.shutdown()
    }

    public func post(
        _ payload: [UInt8],
        to connections: [ConnectionID],
        at endpoint: ManagementEndpoint
    ) async -> [ConnectionID: Delivery] {
        await send(.POST, payload, to: connections, at: endpoint)
    }

    public func close(
        _ connections: [ConnectionID],
        at endpoint: ManagementEndpoint
    ) async -> [ConnectionID: Delivery] {
        await send(.DELETE, [], to: connections, at: endpoint)
    }

    private func send(
        _ method: HTTPMethod,
        _ payload: [UInt8],
        to connections: [ConnectionID],
        at endpoint: ManagementEndpoint
    ) async -> [ConnectionID: Delivery] {
        guard !connections.isEmpty else { return [:] }
        guard let signer else { return failures("there are no AWS credentials", for: connections) }
        guard let endpoint = ServiceEndpoint(url: endpoint.url) else {
            return failures("'\(endpoint.url)' is not a URL", for: connections)
        }
        let open = client.opened()
        let post = Post(
            method: method,
            payload: payload,
            endpoint: endpoint,
            signer: signer,
            httpClient: open.httpClient,
            eventLoop: open.executor.eventLoop,
            retryPolicy: retryPolicy,
            sleep: sleep
        )
        return await withTaskExecutorPreference(open.executor) { await Self.deliver(post, to: connections) }
    }

    /// `@concurrent`, so that the caller's thread is left once for all posts.
    @concurrent
    private static func deliver(_ post: Post, to connections: [ConnectionID]) async -> [ConnectionID: Delivery] {
        await withTaskGroup(of: (ConnectionID, Delivery).self) { group in
            var deliveries: [ConnectionID: Delivery] = [:]
            deliveries.reserveCapacity(connections.count)
            for (index, connection) in connections.enumerated() {
                if index >= maximumConcurrency, let (done, delivery) = await group.next() {
                    deliveries[done] = delivery
                }
                group.addTask { (connection, await post.deliver(to: connection)) }
            }
            for await (done, delivery) in group { deliveries[done] = delivery }
            return deliveries
        }
    }

    private func failures(_ reason: String, for connections: [ConnectionID]) -> [ConnectionID: Delivery] {
        Dictionary(connections.map { ($0, .failed(reason: reason)) }, uniquingKeysWith: { first, _ in first })
    }
}
