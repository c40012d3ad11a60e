import HTTPListener
import NIOHTTP1
import ObjectStore

extension S3API {
    /// The parts of a bucket's settings that are emulated; all others are refused, so that nobody relies on them.
    func answerForSettings(_ name: String, _ call: S3Call) async throws -> OutgoingResponse {
        switch name {
        case "acl": try await accessControl(call)
        case "cors": try await crossOriginSettings(call)
        case "encryption": try await encryptionSettings(call)
        case "notification": try await notificationSettings(call)
        case "tagging": try await bucketTags(call)
        default: throw S3Error.notImplemented("The part of the API named by '\(name)'")
        }
    }

    private func crossOriginSettings(_ call: S3Call) async throws -> OutgoingResponse {
        let bucket = try call.request.requireBucket()
        switch call.request.method {
        case .GET:
            let rules = try store.bucket(bucket).settings.crossOrigin
            guard !rules.isEmpty else {
                throw S3Error(
                    .notFound,
                    "NoSuchCORSConfiguration",
                    "The CORS configuration does not exist"
                ).with("BucketName", bucket)
            }
            return .xml(
                XMLWriter.document("CORSConfiguration") { xml in
                    for rule in rules { xml.write(rule) }
                }
            )
        case .PUT:
            let document = try await call.document("CORSConfiguration")
            let rules = try document.all("CORSRule").map { try CrossOriginRule($0) }
            guard !rules.isEmpty, rules.count <= 100 else { throw S3Error.malformedXML }
            try await store.updateSettings(of: bucket) { $0.crossOrigin = rules }
            return .empty()
        case .DELETE:
            try await store.updateSettings(of: bucket) { $0.crossOrigin = [] }
            return .empty(.noContent)
        default: throw S3Error.methodNotAllowed
        }
    }

    private func notificationSettings(_ call: S3Call) async throws -> OutgoingResponse {
        let bucket = try call.request.requireBucket()
        switch call.request.method {
        case .GET:
            let rules = try store.bucket(bucket).settings.notifications
            return .xml(
                XMLWriter.document("NotificationConfiguration") { xml in
                    for rule in rules { xml.write(rule) }
                }
            )
        case .PUT:
            let document = try await call.document("NotificationConfiguration")
            let rules = try document.children.map { try NotificationRule($0) }
            guard Set(rules.map(\.id)).count == rules.count else {
                throw S3Error.invalidArgument("Same ID used for multiple configurations.", "Id", "")
            }
            if call.request.header("x-amz-skip-destination-validation")?.lowercased() != "true",
                let unknown = rules.first(where: { !isDestination($0.destination) })
            {
                throw S3Error.invalidArgument(
                    "Unable to validate the following destination configurations",
                    unknown.destination,
                    "The destination queue or function does not exist, or is a FIFO queue"
                )
            }
            for (index, rule) in rules.enumerated() where rules[..<index].contains(where: rule.overlaps) {
                throw S3Error.invalidArgument(
                    "Configurations overlap. Configurations on the same bucket cannot share a common event type.",
                    "Id",
                    rule.id
                )
            }
            try await store.updateSettings(of: bucket) { $0.notifications = rules }
            return .empty()
        default: throw S3Error.methodNotAllowed
        }
    }
}

extension CrossOriginRule {
    fileprivate init(_ element: XMLElement) throws {
        func texts(_ name: String) -> [String] { element.all(name).map(\.text) }
        self.init(
            id: element.value("ID"),
            allowedOrigins: texts("AllowedOrigin"),
            allowedMethods: texts("AllowedMethod"),
            allowedHeaders: texts("AllowedHeader"),
            exposedHeaders: texts("ExposeHeader"),
            maximumAge: element.value("MaxAgeSeconds").flatMap { Int($0) }
        )
        guard !allowedOrigins.isEmpty, !allowedMethods.isEmpty else { throw S3Error.malformedXML }
        for method in allowedMethods where !["GET", "PUT", "POST", "DELETE", "HEAD"].contains(method) {
            throw S3Error.invalidRequest(
                "Found unsupported HTTP method in CORS config. Unsupported method is \(method)"
            )
        }
        for pattern in allowedOrigins + allowedHeaders where pattern.utf8.count(where: { $0 == UInt8(ascii: "*") }) > 1
        {
            throw S3Error.invalidRequest("'\(pattern)' can not have more than one wildcard.")
        }
        let values = exposedHeaders + allowedOrigins
        guard values.allSatisfy({ HTTPHeaders.isWellFormed(name: "x", value: $0) }) else { throw S3Error.malformedXML }
    }
}

