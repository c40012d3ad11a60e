import Crypto
import EmulatorCore
import Glibc
public import NIOCore
import NIOPosix
import Synchronization

/// A digest that is computed of an object's bytes while they are written, in addition to their MD5.
public protocol RunningDigest: Sendable {
    mutating func update(_ bytes: UnsafeRawBufferPointer)
}

/// Writes the bytes of an object to disk as they arrive. Bytes are hashed and written on a thread while the next ones
/// arrive.
///
/// The file is deleted with the last reference to the writer and to its ``WrittenData``, unless an object has been
/// created from it.
public final class DataWriter<Digest: RunningDigest>: Sendable {
    /// Bytes that can wait for the disk before ``write(_:)`` waits.
    private static var capacity: Int { 524_288 }
    /// Fewer bytes are not worth a thread.
    private static var threshold: Int { 16_384 }

    /// Bytes that have not been written.
    private struct Backlog {
        var buffers: [ByteBuffer] = []
        var bytes = 0
        /// Whether a thread is writing, or about to.
        var isDraining = false
        var failure: ObjectStoreError?
        var waiter: CheckedContinuation<Void, Never>?
    }

    private struct File {
        var descriptor: CInt = -1
        var written: Int64 = 0
        var md5 = Insecure.MD5()
        var digest: Digest
    }

    private let name: String
    private let folder: DataFolder
    private let backlog = Mutex(Backlog())
    private let file: Mutex<File>

    init(folder: DataFolder, digest: Digest) {
        self.folder = folder
        name = DataFolder.newName()
        file = Mutex(File(digest: digest))
    }

    deinit {
        file.withLock { file in
            guard file.descriptor >= 0 else { return }
            Glibc.close(file.descriptor)
            unlink(folder.path(of: name))
        }
    }

    /// Takes bytes; waits while too many have not been written. Only one task may write.
    ///
    /// - Throws: The error of this or an earlier write.
    public func write(_ bytes: ByteBuffer) async throws(ObjectStoreError) {
        let (isFirst, isFull) = try backlog.withLock { backlog throws(ObjectStoreError) in
            if let failure = backlog.failure { throw failure }
            backlog.buffers.append(bytes)
            backlog.bytes += bytes.readableBytes
            let isFirst = !backlog.isDraining && backlog.bytes >= Self.threshold
            if isFirst { backlog.isDraining = true }
            return (isFirst, backlog.bytes >= Self.capacity)
        }
        if isFirst { drain() }
        if isFull { await wait { $0.bytes < Self.capacity } }
    }

    /// Writes what is left. Nothing may be written afterwards.
    ///
    /// - Throws: The error of this or an earlier write.
    public func finish() async throws(ObjectStoreError) -> WrittenData<Digest> {
        await wait { !$0.isDraining }
        writeWaiting()
        if let failure = backlog.withLock({ $0.failure }) { throw failure }
        return file.withLock { file in
            var files: [DataFile] = []
            if file.descriptor >= 0 {
                Glibc.close(file.descriptor)
                file.descriptor = -1
                files = [DataFile(name: name, size: file.written, folder: folder, isKept: false)]
            }
            return WrittenData(
                size: file.written,
                md5: Array(file.md5.finalize()),
                digest: file.digest,
                files: files
            )
        }
    }

    /// Waits for a condition, or for the writer to fail.
    private func wait(until condition: @Sendable (borrowing Backlog) -> Bool) async {
        while !backlog.withLock({ condition($0) || $0.failure != nil }) {
            await withCheckedContinuation { continuation in
                let isOver = backlog.withLock { backlog in
                    guard !condition(backlog), backlog.failure == nil else { return true }
                    backlog.waiter = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        }
    }

    private func fail(_ error: ObjectStoreError) {
        let waiter = backlog.withLock { backlog in
            backlog.failure = error
            defer { backlog.waiter = nil }
            return backlog.waiter
        }
        waiter?.resume()
    }

    /// Writes on a thread. The thread is given up after each round, because other writers wait for one too.
    private func drain() {
        folder.threads.submit { state in
            guard case .active = state else { return self.fail(.init(.storageFailed, "Closed")) }
            if self.writeWaiting() { self.drain() }
        }
    }

    /// - Returns: Whether there was anything to write; there may be more by now.
    @discardableResult
    private func writeWaiting() -> Bool {
        file.withLock { file in
            do throws(ObjectStoreError) {
                guard let buffers = nextBuffers() else { return false }
                try write(buffers, to: &file)
                return true
            } catch {
                fail(error)
                return false
            }
        }
    }

    /// Takes the backlog; nil if it is empty, and then the next write has to start a thread again.
    private func nextBuffers() -> [ByteBuffer]? {
        let (buffers, waiter) = backlog.withLock { backlog in
            defer { (backlog.buffers, backlog.bytes, backlog.waiter) = ([], 0, nil) }
            backlog.isDraining = !backlog.buffers.isEmpty
            return (backlog.buffers, backlog.waiter)
        }
        waiter?.resume()
        return buffers.isEmpty ? nil : buffers
    }

    private func write(_ buffers: [ByteBuffer], to file: inout File) throws(ObjectStoreError) {
        if file.descriptor < 0 {
            do throws(PrivateFileError) {
                file.descriptor = try PrivateFile.open(folder.path(of: name), .createNew)
            } catch {
                throw ObjectStoreError("Writing an object", error)
            }
        }
        for buffer in buffers {
            let isWritten = buffer.withUnsafeReadableBytes { bytes in
                file.md5.update(bufferPointer: bytes)
                file.digest.update(bytes)
                return writeAll(bytes, to: file.descriptor)
            }
            guard isWritten else { throw .system("Writing an object") }
            file.written += Int64(buffer.readableBytes)
        }
    }
}

/// - Returns: Whether all bytes were written; if not, `errno` is set.
private func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: CInt) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
        let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        if count < 0 {
            guard errno == EINTR else { return false }
            continue
        }
        rest = rest.dropFirst(count)
    }
    return true
}

extension NIOThreadPool {
    /// Runs blocking work. The pool itself fails only when it is shut down.
    func run<Value: Sendable>(
        _ work: @escaping @Sendable () throws(ObjectStoreError) -> Value
    ) async throws(ObjectStoreError) -> Value {
        do {
            return try await runIfActive { try work() }
        } catch {
            throw error as? ObjectStoreError ?? ObjectStoreError(.storageFailed, "\(error)")
        }
    }
}
