/// Ids for `X-Amzn-Trace-Id`.
///
/// https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
public enum TraceID {
    public static func make() -> String {
        let seconds = String(GatewayTime.now.milliseconds / 1_000, radix: 16)
        var generator = SystemRandomNumberGenerator()
        let random = hexadecimal(generator.next(), digits: 16) + hexadecimal(generator.next(), digits: 8)
        return "Root=1-\(seconds)-\(random)"
    }

    private static func hexadecimal(_ number: UInt64, digits: Int) -> String {
        let text = String(number, radix: 16)
        return String(repeating: "0", count: max(0, digits - text.count)) + text.suffix(digits)
    }
}
