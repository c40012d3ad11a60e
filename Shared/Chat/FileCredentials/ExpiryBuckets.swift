import FoundationEssentials

/// The expiry times of a file's credentials, which are one lifetime apart.
///
/// All readers get the same credential between two of these times, so one cache entry serves all of them. The times differ
/// from file to file, so that not all cache entries expire at once.
struct ExpiryBuckets {
    /// The time between two expiries, in seconds.
    let length: Int

    /// The minimum validity of a new URL, in seconds: a quarter of the lifetime. The maximum is five quarters.
    var shortestValidity: Int { length / 4 }

    /// The expiry of a credential that is made at a time, in seconds since 1970.
    func expiry(of file: String, at date: Date) -> Int {
        let earliest = Int(date.timeIntervalSince1970.rounded(.up)) + shortestValidity
        let offset = offset(of: file)
        let bucket = (earliest - offset + length - 1) / length
        return max(bucket, 1) * length + offset
    }

    private func offset(of file: String) -> Int {
        let hash = SHA256.hash(Array(file.utf8)).prefix(7).reduce(0) { $0 << 8 | Int($1) }
        return hash % length
    }
}
