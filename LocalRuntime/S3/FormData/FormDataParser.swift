public import NIOCore

/// Parses a form that uploads a file, `multipart/form-data`, as its bytes arrive. Fields are returned whole, the file in
/// pieces.
///
/// Fields after the file are ignored, as in S3.
///
/// https://www.rfc-editor.org/rfc/rfc7578
public struct FormDataParser: Sendable {
    public enum Event: Sendable, Hashable {
        case field(name: String, value: String)
        /// The file begins. `contentType` is from the header of the file's part.
        case file(fileName: String?, contentType: String?)
        /// Bytes of the file, at least one.
        case bytes(ByteBuffer)
        /// The file is complete.
        case end
    }

    private enum State {
        /// Before the first boundary; bytes are ignored.
        case preamble
        /// After a boundary, before its two hyphens or its line break.
        case boundary
        case headers
        case field(name: String)
        case file
        case epilogue
    }

    private let delimiter: [UInt8]
    private let fileField: String
    private let fieldsLimit: Int
    private var state = State.preamble
    private var fieldBytes = 0
    /// Bytes that have not been parsed. A line break comes first because the first boundary has none before it, unlike
    /// the others.
    private var pending = ByteBuffer(string: "\r\n")

    /// - Parameters:
    ///   - contentType: The request's header `Content-Type`.
    ///   - fileField: The name of the field that holds the file.
    ///   - fieldsLimit: The maximum size in bytes of all fields before the file, with their headers; 20 KB in S3.
    public init(contentType: String, fileField: String = "file", fieldsLimit: Int = 20_480) throws(FormDataError) {
        let parameters = HeaderParameters(contentType)
        guard parameters.value == "multipart/form-data", let boundary = parameters["boundary"],
            (1...256).contains(boundary.utf8.count)
        else {
            throw FormDataError(.malformed, message: "The content type has to be multipart/form-data with a boundary.")
        }
        delimiter = Array("\r\n--\(boundary)".utf8)
        self.fileField = fileField.lowercased()
        self.fieldsLimit = fieldsLimit
    }

    /// Parses the next bytes of the body.
    public mutating func parse(_ bytes: ByteBuffer) throws(FormDataError) -> [Event] {
        if pending.readableBytes == 0 {
            pending = bytes
        } else {
            pending.writeImmutableBuffer(bytes)
        }
        var events: [Event] = []
        while try step(&events) {}
        return events
    }

    /// Has to be called at the end of the body.
    ///
    /// - Throws: If the form is not complete.
    public func finish() throws(FormDataError) {
        guard case .epilogue = state else {
            throw FormDataError(.incomplete, message: "The form ends before its last boundary.")
        }
    }

    /// Parses one more element; false if that needs more bytes.
    private mutating func step(_ events: inout [Event]) throws(FormDataError) -> Bool {
        switch state {
        case .preamble:
            let (_, isAtBoundary) = takeUpToDelimiter()
            guard isAtBoundary else { return false }
            state = .boundary
            return true
        case .boundary: return try takeEndOfBoundary()
        case .headers: return try takeHeaders(&events)
        case .field(let name):
            guard let position = find(delimiter) else {
                try count(0)
                return false
            }
            let bytes = pending.readSlice(length: position) ?? ByteBuffer()
            pending.moveReaderIndex(forwardBy: delimiter.count)
            try count(bytes.readableBytes)
            events.append(.field(name: name, value: try text(bytes)))
            state = .boundary
            return true
        case .file:
            let (bytes, isAtBoundary) = takeUpToDelimiter()
            if bytes.readableBytes > 0 { events.append(.bytes(bytes)) }
            guard isAtBoundary else { return false }
            events.append(.end)
            state = .epilogue
            return true
        case .epilogue:
            pending.clear()
            return false
        }
    }

