import Foundation
import Testing

@testable import EmulatorCore

@Suite struct AccessKeyFileTests {
    @Test func keepsItsRandomKeys() throws {
        let folder = try PrivateFolder()
        let first = try AccessKeyFile.load(from: folder.path(of: "credentials"))
        #expect(try AccessKeyFile.load(from: folder.path(of: "credentials")) == first)
        #expect(try folder.mode(of: "credentials") == 0o600)
        #expect(first.tools.secret.count == 40)
        #expect(first.functions.sessionToken?.isEmpty == false)

        let other = try AccessKeyFile.load(from: folder.path(of: "other"))
        #expect(Set([first, other].flatMap { [$0.tools, $0.functions] }.map(\.secret)).count == 4)
    }

    @Test(arguments: [
        "", "[default]\naws_access_key_id = a\n",
        "[default]\naws_access_key_id = local\naws_secret_access_key = local\n",
    ])
    func refusesAFileWithoutSecretKeys(text: String) throws {
        let folder = try PrivateFolder()
        let path = folder.path(of: "credentials")
        try PrivateFile.create(path, containing: Array(text.utf8))
        #expect(throws: PrivateFileError.self) { try AccessKeyFile.load(from: path) }
    }
}
