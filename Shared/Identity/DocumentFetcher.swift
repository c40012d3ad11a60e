import AsyncHTTPClient
import FoundationEssentials
import NIOCore
import NIOHTTP1

/// Fetches documents over HTTP.
public protocol DocumentFetcher: Sendable {
    /// The document's bytes; nil if the status is 404. Throws `unavailable` for any other failure.
    func fetch(_ url: String) async throws(IdentityError) -> [UInt8]?
}

/// Fetches documents of up to 1 MB within 5 seconds. Follows redirects on the same host only.
public struct HTTPDocumentFetcher: DocumentFetcher {
    private static let timeout = TimeAmount.seconds(5)
    private static let maximumSize = 1_048_576
    private static let maximumRedirects = 3

    public init() {}

    public func fetch(_ url: String) async throws(IdentityError) -> [UInt8]? {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(3), read: Self.timeout)
        )
        // Report an unreachable issuer at once.
        configuration.connectionPool.retryConnectionEstablishment = false
        // Keys are fetched rarely, so no connection is kept open in between.
        let client = HTTPClient(configuration: configuration)
        let result: Result<[UInt8]?, any Error>
        do {
            result = .success(try await Self.fetch(url, with: client, deadline: .now() + Self.timeout))
        } catch {
            result = .failure(error)
        }
        try? await client.shutdown()
        switch result {
        case .success(let document): return document
        case .failure(let error as IdentityError): throw error
        case .failure(let error): throw .unavailable("\(url) cannot be fetched: \(error)")
        }
    }

    private static func fetch(_ url: String, with client: HTTPClient, deadline: NIODeadline) async throws -> [UInt8]? {
        var url = url
        for _ in 0...maximumRedirects {
            var request = HTTPClientRequest(url: url)
            request.headers.add(name: "Accept", value: "application/json")
            let response = try await client.execute(request, deadline: deadline)
            switch response.status.code {
            case 200: return Array(try await response.body.collect(upTo: maximumSize).readableBytesView)
            case 404: return nil
            case 301, 302, 303, 307, 308: url = try redirection(of: url, response.headers.first(name: "Location"))
            case let status: throw IdentityError.unavailable("\(url) returned status \(status).")
            }
        }
        throw IdentityError.unavailable("\(url) redirects too often.")
    }

    private static func redirection(of url: String, _ location: String?) throws -> String {
        guard
            let old = URL(string: url), let location, let new = URL(string: location, relativeTo: old),
            new.scheme == old.scheme, new.host() == old.host(), new.port == old.port
        else { throw IdentityError.unavailable("\(url) redirects to another host.") }
        return new.absoluteString
    }
}
