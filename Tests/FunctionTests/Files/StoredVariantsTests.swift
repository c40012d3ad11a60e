import AWSSignature
import FileCredentials
import Files
import Images
import ObjectStorage
import TestSupport
import Testing

@testable import FileProxyOrigin

/// What a holder of one image's URL can make the service store and compute.
struct StoredVariantsTests {
    private let buckets = StubBuckets()
    private let resizer = StubResizer()
    private let handler: FileProxyOriginHandler<StubResizer>

    init() throws {
        let credentials = Credentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: "secret")
        let service = try ObjectService(credentials: credentials, region: "us-east-1", endpoint: nil)
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
    }

    private func handle(_ query: [String: String], accept: String = "*/*") async throws -> HTTPResponse {
        var query = query
        query["s"] = try .credential(for: photo)
        let path = ["fileId": "\(photo)"]
        var event = HTTPEvent.request("GET /files/{fileId}", from: nil, path: path, query: query)
        event.headers["accept"] = accept
        return try await handler.handle(event, context: .test)
    }

    private func fill(count: Int, bytes: Int = 1) {
        for number in 0..<count {
            buckets["variants", "\(photo)/e100/w\(number).png"] = Array(repeating: 7, count: bytes)
        }
    }

    @Test(arguments: [(60, 1, false), (59, 1, true), (16, 1 << 20, false), (15, 1 << 20, true)])
    func servesTheFileItselfBeyondTheLimitsOfItsVariants(count: Int, bytes: Int, isMade: Bool) async throws {
        fill(count: count, bytes: bytes)
        // The variants of another image do not count.
        for number in 0..<100 { buckets["variants", "\(photo)/f/w\(number).png"] = [7] }
        let response = try await handle(["width": "200"])
        #expect(response.statusCode == 200)
        #expect(response.headers?["etag"] == (isMade ? "\"e100/w200-q80.jpg\"" : "\"e100\""))
        #expect(resizer.variants.count == (isMade ? 1 : 0))
        // What is stored is served in any case.
        buckets["variants", "\(photo)/e100/w16-q80.jpg"] = [7]
        #expect(try await handle(["width": "16"]).headers?["etag"] == "\"e100/w16-q80.jpg\"")
    }

    @Test func storesNoVariantForWhichThereIsNoRoom() async throws {
        resizer.answer(with: .success(17 << 20))
        for _ in 0..<3 {
            #expect(try await handle(["width": "4096", "enlarge": "true"]).headers?["etag"] == "\"e100\"")
        }
        #expect(resizer.variants.count == 1)
        #expect(buckets["variants", "\(photo)/e100/w4096-enlarge-q80.jpg"] == nil)
    }

    @Test(arguments: [3, 5 << 20])
    func keepsTheLimitsWhenManyVariantsAreStoredAtTheSameTime(size: Int) async throws {
        resizer.answer(with: .success(size))
        let others = (0..<60).map { ObjectAddress(bucket: "variants", key: "\(photo)/e100/w\($0).png") }
        buckets.storeSimultaneously(Dictionary(uniqueKeysWithValues: others.map { ($0, [7]) }))
        let response = try await handle(["width": "200"])
        #expect(response.statusCode == 200)
        // What cannot be sent from memory is replaced by the file itself.
        #expect(response.headers?["etag"] == (size == 3 ? "\"e100/w200-q80.jpg\"" : "\"e100\""))
        #expect(buckets["variants", "\(photo)/e100/w200-q80.jpg"] == nil)
    }

    @Test func givesAnImageRoomForFourTimesItsSize() throws {
        let usage = StoredVariants.Usage()
        #expect(usage.hasRoom(for: 16 << 20, ofImageWith: 1))
        #expect(!usage.hasRoom(for: 16 << 20 + 1, ofImageWith: 1))
        #expect(usage.hasRoom(for: 40 << 20, ofImageWith: 10 << 20))
        #expect(!usage.hasRoom(for: 64 << 20 + 1, ofImageWith: 1 << 30))
    }

    @Test(arguments: [
        (ImageError.Code.unreadable, ChatError.Code.unreadable), (.tooLarge, .tooLarge), (.timedOut, .unavailable),
        (.unavailable, .unavailable), (.interrupted, .unavailable), (.variantTooLarge, .tooLarge),
    ])
    func saysWhyAnImageCannotBeResized(code: ImageError.Code, expected: ChatError.Code) async throws {
        resizer.answer(with: .failure(ImageError(code, "secret")))
        await expectRefusal(expected) { _ = try await handle(["width": "10"]) }
    }

    @Test func refusesToResizeAHugeFile() async throws {
        buckets["files", "\(photo)"] = Array(repeating: 1, count: ImageResizer.largestInput + 1)
        await expectRefusal(.tooLarge) { _ = try await handle(["width": "10"]) }
        #expect(!buckets.log.contains { $0.hasPrefix("get files") })
    }

    @Test(arguments: [(ImageError.Code.unreadable, ChatError.Code.unreadable), (.tooLarge, .tooLarge)])
    func doesNotDecodeTheSameBadImageForEachRequest(code: ImageError.Code, expected: ChatError.Code) async throws {
        resizer.answer(with: .failure(ImageError(code, "")))
        for _ in 0..<3 { await expectRefusal(expected) { _ = try await handle(["width": "16"]) } }
        #expect(resizer.variants.count == 1)
        for width in ["20", "24"] { await expectRefusal(expected) { _ = try await handle(["width": width]) } }
        // Requests that fail keep no other reader from seeing the image.
        for width in ["16", "32", "40"] {
            #expect(try await handle(["width": width]).headers?["etag"] == "\"e100\"")
        }
        #expect(resizer.variants.count == StoredVariants.maximumFailures)
    }

    @Test func givesUpAfterThreeTimeOuts() async throws {
        resizer.answer(with: .failure(ImageError(.timedOut, "")))
        for _ in 0..<3 { await expectRefusal(.unavailable) { _ = try await handle(["width": "16"]) } }
        for _ in 0..<3 { #expect(try await handle(["width": "16"]).headers?["etag"] == "\"e100\"") }
        #expect(resizer.variants.count == 3)
    }

    @Test func makesOtherVariantsOfAnImageAfterManyThatWereTooLarge() async throws {
        resizer.refuseAVIF()
        let widths = (0..<30).map { "\(ImageLadder.sides[$0])" }
        for width in widths + widths {
            await expectRefusal(.tooLarge) { _ = try await handle(["width": width, "format": "avif"]) }
        }
        let refusals = StoredVariants.maximumRefusals
        #expect(resizer.variants.count == refusals + 2 * (widths.count - refusals))
        let response = try await handle(["width": "200", "format": "webp"])
        #expect(response.headers?["etag"] == "\"e100/w200-q80.webp\"")
    }

    @Test(arguments: [
        ("image/avif,image/webp,*/*", "w200-q80.webp"), ("image/avif,*/*", "w200-q80.jpg"),
        ("image/avif", "w200-q80.jpg"),
    ])
    func choosesAnotherFormatWhereAVIFWouldBeTooLarge(accept: String, name: String) async throws {
        resizer.refuseAVIF()
        for _ in 0..<5 {
            let response = try await handle(["width": "200", "format": "auto"], accept: accept)
            #expect(response.headers?["etag"] == "\"e100/\(name)\"")
            #expect(response.headers?["vary"] == "accept")
        }
        #expect(resizer.variants.map(\.format) == [.avif, name.hasSuffix("webp") ? .webp : .jpeg])
    }

    @Test(arguments: [ImageError.Code.unavailable, .interrupted])
    func triesAgainWhenTheWorkerWasMissing(code: ImageError.Code) async throws {
        resizer.answer(with: .failure(ImageError(code, "")))
        for _ in 0..<5 { await expectRefusal(.unavailable) { _ = try await handle(["width": "16"]) } }
        resizer.answer(with: .success(3))
        #expect(try await handle(["width": "16"]).statusCode == 200)
    }

    @Test func hasALadderOfAscendingSidesAndQualities() {
        #expect(ImageLadder.sides == Set(ImageLadder.sides).sorted())
        #expect(ImageLadder.sides.last == ImageVariant.longestSide)
        #expect(ImageLadder.sides.contains(ImageLadder.largestEnlargedPNG))
        for side in 1...ImageVariant.longestSide {
            let step = ImageLadder.side(Double(side))
            #expect(step >= side && step <= max(10, side * 3 / 2 + 6))
        }
        for format in ImageFormat.allCases {
            #expect(ImageLadder.qualities.contains(ImageVariant(format: format).quality))
        }
    }
}
