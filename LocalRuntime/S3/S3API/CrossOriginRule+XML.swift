import EmulatorCore
import HTTPListener
import NIOHTTP1
import ObjectStore

extension CrossOriginRule {
    init(_ element: XMLElement) throws {
        func texts(_ name: String) -> [String] { element.all(name).map(\.text) }
        self.init(
            id: element.value("ID"),
            allowedOrigins: texts("AllowedOrigin"),
            allowedMethods: texts("AllowedMethod"),
            allowedHeaders: texts("AllowedHeader"),
            exposedHeaders: texts("ExposeHeader"),
            maximumAge: element.value("MaxAgeSeconds").flatMap { Int($0) }
        )
        guard !allowedOrigins.isEmpty, !allowedMethods.isEmpty else { throw S3Error.malformedXML }
        for method in allowedMethods where !["GET", "PUT", "POST", "DELETE", "HEAD"].contains(method) {
            throw S3Error.invalidRequest(
                "Found unsupported HTTP method in CORS config. Unsupported method is \(method)"
            )
        }
        for pattern in allowedOrigins + allowedHeaders where pattern.utf8.count(where: { $0 == UInt8(ascii: "*") }) > 1
        {
            throw S3Error.invalidRequest("'\(pattern)' can not have more than one wildcard.")
        }
        let values = exposedHeaders + allowedOrigins
        guard values.allSatisfy({ HTTPHeaders.isWellFormed(name: "x", value: $0) }) else { throw S3Error.malformedXML }
    }
}

extension XMLWriter {
    mutating func write(_ rule: CrossOriginRule) {
        element("CORSRule") { xml in
            xml.element("ID", ifPresent: rule.id)
            for origin in rule.allowedOrigins { xml.element("AllowedOrigin", origin) }
            for method in rule.allowedMethods { xml.element("AllowedMethod", method) }
            for header in rule.allowedHeaders { xml.element("AllowedHeader", header) }
            for header in rule.exposedHeaders { xml.element("ExposeHeader", header) }
            if let age = rule.maximumAge { xml.element("MaxAgeSeconds", age) }
        }
    }
}
