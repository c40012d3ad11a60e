import NIOHTTP1
import ObjectStore

extension S3API {
    /// Allows signed requests everything, and unsigned ones what the bucket or the object allows the public.
    func authorize(_ call: S3Call) throws {
        guard case .anonymous = call.requester else { return }
        let request = call.request
        // A form carries its signature in a field.
        if request.method == .POST, request.key == nil, request.subresource == nil { return }
        guard let name = request.bucket else { throw S3Error.accessDenied }
        guard let bucket = try? store.bucket(name) else {
            _ = try store.bucket(name)
            return
        }
        let access = CannedACL(stored: bucket.settings.access)
        guard request.subresource == nil || request.subresource == "delete" else { throw S3Error.accessDenied }
        // Overriding response headers requires a signature.
        guard !request.query.names.contains(where: { $0.hasPrefix("response-") }) else {
            throw S3Error.invalidRequest("Request specific response headers cannot be used for anonymous GET requests.")
        }
        let isAllowed: Bool
        switch (request.method, request.key) {
        case (.GET, nil), (.HEAD, nil): isAllowed = access.allowsPublicRead
        case (.PUT, .some), (.DELETE, .some), (.POST, nil): isAllowed = access.allowsPublicWrite
        case (.GET, let key?), (.HEAD, let key?):
            do {
                isAllowed = CannedACL(stored: try store.object(key, in: name).access).allowsPublicRead
            } catch {
                // Without the right to list, an absent object looks like a forbidden one.
                guard access.allowsPublicRead else { throw S3Error.accessDenied }
                throw error
            }
        default: isAllowed = false
        }
        guard isAllowed else { throw S3Error.accessDenied }
    }
}
