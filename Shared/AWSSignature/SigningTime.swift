import FoundationEssentials

/// A moment to the second, as signatures write it: `20150830T123600Z`.
struct SigningTime: Sendable, Hashable {
    let text: String
    let date: Date

    init(_ date: Date) {
        text = date.formatted(Self.style)
        self.date = date
    }

    /// Nil for anything but exactly this format.
    init?(_ text: String) {
        guard text.utf8.count == 16, let date = try? Date(text, strategy: Self.style) else { return nil }
        self.init(date)
        // The parser is lenient where a signature must not be.
        guard self.text == text else { return nil }
    }

    /// The day, which is part of the credential scope.
    var day: Substring { text.prefix(8) }

    private static let style = Date.ISO8601FormatStyle(
        dateSeparator: .omitted,
        dateTimeSeparator: .standard,
        timeSeparator: .omitted,
        timeZone: .gmt
    )
}
