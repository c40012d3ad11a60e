public import BlockingIO

/// An image that was made.
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

/// Makes images in other sizes and formats: upright, in sRGB, with nothing but the picture in them.
///
/// The work is a worker's, a process of its own that has no secrets and limited memory: images come from strangers, and
/// one that is damaged, or made to do damage, ends that process at worst. It starts with the first image, and is
/// kept for the next ones.
public actor ImageResizer {
    /// The largest image that is read, in bytes.
    public static let largestInput = 20_000_000

    private let executor = BlockingExecutor(label: "ImageResizer")
    private let executable: String
    private var worker: ImageWorkerProcess?

    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.forActor }

    /// - Parameter executable: The worker; by default the one beside this program.
    public init(executable: String = ImageWorkerProcess.besideThisProgram) {
        self.executable = executable
    }

    /// Makes a variant of a JPEG, PNG, WebP, GIF, AVIF or TIFF.
    ///
    /// Of a moving picture it is the first frame. Images of more than 50 megapixels are refused by their header.
    /// - Parameter deadline: When the worker is ended, whatever it does.
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
