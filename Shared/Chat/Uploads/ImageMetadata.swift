public import Files

/// Erases the metadata of images, which may reveal where, when, by whom and with which device they were made: Exif, XMP,
/// IPTC, comments, previews, videos, and bytes after the end of the image.
///
/// For each format there is a list of the parts that a decoder needs. All other parts are overwritten in place, whether
/// they are known or not: the file keeps its size, no offset changes, and the coded image is untouched. The orientation,
/// which is needed to display the image upright, and the colours of a profile are kept.
public enum ImageMetadata {
    /// The image without its metadata; nil if no metadata is found.
    ///
    /// In a damaged image, everything after the damage is erased.
    ///
    /// - Throws: ``EndlessMetadata`` if erasing would take too long.
    public static func erased(from bytes: [UInt8], of type: FileType) throws(EndlessMetadata) -> [UInt8]? {
        var image = EditableImage(bytes)
        switch type.fileExtension {
        case "jpg": image.eraseJPEG(in: 0..<bytes.count)
        case "png": image.erasePNG()
        case "gif": image.eraseGIF()
        case "webp": image.eraseWebP()
        case "avif", "heic": image.eraseHighEfficiency()
        case "tiff": image.eraseTIFF()
        default: return nil
        }
        guard !image.isExhausted else { throw EndlessMetadata() }
        return image.bytes == bytes ? nil : image.bytes
    }
}

/// An image has so many parts, or refers to the same bytes so often, that erasing its metadata would take too long. No
/// real program writes such images.
public struct EndlessMetadata: Error, Hashable {}

/// The bytes of an image, which can be read and overwritten. Offsets beyond the end are ignored.
struct EditableImage {
    private(set) var bytes: [UInt8]
    /// How many bytes may still be visited or overwritten. Some formats can refer to the same bytes any number of times;
    /// real files do so only a few times.
    private var allowance: Int
    /// How many parts may still be visited: chunks, segments, blocks, entries. Each costs time regardless of its size.
    private var steps = Self.maximumSteps

    /// Where an empty Exif structure is to be written, in HEIC and AVIF.
    var emptyExif: [Int] = []

    /// A GIF of 64 MiB, whose blocks are the smallest of all formats, has 260,000.
    static let maximumSteps = 400_000

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        allowance = 4 * bytes.count + 65_536
    }

    /// Whether the allowance or the steps were used up.
    var isExhausted: Bool { allowance < 0 || steps < 0 }

    /// Uses up a part of the allowance.
    ///
    /// - Returns: Whether the allowance sufficed.
    mutating func spend(_ bytes: Int) -> Bool {
        allowance -= bytes
        return !isExhausted
    }

    /// Uses up one step. Every loop over parts of the image calls it.
    ///
    /// - Returns: Whether the loop may continue.
    mutating func step() -> Bool {
        steps -= 1
        return !isExhausted
    }

    var count: Int { bytes.count }

    subscript(_ offset: Int) -> UInt8? {
        bytes.indices.contains(offset) ? bytes[offset] : nil
    }

    func number(at offset: Int, bytes width: Int, littleEndian: Bool = false) -> Int? {
        guard offset >= 0, offset <= count - width, width <= 8 else { return nil }
        var number: UInt64 = 0
        for index in 0..<width {
            number = number << 8 | UInt64(bytes[littleEndian ? offset + width - 1 - index : offset + index])
        }
        return Int(exactly: number)
    }

    func has(_ text: String, at offset: Int) -> Bool {
        guard offset >= 0, offset <= count else { return false }
        return bytes[offset...].starts(with: text.utf8)
    }

    mutating func erase(_ range: Range<Int>) {
        let range = range.clamped(to: 0..<count)
        guard spend(range.count) else { return }
        for index in range { bytes[index] = 0 }
    }

    /// Erases a range except for the parts of it that are kept.
    mutating func eraseAll(in range: Range<Int>, except kept: [Range<Int>]) {
        var offset = range.lowerBound
        for part in kept.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            let part = part.clamped(to: range)
            if offset < part.lowerBound { erase(offset..<part.lowerBound) }
            offset = max(offset, part.upperBound)
        }
        if offset < range.upperBound { erase(offset..<range.upperBound) }
    }

    mutating func write(_ new: some Sequence<UInt8>, at offset: Int) {
        for (index, byte) in new.enumerated() where bytes.indices.contains(offset + index) {
            bytes[offset + index] = byte
        }
    }

    /// Erases Exif data except for the orientation.
    ///
    /// - Parameter range: The TIFF structure that holds the Exif data.
    /// - Returns: Whether an orientation was kept; otherwise everything is erased.
    mutating func eraseExif(_ range: Range<Int>) -> Bool {
        let orientation = orientation(inExif: range)
        erase(range)
        guard let orientation, range.count >= 26 else { return false }
        let directory: [UInt8] = [0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0]
        write(Array("MM".utf8) + [0, 42, 0, 0, 0, 8] + directory, at: range.lowerBound)
        return true
    }

    /// The orientation, 2 to 8; nil for an upright image, which needs none.
    private func orientation(inExif range: Range<Int>) -> UInt8? {
        let start = range.lowerBound
        let isLittle = has("II", at: start)
        guard isLittle || has("MM", at: start), let first = number(at: start + 4, bytes: 4, littleEndian: isLittle),
            let count = number(at: start + first, bytes: 2, littleEndian: isLittle)
        else { return nil }
        for entry in 0..<min(count, 512) {
            let offset = start + first + 2 + 12 * entry
            guard offset + 12 <= range.upperBound, let tag = number(at: offset, bytes: 2, littleEndian: isLittle) else {
                return nil
            }
            guard tag == 0x0112 else { continue }
            let value = number(at: offset + 8, bytes: 2, littleEndian: isLittle) ?? 1
            return (2...8).contains(value) ? UInt8(value) : nil
        }
        return nil
    }
}

/// The type of a block as a number, which is compared faster than text.
func fourCharacters(_ text: String) -> UInt32 { text.utf8.reduce(0) { $0 << 8 | UInt32($1) } }

extension Range<Int> {
    func dropFirst(_ count: Int) -> Range<Int> { Swift.min(lowerBound + count, upperBound)..<upperBound }
}
