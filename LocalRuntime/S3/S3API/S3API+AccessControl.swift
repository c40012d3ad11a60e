import EmulatorCore
import HTTPListener
import NIOCore
import NIOHTTP1
import ObjectStore

extension S3API {
    func accessControl(_ call: S3Call) async throws -> OutgoingResponse {
        let (request, bucket) = (call.request, try call.request.requireBucket())
        let current =
            if let key = request.key {
                CannedACL(stored: try store.object(key, in: bucket).access)
            } else {
                CannedACL(stored: try store.bucket(bucket).settings.access)
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

    /// Reads the header, or a document whose grants are those of a canned list.
    private func requestedAccess(_ call: S3Call) async throws -> CannedACL {
        if call.request.headers.contains(name: "x-amz-acl") {
            return try CannedACL(call.request.headers, default: .private)
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
        case ["READ"]: return try CannedACL(named: "public-read")
        case ["READ", "WRITE"]: return try CannedACL(named: "public-read-write")
        default: throw S3Error.notImplemented("A list of such grants")
        }
    }
}
