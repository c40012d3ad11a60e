public import LambdaRuntime
public import Logging

extension LambdaContext {
    /// An invocation without a deadline or log output.
    public static var test: LambdaContext { .test(logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }) }

    public static func test(logger: Logger) -> LambdaContext {
        LambdaContext(
            requestID: "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
            deadline: .max,
            invokedFunctionARN: "arn:aws:lambda:us-east-1:123456789012:function:test",
            logger: logger
        )
    }
}
