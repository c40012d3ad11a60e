import Foundation
import Logging
import NIOCore
import NIOPosix
import ObjectStore

/// A digest that computes nothing.
struct NoDigest: RunningDigest {
    mutating func update(_ bytes: UnsafeRawBufferPointer) {}
}

/// A temporary folder for a store.
struct StoreFolder: Sendable {
    /// Removes all copies with its last reference.
    private final class Root: Sendable {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("store-\(UUID().uuidString)").path

        init() { try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

        deinit { try? FileManager.default.removeItem(atPath: path) }
    }

    private let root: Root
    let path: String

    init() { self.init(in: Root()) }

    private init(in root: Root) {
        self.root = root
        path = "\(root.path)/\(UUID().uuidString)"
    }

    var journal: String { "\(path)/journal" }

    func open() async throws -> ObjectStore {
        try await ObjectStore.open(at: path, logger: Logger(label: "ObjectStoreTests"))
    }

    /// The names of the data files.
    func files() throws -> Set<String> {
        Set(try FileManager.default.contentsOfDirectory(atPath: "\(path)/data"))
    }

    /// A copy of the folder, as a process that is killed now would leave it.
    func snapshot() throws -> StoreFolder {
        let copy = StoreFolder(in: root)
        try FileManager.default.copyItem(atPath: path, toPath: copy.path)
        return copy
    }

    /// Waits for a number of data files, which are deleted in the background.
    func settles(at count: Int) async throws -> Bool {
        for _ in 0..<400 {
            if try files().count == count { return true }
            try await Task.sleep(for: .milliseconds(5))
        }
        return false
    }
}

extension ObjectStore {
    @discardableResult
    func put(
        _ text: String,
        _ key: String,
        in bucket: String = "bucket",
        condition: WriteCondition = .none
    ) async throws -> ObjectRecord {
        try await put(NewObject(key: ObjectKey(key), condition: condition), try await written(text), in: bucket)
    }

    func written(_ text: String) async throws -> WrittenData<NoDigest> {
        let writer = writer(computing: NoDigest())
        try await writer.write(ByteBuffer(string: text))
        return try await writer.finish()
    }

    func text(_ key: String, in bucket: String = "bucket") async throws -> String {
        try await text(of: try object(ObjectKey(key), in: bucket))
    }

    func text(of object: ObjectRecord, range: Range<Int64>? = nil) async throws -> String {
        let reader = reader(of: object, range: range ?? 0..<object.size)
        var text = ""
        while let bytes = try await reader.read() { text += String(buffer: bytes) }
        return text
    }
}
