import Files
import FoundationEssentials
import Testing

struct FileIDTests {
    private static let uuid = "0191f3a0-0000-7000-8000-00000000000f"

    @Test(arguments: FileType.all)
    func determinesTheFileType(type: FileType) throws {
        let id = try #require(FileID("\(Self.uuid).\(type.fileExtension)"))
        #expect(id.type == type)
        #expect(id.description == "\(Self.uuid).\(type.fileExtension)")
        #expect(FileType(contentType: type.contentType) == type)
    }

    @Test(arguments: [
        "", uuid, "\(uuid).", "\(uuid).exe", "\(uuid).svg", "\(uuid).JPG", "\(uuid).jpg.", "\(uuid).jpg ",
        " \(uuid).jpg",
        "\(uuid.uppercased()).jpg", "\(uuid.replacing("-", with: "")).jpg", "../\(uuid).jpg", "\(uuid).jpg/..", ".jpg",
        "\(uuid)%2Ejpg", "\(uuid).jpg\0",
    ])
    func hasExactlyOneSpelling(text: String) {
        #expect(FileID(text) == nil)
    }

    @Test(arguments: [
        ("image/jpeg", "jpg"), ("IMAGE/PNG", "png"), ("audio/webm;codecs=opus", "weba"), ("audio/x-m4a", "m4a"),
        ("text/plain; charset=utf-8", "txt"), ("image/jpg", "jpg"), ("application/octet-stream", "bin"),
    ])
    func acceptsTheContentTypesThatBrowsersUse(contentType: String, fileExtension: String) {
        #expect(FileType(contentType: contentType)?.fileExtension == fileExtension)
    }

    @Test(arguments: [
        "", "image", "image/", "/png", "image/svg+xml", "text/html", "application/xhtml+xml", "text/xml", "image/*",
        "application/javascript", "text/javascript", ";image/png", "image/png,text/html", "image/ png",
    ])
    func refusesTypesThatABrowserExecutes(contentType: String) {
        #expect(FileType(contentType: contentType) == nil)
    }

    @Test func isMadeWithTheUUIDOfTheGenerator() throws {
        let uuid = try #require(UUID(uuidString: Self.uuid))
        let identifiers = IdentifierGenerator { uuid }
        #expect(identifiers.next(.text).rawValue == "\(Self.uuid).txt")
    }
}
