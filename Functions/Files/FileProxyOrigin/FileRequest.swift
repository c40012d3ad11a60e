import Files
import FoundationEssentials
import Images

/// A request for a file, and the headers that all responses to it share.
struct FileRequest {
    let file: FileID
    private(set) var variant: ImageVariant?
    let isHead: Bool
    private let now: @Sendable () -> Date
    /// When the credential expires.
    private let expiry: Date
    /// The entity tags of `If-None-Match`.
    private let knownTags: [Substring]
    /// Whether the format depends on the `Accept` header.
    let isNegotiated: Bool

    init(_ event: HTTPEvent, file: FileID, variant: ImageVariant?, expiry: Date, now: @escaping @Sendable () -> Date) {
        self.file = file
        self.variant = variant
        self.now = now
        self.expiry = expiry
        isHead = event.requestContext.http.method == "HEAD"
        knownTags = event.headers["if-none-match"]?.split { $0 == "," || $0 == " " } ?? []
        isNegotiated = event.queryStringParameters?["format"] == "auto"
    }

    /// The same request for another variant, or for the file itself.
    func replacing(variant: ImageVariant?) -> FileRequest {
        var request = self
        request.variant = variant
        return request
    }

    // MARK: Validity

    /// Whether the client has this representation already (RFC 9110, section 13.1.2).
    func has(etag: String) -> Bool {
        knownTags.contains { $0 == "*" || $0.trimmingPrefix("W/") == "\"\(etag)\"" }
    }

    /// The time until the credential expires, in seconds. Read when a response is made, because resizing takes time.
    private var secondsLeft: Int { max(Int(expiry.timeIntervalSince(now())), 0) }

    /// How long the target of a redirect can be fetched, and how long its content may be cached after that, in seconds.
    /// Together they end with the credential.
    var redirectLifetimes: (fetch: Int, cache: Int) {
        let left = secondsLeft
        let fetch = max(min(left, 300), 1)
        return (fetch, max(left - fetch, 0))
    }

    // MARK: Responses

    /// For HEAD, API Gateway sends the length of the response's body but not the body.
    func response(_ bytes: [UInt8], contentType: String, etag: String) -> HTTPResponse {
        HTTPResponse(
            statusCode: 200,
            headers: contentHeaders(contentType, etag: etag),
            body: Data(bytes).base64EncodedString(),
            isBase64Encoded: true
        )
    }

    /// The response to HEAD where GET is redirected.
    ///
    /// - Parameter size: In bytes; nil if it is not known.
    func headResponse(contentType: String, size: Int64?, etag: String) -> HTTPResponse {
        var headers = contentHeaders(contentType, etag: etag)
        headers["content-length"] = size.map { "\($0)" }
        return HTTPResponse(statusCode: 200, headers: headers)
    }

    func notModified(etag: String) -> HTTPResponse {
        HTTPResponse(statusCode: 304, headers: commonHeaders(etag: etag))
    }

    /// - Parameter lifetime: How long the target can be fetched, in seconds.
    func redirect(to url: String, lifetime: Int) -> HTTPResponse {
        // Half of the lifetime, so that a client with a cached redirect still has time to follow it.
        let maximumAge = lifetime / 2
        var headers = ["location": url, "cache-control": "private, max-age=\(maximumAge)"]
        if isNegotiated { headers["vary"] = "accept" }
        return HTTPResponse(statusCode: 302, headers: headers)
    }

    // MARK: Headers

    /// Browsers display the types that cannot run code, and save all others. The file is named by its id, because its
    /// name is in the database, which this function does not use.
    var contentDisposition: String {
        let isDisplayed = [.image, .audio, .video, .pdf].contains(file.type.kind) || file.type == .text
        let suffix = variant?.format.fileExtension ?? file.type.fileExtension
        return "\(isDisplayed ? "inline" : "attachment"); filename=\"\(file.uuid.uuidString.lowercased()).\(suffix)\""
    }

    private func contentHeaders(_ contentType: String, etag: String) -> [String: String] {
        commonHeaders(etag: etag).merging(
            [
                "content-type": contentType,
                "content-disposition": contentDisposition,
                "content-security-policy": "default-src 'none'; sandbox",
                "x-content-type-options": "nosniff",
            ]
        ) { own, _ in own }
    }

    private func commonHeaders(etag: String) -> [String: String] {
        // Public: everyone with this URL may read the file, and caches store it under the whole URL.
        var headers = ["etag": "\"\(etag)\"", "cache-control": "public, max-age=\(secondsLeft), immutable"]
        if isNegotiated { headers["vary"] = "accept" }
        return headers
    }
}
