import EmulatorCore

/// Reads `AWS::S3::Bucket` and its notifications.
///
/// docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html
struct BucketReader {
    let resolver: Resolver

    func read(into buckets: inout [BucketResource]) throws(TemplateError) {
        for resource in try resolver.deployedResources() where resource.type == "AWS::S3::Bucket" {
            let bucket = try self.bucket(resource)
            if let other = buckets.first(where: { $0.name == bucket.name }) {
                let message =
                    "\(other.logicalID) and \(bucket.logicalID) have the same name, \(bucket.name); "
                    + "set a different BucketName."
                let path = resource.path / "Properties" / "BucketName"
                throw TemplateError(.conflict, message, path: "\(path)", line: resource.line)
            }
            buckets.append(bucket)
        }
    }

    private func bucket(_ resource: Resource) throws(TemplateError) -> BucketResource {
        let properties = Properties(of: resource, resolver: resolver)
        let physical = PhysicalResource(resource, resolver: resolver)
        var bucket = BucketResource(
            logicalID: resource.qualifiedID,
            name: try physical.reference(),
            arn: try physical.attribute("Arn", at: properties.path, line: resource.line)
        )
        guard BucketName.isValid(bucket.name) else {
            let message =
                "A bucket's name has 3 to 63 lower-case letters, digits, dots and dashes, and a letter or digit at "
                + "both ends: “\(bucket.name)” has not."
            throw properties.error(message, at: "BucketName")
        }
        for rule in try properties.map("CorsConfiguration")?.maps("CorsRules") ?? [] {
            bucket.cors.append(try corsRule(rule))
        }
        if let configuration = try properties.map("NotificationConfiguration") {
            bucket.notifications = try notifications(configuration, of: bucket)
        }
        properties.note(Self.unsupported)
        return bucket
    }

    private func corsRule(_ rule: Properties) throws(TemplateError) -> BucketResource.CORSRule {
        let methods = try rule.strings("AllowedMethods").map { $0.uppercased() }
        for method in methods where !["GET", "PUT", "POST", "HEAD", "DELETE"].contains(method) {
            throw rule.error("S3 allows GET, PUT, POST, HEAD and DELETE, not \(method).", at: "AllowedMethods")
        }
        var result = BucketResource.CORSRule(
            allowedOrigins: try rule.strings("AllowedOrigins"),
            allowedMethods: methods
        )
        guard !result.allowedOrigins.isEmpty, !methods.isEmpty else {
            throw rule.error("A CORS rule needs AllowedOrigins and AllowedMethods.")
        }
        result.allowedHeaders = try rule.strings("AllowedHeaders")
        result.exposedHeaders = try rule.strings("ExposedHeaders")
        result.maxAge = try rule.integer("MaxAge")
        return result
    }

    // MARK: Notifications

    private func notifications(
        _ configuration: Properties,
        of bucket: BucketResource
    ) throws(TemplateError) -> [BucketResource.NotificationRule] {
        var rules: [BucketResource.NotificationRule] = []
        for (list, target) in [("QueueConfigurations", "Queue"), ("LambdaConfigurations", "Function")] {
            for (index, properties) in try configuration.maps(list).enumerated() {
                var rule = BucketResource.NotificationRule(
                    id: "\(bucket.logicalID)-\(target)-\(index)",
                    events: try Self.events(properties, "Event"),
                    destination: try properties.requiredString(target)
                )
                try Self.addFilter(properties, to: &rule)
                rules.append(rule)
            }
        }
        configuration.note([
            ("TopicConfigurations", "there are no topics, so that these notifications are not sent."),
            ("EventBridgeConfiguration", "events do not go to EventBridge."),
        ])
        return rules
    }

    /// The notification that an `S3` event of a SAM function adds to a bucket.
    static func rule(
        ofEvent event: Properties,
        id: String,
        function: String
    ) throws(TemplateError) -> BucketResource.NotificationRule {
        let events = try events(event, "Events")
        var rule = BucketResource.NotificationRule(id: id, events: events, destination: function)
        try addFilter(event, to: &rule)
        return rule
    }

    private static func events(_ properties: Properties, _ name: String) throws(TemplateError) -> [String] {
        let events = try properties.strings(name)
        guard !events.isEmpty else { throw properties.error("\(name) must name at least one event.", at: name) }
        for event in events where !event.hasPrefix("s3:") {
            throw properties.error("S3 events begin with s3:, for example s3:ObjectCreated:*: “\(event)”.", at: name)
        }
        for event in events where !event.hasPrefix("s3:ObjectCreated:") && !event.hasPrefix("s3:ObjectRemoved:") {
            properties.resolver.note(
                properties.resource,
                "\(properties.path.insideProperties): \(event) is not emulated; the only events are creation and removal."
            )
        }
        return events
    }

    private static func addFilter(
        _ properties: Properties,
        to rule: inout BucketResource.NotificationRule
    ) throws(TemplateError) {
        for filter in try properties.map("Filter")?.map("S3Key")?.maps("Rules") ?? [] {
            let value = try filter.string("Value") ?? ""
            switch try filter.requiredString("Name").lowercased() {
            case "prefix": rule.prefix = value
            case "suffix": rule.suffix = value
            case let name: throw filter.error("A filter is a prefix or a suffix, not “\(name)”.", at: "Name")
            }
        }
    }

    /// `LifecycleConfiguration` is not listed: its ages are days, which a development run does not reach.
    private static let unsupported: [(name: String, consequence: String)] = [
        ("AccessControl", "only object ACLs are emulated."),
        ("AccelerateConfiguration", "there is no transfer acceleration."),
        ("IntelligentTieringConfigurations", "objects have one storage class."),
        ("LoggingConfiguration", "access logs are not written."),
        ("ObjectLockConfiguration", "objects are not locked."),
        ("ObjectLockEnabled", "objects are not locked."),
        ("ReplicationConfiguration", "objects are not replicated."),
        ("VersioningConfiguration", "only the latest version is kept."),
        ("WebsiteConfiguration", "there is no website endpoint."),
    ]
}
