public import BlockingIO

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
/// Untrusted images are decoded in a separate worker process, which has no secrets and limited memory: a damaged or
/// malicious image can crash that process only. The worker is started for the first image and then reused.
public actor ImageResizer {
    /// The largest accepted image, in bytes.
    public static let largestInput = 20_000_000

    private let executor = BlockingExecutor(label: "ImageResizer")
    private let executable: String
    private var worker: ImageWorkerProcess?

    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.forActor }

    /// - Parameter executable: The path of the worker. By default it is in the folder of the running program.
    public init(executable: String = ImageWorkerProcess.defaultExecutable) {
        self.executable = executable
    }

    /// Creates a variant of a JPEG, PNG, WebP, GIF, AVIF or TIFF image.
    ///
    /// Of an animation, the first frame is used. Images of more than 50 megapixels are rejected before they are
    /// decoded.
    /// - Parameter deadline: The time at which the worker is killed.
    public func resize(
        _ image: [UInt8],
        to variant: ImageVariant,
        until deadline: Deadline
    ) throws(ImageError) -> ResizedImage {
        guard image.count <= Self.largestInput else { throw ImageError(.tooLarge, "\(image.count) bytes") }
        let worker = try usableWorker()
        do {
            return try worker.resize(image, to: variant, until: deadline)
        } catch {
            if worker.hasEnded { self.worker = nil }
            throw error
        }
    }

    private func usableWorker() throws(ImageError) -> ImageWorkerProcess {
        if let worker, !worker.hasEnded { return worker }
        let worker = try ImageWorkerProcess(executable: executable)
        self.worker = worker
        return worker
    }
}
