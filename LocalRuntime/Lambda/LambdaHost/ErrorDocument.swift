import ChildProcesses
import EmulatorCore
import NIOCore

/// What an invoker gets when a function fails without reporting it itself: Lambda's error document.
///
/// Texts as AWS words them; see https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html and the
/// source of the runtime interface emulator.
struct ErrorDocument: Sendable, Hashable {
    var type: String
    var message: String

    /// The process ended while it had an invocation, or before it asked for one.
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

    static func noExecutable(tried candidates: [String]) -> ErrorDocument {
        ErrorDocument(
            type: "Runtime.InvalidEntrypoint",
            message: "Couldn't find valid bootstrap(s): [\(candidates.joined(separator: " "))]"
        )
    }

    static func cannotStart(_ error: ChildProcessError) -> ErrorDocument {
        ErrorDocument(type: "Runtime.InvalidEntrypoint", message: "fork/exec \(error.executable): \(error.reason)")
    }

    static func shuttingDown() -> ErrorDocument {
        ErrorDocument(type: "Sandbox.Failure", message: "The local runtime is shutting down")
    }

    /// Without the request id, as it is shown in logs.
    var text: String { "Error: \(message)" }

    /// The document as JSON.
    func json(requestID: String) -> ByteBuffer {
        // AWS says these two without "RequestId".
        let full = type == "Function.ResponseSizeTooLarge" ? message : "RequestId: \(requestID) Error: \(message)"
        var json = JSONWriter()
        json.object { json in
            json.field("errorType", type)
            json.field("errorMessage", full)
        }
        return json.buffer
    }
}

enum SignalName {
    /// A signal in Go's words, which are the ones that Lambda reports.
    static func of(_ signal: Int32) -> String {
        switch signal {
        case 1: "hangup"
        case 2: "interrupt"
        case 3: "quit"
        case 4: "illegal instruction"
        case 5: "trace/breakpoint trap"
        case 6: "aborted"
        case 7: "bus error"
        case 8: "floating point exception"
        case 9: "killed"
        case 10: "user defined signal 1"
        case 11: "segmentation fault"
        case 12: "user defined signal 2"
        case 13: "broken pipe"
        case 14: "alarm clock"
        case 15: "terminated"
        default: "signal \(signal)"
        }
    }
}
