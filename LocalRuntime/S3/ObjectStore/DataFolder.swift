import ByteEncodings
import Glibc
import NIOPosix

/// The folder with the bytes of all objects. The names of its files are random.
final class DataFolder: Sendable {
    static var userInfoKey: CodingUserInfoKey { CodingUserInfoKey(rawValue: "dataFolder")! }

    let path: String
    let threads: NIOThreadPool

    init(path: String, threads: NIOThreadPool) {
        self.path = path
        self.threads = threads
    }

    func path(of name: String) -> String { "\(path)/\(name)" }

    /// A random name of 32 hexadecimal digits.
    static func newName() -> String {
        [UInt64.random(in: 0...UInt64.max), UInt64.random(in: 0...UInt64.max)].map { Hexadecimal.encode($0) }.joined()
    }

    /// The sizes of all files by their names. Blocks.
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
            guard fstatat(dirfd(directory), name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { continue }
            sizes[name] = Int64(status.st_size)
        }
        return sizes
    }
}
