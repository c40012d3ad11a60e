import EmulatorCore
import ObjectStore

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

    /// Whether both rules can match the same event of an object.
    func overlaps(_ other: NotificationRule) -> Bool {
        func begins(_ text: String, with prefix: String) -> Bool { text.utf8.starts(with: prefix.utf8) }
        let haveCommonKeys =
            (begins(prefix, with: other.prefix) || begins(other.prefix, with: prefix))
            && (suffix.utf8.reversed().starts(with: other.suffix.utf8.reversed())
                || other.suffix.utf8.reversed().starts(with: suffix.utf8.reversed()))
        return haveCommonKeys
            && events.contains { own in
                other.events.contains { theirs in
                    own == theirs || own.hasSuffix("*") && begins(theirs, with: String(own.dropLast()))
                        || theirs.hasSuffix("*") && begins(own, with: String(theirs.dropLast()))
                }
            }
    }

    init(_ element: XMLElement) throws {
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
    mutating func write(_ rule: NotificationRule) {
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
