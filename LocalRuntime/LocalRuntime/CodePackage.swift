import ChildProcesses
import EmulatorCore
import Foundation
import SAMTemplate

/// A function's `.zip` file, which is unpacked in the data directory at start, as Lambda unpacks it.
struct CodePackage {
    let file: URL
    /// The folder with the unpacked files.
    let folder: URL

    /// - Parameter code: What `CodeUri` names.
    /// - Returns: Nil if that is not a `.zip` file, or if packages are not used.
    init?(_ function: FunctionResource, at code: URL, _ options: RunCommand) {
        guard options.bundles == nil, function.codeProblem == nil, code.pathExtension.lowercased() == "zip" else {
            return nil
        }
        file = code
        folder = options.dataDirectory.appendingPathComponent("packages")
            .appendingPathComponent(function.logicalID, isDirectory: true)
    }

    /// Unpacks the packages of a template's functions.
    ///
    /// - Throws: ``StartFailure`` if one does not exist, is not safe to unpack, or is larger than Lambda allows.
    static func unpackAll(of application: Application, _ options: RunCommand, watchdog: Watchdog) async throws {
        let root = options.templateFile.deletingLastPathComponent()
        for function in application.functions {
            guard let uri = function.codeURI else { continue }
            let code = URL(fileURLWithPath: uri, relativeTo: root).standardizedFileURL
            guard let package = CodePackage(function, at: code, options) else { continue }
            try package.check("\(function.logicalID): \(uri)")
            try await package.unpack(watchdog)
        }
    }

    /// - Parameter name: What errors call the file.
    private func check(_ name: String) throws(StartFailure) {
        do throws(ZipDirectoryError) {
            try ZipDirectory(contentsOf: file).check()
        } catch {
            throw StartFailure("\(name) \(error.reason)")
        }
    }

    /// The sizes in the directory of the file can be wrong, so the unpacked bytes are counted before any is written.
    /// Its parameters are the program, its options for the standard output and for files, and the file.
    private static let script = """
        size=$(timeout 60 "$0" "$1" "$3" | head -c \(ZipDirectory.sizeLimit + 1) | wc -c)
        [ "$size" -le \(ZipDirectory.sizeLimit) ] || exit 1
        exec timeout 60 "$0" "$2" "$3"
        """

    // An asynchronous function that throws a typed error crashes the optimizer of Swift 6.3.1 here.
    private func unpack(_ watchdog: Watchdog) async throws {
        let programs = ["/usr/bin/unzip", "/usr/bin/bsdtar"]
        guard let program = programs.first(where: { FileManager.default.isExecutableFile(atPath: $0) }) else {
            throw StartFailure("\(file.path) cannot be unpacked: install unzip, or let CodeUri name a folder.")
        }
        do {
            try? FileManager.default.removeItem(at: folder)
            try FileManager.default.createDirectory(
                at: folder,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
            let isUnzip = program.hasSuffix("unzip")
            let child = ChildProcess(
                executable: "/bin/sh",
                arguments: ["-c", Self.script, program] + (isUnzip ? ["-qqp", "-qqo"] : ["-xOf", "-xf"]) + [file.path],
                environment: ["PATH": "/usr/local/bin:/usr/bin:/bin"],
                workingDirectory: folder.path
            )
            let output = open("/dev/null", O_WRONLY | O_CLOEXEC)
            guard try await child.run(output: output, watchdog: watchdog, started: { _ in }) == .code(0) else {
                throw StartFailure("\(file.path) cannot be unpacked: \(program) failed, or it has more than 250 MB.")
            }
        } catch let failure as StartFailure {
            throw failure
        } catch {
            throw StartFailure("\(file.path) cannot be unpacked: \(error)")
        }
    }
}
