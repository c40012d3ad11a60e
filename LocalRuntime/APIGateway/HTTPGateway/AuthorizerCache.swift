import EmulatorCore
import NIOCore
import SAMTemplate
import Synchronization

/// Responses of an HTTP API's Lambda authorizers, by the values of their identity sources.
///
/// Only valid responses are cached. A cached policy is evaluated again for each request, because it may cover several
/// routes.
///
/// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html#http-api-lambda-authorizer.identity-sources
final class AuthorizerCache: Sendable {
    private struct Key: Hashable {
        var authorizer: String
        var identity: [String]
    }

    private struct Entry {
        var response: ByteBuffer
        var expiry: UnixTime
    }

    /// The most responses; clients choose the keys.
    static let capacity = 10_000

    private let entries = Mutex<[Key: Entry]>([:])
    private let now: @Sendable () -> UnixTime

    init(now: @escaping @Sendable () -> UnixTime = { .now }) {
        self.now = now
    }

    func response(of authorizer: HTTPAPI.Authorizer.Request, to identity: [String]) -> ByteBuffer? {
        guard isEnabled(authorizer, identity) else { return nil }
        let key = Key(authorizer: authorizer.name, identity: identity)
        return entries.withLock { entries in
            guard let entry = entries[key], entry.expiry > now() else { return nil }
            return entry.response
        }
    }

    func store(_ response: ByteBuffer, of authorizer: HTTPAPI.Authorizer.Request, to identity: [String]) {
        guard isEnabled(authorizer, identity) else { return }
        let time = now()
        let expiry = UnixTime(milliseconds: time.milliseconds + Int64(authorizer.resultTimeToLive) * 1_000)
        let key = Key(authorizer: authorizer.name, identity: identity)
        entries.withLock { entries in
            if entries.count >= Self.capacity {
                entries = entries.filter { $0.value.expiry > time }
                if entries.count >= Self.capacity { entries = [:] }
            }
            entries[key] = Entry(response: response, expiry: expiry)
        }
    }

    /// A response can be cached only by what identifies the caller.
    private func isEnabled(_ authorizer: HTTPAPI.Authorizer.Request, _ identity: [String]) -> Bool {
        authorizer.resultTimeToLive > 0 && !identity.isEmpty
    }
}
