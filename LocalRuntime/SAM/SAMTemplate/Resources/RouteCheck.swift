/// Checks a route's method and path as API Gateway does when it creates the route of an HTTP API.
///
/// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
struct RouteCheck {
    private static let methods: Set<String> = ["ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]

    let properties: Properties
    /// The name of the property with the method and of that with the path.
    let names: (method: String?, path: String?)

    func check(method: String, path: String) throws(TemplateError) {
        guard Self.methods.contains(method) else {
            let known = Self.methods.sorted().joined(separator: ", ")
            throw properties.error("\(method) is not a method of an HTTP API; use one of \(known).", at: names.method)
        }
        guard path.hasPrefix("/") else {
            throw properties.error("A path begins with a slash: “\(path)”.", at: names.path)
        }
        // A slash at the end is refused when the route is added to its API.
        let segments = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        guard !segments.dropLast().contains(where: \.isEmpty) else {
            throw properties.error("The path “\(path)” has an empty part, which API Gateway refuses.", at: names.path)
        }
        for (index, segment) in segments.enumerated() {
            guard isValid(segment, isLast: index == segments.count - 1) else {
                throw properties.error(
                    "“\(segment)” is not a part of a path: a variable is {name}, and {name+} at the end, without other "
                        + "text in its part.",
                    at: names.path
                )
            }
        }
    }

    private func isValid(_ segment: Substring, isLast: Bool) -> Bool {
        guard segment.contains("{") || segment.contains("}") else { return true }
        guard segment.first == "{", segment.last == "}" else { return false }
        var name = segment.dropFirst().dropLast()
        if name.last == "+" {
            guard isLast else { return false }
            name.removeLast()
        }
        return !name.isEmpty && name.utf8.allSatisfy { $0.isAlphanumeric || "._-:".utf8.contains($0) }
    }
}

extension UInt8 {
    /// Whether it is a letter or a digit of ASCII.
    var isAlphanumeric: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: false
        }
    }
}
