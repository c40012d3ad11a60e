/// The pieces of an `Fn::Sub` string.
struct Substitution {
    enum Piece: Hashable {
        case text(String)
        /// `${Name}`
        case reference(String)
        /// `${Name.Attribute}`
        case attribute(of: String, String)
    }

    var pieces: [Piece] = []

    /// `${!Literal}` stands for the text `${Literal}`. A `$` without a brace is literal.
    init(_ text: String) throws(TemplateError) {
        var rest = text[...]
        var literal = ""
        while let dollar = rest.firstRange(of: "${") {
            literal += rest[..<dollar.lowerBound]
            guard let end = rest[dollar.upperBound...].firstIndex(of: "}") else {
                throw TemplateError(.invalid, "A ${ in Fn::Sub has no }; write ${!…} for literal text.")
            }
            let name = String(rest[dollar.upperBound..<end].filter { $0 != " " })
            rest = rest[rest.index(after: end)...]
            guard !name.isEmpty else {
                throw TemplateError(.invalid, "Fn::Sub has an empty ${}; it needs a name.")
            }
            if name.hasPrefix("!") {
                literal += "${\(name.dropFirst())}"
                continue
            }
            if !literal.isEmpty { pieces.append(.text(literal)) }
            literal = ""
            if let dot = name.firstIndex(of: ".") {
                pieces.append(.attribute(of: String(name[..<dot]), String(name[name.index(after: dot)...])))
            } else {
                pieces.append(.reference(name))
            }
        }
        literal += rest
        if !literal.isEmpty { pieces.append(.text(literal)) }
    }
}
