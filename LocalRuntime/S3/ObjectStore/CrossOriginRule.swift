/// Which requests a browser may send for pages of other origins.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html
public struct CrossOriginRule: Codable, Sendable, Hashable {
    public var id: String?
    /// Each with at most one asterisk.
    public var allowedOrigins: [String]
    public var allowedMethods: [String]
    /// Each with at most one asterisk; compared without regard to case.
    public var allowedHeaders: [String]
    public var exposedHeaders: [String]
    /// How many seconds a browser may cache the response to a preflight request.
    public var maximumAge: Int?

    public init(
        id: String? = nil,
        allowedOrigins: [String],
        allowedMethods: [String],
        allowedHeaders: [String] = [],
        exposedHeaders: [String] = [],
        maximumAge: Int? = nil
    ) {
        self.id = id
        self.allowedOrigins = allowedOrigins
        self.allowedMethods = allowedMethods
        self.allowedHeaders = allowedHeaders
        self.exposedHeaders = exposedHeaders
        self.maximumAge = maximumAge
    }
}
