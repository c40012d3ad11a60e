/// Describes why an event could not be decoded, without quoting its content.
struct CodingFailure: CustomStringConvertible {
    let description: String

    init(_ error: any Error) {
        guard let error = error as? DecodingError else {
            description = "\(type(of: error))."
            return
        }
        switch error {
        case .keyNotFound(let key, let context):
            description = "'\(Self.path(context.codingPath + [key]))' is missing."
        case .valueNotFound(let type, let context):
            description = "'\(Self.path(context.codingPath))' is null and not a \(type)."
        case .typeMismatch(let type, let context):
            description = "'\(Self.path(context.codingPath))' is not a \(type)."
        case .dataCorrupted(let context):
            description =
                context.codingPath.isEmpty
                ? "It is not valid JSON." : "'\(Self.path(context.codingPath))' has an invalid value."
        @unknown default:
            description = "\(DecodingError.self)."
        }
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        keys.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
    }
}
