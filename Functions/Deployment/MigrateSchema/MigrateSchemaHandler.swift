import ChatStore
import ServiceEvents

/// Brings the schema up to date when a stack is created or updated, as a custom resource of CloudFormation.
///
/// Deleting the resource deletes nothing: the data outlives the stack.
struct MigrateSchemaHandler: LambdaHandler {
    /// Applies what is missing and returns its names.
    let migrate: @Sendable () async throws -> [String]
    /// Waits before the next attempt; false if the invocation has no time for one.
    let waitBeforeRetry: @Sendable (_ context: LambdaContext) async throws -> Bool
    /// Sends a response to CloudFormation.
    let respond: @Sendable (_ response: CustomResourceResponse, _ url: String) async throws -> Void

    /// The schema is one thing for as long as the database exists. Another id would make CloudFormation delete the
    /// "old" resource.
    static let physicalResourceID = "schema"

    func handle(_ event: CustomResourceEvent, context: LambdaContext) async throws -> CustomResourceResponse {
        let response = await apply(event, context: context)
        try await respond(response, event.responseURL)
        return response
    }

    /// Never throws: CloudFormation waits for an answer for an hour.
    private func apply(_ event: CustomResourceEvent, context: LambdaContext) async -> CustomResourceResponse {
        let id = event.physicalResourceId ?? Self.physicalResourceID
        do {
            if event.requestType != .delete {
                let applied = try await migratePatiently(context)
                context.logger.info("Schema is up to date", metadata: ["schema.applied": "\(applied)"])
            }
            return CustomResourceResponse(to: event, status: .success, physicalResourceId: id)
        } catch let error as MigrationError where error.code == .databaseIsNewer && event.requestType == .update {
            // A roll-back to this code: the newer schema serves it too, and a failure here would leave the stack stuck.
            context.logger.warning("Schema is newer than this code", metadata: ["error": "\(error)"])
            return CustomResourceResponse(to: event, status: .success, physicalResourceId: id)
        } catch {
            context.logger.error("Schema could not be brought up to date", metadata: ["error": "\(error)"])
            return CustomResourceResponse(to: event, status: .failed, reason: "\(error)", physicalResourceId: id)
        }
    }

    /// A database that was just created, or that sleeps, takes minutes until it can be connected to.
    private func migratePatiently(_ context: LambdaContext) async throws -> [String] {
        while true {
            do {
                return try await migrate()
            } catch let error as MigrationError where error.cannotConnect {
                guard try await waitBeforeRetry(context) else { throw error }
                context.logger.warning("Trying again to reach the database", metadata: ["error": "\(error)"])
            }
        }
    }
}

extension MigrationError {
    fileprivate var cannotConnect: Bool {
        code == .failed && [.connectionFailed, .connectionLost, .timedOut].contains(underlying?.code)
    }
}
