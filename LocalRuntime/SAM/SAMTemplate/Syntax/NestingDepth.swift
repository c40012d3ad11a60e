internal import CYaml

/// The depth to which the collections of a YAML text are nested, with aliases expanded.
///
/// Composing and reading the values is recursive, so that a short text with deep nesting could exhaust the stack. The
/// events of libyaml's parser are read in a loop.
struct NestingDepth {
    static let limit = 200

    private struct Collection {
        var anchor: String?
        /// The levels of collections inside.
        var height = 0
    }

    private var open: [Collection] = []
    private var heights: [String: Int] = [:]

    /// The first line, counted from 1, whose depth exceeds the limit; nil if no line before the first syntax
    /// error does.
    static func lineBeyondLimit(in text: String) -> Int? {
        var text = text
        return text.withUTF8 { line(in: $0) }
    }

    private static func line(in text: UnsafeBufferPointer<UInt8>) -> Int? {
        var parser = yaml_parser_t()
        guard text.baseAddress != nil, yaml_parser_initialize(&parser) == 1 else { return nil }
        defer { yaml_parser_delete(&parser) }
        yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(&parser, text.baseAddress, text.count)
        var depth = NestingDepth()
        while true {
            var event = yaml_event_t()
            guard yaml_parser_parse(&parser, &event) == 1 else {
                // libyaml has a limit too, which it can reach while it looks ahead.
                let isTooDeep = parser.problem.map { String(cString: $0).hasPrefix("Maximum nesting level") } ?? false
                return isTooDeep ? Int(parser.problem_mark.line) + 1 : nil
            }
            defer { yaml_event_delete(&event) }
            if event.type == YAML_STREAM_END_EVENT { return nil }
            if depth.exceedsLimit(after: event) { return Int(event.start_mark.line) + 1 }
        }
    }

    private mutating func exceedsLimit(after event: yaml_event_t) -> Bool {
        switch event.type {
        case YAML_SEQUENCE_START_EVENT:
            open.append(Collection(anchor: Self.string(event.data.sequence_start.anchor)))
        case YAML_MAPPING_START_EVENT:
            open.append(Collection(anchor: Self.string(event.data.mapping_start.anchor)))
        case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT:
            guard let closed = open.popLast() else { return false }
            if let anchor = closed.anchor { heights[anchor] = closed.height + 1 }
            return isBeyondLimit(adding: closed.height + 1)
        case YAML_SCALAR_EVENT:
            if let anchor = Self.string(event.data.scalar.anchor) { heights[anchor] = 0 }
        case YAML_ALIAS_EVENT:
            let alias = Self.string(event.data.alias.anchor)
            return isBeyondLimit(adding: alias.flatMap { heights[$0] } ?? 0)
        default:
            break
        }
        return open.count > Self.limit
    }

    /// Adds a value with that many levels to the innermost open collection.
    private mutating func isBeyondLimit(adding height: Int) -> Bool {
        guard !open.isEmpty else { return height > Self.limit }
        open[open.count - 1].height = max(open[open.count - 1].height, height)
        return open.count + height > Self.limit
    }

    private static func string(_ text: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        text.map { String(cString: $0) }
    }
}
