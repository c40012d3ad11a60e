/// The size and format of a resized image.
public struct ImageVariant: Sendable, Hashable {
    /// How an image fills a box with a width and a height, as with CSS's `object-fit`.
    public enum Fit: String, Sendable, CaseIterable {
        /// Fills the box and crops evenly. If the image is smaller than the box, the box shrinks and keeps its
        /// proportions.
        case cover
        /// Centers the whole image in a box of exactly this size. The rest is transparent, or white in JPEG.
        case contain
        /// Fits the whole image into the box; the result is no larger than the image.
        case inside
        /// Stretches the image to the box, regardless of its proportions.
        case fill
    }

    /// The largest width or height, in pixels.
    public static let longestSide = 4_096

    /// In pixels. If one side is nil, it follows from the other. If both are nil, the image keeps its size, unless it
    /// has more pixels than the largest box.
    public var width: Int?
    public var height: Int?
    public var fit: Fit
    public var enlarges: Bool
    public var format: ImageFormat
    /// 1 to 100. Ignored for PNG, which is lossless.
    public var quality: Int

    public init(
        width: Int? = nil,
        height: Int? = nil,
        fit: Fit = .cover,
        enlarges: Bool = false,
        format: ImageFormat,
        quality: Int? = nil
    ) {
        self.width = width
        self.height = height
        self.fit = fit
        self.enlarges = enlarges
        self.format = format
        // AVIF's scale differs: 55 looks like 80 in the other formats.
        self.quality = quality ?? (format == .avif ? 55 : 80)
    }

    /// A unique name, such as `w200-h100-cover-q80.webp`. Properties without effect are omitted, so equivalent variants
    /// share a name.
    public var name: String {
        var parts: [String] = []
        if let width { parts.append("w\(width)") }
        if let height { parts.append("h\(height)") }
        if width != nil, height != nil { parts.append(fit.rawValue) }
        if enlarges, width != nil || height != nil { parts.append("enlarge") }
        if format != .png { parts.append("q\(quality)") }
        return (parts.isEmpty ? "whole" : parts.joined(separator: "-")) + "." + format.fileExtension
    }
}
