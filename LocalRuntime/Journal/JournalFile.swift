import EmulatorCore
import NIOCore
import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// An append-only, locked file. It is closed, which releases the lock, with its last reference.
final class JournalFile: Sendable {
    private let descriptor: SystemPackage.FileDescriptor

    private init(_ descriptor: SystemPackage.FileDescriptor) { self.descriptor = descriptor }

    deinit { try? descriptor.close() }

    /// Opens or creates a file and locks it without waiting.
    static func openLocked(_ path: String) throws(JournalError) -> JournalFile {
        while true {
            let file: JournalFile
            do throws(PrivateFileError) {
                let descriptor = try PrivateFile.open(path, .readAndAppend)
                file = JournalFile(SystemPackage.FileDescriptor(rawValue: descriptor))
            } catch {
                throw .opening(error)
            }
            guard flock(file.descriptor.rawValue, LOCK_EX | LOCK_NB) == 0 else {
                let error = Errno(rawValue: errno)
                throw error == .wouldBlock ? .inUse(path) : .system("Locking", path, error)
            }
            // Another process may have compacted the journal, and ended, since the file was opened.
            if file.isNamed(path) { return file }
        }
    }

    /// Whether the file at the path is this one.
    func isNamed(_ path: String) -> Bool {
        var (own, named) = (stat(), stat())
        guard fstat(descriptor.rawValue, &own) == 0, lstat(path, &named) == 0 else { return false }
        return own.st_ino == named.st_ino && own.st_dev == named.st_dev
    }

    /// Reads the next bytes; 0 at the end.
    func read(into buffer: inout ByteBuffer, upTo count: Int) throws -> Int {
        try buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { target in
            try descriptor.read(into: UnsafeMutableRawBufferPointer(rebasing: target.prefix(count)))
        }
    }

    func write(_ buffer: ByteBuffer) throws {
        _ = try buffer.withUnsafeReadableBytes { try descriptor.writeAll($0) }
    }

    func truncate(to size: Int64) throws { try descriptor.resize(to: size) }

    /// Waits until the file's bytes are on the disk.
    func synchronize() throws {
        guard fsync(descriptor.rawValue) == 0 else { throw Errno(rawValue: errno) }
    }

    static func rename(_ source: String, to target: String) throws {
        guard renameFile(source, target) == 0 else { throw Errno(rawValue: errno) }
    }

    /// Removes a file; one that does not exist is no error.
    static func remove(_ path: String) { unlink(path) }
}

private func renameFile(_ source: String, _ target: String) -> CInt { rename(source, target) }
