import AWSSignature

/// The authenticated sender of a request.
enum Requester: Sendable {
    case anonymous
    case signed(VerifiedSignature, isPresigned: Bool)

    var signature: VerifiedSignature? {
        if case .signed(let signature, _) = self { signature } else { nil }
    }
}
