import ByteEncodings
import Glibc
import NIOPosix
import Synchronization

/// Some bytes on disk that never change, and the right to read them.
///
/// Whoever holds one can read it, even after its object was replaced: the file goes when the last holder does. A new one
/// goes as well unless an object was made of it, so that whatever ends an upload leaves nothing behind.
final class DataFile: Sendable {
    let name: String
    let size: Int64
    private let folder: DataFolder
    private let isKept: Atomic<Bool>

    init(name: String, size: Int64, folder: DataFolder, isKept: Bool) {
        self.name = name
        self.size = size
        self.folder = folder
        self.isKept = Atomic(isKept)
    }

    deinit {
        guard !isKept.load(ordering: .acquiring) else { return }
        let path = path
        // A large file takes a while.
        folder.threads.submit { _ in unlink(path) }
    }

    var path: String { folder.path(of: name) }

    func keep() { isKept.store(true, ordering: .releasing) }

    func discard() { isKept.store(false, ordering: .releasing) }

    /// A new descriptor for reading, of a file that has all its bytes.
    ///
    /// Blocks.
    func open() throws(ObjectStoreError) -> CInt {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system("Reading an object") }
        var status = stat()
        guard fstat(descriptor, &status) == 0, Int64(status.st_size) == size else {
            close(descriptor)
            throw ObjectStoreError(.storageFailed, "Reading an object: its file was changed")
        }
        return descriptor
    }

    func onThread<Value: Sendable>(
        _ work: @escaping @Sendable () throws(ObjectStoreError) -> Value
    ) async throws(ObjectStoreError) -> Value {
        try await folder.threads.run(work)
    }

    /// The same bytes under another name, without copying them.
    ///
    /// Blocks.
    func linked() throws(ObjectStoreError) -> DataFile {
        let name = DataFolder.newName()
        guard link(path, folder.path(of: name)) == 0 else { throw .system("Copying") }
        return DataFile(name: name, size: size, folder: folder, isKept: false)
    }
}

extension DataFile: Codable {
    private enum CodingKeys: String, CodingKey {
        case name
        case size
    }

    /// Needs the folder among the decoder's `userInfo`.
    convenience init(from decoder: any Decoder) throws {
        guard let folder = decoder.userInfo[DataFolder.userInfoKey] as? DataFolder else {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "No folder"))
        }
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            name: try container.decode(String.self, forKey: .name),
            size: try container.decode(Int64.self, forKey: .size),
            folder: folder,
            isKept: true
        )
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try container.encode(size, forKey: .size)
    }
}

/// The folder of all bytes. What its files are called says nothing about keys.
final class DataFolder: Sendable {
    static var userInfoKey: CodingUserInfoKey { CodingUserInfoKey(rawValue: "dataFolder")! }

    let path: String
    let threads: NIOThreadPool

    init(path: String, threads: NIOThreadPool) {
        self.path = path
        self.threads = threads
    }

    func path(of name: String) -> String { "\(path)/\(name)" }

    /// 32 hexadecimal digits.
    static func newName() -> String {
        [UInt64.random(in: 0...UInt64.max), UInt64.random(in: 0...UInt64.max)].map { Hexadecimal.encode($0) }.joined()
    }

    /// The names of all files with their sizes.
    ///
    /// Blocks.
    func contents() throws(ObjectStoreError) -> [String: Int64] {
        guard let directory = opendir(path) else { throw .system("Reading \(path)") }
        defer { closedir(directory) }
        var sizes: [String: Int64] = [:]
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard !name.hasPrefix(".") else { continue }
            var status = stat()
            guard fstatat(dirfd(directory), name, &status, 0) == 0 else { continue }
            sizes[name] = Int64(status.st_size)
        }
        return sizes
    }
}

extension ObjectStoreError {
    /// What `errno` says.
    static func system(_ action: String) -> ObjectStoreError {
        ObjectStoreError(.storageFailed, "\(action): \(String(cString: strerror(errno)).lowercased())")
    }
}
