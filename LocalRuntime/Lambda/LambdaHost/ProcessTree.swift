import Glibc

/// A process with its descendants and the rest of its process group, as `/proc` lists them.
struct ProcessTree: Sendable {
    enum Possession: Sendable, Hashable {
        case held
        case notHeld
        /// The open files of a process cannot be read, or `/proc` is not mounted.
        case unknown
    }

    let root: Int32

    /// Whether the first process itself has the socket open; nil if its files cannot be read.
    func rootHolds(socket inode: UInt32) -> Bool? { Self.holds(socket: inode, root) }

    /// Whether one of the processes has the socket open.
    func possession(ofSocket inode: UInt32) -> Possession {
        var isComplete = true
        for member in [root] + descendants {
            guard let holds = Self.holds(socket: inode, member) else {
                isComplete = false
                continue
            }
            if holds { return .held }
        }
        return isComplete && Self.isMounted ? .notHeld : .unknown
    }

    /// The other processes of the tree.
    var descendants: [Int32] {
        var parents: [Int32: Int32] = [:]
        var members: Set<Int32> = [root]
        var ended: Set<Int32> = []
        for process in (Self.entries(of: "/proc") ?? []).compactMap({ Int32($0) }) {
            guard let status = Self.status(of: process) else { continue }
            parents[process] = status.parent
            if status.hasEnded { ended.insert(process) }
            if status.group == root { members.insert(process) }
        }
        for process in parents.keys {
            var path = [process]
            while let last = path.last, !members.contains(last), let parent = parents[last], path.count < 1_000 {
                path.append(parent)
            }
            if let last = path.last, members.contains(last) { members.formUnion(path) }
        }
        return members.subtracting(ended).subtracting([root]).sorted()
    }

    // MARK: /proc

    private static var isMounted: Bool { access("/proc/self/fd", R_OK) == 0 }

    private static func holds(socket inode: UInt32, _ process: Int32) -> Bool? {
        let folder = "/proc/\(process)/fd"
        guard let files = entries(of: folder) else { return errno == ENOENT || errno == ESRCH ? false : nil }
        let link = Array("socket:[\(inode)]".utf8CString.dropLast())
        var target = [CChar](repeating: 0, count: 64)
        return files.contains { file in
            readlink("\(folder)/\(file)", &target, target.count) == link.count && target.starts(with: link)
        }
    }

    private static func status(of process: Int32) -> (parent: Int32, group: Int32, hasEnded: Bool)? {
        guard let text = KernelText.firstLine(of: "/proc/\(process)/stat") else { return nil }
        // The name of the program, in parentheses, may contain anything.
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[end...].split(separator: " ")
        guard fields.count > 3, let parent = Int32(fields[2]), let group = Int32(fields[3]) else { return nil }
        // A zombie has no files, and they cannot be read.
        return (parent, group, fields[1] == "Z" || fields[1] == "X")
    }

    /// Nil if the folder cannot be read; `errno` then says why.
    private static func entries(of folder: String) -> [String]? {
        guard let directory = opendir(folder) else { return nil }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) { name in
                    name.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
            )
        }
        return names
    }
}
