/// https://developers.google.com/speed/webp/docs/riff_container
extension EditableImage {
    /// Keeps the chunks that decoders need, the colour profile and the orientation. The others become chunks of the type
    /// `JUNK`.
    mutating func eraseWebP() {
        guard has("RIFF", at: 0), has("WEBP", at: 8), let length = number(at: 4, bytes: 4, littleEndian: true) else {
            return
        }
        let end = max(12, min(8 + length, count))
        erase(end..<count)
        let found = eraseWebPChunks(in: 12..<end)
        guard let header = found.header, let flags = self[header] else { return }
        // The flags of a profile, of Exif and of XMP.
        write([flags & ~0x2C | (found.hasProfile ? 0x20 & flags : 0) | (found.hasExif ? 0x08 & flags : 0)], at: header)
    }

    private struct WebPContent {
        /// The offset of the flags in the extended header.
        var header: Int?
        var hasProfile = false
        var hasExif = false
    }

    private mutating func eraseWebPChunks(in range: Range<Int>, isFrame: Bool = false) -> WebPContent {
        var (offset, found) = (range.lowerBound, WebPContent())
        while offset + 8 <= range.upperBound, let length = number(at: offset + 4, bytes: 4, littleEndian: true), step()
        {
            let data = offset + 8..<min(offset + 8 + length, range.upperBound)
            let type = number(at: offset, bytes: 4).map { UInt32(truncatingIfNeeded: $0) } ?? 0
            let isKept: Bool
            switch type {
            case _ where Self.codedWebP.contains(type): isKept = true
            case Self.frame where !isFrame && data.count >= 16:
                _ = eraseWebPChunks(in: data.dropFirst(16), isFrame: true)
                isKept = true
            case Self.extendedHeader where !isFrame && data.count == 10:
                found.header = found.header ?? data.lowerBound
                isKept = true
            case Self.animation where !isFrame: isKept = data.count == 6
            case Self.profile where !isFrame && eraseProfile([data]):
                found.hasProfile = true
                isKept = true
            case Self.exif where !isFrame:
                // Some programs write the prefix that Exif has in JPEG.
                let tiff = has("Exif\0\0", at: data.lowerBound) ? 6 : 0
                isKept = eraseExif(data.dropFirst(tiff))
                found.hasExif = found.hasExif || isKept
            default: isKept = false
            }
            if !isKept {
                erase(data)
                write("JUNK".utf8, at: offset)
            }
            offset = data.upperBound
            if length % 2 == 1, offset < range.upperBound {
                erase(offset..<offset + 1)
                offset += 1
            }
        }
        erase(offset..<range.upperBound)
        return found
    }

    private static let codedWebP = ["VP8 ", "VP8L", "ALPH"].map(fourCharacters)
    private static let extendedHeader = fourCharacters("VP8X")
    private static let animation = fourCharacters("ANIM")
    private static let frame = fourCharacters("ANMF")
    private static let profile = fourCharacters("ICCP")
    private static let exif = fourCharacters("EXIF")
}
