import HTTPListener
import NIOCore
import NIOHTTP1
import ObjectStore

/// An access control list in one word. Everything belongs to one account, so that only what a list grants to everybody
/// matters.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl
struct CannedAccess: Sendable, Hashable {
    let name: String

    static let `private` = CannedAccess(name: "private")

    private static let known: Set<String> = [
        "private", "public-read", "public-read-write", "authenticated-read", "bucket-owner-read",
        "bucket-owner-full-control", "aws-exec-read", "log-delivery-write",
    ]

    private init(name: String) { self.name = name }

    /// What was stored.
    init(stored name: String?) { self.name = name ?? Self.private.name }

    init(named name: String) throws {
        guard Self.known.contains(name) else {
            throw S3Error.invalidArgument("", "x-amz-acl", name)
        }
        self.name = name
    }

    /// Reads `x-amz-acl`; grants to single accounts are not emulated.
    init(_ headers: HTTPHeaders, default: CannedAccess) throws {
        if headers.contains(where: { $0.name.lowercased().hasPrefix("x-amz-grant-") }) {
            throw S3Error.notImplemented("A grant to other accounts")
        }
        if let name = headers.first(name: "x-amz-acl") { try self.init(named: name) } else { self = `default` }
    }

    var letsEverybodyRead: Bool { name == "public-read" || name == "public-read-write" }
    var letsEverybodyWrite: Bool { name == "public-read-write" }

    func document() -> ByteBuffer {
        XMLWriter.document("AccessControlPolicy") { xml in
            Owner.write(to: &xml)
            xml.element("AccessControlList") { xml in
                Self.grant("FULL_CONTROL", type: "CanonicalUser", to: &xml) { xml in
                    xml.element("ID", Owner.id)
                    xml.element("DisplayName", Owner.displayName)
                }
                let everybody = "http://acs.amazonaws.com/groups/global/AllUsers"
                if letsEverybodyRead {
                    Self.grant("READ", type: "Group", to: &xml) { $0.element("URI", everybody) }
                }
                if letsEverybodyWrite {
                    Self.grant("WRITE", type: "Group", to: &xml) { $0.element("URI", everybody) }
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

extension S3API {
    /// Lets signed requests do everything, and others what the bucket or the object grants to everybody.
    func authorize(_ call: S3Call) throws {
        guard case .anonymous = call.caller else { return }
        let request = call.request
        // Forms are signed in a field of their own.
        if request.method == .POST, request.key == nil, request.subresource == nil { return }
        guard let name = request.bucket else { throw S3Error.accessDenied }
        guard let bucket = try? store.bucket(name) else {
            _ = try store.bucket(name)
            return
        }
        let access = CannedAccess(stored: bucket.settings.access)
        guard request.subresource == nil || request.subresource == "delete" else { throw S3Error.accessDenied }
        // What needs an owner, such as changing how an object is answered, is not for everybody.
        guard !request.query.names.contains(where: { $0.hasPrefix("response-") }) else {
            throw S3Error.invalidRequest("Request specific response headers cannot be used for anonymous GET requests.")
        }
        let isAllowed: Bool
        switch (request.method, request.key) {
        case (.GET, nil), (.HEAD, nil): isAllowed = access.letsEverybodyRead
        case (.PUT, .some), (.DELETE, .some), (.POST, nil): isAllowed = access.letsEverybodyWrite
        case (.GET, let key?), (.HEAD, let key?):
            do {
                isAllowed = CannedAccess(stored: try store.object(key, in: name).access).letsEverybodyRead
            } catch {
                // Who may not list may not know either.
                guard access.letsEverybodyRead else { throw S3Error.accessDenied }
                throw error
            }
        default: isAllowed = false
        }
        guard isAllowed else { throw S3Error.accessDenied }
    }

    func accessControl(_ call: S3Call) async throws -> OutgoingResponse {
        let (request, bucket) = (call.request, try call.request.requireBucket())
        let current =
            if let key = request.key {
                CannedAccess(stored: try store.object(key, in: bucket).access)
            } else {
                CannedAccess(stored: try store.bucket(bucket).settings.access)
            }
        switch request.method {
        case .GET: return .xml(current.document())
        case .PUT:
            let access = try await requestedAccess(call)
            if let key = request.key {
                try await store.setAccess(access.name, of: key, in: bucket)
            } else {
                try await store.updateSettings(of: bucket) { $0.access = access.name }
            }
            return .empty()
        default: throw S3Error.methodNotAllowed
        }
    }

    /// From the header or from a list that comes to the same as a canned one.
    private func requestedAccess(_ call: S3Call) async throws -> CannedAccess {
        if call.request.headers.contains(name: "x-amz-acl") {
            return try CannedAccess(call.request.headers, default: .private)
        }
        let document = try await call.document("AccessControlPolicy")
        guard let list = document["AccessControlList"] else { throw S3Error.malformedXML }
        var granted: Set<String> = []
        for grant in list.all("Grant") {
            guard let grantee = grant["Grantee"], let permission = grant.value("Permission") else {
                throw S3Error.malformedXML
            }
            if let group = grantee.value("URI") {
                guard group.hasSuffix("/AllUsers") else { throw S3Error.notImplemented("A grant to that group") }
                granted.insert(permission)
            } else if grantee.value("ID") != Owner.id {
                throw S3Error.notImplemented("A grant to other accounts")
            }
        }
        switch granted {
        case []: return .private
        case ["READ"]: return try CannedAccess(named: "public-read")
        case ["READ", "WRITE"]: return try CannedAccess(named: "public-read-write")
        default: throw S3Error.notImplemented("A list of such grants")
        }
    }
}
