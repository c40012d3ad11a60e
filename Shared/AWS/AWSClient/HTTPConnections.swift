public import AsyncHTTPClient
public import EventLoopExecution
import NIOCore
import NIOPosix
import Synchronization

/// The HTTP client of a service's client: opened by its first request, and kept from one invocation to the next.
public final class HTTPConnections: Sendable {
    private let maximumConcurrency: Int
    private let state = Mutex<Opened?>(nil)

    public struct Opened: Sendable {
        public let httpClient: HTTPClient
        /// Of the one thread that sends and receives.
        public let executor: EventLoopTaskExecutor
    }

    /// - Parameter maximumConcurrency: How many connections are held open to one host.
    public init(maximumConcurrency: Int) { self.maximumConcurrency = maximumConcurrency }

    public func opened() -> Opened {
        state.withLock { state in
            if let state { return state }
            var configuration = HTTPClient.Configuration(
                redirectConfiguration: .disallow,
                timeout: .init(connect: .seconds(2))
            )
            configuration.httpVersion = .http1Only
            configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = maximumConcurrency
            // By default a refused connection is tried again and again until the request's deadline.
            configuration.connectionPool.retryConnectionEstablishment = false
            // One thread: a Lambda function seldom has more than a processor to itself.
            let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
            let opened = Opened(
                httpClient: HTTPClient(eventLoopGroupProvider: .shared(group), configuration: configuration),
                executor: EventLoopTaskExecutor(group.next())
            )
            state = opened
            return opened
        }
    }

    /// Closes what was opened. A function never does.
    public func shutdown() async throws {
        try await state.withLock { $0.take() }?.httpClient.shutdown()
    }
}
