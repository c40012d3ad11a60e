import NIOCore
import Testing

@testable import S3API

/// What a document may contain, and what is refused before it costs time.
struct XMLReaderTests {
    private func read(_ text: String) throws -> XMLElement {
        try XMLElement(parsing: ByteBuffer(string: text), root: "D")
    }

    private func text(_ content: String) throws -> String { try read("<D>\(content)</D>").text }

    @Test(arguments: [
        ("<![CDATA[<a>&amp;]]]]><![CDATA[>]]>", "<a>&amp;]]>"), ("&lt;&gt;&amp;&quot;&apos;", "<>&\"'"),
        ("&#65;&#x42;&#x063;&#x1F600;&#0000068;", "ABc😀D"), ("a<!-- b -->c<!----><!-- <x> & -->d", "acd"),
        ("1\r\n2\r3\n4&#13;\n", "1\n2\n3\n4\r\n"), ("<![CDATA[\r\n\r]]>", "\n\n"), ("]] > ]>", "]] > ]>"),
        (" ü€ ", " ü€ "),
        ("<![CDATA[]]>", ""), ("\u{7F}\u{85}\u{FFFD}", "\u{7F}\u{85}\u{FFFD}"),
    ])
    func decodesText(content: String, expected: String) throws {
        #expect(try Array(text(content).unicodeScalars) == Array(expected.unicodeScalars))
    }

    @Test(arguments: [
        "<D xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><K>a</K></D>", "<D xmlns=''><K >a</K\n></D\t>",
        "<s:D xmlns:s='http://s3.amazonaws.com/doc/2006-03-01/'><s:K>a</s:K></s:D>",
        "<D><K xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"CanonicalUser\">a</K></D>",
        "<D><a xmlns:p='q' p:b='&lt;'/><K xmlns:p='r' p:b='1' b=\"2\">a</K></D>", "<D xml:lang='en'><K>a</K></D>",
        "<?xml version='1.1' standalone=\"yes\" ?>\n<!-- a -->\n<D><K>a</K></D>\n<!-- b -->\n",
    ])
    func readsElementsWithNamespaces(document: String) throws {
        #expect(try read(document)["K"]?.text == "a")
    }

    @Test(arguments: [
        "<?a?>", "<?a b?>", "<?xml?>", "<?xml version=\"1.0\"?>", "<?xml-stylesheet href='a'?>", "<??>", "<? a?>", "<?",
        "<!DOCTYPE D>", "<!doctype D>", "<!ENTITY a 'b'>", "<!ELEMENT D ANY>", "<!", "<!-", "<!-->", "<!--->", "<!-- a",
        "<!-- a -- b -->", "<!-- a --->", "<![CDATA[", "<![CDATA[ ]]", "<![cdata[]]>", "]]>", "a]]>b",
        "<![CDATA[]]>]]>",
        "&a;", "&", "&;", "& ", "&amp", "&amp ;", "&AMP;", "&#;", "&#x;", "&#0;", "&#x1;", "&#-1;", "&#+65;", "&#x+41;",
        "&#xD800;", "&#xFFFE;", "&#x110000;", "&#99999999999999999999;", "&#6 5;", "&#X41;", "&#xG;", "&#65",
        "\u{1}", "\u{B}", "\u{1F}", "\u{FFFE}", "\u{FFFF}", "\0", "<", "< a/>", "<a", "<a/", "<a/ >", "<a//>", "<1a/>",
        "<-a/>", "<.a/>", "<:a/>", "<a:/>", "<a:b:c/>", "<a:b/>", "<é/>", "<a\0/>", "</a>", "</>", "</ a>", "<a></b>",
        "<a><b></a></b>", "<a b/>", "<a b=/>", "<a b=c/>", "<a b='c/>", "<a b='<'/>", "<a b='&c;'/>", "<a b='&'/>",
        "<a b='1'c='2'/>", "<a b='1' b='2'/>", "<a p:b='1'/>", "<a xmlns:p=''/>", "<a xmlns:xmlns='p'/>",
        "<a xmlns:xml='p'/>", "<a xmlns:p='http://www.w3.org/XML/1998/namespace'/>", "<a xmlns:p='q' xmlns:p='r'/>",
        "<a xmlns='p' xmlns='q'/>", "<a xmlns:p='1' xmlns:q='1' p:b='' q:b=''/>", "<a xmlns:p='q'/><p:b/>",
        "<xmlns:a/>", "<p:a xmlns:p='q'></q:a>", "<p:a xmlns:p='q' xmlns:r='q'></r:a>", "</a b='c'>",
    ])
    func refusesMalformedContent(content: String) {
        #expect(throws: S3Error.self) { try text(content) }
        #expect(throws: S3Error.self) { try read(content) }
        #expect(throws: S3Error.self) { try read("<D/>\(content)") }
    }
}

