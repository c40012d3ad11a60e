import Files

/// The size of an image as it is displayed, in pixels.
public struct ImageSize: Sendable, Hashable {
    public var width: Int
    public var height: Int

    /// Nil if a side is missing, or not from 1 to 1,000,000.
    init?(_ width: Int?, _ height: Int?) {
        guard let width, let height, (1...1_000_000).contains(width), (1...1_000_000).contains(height) else {
            return nil
        }
        self.width = width
        self.height = height
    }

    /// With width and height exchanged.
    private var turned: ImageSize {
        var turned = self
        swap(&turned.width, &turned.height)
        return turned
    }
}

extension ImageSize {
    /// Reads the size from the header of an image. Nil if the format is not supported, the header is damaged, or it does
    /// not end within the sample.
    ///
    /// - Parameter sample: The whole image for WebP, which stores the orientation after the picture. Of other formats only
    ///   the first ``UploadConfirmation/sampleSize`` bytes are read.
    init?(of type: FileType, _ sample: ContentSample) {
        let image = sample
        let sample = sample.part(from: 0, count: UploadConfirmation.sampleSize)
        let size: ImageSize? =
            switch type.fileExtension {
            case "jpg": Self.jpeg(sample)
            case "png": Self.png(sample)
            case "gif":
                ImageSize(
                    sample.number(at: 6, bytes: 2, littleEndian: true),
                    sample.number(at: 8, bytes: 2, littleEndian: true)
                )
            case "webp": Self.webp(image)
            case "avif", "heic": Self.highEfficiency(sample)
            default: nil
            }
        guard let size else { return nil }
        self = size
    }

    /// Reads segments up to the frame header (ITU-T T.81, annex B), and applies the orientation from Exif.
    private static func jpeg(_ sample: ContentSample) -> ImageSize? {
        var offset = 2
        var isTurned = false
        while let marker = sample[offset + 1], sample[offset] == 0xFF {
            switch marker {
            case 0xFF:
                offset += 1
                continue
            case 0x01, 0xD0...0xD8:
                offset += 2
                continue
            case 0xC0...0xC3, 0xC5...0xC7, 0xC9...0xCB, 0xCD...0xCF:
                let size = ImageSize(
                    sample.number(at: offset + 7, bytes: 2),
                    sample.number(at: offset + 5, bytes: 2)
                )
                return isTurned ? size?.turned : size
            case 0xD9, 0xDA:
                return nil
            default:
                guard let length = sample.number(at: offset + 2, bytes: 2), length >= 2 else { return nil }
                let segment = sample.part(from: offset + 4, count: length - 2)
                if marker == 0xE1, segment.has("Exif\0\0") { isTurned = isOnItsSide(segment.part(from: 6)) }
                offset += 2 + length
            }
        }
        return nil
    }

    /// Whether the orientation in the first directory of a TIFF structure exchanges width and height.
    private static func isOnItsSide(_ tiff: ContentSample) -> Bool {
        let isLittle = tiff.has("II")
        guard isLittle || tiff.has("MM"), let start = tiff.number(at: 4, bytes: 4, littleEndian: isLittle),
            let count = tiff.number(at: start, bytes: 2, littleEndian: isLittle)
        else { return false }
        for entry in 0..<min(count, 256) {
            let offset = start + 2 + 12 * entry
            guard let tag = tiff.number(at: offset, bytes: 2, littleEndian: isLittle) else { return false }
            if tag == 0x0112 {
                return tiff.number(at: offset + 8, bytes: 2, littleEndian: isLittle).map { (5...8).contains($0) }
                    ?? false
            }
        }
        return false
    }

    /// The limit for the chunks of a WebP file; in an animation, most of them are frames.
    private static var maximumChunks: Int { 10_000 }

    /// Reads the header, then the chunks up to the one with Exif, if there is one (PNG, third edition).
    private static func png(_ sample: ContentSample) -> ImageSize? {
        guard sample.has("IHDR", at: 12) else { return nil }
        let size = ImageSize(sample.number(at: 16, bytes: 4), sample.number(at: 20, bytes: 4))
        var offset = 8
        while let length = sample.number(at: offset, bytes: 4), offset + 8 < sample.count {
            if sample.has("eXIf", at: offset + 4) {
                return isOnItsSide(sample.part(from: offset + 8, count: length)) ? size?.turned : size
            }
            offset += 12 + length
        }
        return size
    }

    /// https://developers.google.com/speed/webp/docs/riff_container
    private static func webp(_ sample: ContentSample) -> ImageSize? {
        if sample.has("VP8X", at: 12) {
            let less = { (offset: Int) in sample.number(at: offset, bytes: 3, littleEndian: true).map { $0 + 1 } }
            let size = ImageSize(less(24), less(27))
            var offset = 12
            for _ in 0..<maximumChunks {
                guard let length = sample.number(at: offset + 4, bytes: 4, littleEndian: true) else { break }
                if sample.has("EXIF", at: offset) {
                    let exif = sample.part(from: offset + 8, count: length)
                    return isOnItsSide(exif.has("Exif\0\0") ? exif.part(from: 6) : exif) ? size?.turned : size
                }
                offset += 8 + length + length % 2
            }
            return size
        }
        if sample.has("VP8L", at: 12) {
            guard let bits = sample.number(at: 21, bytes: 4, littleEndian: true) else { return nil }
            return ImageSize(bits & 0x3FFF + 1, bits >> 14 & 0x3FFF + 1)
        }
        guard sample.has("VP8 ", at: 12), sample.has([0x9D, 0x01, 0x2A], at: 23) else { return nil }
        let side = { (offset: Int) in sample.number(at: offset, bytes: 2, littleEndian: true).map { $0 & 0x3FFF } }
        return ImageSize(side(26), side(28))
    }

    /// The largest item of a HEIF file (ISO/IEC 23008-12); the smaller ones are tiles and previews.
    private static func highEfficiency(_ sample: ContentSample) -> ImageSize? {
        var largest: ImageSize?
        var offset = 0
        while let found = sample.firstOffset(of: "ispe", from: offset) {
            offset = found + 4
            let size = ImageSize(sample.number(at: offset + 4, bytes: 4), sample.number(at: offset + 8, bytes: 4))
            if let size, size.width * size.height > (largest.map { $0.width * $0.height } ?? 0) { largest = size }
        }
        let turns = sample.firstOffset(of: "irot").flatMap { sample[$0 + 4] } ?? 0
        return turns & 1 == 1 ? largest?.turned : largest
    }
}
