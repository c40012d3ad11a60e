import FoundationEssentials

/// Request ids as Lambda and most AWS services make them: a lower-case UUID.
public enum LambdaRequestID {
    public static func make() -> String { UUID().uuidString.lowercased() }
}
