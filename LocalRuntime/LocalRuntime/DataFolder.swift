import EmulatorCore
import Foundation

/// The data directory of a run.
enum DataFolder {
    /// Creates the directory if it does not exist, for this user alone. If this process is root, other users can pass
    /// through it, because Postgres and Redis then run as another user. An existing directory keeps its permissions.
    static func create(_ directory: URL) throws(StartFailure) {
        guard !FileManager.default.fileExists(atPath: directory.path) else { return }
        do throws(PrivateFileError) {
            try PrivateFile.createFolder(directory.path, mode: geteuid() == 0 ? 0o711 : 0o700)
        } catch {
            throw StartFailure("The data directory \(directory.path) cannot be created: \(error).")
        }
    }
}
