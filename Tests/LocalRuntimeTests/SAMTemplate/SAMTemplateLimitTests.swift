import SAMTemplate
import Testing

/// What CloudFormation refuses, and what would take too long.
@Suite struct SAMTemplateLimitTests {
    private func error(_ template: String, parameters: [String: String] = [:]) -> TemplateError? {
        do {
            _ = try application(template, parameters: parameters)
            return nil
        } catch {
            return error as? TemplateError
        }
    }

    private func section(_ name: String, _ count: Int, _ value: String) -> String {
        "\(name):\n" + (0..<count).map { "  N\($0): {\(value)}\n" }.joined()
    }

    private static let queue = "Resources:\n  Q: {Type: AWS::SQS::Queue}\n"

    @Test(arguments: [
        ("Resources", 500, "Type: AWS::SNS::Topic"), ("Parameters", 200, "Type: String, Default: a"),
        ("Outputs", 200, "Value: a"), ("Mappings", 200, "a: {b: c}"),
    ])
    func refusesMoreThanCloudFormationAccepts(name: String, limit: Int, value: String) {
        let rest = name == "Resources" ? "" : Self.queue
        #expect(error(rest + section(name, limit, value)) == nil)
        let error = error(rest + section(name, limit + 1, value))
        #expect(error?.code == .limit)
        #expect(error?.message == "The template has \(limit + 1) \(name); CloudFormation accepts at most \(limit).")
    }

    @Test func countsTheResourcesOfLoops() {
        let names = (0..<501).map { "n\($0)" }.joined(separator: ",")
        let error = error(
            "Transform: AWS::LanguageExtensions\nResources:\n  'Fn::ForEach::L':\n    - X\n    - [\(names)]\n"
                + "    - 'Q${X}': {Type: AWS::SNS::Topic}\n"
        )
        #expect(error?.message.contains("501 Resources") == true)
    }

    @Test(arguments: ["Resourcse", "resources", "Output", "x-anchors", "Condition", "Fn::ForEach::L", "''"])
    func refusesUnknownSections(name: String) {
        let error = error("\(name): {}\n\(Self.queue)")
        #expect(error?.code == .invalid)
        #expect(error?.message.contains("is not a section of a template") == true)
    }

    @Test func acceptsEverySection() {
        let sections =
            "Description: a\nMetadata: {}\nRules: {}\nConditions: {}\nHooks: {}\nGlobals: {}\nTransform: []\n"
        #expect(error("AWSTemplateFormatVersion: '2010-09-09'\n\(sections)\(Self.queue)") == nil)
    }

