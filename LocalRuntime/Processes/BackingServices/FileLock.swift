import EmulatorCore
import FoundationEssentials
import Glibc

/// A lock that the system releases when this process ends, even after a crash.
final class FileLock: Sendable {
    private let descriptor: CInt

    /// Locks a directory and writes the id of this process into its lock file.
    init(directory: String) throws(DataStoreError) {
        let path = "\(directory)/lock"
        do throws(PrivateFileError) {
            descriptor = try PrivateFile.open(path, .readAndWrite)
        } catch {
            throw DataStoreError(.directoryUnusable, "The data directory cannot be used: \(error).")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let owner = (try? String(contentsOf: URL(filePath: path), encoding: .utf8)).map { " (process \($0))" } ?? ""
            throw DataStoreError(
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
