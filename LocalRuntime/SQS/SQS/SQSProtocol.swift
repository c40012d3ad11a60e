import HTTPListener

/// A call of an SQS action.
struct SQSCall {
    /// `SendMessage`, for example.
    let action: String
    let parameters: SQSParameters
}

/// One of the two ways in which clients write a call and read its response.
protocol SQSProtocol {
    static func call(in request: IncomingRequest) throws(SQSError) -> SQSCall
    static func response(_ output: any SQSOutput, to call: SQSCall, requestID: String) -> OutgoingResponse
    static func response(_ error: SQSError, requestID: String) -> OutgoingResponse
}
