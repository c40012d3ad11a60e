import ChatStore
import ServiceEvents

/// Brings the schema up to date when a stack is created or updated, as a custom resource of CloudFormation.
///
/// Deleting the resource keeps the tables: the data outlives the stack.
struct MigrateSchemaHandler: LambdaHandler {
    /// Applies the missing migrations and prepares the functions' role.
    let migrate: @Sendable () async throws -> SchemaMigration.Outcome
    /// Waits before the next attempt. False, without waiting, if the invocation has no time for another one.
    let waitBeforeRetry: @Sendable (_ context: LambdaContext) async throws -> Bool
    /// Sends a response to CloudFormation.
    let respond: @Sendable (_ response: CustomResourceResponse, _ url: String) async throws -> Void

    /// Constant, because CloudFormation deletes the "old" resource when an update returns another id.
    static let physicalResourceID = "schema"

    func handle(_ event: CustomResourceEvent, context: LambdaContext) async throws -> CustomResourceResponse {
        let response = await apply(event, context: context)
        try await respond(response, event.responseURL)
        return response
    }

    /// Never throws: without a response, CloudFormation waits for an hour.
    private func apply(_ event: CustomResourceEvent, context: LambdaContext) async -> CustomResourceResponse {
        let id = event.physicalResourceId ?? Self.physicalResourceID
        do {
            if event.requestType != .delete {
                let outcome = try await migrateOnceReachable(context)
                context.logger.info("Schema is up to date", metadata: ["schema.applied": "\(outcome.applied)"])
                if !outcome.reachableDatabases.isEmpty {
                    context.logger.warning(
                        "The functions' user can connect to other databases; REVOKE CONNECT ON DATABASE … FROM PUBLIC",
                        metadata: ["databases": "\(outcome.reachableDatabases)"]
                    )
                }
            }
            return CustomResourceResponse(to: event, status: .success, physicalResourceId: id)
        } catch let error as MigrationError where error.code == .databaseIsNewer && event.requestType == .update {
            // A rollback to this release. The newer schema serves it too, and a failure would leave the stack stuck.
            context.logger.warning("Schema is newer than this code", metadata: ["error": "\(error)"])
            return CustomResourceResponse(to: event, status: .success, physicalResourceId: id)
        } catch {
            context.logger.error("Schema could not be brought up to date", metadata: ["error": "\(error)"])
            return CustomResourceResponse(to: event, status: .failed, reason: "\(error)", physicalResourceId: id)
        }
    }

    /// Retries while the database cannot be reached: a new or paused one needs minutes before it accepts connections.
    private func migrateOnceReachable(_ context: LambdaContext) async throws -> SchemaMigration.Outcome {
        while true {
            do {
                return try await migrate()
            } catch let error as MigrationError where error.cannotConnect {
                guard try await waitBeforeRetry(context) else { throw error }
                context.logger.warning("Database cannot be reached yet; trying again", metadata: ["error": "\(error)"])
            }
        }
    }
}

extension MigrationError {
    fileprivate var cannotConnect: Bool {
        code == .failed && [.connectionFailed, .connectionLost, .timedOut].contains(underlying?.code)
    }
}
