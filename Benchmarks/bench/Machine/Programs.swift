import Foundation
import Subprocess
import SystemPackage

/// Runs a program and returns its output. Throws if it fails.
func output(
    of program: String,
    _ arguments: [String],
    environment: [Environment.Key: String?] = [:],
    input: String = ""
) async throws -> String {
    let result = try await Subprocess.run(
        program.contains("/") ? .path(FilePath(program)) : .name(program),
        arguments: Arguments(arguments),
        environment: .inherit.updating(environment),
        input: .string(input),
        output: .string(limit: 1 << 20),
        error: .string(limit: 1 << 20)
    )
    guard result.terminationStatus.isSuccess else {
        throw Failure("\(program) failed: \(result.standardError)")
    }
    return result.standardOutput.trimmingCharacters(in: .whitespacesAndNewlines)
}

/// Runs a server while `body` runs. The server must print a line with "Listening on http://HOST:PORT/".
func withServer(
    _ program: String,
    _ arguments: [String],
    environment: [Environment.Key: String?] = [:],
    log: String,
    _ body: (Address) async throws -> Void
) async throws {
    let file = try FileDescriptor.open(
        FilePath(log),
        .writeOnly,
        options: [.create, .truncate],
        permissions: .ownerReadWrite
    )
    var options = PlatformOptions()
    options.teardownSequence = [.gracefulShutDown(allowedDurationToNextStep: .seconds(10))]
    let teardown = options.teardownSequence
    _ = try await Subprocess.run(
        .path(FilePath(program)),
        arguments: Arguments(arguments),
        environment: .inherit.updating(environment),
        platformOptions: options,
        input: .none,
        output: .fileDescriptor(file, closeAfterSpawningProcess: true),
        error: .combinedWithOutput
    ) { execution in
        do {
            try await body(try await address(in: log))
            await execution.teardown(using: teardown)
        } catch {
            await execution.teardown(using: teardown)
            let lines = ((try? String(contentsOfFile: log, encoding: .utf8)) ?? "").split(separator: "\n").suffix(10)
            throw Failure("\(error)\n" + lines.map { "    \($0)" }.joined(separator: "\n"))
        }
    }
}

private func address(in log: String) async throws -> Address {
    for _ in 0..<1200 {
        let text = try String(contentsOfFile: log, encoding: .utf8)
        if let match = text.firstMatch(of: /Listening on http:\/\/([^:]+):([0-9]+)\//), let port = Int(match.2) {
            return Address(host: String(match.1), port: port)
        }
        try await Task.sleep(for: .milliseconds(50))
    }
    throw Failure("The server did not start within a minute.")
}
