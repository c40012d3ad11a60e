public import FoundationEssentials
import Glibc

/// Why a `.zip` file is not unpacked.
public struct ZipDirectoryError: Error, Sendable, Hashable {
    /// The rest of a sentence that begins with the file.
    public var reason: String

    init(_ reason: String) { self.reason = reason }
}

/// The central directory of a `.zip` file: what unpacking it would create.
///
/// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
public struct ZipDirectory: Sendable {
    /// The most bytes of a function's unpacked code.
    ///
    /// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    public static let sizeLimit = 262_144_000
    /// The most files and folders.
    static let entryLimit = 100_000

    struct Entry: Sendable {
        var name: String
        var compressedSize: Int
        var size: Int
        /// `st_mode`; 0 if the file was not made on a Unix system.
        var mode: UInt32
        var isEncrypted: Bool
    }

    let entries: [Entry]
    private let fileSize: Int

    /// Reads the directory of a file of at most ``sizeLimit`` bytes.
    public init(contentsOf file: URL) throws(ZipDirectoryError) {
        var status = stat()
        guard stat(file.path, &status) == 0 else { throw ZipDirectoryError("does not exist or cannot be accessed.") }
        guard status.st_mode & S_IFMT == S_IFREG else { throw ZipDirectoryError("is not a regular file.") }
        guard status.st_size <= Self.sizeLimit else { throw ZipDirectoryError("is larger than 250 MB.") }
        guard let data = try? Data(contentsOf: file, options: .mappedIfSafe) else {
            throw ZipDirectoryError("cannot be read.")
        }
        try self.init(data)
    }

    init(_ data: Data) throws(ZipDirectoryError) {
        let bytes = ZipBytes(data)
        guard let end = bytes.endOfDirectory else { throw ZipDirectoryError("is not a .zip file.") }
        let malformed = ZipDirectoryError("has a damaged directory.")
        guard let count = bytes.integer(UInt16.self, at: end + 10), let start = bytes.integer(UInt32.self, at: end + 16)
        else { throw malformed }
        guard count < UInt16.max, start < UInt32.max else { throw ZipDirectoryError("is in Zip64 format.") }
        var entries: [Entry] = []
        var position = Int(start)
        for _ in 0..<count {
            guard let (entry, next) = bytes.entry(at: position), next <= end else { throw malformed }
            entries.append(entry)
            position = next
        }
        self.entries = entries
        fileSize = data.count
    }

    /// Whether unpacking the file is safe: inside its folder, without links, and within Lambda's size.
    public func check() throws(ZipDirectoryError) {
        guard !entries.isEmpty else { throw ZipDirectoryError("is empty.") }
        guard entries.count <= Self.entryLimit else { throw ZipDirectoryError("has too many files.") }
        var names: Set<String> = []
        for entry in entries {
            let parts = entry.name.split(separator: "/", omittingEmptySubsequences: false)
            let leads = entry.name.hasPrefix("/") || parts.contains("..") || entry.name.contains("\\")
            guard !leads, !entry.name.isEmpty, entry.name.utf8.allSatisfy({ $0 >= 0x20 }) else {
                throw ZipDirectoryError("has the unsafe name “\(entry.name)”.")
            }
            let kind = entry.mode & UInt32(S_IFMT)
            guard [0, UInt32(S_IFREG), UInt32(S_IFDIR)].contains(kind) else {
                throw ZipDirectoryError("has “\(entry.name)”, which is a link or a device and not unpacked.")
            }
            guard !entry.isEncrypted else { throw ZipDirectoryError("has “\(entry.name)”, which is encrypted.") }
            guard names.insert(entry.name).inserted else { throw ZipDirectoryError("has “\(entry.name)” twice.") }
        }
        // Entries of a bomb share their compressed bytes.
        guard entries.reduce(0, { $0 + $1.compressedSize }) <= fileSize else {
            throw ZipDirectoryError("has entries that overlap.")
        }
        let size = entries.reduce(0) { $0 + $1.size }
        guard size <= Self.sizeLimit else {
            throw ZipDirectoryError("has \(size) bytes unpacked; Lambda allows \(Self.sizeLimit).")
        }
    }
}

/// The integers of a `.zip` file, in little-endian order.
private struct ZipBytes {
    private let data: Data

    init(_ data: Data) { self.data = data }

    func integer<Integer: FixedWidthInteger>(_: Integer.Type, at position: Int) -> Integer? {
        let size = MemoryLayout<Integer>.size
        guard position >= 0, position <= data.count - size else { return nil }
        return (0..<size).reversed().reduce(Integer(0)) { $0 << 8 | Integer(data[data.startIndex + position + $1]) }
    }

    /// The position of the record that ends the file, which may have a comment of up to 64 KB.
    var endOfDirectory: Int? {
        guard data.count >= 22 else { return nil }
        return stride(from: data.count - 22, through: max(0, data.count - 22 - 65_535), by: -1).first { position in
            integer(UInt32.self, at: position) == 0x0605_4b50
                && integer(UInt16.self, at: position + 20).map { position + 22 + Int($0) } == data.count
        }
    }

    func entry(at position: Int) -> (entry: ZipDirectory.Entry, next: Int)? {
        guard integer(UInt32.self, at: position) == 0x0201_4b50,
            let flags = integer(UInt16.self, at: position + 8),
            let compressed = integer(UInt32.self, at: position + 20),
            let size = integer(UInt32.self, at: position + 24),
            let nameLength = integer(UInt16.self, at: position + 28),
            let extraLength = integer(UInt16.self, at: position + 30),
            let commentLength = integer(UInt16.self, at: position + 32),
            let attributes = integer(UInt32.self, at: position + 38), compressed < UInt32.max, size < UInt32.max,
            position + 46 + Int(nameLength) <= data.count
        else { return nil }
        let start = data.startIndex + position + 46
        let isUnix = integer(UInt8.self, at: position + 5) == 3
        return (
            ZipDirectory.Entry(
                name: String(decoding: data[start..<start + Int(nameLength)], as: UTF8.self),
                compressedSize: Int(compressed),
                size: Int(size),
                mode: isUnix ? attributes >> 16 : 0,
                isEncrypted: flags & 1 != 0
            ),
            position + 46 + Int(nameLength) + Int(extraLength) + Int(commentLength)
        )
    }
}
