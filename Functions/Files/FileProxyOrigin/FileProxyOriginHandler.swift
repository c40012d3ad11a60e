import BlockingIO
import FileCredentials
import Files
import FoundationEssentials
import Images
import ObjectStorage

/// Serves a file to a client with its credential, and images in other sizes and formats too.
struct FileProxyOriginHandler<Resizer: ImageResizing>: LambdaHandler {
    /// The largest body of a response, in bytes. In base64 it is close to the 6 MB that Lambda accepts; clients are
    /// redirected to anything larger.
    /// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    static var largestBody: Int { 4 << 20 }

    let verifier: FileCredentialVerifier
    let objects: any Objects
    let presigner: ObjectPresigner
    let resizer: Resizer
    let filesBucket: String
    let variantsBucket: String
    var now: @Sendable () -> Date = { .now }

    func handle(_ event: HTTPEvent, context: LambdaContext) async throws -> HTTPResponse {
        guard let file = event.pathParameters?["fileId"].flatMap({ FileID(rawValue: $0) }) else {
            throw ChatError(.invalidRequest, "`fileId` must be the id of a file.")
        }
        let expiry = try expiry(of: event, for: file, logger: context.logger)
        let variant = try ImageVariant(event, for: file)
        let request = FileRequest(event, file: file, variant: variant, expiry: expiry, now: now)

        do {
            let original = ObjectAddress(bucket: filesBucket, key: file.description)
            guard let metadata = try await objects.head(original) else {
                throw ChatError(.notFound, "There is no such file.")
            }
            guard let variant else { return try await serve(original, metadata, for: request) }

            do {
                return try await serve(variant, of: original, metadata, for: request, context: context)
            } catch let error as ImageError where error.code == .variantTooLarge && request.isNegotiated {
                // The format that the client accepts second.
                guard let fallback = try ImageVariant(event, for: file, canBeAVIF: false), fallback != variant else {
                    throw error
                }
                let request = request.replacing(variant: fallback)
                return try await serve(fallback, of: original, metadata, for: request, context: context)
            }
        } catch let error as ImageError {
            throw error.chatError
        } catch let error as ObjectStorageError {
            throw ChatError(
                error.code == .unavailable ? .unavailable : .badGateway,
                "The file is not available at the moment; try again.",
                underlying: error
            )
        }
    }

    /// When the access ends. The credential is verified here too, for requests that bypass API Gateway's authorizer.
    private func expiry(of event: HTTPEvent, for file: FileID, logger: Logger) throws -> Date {
        do {
            return try verifier.verify(event.queryStringParameters?["s"], for: file, at: now())
        } catch {
            logger.info("File credential refused", metadata: ["file": "\(file)", "error": "\(error)"])
            throw ChatError(.unauthorized, "Use the file's URL before it expires.", underlying: error)
        }
    }

    // MARK: Original files

    private func serve(
        _ original: ObjectAddress,
        _ metadata: ObjectMetadata,
        for request: FileRequest
    ) async throws -> HTTPResponse {
        let type = request.file.type
        guard type.kind == .image, metadata.size <= Self.largestBody else {
            // A presigned URL is valid for one method, and clients follow a redirect of HEAD with HEAD.
            guard !request.isHead else {
                if request.has(etag: metadata.etag) { return request.notModified(etag: metadata.etag) }
                return request.headResponse(contentType: type.contentType, size: metadata.size, etag: metadata.etag)
            }
            return redirect(request, to: original, contentType: type.contentType)
        }
        if request.has(etag: metadata.etag) { return request.notModified(etag: metadata.etag) }
        guard let object = try await objects.get(original, limit: Self.largestBody) else {
            throw ChatError(.notFound, "There is no such file.")
        }
        return request.response(object.bytes, contentType: type.contentType, etag: object.metadata.etag)
    }

    private func redirect(_ request: FileRequest, to object: ObjectAddress, contentType: String) -> HTTPResponse {
        let (fetch, cache) = request.redirectLifetimes
        let url = presigner.get(
            object,
            lifetime: fetch,
            responseHeaders: [
                ("cache-control", "private, max-age=\(cache)"),
                ("content-disposition", request.contentDisposition), ("content-type", contentType),
            ],
            at: now()
        )
        return request.redirect(to: url, lifetime: fetch)
    }

    // MARK: Variants

