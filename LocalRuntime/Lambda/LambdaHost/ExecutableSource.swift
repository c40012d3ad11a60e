import Glibc

/// Where a function's executable may be found: the first of its candidates that exists, looked up at every start.
public struct ExecutableSource: Sendable, Hashable {
    /// Absolute paths, in the order tried: `bootstrap` in the code folder, then a SwiftPM product, for example.
    public var candidates: [String]

    public init(candidates: [String]) {
        self.candidates = candidates
    }

    /// The executable as it is on disk now; nil if there is none.
    func resolve() -> ExecutableVersion? {
        for path in candidates {
            if let version = ExecutableVersion(path: path) { return version }
        }
        return nil
    }
}

/// One state of an executable file. Another build of it is another version.
struct ExecutableVersion: Sendable, Hashable {
    let path: String
    private let device: UInt64
    private let inode: UInt64
    private let size: Int64
    private let modifiedSeconds: Int
    private let modifiedNanoseconds: Int

    /// Nil if there is no regular file at the path.
    init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        self.path = path
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        size = Int64(status.st_size)
        modifiedSeconds = status.st_mtim.tv_sec
        modifiedNanoseconds = status.st_mtim.tv_nsec
    }
}
