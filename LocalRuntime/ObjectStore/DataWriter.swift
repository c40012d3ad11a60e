import Crypto
import Glibc
public import NIOCore
import NIOPosix
import Synchronization

/// What is computed over bytes while they are written, beside their MD5.
public protocol RunningDigest: Sendable {
    mutating func update(_ bytes: UnsafeRawBufferPointer)
}

/// Takes the bytes of an object as they arrive and puts them on disk, on a thread where that may take its time.
///
/// The file is gone again when neither the writer nor what it finished to is held any more.
public final class DataWriter<Digest: RunningDigest>: Sendable {
    private struct State {
        var descriptor: CInt = -1
        var written: Int64 = 0
        var md5 = Insecure.MD5()
        var digest: Digest
        /// Not yet handed to the disk.
        var pending: [ByteBuffer] = []
        var pendingBytes = 0
    }

    private let file: String
    private let folder: DataFolder
    private let state: Mutex<State>

    init(folder: DataFolder, digest: Digest) {
        self.folder = folder
        file = DataFolder.newName()
        state = Mutex(State(digest: digest))
    }

    deinit {
        state.withLock { state in
            guard state.descriptor >= 0 else { return }
            Glibc.close(state.descriptor)
            unlink(folder.path(of: file))
        }
    }

    /// Returns when there is room for more: what waits for the disk is never more than a few hundred kilobytes.
    public func write(_ bytes: ByteBuffer) async throws(ObjectStoreError) {
        let isFull = state.withLock { state in
            state.pending.append(bytes)
            state.pendingBytes += bytes.readableBytes
            return state.pendingBytes >= 262_144
        }
        if isFull { try await onThread { () throws(ObjectStoreError) in try self.flush() } }
    }

    /// No more will come.
    public func finish() async throws(ObjectStoreError) -> WrittenData<Digest> {
        try await onThread { () throws(ObjectStoreError) in try self.close() }
    }

    private func onThread<Value: Sendable>(
        _ work: @escaping @Sendable () throws(ObjectStoreError) -> Value
    ) async throws(ObjectStoreError) -> Value {
        try await folder.threads.run(work)
    }

    private func flush() throws(ObjectStoreError) {
        try state.withLock { state throws(ObjectStoreError) in try flush(&state) }
    }

    private func flush(_ state: inout State) throws(ObjectStoreError) {
        guard state.pendingBytes > 0 else { return }
        if state.descriptor < 0 {
            state.descriptor = open(folder.path(of: file), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            guard state.descriptor >= 0 else { throw .system("Writing an object") }
        }
        for buffer in state.pending {
            let isWritten = buffer.withUnsafeReadableBytes { bytes in
                state.md5.update(bufferPointer: bytes)
                state.digest.update(bytes)
                return writeAll(bytes, to: state.descriptor)
            }
            guard isWritten else { throw .system("Writing an object") }
        }
        state.written += Int64(state.pendingBytes)
        state.pending.removeAll(keepingCapacity: true)
        state.pendingBytes = 0
    }

    private func close() throws(ObjectStoreError) -> WrittenData<Digest> {
        try state.withLock { state throws(ObjectStoreError) in
            try flush(&state)
            var files: [DataFile] = []
            if state.descriptor >= 0 {
                Glibc.close(state.descriptor)
                state.descriptor = -1
                files = [DataFile(name: file, size: state.written, folder: folder, isKept: false)]
            }
            return WrittenData(
                size: state.written,
                md5: Array(state.md5.finalize()),
                digest: state.digest,
                files: files
            )
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
    public var etag: String { hexadecimal(md5) }
}

/// Lower-case digits.
func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for byte in bytes {
        text.append(digits[Int(byte >> 4)])
        text.append(digits[Int(byte & 0xF)])
    }
    return String(decoding: text, as: UTF8.self)
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
