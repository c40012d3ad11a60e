import FormData
import NIOCore
import Testing

@Suite struct FormDataParserTests {
    private static let contentType = "multipart/form-data; boundary=xyz"

    private static func part(_ disposition: String, _ body: String, _ headers: String = "") -> String {
        "--xyz\r\nContent-Disposition: form-data; \(disposition)\r\n\(headers)\r\n\(body)\r\n"
    }

    /// A file with many texts that resemble the boundary.
    private static let nearBoundaries = "\r\n--xy\r\n-\r\n\r\r\n--x\r--xyz\n--xyz\r\n"
    private static let form =
        part(#"name="key""#, "foo/${filename}") + part(#"name="empty""#, "")
        + part(#"name="ü"; filename="named""#, "a\r\nb", "Content-Type: text/plain\r\n")
        + part(#"name="file"; filename="C:\dir\a \"b\".txt""#, nearBoundaries, "Content-Type:  image/png \r\n")

    private static let expected: [FormDataParser.Event] = [
        .field(name: "key", value: "foo/${filename}"), .field(name: "empty", value: ""),
        .field(name: "ü", value: "a\r\nb"), .file(fileName: #"C:\dir\a "b".txt"#, contentType: "image/png"),
        .bytes(ByteBuffer(string: nearBoundaries)), .end,
    ]

    @Test func readsAForm() throws {
        #expect(try events([Self.form + "--xyz--\r\n"]) == Self.expected)
    }

    @Test func theResultDoesNotDependOnTheChunks() throws {
        let bytes = Array("dropped\r\n\(Self.form)--xyz--\r\ndropped too".utf8)
        for split in 1..<bytes.count {
            #expect(try events([Array(bytes[..<split]), Array(bytes[split...])]) == Self.expected, "split at \(split)")
        }
        for size in 1...20 {
            #expect(try events(Self.chunks(bytes, of: size)) == Self.expected, "chunks of \(size)")
        }
    }

    @Test func ignoresFieldsAfterTheFile() throws {
        let form = Self.part(#"name="File""#, "x") + Self.part(#"name="key""#, "late") + "--xyz--"
        #expect(
            try events([form]) == [.file(fileName: nil, contentType: nil), .bytes(ByteBuffer(string: "x")), .end]
        )
    }

    @Test func acceptsAnEmptyFile() throws {
        let form = Self.part(#"name="file"; filename="""#, "") + "--xyz--"
        #expect(try events([form]) == [.file(fileName: "", contentType: nil), .end])
    }

    @Test func returnsTheFileInPieces() throws {
        var parser = try FormDataParser(contentType: Self.contentType)
        _ = try parser.parse(ByteBuffer(string: "--xyz\r\nContent-Disposition: form-data; name=file\r\n\r\n"))
        #expect(try parser.parse(ByteBuffer(string: "abc")) == [.bytes(ByteBuffer(string: "abc"))])
        #expect(try parser.parse(ByteBuffer(string: "d\r\n-")) == [.bytes(ByteBuffer(string: "d"))])
        #expect(try parser.parse(ByteBuffer(string: "e")) == [.bytes(ByteBuffer(string: "\r\n-e"))])
    }

    @Test(arguments: [
        (#"name=file; filename*=utf-8''%e2%82%ac%20rates.txt; filename="x""#, "€ rates.txt"),
        (#"name="file"; filename=plain.txt "#, "plain.txt"), (#"filename="a;b=c" ; name="file""#, "a;b=c"),
        (#"NAME="file"; FileName="%22x%22""#, "%22x%22"), (#"name="file"; filename*=latin1''x; filename=y"#, "y"),
    ])
    func readsFileNames(disposition: String, expected: String) throws {
        let events = try events([Self.part(disposition, "") + "--xyz--"])
        #expect(events.first == .file(fileName: expected, contentType: nil))
    }

    @Test(arguments: ["xyz", "\"xyz\"", "xyz; charset=utf-8", " xyz "])
    func findsTheBoundary(boundary: String) throws {
        let form = Self.part("name=file", "x") + "--xyz--"
        #expect(try events([form], contentType: "Multipart/Form-Data; boundary=\(boundary)").count == 3)
    }

    @Test(arguments: [
        "", "text/plain; boundary=xyz", "multipart/form-data", "multipart/form-data; boundary=",
        "multipart/form-data; boundary=" + String(repeating: "x", count: 257),
    ])
    func refusesOtherContentTypes(contentType: String) {
        #expect(failure { try FormDataParser(contentType: contentType) } == .malformed)
    }

    @Test(arguments: [
        ("--xyz--\r\n", FormDataError.Code.withoutFile),
        (part("name=a", "b") + "--xyz--", .withoutFile),
        ("--xyz!\r\n", .malformed), ("--xyz\r\nno header\r\n\r\n", .malformed), ("--xyz\r\n\r\nbody", .malformed),
        ("--xyz\r\nContent-Disposition: attachment; name=a\r\n\r\n", .malformed),
        ("--xyz\r\nContent-Disposition: form-data\r\n\r\n", .malformed),
        ("--xyz" + String(repeating: " ", count: 300), .malformed),
        ("", .incomplete), ("nothing", .incomplete), ("--xyz\r\nContent-Disp", .incomplete),
        (part("name=a", "b"), .incomplete), (part("name=file", "b") + "--xy", .incomplete),
    ])
    func refusesInvalidForms(body: String, expected: FormDataError.Code) {
        #expect(failure { try events([body]) } == expected)
        #expect(failure { try events(body.utf8.map { [$0] }) } == expected)
    }

    @Test func refusesTextThatIsNotUTF8() {
        let head = Array("--xyz\r\nContent-Disposition: form-data; name=a\r\n\r\n".utf8)
        #expect(failure { try events([head + [0xff] + Array("\r\n--xyz".utf8)]) } == .malformed)
    }

    @Test(arguments: [1, 1_000, 30_000])
    func limitsTheSizeOfFields(chunk: Int) {
        let bytes = Array(Self.part("name=a", String(repeating: "x", count: 21_000)).utf8)
        #expect(failure { try events(Self.chunks(bytes, of: chunk)) } == .fieldsTooLarge)
    }

    @Test func limitsTheSizeOfAllFieldsTogether() {
        let form = (0..<1_000).map { Self.part("name=a\($0)", "x") }.joined()
        #expect(failure { try events([form]) } == .fieldsTooLarge)
    }

    @Test func limitsTheSizeOfHeaders() {
        #expect(failure { try events(["--xyz\r\nX: " + String(repeating: "x", count: 30_000)]) } == .fieldsTooLarge)
    }

    private func events(_ chunks: [String], contentType: String = contentType) throws -> [FormDataParser.Event] {
        try events(chunks.map { Array($0.utf8) }, contentType: contentType)
    }

    /// All events, with the pieces of the file merged.
    private func events(_ chunks: [[UInt8]], contentType: String = contentType) throws -> [FormDataParser.Event] {
        var parser = try FormDataParser(contentType: contentType)
        var events: [FormDataParser.Event] = []
        for chunk in chunks {
            for event in try parser.parse(ByteBuffer(bytes: chunk)) {
                if case .bytes(let more) = event, case .bytes(var bytes) = events.last {
                    bytes.writeImmutableBuffer(more)
                    events[events.count - 1] = .bytes(bytes)
                } else {
                    events.append(event)
                }
            }
        }
        try parser.finish()
        return events
    }

    private static func chunks(_ bytes: [UInt8], of size: Int) -> [[UInt8]] {
        stride(from: 0, to: bytes.count, by: size).map { Array(bytes[$0..<min($0 + size, bytes.count)]) }
    }

    private func failure(_ body: () throws -> some Any) -> FormDataError.Code? {
        do {
            _ = try body()
            return nil
        } catch {
            return (error as? FormDataError)?.code
        }
    }
}
