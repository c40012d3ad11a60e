import HTTPListener
import NIOHTTP1
import ObjectStore

/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html
extension S3API {
    /// Answers what a browser asks before it sends a request to another origin.
    func preflight(_ request: S3Request) throws -> OutgoingResponse {
        guard let origin = request.header("origin") else {
            throw S3Error(
                .badRequest,
                "BadRequest",
                "Insufficient information. Origin request header needed."
            )
        }
        guard let method = request.header("access-control-request-method") else {
            throw S3Error(
                .badRequest,
                "BadRequest",
                "Invalid Access-Control-Request-Method: null"
            )
        }
        let asked = (request.header("access-control-request-headers") ?? "").split(separator: ",")
            .map { $0.filter { $0 != " " }.lowercased() }
            .filter { !$0.isEmpty }
        let rules = request.bucket.flatMap { try? store.bucket($0).settings.crossOrigin } ?? []
        guard !rules.isEmpty else {
            throw S3Error(.forbidden, "AccessForbidden", "CORSResponse: CORS is not enabled for this bucket.")
        }
        let match = rules.first { rule in
            rule.allows(origin: origin, method: method) && asked.allSatisfy { rule.allows(header: $0) }
        }
        guard let match else {
            throw S3Error(
                .forbidden,
                "AccessForbidden",
                "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, "
                    + "request method / Access-Control-Request-Method or Access-Control-Request-Headers are not "
                    + "whitelisted by the resource's CORS spec."
            )
        }
        var headers = match.headers(for: origin)
        if !asked.isEmpty {
            headers.add(name: "Access-Control-Allow-Headers", value: asked.joined(separator: ", "))
        }
        return .empty(headers: headers)
    }

    /// Tells the browser that it may show the answer.
    func addCrossOriginHeaders(to response: inout OutgoingResponse, _ request: S3Request) {
        guard request.method != .OPTIONS, let origin = request.header("origin"), let bucket = request.bucket,
            let rules = try? store.bucket(bucket).settings.crossOrigin
        else { return }
        let method = request.header("access-control-request-method") ?? request.method.rawValue
        guard let rule = rules.first(where: { $0.allows(origin: origin, method: method) }) else { return }
        response.headers.add(contentsOf: rule.headers(for: origin))
    }
}

extension CrossOriginRule {
    func allows(origin: String, method: String) -> Bool {
        allowedMethods.contains(method) && allowedOrigins.contains { Self.matches(origin, pattern: $0) }
    }

    /// - Parameter header: In lower case.
    func allows(header: String) -> Bool {
        allowedHeaders.contains { Self.matches(header, pattern: $0.lowercased()) }
    }

    func headers(for origin: String) -> HTTPHeaders {
        let isForAll = allowedOrigins.contains("*")
        var headers: HTTPHeaders = [
            "Access-Control-Allow-Origin": isForAll ? "*" : origin,
            "Access-Control-Allow-Methods": allowedMethods.joined(separator: ", "),
        ]
        if !exposedHeaders.isEmpty {
            headers.add(name: "Access-Control-Expose-Headers", value: exposedHeaders.joined(separator: ", "))
        }
        if let maximumAge { headers.add(name: "Access-Control-Max-Age", value: "\(maximumAge)") }
        if !isForAll { headers.add(name: "Access-Control-Allow-Credentials", value: "true") }
        headers.add(
            name: "Vary",
            value: "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"
        )
        return headers
    }

    private static func matches(_ text: String, pattern: String) -> Bool {
        let parts = pattern.split(separator: "*", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return text == pattern }
        return text.utf8.count >= pattern.utf8.count - 1 && text.hasPrefix(parts[0]) && text.hasSuffix(parts[1])
    }
}
