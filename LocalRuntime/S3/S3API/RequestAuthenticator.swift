import AWSRequests
import AWSSignature
import HTTPListener
import NIOHTTP1

/// Verifies the signatures of requests.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html
struct RequestAuthenticator: Sendable {
    let verifier: RequestVerifier

    func requester(of request: AWSRequest) throws -> Requester {
        let signable = request.signable
        let authorization = request.http.headers.first(name: "authorization")
        let isPresigned =
            authorization == nil && (signable.hasParameter("X-Amz-") || signable.hasParameter("AWSAccessKeyId="))
        guard authorization != nil || isPresigned else { return .anonymous }
        if authorization?.hasPrefix("AWS ") == true {
            throw S3Error.invalidRequest(
                "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."
            )
        }
        guard isPresigned || request.http.headers.contains(name: "x-amz-content-sha256") else {
            throw S3Error.invalidRequest("Missing required header for this request: x-amz-content-sha256")
        }
        do throws(SignatureError) {
            return .signed(try request.verifiedWithoutBody(by: verifier), isPresigned: isPresigned)
        } catch {
            throw Self.failure(error, isPresigned: isPresigned)
        }
    }

    static func failure(_ error: SignatureError, isPresigned: Bool) -> S3Error {
        switch error.code {
        case .missing: .accessDenied
        case .unknownCredentials:
            S3Error(
                .forbidden,
                "InvalidAccessKeyId",
                "The AWS Access Key Id you provided does not exist in our records."
            )
        case .mismatch: S3Error(.forbidden, "SignatureDoesNotMatch", error.message)
        case .expired where isPresigned: S3Error(.forbidden, "AccessDenied", "Request has expired")
        case .expired, .notYetValid:
            S3Error(
                .forbidden,
                isPresigned ? "AccessDenied" : "RequestTimeTooSkewed",
                "The difference between the request time and the current time is too large."
            )
        case .payloadMismatch: .contentHashMismatch
        case .unsignedHeader:
            S3Error(
                .forbidden,
                "AccessDenied",
                "There were headers present in the request which were not signed"
            )
        default:
            S3Error(
                .badRequest,
                isPresigned ? "AuthorizationQueryParametersError" : "AuthorizationHeaderMalformed",
                error.message
            )
        }
    }
}

extension S3Error {
    static let contentHashMismatch = S3Error(
        .badRequest,
        "XAmzContentSHA256Mismatch",
        "The provided 'x-amz-content-sha256' header does not match what was computed."
    )
}
