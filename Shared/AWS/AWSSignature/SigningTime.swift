import FoundationEssentials
import Synchronization

/// A second, as signatures write it: `20150830T123600Z`.
struct SigningTime: Sendable, Hashable {
    let text: String
    let date: Date

    /// Many signatures are made, and checked, within one second; to write and to read its name takes longer than the
    /// rest of a signature.
    private static let latest = Mutex<SigningTime?>(nil)

    init(_ date: Date) {
        let second = date.timeIntervalSinceReferenceDate.rounded(.down)
        let latest = Self.latest.withLock { $0 }
        if let latest, latest.date.timeIntervalSinceReferenceDate == second {
            self = latest
        } else {
            self.init(unchecked: Date(timeIntervalSinceReferenceDate: second))
            Self.latest.withLock { [self] in $0 = self }
        }
    }

    /// Nil for anything but exactly this format.
    init?(_ text: String) {
        if let latest = Self.latest.withLock({ $0 }), latest.text == text {
            self = latest
            return
        }
        guard text.utf8.count == 16, let date = try? Date(text, strategy: Self.style) else { return nil }
        self.init(date)
        // The parser is lenient where a signature must not be.
        guard self.text == text else { return nil }
    }

    private init(unchecked date: Date) {
        text = date.formatted(Self.style)
        self.date = date
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
