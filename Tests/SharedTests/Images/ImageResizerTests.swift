import BlockingIO
import FoundationEssentials
import Images
import Testing

/// Uses the `ImageWorker` in the build folder and the libvips that `Scripts/fetch-libvips` downloads.
@Suite(.serialized) struct ImageResizerTests {
    private let resizer = ImageResizer()

    private func resize(_ image: [UInt8], to variant: ImageVariant) async throws -> ResizedImage {
        try await resizer.resize(image, to: variant, until: Deadline(after: .seconds(30)))
    }

    private func code(of image: [UInt8], _ variant: ImageVariant = ImageVariant(width: 10, format: .png)) async
        -> ImageError.Code?
    {
        do {
            _ = try await resize(image, to: variant)
            return nil
        } catch {
            return (error as? ImageError)?.code
        }
    }

    @Test(arguments: ImageFormat.allCases)
    func writesEveryFormat(format: ImageFormat) async throws {
        let image = try await resize(png(64, 48), to: ImageVariant(width: 32, format: format))
        #expect(ImageFormat(ofImage: image.bytes) == format)
        #expect([image.width, image.height] == [32, 24])
        let again = try await resize(image.bytes, to: ImageVariant(width: 16, format: .png))
        #expect([again.width, again.height] == [16, 12])
    }

    @Test(arguments: [
        (ImageVariant(format: .png), 64, 48),
        (ImageVariant(width: 16, format: .png), 16, 12),
        (ImageVariant(height: 16, format: .png), 21, 16),
        (ImageVariant(width: 16, height: 16, format: .png), 16, 16),
        (ImageVariant(width: 16, height: 16, fit: .inside, format: .png), 16, 12),
        (ImageVariant(width: 16, height: 16, fit: .contain, format: .png), 16, 16),
        (ImageVariant(width: 16, height: 40, fit: .fill, format: .png), 16, 40),
        (ImageVariant(width: 200, format: .png), 64, 48),
        (ImageVariant(width: 200, enlarges: true, format: .png), 200, 150),
        (ImageVariant(width: 200, height: 200, format: .png), 48, 48),
        (ImageVariant(width: 200, height: 200, enlarges: true, format: .png), 200, 200),
        (ImageVariant(width: 200, height: 200, fit: .inside, format: .png), 64, 48),
        (ImageVariant(width: 200, height: 200, fit: .inside, enlarges: true, format: .png), 200, 150),
        (ImageVariant(width: 200, height: 200, fit: .contain, format: .png), 200, 200),
        (ImageVariant(width: 200, height: 20, fit: .fill, format: .png), 64, 20),
        (ImageVariant(width: 200, height: 20, fit: .fill, enlarges: true, format: .png), 200, 20),
        (ImageVariant(width: 1, height: 1, format: .png), 1, 1),
    ])
    func fitsTheImageIntoTheBox(variant: ImageVariant, width: Int, height: Int) async throws {
        let image = try await resize(png(64, 48), to: variant)
        #expect([image.width, image.height] == [width, height])
    }

    @Test func rejectsOversizedImagesBeforeDecoding() async {
        #expect(await code(of: png(7_100, 7_100, withPixels: false)) == .tooLarge)
        #expect(await code(of: png(65_000, 65_000, withPixels: false)) == .tooLarge)
        #expect(await code(of: Array(repeating: 0xFF, count: ImageResizer.largestInput + 1)) == .tooLarge)
    }

    @Test(arguments: [
        "", "x", "<svg xmlns='http://www.w3.org/2000/svg' width='10' height='10'/>", "%PDF-1.4\n", "GIF89a",
        "P6 1 1 255\nabc",
        "push graphic-context\nviewbox 0 0 640 480\nfill 'url(https://127.0.0.1/)'\npop graphic-context",
        "#?RADIANCE\n",
    ])
    func rejectsUnsupportedInput(text: String) async {
        #expect(await code(of: Array(text.utf8)) == .unreadable)
    }

