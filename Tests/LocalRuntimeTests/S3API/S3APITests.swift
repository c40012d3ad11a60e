import EmulatorCore
import HTTPListener
import NIOCore
import NIOHTTP1
import ObjectStore
import Testing

@testable import S3API

@Suite struct S3APITests {
    @Test(
        arguments: [
            ("bytes=0-0", 10, 0..<1), ("bytes=2-", 10, 2..<10), ("bytes=-3", 10, 7..<10), ("bytes=5-99", 10, 5..<10),
            ("bytes=-99", 10, 0..<10), ("bytes=0-99999999999999999999", 10, 0..<10),
        ] as [(String, Int64, Range<Int64>)]
    )
    func readsARange(text: String, size: Int64, expected: Range<Int64>) throws {
        #expect(try ObjectRange.range(text, size: size) == expected)
    }

    @Test(arguments: ["bytes=", "bytes=-", "bytes=5-2", "bytes=a-b", "items=0-1", "bytes=0-1,3-4", "bytes=+1-2"])
    func ignoresInvalidRanges(text: String) throws {
        #expect(try ObjectRange.range(text, size: 10) == nil)
    }

    @Test(
        arguments: [
            ("bytes=10-", 10), ("bytes=99-100", 10), ("bytes=-0", 10), ("bytes=0-", 0), ("bytes=-1", 0),
        ] as [(String, Int64)]
    )
    func refusesARangeAfterTheEnd(text: String, size: Int64) {
        #expect(throws: S3Error.self) { try ObjectRange.range(text, size: size) }
    }

    @Test(
        arguments: [
            ("localhost:3001", "/b/k", "b", "k"), ("127.0.0.1:3001", "/b/", "b", nil), ("[::1]:3001", "/b", "b", nil),
            ("b.localhost:3001", "/k", "b", "k"), ("b.s3.eu-central-1.amazonaws.com", "/a/b", "b", "a/b"),
            ("s3.localhost:3001", "/b/k", "b", "k"), ("localhost", "/b//k", "b", "/k"),
            ("localhost", "/b/%2E%2E/%2e", "b", "../."),
            ("localhost", "/b/a+b%2B%20", "b", "a+b+ "), ("localhost", "/", nil, nil),
        ] as [(String, String, String?, String?)]
    )
    func findsBucketAndKey(host: String, path: String, bucket: String?, key: String?) throws {
        let request = try S3Request(IncomingRequest(method: .GET, uri: path, headers: ["Host": host]))
        #expect(request.bucket == bucket)
        #expect(request.key == key.map { ObjectKey($0) })
    }

    @Test(arguments: ["/b/%FF", "/b/" + String(repeating: "k", count: 1_025)])
    func refusesInvalidKeys(path: String) {
        #expect(throws: S3Error.self) {
            try S3Request(IncomingRequest(method: .GET, uri: path, headers: ["Host": "localhost"]))
        }
    }

    @Test(arguments: [
        #"<!DOCTYPE a [<!ENTITY b "c">]><Delete>&b;</Delete>"#, "<Delete>", "", "<Other/>",
        String(repeating: "<Delete>", count: 20) + String(repeating: "</Delete>", count: 20),
        #"<Delete>&b;</Delete>"#,
    ])
    func refusesInvalidAndUnsafeDocuments(text: String) {
        #expect(throws: S3Error.self) { try XMLElement(parsing: ByteBuffer(string: text), root: "Delete") }
    }

    @Test func readsADocument() throws {
        let text = #"<a:Delete xmlns:a="x"><Object><Key> k&amp;&#13;&lt; </Key></Object></a:Delete>"#
        let element = try XMLElement(parsing: ByteBuffer(string: text), root: "Delete")
        #expect(element["Object"]?["Key"]?.text == " k&\r< ")
    }

    @Test func escapesControlCharactersInXML() {
        let document = XMLWriter.document("A", hasNamespace: false) { $0.element("B", "<&>\"\u{1}\r") }
        #expect(String(buffer: document).hasSuffix("<A><B>&lt;&amp;&gt;&quot;&#x1;&#xD;</B></A>"))
    }

    @Test func convertsHTTPDates() {
        #expect(UnixTime(milliseconds: 784_111_777_000).httpDate == "Sun, 06 Nov 1994 08:49:37 GMT")
        #expect(UnixTime(httpDate: "Sun, 06 Nov 1994 08:49:37 GMT") == UnixTime(milliseconds: 784_111_777_000))
        #expect(UnixTime(httpDate: "yesterday") == nil)
    }
}
