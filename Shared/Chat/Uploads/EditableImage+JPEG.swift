/// ITU-T T.81, annex B.
extension EditableImage {
    /// Keeps the tables, headers and coded data of the image, its colour profile and its orientation.
    ///
    /// - Parameter range: The image, which may be a part of another file.
    mutating func eraseJPEG(in range: Range<Int>) {
        guard self[range.lowerBound] == 0xFF, self[range.lowerBound + 1] == 0xD8 else { return }
        var profile: [Range<Int>] = []
        var offset = range.lowerBound + 2
        while let marker = nextMarker(from: &offset, before: range.upperBound), step() {
            switch marker {
            case 0x01, 0xD0...0xD8: offset += 2
            case 0xD9:
                // Cameras append previews and videos after the end of the image.
                erase(offset + 2..<range.upperBound)
                offset = range.upperBound
            default:
                guard let length = number(at: offset + 2, bytes: 2), length >= 2 else {
                    // The next segment cannot be found.
                    erase(offset + 2..<max(offset + 2, range.upperBound))
                    offset = range.upperBound
                    break
                }
                let payload = offset + 4..<max(offset + 4, min(offset + 2 + length, range.upperBound))
                let isWhole = offset + 2 + length <= range.upperBound
                if marker == 0xE2, has("ICC_PROFILE\0", at: payload.lowerBound), isWhole {
                    profile.append(payload)
                } else {
                    eraseSegment(isWhole ? marker : 0xFE, payload)
                }
                offset += 2 + length
                if marker == 0xDA { offset = endOfScan(from: offset, before: range.upperBound) }
            }
        }
        eraseProfileSegments(profile)
    }

    /// Decoders skip bytes before a marker. These are erased, except for fill bytes.
    private mutating func nextMarker(from offset: inout Int, before end: Int) -> UInt8? {
        while offset < end, step() {
            if self[offset] != 0xFF {
                erase(offset..<offset + 1)
            } else if offset + 1 < end, let marker = self[offset + 1], marker != 0, marker != 0xFF {
                return marker
            }
            offset += 1
        }
        return nil
    }

    private mutating func eraseSegment(_ marker: UInt8, _ payload: Range<Int>) {
        switch marker {
        case 0xE0 where has("JFIF\0", at: payload.lowerBound):
            // The fixed part ends with the width and height of a preview, which follows it.
            erase(min(payload.lowerBound + 12, payload.upperBound)..<payload.upperBound)
        case 0xE1 where has("Exif\0\0", at: payload.lowerBound):
            if !eraseExif(min(payload.lowerBound + 6, payload.upperBound)..<payload.upperBound) { erase(payload) }
        case 0xEE where has("Adobe", at: payload.lowerBound) && payload.count >= 12:
            erase(payload.lowerBound + 12..<payload.upperBound)
        // Frames, Huffman and quantization tables, scans, restart intervals, numbers of lines, hierarchical headers.
        case 0xC0...0xC7, 0xC9...0xCF, 0xDA...0xDF: break
        default: erase(payload)
        }
    }

    /// Each segment has its number, which starts at 1, and the number of segments.
    private mutating func eraseProfileSegments(_ segments: [Range<Int>]) {
        let sorted = segments.sorted { (self[$0.lowerBound + 12] ?? 0) < (self[$1.lowerBound + 12] ?? 0) }
        let isWhole = sorted.enumerated().allSatisfy { index, payload in
            payload.count > 14 && self[payload.lowerBound + 12].map { Int($0) } == index + 1
                && self[payload.lowerBound + 13].map { Int($0) } == sorted.count
        }
        if isWhole, eraseProfile(sorted.map { $0.lowerBound + 14..<$0.upperBound }) { return }
        for payload in segments { erase(payload) }
    }

    /// The first marker after the coded data, in which 0xFF is followed by 0 or belongs to a restart marker.
    private func endOfScan(from start: Int, before end: Int) -> Int {
        // A single pass over the bytes, which costs the same for any content.
        var isAfterMarker = false
        for offset in min(start, end)..<end {
            let byte = bytes[offset]
            switch byte {
            case 0xFF: isAfterMarker = true
            case 0, 0xD0...0xD7: isAfterMarker = false
            default:
                if isAfterMarker { return offset - 1 }
            }
        }
        return end
    }
}