    @Test func rejectsATruncatedImage() async throws {
        let whole = try await resize(png(64, 48), to: ImageVariant(format: .jpeg)).bytes
        #expect(await code(of: Array(whole.prefix(whole.count / 2))) == .unreadable)
        #expect(await code(of: whole) == nil)
    }

    @Test func resizesTheNextImageAfterAFailure() async throws {
        for _ in 0..<3 {
            #expect(await code(of: [1, 2, 3]) == .unreadable)
            #expect(try await resize(png(64, 48), to: ImageVariant(width: 8, format: .webp)).width == 8)
        }
    }

    /// The formats have different limits, and the image is not at fault.
    @Test(arguments: [
        ImageVariant(width: 4_096, format: .avif), ImageVariant(width: 3_000, enlarges: true, format: .avif),
        ImageVariant(width: 3_000, height: 2_000, fit: .contain, format: .avif),
        ImageVariant(width: 2_600, height: 2_000, fit: .fill, enlarges: true, format: .avif),
    ])
    func refusesAVIFThatNeedsTooMuchMemory(variant: ImageVariant) async throws {
        let image = png(2_600, 2_000)
        #expect(await code(of: image, variant) == .variantTooLarge)
        #expect(await code(of: image, ImageVariant(width: 100, format: .avif)) == nil)
        var other = variant
        other.format = .webp
        #expect(await code(of: image, other) == nil)
    }

    @Test func killsAWorkerAtTheDeadline() async throws {
        let image = png(3_000, 2_000)
        await #expect(throws: ImageError.self) {
            try await resizer.resize(
                image,
                to: ImageVariant(format: .avif, quality: 100),
                until: Deadline(after: .milliseconds(20))
            )
        }
        #expect(try await resize(png(64, 48), to: ImageVariant(width: 8, format: .webp)).width == 8)
    }

    @Test func reportsAMissingWorker() async {
        let resizer = ImageResizer(executable: "/nonexistent/ImageWorker")
        let error = await #expect(throws: ImageError.self) {
            try await resizer.resize(png(8, 8), to: ImageVariant(format: .png), until: Deadline(after: .seconds(5)))
        }
        #expect(error?.code == .unavailable)
    }
}

/// An uncompressed PNG with grey stripes, or only the header of one. https://www.w3.org/TR/png-3/
private func png(_ width: Int, _ height: Int, withPixels: Bool = true) -> [UInt8] {
    var image: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    image += chunk("IHDR", word(width) + word(height) + [8, 0, 0, 0, 0])
    var pixels: [UInt8] = []
    for line in 0..<(withPixels ? height : 0) {
        pixels.append(0)
        pixels.append(contentsOf: [UInt8](repeating: UInt8(line % 256), count: width))
    }
    var stream: [UInt8] = [0x78, 0x01]
    var rest = pixels[...]
    repeat {
        let block = rest.prefix(65_535)
        rest = rest.dropFirst(65_535)
        let length = UInt16(block.count)
        stream.append(rest.isEmpty ? 1 : 0)
        for number in [length, ~length] { stream += [UInt8(number & 0xFF), UInt8(number >> 8)] }
        stream += block
    } while !rest.isEmpty
    var (a, b): (UInt32, UInt32) = (1, 0)
    for byte in pixels {
        a = (a + UInt32(byte)) % 65_521
        b = (b + a) % 65_521
    }
    stream += word(Int(b << 16 | a))
    return image + chunk("IDAT", stream) + chunk("IEND", [])
}

private func chunk(_ type: String, _ content: [UInt8]) -> [UInt8] {
    let checked = Array(type.utf8) + content
    var sum: UInt32 = 0xFFFF_FFFF
    for byte in checked {
        sum ^= UInt32(byte)
        for _ in 0..<8 { sum = sum >> 1 ^ (sum & 1 == 1 ? 0xEDB8_8320 : 0) }
    }
    return word(content.count) + checked + word(Int(~sum))
}

private func word(_ number: Int) -> [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) } }
