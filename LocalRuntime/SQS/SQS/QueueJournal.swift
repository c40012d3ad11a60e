import NIOCore
import SystemPackage

/// The file that a queue survives in: every change, in the order in which it happened.
///
/// What has been appended is the operating system's and survives the end of this process, however it ends; it is not
/// forced to the disk. A record that was cut off is the last and was never answered for, so it is dropped. When most of
/// the file is about what is gone, the state is written anew beside it and takes its name.
struct QueueJournal: ~Copyable {
    private let path: FilePath
    private var file: SystemFile
    private var size: Int64
    /// Bytes at which the file is written anew.
    private var compactionSize: Int64

    private static let smallestCompaction: Int64 = 4 << 20

    /// Opens a journal and gives what it holds; a missing one is made.
    init(path: FilePath, replay: (QueueChange) -> Void) throws {
        let file = try SystemFile.open(
            path,
            .readWrite,
            options: [.create, .closeOnExec],
            permissions: [.ownerReadWrite, .groupRead, .otherRead]
        )
        let size: Int64
        do {
            size = try Self.read(file, replay)
            try file.resize(to: size)
            try file.seek(offset: size, from: .start)
        } catch {
            try? file.close()
            throw error
        }
        self.path = path
        self.file = file
        self.size = size
        // How much of it is about what is gone, nobody knows: the first change finds out.
        compactionSize = max(Self.smallestCompaction, size)
    }

    deinit { try? file.close() }

    /// Whether most of what is written may be about what is gone.
    var isDueForCompaction: Bool { size >= compactionSize }

    /// Writes changes; either all are kept, or an error is thrown and none is.
    mutating func append(_ changes: [QueueChange]) throws {
        guard !changes.isEmpty else { return }
        var buffer = ByteBuffer()
        for change in changes { buffer.writeRecord(change) }
        do {
            try file.writeAll(buffer.readableBytesView)
            size += Int64(buffer.readableBytes)
        } catch {
            // A record cut off would hide all that follow it.
            try? file.resize(to: size)
            _ = try? file.seek(offset: size, from: .start)
            throw error
        }
    }

    /// Replaces what is written by the changes that lead to the state as it is.
    mutating func compact(_ snapshot: [QueueChange]) throws {
        let draft = FilePath(path.string + ".new")
        let replacement = try SystemFile.open(
            draft,
            .readWrite,
            options: [.create, .truncate, .closeOnExec],
            permissions: [.ownerReadWrite, .groupRead, .otherRead]
        )
        var written: Int64 = 0
        do {
            var buffer = ByteBuffer()
            for change in snapshot {
                buffer.writeRecord(change)
                guard buffer.readableBytes > 1 << 20 else { continue }
                written += Int64(try replacement.writeAll(buffer.readableBytesView))
                buffer.clear()
            }
            written += Int64(try replacement.writeAll(buffer.readableBytesView))
            try Files.rename(draft, to: path)
        } catch {
            try? replacement.close()
            // The journal goes on as it is; it is merely long.
            compactionSize = size * 2
            throw error
        }
        try? file.close()
        file = replacement
        size = written
        compactionSize = max(Self.smallestCompaction, written * 2)
    }

    /// Gives the length up to the last record that is whole.
    private static func read(_ file: SystemFile, _ replay: (QueueChange) -> Void) throws -> Int64 {
        var buffer = ByteBuffer()
        var good: Int64 = 0
        while true {
            let count = try buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: 1 << 20) {
                try file.read(into: $0)
            }
            while true {
                let before = buffer.readerIndex
                guard let change = buffer.readRecord() else { break }
                good += Int64(buffer.readerIndex - before)
                replay(change)
            }
            guard count > 0 else { return good }
            buffer.discardReadBytes()
        }
    }
}
