import Glibc
import HTTPListener
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

    private static let policy = RequestPolicy()

    /// Why a request is refused; nil if it can be a runtime's. A request without `Host` can be: browsers always send it.
    static func refusal(of request: HTTPRequestHead) -> String? {
        var headers = request.headers
        if !headers.contains(name: "host") { headers.add(name: "Host", value: "localhost") }
        return switch policy.denial(of: headers, for: .none) {
        case nil: nil
        case .host: "Host is not the host of this API"
        case .page: "Requests of web pages are refused"
        }
    }
}
