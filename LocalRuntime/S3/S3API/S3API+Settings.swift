import EmulatorCore
import HTTPListener
import NIOHTTP1
import ObjectStore

extension S3API {
    /// https://docs.aws.amazon.com/general/latest/gr/s3.html
    private static let maximumNotifications = 100

    /// Handles the settings of a bucket that are emulated. All others are refused, so that no client relies on them.
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
            guard document.children.count <= Self.maximumNotifications else {
                throw S3Error.invalidRequest("A bucket can have \(Self.maximumNotifications) notifications.")
            }
            let rules = try document.children.map { try NotificationRule($0) }
            guard Set(rules.map(\.id)).count == rules.count else {
                throw S3Error.invalidArgument("Same ID used for multiple configurations.", "Id", "")
            }
            let isValidated = call.request.header("x-amz-skip-destination-validation")?.lowercased() != "true"
            if isValidated, let unknown = rules.first(where: { !isDestination($0.destination) }) {
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
            if isValidated {
                try await store.setNotifications(rules, of: bucket, origin: call.origin, onlyIfChanged: false)
            } else {
                try await store.updateSettings(of: bucket) { $0.notifications = rules }
            }
            return .empty()
        default: throw S3Error.methodNotAllowed
        }
    }
}
