/// How much is measured: `full` for reliable figures, `quick` to check in half a minute that every section works.
struct Plan {
    var name: String
    /// The number of loads of each kind; a row shows their median.
    var loads: Int
    /// The duration of one load.
    var seconds: Int
    var groups: [Int]
    /// The number of messages in the smaller and the larger database.
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
        name: "quick; the figures are not reliable",
        loads: 1,
        seconds: 1,
        groups: [10, 50],
        history: (1000, 20_000),
        requests: 10
    )
}
