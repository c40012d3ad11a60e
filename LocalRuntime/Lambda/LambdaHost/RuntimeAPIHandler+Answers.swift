import EmulatorCore
import NIOCore
import NIOHTTP1

extension RuntimeAPIHandler {
    /// Whether a connection stays open after an answer.
    enum Persistence {
        /// It does, as in HTTP/1.1 by default.
        case implicit
        /// It does, and an HTTP/1.0 client has to be told.
        case explicit
        case closes

        init(of head: HTTPRequestHead) {
            // The parser reads no request after one that asks for another protocol.
            let leavesHTTP = head.method == .CONNECT || head.headers.contains(name: "upgrade")
            if !head.isKeepAlive || leavesHTTP {
                self = .closes
            } else {
                self = head.version == .http1_1 ? .implicit : .explicit
            }
        }

        /// The header that says so, with its line end.
        var header: String {
            switch self {
            case .implicit: ""
            case .explicit: "Connection: keep-alive\r\n"
            case .closes: "Connection: close\r\n"
            }
        }
    }

    // MARK: Answers

    private static let accepted = ByteBuffer(
        string: "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n"
            + #"{"status":"OK"}"# + "\n"
    )

    func accept() {
        guard persistence == .implicit else { return answer("202 Accepted", #"{"status":"OK"}"# + "\n") }
        write(Self.accepted)
    }

    func refuse(_ refusal: RuntimeAPI.Refusal) {
        switch refusal {
        case .invalidRequestID:
            refuse("400 Bad Request", type: "InvalidRequestID", "Invalid request ID")
        case .invalidStateTransition(let from, let to):
            refuse(
                "403 Forbidden",
                type: "InvalidStateTransition",
                "State transition from \(from.rawValue) to \(to) failed for runtime. "
                    + "Error: State transition is not allowed"
            )
        }
    }

    func refuseTooLarge() {
        refuse(
            "413 Request Entity Too Large",
            type: "RequestEntityTooLarge",
            "Exceeded maximum allowed payload size (\(RuntimeAPI.payloadLimit) bytes)."
        )
    }

    /// Answers a `next` request with an event.
    ///
    /// - Parameter deadline: Milliseconds since the epoch.
    func send(_ invocation: Invocation, arn: String, deadline: Int64) {
        let payload = invocation.request.payload
        var head = ByteBuffer()
        head.reserveCapacity(512)
        head.writeStaticString("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nLambda-Runtime-Aws-Request-Id: ")
        head.writeString(invocation.requestID)
        head.writeStaticString("\r\nLambda-Runtime-Deadline-Ms: ")
        head.writeString(String(deadline))
        head.writeStaticString("\r\nLambda-Runtime-Invoked-Function-Arn: ")
        head.writeString(arn)
        head.writeStaticString("\r\nLambda-Runtime-Trace-Id: ")
        head.writeString(invocation.traceID)
        if let clientContext = invocation.request.clientContext {
            head.writeStaticString("\r\nLambda-Runtime-Client-Context: ")
            head.writeString(clientContext)
        }
        head.writeStaticString("\r\nContent-Length: ")
        head.writeString(String(payload.readableBytes))
        head.writeString("\r\n\(persistence.header)\r\n")
        write(head, payload)
    }

    func refuse(_ status: String, type: String, _ message: String) {
        var json = JSONWriter()
        json.object { json in
            json.field("errorMessage", message)
            json.field("errorType", type)
        }
        answer(status, String(buffer: json.buffer) + "\n")
    }

    func answer(_ status: String, _ body: String, type: String = "application/json") {
        write(
            ByteBuffer(
                string: "HTTP/1.1 \(status)\r\nContent-Type: \(type)\r\n\(persistence.header)"
                    + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
            )
        )
    }
}
