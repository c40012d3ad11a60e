import ChatStore

/// Brings the schema up to date when a stack is created or updated, as a custom resource of CloudFormation.
///
/// Deleting the resource deletes nothing: the data outlives the stack.
struct MigrateSchemaHandler: LambdaHandler {
    /// Applies what is missing and returns its names.
    let migrate: @Sendable () async throws -> [String]
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
                let applied = try await migrate()
                context.logger.info("Schema is up to date", metadata: ["schema.applied": "\(applied)"])
            }
            return CustomResourceResponse(to: event, status: .success, physicalResourceId: id)
        } catch {
            context.logger.error("Schema could not be brought up to date", metadata: ["error": "\(error)"])
            return CustomResourceResponse(to: event, status: .failed, reason: "\(error)", physicalResourceId: id)
        }
    }
}
