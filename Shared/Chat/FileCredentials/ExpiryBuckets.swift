import FoundationEssentials

/// When the credentials of a file expire: at moments that are one lifetime apart.
///
/// Everyone who asks between two such moments is given the same credential, so that what is cached under one URL serves
/// all of them. Each file has moments of its own, so that not all files are fetched anew at once.
struct ExpiryBuckets {
    /// Seconds between two expiries.
    let length: Int

    /// A URL is good for at least a quarter of a lifetime when it is given out, and for at most five quarters.
    var shortestValidity: Int { length / 4 }

    /// Seconds since the epoch.
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
