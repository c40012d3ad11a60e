/// The sizes and qualities in which images are made. Other values are rounded, so that one image has a limited number of
/// variants, which caches and the bucket can hold.
enum ImageLadder {
    /// In pixels, ascending: common sizes of avatars, thumbnails and screens.
    static let sides = [
        10, 16, 20, 24, 32, 40, 48, 50, 60, 64, 72, 80, 90, 96, 100, 120, 128, 144, 150, 160, 180, 192, 200, 240, 256,
        288,
        300, 320, 360, 384, 400, 480, 512, 600, 640, 720, 768, 800, 900, 960, 1_024, 1_080, 1_200, 1_280, 1_440, 1_600,
        1_920, 2_048, 2_560, 3_072, 3_840, 4_096,
    ]
    /// 55 is AVIF's default, 80 that of the other formats. Above 90, files grow and images look the same.
    static let qualities = [30, 40, 50, 55, 60, 70, 80, 90]
    /// The largest side of an enlarged PNG, in pixels: without loss, each invented pixel costs as much as a real one.
    static let largestEnlargedPNG = 1_024

    /// The smallest side of the ladder that is at least as large, so that clients never have to enlarge the image.
    static func side(_ side: Double) -> Int {
        sides.first { Double($0) >= side.rounded() } ?? sides[sides.count - 1]
    }

    /// The closest quality of the ladder; of two, the better one.
    static func quality(_ quality: Int) -> Int {
        qualities.reversed().min { abs($0 - quality) < abs($1 - quality) } ?? quality
    }
}
