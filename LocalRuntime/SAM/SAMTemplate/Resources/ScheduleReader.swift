/// Reads schedules: EventBridge rules, schedules of EventBridge Scheduler, and the `Schedule` events of SAM.
///
/// docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
struct ScheduleReader {
    let resolver: Resolver
    let destinations: DestinationDirectory

    /// A schedule for each target of `AWS::Events::Rule`; none, and noted, if the rule has an event pattern.
    func rule(_ rule: Properties) throws(TemplateError) -> [ScheduleResource] {
        rule.note([("EventPattern", "event buses are not emulated, so that no event matches.")])
        guard let expression = try rule.string("ScheduleExpression") else { return [] }
        let physical = PhysicalResource(rule.resource, resolver: resolver)
        var schedules: [ScheduleResource] = []
        for target in try rule.maps("Targets") {
            guard let arn = try self.target(target) else { continue }
            target.note([
                ("InputPath", "the event is passed unchanged."), ("InputTransformer", "the event is passed unchanged."),
                ("DeadLetterConfig", "events that cannot be delivered are dropped."),
            ])
            var schedule = ScheduleResource(
                logicalID: rule.resource.qualifiedID,
                service: .events,
                name: try physical.reference(),
                arn: try physical.attribute("Arn", at: rule.path, line: rule.resource.line),
                expression: try checked(expression, rule, at: "ScheduleExpression", allowsOnce: false),
                target: arn
            )
            schedule.input = try target.string("Input")
            schedule.isEnabled = try isEnabled(rule)
            schedules.append(schedule)
        }
        return schedules
    }

    /// `AWS::Scheduler::Schedule`.
    func schedule(_ properties: Properties) throws(TemplateError) -> ScheduleResource? {
        guard let target = try properties.map("Target") else {
            throw properties.error("A schedule needs a Target.", at: "Target")
        }
        guard let arn = try self.target(target) else { return nil }
        let physical = PhysicalResource(properties.resource, resolver: resolver)
        var schedule = ScheduleResource(
            logicalID: properties.resource.qualifiedID,
            service: .scheduler,
            name: try physical.reference(),
            arn: try physical.attribute("Arn", at: properties.path, line: properties.resource.line),
            expression: try checked(
                try properties.requiredString("ScheduleExpression"),
                properties,
                at: "ScheduleExpression",
                allowsOnce: true
            ),
            target: arn
        )
        schedule.input = try target.string("Input")
        schedule.timeZone = try properties.string("ScheduleExpressionTimezone") ?? schedule.timeZone
        schedule.isEnabled = try isEnabled(properties)
        try note(properties)
        target.note([("DeadLetterConfig", "events that cannot be delivered are dropped.")])
        return schedule
    }

    /// A SAM function's `Schedule` or `ScheduleV2`.
    func event(_ event: Properties, id: String, isRule: Bool) throws(TemplateError) -> ScheduleResource {
        let property = isRule ? "Schedule" : "ScheduleExpression"
        let name = try event.string("Name") ?? id
        let settings = resolver.settings
        var schedule = ScheduleResource(
            logicalID: id,
            service: isRule ? .events : .scheduler,
            name: name,
            arn: isRule
                ? settings.arn(of: "events", "rule/\(name)")
                : settings.arn(of: "scheduler", "schedule/\(try event.string("GroupName") ?? "default")/\(name)"),
            expression: try checked(
                try event.requiredString(property),
                event,
                at: property,
                allowsOnce: !isRule
            ),
            target: destinations.arn(ofFunction: event.resource.qualifiedID) ?? ""
        )
        schedule.input = try event.string("Input")
        if !isRule { schedule.timeZone = try event.string("ScheduleExpressionTimezone") ?? schedule.timeZone }
        schedule.isEnabled = try isEnabled(event)
        try note(event)
        event.note([("DeadLetterConfig", "events that cannot be delivered are dropped.")])
        return schedule
    }

    private func note(_ properties: Properties) throws(TemplateError) {
        properties.note([
            ("StartDate", "the schedule starts immediately."), ("EndDate", "the schedule does not end."),
        ])
        if let mode = try properties.map("FlexibleTimeWindow")?.string("Mode"), mode != "OFF" {
            properties.note([("FlexibleTimeWindow", "the schedule runs exactly on time.")])
        }
    }

    private func target(_ target: Properties) throws(TemplateError) -> String? {
        let text = try target.requiredString("Arn")
        if let arn = destinations.arn(text) { return arn }
        resolver.note(
            target.resource,
            "\(target.path.insideProperties): \(text) is neither a function nor a queue of these templates; nothing is called."
        )
        return nil
    }

    private func isEnabled(_ properties: Properties) throws(TemplateError) -> Bool {
        if try properties.value("Enabled") != nil { return try properties.boolean("Enabled") }
        return try properties.string("State")?.uppercased() != "DISABLED"
    }

    private func checked(
        _ expression: String,
        _ properties: Properties,
        at name: String,
        allowsOnce: Bool
    ) throws(TemplateError) -> String {
        let forms = allowsOnce ? ["rate(", "cron(", "at("] : ["rate(", "cron("]
        guard forms.contains(where: expression.hasPrefix), expression.hasSuffix(")") else {
            let message = "A schedule is rate(…)\(allowsOnce ? ", cron(…) or at(…)" : " or cron(…)"): “\(expression)”."
            throw properties.error(message, at: name)
        }
        if let problem = ScheduleSyntax.problem(with: expression) {
            throw properties.error("\(expression) \(problem)", at: name)
        }
        return expression
    }
}
