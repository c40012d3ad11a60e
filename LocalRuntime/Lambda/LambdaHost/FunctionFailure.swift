import NIOCore

/// A failed invocation whose request id, which its error document contains, is not known yet.
enum FunctionFailure: Sendable, Hashable {
    /// A document by the host: the function reported nothing, or more than the limit allows.
    case document(ErrorDocument)
    /// What the function posted, and its `Lambda-Runtime-Function-Error-Type` header.
    case reported(ByteBuffer, type: String?)

    /// Lambda's error document as JSON. An empty report becomes a document with an error type.
    func json(requestID: String) -> ByteBuffer {
        switch self {
        case .document(let document):
            return document.json(requestID: requestID)
        case .reported(let bytes, let type):
            guard bytes.readableBytes == 0 else { return bytes }
            return ErrorDocument(type: RuntimeAPI.errorType(reported: type), message: "Unknown error")
                .json(requestID: requestID)
        }
    }
}
