/// Reads the resources of all stacks of a deployment.
struct ApplicationReader {
    let stacks: [Resolver]

    func application() throws(TemplateError) -> Application {
        var application = Application()
        try forEachStack { (stack) throws(TemplateError) in try PropertyCheck(resolver: stack).check() }
        try forEachStack { (stack) throws(TemplateError) in
            try FunctionReader(resolver: stack).read(into: &application.functions)
            try BucketReader(resolver: stack).read(into: &application.buckets)
            try QueueReader(resolver: stack).read(into: &application.queues)
        }
        // Stacks pass each other the names and ARNs of functions and queues.
        let functions = FunctionDirectory(application.functions)
        let destinations = DestinationDirectory(application.functions, application.queues)
        let gateway = try GatewayResources(stacks, functions: functions)
        try forEachStack { (stack) throws(TemplateError) in
            try QueueReader(resolver: stack).checkRedrive(application.queues)
            try TriggerReader(resolver: stack, destinations: destinations).read(into: &application)
            application.webSocketAPIs +=
                try WebSocketAPIReader(resolver: stack, functions: functions, gateway: gateway).apis()
            application.httpAPIs += try HTTPAPIReader(resolver: stack, functions: functions, gateway: gateway).apis()
            application.customResources +=
                try CustomResourceReader(resolver: stack, functions: functions).customResources()
            try Coverage.noteUnsupported(stack)
        }
        try noteMembersOfUnknownAPIs(gateway)
        application.outputs = try stacks[0].locating { () throws(TemplateError) in try stacks[0].outputs() }
        application.unsupported = stacks.flatMap(\.qualifiedNotices)
        return application
    }

    private func forEachStack(_ body: (Resolver) throws(TemplateError) -> Void) throws(TemplateError) {
        for stack in stacks { try stack.locating { () throws(TemplateError) in try body(stack) } }
    }

    private func noteMembersOfUnknownAPIs(_ gateway: GatewayResources) throws(TemplateError) {
        var apiIDs: Set<String> = []
        for stack in stacks {
            for resource in try stack.deployedResources() where resource.isAPI {
                apiIDs.insert(APIAddress.apiID(of: resource))
            }
        }
        gateway.noteMembersOfUnknownAPIs(knownIDs: apiIDs)
    }
}

extension Resolver {
    /// The notices, with qualified logical ids.
    fileprivate var qualifiedNotices: [Application.Unsupported] {
        notices.map { notice in
            var notice = notice
            if !template.stack.isEmpty { notice.logicalID = "\(template.stack).\(notice.logicalID)" }
            return notice
        }
    }
}
