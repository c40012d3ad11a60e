import Glibc

/// Reads what the kernel tells in text files.
enum KernelText {
    /// The first line of a file below `/proc`, of which at most 511 bytes are read; nil if the file cannot be read.
    static func firstLine(of path: String) -> String? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 512)
        guard fgets(&line, CInt(line.count), file) != nil else { return nil }
        return String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
