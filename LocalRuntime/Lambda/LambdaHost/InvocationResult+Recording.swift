import Activity
import NIOCore

extension InvocationResult.Outcome {
    /// What the record of an invocation keeps of its result.
    var recordedText: String? {
        switch self {
        case .response(let body), .functionError(let body): body.recordedText
        case .callerTimeout, .throttled, .unknownFunction: nil
        }
    }
}

extension ByteBuffer {
    /// The first ``ActivityRecorder/textLimit`` bytes as text.
    var recordedText: String {
        getString(at: readerIndex, length: min(readableBytes, ActivityRecorder.textLimit)) ?? ""
    }
}
