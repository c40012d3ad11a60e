import EmulatorCore

/// The headers that API Gateway adds to a request before a function sees it.
public enum ForwardedHeaders {
    /// - Parameters:
    ///   - host: The request's `Host` header, whose port is the one that the client went to.
    ///   - remoteAddress: The client's address without the port.
    public static func make(host: String?, remoteAddress: String) -> [(name: String, value: String)] {
        let port = host?.split(separator: ":").last.flatMap { Int($0) } ?? 80
        return [
            (name: "X-Amzn-Trace-Id", value: TraceID.makeRoot()),
            (name: "X-Forwarded-For", value: remoteAddress),
            (name: "X-Forwarded-Port", value: "\(port)"),
            (name: "X-Forwarded-Proto", value: "http"),
        ]
    }
}
