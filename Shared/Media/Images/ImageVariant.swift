/// An image in a certain size and format.
public struct ImageVariant: Sendable, Hashable {
    /// How a picture fills a box that has both sides, as CSS' `object-fit` has it.
    public enum Fit: String, Sendable, CaseIterable {
        /// All of the box, and what does not fit is cut off evenly. If the picture is smaller than the box, so becomes the
        /// box, in its proportions.
        case cover
        /// All of the picture, in the middle of a box of exactly that size; what is left is transparent, or white in JPEG.
        case contain
        /// All of the picture, and no more.
        case inside
        /// Each side as asked for, whatever becomes of the proportions.
        case fill
    }

    /// The most pixels that a side may be asked to have.
    public static let longestSide = 4_096

    /// In pixels; a side that is nil follows from the other, and if both are the picture keeps its size, as long as it has
    /// no more pixels than the largest box.
    public var width: Int?
    public var height: Int?
    public var fit: Fit
    public var enlarges: Bool
    public var format: ImageFormat
    /// 1 to 100; PNG, which loses nothing, has none.
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
        // AVIF's scale is another one: this looks as 80 does in the others.
        self.quality = quality ?? (format == .avif ? 55 : 80)
    }

    /// A name that variants share only if they are the same: `w200-h100-cover-q80.webp`. What makes no difference is not
    /// part of it.
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
