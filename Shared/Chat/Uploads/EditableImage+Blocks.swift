/// Formats that are a sequence of blocks, each with its length.
extension EditableImage {
    /// ITU-T T.81, annex B.
    mutating func eraseJPEG() {
        guard self[0] == 0xFF, self[1] == 0xD8 else { return }
        var offset = 2
        while self[offset] == 0xFF, let marker = self[offset + 1], step() {
            switch marker {
            case 0xFF: offset += 1
            case 0x01, 0xD0...0xD8: offset += 2
            case 0xD9:
                // Cameras append previews and videos after the end of the image.
                erase(offset + 2..<count)
                return
            default:
                guard let length = number(at: offset + 2, bytes: 2), length >= 2 else { return }
                eraseSegment(marker, offset + 4..<max(offset + 4, min(offset + 2 + length, count)))
                offset += 2 + length
                if marker == 0xDA { offset = endOfScan(from: offset) }
            }
        }
    }

    private mutating func eraseSegment(_ marker: UInt8, _ payload: Range<Int>) {
        switch marker {
        case 0xE0 where has("JFIF\0", at: payload.lowerBound):
            // The fixed part ends with the width and height of a preview, which follows it.
            guard payload.count > 14 else { return }
            erase(payload.lowerBound + 12..<payload.upperBound)
        case 0xE1 where has("Exif\0\0", at: payload.lowerBound):
            if !eraseExif(min(payload.lowerBound + 6, payload.upperBound)..<payload.upperBound) { erase(payload) }
        case 0xE2 where has("ICC_PROFILE\0", at: payload.lowerBound), 0xEE where has("Adobe", at: payload.lowerBound):
            break
        case 0xE0...0xEF, 0xFE: erase(payload)
        default: break
        }
    }

    /// The first marker after the coded data, in which 0xFF is followed by 0 or belongs to a restart marker.
    private func endOfScan(from start: Int) -> Int {
        // A single pass over the bytes, which costs the same for any content.
        var isAfterMarker = false
        for offset in min(start, count)..<count {
            let byte = bytes[offset]
            switch byte {
            case 0xFF: isAfterMarker = true
            case 0, 0xD0...0xD7: isAfterMarker = false
            default:
                if isAfterMarker { return offset - 1 }
            }
        }
        return count
    }

    /// https://www.w3.org/TR/png-3/
    mutating func erasePNG() {
        guard has("PNG\r\n", at: 1) else { return }
        var offset = 8
        while let length = number(at: offset, bytes: 4), offset + 12 + length <= count, step() {
            let data = offset + 8..<offset + 8 + length
            let type = number(at: offset + 4, bytes: 4).map { UInt32(truncatingIfNeeded: $0) } ?? 0
            let isExif = type == Self.exifChunk
            if isExif || Self.textChunks.contains(type) {
                if !isExif { erase(data) }
                // A private chunk type, which decoders skip.
                if !isExif || !eraseExif(data) { write("voId".utf8, at: offset + 4) }
                let sum = cyclicRedundancyCheck(of: bytes[offset + 4..<data.upperBound])
                write((0..<4).map { UInt8(truncatingIfNeeded: sum >> (24 - 8 * $0)) }, at: data.upperBound)
            }
            let isEnd = type == Self.endChunk
            offset = data.upperBound + 4
            if isEnd { return erase(offset..<count) }
        }
    }

    private static let exifChunk = fourCharacters("eXIf")
    private static let endChunk = fourCharacters("IEND")
    private static let textChunks = ["tEXt", "zTXt", "iTXt", "tIME"].map(fourCharacters)

    /// https://developers.google.com/speed/webp/docs/riff_container
    mutating func eraseWebP() {
        guard has("RIFF", at: 0), has("WEBP", at: 8), let length = number(at: 4, bytes: 4, littleEndian: true) else {
            return
        }
        let end = min(8 + length, count)
        erase(end..<count)
        var (offset, flags) = (12, Int?.none)
        while offset < end, let length = number(at: offset + 4, bytes: 4, littleEndian: true), step() {
            let data = offset + 8..<max(offset + 8, min(offset + 8 + length, end))
            let type = number(at: offset, bytes: 4).map { UInt32(truncatingIfNeeded: $0) } ?? 0
            if type == Self.extendedHeader { flags = data.lowerBound }
            if Self.webPMetadata.contains(type) {
                let isExif = type == Self.webPMetadata[0]
                // Some programs write the prefix that Exif has in JPEG.
                let tiff = has("Exif\0\0", at: data.lowerBound) ? data.lowerBound + 6 : data.lowerBound
                let keepsOrientation = isExif && eraseExif(min(tiff, data.upperBound)..<data.upperBound)
                if !keepsOrientation {
                    erase(data)
                    write("JUNK".utf8, at: offset)
                    if let flags, let old = self[flags] { write([old & ~(isExif ? 0x08 : 0x04)], at: flags) }
                }
            }
            offset = data.upperBound + length % 2
        }
    }

    private static let extendedHeader = fourCharacters("VP8X")
    private static let webPMetadata = ["EXIF", "XMP "].map(fourCharacters)

    /// https://www.w3.org/Graphics/GIF/spec-gif89a.txt
    mutating func eraseGIF() {
        guard has("GIF8", at: 0), let packed = self[10] else { return }
        var offset = 13 + Self.colorTable(packed)
        while let block = self[offset], step() {
            switch (block, self[offset + 1]) {
            case (0x21, 0xFE): offset = skipBlocks(from: offset + 2, erasing: true)
            case (0x21, 0xFF):
                let isNeeded = ["NETSCAPE2.0", "ANIMEXTS1.0", "ICCRGBG1012"].contains { has($0, at: offset + 3) }
                offset = skipBlocks(from: offset + 3 + Int(self[offset + 2] ?? 0), erasing: !isNeeded)
            case (0x21, _): offset = skipBlocks(from: offset + 2, erasing: false)
            case (0x2C, _):
                guard let packed = self[offset + 9] else { return }
                offset = skipBlocks(from: offset + 11 + Self.colorTable(packed), erasing: false)
            case (0x3B, _): return erase(offset + 1..<count)
            default: return
            }
        }
    }

    private static func colorTable(_ packed: UInt8) -> Int {
        packed & 0x80 == 0 ? 0 : 3 << (Int(packed & 7) + 1)
    }

    /// The offset after a sequence of blocks, which ends with an empty block.
    private mutating func skipBlocks(from start: Int, erasing: Bool) -> Int {
        var offset = start
        while let length = self[offset], length > 0, step() {
            if erasing { erase(offset + 1..<offset + 1 + Int(length)) }
            offset += 1 + Int(length)
        }
        return offset + 1
    }
}

/// The type of a block as a number, which is compared faster than text.
private func fourCharacters(_ text: String) -> UInt32 { text.utf8.reduce(0) { $0 << 8 | UInt32($1) } }

/// CRC-32 as in PNG, ZIP and Ethernet.
private func cyclicRedundancyCheck(of bytes: some Sequence<UInt8>) -> UInt32 {
    var register = UInt32.max
    for byte in bytes { register = register >> 8 ^ remainders[Int(UInt8(truncatingIfNeeded: register) ^ byte)] }
    return ~register
}

/// The remainder of each byte.
private let remainders: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { register, _ in register & 1 == 1 ? register >> 1 ^ 0xEDB8_8320 : register >> 1 }
}
