import ByteEncodings
import Crypto
import Glibc
public import NIOCore
import NIOPosix
import Synchronization

/// What is computed over bytes while they are written, beside their MD5.
public protocol RunningDigest: Sendable {
    mutating func update(_ bytes: UnsafeRawBufferPointer)
}

/// Takes the bytes of an object as they arrive and puts them on disk, on a thread where that may take its time: while
/// some are hashed and written, the next ones arrive.
///
/// The file is gone again when neither the writer nor what it finished to is held any more.
public final class DataWriter<Digest: RunningDigest>: Sendable {
    /// Bytes that may wait for the disk before their sender has to.
    private static var room: Int { 524_288 }
    /// Fewer are quicker written than handed to a thread.
    private static var threshold: Int { 16_384 }

    /// What has arrived and waits.
    private struct Queue {
        var buffers: [ByteBuffer] = []
        var bytes = 0
        /// Whether a thread is about to take them, or to look for more.
        var isBeingEmptied = false
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
    private let queue = Mutex(Queue())
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

    /// Returns when there is room for more. Only one task may write.
    /// - Throws: What an earlier write failed with, too.
    public func write(_ bytes: ByteBuffer) async throws(ObjectStoreError) {
        let (isFirst, isFull) = try queue.withLock { queue throws(ObjectStoreError) in
            if let failure = queue.failure { throw failure }
            queue.buffers.append(bytes)
            queue.bytes += bytes.readableBytes
            let isFirst = !queue.isBeingEmptied && queue.bytes >= Self.threshold
            if isFirst { queue.isBeingEmptied = true }
            return (isFirst, queue.bytes >= Self.room)
        }
        if isFirst { emptySoon() }
        if isFull { await wait { $0.bytes < Self.room } }
    }

    /// No more will come.
    /// - Throws: What a write failed with, too.
    public func finish() async throws(ObjectStoreError) -> WrittenData<Digest> {
        await wait { !$0.isBeingEmptied }
        writeWaiting()
        if let failure = queue.withLock({ $0.failure }) { throw failure }
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

    /// Returns when that is so, or nothing will be written any more.
    private func wait(until condition: @Sendable (borrowing Queue) -> Bool) async {
        while !queue.withLock({ condition($0) || $0.failure != nil }) {
            await withCheckedContinuation { continuation in
                let isOver = queue.withLock { queue in
                    guard !condition(queue), queue.failure == nil else { return true }
                    queue.waiter = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        }
    }

    private func fail(_ error: ObjectStoreError) {
        let waiter = queue.withLock { queue in
            queue.failure = error
            defer { queue.waiter = nil }
            return queue.waiter
        }
        waiter?.resume()
    }

    /// On a thread, which it has for as long as it takes to write what waits then: others wait for one, too.
    private func emptySoon() {
        folder.threads.submit { state in
            guard case .active = state else { return self.fail(.init(.storageFailed, "Closed")) }
            if self.writeWaiting() { self.emptySoon() }
        }
    }

    /// - Returns: Whether there was something, so that there may be more.
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

    /// Nil: nothing waits, and whoever comes with more has to ask for a thread.
    private func nextBuffers() -> [ByteBuffer]? {
        let (buffers, waiter) = queue.withLock { queue in
            defer { (queue.buffers, queue.bytes, queue.waiter) = ([], 0, nil) }
            queue.isBeingEmptied = !queue.buffers.isEmpty
            return (queue.buffers, queue.waiter)
        }
        waiter?.resume()
        return buffers.isEmpty ? nil : buffers
    }

    private func write(_ buffers: [ByteBuffer], to file: inout File) throws(ObjectStoreError) {
        if file.descriptor < 0 {
            file.descriptor = open(folder.path(of: name), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            guard file.descriptor >= 0 else { throw .system("Writing an object") }
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

/// Bytes that are on disk and belong to no object yet.
public struct WrittenData<Digest: RunningDigest>: Sendable {
    public let size: Int64
    public let md5: [UInt8]
    public let digest: Digest
    let files: [DataFile]

    /// The ETag of an object that was sent in one piece.
    public var etag: String { Hexadecimal.encode(md5) }
}

/// Whether everything was taken; `errno` says why not.
func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: CInt) -> Bool {
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
    /// Runs what blocks. An error of the pool itself means that the store is being closed.
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
