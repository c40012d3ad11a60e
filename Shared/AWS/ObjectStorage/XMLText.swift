/// Extracts elements from S3's XML responses. Their values must not contain markup or escapes.
struct XMLText {
    private let text: Substring

    init(_ text: some StringProtocol) { self.text = Substring(text) }

    /// The content of the first element named `name`.
    func first(_ name: String) -> String? { next(name)?.content.description }

    /// The contents of all elements named `name`.
    func all(_ name: String) -> [XMLText] {
        var elements: [XMLText] = []
        var rest = self
        while let (content, end) = rest.next(name) {
            elements.append(XMLText(content))
            rest = XMLText(text[end...])
        }
        return elements
    }

    private func next(_ name: String) -> (content: Substring, end: Substring.Index)? {
        guard
            let start = text.firstRange(of: "<\(name)>"),
            let end = text[start.upperBound...].firstRange(of: "</\(name)>")
        else { return nil }
        return (text[start.upperBound..<end.lowerBound], end.upperBound)
    }
}
