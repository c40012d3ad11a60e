import ByteEncodings
import ChildProcesses
import FoundationEssentials
import Glibc

/// A private Redis on a Unix socket that only its owner may use.
struct RedisServer {
    let plan: SupervisedServer.Plan
    let url: String

    init(
        in directory: DataDirectory,
        searchPath: String?
    ) async throws(DataStoreError) {
        let folder = try directory.createFolder("redis")
        let program = try Programs.redis(path: searchPath)
        let socket = "\(directory.socketDirectory)/redis.sock"
        let pidFile = "\(folder)/redis.pid"
        await LeftoverServer.waitForExit(of: "redis-server", pidFile: pidFile, signal: SIGTERM)
        plan = SupervisedServer.Plan(
            name: "Redis",
            child: ChildProcess(
                // Redis gives its files the permissions that its umask leaves.
                executable: "/bin/sh",
                arguments: [
                    "-c", #"umask 077 && exec "$0" "$@""#, program, "--port", "0", "--unixsocket", socket,
                    "--unixsocketperm", "700", "--dir", folder,
                    "--pidfile", pidFile, "--appendonly", "yes", "--appendfsync", "everysec", "--save", "",
                    "--daemonize", "no",
                ],
                environment: ["PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"],
                workingDirectory: folder,
                user: directory.user,
                terminationSignal: .terminate
            ),
            logFile: "\(directory.path)/redis.log",
            isReady: { _ in Self.answers(at: socket) },
            stopSignal: SIGTERM
        )
        url = "unix://\(PercentEncoding.encode(socket, keepingSlashes: true))?db=0"
    }

    /// Whether a server answers PING with PONG. While it loads its data it answers with an error.
    private static func answers(at path: String) -> Bool {
        let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix(107)) }
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
        guard isConnected else { return false }
        var timeout = timeval(tv_sec: 1, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        guard "PING\r\n".withCString({ send(descriptor, $0, 6, CInt(MSG_NOSIGNAL)) }) == 6 else { return false }
        var reply = [UInt8](repeating: 0, count: 5)
        return recv(descriptor, &reply, reply.count, CInt(MSG_WAITALL)) == 5 && reply == Array("+PONG".utf8)
    }
}
