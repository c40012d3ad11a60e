import NIOCore
import NIOHTTP1
import NIOWebSocket

/// Counts what a decoder has made of the bytes that ``InputGate`` has given it.
///
/// It does no I/O.
struct InputMeter {
    /// What a request costs that arrives together with the one before it: as much as so many tiny chunks.
    static let pipelinedRequest = 16
    /// The bytes of a body that pay for one chunk, and of a fragment that cost nothing.
    static let bytesPerUnit = 256
    /// A whole message below this size cannot select a route.
    static let leastMessage = 8

    /// Parts of requests, or frames.
    private(set) var count = 0
    /// Whether the parser reads nothing after this request, because it is the last one or asks for another protocol.
    private(set) var isLastRequest = false
    /// Bytes of a body of known length that have not arrived; they cost one part, in whatever amount they are given to
    /// the decoder.
    private(set) var bodyRemaining = 0
    private var isChunked = false
    private var heads = 0
    private var chunks = 0
    private var chunkBytes = 0
    private var frameCost = 0

    /// What exceeds the work of an ordinary client.
    var cost: Int {
        max(0, heads - 1) * Self.pipelinedRequest + max(0, chunks - chunkBytes / Self.bytesPerUnit) + frameCost
    }

    /// Begins to count the next bytes.
    mutating func reset() { (count, heads, chunks, chunkBytes, frameCost) = (0, 0, 0, 0, 0) }

    mutating func add(_ part: HTTPServerRequestPart) {
        count += 1
        switch part {
        case .head(let head):
            heads += 1
            isChunked = head.headers.contains(name: "transfer-encoding")
            bodyRemaining = isChunked ? 0 : head.contentLength ?? 0
            isLastRequest = !head.isKeepAlive || head.leavesHTTP
        case .body(let bytes) where isChunked:
            chunks += 1
            chunkBytes += bytes.readableBytes
        case .body(let bytes):
            bodyRemaining = max(0, bodyRemaining - bytes.readableBytes)
        case .end:
            bodyRemaining = 0
        }
    }

    mutating func add(_ frame: WebSocketFrame) {
        count += 1
        let isFragment = !frame.fin || frame.opcode == .continuation
        let leastSize = isFragment ? Self.bytesPerUnit : Self.leastMessage
        if frame.opcode.isControlOpcode || frame.length < leastSize { frameCost += 1 }
    }
}

extension HTTPRequestHead {
    /// Whether the parser takes what follows the request for another protocol, as llhttp decides it.
    var leavesHTTP: Bool {
        if method == .CONNECT { return true }
        return headers.contains(name: "upgrade")
            && headers[canonicalForm: "connection"].contains { $0.lowercased() == "upgrade" }
    }
}
