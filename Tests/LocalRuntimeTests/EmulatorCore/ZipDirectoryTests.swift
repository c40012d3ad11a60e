import Foundation
import Testing

@testable import EmulatorCore

@Suite struct ZipDirectoryTests {
    struct File {
        var name: String
        var size: UInt32 = 3
        var compressedSize: UInt32 = 3
        var mode: UInt32 = 0o100755
        var system: UInt8 = 3
        var flags: UInt16 = 0
    }

    private static func little<Integer: FixedWidthInteger>(_ value: Integer) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }

    /// A file with only a central directory after some bytes for its contents.
    private static func zip(_ files: [File], contents: Int = 1_000, comment: String = "") -> Data {
        var bytes = [UInt8](repeating: 0, count: contents)
        for file in files {
            bytes += little(UInt32(0x0201_4b50)) + [20, file.system, 20, 0] + little(file.flags)
            bytes += [UInt8](repeating: 0, count: 10)
            bytes += little(file.compressedSize) + little(file.size) + little(UInt16(file.name.utf8.count))
            bytes += [UInt8](repeating: 0, count: 8) + little(file.mode << 16) + little(UInt32(0)) + file.name.utf8
        }
        let size = UInt32(bytes.count - contents)
        bytes += little(UInt32(0x0605_4b50)) + [0, 0, 0, 0] + little(UInt16(files.count)) + little(UInt16(files.count))
        bytes += little(size) + little(UInt32(contents)) + little(UInt16(comment.utf8.count)) + Array(comment.utf8)
        return Data(bytes)
    }

    private func problem(_ data: Data) -> String? {
        do throws(ZipDirectoryError) {
            try ZipDirectory(data).check()
            return nil
        } catch {
            return error.reason
        }
    }

    @Test(arguments: ["", "a comment"])
    func acceptsFilesAndFolders(comment: String) {
        let files = [
            File(name: "bootstrap"), File(name: "lib/", size: 0, compressedSize: 0, mode: 0o040755),
            File(name: "lib/a..b.so"), File(name: "made on Windows", mode: 0, system: 0),
        ]
        #expect(problem(Self.zip(files, comment: comment)) == nil)
    }

    @Test(arguments: [
        "../bootstrap", "a/../../b", "/etc/passwd", "a/..", "..", "..\\b", "c:\\b", "a\nb", "a\0b", "",
    ])
    func refusesNamesThatLeadOutOfTheFolder(name: String) {
        #expect(problem(Self.zip([File(name: "bootstrap"), File(name: name)]))?.contains("unsafe name") == true)
    }

    @Test(arguments: [0o120777, 0o020666, 0o010666, 0o140777] as [UInt32])
    func refusesLinksAndDevices(mode: UInt32) {
        #expect(problem(Self.zip([File(name: "a", mode: mode)]))?.contains("a link or a device") == true)
    }

    @Test(arguments: [
        ([File(name: "a", size: 262_144_001)], "Lambda allows"),
        ([File(name: "a", size: 200_000_000), File(name: "b", size: 200_000_000)], "Lambda allows"),
        ((0..<1_000).map { File(name: "\($0)", compressedSize: 1_000) }, "overlap"),
        ([File(name: "a"), File(name: "a")], "twice"), ([File(name: "a", flags: 1)], "encrypted"), ([], "is empty"),
    ])
    func refusesBombs(files: [File], mentions: String) {
        #expect(problem(Self.zip(files))?.contains(mentions) == true)
    }

    @Test func refusesWhatIsNoZipFile() {
        let whole = Self.zip([File(name: "bootstrap")])
        #expect(problem(Data()) == "is not a .zip file.")
        #expect(problem(Data("PK, but not more than a text".utf8)) == "is not a .zip file.")
        for length in 0..<whole.count { #expect(problem(whole.prefix(length)) != nil) }
        var damaged = whole
        damaged[whole.count - 6] = 0xff
        #expect(problem(damaged) == "has a damaged directory.")
    }
}
