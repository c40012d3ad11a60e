import Files
import FoundationEssentials
import Images

/// One request for a file, and what all answers to it have in common.
struct FileRequest {
    let file: FileID
    let variant: ImageVariant?
    let isHead: Bool
    private let now: @Sendable () -> Date
    /// When the credential expires.
    private let expiry: Date
    /// Of `If-None-Match`.
    private let knownTags: [Substring]
    private let isNegotiated: Bool

    init(_ event: HTTPEvent, file: FileID, variant: ImageVariant?, expiry: Date, now: @escaping @Sendable () -> Date) {
        self.file = file
        self.variant = variant
        self.now = now
        self.expiry = expiry
        isHead = event.requestContext.http.method == "HEAD"
        knownTags = event.headers["if-none-match"]?.split { $0 == "," || $0 == " " } ?? []
        isNegotiated = event.queryStringParameters?["format"] == "auto"
    }

    // MARK: What the client has

    /// Whether the client has this already (RFC 9110, section 13.1.2).
    func has(etag: String) -> Bool {
        knownTags.contains { $0 == "*" || $0.trimmingPrefix("W/") == "\"\(etag)\"" }
    }

    /// In seconds, and not longer than the credential is good; making an image takes some of them.
    private var secondsLeft: Int { max(Int(expiry.timeIntervalSince(now())), 0) }

    /// How long the target of a redirect that is answered now may be used, and then be kept, in seconds: both together
    /// not beyond the credential's expiry.
    var redirectLifetimes: (use: Int, keep: Int) {
        let left = secondsLeft
        let use = max(min(left, 300), 1)
        return (use, max(left - use, 0))
    }

    // MARK: Answers

    /// API Gateway answers HEAD with the length of the body, and without the body.
    func answer(_ bytes: [UInt8], contentType: String, etag: String) -> HTTPResponse {
        HTTPResponse(
            statusCode: 200,
            headers: contentHeaders(contentType, etag: etag),
            body: Data(bytes).base64EncodedString(),
            isBase64Encoded: true
        )
    }

    /// The answer to HEAD for what GET would have been redirected to.
    ///
    /// - Parameter size: In bytes, as far as it is known.
    func head(contentType: String, size: Int64?, etag: String) -> HTTPResponse {
        var headers = contentHeaders(contentType, etag: etag)
        headers["content-length"] = size.map { "\($0)" }
        return HTTPResponse(statusCode: 200, headers: headers)
    }

    func notModified(etag: String) -> HTTPResponse {
        HTTPResponse(statusCode: 304, headers: commonHeaders(etag: etag))
    }

    /// - Parameter lifetime: How long the target may be used, in seconds.
    func redirect(to url: String, lifetime: Int) -> HTTPResponse {
        // Half of its life, so that whoever takes the redirect from a cache can still follow it.
        let maximumAge = lifetime / 2
        var headers = ["location": url, "cache-control": "private, max-age=\(maximumAge)"]
        if isNegotiated { headers["vary"] = "accept" }
        return HTTPResponse(statusCode: 302, headers: headers)
    }

    // MARK: Headers

    /// What a browser shows without running anything it shows; the rest it saves. The name is the id's, because nothing
    /// is looked up.
    var contentDisposition: String {
        let isShown = [.image, .audio, .video, .pdf].contains(file.type.kind) || file.type == .text
        let suffix = variant?.format.fileExtension ?? file.type.fileExtension
        return "\(isShown ? "inline" : "attachment"); filename=\"\(file.uuid.uuidString.lowercased()).\(suffix)\""
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
        // Public, because everyone with this URL may see it, and a cache keeps it under the whole URL.
        var headers = ["etag": "\"\(etag)\"", "cache-control": "public, max-age=\(secondsLeft), immutable"]
        if isNegotiated { headers["vary"] = "accept" }
        return headers
    }
}