extension XMLReaderTests {
    @Test(arguments: [
        "<?xml?>", "<?xml ?>", "<?xml version?>", "<?xml version=1.0?>", "<?xml version=\"1.0\">",
        "<?xml version=\"2.0\"?>",
        "<?xml encoding=\"UTF-8\"?>", "<?xml version=\"1.0\"encoding=\"UTF-8\"?>", "<?xml version=\"1.0\" a=\"b\"?>",
        "<?xml version=\"1.0\" standalone=\"maybe\"?>", "<?xml version=\"1.0\" standalone=\"no\" encoding=\"UTF-8\"?>",
        "<?xml version=\"1.0\" encoding=\"&#85;TF-8\"?>", "<?XML version=\"1.0\"?>", " <?xml version=\"1.0\"?>",
        "<?xml version=\"1.0\"?><?xml version=\"1.0\"?>", "<?xmlversion=\"1.0\"?>", "\u{FEFF}\u{FEFF}", "a", "&#32;",
        "<![CDATA[ ]]>", "<D/>",
    ])
    func refusesMalformedDeclarations(start: String) {
        #expect(throws: S3Error.self) { try read("\(start)<D/>") }
    }

    /// Each of these took a time that grew with the square of its size, or more memory than its size.
    @Test(arguments: [
        "<D \((0..<20_000).map { "a\($0)='1' " }.joined())/>", "<D \((0..<9).map { "a\($0)='1' " }.joined())/>",
        "<D \((0..<20_000).map { "xmlns:a\($0)='u' " }.joined())/>",
        String(repeating: "<D>", count: 17) + String(repeating: "</D>", count: 17),
        (0..<3).reduce("<D/>") { inner, level in
            "<D \((0..<8).map { "xmlns:a\(level)b\($0)='u' " }.joined())>\(inner)</D>"
        },
    ])
    func refusesMoreThanAnyRequestHas(document: String) {
        #expect(throws: S3Error.self) { try read(document) }
    }

    @Test func readsLongDocuments() throws {
        let count = 150_000
        #expect(try text(String(repeating: "&amp;", count: count)).utf8.count == count)
        #expect(try text(String(repeating: "<![CDATA[]]]]>", count: count)).utf8.count == count * 2)
        #expect(try text(String(repeating: "<!---->a", count: count)).utf8.count == count)
        #expect(try text(String(repeating: "]]", count: count)).utf8.count == count * 2)
        #expect(throws: S3Error.self) { try text(String(repeating: "<", count: count)) }
        #expect(throws: S3Error.self) { try text(String(repeating: "&", count: count)) }
        #expect(throws: S3Error.self) { try text("<!--" + String(repeating: "- ", count: count)) }
        #expect(throws: S3Error.self) { try read("<D a='" + String(repeating: "\"", count: count)) }
        let name = String(repeating: "a", count: count)
        #expect(try read("<D><\(name)></\(name)></D>").children.map(\.name) == [name])
    }

    @Test func trimsValues() throws {
        let element = try read("<D><a> \r\n b c\t</a><e> </e><f/><g>\u{A0}</g></D>")
        #expect(element.value("a") == "b c")
        #expect(element.value("e") == "")
        #expect(element.value("f") == "")
        #expect(element.value("g") == "\u{A0}")
        #expect(element.value("h") == nil)
    }

    private static let document = """
        <?xml version="1.0" encoding="UTF-8"?>\r
        <D xmlns="http://s3.amazonaws.com/doc/2006-03-01/" xmlns:x='y'><Quiet>true</Quiet><!-- c --><Object x:z="&#65;">\
        <Key>a&amp;b</Key><![CDATA[x]]></Object><x:Object><Key>ü</Key></x:Object></D>
        """

    @Test func refusesEveryTruncatedDocument() throws {
        _ = try read(Self.document)
        let bytes = Array(Self.document.utf8)
        for count in bytes.indices {
            #expect(throws: S3Error.self) { try XMLElement(parsing: ByteBuffer(bytes: bytes[..<count]), root: "D") }
        }
    }

    /// What is accepted has to have the same meaning when it is written plainly.
    @Test func readsOrRefusesEveryMutation() throws {
        var random = Seeded(state: 12)
        let pieces = [
            "<", ">", "/", "&", ";", "'", "\"", "?", "!", "-", "[", "]", "=", ":", " ", "\r", "\0", "\u{FFFE}", "é",
            "a", "&#",
            "<a>", "</a>", "<b/>", "<?a?>", "<?xml?>", "<!--", "-->", "<![CDATA[", "]]>", "&amp;", "&#x",
            "xmlns:p='q' ",
            "<x:q/>", "</D>", "<D>", "<!DOCTYPE D>",
        ].map { Array($0.utf8) }
        var acceptedCount = 0
        for _ in 0..<6_000 {
            var bytes = Array(Self.document.utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let start = Int.random(in: 0..<bytes.count, using: &random)
                let end =
                    Bool.random(using: &random)
                    ? start : min(bytes.count, start + Int.random(in: 1...9, using: &random))
                bytes.replaceSubrange(start..<end, with: pieces.randomElement(using: &random) ?? [])
                if Int.random(in: 0..<8, using: &random) == 0, !bytes.isEmpty {
                    bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
                }
            }
            do {
                let element = try XMLElement(parsing: ByteBuffer(bytes: bytes), root: "D")
                #expect(try read(Self.written(element)) == element, "\(String(decoding: bytes, as: UTF8.self))")
                acceptedCount += 1
            } catch {
                #expect((error as? S3Error)?.code == "MalformedXML")
            }
        }
        #expect((100..<6_000).contains(acceptedCount))
    }

    private static func written(_ element: XMLElement) -> String {
        let text = element.text.unicodeScalars.map { "&#\($0.value);" }.joined()
        return "<\(element.name)>\(text)\(element.children.map(written).joined())</\(element.name)>"
    }
}

private struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ (state >> 29)
    }
}
