import Activity
import HTTPListener
import LambdaHost
import NIOCore
import NIOHTTP1

extension DevConsole {
    func activityStream(method: HTTPMethod) -> OutgoingResponse {
        let headers: HTTPHeaders = ["Content-Type": "text/event-stream", "Cache-Control": "no-store"]
        guard method == .GET else { return OutgoingResponse(status: .ok, headers: headers) }
        let events = ActivityEventStream(of: activity, pace: pace)
        return OutgoingResponse(status: .ok, headers: headers, body: .stream(events.chunks))
    }

    func invocation(_ id: String) -> OutgoingResponse {
        guard let record = activity.invocation(id) else { return .unknownInvocation }
        return .json(.ok, encoding: record)
    }

    /// Invokes the same function with the same event, and responds when it has finished.
    func replay(_ id: String) async -> OutgoingResponse {
        guard let record = activity.invocation(id) else { return .unknownInvocation }
        guard !record.isAbridged else {
            return .failure(.conflict, "The event is no longer kept, so it cannot be replayed.")
        }
        guard record.event.count < ActivityRecorder.textLimit else {
            return .failure(.conflict, "The event is too long to be kept in full, so it cannot be replayed.")
        }
        let marker = "Replay of "
        let trigger = record.trigger.hasPrefix(marker) ? record.trigger : marker + record.trigger
        let result = await invoker.invoke(
            InvocationRequest(function: record.function, payload: ByteBuffer(string: record.event), trigger: trigger)
        )
        switch result.outcome {
        case .unknownFunction: return .failure(.notFound, "The function \(record.function) no longer exists.")
        case .throttled(let reason): return .failure(.tooManyRequests, "The invocation was throttled: \(reason).")
        case .response, .functionError, .callerTimeout: return .json(.ok, encoding: ["requestId": result.requestID])
        }
    }

    func close(_ connection: String) async -> OutgoingResponse {
        guard await disconnect(connection) else {
            return .failure(.notFound, "There is no open connection with this id.")
        }
        return OutgoingResponse(status: .noContent)
    }
}

extension OutgoingResponse {
    fileprivate static var unknownInvocation: Self {
        .failure(.notFound, "There is no such invocation. Only the last \(ActivityRecorder.invocationLimit) are kept.")
    }
}
