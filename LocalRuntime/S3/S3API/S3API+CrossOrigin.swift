import HTTPListener
import NIOHTTP1
import ObjectStore

/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html
extension S3API {
    /// Responds to a preflight request.
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
        let requestedHeaders = (request.header("access-control-request-headers") ?? "").split(separator: ",")
            .map { $0.filter { $0 != " " }.lowercased() }
            .filter { !$0.isEmpty }
        let rules = request.bucket.flatMap { try? store.bucket($0).settings.crossOrigin } ?? []
        guard !rules.isEmpty else {
            throw S3Error(.forbidden, "AccessForbidden", "CORSResponse: CORS is not enabled for this bucket.")
        }
        let match = rules.first { rule in
            rule.allows(origin: origin, method: method) && requestedHeaders.allSatisfy { rule.allows(header: $0) }
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
        if !requestedHeaders.isEmpty {
            headers.add(name: "Access-Control-Allow-Headers", value: requestedHeaders.joined(separator: ", "))
        }
        return .empty(headers: headers)
    }

    /// Adds the headers that allow a page of another origin to read the response.
    func addCrossOriginHeaders(to response: inout OutgoingResponse, _ request: S3Request) {
        guard request.method != .OPTIONS, let origin = request.header("origin"), let bucket = request.bucket,
            let rules = try? store.bucket(bucket).settings.crossOrigin
        else { return }
        let method = request.header("access-control-request-method") ?? request.method.rawValue
        guard let rule = rules.first(where: { $0.allows(origin: origin, method: method) }) else { return }
        response.headers.add(contentsOf: rule.headers(for: origin))
    }
}
