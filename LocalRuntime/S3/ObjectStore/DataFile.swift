import EmulatorCore
import Glibc
import NIOPosix
import Synchronization

/// A file of bytes that never changes.
///
/// The file can be read as long as there is a reference to it, even after its object has been replaced. It is deleted
/// with the last reference unless ``keep()`` was called, so an upload that ends in any way leaves nothing behind.
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
        // On a thread, because deleting a large file takes time.
        folder.threads.submit { _ in unlink(path) }
    }

    var path: String { folder.path(of: name) }

    /// Makes the file survive its references.
    func keep() { isKept.store(true, ordering: .releasing) }

    /// Lets the file be deleted with the last reference.
    func discard() { isKept.store(false, ordering: .releasing) }

    /// Opens the file for reading and checks its size. Blocks.
    func open() throws(ObjectStoreError) -> CInt {
        let (descriptor, found): (CInt, Int64)
        do throws(PrivateFileError) {
            (descriptor, found) = try PrivateFile.openChecked(path, .read)
        } catch {
            throw ObjectStoreError("Reading an object", error)
        }
        guard found == size else {
            close(descriptor)
            throw ObjectStoreError(.storageFailed, "Reading an object: its file has been changed")
        }
        return descriptor
    }

    func onThread<Value: Sendable>(
        _ work: @escaping @Sendable () throws(ObjectStoreError) -> Value
    ) async throws(ObjectStoreError) -> Value {
        try await folder.threads.run(work)
    }

    /// Creates another file with the same bytes, without copying them. Blocks.
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

    /// Needs the folder in the decoder's `userInfo`.
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
