import ChildProcesses
import EmulatorCore
import NIOCore

/// Lambda's error document for a failure that the function did not report itself.
///
/// The texts are those of AWS; see https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html and the
/// source of the runtime interface emulator.
struct ErrorDocument: Sendable, Hashable {
    var type: String
    var message: String

    /// The process exited while it had an invocation, or before it asked for one.
    static func exit(_ exit: ChildProcess.Exit) -> ErrorDocument {
        let reason =
            switch exit {
            case .code(0): "Runtime exited without providing a reason"
            case .code(let code): "Runtime exited with error: exit status \(code)"
            case .signal(let signal): "Runtime exited with error: signal: \(SignalName.of(signal))"
            }
        return ErrorDocument(type: "Runtime.ExitError", message: reason)
    }

    static func timeout(seconds: Int) -> ErrorDocument {
        ErrorDocument(type: "Sandbox.Timedout", message: "Task timed out after \(seconds).00 seconds")
    }

    static func responseTooLarge() -> ErrorDocument {
        ErrorDocument(
            type: "Function.ResponseSizeTooLarge",
            message: "Response payload size exceeded maximum allowed payload size (\(RuntimeAPI.payloadLimit) bytes)."
        )
    }

    static func noExecutable(_ source: ExecutableSource) -> ErrorDocument {
        let tried = source.candidates.joined(separator: " ")
        return ErrorDocument(
            type: "Runtime.InvalidEntrypoint",
            message: source.problem ?? "Couldn't find valid bootstrap(s): [\(tried)]"
        )
    }

    static func cannotStart(_ error: ChildProcessError) -> ErrorDocument {
        ErrorDocument(type: "Runtime.InvalidEntrypoint", message: "fork/exec \(error.executable): \(error.reason)")
    }

    /// The process has ignored SIGTERM.
    static func killed() -> ErrorDocument {
        ErrorDocument(type: "Sandbox.Killed", message: "The process did not end after SIGTERM and is killed")
    }

    static func shuttingDown() -> ErrorDocument {
        ErrorDocument(type: "Sandbox.Failure", message: "The local runtime is shutting down")
    }

    /// The message for the log, without the request id.
    var text: String { "Error: \(message)" }

    /// The document as JSON.
    func json(requestID: String) -> ByteBuffer {
        // On AWS this message does not contain the request id.
        let full = type == "Function.ResponseSizeTooLarge" ? message : "RequestId: \(requestID) Error: \(message)"
        var json = JSONWriter()
        json.object { json in
            json.field("errorType", type)
            json.field("errorMessage", full)
        }
        return json.buffer
    }
}
