import BlockingIO
import Workers

/// A worker process that receives images, one at a time.
final class ImageWorker {
    private let process: WorkerProcess

    init(executable: String) throws(ImageError) {
        do {
            process = try WorkerProcess(executable: executable)
        } catch {
            throw ImageError(error)
        }
    }

    /// Whether the process has ended or is in an unknown state.
    var hasEnded: Bool { process.hasEnded }

    /// Sends an image and waits for the result.
    func resize(
        _ image: [UInt8],
        to variant: ImageVariant,
        until deadline: Deadline
    ) throws(ImageError) -> ResizedImage {
        let (reply, content) = try exchange(image, variant, until: deadline)
        do {
            return try reply.result(with: content)
        } catch {
            // Without its library, the worker would refuse the next image too.
            if error.code == .unavailable { process.end() }
            throw error
        }
    }

    private func exchange(
        _ image: [UInt8],
        _ variant: ImageVariant,
        until deadline: Deadline
    ) throws(ImageError) -> (ImageWorkerReply, [UInt8]) {
        do {
            let request = ImageWorkerRequest(variant, length: image.count, until: deadline)
            try process.send(request.bytes, until: deadline)
            try process.send(image, until: deadline)
            let reply = ImageWorkerReply(try process.receive(ImageWorkerReply.size, until: deadline))
            return (reply, try process.receive(try reply.acceptedLength(), until: deadline))
        } catch let error as WorkerError {
            // The worker can be reused only after a complete reply.
            process.end()
            throw ImageError(error)
        } catch let error as ImageError {
            process.end()
            throw error
        } catch {
            throw ImageError(.unavailable, "\(error)")
        }
    }
}

extension ImageError {
    /// A worker that ended by itself during a request ran out of memory, or its decoder crashed.
    fileprivate init(_ error: WorkerError) {
        switch error.code {
        case .timedOut: self.init(.timedOut, error.message)
        case .killed: self.init(.interrupted, error.message)
        case .ended: self.init(.unreadable, error.message)
        default: self.init(.unavailable, error.message)
        }
    }
}
