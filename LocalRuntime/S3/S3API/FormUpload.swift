import FormData
import HTTPListener
import NIOCore
import NIOHTTP1

/// Reads a form: first its fields, then the file.
struct FormUpload {
    struct File: Sendable {
        var name: String?
        var contentType: String?
    }

    private let body: RequestBodyStream
    private var parser: FormDataParser
    private var events: ArraySlice<FormDataParser.Event> = []

    init(_ request: S3Request, _ body: RequestBodyStream) throws {
        let type = request.header("content-type") ?? ""
        guard type.lowercased().hasPrefix("multipart/form-data") else {
            throw S3Error(
                .preconditionFailed,
                "PreconditionFailed",
                "At least one of the pre-conditions you specified did not hold"
            ).with("Condition", "Bucket POST must be of the enclosure-type multipart/form-data")
        }
        self.body = body
        parser = try FormDataParser(contentType: type)
    }

    mutating func readFields() async throws -> (fields: [(name: String, value: String)], file: File) {
        var fields: [(name: String, value: String)] = []
        while let event = try await next() {
            switch event {
            case .field(let name, let value): fields.append((name, value))
            case .file(let name, let type): return (fields, File(name: name, contentType: type))
            case .bytes, .end: break
            }
        }
        throw FormDataError(.withoutFile, message: "POST requires exactly one file upload per request.")
    }

    /// The next bytes of the file; nil at its end.
    mutating func readFile() async throws -> ByteBuffer? {
        while let event = try await next() {
            switch event {
            case .bytes(let bytes): return bytes
            case .end:
                // Fields after the file are ignored, but the form has to be complete.
                while try await next() != nil {}
                return nil
            case .field, .file: break
            }
        }
        return nil
    }

    private mutating func next() async throws -> FormDataParser.Event? {
        while events.isEmpty {
            guard let bytes = try await body.read() else {
                try parser.finish()
                return nil
            }
            events = try parser.parse(bytes)[...]
        }
        return events.popFirst()
    }
}
