/// The names that files may have.
enum FileName {
    /// Refuses characters that make a name a path, break its line, display it as another name, or make two names look the
    /// same.
    static func isAllowed(_ name: String) -> Bool {
        let scalars = Array(name.unicodeScalars)
        guard name != ".", name != ".." else { return false }
        return scalars.indices.allSatisfy { index in
            isJoiner(scalars[index]) ? joinsText(scalars, at: index) : isVisible(scalars[index])
        }
    }

    /// Whether a character is displayed, or changes how the one before it is displayed.
    private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
        if scalar == "/" || scalar == "\\" || isNoncharacter(scalar) { return false }
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: return false
        // All marks of writing direction, and others without a shape of their own.
        case .format: return isVisibleFormat(scalar)
        // Fillers, for example; variation selectors belong to emoji and to the characters of East Asian names.
        default: return !scalar.properties.isDefaultIgnorableCodePoint || scalar.properties.isVariationSelector
        }
    }

    /// The few format characters that are displayed: the signs of numbers and abbreviations in Arabic, Syriac and Kaithi.
    private static func isVisibleFormat(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0600...0x0605, 0x06DD, 0x070F, 0x0890, 0x0891, 0x08E2, 0x110BD, 0x110CD: true
        default: false
        }
    }

    /// Code points that are reserved for programs and never belong to text.
    private static func isNoncharacter(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value & 0xFFFE == 0xFFFE || (0xFDD0...0xFDEF).contains(scalar.value)
    }

    /// The joiner and non-joiner of zero width, which Persian, the scripts of India and emoji need.
    private static func isJoiner(_ scalar: Unicode.Scalar) -> Bool { scalar == "\u{200C}" || scalar == "\u{200D}" }

    /// Whether a joiner stands between characters that it can affect; none of them is in ASCII.
    private static func joinsText(_ scalars: [Unicode.Scalar], at index: Int) -> Bool {
        guard index > 0, index + 1 < scalars.count else { return false }
        return [scalars[index - 1], scalars[index + 1]].allSatisfy { !$0.isASCII && isVisible($0) }
    }
}
