import AWSSignature
import FileCredentials
import Files
import FoundationEssentials
import Images
import ObjectStorage
import TestSupport
import Testing

@testable import FileProxyOrigin

struct FileProxyOriginTests {
    private let buckets = StubBuckets()
    private let resizer = StubResizer()
    private let handler: FileProxyOriginHandler<StubResizer>

    init() throws {
        let service = try ObjectService(
            credentials: Credentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: "secret"),
            region: "us-east-1",
            endpoint: nil
        )
        handler = FileProxyOriginHandler(
            verifier: FileCredentialVerifier(try .test),
            objects: buckets,
            presigner: ObjectPresigner(service: service),
            resizer: resizer,
            filesBucket: "files",
            variantsBucket: "variants",
            now: { moment }
        )
        buckets["files", "\(photo)"] = Array(repeating: 1, count: 100)
        buckets["files", "\(video)"] = Array(repeating: 2, count: 100)
    }

    private func handle(
        _ method: String = "GET",
        _ file: String = "\(photo)",
        credential: String? = nil,
        query: [String: String] = [:],
        headers: [String: String] = [:]
    ) async throws -> HTTPResponse {
        var query = query
        query["s"] = try credential ?? FileID(file).map { try .credential(for: $0) }
        var event = HTTPEvent.request(
            "\(method) /files/{fileId}",
            from: nil,
            path: ["fileId": file],
            query: query
        )
        event.headers = headers
        return try await handler.handle(event, context: .test)
    }

    // MARK: Credentials

    @Test func readsNothingWithoutTheCredentialForTheFile() async throws {
        let other = try String.credential(for: video)
        let late = try String.credential(for: photo, at: moment - 100_000)
        for credential in ["", other, late, "a.b.c", try String.credential(for: photo) + "A"] {
            await expectRefusal(.unauthorized) { _ = try await handle(credential: credential, query: ["width": "10"]) }
        }
        for id in ["x", "", "\(photo).jpg", "../\(photo)", "\(photo)".uppercased()] {
            await expectRefusal(.invalidRequest) {
                _ = try await handle("GET", id, credential: .credential(for: photo))
            }
        }
        #expect(buckets.log.isEmpty)
        #expect(resizer.variants.isEmpty)
    }

    // MARK: Original files

    @Test func servesAnImage() async throws {
        let response = try await handle()
        #expect(response.statusCode == 200)
        #expect(response.isBase64Encoded == true)
        #expect(response.body == Data(repeating: 1, count: 100).base64EncodedString())
        #expect(
            response.headers == [
                "content-type": "image/jpeg", "etag": "\"e100\"", "x-content-type-options": "nosniff",
                "content-disposition": "inline; filename=\"\(photo)\"",
                "content-security-policy": "default-src 'none'; sandbox",
                "cache-control": "public, max-age=3870, immutable",
            ]
        )
    }

    @Test(arguments: ["\"e100\"", "W/\"e100\"", "\"x\", \"e100\"", "*"])
    func answersNotModifiedForAKnownTag(tags: String) async throws {
        let response = try await handle(headers: ["if-none-match": tags])
        #expect(response.statusCode == 304)
        #expect(response.body == nil)
        #expect(response.headers?["etag"] == "\"e100\"")
        #expect(buckets.log == ["head files/\(photo)"])
    }

    @Test func servesAnImageThatChanged() async throws {
        for tags in ["\"e10\"", "e100", "\"e1000\""] {
            #expect(try await handle(headers: ["if-none-match": tags]).statusCode == 200)
        }
    }

    @Test func answersHEADLikeGETOrItsRedirectTarget() async throws {
        #expect(try await handle("HEAD") == handle("GET"))

        let response = try await handle("HEAD", "\(video)")
        #expect(response.statusCode == 200)
        #expect(response.body == nil)
        #expect(response.headers?["content-type"] == "video/mp4")
        #expect(response.headers?["content-length"] == "100")
        #expect(response.headers?["etag"] == "\"e100\"")
        #expect(response.headers?["content-disposition"] == "inline; filename=\"\(video)\"")
        #expect(try await handle("HEAD", "\(video)", headers: ["if-none-match": "\"e100\""]).statusCode == 304)
    }

    @Test func redirectsToLargeImagesAndOtherFiles() async throws {
        buckets["files", "\(photo)"] = Array(repeating: 1, count: 4 << 20 + 1)
        for (file, left) in [(photo, 3870), (video, 1003)] {
            let response = try await handle("GET", "\(file)")
            #expect(response.statusCode == 302)
            #expect(response.body == nil)
            let location = try #require(response.headers?["location"])
            #expect(location.hasPrefix("https://files.s3.us-east-1.amazonaws.com/\(file)?"))
            #expect(location.contains("X-Amz-Expires=300&"))
            // Even if it is fetched at the last moment, it is not cached beyond the credential's expiry.
            #expect(location.contains("response-cache-control=private%2C%20max-age%3D\(left - 300)&"))
            #expect(location.contains("response-content-disposition=inline%3B%20filename%3D%22\(file)%22"))
            #expect(response.headers?["cache-control"] == "private, max-age=150")
        }
        #expect(!buckets.log.contains { $0.hasPrefix("get") })
    }

    @Test(arguments: ["zip", "docx", "json", "csv", "bin", "rtf"])
    func tellsBrowsersToSaveOtherTypes(fileExtension: String) async throws {
        let file = FileID(uuid: photo.uuid, type: try #require(FileType(fileExtension: fileExtension)))
        buckets["files", "\(file)"] = [1]
        let location = try #require(try await handle("GET", "\(file)").headers?["location"])
        #expect(location.contains("response-content-disposition=attachment%3B"))
    }

    @Test func answersNotFoundForAMissingFile() async throws {
        buckets["files", "\(photo)"] = nil
        await expectRefusal(.notFound) { _ = try await handle() }
        await expectRefusal(.notFound) { _ = try await handle(query: ["width": "10"]) }
    }

    @Test func distinguishesFailuresOfTheObjectStorage() async throws {
        buckets.fail(with: ObjectStorageError(.unavailable, "secret"))
        await expectRefusal(.unavailable) { _ = try await handle() }
        buckets.fail(with: ObjectStorageError(.refused, "secret"))
        await expectRefusal(.badGateway) { _ = try await handle() }
    }

    // MARK: Variants

    @Test func makesAVariantOnce() async throws {
        let first = try await handle(query: ["width": "200", "height": "100", "format": "webp"])
        #expect(first.statusCode == 200)
        #expect(first.body == Data(repeating: 7, count: 3).base64EncodedString())
        #expect(first.headers?["content-type"] == "image/webp")
        #expect(first.headers?["etag"] == "\"e100/w200-h100-cover-q80.webp\"")
        #expect(first.headers?["content-disposition"]?.hasSuffix(".webp\"") == true)
        let key = "\(photo)/e100/w200-h100-cover-q80.webp"
        #expect(buckets["variants", key] == [7, 7, 7])

        #expect(try await handle(query: ["height": "100", "width": "0200", "format": "webp", "fit": "cover"]) == first)
        #expect(resizer.variants == [ImageVariant(width: 200, height: 100, format: .webp)])
        #expect(
            buckets.log == [
                "head files/\(photo)", "get variants/\(key)", "list variants/\(photo)/e100/", "get files/\(photo)",
                "put variants/\(key)", "list variants/\(photo)/e100/",
                "head files/\(photo)", "get variants/\(key)",
            ]
        )
    }

    @Test func answersNotModifiedForAKnownVariantWithoutReadingIt() async throws {
        let response = try await handle(
            query: ["width": "200"],
            headers: ["if-none-match": "\"e100/w200-q80.jpg\""]
        )
        #expect(response.statusCode == 304)
        #expect(buckets.log == ["head files/\(photo)"])
    }

    @Test(arguments: [
        (["width": "10"], "w10-q80.jpg"), (["height": "10"], "h10-q80.jpg"), (["quality": "5"], "q30.jpg"),
        (["width": "10", "dpr": "2"], "w20-q80.jpg"), (["width": "10", "dpr": "1.55"], "w16-q80.jpg"),
        (["width": "4000", "dpr": "3"], "w4096-q80.jpg"),
        (["width": "3000", "height": "1000", "dpr": "2"], "w4096-h1440-cover-q80.jpg"),
        (["format": "png", "quality": "5"], "whole.png"),
        (["format": "avif"], "q55.avif"), (["fit": "fill"], "q80.jpg"),
        (["width": "10", "fit": "fill"], "w10-q80.jpg"), (["enlarge": "true"], "q80.jpg"),
        (["width": "10", "height": "9", "fit": "inside", "enlarge": "true"], "w10-h10-inside-enlarge-q80.jpg"),
        // The ladder of sizes and qualities.
        (["width": "1"], "w10-q80.jpg"), (["width": "11"], "w16-q80.jpg"), (["width": "201"], "w240-q80.jpg"),
        (["width": "4095", "height": "3841"], "w4096-h4096-cover-q80.jpg"), (["quality": "100"], "q90.jpg"),
        (["quality": "65"], "q70.jpg"), (["quality": "64"], "q60.jpg"), (["quality": "57"], "q55.jpg"),
        (["width": "4096", "height": "2048", "enlarge": "true", "format": "png"], "w1024-h512-cover-enlarge.png"),
        (["width": "1000", "dpr": "3", "enlarge": "true", "format": "png"], "w1024-enlarge.png"),
        (["width": "4096", "format": "png"], "w4096.png"),
        (["width": "4096", "enlarge": "true", "format": "webp"], "w4096-enlarge-q80.webp"),
        (["width": "10", "enlarge": "false"], "w10-q80.jpg"),
    ])
    func namesVariantsByTheirEffectiveParameters(query: [String: String], name: String) async throws {
        #expect(try await handle(query: query).headers?["etag"] == "\"e100/\(name)\"")
    }

    @Test(arguments: [
        ("image/avif,image/webp,*/*", "avif"), ("image/webp,*/*;q=0.8", "webp"), ("IMAGE/WEBP ; q=0.5", "webp"),
        ("image/avif;q=0, image/webp", "webp"), ("*/*", "jpg"), ("", "jpg"), ("image/*", "jpg"),
    ])
    func choosesTheFormatThatTheClientAccepts(accept: String, format: String) async throws {
        let response = try await handle(query: ["format": "auto"], headers: ["accept": accept])
        #expect(response.headers?["etag"]?.hasSuffix(".\(format)\"") == true)
        #expect(response.headers?["vary"] == "accept")
    }

    @Test(arguments: ["png", "gif", "webp"])
    func keepsTransparencyForClientsWithoutModernFormats(fileExtension: String) async throws {
        let file = FileID(uuid: photo.uuid, type: try #require(FileType(fileExtension: fileExtension)))
        buckets["files", "\(file)"] = [1]
        let response = try await handle("GET", "\(file)", query: ["format": "auto"])
        #expect(response.headers?["content-type"] == "image/png")
    }

    @Test(arguments: [
        ["width": "0"], ["width": "4097"], ["width": "-1"], ["width": "+1"], ["width": ""], ["width": "1.5"],
        ["width": "10,20"], ["width": "10px"], ["height": "99999999999999999999"], ["fit": "Cover"], ["fit": ""],
        ["format": "jpg"], ["format": "svg"], ["format": "tiff"], ["quality": "0"], ["quality": "101"],
        ["quality": "80", "dpr": "0"], ["dpr": "3.1"], ["dpr": "4"], ["dpr": "2x"], ["dpr": "0.5"], ["dpr": "1e0"],
        ["dpr": "nan"], ["dpr": "1.0000"], ["enlarge": "1"], ["enlarge": "yes"],
    ])
    func refusesInvalidParameters(query: [String: String]) async {
        await expectRefusal(.invalidRequest) { _ = try await handle(query: query) }
        #expect(buckets.log.isEmpty)
    }

    @Test(arguments: ["width", "height", "fit", "enlarge", "format", "quality", "dpr"])
    func refusesToResizeOtherFiles(parameter: String) async {
        await expectRefusal(.invalidRequest) { _ = try await handle("GET", "\(video)", query: [parameter: "1"]) }
    }

    @Test func redirectsToALargeVariant() async throws {
        resizer.answer(with: .success(4 << 20 + 1))
        for _ in 0..<2 {
            let response = try await handle(query: ["width": "4096"])
            #expect(response.statusCode == 302)
            let location = try #require(response.headers?["location"])
            #expect(
                location.hasPrefix(
                    "https://variants.s3.us-east-1.amazonaws.com/\(photo)/e100/w4096-q80.jpg?"
                )
            )
        }
        #expect(resizer.variants.count == 1)
        #expect(try await handle("HEAD", "\(photo)", query: ["width": "4096"]).statusCode == 200)
    }

    @Test func servesAVariantThatCouldNotBeStored() async throws {
        buckets.fail(with: nil, ofPuts: ObjectStorageError(.unavailable, ""))
        #expect(try await handle(query: ["width": "10"]).statusCode == 200)
        resizer.answer(with: .success(4 << 20 + 1))
        await expectRefusal(.unavailable) { _ = try await handle(query: ["width": "10"]) }
    }

    @Test func allowsNoCachingBeyondTheExpiryOfTheCredential() async throws {
        // It expires at 1,800,003,870; the request comes at the end of the bucket.
        let credential = try String.credential(for: photo)
        let late = FileProxyOriginHandler(
            verifier: handler.verifier,
            objects: buckets,
            presigner: handler.presigner,
            resizer: resizer,
            filesBucket: "files",
            variantsBucket: "variants",
            now: { moment + 3865.5 }
        )
        let event = HTTPEvent.request(
            "GET /files/{fileId}",
            from: nil,
            path: ["fileId": "\(photo)"],
            query: ["s": credential]
        )
        #expect(
            try await late.handle(event, context: .test).headers?["cache-control"] == "public, max-age=4, immutable"
        )
        buckets["files", "\(photo)"] = Array(repeating: 1, count: 4 << 20 + 1)
        let redirect = try await late.handle(event, context: .test)
        #expect(redirect.headers?["location"]?.contains("X-Amz-Expires=4&") == true)
        #expect(redirect.headers?["cache-control"] == "private, max-age=2")
    }
}