    private mutating func takeEndOfBoundary() throws(FormDataError) -> Bool {
        guard let line = find(Array("\r\n".utf8)) else {
            if pending.readableBytesView.starts(with: Array("--".utf8)) { throw withoutFile }
            guard pending.readableBytes < 256 else { throw malformed }
            return false
        }
        let rest = pending.readSlice(length: line) ?? ByteBuffer()
        if rest.readableBytesView.starts(with: Array("--".utf8)) { throw withoutFile }
        guard rest.readableBytesView.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }) else {
            throw malformed
        }
        // The line break stays in the buffer, because it ends the headers of a part that has none.
        state = .headers
        return true
    }

    private mutating func takeHeaders(_ events: inout [Event]) throws(FormDataError) -> Bool {
        guard let end = find(Array("\r\n\r\n".utf8)) else {
            try count(0)
            return false
        }
        let lines = try text(pending.readSlice(length: end) ?? ByteBuffer())
        pending.moveReaderIndex(forwardBy: 4)
        try count(end + 4)
        var headers: [String: String] = [:]
        for line in lines.split(separator: "\r\n") {
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { throw malformed }
            headers[parts[0].lowercased()] = parts[1].trimmed
        }
        let disposition = HeaderParameters(headers["content-disposition"] ?? "")
        guard disposition.value == "form-data", let name = disposition["name"] else { throw malformed }
        if name.lowercased() == fileField {
            state = .file
            events.append(.file(fileName: disposition["filename"], contentType: headers["content-type"]))
        } else {
            state = .field(name: name)
        }
        return true
    }

    /// Adds to the size of the fields, and throws if they exceed the limit together with the bytes not parsed yet.
    private mutating func count(_ bytes: Int) throws(FormDataError) {
        fieldBytes += bytes
        guard fieldBytes + (bytes == 0 ? pending.readableBytes : 0) <= fieldsLimit + delimiter.count else {
            throw FormDataError(
                .fieldsTooLarge,
                message: "Your POST request fields preceding the upload file were too large."
            )
        }
    }

    private func text(_ bytes: ByteBuffer) throws(FormDataError) -> String {
        guard let text = String(validating: bytes.readableBytesView, as: UTF8.self) else { throw malformed }
        return text
    }

    /// The position of a text, relative to the first byte not parsed; nil if it is not there.
    private func find(_ text: [UInt8]) -> Int? {
        switch scan(text) {
        case .found(let position): position
        case .absent: nil
        }
    }

    /// Takes the bytes before the next delimiter, or before what may be the start of one.
    private mutating func takeUpToDelimiter() -> (bytes: ByteBuffer, isAtBoundary: Bool) {
        switch scan(delimiter) {
        case .found(let position):
            let bytes = pending.readSlice(length: position) ?? ByteBuffer()
            pending.moveReaderIndex(forwardBy: delimiter.count)
            return (bytes, true)
        case .absent(let beginning):
            let bytes = pending.readSlice(length: beginning) ?? ByteBuffer()
            return (bytes, false)
        }
    }

    private enum Scan {
        case found(Int)
        /// The bytes from there on may be the start of the text.
        case absent(beginningAt: Int)
    }

    private func scan(_ text: [UInt8]) -> Scan {
        unsafe pending.withUnsafeReadableBytes { bytes in
            let first = text[0]
            var index = 0
            while index < bytes.count {
                if unsafe bytes[index] == first {
                    let length = min(text.count, bytes.count - index)
                    var matched = 1
                    while matched < length, unsafe bytes[index + matched] == text[matched] { matched += 1 }
                    if matched == text.count { return .found(index) }
                    if index + matched == bytes.count { return .absent(beginningAt: index) }
                }
                index += 1
            }
            return .absent(beginningAt: bytes.count)
        }
    }

    private var malformed: FormDataError {
        FormDataError(
            .malformed,
            message: "The body of your POST request is not well-formed multipart/form-data."
        )
    }

    private var withoutFile: FormDataError {
        FormDataError(.withoutFile, message: "POST requires exactly one file upload per request.")
    }
}

extension Substring {
    /// The text without spaces and tabs at both ends.
    var trimmed: String {
        var rest = drop { $0 == " " || $0 == "\t" }
        while rest.last == " " || rest.last == "\t" { rest.removeLast() }
        return String(rest)
    }
}
