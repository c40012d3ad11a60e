import FoundationEssentials
import Synchronization

/// A time with a resolution of one second, in the format of signatures: `20150830T123600Z`.
struct SigningTime: Sendable, Hashable {
    let text: String
    let date: Date

    /// Caches the last value, because formatting and parsing takes longer than the rest of a signature.
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

    /// Parses exactly this format; nil for any other text.
    init?(_ text: String) {
        if let latest = Self.latest.withLock({ $0 }), latest.text == text {
            self = latest
            return
        }
        guard text.utf8.count == 16, let date = try? Date(text, strategy: Self.style) else { return nil }
        self.init(date)
        // The parser accepts other forms of the same time.
        guard self.text == text else { return nil }
    }

    private init(unchecked date: Date) {
        text = date.formatted(Self.style)
        self.date = date
    }

    /// The day, for the credential scope.
    var day: Substring { text.prefix(8) }

    private static let style = Date.ISO8601FormatStyle(
        dateSeparator: .omitted,
        dateTimeSeparator: .standard,
        timeSeparator: .omitted,
        timeZone: .gmt
    )
}