extension NotificationRule {
    /// https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html
    private static let eventNames = Set(
        [
            "ObjectCreated": ["*", "Put", "Post", "Copy", "CompleteMultipartUpload"],
            "ObjectRemoved": ["*", "Delete", "DeleteMarkerCreated"],
            "ObjectRestore": ["*", "Post", "Completed", "Delete"],
            "ObjectTagging": ["*", "Put", "Delete"], "ObjectAcl": ["Put"],
            "LifecycleExpiration": ["*", "Delete", "DeleteMarkerCreated"],
            "Replication": [
                "*", "OperationFailedReplication", "OperationMissedThreshold", "OperationReplicatedAfterThreshold",
                "OperationNotTracked",
            ],
        ].flatMap { kind, names in names.map { "s3:\(kind):\($0)" } }
    ).union(["s3:ReducedRedundancyLostObject", "s3:LifecycleTransition", "s3:IntelligentTiering"])

    /// Whether an event of an object can be one of both.
    fileprivate func overlaps(_ other: NotificationRule) -> Bool {
        func begins(_ text: String, with prefix: String) -> Bool { text.utf8.starts(with: prefix.utf8) }
        let haveKeys =
            (begins(prefix, with: other.prefix) || begins(other.prefix, with: prefix))
            && (suffix.utf8.reversed().starts(with: other.suffix.utf8.reversed())
                || other.suffix.utf8.reversed().starts(with: suffix.utf8.reversed()))
        return haveKeys
            && events.contains { own in
                other.events.contains { theirs in
                    own == theirs || own.hasSuffix("*") && begins(theirs, with: String(own.dropLast()))
                        || theirs.hasSuffix("*") && begins(own, with: String(theirs.dropLast()))
                }
            }
    }

    fileprivate init(_ element: XMLElement) throws {
        let names = ["QueueConfiguration": "Queue", "CloudFunctionConfiguration": "CloudFunction"]
        guard let name = names[element.name] else { throw S3Error.notImplemented("\(element.name)") }
        let events = element.all("Event").map(\.text)
        guard let destination = element.value(name), !events.isEmpty else { throw S3Error.malformedXML }
        guard events.allSatisfy(Self.eventNames.contains) else {
            throw S3Error.invalidArgument("The event is not supported for notifications", "Event", events.joined())
        }
        self.init(
            id: element.value("Id") ?? "\(UInt64.random(in: 0...UInt64.max))",
            events: events,
            destination: destination
        )
        for rule in element["Filter"]?["S3Key"]?.all("FilterRule") ?? [] {
            switch rule.value("Name")?.lowercased() {
            case "prefix": prefix = rule["Value"]?.text ?? ""
            case "suffix": suffix = rule["Value"]?.text ?? ""
            default:
                throw S3Error.invalidArgument(
                    "filter rule name must be either prefix or suffix",
                    "FilterRule.Name",
                    rule.value("Name") ?? ""
                )
            }
        }
    }
}

extension XMLWriter {
    fileprivate mutating func write(_ rule: CrossOriginRule) {
        element("CORSRule") { xml in
            xml.element("ID", ifPresent: rule.id)
            for origin in rule.allowedOrigins { xml.element("AllowedOrigin", origin) }
            for method in rule.allowedMethods { xml.element("AllowedMethod", method) }
            for header in rule.allowedHeaders { xml.element("AllowedHeader", header) }
            for header in rule.exposedHeaders { xml.element("ExposeHeader", header) }
            if let age = rule.maximumAge { xml.element("MaxAgeSeconds", age) }
        }
    }

    fileprivate mutating func write(_ rule: NotificationRule) {
        let isFunction = rule.destination.hasPrefix("arn:aws:lambda:")
        element(isFunction ? "CloudFunctionConfiguration" : "QueueConfiguration") { xml in
            xml.element("Id", rule.id)
            xml.element(isFunction ? "CloudFunction" : "Queue", rule.destination)
            for event in rule.events { xml.element("Event", event) }
            let filters = [("prefix", rule.prefix), ("suffix", rule.suffix)].filter { !$0.1.isEmpty }
            guard !filters.isEmpty else { return }
            xml.element("Filter") { xml in
                xml.element("S3Key") { xml in
                    for (name, value) in filters {
                        xml.element("FilterRule") { xml in
                            xml.element("Name", name)
                            xml.element("Value", value)
                        }
                    }
                }
            }
        }
    }
}
