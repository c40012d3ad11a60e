/// A function as callers refer to it: `name`, `name:qualifier`, `account:function:name`, or a whole ARN.
///
/// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_RequestParameters
struct FunctionReference: Sendable, Hashable {
    var name: String
    /// An alias, a version or `$LATEST`, or nil.
    var qualifier: String?

    /// Nil if the text has another form.
    init?(_ text: String) {
        var parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        if parts.count >= 7, parts[0] == "arn", parts[2] == "lambda", parts[5] == "function" {
            parts.removeFirst(6)
        } else if parts.count >= 3, parts[1] == "function" {
            parts.removeFirst(2)
        }
        guard (1...2).contains(parts.count), parts.allSatisfy({ !$0.isEmpty }) else { return nil }
        name = parts[0]
        qualifier = parts.count == 2 ? parts[1] : nil
    }
}
