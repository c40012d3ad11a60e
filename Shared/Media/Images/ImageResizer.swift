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

    private func usableWorker() throws(ImageError) -> ImageWorker {
        if let worker, !worker.hasEnded { return worker }
        let worker = try ImageWorker(executable: executable)
        self.worker = worker
        return worker
    }
}
