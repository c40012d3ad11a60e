import Foundation
import FoundationXML
import NIOCore

/// An element of a document that a client sent.
struct XMLElement: Sendable {
    /// Without a namespace prefix.
    var name: String
    var children: [XMLElement] = []
    /// The element's own text, with white space.
    var text = ""

    /// Parses a document in UTF-8. Document types, entity declarations and other encodings are refused.
    ///
    /// - Parameter root: The required name of the outermost element.
    init(parsing bytes: ByteBuffer, root: String) throws {
        // In another encoding, a document type would look different.
        guard let document = XMLDocumentText(bytes.readableBytesView),
            document.text.utf8.firstRange(of: "<!DOCTYPE".utf8) == nil
        else { throw S3Error.malformedXML }
        let builder = TreeBuilder()
        let parser = XMLParser(data: Data(document.text.utf8))
        parser.shouldProcessNamespaces = true
        parser.shouldResolveExternalEntities = false
        parser.delegate = builder
        guard parser.parse(), !builder.isRefused, let element = builder.root, element.name == root else {
            throw S3Error.malformedXML
        }
        self = element
    }

    fileprivate init(name: String) { self.name = name }

    func all(_ name: String) -> [XMLElement] { children.filter { $0.name == name } }

    subscript(name: String) -> XMLElement? { children.first { $0.name == name } }

    /// The text of a child element, without white space around it; nil if there is no such child.
    func value(_ name: String) -> String? { self[name]?.text.trimmingCharacters(in: .whitespacesAndNewlines) }
}

private final class TreeBuilder: NSObject, XMLParserDelegate {
    /// The documents of S3 have at most five levels.
    private static let maximumDepth = 16
    /// An upload of 10,000 parts has up to eight elements for each.
    private static let maximumElements = 100_000

    private var elementCount = 0
    private(set) var root: XMLElement?
    private(set) var isRefused = false
    private var open: [XMLElement] = []

    func parser(
        _ parser: XMLParser,
        didStartElement elementName: String,
        namespaceURI: String?,
        qualifiedName qName: String?,
        attributes attributeDict: [String: String]
    ) {
        elementCount += 1
        guard !isRefused, open.count < Self.maximumDepth, elementCount <= Self.maximumElements else {
            return refuse(parser)
        }
        open.append(XMLElement(name: elementName))
    }

    func parser(
        _ parser: XMLParser,
        didEndElement elementName: String,
        namespaceURI: String?,
        qualifiedName qName: String?
    ) {
        guard let element = open.popLast() else { return }
        if open.isEmpty { root = element } else { open[open.count - 1].children.append(element) }
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) {
        guard !open.isEmpty else { return }
        open[open.count - 1].text += string
    }

    func parser(_ parser: XMLParser, foundCDATA CDATABlock: Data) {
        guard !open.isEmpty else { return }
        open[open.count - 1].text += String(decoding: CDATABlock, as: UTF8.self)
    }

    func parser(_ parser: XMLParser, foundInternalEntityDeclarationWithName name: String, value: String?) {
        refuse(parser)
    }

    private func refuse(_ parser: XMLParser) {
        isRefused = true
        parser.abortParsing()
    }
}