    private func serve(
        _ variant: ImageVariant,
        of original: ObjectAddress,
        _ metadata: ObjectMetadata,
        for request: FileRequest,
        context: LambdaContext
    ) async throws -> HTTPResponse {
        let etag = "\(metadata.etag)/\(variant.name)"
        if request.has(etag: etag) { return request.notModified(etag: etag) }
        let variants = StoredVariants(objects: objects, bucket: variantsBucket, of: request.file, metadata)
        let address = variants.address(of: variant.name)
        if let stored = try await storedVariant(request, variant.format, etag: etag, at: address) { return stored }

        let usage = try await variants.usage()
        switch usage.failure(of: variant) {
        case nil where usage.hasRoom(ofImageWith: metadata.size): break
        // Beyond the limits, clients get the file itself and resize it.
        case nil, .noRoom: return try await serve(original, metadata, for: request.replacing(variant: nil))
        case let failure?: throw ImageError(failure)
        }
        let image: ResizedImage
        do {
            image = try await make(variant, of: original, metadata, context: context)
        } catch let error as ImageError {
            context.logger.notice(
                "Image could not be resized",
                metadata: ["object": "\(original.key)", "error": "\(error)"]
            )
            if let failure = StoredVariants.Failure(error.code) {
                await variants.remember(failure, of: variant, usage)
            }
            throw error
        }
        guard usage.hasRoom(for: Int64(image.bytes.count), ofImageWith: metadata.size) else {
            await variants.remember(.noRoom, of: variant, usage)
            return try await serve(original, metadata, for: request.replacing(variant: nil))
        }
        let isStored = try await store(image, variant.format, at: address, logger: context.logger)
        let isOverLimits =
            isStored ? try await variants.deleteIfOverLimits(address, ofImageWith: metadata.size) : false
        guard image.bytes.count > Self.largestBody else {
            return request.response(image.bytes, contentType: variant.format.contentType, etag: etag)
        }
        guard !isOverLimits else { return try await serve(original, metadata, for: request.replacing(variant: nil)) }
        guard !request.isHead else {
            return request.headResponse(
                contentType: variant.format.contentType,
                size: Int64(image.bytes.count),
                etag: etag
            )
        }
        return redirect(request, to: address, contentType: variant.format.contentType)
    }

    /// The response with a stored variant, or nil.
    private func storedVariant(
        _ request: FileRequest,
        _ format: ImageFormat,
        etag: String,
        at address: ObjectAddress
    ) async throws -> HTTPResponse? {
        do throws(ObjectStorageError) {
            guard let stored = try await objects.get(address, limit: Self.largestBody) else { return nil }
            return request.response(stored.bytes, contentType: format.contentType, etag: etag)
        } catch {
            guard error.code == .tooLarge else { throw error }
            guard !request.isHead else {
                let size = try await objects.head(address)?.size
                return request.headResponse(contentType: format.contentType, size: size, etag: etag)
            }
            return redirect(request, to: address, contentType: format.contentType)
        }
    }

    private func make(
        _ variant: ImageVariant,
        of original: ObjectAddress,
        _ metadata: ObjectMetadata,
        context: LambdaContext
    ) async throws -> ResizedImage {
        guard metadata.size <= ImageResizer.largestInput else { throw ImageError(.tooLarge, "\(metadata.size) bytes") }
        guard let object = try await objects.get(original, limit: ImageResizer.largestInput) else {
            throw ChatError(.notFound, "There is no such file.")
        }
        // The variant is stored under the ETag that was read first.
        guard object.metadata.etag == metadata.etag else {
            throw ChatError(.unavailable, "The file is being replaced; try again.")
        }
        return try await resizer.resize(object.bytes, to: variant, until: Deadline(after: timeLimit(in: context)))
    }

    /// The invocation's remaining time, without two seconds for storing and answering; 1 to 20 seconds.
    private func timeLimit(in context: LambdaContext) -> Duration {
        let left = Double(context.deadline) / 1_000 - now().timeIntervalSince1970 - 2
        return .seconds(min(max(left, 1), 20))
    }

    /// Stores a variant. Returns false if that failed and the variant can be served nevertheless.
    private func store(
        _ image: ResizedImage,
        _ format: ImageFormat,
        at address: ObjectAddress,
        logger: Logger
    ) async throws -> Bool {
        do {
            try await objects.put(image.bytes, contentType: format.contentType, at: address)
            return true
        } catch {
            // The next request makes it again. A large variant, however, can only be served from the bucket.
            guard image.bytes.count <= Self.largestBody else { throw error }
            logger.warning("Variant could not be stored", metadata: ["object": "\(address.key)", "error": "\(error)"])
            return false
        }
    }
}

extension StoredVariants.Failure {
    /// Nil for an error that is not the image's.
    fileprivate init?(_ code: ImageError.Code) {
        switch code {
        case .tooLarge: self = .tooLarge
        case .variantTooLarge: self = .variantTooLarge
        case .unreadable: self = .unreadable
        case .timedOut: self = .timedOut
        default: return nil
        }
    }
}

extension ImageError {
    /// The error of an earlier attempt.
    fileprivate init(_ failure: StoredVariants.Failure) {
        let code: Code =
            switch failure {
            case .tooLarge: .tooLarge
            case .variantTooLarge: .variantTooLarge
            default: .unreadable
            }
        self.init(code, "an earlier attempt failed: \(failure)")
    }

    fileprivate var chatError: ChatError {
        switch code {
        case .tooLarge: ChatError(.tooLarge, "The image is too large to be resized.", underlying: self)
        case .variantTooLarge:
            ChatError(.tooLarge, "The image cannot be made in this size and format; use another.", underlying: self)
        case .unreadable: ChatError(.unreadable, "The file is not an image that can be resized.", underlying: self)
        default: ChatError(.unavailable, "The image cannot be resized at the moment; try again.", underlying: self)
        }
    }
}

/// Makes variants of images; a protocol, so that unit tests need no image library.
protocol ImageResizing: Sendable {
    func resize(
        _ image: [UInt8],
        to variant: ImageVariant,
        until deadline: Deadline
    ) async throws(ImageError) -> ResizedImage
}

extension ImageResizer: ImageResizing {}
