/// The image sequences in the `moov` box of HEIC and AVIF.
extension EditableImage {
    /// Erases the tracks that are not image sequences, such as the sound and video of a motion photo.
    ///
    /// - Returns: Where the data of the sequences are.
    mutating func eraseMovie(in movie: Range<Int>) -> [Range<Int>] {
        for track in boxes(in: movie) where track.type == "trak" && !isImageSequence(track) { erase(track) }
        eraseBoxes(in: movie, of: "moov")
        var data: [Range<Int>] = []
        for track in boxes(in: movie) where track.type == "trak" {
            guard let table = first(["mdia", "minf", "stbl"], in: track.content) else { continue }
            data += samples(in: table)
        }
        return data
    }

    private mutating func isImageSequence(_ track: Box) -> Bool {
        guard let handler = first(["mdia", "hdlr"], in: track.content)?.lowerBound else { return false }
        return has("pict", at: handler + 8) || has("auxv", at: handler + 8)
    }

    /// The content of the first box at a path.
    private mutating func first(_ path: [String], in range: Range<Int>) -> Range<Int>? {
        var range: Range<Int>? = range
        for type in path {
            range = range.flatMap { content in boxes(in: content).first { $0.type == type }?.content }
        }
        return range
    }

    private mutating func samples(in table: Range<Int>) -> [Range<Int>] {
        let boxes = boxes(in: table)
        let content = { (type: String) in boxes.first { $0.type == type }?.content.lowerBound }
        guard let chunks = content("stco") ?? content("co64"), let chunkCount = number(at: chunks + 4, bytes: 4),
            let runs = content("stsc"), let runCount = number(at: runs + 4, bytes: 4)
        else { return [] }
        let sizes = SampleSizes(fixed: content("stsz"), compact: content("stz2"), in: self)
        let width = content("stco") == nil ? 8 : 4
        var (ranges, run, sample) = ([Range<Int>](), 0, 0)
        for chunk in 0..<chunkCount {
            guard step(), let offset = number(at: chunks + 8 + width * chunk, bytes: width) else { break }
            // Each run has its first chunk, counted from 1, and its samples per chunk.
            while run + 1 < runCount, let next = number(at: runs + 8 + 12 * (run + 1), bytes: 4), next <= chunk + 1,
                step()
            {
                run += 1
            }
            guard let count = number(at: runs + 8 + 12 * run + 4, bytes: 4) else { break }
            var length = 0
            for index in 0..<count {
                guard step(), let size = sizes.size(of: sample + index, in: self) else { break }
                length += size
            }
            sample += count
            let start = min(offset, self.count)
            if length > 0 { ranges.append(start..<min(start + length, self.count)) }
        }
        return ranges
    }

    private struct SampleSizes {
        private var table = 0
        private var count = 0
        private var bits = 32
        private var common = 0

        init(fixed: Int?, compact: Int?, in image: EditableImage) {
            if let fixed {
                common = image.number(at: fixed + 4, bytes: 4) ?? 0
                (table, count) = (fixed + 12, image.number(at: fixed + 8, bytes: 4) ?? 0)
            } else if let compact {
                bits = image.number(at: compact + 7, bytes: 1) ?? 0
                (table, count) = (compact + 12, image.number(at: compact + 8, bytes: 4) ?? 0)
            }
        }

        /// In bytes; nil if there is no such sample.
        func size(of sample: Int, in image: EditableImage) -> Int? {
            guard sample < count else { return nil }
            if common > 0 { return common }
            guard bits == 4 else { return image.number(at: table + sample * bits / 8, bytes: bits / 8) }
            return image[table + sample / 2].map { Int(sample % 2 == 0 ? $0 >> 4 : $0 & 15) }
        }
    }
}
