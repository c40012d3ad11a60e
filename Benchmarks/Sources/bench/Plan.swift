/// How much is measured: `full` for figures to rely on, `quick` to see in a minute that everything still runs.
struct Plan {
    var name: String
    /// Loads of each kind; a row is their median.
    var loads: Int
    /// Of one load.
    var seconds: Int
    var groups: [Int]
    /// Messages stored in the smaller and in the larger database.
    var history: (small: Int, large: Int)
    var requests: Int

    static let full = Plan(
        name: "full",
        loads: 5,
        seconds: 2,
        groups: [10, 100, 1000],
        history: (1000, 5_000_000),
        requests: 40
    )
    static let quick = Plan(
        name: "quick, no figures to rely on",
        loads: 1,
        seconds: 1,
        groups: [10, 100],
        history: (1000, 100_000),
        requests: 20
    )
}
