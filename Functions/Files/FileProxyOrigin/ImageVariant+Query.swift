import Files
import Images

extension ImageVariant {
    private enum Format: String, CaseIterable { case jpeg, png, webp, avif, auto }
    private enum Flag: String, CaseIterable { case `true`, `false` }

    /// The variant that the client requests with `width`, `height`, `fit`, `enlarge`, `format`, `quality` and `dpr`, rounded
    /// to the ``ImageLadder``; nil if it sends none of them and requests the file itself.
    ///
    /// - Parameter canBeAVIF: Whether the format can be AVIF if the client leaves it open.
    init?(_ event: HTTPEvent, for file: FileID, canBeAVIF: Bool = true) throws(ChatError) {
        let names = ["width", "height", "fit", "enlarge", "format", "quality", "dpr"]
        guard let parameters = event.queryStringParameters, names.contains(where: { parameters[$0] != nil }) else {
            return nil
        }
        guard file.type.kind == .image else {
            throw ChatError(.invalidRequest, "Only images can be resized.")
        }
        let side = 1...Int64(Self.longestSide)
        let width = try event.wholeNumber(inQuery: "width", side)
        let height = try event.wholeNumber(inQuery: "height", side)
        let ratio = try event.pixelRatio()
        let fit = try event.word(inQuery: "fit", Fit.self)
        let enlarges = try event.word(inQuery: "enlarge", Flag.self) == .true
        let quality = try event.wholeNumber(inQuery: "quality", 1...100)
        let requested = try event.word(inQuery: "format", Format.self)
        let format = Self.format(requested, of: file.type, for: event, canBeAVIF: canBeAVIF)

        // Limits the ratio for both sides together, so that the requested box keeps its proportions.
        let limit = enlarges && format == .png ? ImageLadder.largestEnlargedPNG : Self.longestSide
        let scale = min(ratio, Double(limit) / Double(max(width ?? 1, height ?? 1)))
        self.init(
            width: width.map { ImageLadder.side(Double($0) * scale) },
            height: height.map { ImageLadder.side(Double($0) * scale) },
            fit: fit ?? .cover,
            enlarges: enlarges,
            format: format,
            quality: quality.map { ImageLadder.quality(Int($0)) }
        )
    }

    private static func format(
        _ format: Format?,
        of type: FileType,
        for event: HTTPEvent,
        canBeAVIF: Bool
    ) -> ImageFormat {
        switch format {
        case .jpeg: .jpeg
        case .png: .png
        case .webp: .webp
        case .avif: .avif
        case .auto: AcceptedImages(event.headers["accept"] ?? "").best(for: type, canBeAVIF: canBeAVIF)
        case nil: own(of: type)
        }
    }

    /// The file's own format, or the closest one that every browser displays.
    fileprivate static func own(of type: FileType) -> ImageFormat {
        switch type.fileExtension {
        case "png", "gif": .png
        case "webp": .webp
        case "avif": .avif
        default: .jpeg
        }
    }
}

/// The image types that a client accepts, by its `Accept` header (RFC 9110, section 12.5.1).
private struct AcceptedImages {
    private var named: Set<String> = []

    init(_ header: String) {
        for range in header.lowercased().split(separator: ",") {
            let parts = range.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" } }
            let isRefused = parts.dropFirst().contains { $0.hasPrefix("q=") && Double($0.dropFirst(2)) == 0 }
            if let name = parts.first, !isRefused { named.insert(name) }
        }
    }

    /// The format with the smallest files among those that the client names. A client that only sends `*/*` may not
    /// decode the newer formats.
    func best(for type: FileType, canBeAVIF: Bool) -> ImageFormat {
        if canBeAVIF, named.contains("image/avif") { return .avif }
        if named.contains("image/webp") { return .webp }
        return switch ImageVariant.own(of: type) {
        case .jpeg: .jpeg
        // The image may be transparent.
        default: .png
        }
    }
}

extension HTTPEvent {
    /// Device pixels per CSS pixel: a number from 1 to 3 with at most three decimals.
    fileprivate func pixelRatio() throws(ChatError) -> Double {
        guard let text = queryStringParameters?["dpr"] else { return 1 }
        guard text.wholeMatch(of: #/[1-3](\.[0-9]{1,3})?/#) != nil, let ratio = Double(text), ratio <= 3 else {
            throw ChatError(.invalidRequest, "`dpr` must be a number from 1 to 3.")
        }
        return ratio
    }
}
