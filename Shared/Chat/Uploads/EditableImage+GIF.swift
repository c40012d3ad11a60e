/// https://www.w3.org/Graphics/GIF/spec-gif89a.txt
extension EditableImage {
    /// Keeps the images, their graphic controls, and the number of times that an animation is repeated.
    mutating func eraseGIF() {
        guard has("GIF8", at: 0), let packed = self[10] else { return }
        var offset = 13 + Self.colorTable(packed)
        var isRepeated = false
        while let block = self[offset], step() {
            switch block {
            case 0x21: offset = eraseExtension(at: offset, &isRepeated)
            case 0x2C:
                guard let packed = self[offset + 9] else {
                    erase(offset..<count)
                    return
                }
                offset = skipBlocks(from: offset + 11 + Self.colorTable(packed), erasing: false)
            case 0x3B: return erase(offset + 1..<count)
            default:
                // Decoders that do not stop here look for the next block.
                erase(offset..<offset + 1)
                offset += 1
            }
        }
    }

    /// - Returns: The offset after the extension.
    private mutating func eraseExtension(at start: Int, _ isRepeated: inout Bool) -> Int {
        switch self[start + 1] {
        case 0xF9 where self[start + 2] == 4 && self[start + 7] == 0: return start + 8
        case 0xFF where !isRepeated && isLoop(at: start):
            isRepeated = true
            return start + 19
        // Comments, plain texts, the data of applications, and unknown extensions.
        default: return skipBlocks(from: start + 2, erasing: true)
        }
    }

    /// Whether the data of an application are a number of repetitions and nothing else.
    private func isLoop(at start: Int) -> Bool {
        let isKnown = ["NETSCAPE2.0", "ANIMEXTS1.0"].contains { has($0, at: start + 3) }
        return isKnown && self[start + 2] == 11 && self[start + 14] == 3 && self[start + 15] == 1
            && self[start + 18] == 0
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
