/// Reads the settings of asynchronous invocations: `AWS::Lambda::EventInvokeConfig`, SAM's `EventInvokeConfig` and
/// `DeadLetterQueue`, and CloudFormation's `DeadLetterConfig`.
///
/// docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html
struct AsynchronousSettingsReader {
    let resolver: Resolver
    let destinations: DestinationDirectory

    func read(into functions: inout [FunctionResource]) throws(TemplateError) {
        for index in functions.indices {
            guard let resource = resolver.resource(qualifiedID: functions[index].logicalID) else { continue }
            let properties = Properties(of: resource, resolver: resolver)
            try readDeadLetterTarget(properties, into: &functions[index].asynchronous)
            if resource.isServerless, let configuration = try properties.map("EventInvokeConfig") {
                try read(configuration, into: &functions[index].asynchronous)
            }
        }
        for resource in try resolver.deployedResources() where resource.type == "AWS::Lambda::EventInvokeConfig" {
            let properties = Properties(of: resource, resolver: resolver)
            let name = try properties.requiredString("FunctionName")
            guard let logicalID = destinations.function(name)?.logicalID,
                let index = functions.firstIndex(where: { $0.logicalID == logicalID })
            else {
                resolver.note(resource, "FunctionName: \(name) is not a function of these templates.")
                continue
            }
            try read(properties, into: &functions[index].asynchronous)
        }
    }

    private func readDeadLetterTarget(
        _ function: Properties,
        into settings: inout AsynchronousSettings
    ) throws(TemplateError) {
        for name in ["DeadLetterQueue", "DeadLetterConfig"] {
            guard let target = try function.map(name)?.string("TargetArn") else { continue }
            if destinations.queue(target) != nil {
                settings.deadLetterTarget = target
            } else {
                let detail =
                    "\(name): \(target) is not a queue of these templates; events whose attempts all fail are dropped."
                resolver.note(function.resource, detail)
            }
        }
    }

    private func read(
        _ configuration: Properties,
        into settings: inout AsynchronousSettings
    ) throws(TemplateError) {
        settings.maximumRetryAttempts =
            try configuration.integer("MaximumRetryAttempts", in: 0...2) ?? settings.maximumRetryAttempts
        settings.maximumEventAge =
            try configuration.integer("MaximumEventAgeInSeconds", in: 60...21_600) ?? settings.maximumEventAge
        guard let chosen = try configuration.map("DestinationConfig") else { return }
        settings.onSuccess = try destination("OnSuccess", of: chosen) ?? settings.onSuccess
        settings.onFailure = try destination("OnFailure", of: chosen) ?? settings.onFailure
    }

    private func destination(_ name: String, of configuration: Properties) throws(TemplateError) -> String? {
        guard let destination = try configuration.map(name) else { return nil }
        let place = "\(configuration.path.insideProperties).\(name)"
        guard let target = try destination.string("Destination") else {
            resolver.note(
                configuration.resource,
                "\(place): without a Destination, SAM would create one; nothing is sent."
            )
            return nil
        }
        guard let arn = destinations.arn(target) else {
            resolver.note(
                configuration.resource,
                "\(place): \(target) is neither a queue nor a function of these templates; nothing is sent."
            )
            return nil
        }
        return arn
    }
}
