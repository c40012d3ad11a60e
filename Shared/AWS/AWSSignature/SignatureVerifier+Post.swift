import ByteEncodings
import Crypto
public import FoundationEssentials

extension SignatureVerifier {
    /// Verifies an S3 upload form: its signature, of Version 4 or 2, then its policy.
    ///
    /// The caller must check the size of the file against ``PostPolicy/contentLength``.
    /// - Returns: Nil for an anonymous form, which has no policy.
    public func verify(_ form: PostForm, at now: Date) throws(PostError) -> VerifiedPost? {
        let isVersion4 = ["x-amz-signature", "x-amz-credential", "x-amz-algorithm"].contains { form[$0] != nil }
        let isVersion2 = ["signature", "awsaccesskeyid"].contains { form[$0] != nil }
        guard isVersion4 || isVersion2 || form["policy"] != nil else { return nil }
        let text = try form.required("policy")
        let accessKeyID = isVersion4 ? try checkVersion4(form, text) : try checkVersion2(form, text)
        let policy = try PostPolicy(base64: text)
        try policy.check(form, at: now)
        return VerifiedPost(accessKeyID: accessKeyID, policy: policy)
    }

    private func checkVersion4(_ form: PostForm, _ policy: String) throws(PostError) -> String {
        guard try form.required("X-Amz-Algorithm") == signatureAlgorithm else {
            throw .invalid("X-Amz-Algorithm only supports \"\(signatureAlgorithm)\"")
        }
        let credential = try form.required("X-Amz-Credential").split(separator: "/", omittingEmptySubsequences: false)
        guard credential.count >= 5, credential.last == "aws4_request" else {
            throw .invalid(
                "the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\"."
            )
        }
        let parts = credential.suffix(4).map(String.init)
        let scope = CredentialScope(day: parts[0], region: parts[1], service: parts[2])
        guard let time = SigningTime(try form.required("X-Amz-Date")), time.day == scope.day else {
            throw .invalid(
                "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\", on the Credential's day."
            )
        }
        guard scope.service == service ?? "s3", region == nil || scope.region == region else {
            throw .invalid("the Credential is for another service or region.")
        }
        guard let signature = Hexadecimal.decode(try form.required("X-Amz-Signature")) else { throw Self.mismatch }
        let accessKeyID = credential.dropLast(4).joined(separator: "/")
        let known = try credentials(accessKeyID, form)
        let key = keys.key(secretAccessKey: known.secretAccessKey, scope: scope)
        guard key.isSignature(signature, of: Array(policy.utf8)) else { throw Self.mismatch }
        return accessKeyID
    }

    private func checkVersion2(_ form: PostForm, _ policy: String) throws(PostError) -> String {
        let accessKeyID = try form.required("AWSAccessKeyId")
        let signature = try form.required("Signature")
        let known = try credentials(accessKeyID, form)
        guard SignatureV2.isSignature(signature, of: Array(policy.utf8), by: known) else { throw Self.mismatch }
        return accessKeyID
    }

    private func credentials(_ accessKeyID: String, _ form: PostForm) throws(PostError) -> Credentials {
        guard let known = credentials(accessKeyID) else {
            throw PostError(
                .unknownAccessKey,
                message: "The AWS Access Key Id you provided does not exist in our records."
            )
        }
        guard known.sessionToken == form["x-amz-security-token"] else {
            throw PostError(.invalidToken, message: "The provided token is malformed or otherwise invalid.")
        }
        return known
    }

    private static var mismatch: PostError {
        PostError(
            .mismatch,
            message: "The request signature we calculated does not match the signature you provided. "
                + "Check your key and signing method."
        )
    }
}

/// A form with a verified signature and policy.
public struct VerifiedPost: Sendable, Hashable {
    public var accessKeyID: String
    public var policy: PostPolicy
}
