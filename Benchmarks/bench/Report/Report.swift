import Foundation
import NIOCore

/// The table that `make bench` prints.
struct Report {
    struct Row {
        var what: String
        var measured: String
        /// The figure to compare with, measured in the same run.
        var baseline = ""
        var target = ""
        var isMet: Bool?
        var limit = ""
        var share: ProcessorShare?
    }

    private(set) var rows: [Row] = []
    private(set) var hasFailures = false

    /// The largest share of the machine that other programs used during a row.
    var others: Double { rows.compactMap { $0.share?.shares[.others] }.max() ?? 0 }

    mutating func add(_ row: Row) { rows.append(row) }

    mutating func fail(_ what: String, _ error: any Error) {
        hasFailures = true
        progress("\(what) failed: \(error)")
        rows.append(Row(what: what, measured: "failed, see above", isMet: false))
    }

    /// Reports progress on standard error, because a run takes minutes.
    func progress(_ text: String) {
        FileHandle.standardError.write(Data("    \(text)\n".utf8))
    }

    var table: String {
        let cells =
            [["what", "measured", "baseline", "target", "met", "what limits it"]]
            + rows.map { row in
                [
                    row.what, row.measured, row.baseline, row.target, row.isMet.map { $0 ? "yes" : "NO" } ?? "",
                    row.share?.limit ?? row.limit,
                ]
            }
        let widths = cells[0].indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
        var lines = cells.map { row in
            "| " + zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(separator: " | ")
                + " |"
        }
        lines.insert("|" + widths.map { String(repeating: "-", count: $0 + 2) }.joined(separator: "|") + "|", at: 1)
        return lines.joined(separator: "\n")
    }
}

func format(_ time: TimeAmount) -> String {
    let milliseconds = time.milliseconds
    return switch milliseconds {
    case ..<1: "\(Int((milliseconds * 1000).rounded())) µs"
    case ..<100: String(format: "%.2f ms", milliseconds)
    default: "\(Int(milliseconds.rounded())) ms"
    }
}

func format(rate: Double) -> String { "\(Int(rate.rounded()))/s" }

func format(ratio: Double) -> String { String(format: "%.2f", ratio) }
