public import FoundationEssentials

/// The files of this repository, for tests that check them against each other.
public enum Repository {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    public static func text(of path: String) throws -> String {
        String(decoding: try data(of: path), as: UTF8.self)
    }

    public static func data(of path: String) throws -> Data {
        try Data(contentsOf: url(of: path))
    }

    /// The location of a file or a folder.
    public static func url(of path: String) -> URL { root.appending(path: path) }

    public static func contains(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: url(of: path).path())
    }

    /// The names of the files and folders directly in a folder, sorted.
    public static func names(in folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: root.appending(path: folder).path()).sorted()
    }

    /// The folders of functions, as `Functions/<group>/<name>`, sorted.
    public static func functionFolders() throws -> [String] {
        try names(in: "Functions").flatMap { group in
            try names(in: "Functions/\(group)").map { "Functions/\(group)/\($0)" }
        }
    }

    /// The paths of all Swift files in a folder and its subfolders, sorted.
    public static func sources(in folder: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: root.appending(path: folder).path())
            .filter { $0.hasSuffix(".swift") }.map { "\(folder)/\($0)" }.sorted()
    }
}
