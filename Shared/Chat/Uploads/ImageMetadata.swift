public import Files

/// What an image says about where, when, by whom and with what it was made: Exif, XMP, IPTC, comments, previews, and
/// whatever stands behind its end.
///
/// It is overwritten where it stands. The file keeps its size, no offset in it changes, and its picture stays as it is,
/// bit by bit; the orientation, without which it would lie on its side, and color profiles stay as well.
public enum ImageMetadata {
    /// The image without its metadata; nil if it has none, or none that can be found.
    ///
    /// Of an image that is damaged, what comes before the damage is overwritten.
    /// - Throws: ``EndlessMetadata``.
    public static func erased(from bytes: [UInt8], of type: FileType) throws(EndlessMetadata) -> [UInt8]? {
        var image = EditableImage(bytes)
        switch type.fileExtension {
        case "jpg": image.eraseJPEG()
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

/// An image refers to the same bytes again and again: no program writes such, and to follow it all would take for ever.
public struct EndlessMetadata: Error, Hashable {}

/// The bytes of an image, read and overwritten without ever leaving them.
struct EditableImage {
    private(set) var bytes: [UInt8]
    /// Bytes that may still be gone through or overwritten. Formats that refer to places in the file can name each of
    /// them any number of times; no file needs more than a few.
    private var allowance: Int

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        allowance = 4 * bytes.count + 65_536
    }

    /// Whether there was more to do than may be done.
    var isExhausted: Bool { allowance < 0 }

    /// Takes account of work.
    /// - Returns: Whether it may be done.
    mutating func spend(_ bytes: Int) -> Bool {
        allowance -= bytes
        return !isExhausted
    }

    var count: Int { bytes.count }

    subscript(_ offset: Int) -> UInt8? {
        bytes.indices.contains(offset) ? bytes[offset] : nil
    }

    func number(at offset: Int, bytes width: Int, littleEndian: Bool = false) -> Int? {
        guard offset >= 0, offset <= count - width, width <= 8 else { return nil }
        let digits = bytes[offset..<offset + width]
        let number = (littleEndian ? Array(digits.reversed()) : Array(digits)).reduce(UInt64(0)) {
            $0 << 8 | UInt64($1)
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

    mutating func write(_ new: some Sequence<UInt8>, at offset: Int) {
        for (index, byte) in new.enumerated() where bytes.indices.contains(offset + index) {
            bytes[offset + index] = byte
        }
    }

    /// Leaves of Exif nothing but the orientation.
    ///
    /// - Parameter range: The TIFF file that Exif is.
    /// - Returns: Whether there is an orientation; otherwise everything is overwritten.
    mutating func eraseExif(_ range: Range<Int>) -> Bool {
        let orientation = orientation(inExif: range)
        erase(range)
        guard let orientation, range.count >= 26 else { return false }
        let directory: [UInt8] = [0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0]
        write(Array("MM".utf8) + [0, 42, 0, 0, 0, 8] + directory, at: range.lowerBound)
        return true
    }

    /// 2 to 8; nil for 1, which is upright and goes without saying.
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
