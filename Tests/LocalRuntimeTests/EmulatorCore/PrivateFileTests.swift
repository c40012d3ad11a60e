import EmulatorCore
import Foundation
import Testing

/// A folder that is deleted with the last reference.
final class PrivateFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "private-\(UUID().uuidString)").path
        try PrivateFile.createFolder(path)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func path(of name: String) -> String { "\(path)/\(name)" }

    func mode(of name: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path(of: name))[.posixPermissions] as? Int
    }
}

@Suite struct PrivateFileTests {
    static let writing: [PrivateFile.Access] = [.readAndWrite, .readAndAppend, .createNew]

    @Test(arguments: writing) func createsFilesThatOnlyTheirOwnerCanRead(access: PrivateFile.Access) throws {
        let folder = try PrivateFolder()
        close(try PrivateFile.open(folder.path(of: "a"), access))
        #expect(try folder.mode(of: "a") == 0o600)
    }

    @Test(arguments: [PrivateFile.Access.read, .readAndWrite, .readAndAppend])
    func takesThePermissionsOfOthersAway(access: PrivateFile.Access) throws {
        let folder = try PrivateFolder()
        #expect(FileManager.default.createFile(atPath: folder.path(of: "a"), contents: Data("abc".utf8)))
        try FileManager.default.setAttributes([.posixPermissions: 0o666], ofItemAtPath: folder.path(of: "a"))
        let (descriptor, size) = try PrivateFile.openChecked(folder.path(of: "a"), access)
        close(descriptor)
        #expect(size == 3)
        #expect(try folder.mode(of: "a") == 0o600)
    }

    /// Links to a file, to a missing file and to a folder, a pipe, and a folder.
    @Test(arguments: [PrivateFile.Access.read] + writing, ["file", "missing", "folder", "pipe", "itself"])
    func opensNothingButRegularFiles(access: PrivateFile.Access, kind: String) throws {
        let folder = try PrivateFolder()
        let outside = try PrivateFolder()
        let path = folder.path(of: "a")
        try PrivateFile.create(outside.path(of: "file"), containing: Array("victim".utf8))
        switch kind {
        case "pipe": #expect(mkfifo(path, 0o600) == 0)
        case "folder": try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: outside.path)
        case "itself": try PrivateFile.createFolder(path)
        default:
            let target = outside.path(of: kind)
            try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
        }
        #expect(throws: PrivateFileError.self) { try PrivateFile.open(path, access) }
        #expect(try PrivateFile.contents(of: outside.path(of: "file")) == Array("victim".utf8))
        #expect(try PrivateFile.contents(of: outside.path(of: "missing")) == nil)
    }

    @Test func keepsAFileThatExists() throws {
        let folder = try PrivateFolder()
        let path = folder.path(of: "a")
        try PrivateFile.create(path, containing: [1])
        try PrivateFile.create(path, containing: [2])
        #expect(try PrivateFile.contents(of: path) == [1])
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a"])
        #expect(throws: PrivateFileError.self) { try PrivateFile.contents(of: path, limit: 0) }
    }

    @Test func setsThePermissionsOfFolders() throws {
        let folder = try PrivateFolder()
        try FileManager.default.createDirectory(atPath: folder.path(of: "old"), withIntermediateDirectories: false)
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder.path(of: "old"))
        for name in ["old", "new"] {
            try PrivateFile.createFolder(folder.path(of: name))
            #expect(try folder.mode(of: name) == 0o700)
        }
    }

    @Test func makesNoFolderOfALinkOrAFile() throws {
        let folder = try PrivateFolder()
        let outside = try PrivateFolder()
        let link = folder.path(of: "link")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: outside.path)
        try PrivateFile.create(folder.path(of: "file"), containing: [])
        for name in ["link", "file"] {
            #expect(throws: PrivateFileError.self) { try PrivateFile.createFolder(folder.path(of: name)) }
        }
    }

    /// Only root can give a file to another user.
    @Test(.enabled(if: geteuid() == 0)) func refusesFilesOfOtherUsers() throws {
        let folder = try PrivateFolder()
        let path = folder.path(of: "a")
        try PrivateFile.create(path, containing: [1])
        #expect(chown(path, 65_534, 65_534) == 0)
        for access in [PrivateFile.Access.read, .readAndWrite, .readAndAppend] {
            let error = #expect(throws: PrivateFileError.self) { try PrivateFile.open(path, access) }
            #expect(error?.number == EPERM)
        }
        try PrivateFile.createFolder(folder.path(of: "b"), owner: (65_534, 65_534))
        #expect(throws: PrivateFileError.self) { try PrivateFile.createFolder(folder.path(of: "b")) }
    }
}
