/// The emulated resources of a template and the templates nested in it, with every parameter, intrinsic function and
/// global resolved.
///
/// The logical id of a resource in a nested stack follows that of the stack and a dot: `Orders.Worker`.
public struct Application: Sendable, Hashable {
    public var functions: [FunctionResource] = []
    public var webSocketAPIs: [WebSocketAPI] = []
    public var httpAPIs: [HTTPAPI] = []
    public var buckets: [BucketResource] = []
    public var queues: [QueueResource] = []
    public var eventSourceMappings: [EventSourceMapping] = []
    public var schedules: [ScheduleResource] = []
    public var customResources: [CustomResource] = []
    /// The outputs of the outermost stack. Lists and maps are JSON.
    public var outputs: [String: String] = [:]
    /// Everything in the templates that is not emulated.
    public var unsupported: [Unsupported] = []

    public init() {}

    /// A resource, a property or an intrinsic function that is not emulated.
    public struct Unsupported: Sendable, Hashable {
        public var logicalID: String
        /// The resource's type, `AWS::SNS::Topic`.
        public var type: String
        /// What is not emulated and its consequence, as a sentence; nil if the whole resource is not emulated.
        public var detail: String?

        public init(logicalID: String, type: String, detail: String? = nil) {
            self.logicalID = logicalID
            self.type = type
            self.detail = detail
        }
    }
}
