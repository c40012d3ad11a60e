import ByteEncodings
import ChildProcesses
import FoundationEssentials
import Glibc

/// Where the servers keep their files, and who owns them.
///
/// Holds a lock on the directory for as long as it exists.
struct DataDirectory: Sendable {
    /// Absolute path.
    let path: String
    /// Where the sockets are: short, because the name of a socket has 107 bytes at most.
    let socketDirectory: String
    /// Who the servers run as; nil: the user that this process runs as.
    let user: ChildProcess.User?
    /// What is worth telling about the choice.
    let remark: String?
    private let lock: FileLock

    /// Makes the directory, or takes the one that is there.
    init(requested: String) throws(LocalServicesError) {
        let absolute = URL(filePath: requested).standardizedFileURL.path(percentEncoded: false)
        let requested = absolute.count > 1 && absolute.hasSuffix("/") ? String(absolute.dropLast()) : absolute
        user = geteuid() == 0 ? Self.unprivilegedUser() : nil
        try Self.create(requested, mode: 0o755, owner: nil)
        lock = try FileLock(directory: requested)
        let digest = Self.digest(of: requested)
        if let user, !Self.isReachable(requested, by: user) {
            path = "/var/tmp/local-runtime-\(digest)"
            remark =
                "\(requested) is out of reach for the user that Postgres and Redis run as; their data is in \(path)"
            try Self.create(path, mode: 0o755, owner: nil)
            try Self.checkOwner(of: path)
        } else {
            path = requested
            remark = nil
        }
        let nearby = "\(path)/run"
        socketDirectory = nearby.utf8.count <= 85 ? nearby : "/tmp/local-runtime-\(digest)"
        try Self.create(socketDirectory, mode: 0o700, owner: user)
    }

    /// Makes a folder in it that belongs to the servers' user alone.
    func createFolder(_ name: String) throws(LocalServicesError) -> String {
        let folder = "\(path)/\(name)"
        try Self.create(folder, mode: 0o700, owner: user)
        return folder
    }

    /// Leaves nothing in `/tmp`; the servers have taken their sockets away themselves.
    func removeSocketDirectory() {
        rmdir(socketDirectory)
    }

    private static func create(_ path: String, mode: mode_t, owner: ChildProcess.User?) throws(LocalServicesError) {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            let cause = (error as? CocoaError)?.underlying as? POSIXError
            let reason = cause.map { String(cString: strerror($0.code.rawValue)).lowercased() } ?? "\(error)"
            throw LocalServicesError(.directoryUnusable, "The data directory \(path) cannot be made: \(reason).")
        }
        var status = stat()
        // Someone else's folder of that name, or a link to one, must not be taken for ours.
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw LocalServicesError(.directoryUnusable, "\(path) is no directory.")
        }
        guard mode == 0o700 else { return }
        let (userID, groupID) = (owner?.userID ?? geteuid(), owner?.groupID ?? getegid())
        guard [geteuid(), userID].contains(status.st_uid) else {
            throw LocalServicesError(.directoryUnusable, "\(path) belongs to another user.")
        }
        if status.st_uid != userID, chown(path, userID, groupID) != 0 {
            throw LocalServicesError(.directoryUnusable, "\(path) belongs to another user.")
        }
        if chmod(path, mode) != 0 {
            throw LocalServicesError(.directoryUnusable, "The permissions of \(path) cannot be set.")
        }
    }

    /// In a folder where everybody may make files, somebody else may have been faster.
    private static func checkOwner(of path: String) throws(LocalServicesError) {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_uid == geteuid() else {
            throw LocalServicesError(.directoryUnusable, "\(path) belongs to another user.")
        }
    }

    /// Postgres refuses to run as root.
    private static func unprivilegedUser() -> ChildProcess.User {
        for name in ["postgres", "nobody"] {
            guard let entry = getpwnam(name) else { continue }
            return ChildProcess.User(userID: entry.pointee.pw_uid, groupID: entry.pointee.pw_gid)
        }
        return ChildProcess.User(userID: 65_534, groupID: 65_534)
    }

    /// Whether the user may pass through every folder on the way.
    private static func isReachable(_ path: String, by user: ChildProcess.User) -> Bool {
        var folder = path
        while true {
            var status = stat()
            guard stat(folder, &status) == 0 else { return false }
            let bit: mode_t =
                if status.st_uid == user.userID {
                    S_IXUSR
                } else if status.st_gid == user.groupID {
                    S_IXGRP
                } else {
                    S_IXOTH
                }
            guard status.st_mode & bit != 0 else { return false }
            guard folder != "/", let slash = folder.lastIndex(of: "/") else { return true }
            folder = slash == folder.startIndex ? "/" : String(folder[..<slash])
        }
    }

    /// 16 hexadecimal digits, the same for the same text at all times (FNV-1a).
    private static func digest(of text: String) -> String {
        Hexadecimal.encode(text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 })
    }
}

/// A lock that the system gives up when this process ends, however it ends.
final class FileLock: Sendable {
    private let descriptor: CInt

    init(directory: String) throws(LocalServicesError) {
        let path = "\(directory)/lock"
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else {
            throw LocalServicesError(.directoryUnusable, "The data directory \(directory) cannot be written.")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let owner = (try? String(contentsOf: URL(filePath: path), encoding: .utf8)).map { " (process \($0))" } ?? ""
            throw LocalServicesError(
                .directoryInUse,
                "Another local runtime\(owner) uses the data directory \(directory). "
                    + "Stop it, or choose another directory."
            )
        }
        ftruncate(descriptor, 0)
        let text = String(getpid())
        _ = text.withCString { write(descriptor, $0, strlen($0)) }
    }

    deinit { close(descriptor) }
}
