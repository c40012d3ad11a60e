import EmulatorCore
import NIOCore
import NIOHTTP1

/// A canned access control list. One account owns everything, so only public access matters.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl
struct CannedACL: Sendable, Hashable {
    let name: String

    static let `private` = CannedACL(name: "private")

    private static let known: Set<String> = [
        "private", "public-read", "public-read-write", "authenticated-read", "bucket-owner-read",
        "bucket-owner-full-control", "aws-exec-read", "log-delivery-write",
    ]

    private init(name: String) { self.name = name }

    /// - Parameter name: As stored with a bucket or an object; nil for `private`.
    init(stored name: String?) { self.name = name ?? Self.private.name }

    /// - Throws: If there is no canned list of that name.
    init(named name: String) throws {
        guard Self.known.contains(name) else {
            throw S3Error.invalidArgument("", "x-amz-acl", name)
        }
        self.name = name
    }

    /// Reads `x-amz-acl`. Grants to single accounts are not emulated.
    init(_ headers: HTTPHeaders, default: CannedACL) throws {
        if headers.contains(where: { $0.name.lowercased().hasPrefix("x-amz-grant-") }) {
            throw S3Error.notImplemented("A grant to other accounts")
        }
        if let name = headers.first(name: "x-amz-acl") { try self.init(named: name) } else { self = `default` }
    }

    var allowsPublicRead: Bool { name == "public-read" || name == "public-read-write" }
    var allowsPublicWrite: Bool { name == "public-read-write" }

    func document() -> ByteBuffer {
        XMLWriter.document("AccessControlPolicy") { xml in
            xml.owner()
            xml.element("AccessControlList") { xml in
                Self.grant("FULL_CONTROL", type: "CanonicalUser", to: &xml) { xml in
                    xml.element("ID", Owner.id)
                    xml.element("DisplayName", Owner.displayName)
                }
                let allUsers = "http://acs.amazonaws.com/groups/global/AllUsers"
                if allowsPublicRead {
                    Self.grant("READ", type: "Group", to: &xml) { $0.element("URI", allUsers) }
                }
                if allowsPublicWrite {
                    Self.grant("WRITE", type: "Group", to: &xml) { $0.element("URI", allUsers) }
                }
                if name == "authenticated-read" {
                    Self.grant("READ", type: "Group", to: &xml) { xml in
                        xml.element("URI", "http://acs.amazonaws.com/groups/global/AuthenticatedUsers")
                    }
                }
            }
        }
    }

    private static func grant(
        _ permission: String,
        type: String,
        to xml: inout XMLWriter,
        _ grantee: (inout XMLWriter) -> Void
    ) {
        xml.element("Grant") { xml in
            let attributes = #"xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="\#(type)""#
            xml.element("Grantee", attributes: attributes, grantee)
            xml.element("Permission", permission)
        }
    }
}
