import NIOCore

extension Sequence<TimeAmount> {
    /// The smallest element that at least this share of the elements does not exceed.
    func percentile(_ share: Double) -> TimeAmount {
        let sorted = self.sorted()
        guard !sorted.isEmpty else { return .zero }
        return sorted[Swift.max(0, Int((Double(sorted.count) * share).rounded(.up)) - 1)]
    }

    var median: TimeAmount { percentile(0.5) }
}

extension Sequence<Double> {
    var median: Double {
        let sorted = self.sorted()
        return sorted.isEmpty ? .nan : sorted[(sorted.count - 1) / 2]
    }
}

extension TimeAmount {
    var milliseconds: Double { Double(nanoseconds) / 1_000_000 }
    var seconds: Double { Double(nanoseconds) / 1_000_000_000 }
}
