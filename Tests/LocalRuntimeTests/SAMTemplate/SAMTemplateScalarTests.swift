import Testing

@testable import SAMTemplate

@Suite("Scalars as CloudFormation reads them")
struct SAMTemplateScalarTests {
    /// Checked with PyYAML, which implements YAML 1.1 and which SAM CLI reads templates with.
    @Test(
        arguments: [
            ("17:00", "1020"), ("1:30", "90"), ("1:2:3", "3723"), ("-1:30", "-90"), ("190:20:30", "685230"),
            ("0123", "83"), ("010", "8"), ("007", "7"), ("00", "0"), ("0_17", "15"), ("-0123", "-83"), ("+7", "7"),
            ("0x1F", "31"), ("0xff_ff", "65535"), ("-0x10", "-16"), ("0b101", "5"), ("1_000", "1000"), ("0", "0"),
            ("054238437012", "54238437012"), ("1.10", "1.1"), ("1.0", "1.0"), ("1.", "1.0"), (".5", "0.5"),
            ("1_000.50", "1000.5"), ("08.50", "8.5"), ("1.5e+3", "1500.0"), ("1:30.5", "90.5"), ("-1.50", "-1.5"),
            ("99999999999999999999", "99999999999999999999"), ("-0", "0"),
        ]
    )
    func numbers(written: String, expected: String) {
        let isAssumed = written.hasPrefix("05")
        #expect(YAMLScalar(written) == YAMLScalar(content: .number(expected), isAssumption: isAssumed))
    }

    /// What AWS makes of these is not documented.
    @Test(
        arguments: [
            ("12345e67", "1.2345E71"), ("1e3", "1000.0"), ("5e8", "5.0E8"), ("12345678.5", "1.23456785E7"),
            ("0.0001", "1.0E-4"), ("1.5e3", "1500.0"), ("-1E-9", "-1.0E-9"), ("0128", "128"), ("08", "8"),
            ("00089", "89"), ("10000000.0", "1.0E7"), ("123.456e+20", "1.23456E22"),
        ]
    )
    func assumptions(written: String, expected: String) {
        #expect(YAMLScalar(written) == YAMLScalar(content: .number(expected), isAssumption: true))
    }

    @Test(
        arguments: [
            "2012-10-17", "2001-12-14t21:59:43.10-05:00", "09:30", "0:30", "12:60", "1:2:", ":30", "1.2.3", "1.0.0",
            "10.0.0.0/16", "0o17", "0b", "0x", "0b12", "0xG", "1-2", "-", "+", ".", "..", "1e", "e5", "1e5x", "_1",
            "+.5", "1__a", "12ab", "deadbeef", "y", "n", "Y", "N", "nUll", "yEs", "::", "0:", "1 000", "１２",
        ]
    )
    func textsRemain(text: String) {
        #expect(YAMLScalar(text) == YAMLScalar(content: .string(text)))
    }

    @Test func aNumberTooLargeForAFloatIsInfinite() {
        #expect(YAMLScalar("1e999") == YAMLScalar(content: .string("Infinity"), isAssumption: true))
        #expect(YAMLScalar("-1e999") == YAMLScalar(content: .string("-Infinity"), isAssumption: true))
    }

    @Test(arguments: [
        ("yes", "true"), ("Off", "false"), ("17:00", "1020"), ("0123", "83"), ("054238437089", "54238437089"),
        ("0x1F", "31"), ("1.10", "1.1"), ("12345e67", "1.2345E71"),
    ])
    func aVariableWithAnotherTextIsNoted(written: String, expected: String) throws {
        let application = try self.application("XX: \(written)")
        #expect(application.functions[0].environment["XX"] == expected)
        let details = application.unsupported.compactMap(\.detail)
        #expect(details.count == 1 && details[0].contains("reads \(written) as \(expected);"))
        let quoted = try self.application("XX: '\(written)'")
        #expect(quoted.functions[0].environment["XX"] == written && quoted.unsupported.isEmpty)
    }

    @Test(arguments: ["12", "1.5", "true", "2012-10-17", "text", "!Sub 0123", "!Sub '17:00'"])
    func aVariableWithItsOwnTextIsNotNoted(written: String) throws {
        let application = try self.application("XX: \(written)")
        #expect(application.unsupported.isEmpty)
        #expect(application.functions[0].environment["XX"] == written.replacing(/!Sub '?|'/, with: ""))
    }

    @Test func theDefaultOfAParameterIsRead() throws {
        let text = "Parameters: {P: {Type: String, Default: 0123}}\n" + template("XX: !Ref P")
        let application = try LocalRuntimeTests.application(text)
        #expect(application.functions[0].environment["XX"] == "83" && application.unsupported.count == 1)
        let overridden = try LocalRuntimeTests.application(text, parameters: ["P": "0123"])
        #expect(overridden.functions[0].environment["XX"] == "0123" && overridden.unsupported.isEmpty)
    }

    @Test func otherPropertiesAreReadAlike() throws {
        let text =
            "Resources: {F: {Type: AWS::Serverless::Function, "
            + "Properties: {Handler: h, Runtime: provided, Timeout: 1:30, MemorySize: 0x100}}}"
        let function = try LocalRuntimeTests.application(text).functions[0]
        #expect(function.timeout == 90 && function.memorySize == 256)
    }

    @Test(arguments: ["XX: ", "XX: ~", "XX: null", "XX: NULL"]) func nullIsAnError(variable: String) {
        let error = #expect(throws: TemplateError.self) { try application(variable) }
        #expect(error?.message.contains("null") == true && error?.line != nil)
    }

    private func template(_ variable: String) -> String {
        """
        Resources:
          F:
            Type: AWS::Serverless::Function
            Properties:
              Handler: h
              Runtime: provided.al2023
              Environment:
                Variables:
                  \(variable)
        """
    }

    private func application(_ variable: String) throws -> Application {
        try LocalRuntimeTests.application(template(variable))
    }
}
