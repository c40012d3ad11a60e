import AWSSignature
import Testing

extension SignableRequest {
    /// Parses a raw HTTP request.
    init(parsing text: String) throws {
        let head = try #require(text.firstRange(of: "\r\n\r\n"))
        let lines = text[..<head.lowerBound].split(separator: "\r\n")
        let requestLine = lines[0].split(separator: " ")
        self.init(
            method: String(requestLine[0]),
            target: String(requestLine[1]),
            headers: lines.dropFirst().map { line in
                let colon = line.firstIndex(of: ":") ?? line.endIndex
                return (String(line[..<colon]), String(line[colon...].dropFirst().drop { $0 == " " }))
            },
            payload: PayloadHash(of: Array(text[head.upperBound...].utf8))
        )
    }
}
