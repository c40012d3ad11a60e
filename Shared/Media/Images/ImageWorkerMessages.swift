import BlockingIO

/// A request to a worker, in the layout of `struct Request` in `resize.h`. Both processes have the same byte order.
struct ImageWorkerRequest {
    let bytes: [UInt8]

    init(_ variant: ImageVariant, length: Int, until deadline: Deadline) {
        let fit: UInt8 =
            switch variant.fit {
            case .cover: 0
            case .contain: 1
            case .inside: 2
            case .fill: 3
            }
        // The worker terminates itself shortly after the caller has stopped waiting.
        let seconds = deadline.remaining.components.seconds + 2
        bytes =
            Self.word(variant.width ?? 0) + Self.word(variant.height ?? 0)
            + [fit, variant.format.rawValue, UInt8(clamping: variant.quality), variant.enlarges ? 1 : 0]
            + Self.word(Int(seconds)) + Self.word(length)
    }

    private static func word(_ number: Int) -> [UInt8] {
        let word = UInt32(clamping: number).littleEndian
        return (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
    }
}

/// The header of a worker's reply. The image follows, or the reason for a failure.
struct ImageWorkerReply {
    /// In bytes.
    static let size = 16

    private let status: UInt32
    private let width: Int
    private let height: Int
    private let length: Int
    /// The largest reply, in bytes: more than any format needs for the largest variant.
    static let largestContent = 64 << 20

    init(_ bytes: [UInt8]) {
        let word = { (index: Int) in
            bytes[index * 4..<index * 4 + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        }
        status = word(0)
        width = Int(word(1))
        height = Int(word(2))
        length = Int(word(3))
    }

    /// The length of what follows. A worker is not trusted: it may announce any.
    func acceptedLength() throws(ImageError) -> Int {
        guard length <= Self.largestContent else { throw ImageError(.unreadable, "a reply of \(length) bytes") }
        return length
    }

    func result(with content: [UInt8]) throws(ImageError) -> ResizedImage {
        let reason = { String(decoding: content, as: UTF8.self).split(separator: "\n").joined(separator: "; ") }
        switch status {
        case 0: return ResizedImage(bytes: content, width: width, height: height)
        case 1: throw ImageError(.unreadable, reason())
        case 2: throw ImageError(.tooLarge, reason())
        case 4: throw ImageError(.variantTooLarge, reason())
        default: throw ImageError(.unavailable, reason())
        }
    }
}
