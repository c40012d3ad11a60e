#if canImport(Glibc)
    public import Glibc
#elseif canImport(Musl)
    public import Musl
#else
    public import Darwin
#endif

/// Opens the files of the data directory, which only their owner can read.
///
/// Another user of the machine may be able to write to a folder above them, and create files, links or pipes there
/// first. So links are not followed, and anything but a regular file of this user is refused.
public enum PrivateFile {
    public enum Access: Sendable {
        /// An existing file, for reading.
        case read
        /// A file for reading and writing, created if it does not exist.
        case readAndWrite
        /// A file for reading and for writing at its end, created if it does not exist.
        case readAndAppend
        /// A new file for writing. One that exists is an error (`EEXIST`).
        case createNew

        fileprivate var flags: CInt {
            switch self {
            case .read: O_RDONLY
            case .readAndWrite: O_RDWR | O_CREAT
            case .readAndAppend: O_RDWR | O_CREAT | O_APPEND
            case .createNew: O_WRONLY | O_CREAT | O_EXCL
            }
        }
    }

    /// Opens a file, and takes the permissions of other users away if it has any. The caller closes the descriptor.
    public static func open(_ path: String, _ access: Access) throws(PrivateFileError) -> CInt {
        try openChecked(path, access).descriptor
    }

    /// The same, with the file's size in bytes.
    public static func openChecked(
        _ path: String,
        _ access: Access
    ) throws(PrivateFileError) -> (descriptor: CInt, size: Int64) {
        // Without O_NONBLOCK, opening a pipe would wait for its other end.
        let descriptor = openFile(path, access.flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o600)
        guard descriptor >= 0 else { throw PrivateFileError(number: errno, path: path) }
        do throws(PrivateFileError) {
            let status = try check(descriptor, path, isFolder: false, owner: geteuid())
            guard status.st_mode & 0o077 == 0 || fchmod(descriptor, 0o600) == 0 else {
                throw PrivateFileError(number: errno, path: path)
            }
            return (descriptor, Int64(status.st_size))
        } catch {
            close(descriptor)
            throw error
        }
    }

    /// Reads a whole small file; nil if it does not exist.
    ///
    /// - Parameter limit: A larger file is an error (`EFBIG`); in bytes.
    public static func contents(of path: String, limit: Int = 65_536) throws(PrivateFileError) -> [UInt8]? {
        let (descriptor, size): (CInt, Int64)
        do throws(PrivateFileError) {
            (descriptor, size) = try openChecked(path, .read)
        } catch {
            if error.number == ENOENT { return nil }
            throw error
        }
        defer { close(descriptor) }
        guard size <= limit else { throw PrivateFileError(number: EFBIG, path: path) }
        var bytes = [UInt8](repeating: 0, count: Int(size))
        let count = read(descriptor, &bytes, bytes.count)
        guard count == bytes.count else { throw PrivateFileError(number: count < 0 ? errno : EIO, path: path) }
        return bytes
    }

    /// Creates a file with these bytes, unless it exists.
    ///
    /// Writes a temporary file and links it into place, so that the file is complete from the start. If two processes do
    /// this at once, both find the file of the first.
    public static func create(_ path: String, containing bytes: [UInt8]) throws(PrivateFileError) {
        let temporary = "\(path).\(RequestID.make())"
        let descriptor = try open(temporary, .createNew)
        defer { unlink(temporary) }
        let written = write(descriptor, bytes, bytes.count)
        let number = written < 0 ? errno : EIO
        close(descriptor)
        guard written == bytes.count else { throw PrivateFileError(number: number, path: path) }
        guard link(temporary, path) == 0 || errno == EEXIST else { throw PrivateFileError(number: errno, path: path) }
    }

    /// Creates a folder and those above it, or checks one that exists, and sets its owner and permissions.
    ///
    /// - Parameters:
    ///   - owner: The user who can enter the folder; nil for the user of this process.
    ///   - mode: The permissions. Others than the owner can have at most the right to pass through.
    public static func createFolder(
        _ path: String,
        owner: (userID: uid_t, groupID: gid_t)? = nil,
        mode: mode_t = 0o700
    ) throws(PrivateFileError) {
        try makeFolder(path, 0o700)
        let descriptor = openFile(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW, 0)
        guard descriptor >= 0 else { throw PrivateFileError(number: errno, path: path) }
        defer { close(descriptor) }
        let owner = owner ?? (geteuid(), getegid())
        let status = try check(descriptor, path, isFolder: true, owner: owner.userID)
        guard status.st_uid == owner.userID || fchown(descriptor, owner.userID, owner.groupID) == 0,
            fchmod(descriptor, mode & 0o711) == 0
        else { throw PrivateFileError(number: errno, path: path) }
    }

    /// Creates a folder that does not exist. Those above it get the usual permissions.
    private static func makeFolder(_ path: String, _ mode: mode_t) throws(PrivateFileError) {
        if mkdir(path, mode) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex else {
            throw PrivateFileError(number: errno, path: path)
        }
        try makeFolder(String(path[..<slash]), 0o777)
        guard mkdir(path, mode) == 0 || errno == EEXIST else { throw PrivateFileError(number: errno, path: path) }
    }

    private static func check(
        _ descriptor: CInt,
        _ path: String,
        isFolder: Bool,
        owner: uid_t
    ) throws(PrivateFileError) -> stat {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw PrivateFileError(number: errno, path: path) }
        guard status.st_mode & S_IFMT == (isFolder ? S_IFDIR : S_IFREG) else {
            throw PrivateFileError(number: isFolder ? ENOTDIR : EINVAL, path: path)
        }
        guard [geteuid(), owner].contains(status.st_uid) else { throw PrivateFileError(number: EPERM, path: path) }
        return status
    }
}

private func openFile(_ path: String, _ flags: CInt, _ mode: mode_t) -> CInt { open(path, flags, mode) }

/// Why a file of the data directory cannot be used.
public struct PrivateFileError: Error, Sendable, Hashable, CustomStringConvertible {
    /// An error number of the system: `EPERM` for a file of another user, `ELOOP` for a link, `EINVAL` for anything else
    /// that is not a regular file.
    public var number: CInt
    public var path: String

    public init(number: CInt, path: String) {
        self.number = number
        self.path = path
    }

    /// Without the path: `belongs to another user`.
    public var reason: String {
        switch number {
        case EPERM: "belongs to another user"
        case ELOOP: "is a symbolic link"
        case EINVAL: "is not a regular file"
        case ENOTDIR: "is not a directory"
        case EBADMSG: "is damaged; it is created again if it is deleted"
        default: String(cString: strerror(number)).lowercased()
        }
    }

    public var description: String { "\(path): \(reason)" }
}
