import FoundationEssentials

/// The Runtime API over one HTTP connection.
final class HTTPRuntimeAPI: RuntimeAPI {
    private let connection: RuntimeAPIConnection
    private let nextRequest: [UInt8]
    private let address: String

    /// - Parameter address: A host and a port, as in `AWS_LAMBDA_RUNTIME_API`.
    init(address: String) {
        self.address = address
        connection = RuntimeAPIConnection(address: address)
        nextRequest = Array("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: \(address)\r\n\r\n".utf8)
    }

    func next() throws(RuntimeAPIError) -> Invocation {
        let response = try connection.exchange(nextRequest, whileIdle: true)
        guard response.status == 200 else {
            throw RuntimeAPIError(.failed, message: "next returned status \(response.status)")
        }
        guard let requestID = response.header("lambda-runtime-aws-request-id") else {
            throw RuntimeAPIError(.malformedResponse, message: "next returned no request id")
        }
        return Invocation(
            requestID: requestID,
            deadline: response.header("lambda-runtime-deadline-ms").flatMap { Int64($0) } ?? .max,
            invokedFunctionARN: response.header("lambda-runtime-invoked-function-arn") ?? "",
            traceID: response.header("lambda-runtime-trace-id"),
            event: response.body
        )
    }

    func respond(to requestID: String, with response: Data) throws(RuntimeAPIError) {
        try post(response, to: "invocation/\(requestID)/response")
    }

    func report(_ failure: ErrorReport, of requestID: String) throws(RuntimeAPIError) {
        try post(failure, to: "invocation/\(requestID)/error")
    }

    func reportInitializationFailure(_ failure: ErrorReport) throws(RuntimeAPIError) {
        try post(failure, to: "init/error")
    }

    private func post(_ failure: ErrorReport, to path: String) throws(RuntimeAPIError) {
        do {
            try post(failure.document, to: path, header: "Lambda-Runtime-Function-Error-Type: \(failure.errorType)\r\n")
        } catch {
            // Lambda rejects reports that arrive too late; there is nothing left to do.
            guard error.code == .rejected else { throw error }
        }
    }

    private func post(_ body: Data, to path: String, header: String = "") throws(RuntimeAPIError) {
        var request: [UInt8] = []
        request.reserveCapacity(256 + body.count)
        request += "POST /2018-06-01/runtime/\(path) HTTP/1.1\r\nHost: \(address)\r\n".utf8
        request += "Content-Type: application/json\r\nContent-Length: \(body.count)\r\n\(header)\r\n".utf8
        request += body
        let response = try connection.exchange(request, whileIdle: false)
        switch response.status {
        case 200..<300: return
        case 400..<500: throw RuntimeAPIError(.rejected, message: "\(path) returned status \(response.status)")
        default: throw RuntimeAPIError(.failed, message: "\(path) returned status \(response.status)")
        }
    }
}
