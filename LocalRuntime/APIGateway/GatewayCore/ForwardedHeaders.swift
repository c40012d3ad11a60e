import EmulatorCore

/// The headers that API Gateway adds to a request before it passes it to a function.
public enum ForwardedHeaders {
    /// - Parameters:
    ///   - host: The request's `Host` header; its port becomes `X-Forwarded-Port`.
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
