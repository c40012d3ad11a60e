import Foundation
import Logging
import ObjectStore
import SAMTemplate
import ServiceLifecycle

/// The object store of a run, and the delivery of its events.
struct ObjectStoreService: Service {
    let store: ObjectStore
    let destination: any EventDestination

    /// Opens the store, and creates or updates the buckets that the template declares.
    static func open(
        _ dataDirectory: URL,
        _ application: Application,
        destination: any EventDestination,
        _ logger: Logger
    ) async throws(StartFailure) -> ObjectStoreService {
        let folder = dataDirectory.appendingPathComponent("s3").path
        do throws(ObjectStoreError) {
            let store = try await ObjectStore.open(at: folder, logger: logger)
            for bucket in application.buckets {
                try await store.ensureBucket(bucket.name)
                try await store.updateSettings(of: bucket.name) { settings in
                    settings.crossOrigin = bucket.cors.map { CrossOriginRule($0) }
                }
                try await store.setNotifications(
                    bucket.notifications.map { NotificationRule($0) },
                    of: bucket.name,
                    origin: RequestOrigin(),
                    onlyIfChanged: true
                )
            }
            return ObjectStoreService(store: store, destination: destination)
        } catch {
            throw StartFailure("The objects in \(folder) cannot be used: \(error.message)")
        }
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await store.deliverEvents(to: destination)
        }
    }
}

extension CrossOriginRule {
    fileprivate init(_ rule: BucketResource.CORSRule) {
        self.init(
            allowedOrigins: rule.allowedOrigins,
            allowedMethods: rule.allowedMethods,
            allowedHeaders: rule.allowedHeaders,
            exposedHeaders: rule.exposedHeaders,
            maximumAge: rule.maxAge
        )
    }
}

extension NotificationRule {
    fileprivate init(_ rule: BucketResource.NotificationRule) {
        self.init(
            id: rule.id,
            events: rule.events,
            destination: rule.destination,
            prefix: rule.prefix ?? "",
            suffix: rule.suffix ?? ""
        )
    }
}
