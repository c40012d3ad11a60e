public import BlockingIO
public import Workers

/// A resized image.
public struct ResizedImage: Sendable, Hashable {
    public var bytes: [UInt8]
    /// In pixels.
    public var width: Int
    public var height: Int

    public init(bytes: [UInt8], width: Int, height: Int) {
        self.bytes = bytes
        self.width = width
        self.height = height
    }
}

/// Resizes and converts images. The results are upright, in sRGB, and without metadata.
///
/// Untrusted images are decoded in a separate worker process, which has no secrets, limited memory, and a sandbox that
/// allows no system call beyond what decoding needs: a damaged or malicious image can crash that process only. Without
/// its sandbox, the worker does not run. It is started for the first image and then reused.
public actor ImageResizer {
    /// The largest accepted image, in bytes.
    public static let largestInput = 20_000_000

    private let executor = BlockingExecutor(label: "ImageResizer")
    private let executable: String
    private var worker: ImageWorker?

    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.forActor }

    /// - Parameter executable: The path of the worker. By default it is in the folder of the running program.
    public init(executable: String = WorkerProcess.path(of: "ImageWorker")) {
        self.executable = executable
    }

    /// Creates a variant of a JPEG, PNG, WebP, GIF, AVIF or TIFF image.
    ///
    /// Of an animation, the first frame is used. Images of more than 50 megapixels are rejected before they are
    /// decoded.
    ///
    /// A worker that is killed from outside is replaced once.
    /// - Parameter deadline: The time at which the worker is killed.
    /// - Throws: ``ImageError``. Whether the image or only the variant is at fault is found out by trying a small variant.
    public func resize(
        _ image: [UInt8],
        to variant: ImageVariant,
        until deadline: Deadline
    ) throws(ImageError) -> ResizedImage {
        guard image.count <= Self.largestInput else { throw ImageError(.tooLarge, "\(image.count) bytes") }
        do {
            return try resizeRepeatedly(image, to: variant, until: deadline)
        } catch {
            guard error.code == .unreadable || error.code == .tooLarge, variant != Self.probe else { throw error }
            // A library that ran out of memory may not have freed all of it.
            worker = nil
            do {
                _ = try resizeRepeatedly(image, to: Self.probe, until: deadline)
            } catch let failure where failure.code == error.code || failure.code == .timedOut {
                throw error
            }
            throw ImageError(.variantTooLarge, error.message)
        }
    }

    /// A variant that costs little to make once the image is decoded.
    private static let probe = ImageVariant(width: 16, format: .png)

    private func resizeRepeatedly(
        _ image: [UInt8],
        to variant: ImageVariant,
        until deadline: Deadline
    ) throws(ImageError) -> ResizedImage {
        do {
            return try resizeOnce(image, to: variant, until: deadline)
        } catch  where error.code == .interrupted {
            return try resizeOnce(image, to: variant, until: deadline)
        }
    }

    private func resizeOnce(
        _ image: [UInt8],
        to variant: ImageVariant,
        until deadline: Deadline
    ) throws(ImageError) -> ResizedImage {
        let worker = try usableWorker()
        do {
            return try worker.resize(image, to: variant, until: deadline)
        } catch {
            if worker.hasEnded { self.worker = nil }
            throw error
        }
    }

    private func usableWorker() throws(ImageError) -> ImageWorker {
        if let worker, !worker.hasEnded { return worker }
        let worker = try ImageWorker(executable: executable)
        self.worker = worker
        return worker
    }
}
