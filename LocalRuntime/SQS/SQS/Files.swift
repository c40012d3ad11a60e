import FoundationEssentials
import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif
/// NIO has a type of the same name.
typealias SystemFile = FileDescriptor

/// What swift-system does not have.
enum Files {
    /// Puts a file in the place of another, at once.
    static func rename(_ source: FilePath, to target: FilePath) throws {
        let result = source.withPlatformString { source in
            target.withPlatformString { target in renameFile(source, target) }
        }
        guard result == 0 else { throw Errno(rawValue: errno) }
    }

    static func remove(_ path: FilePath) {
        _ = path.withPlatformString { unlink($0) }
    }

    /// Names in a folder, which is made if it is not there.
    static func names(in folder: FilePath) throws -> [String] {
        try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
        return try FileManager.default.contentsOfDirectory(atPath: folder.string).sorted()
    }
}

private func renameFile(_ source: UnsafePointer<CChar>, _ target: UnsafePointer<CChar>) -> CInt {
    rename(source, target)
}
