import Glibc

/// The paths where the executable of a function may be. The first file that exists is used, checked at each invocation.
public struct ExecutableSource: Sendable, Hashable {
    /// Absolute paths in order of preference, for example `bootstrap` in the code folder, then a SwiftPM product.
    public var candidates: [String]
    /// Why the function cannot be run at all; nil if it can.
    public var problem: String?

    public init(candidates: [String], problem: String? = nil) {
        self.candidates = candidates
        self.problem = problem
    }

    /// The candidate that would run if it were executable; nil if it is, or if no candidate exists.
    public var withoutPermission: String? {
        guard let path = resolve()?.path, access(path, X_OK) != 0 else { return nil }
        return path
    }

    /// The executable as it is on disk now; nil if no candidate exists.
    func resolve() -> ExecutableVersion? {
        guard problem == nil else { return nil }
        for path in candidates {
            if let version = ExecutableVersion(path: path) { return version }
        }
        return nil
    }
}

/// Identifies the content of an executable file: each build is another version.
struct ExecutableVersion: Sendable, Hashable {
    let path: String
    private let device: UInt64
    private let inode: UInt64
    private let size: Int64
    private let modifiedSeconds: Int
    private let modifiedNanoseconds: Int

    /// Nil if the path is not a regular file.
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
