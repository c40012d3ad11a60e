import ByteEncodings

/// Values of the header `X-Amzn-Trace-Id`.
///
/// https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
public enum TraceID {
    /// A new root, as API Gateway adds it to a request without one.
    public static func makeRoot(at time: UnixTime = .now) -> String {
        let seconds = String(time.milliseconds / 1_000, radix: 16)
        return "Root=1-\(seconds)-\(randomDigits())\(randomDigits().prefix(8))"
    }

    /// A new root with a parent segment, as Lambda creates it for an invocation without a trace id.
    public static func makeSegment(at time: UnixTime = .now) -> String {
        "\(makeRoot(at: time));Parent=\(randomDigits());Sampled=0"
    }

    private static func randomDigits() -> String { Hexadecimal.encode(UInt64.random(in: .min ... .max)) }
}