    @Test(arguments: [
        ("(a+)+$b", 26), ("^(a|a)*$b", 40), ("(a*)*b", 40), ("(a|aa)+b", 60), ("a*a*a*a*a*a*a*b", 400),
        ("(.*a){20}b", 60),
    ])
    func givesUpPatternsThatTakeTooLong(pattern: String, count: Int) {
        let parameter = "Parameters:\n  P: {Type: String, AllowedPattern: '\(pattern)', ConstraintDescription: x}\n"
        let value = String(repeating: "a", count: count)
        let error = error(parameter + Self.queue, parameters: ["P": value])
        #expect(
            error?.message == "AllowedPattern takes too long; repeat no group that contains a repetition: \(pattern)"
        )
    }

    @Test(arguments: [
        ("a|ab", "ab", true), ("[a-z]*", String(repeating: "a", count: 4_000), true), ("^a$", "a", true),
        ("a", "ab", false),
        ("(?=.*\\d)(?=.*[A-Z]).{8,}", "Abcdefg1", true), ("(?=.*\\d)(?=.*[A-Z]).{8,}", "abcdefg1", false),
        ("(a)\\1", "aa", true), ("\\p{L}+", "é", true), ("a$", "a\n", false),
        ("[\\u0020-\\u00FF]*", "a é", true),
    ])
    func matchesWholeValues(pattern: String, value: String, isMatch: Bool) {
        let parameter = "Parameters:\n  P: {Type: String, AllowedPattern: '\(pattern)'}\n"
        #expect((error(parameter + Self.queue, parameters: ["P": value]) == nil) == isMatch)
    }

    @Test(arguments: ["(((", "a)(b", "[", "*", "a{2,1}"])
    func refusesInvalidPatterns(pattern: String) {
        let parameter = "Parameters:\n  P: {Type: String, AllowedPattern: '\(pattern)'}\n"
        let error = error(parameter + Self.queue, parameters: ["P": "a"])
        #expect(error?.message.contains("is not a supported regular expression") == true)
    }

    @Test(arguments: [
        "rate(0 minutes)", "rate(-1 hours)", "rate(1.5 days)", "rate(5)", "rate(5 weeks)", "rate(five minutes)",
        "rate()",
        "rate(99999999999999999999 days)", "rate(999999999999999999 days)", "cron(0/0 * * * ? *)",
        "cron(0/x * * * ? *)",
        "cron(*/-5 * * * ? *)", "cron(60 * * * ? *)", "cron(0 24 * * ? *)", "cron(0 0 32 * ? *)", "cron(0 0 0 * ? *)",
        "cron(0 0 * 13 ? *)", "cron(0 0 ? * 8 *)", "cron(0 0 * * ? 2200)", "cron(0 0 * * * *)", "cron(0 0 ? * ? *)",
        "cron(0 0 * * ?)", "cron(0 0 * * ? * *)", "cron(0,,5 * * * ? *)", "cron(1/2/3 * * * ? *)", "cron()",
    ])
    func refusesSchedules(expression: String) {
        for (type, property) in [("Schedule", "Schedule"), ("ScheduleV2", "ScheduleExpression")] {
            let error = error(schedule(type, property, expression))
            #expect(error?.message.hasPrefix(expression) == true)
            #expect(error?.path == "Resources.F.Properties.Events.E.Properties.\(property)")
        }
    }

    @Test(arguments: [
        "rate(1 minute)", "rate(5 minutes)", "rate(7 days)", "cron(0/5 * * * ? *)", "cron(0 12 ? * MON-FRI *)",
        "cron(0 0 L * ? *)", "cron(0 0 ? * 2#1 *)", "cron(0 0 ? * 6L *)", "cron(0 0 3W JAN,FEB ? 2030-2040)",
        "cron(0 22-2 * * ? *)", "cron(*/15 8,20 1 * ? *)",
    ])
    func acceptsSchedules(expression: String) {
        #expect(error(schedule("Schedule", "Schedule", expression)) == nil)
    }

    private func schedule(_ type: String, _ property: String, _ expression: String) -> String {
        let event = "{Type: \(type), Properties: {\(property): '\(expression)'}}"
        return "Resources:\n  F: {Type: AWS::Serverless::Function, Properties: {Handler: h, Runtime: provided.al2023, "
            + "Events: {E: \(event)}}}\n"
    }

    @Test(arguments: ["\"a\\0b\"", "\"\\0\"", "!Join [\"\\0\", [a, b]]"])
    func refusesVariablesWithANulCharacter(value: String) {
        let error = error(
            "Resources:\n  F: {Type: AWS::Serverless::Function, Properties: {Handler: h, Runtime: provided.al2023, "
                + "Environment: {Variables: {AA: b, CC: \(value)}}}}\n"
        )
        #expect(error?.message == "CC contains a NUL character, which a variable cannot contain.")
    }

    @Test(
        arguments: [
            ("Name: AWS::Include, Parameters: {Location: s3://b/k.yaml}", "only local files are included"),
            ("Name: AWS::Include, Parameters: {Location: 'https://b/k.yaml'}", "only local files are included"),
            ("Name: Macro", "the macro is not run"),
        ],
        [
            ("Q", "Resources:\n  Q: {Type: AWS::SQS::Queue, Properties: {Fn::Transform: {T}}}"),
            ("Q", "Resources:\n  Q: {Type: AWS::SQS::Queue, Fn::Transform: {T}}"),
            ("Q", "Resources:\n  Q: {Type: AWS::SQS::Queue, Metadata: {A: [{Fn::Transform: {T}}]}}"),
            ("Metadata", "Metadata: {Fn::Transform: {T}}\n\(queue)"),
        ]
    )
    func notesTransformsThatAreNotRun(transform: (text: String, reason: String), use: (id: String, text: String)) throws
    {
        let template = use.text.replacing("{T}", with: "{\(transform.text)}")
        let notes = try application(template).unsupported
        #expect(notes.contains { $0.logicalID == use.id && $0.detail?.contains(transform.reason) == true })
    }
}
