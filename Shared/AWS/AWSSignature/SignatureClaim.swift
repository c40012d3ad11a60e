import ByteEncodings
import FoundationEssentials

/// The signature in a request and its parameters, not yet verified.
public struct SignatureClaim: Sendable {
    public let accessKeyID: String
    public let scope: CredentialScope
    /// The names in lower case, in the order given.
    public let signedHeaders: [String]
    /// Whether the signature is in the query instead of the headers.
    public let isPresigned: Bool

    let signature: [UInt8]
    let time: SigningTime
    let sessionToken: String?
    /// In seconds; nil unless the request is presigned.
    let lifetime: Int?

    /// Parses the `Authorization` header, or the `X-Amz-…` parameters of a presigned request.
    ///
    /// If several services share an address, ``scope`` identifies the service that a request is for.
    public init(of request: SignableRequest) throws(SignatureError) {
        if let authorization = request.header("authorization") {
            try self.init(authorization: authorization, of: request)
        } else if request.hasParameter("X-Amz-Signature=") {
            try self.init(presigned: request)
        } else {
            throw SignatureError(.missing, message: "Missing Authentication Token")
        }
    }

    private init(authorization: String, of request: SignableRequest) throws(SignatureError) {
        let parts = authorization.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0] == signatureAlgorithm else {
            throw SignatureError(
                .malformed,
                message: "Authorization header requires the algorithm '\(signatureAlgorithm)'."
            )
        }
        var fields: [Substring: Substring] = [:]
        for field in parts[1].split(separator: ",") {
            let pair = field.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
            if pair.count == 2 { fields[pair[0]] = pair[1] }
        }
        try self.init(
            credential: fields["Credential"].map(String.init),
            signedHeaders: fields["SignedHeaders"].map(String.init),
            signature: fields["Signature"].map(String.init),
            time: request.header("x-amz-date"),
            sessionToken: request.header("x-amz-security-token"),
            lifetime: nil
        )
    }

    private init(presigned request: SignableRequest) throws(SignatureError) {
        var parameters: [String: String] = [:]
        for parameter in request.query.utf8.split(separator: UInt8(ascii: "&")) {
            let pair = parameter.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2 else { continue }
            let name = String(decoding: PercentEncoding.decode(pair[0]), as: UTF8.self)
            parameters[name] = String(decoding: PercentEncoding.decode(pair[1]), as: UTF8.self)
        }
        guard parameters["X-Amz-Algorithm"] == signatureAlgorithm else {
            throw SignatureError(.malformed, message: "X-Amz-Algorithm must be '\(signatureAlgorithm)'.")
        }
        guard let lifetime = parameters["X-Amz-Expires"].flatMap({ Int($0) }), (1...604_800).contains(lifetime) else {
            throw SignatureError(.malformed, message: "X-Amz-Expires must be a number of seconds from 1 to 604800.")
        }
        try self.init(
            credential: parameters["X-Amz-Credential"],
            signedHeaders: parameters["X-Amz-SignedHeaders"],
            signature: parameters["X-Amz-Signature"],
            time: parameters["X-Amz-Date"],
            sessionToken: parameters["X-Amz-Security-Token"],
            lifetime: lifetime
        )
    }

    private init(
        credential: String?,
        signedHeaders: String?,
        signature: String?,
        time: String?,
        sessionToken: String?,
        lifetime: Int?
    ) throws(SignatureError) {
        func required(_ value: String?, _ name: String) throws(SignatureError) -> String {
            guard let value, !value.isEmpty else {
                throw SignatureError(.malformed, message: "The signature requires '\(name)'.")
            }
            return value
        }
        // An access key id may contain slashes, so the scope's parts are counted from the end.
        let credential = try required(credential, "Credential").split(separator: "/", omittingEmptySubsequences: false)
        guard credential.count >= 5, credential.last == "aws4_request" else {
            throw SignatureError(
                .malformed,
                message: "Credential must be <access key id>/<date>/<region>/<service>/aws4_request."
            )
        }
        accessKeyID = credential.dropLast(4).joined(separator: "/")
        let scope = credential.suffix(4).map(String.init)
        self.scope = CredentialScope(day: scope[0], region: scope[1], service: scope[2])
        self.signedHeaders = try required(signedHeaders, "SignedHeaders").split(separator: ";").map { $0.lowercased() }
        guard let signature = Hexadecimal.decode(try required(signature, "Signature")), signature.count == 32 else {
            throw SignatureError(.malformed, message: "Signature must be 64 lower-case hexadecimal digits.")
        }
        self.signature = signature
        guard let time = SigningTime(try required(time, "X-Amz-Date")) else {
            throw SignatureError(.malformed, message: "X-Amz-Date must be in the format YYYYMMDD'T'HHMMSS'Z'.")
        }
        self.time = time
        self.sessionToken = sessionToken
        self.lifetime = lifetime
        isPresigned = lifetime != nil
    }
}
