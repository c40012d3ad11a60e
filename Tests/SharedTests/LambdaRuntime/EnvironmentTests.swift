import LambdaRuntime
import Testing

struct EnvironmentTests {
    private let environment = Environment(["A": "1", "EMPTY": ""])

    @Test func givesTheValueOfAVariable() throws {
        #expect(environment["A"] == "1")
        #expect(try environment.required("A") == "1")
    }

    @Test(arguments: ["EMPTY", "ABSENT"])
    func treatsAnEmptyVariableAsMissing(name: String) {
        #expect(environment[name] == nil)
        let error = #expect(throws: MissingVariable.self) { try environment.required(name) }
        #expect(error?.errorMessage == "The environment variable \(name) is not set.")
    }
}
