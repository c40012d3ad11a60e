public import AsyncHTTPClient
public import EventLoopExecution
import NIOCore
import NIOPosix
import Synchronization

/// An HTTP client that is opened by the first request and kept between invocations.
public final class LazyHTTPClient: Sendable {
    private let maximumConcurrency: Int
    private let state = Mutex<Opened?>(nil)

    public struct Opened: Sendable {
        public let httpClient: HTTPClient
        /// Runs tasks on the client's only thread.
        public let executor: EventLoopTaskExecutor
    }

    /// - Parameter maximumConcurrency: The number of connections kept open to one host.
    public init(maximumConcurrency: Int) { self.maximumConcurrency = maximumConcurrency }

    /// The client. The first call opens it.
    public func opened() -> Opened {
        state.withLock { state in
            if let state { return state }
            var configuration = HTTPClient.Configuration(
                redirectConfiguration: .disallow,
                timeout: .init(connect: .seconds(2))
            )
            configuration.httpVersion = .http1Only
            configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = maximumConcurrency
            // By default the client retries a refused connection until the request's deadline.
            configuration.connectionPool.retryConnectionEstablishment = false
            // One thread, because a Lambda function rarely has more than one processor.
            let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
            let opened = Opened(
                httpClient: HTTPClient(eventLoopGroupProvider: .shared(group), configuration: configuration),
                executor: EventLoopTaskExecutor(group.next())
            )
            state = opened
            return opened
        }
    }

    /// Closes the client. Functions never do.
    public func shutdown() async throws {
        try await state.withLock { $0.take() }?.httpClient.shutdown()
    }
}
