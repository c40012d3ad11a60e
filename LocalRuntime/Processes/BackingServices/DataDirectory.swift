import ByteEncodings
import ChildProcesses
import EmulatorCore
import FoundationEssentials
import Glibc

/// The directory with the files of the servers, and the user who owns them.
///
/// Holds a lock on the directory for as long as the value exists.
struct DataDirectory: Sendable {
    /// Absolute path.
    let path: String
    /// The folder for the sockets. Its path is short, because the path of a socket has at most 107 bytes.
    let socketDirectory: String
    /// The user of the servers; nil for the user of this process.
    let user: ChildProcess.User?
    /// A sentence for the user if ``path`` is not the requested directory.
    let remark: String?
    private let lock: FileLock

    /// Creates the directory if it does not exist.
    init(requested: String) throws(DataStoreError) {
        let absolute = URL(filePath: requested).standardizedFileURL.path(percentEncoded: false)
        let requested = absolute.count > 1 && absolute.hasSuffix("/") ? String(absolute.dropLast()) : absolute
        user = geteuid() == 0 ? Self.unprivilegedUser() : nil
        // The user of the servers only passes through.
        let mode: mode_t = user == nil ? 0o700 : 0o711
        if access(requested, F_OK) != 0 { try Self.create(requested, mode: mode) }
        try Self.checkIsFolder(requested)
        lock = try FileLock(directory: requested)
        let digest = Self.digest(of: requested)
        if let user, !Self.isReachable(requested, by: user) {
            path = "/var/tmp/local-runtime-\(digest)"
            remark =
                "The user of Postgres and Redis cannot enter \(requested); their data is in \(path)"
            try Self.create(path, mode: mode)
        } else {
            path = requested
            remark = nil
        }
        let nearby = "\(path)/run"
        socketDirectory = nearby.utf8.count <= 85 ? nearby : "/tmp/local-runtime-\(digest)"
        try Self.create(socketDirectory, owner: user)
    }

    /// Creates a folder that only the user of the servers can enter.
    func createFolder(_ name: String) throws(DataStoreError) -> String {
        let folder = "\(path)/\(name)"
        try Self.create(folder, owner: user)
        return folder
    }

    /// Removes the folder of the sockets. The servers have removed their sockets themselves.
    func removeSocketDirectory() {
        rmdir(socketDirectory)
    }

    /// - Parameter owner: The user who can enter the folder; nil for the user of this process.
    private static func create(
        _ path: String,
        mode: mode_t = 0o700,
        owner: ChildProcess.User? = nil
    ) throws(DataStoreError) {
        do throws(PrivateFileError) {
            try PrivateFile.createFolder(path, owner: owner.map { ($0.userID, $0.groupID) }, mode: mode)
        } catch {
            throw DataStoreError(.directoryUnusable, "The data directory cannot be used: \(error).")
        }
    }

    /// A requested directory that exists keeps its permissions, because it may contain other things.
    private static func checkIsFolder(_ path: String) throws(DataStoreError) {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw DataStoreError(.directoryUnusable, "\(path) is not a directory.")
        }
    }

    /// Postgres refuses to run as root.
    private static func unprivilegedUser() -> ChildProcess.User {
        guard let entry = getpwnam("postgres") else { return ChildProcess.User(userID: 65_534, groupID: 65_534) }
        return ChildProcess.User(userID: entry.pointee.pw_uid, groupID: entry.pointee.pw_gid)
    }

    /// Whether the user may enter every folder of the path.
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

    /// The FNV-1a hash as 16 hexadecimal digits.
    private static func digest(of text: String) -> String {
        Hexadecimal.encode(text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 })
    }
}
