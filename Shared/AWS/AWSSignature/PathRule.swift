import ByteEncodings

/// How a service encodes the path in the canonical request.
enum PathRule: Sendable {
    /// S3: the decoded path, encoded once. `..` and empty segments are kept, because keys may contain them.
    case encodedOnce
    /// All other services: the path as sent, without dot segments and empty segments, encoded again. SDKs send
    /// `%40connections`, which is signed as `%2540connections`.
    case normalizedAndEncodedTwice

    init(service: String) {
        self =
            service == "s3" || service.hasPrefix("s3-") || service == "s3express"
            ? .encodedOnce : .normalizedAndEncodedTwice
    }

    func append(_ path: String, to output: inout [UInt8]) {
        guard !path.isEmpty else {
            output.append(slash)
            return
        }
        switch self {
        case .encodedOnce:
            PercentEncoding.append(PercentEncoding.decode(path.utf8), to: &output, keepingSlashes: true)
        case .normalizedAndEncodedTwice:
            appendNormalized(path, to: &output)
        }
    }

    private func appendNormalized(_ path: String, to output: inout [UInt8]) {
        var segments: [Substring.UTF8View] = []
        for segment in path.utf8.split(separator: slash) {
            if segment.elementsEqual("..".utf8) {
                _ = segments.popLast()
            } else if !segment.elementsEqual(".".utf8) {
                segments.append(Substring(segment).utf8)
            }
        }
        for segment in segments {
            output.append(slash)
            PercentEncoding.append(segment, to: &output, keepingSlashes: false)
        }
        if segments.isEmpty || endsInSlash(path) { output.append(slash) }
    }

    private func endsInSlash(_ path: String) -> Bool {
        path.hasSuffix("/") || path.hasSuffix("/.") || path.hasSuffix("/..")
    }
}

private let slash = UInt8(ascii: "/")
