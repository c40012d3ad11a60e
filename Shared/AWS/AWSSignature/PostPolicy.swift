public import FoundationEssentials

/// The conditions that an S3 upload form must meet.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
public struct PostPolicy: Sendable, Hashable {
    public enum Condition: Sendable, Hashable {
        case equals(field: String, value: String)
        case startsWith(field: String, prefix: String)
        /// The size of the file, in bytes.
        case contentLength(ClosedRange<Int>)
    }

    public var expiration: Date
    public var conditions: [Condition]

    public init(expiration: Date, conditions: [Condition]) {
        self.expiration = expiration
        self.conditions = conditions
    }

    /// The file sizes that all conditions allow, in bytes; nil if no condition limits the size.
    public var contentLength: ClosedRange<Int>? {
        var range: ClosedRange<Int>?
        for case .contentLength(let next) in conditions {
            guard let known = range else {
                range = next
                continue
            }
            let lower = max(known.lowerBound, next.lowerBound)
            // A `ClosedRange` cannot be empty, so disjoint ranges still leave one size.
            range = lower...max(lower, min(known.upperBound, next.upperBound))
        }
        return range
    }

    /// Checks that a form meets every condition, and that a condition covers every field.
    func check(_ form: PostForm, at now: Date) throws(PostError) {
        guard now < expiration else { throw .denied("Policy expired.") }
        for condition in conditions where !condition.holds(for: form) {
            throw .denied("Policy Condition failed: \(condition)")
        }
        let covered = Set(conditions.compactMap(\.field))
        let extra = form.names.filter { !covered.contains($0) && !Self.isExempt($0) }
        guard extra.isEmpty else { throw .denied("Extra input fields: \(extra.joined(separator: ", "))") }
    }

    /// Whether a field needs no condition. Checksums need none because they can only make the request fail.
    private static func isExempt(_ field: String) -> Bool {
        ["x-amz-signature", "file", "policy", "awsaccesskeyid", "signature"].contains(field)
            || field.hasPrefix("x-ignore-") || field.hasPrefix("x-amz-checksum-")
    }
}

extension PostPolicy.Condition: CustomStringConvertible {
    /// The form that S3 quotes in error messages.
    public var description: String {
        switch self {
        case .equals(let field, let value): #"["eq", "$\#(field)", "\#(value)"]"#
        case .startsWith(let field, let prefix): #"["starts-with", "$\#(field)", "\#(prefix)"]"#
        case .contentLength(let range): #"["content-length-range", \#(range.lowerBound), \#(range.upperBound)]"#
        }
    }

    /// The field's name in lower case.
    fileprivate var field: String? {
        switch self {
        case .equals(let field, _), .startsWith(let field, _): field.lowercased()
        case .contentLength: nil
        }
    }

    fileprivate func holds(for form: PostForm) -> Bool {
        switch self {
        // A missing field counts as empty.
        case .equals(let field, let value): return (form[field] ?? "").utf8.elementsEqual(value.utf8)
        case .startsWith(let field, let prefix):
            let value = form[field] ?? ""
            // A list of content types passes if each of them does.
            guard field.lowercased() == "content-type" else { return value.utf8.starts(with: prefix.utf8) }
            return value.split(separator: ",", omittingEmptySubsequences: false)
                .allSatisfy { $0.drop { $0 == " " }.utf8.starts(with: prefix.utf8) }
        case .contentLength: return true
        }
    }
}
