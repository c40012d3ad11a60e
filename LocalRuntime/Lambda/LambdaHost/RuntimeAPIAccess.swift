import Glibc
import NIOCore
import NIOHTTP1

/// Decides who may use the Runtime API of a function's process.
///
/// The API has no credentials: on AWS nothing else runs in the function's environment. On this machine other users and
/// programs can reach the port too, and a web page in a browser that the function has started.
enum RuntimeAPIAccess {
    /// Why a connection is refused; nil if it is one of the function's process or of its descendants.
    ///
    /// Descendants have to run as the same user. Where their open files cannot be read, for example because a process is
    /// not dumpable, every process of that user is admitted. Where the kernel does not tell the user, no connection is.
    ///
    /// - Parameter process: The function's process.
    static func refusal(of channel: any Channel, to process: Int32) -> String? {
        guard let peer = PeerSocket(of: channel) else {
            return "neither sock_diag nor /proc/net/tcp tells which user it belongs to"
        }
        return refusal(of: peer, to: ProcessTree(root: process), user: geteuid())
    }

    static func refusal(of peer: PeerSocket, to tree: ProcessTree, user: UInt32) -> String? {
        if peer.isClosed { return "it was closed before it was accepted" }
        if peer.isOpen, tree.rootHolds(socket: peer.inode) == true { return nil }
        guard peer.userID == user else { return "it belongs to user \(peer.userID)" }
        // Some kernels do not tell the inode of a socket.
        guard peer.isOpen else { return nil }
        return tree.possession(ofSocket: peer.inode) == .notHeld ? "it belongs to another process" : nil
    }

    /// Why a request is refused; nil if it can be a runtime's.
    static func refusal(of request: HTTPRequestHead) -> String? {
        for header in request.headers {
            let name = header.name.lowercased()
            if name == "origin" || name.hasPrefix("sec-fetch-") { return "Requests of web pages are refused" }
        }
        let hosts = request.headers["host"]
        guard hosts.count <= 1 else { return "More than one Host header" }
        if let host = hosts.first, !isLocal(host) { return "\(host) is not the host of this API" }
        return nil
    }

    /// Whether a host, with or without a port, is in `AWS_LAMBDA_RUNTIME_API` or is another name for it.
    private static func isLocal(_ host: String) -> Bool {
        let name = host.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).first
        return ["127.0.0.1", "localhost"].contains(name?.lowercased())
    }
}
