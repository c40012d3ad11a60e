import Glibc
public import NIOCore
import NIOPosix
import Synchronization

/// Reads an object's bytes, or a range of them, in pieces.
public final class ObjectReader: Sendable {
    private static let pieceSize: Int64 = 262_144

    private struct State {
        /// The pieces that have not been read, in order.
        var pieces: ArraySlice<Piece>
        var source: OpenFile?
    }

    private let state: Mutex<State>

    /// - Parameter range: Within the concatenation of the files.
    init(_ files: [DataFile], range: Range<Int64>) {
        var pieces: [Piece] = []
        for slice in ObjectSlice.slices(of: files, range: range) {
            for offset in stride(from: slice.offset, to: slice.offset + slice.count, by: Int(Self.pieceSize)) {
                let size = min(Self.pieceSize, slice.offset + slice.count - offset)
                pieces.append(Piece(file: slice.file, offset: offset, size: size))
            }
        }
        state = Mutex(State(pieces: pieces[...]))
    }

    /// The next bytes; nil at the end. Only one task may read at a time.
    public func read() async throws(ObjectStoreError) -> ByteBuffer? {
        let (piece, source) = state.withLock { ($0.pieces.popFirst(), $0.source) }
        guard let piece else { return nil }
        return try await piece.file.onThread { () throws(ObjectStoreError) in
            if let source, source.file === piece.file { return try source.read(piece.offset, piece.size) }
            let source = try OpenFile(piece.file)
            self.state.withLock { $0.source = source }
            return try source.read(piece.offset, piece.size)
        }
    }
}

/// Consecutive bytes of an object in one file.
public struct ObjectSlice: Sendable {
    let file: DataFile
    /// The position in the file.
    public let offset: Int64
    /// The number of bytes, at least one.
    public let count: Int64

    /// - Parameter range: Within the concatenation of the files.
    static func slices(of files: [DataFile], range: Range<Int64>) -> [ObjectSlice] {
        var slices: [ObjectSlice] = []
        var start: Int64 = 0
        for file in files {
            let wanted = range.clamped(to: start..<start + file.size)
            if !wanted.isEmpty {
                slices.append(ObjectSlice(file: file, offset: wanted.lowerBound - start, count: Int64(wanted.count)))
            }
            start += file.size
        }
        return slices
    }

    /// Opens the file; the caller closes the descriptor.
    ///
    /// Blocks only if the file's directory entry is not cached, so it needs no thread.
    public func open() throws(ObjectStoreError) -> CInt { try file.open() }
}

private struct Piece {
    var file: DataFile
    var offset: Int64
    var size: Int64
}

/// A descriptor that is closed with its last reference.
private final class OpenFile: Sendable {
    let file: DataFile
    private let descriptor: CInt

    init(_ file: DataFile) throws(ObjectStoreError) {
        self.file = file
        descriptor = try file.open()
    }

    deinit { close(descriptor) }

    func read(_ offset: Int64, _ size: Int64) throws(ObjectStoreError) -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: Int(size))
        while buffer.readableBytes < size {
            let position = offset + Int64(buffer.readableBytes)
            let wanted = Int(size) - buffer.readableBytes
            var count = 0
            buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: wanted) { target in
                count = pread(descriptor, target.baseAddress, wanted, off_t(position))
                return max(0, count)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .system("Reading an object") }
        }
        return buffer
    }
}
