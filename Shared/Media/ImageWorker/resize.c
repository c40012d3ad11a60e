#include "resize.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

// Limits for the input, according to its header.
enum { MAX_PIXELS = 50000000, MAX_PAGES = 10000 };
// The memory limit for decoders that hold the whole image, in bytes.
enum { MAX_DECODER_MEMORY = 150000000 };
// Limits for HEIF. AV1's decoder holds several images, needs 17 bytes a pixel and reserves more. 12 megapixels suffice
// for photos of common cameras, and AV1 files are small.
enum { MAX_PIXELS_IN_HEIF = 12250000, MAX_HEIF_SIZE = 8000000 };
// The memory limit of this process, in bytes. The function, which also holds the file, adds up to 60 MB. The limit for
// HEIF is higher because it counts memory that AV1's decoder and encoder reserve but do not use.
enum { MAX_MEMORY = 190000000, MAX_MEMORY_FOR_HEIF = 255000000 };
// Limits for the result: libwebp's longest side, and the pixels of the largest box.
enum { LONGEST_SIDE = 16383, MAX_OUTPUT_PIXELS = 4096 * 4096 };
// AV1's encoder needs about 25 bytes a pixel, besides what the decoder needs.
enum { MAX_PIXELS_OF_AVIF = 5000000 };

static const char *const loaders[] = {
    "VipsForeignLoadJpegBuffer", "VipsForeignLoadPngBuffer",  "VipsForeignLoadWebpBuffer",
    "VipsForeignLoadNsgifBuffer", "VipsForeignLoadHeifBuffer", "VipsForeignLoadTiffBuffer",
};
enum Loader { LOADER_JPEG, LOADER_PNG, LOADER_WEBP, LOADER_GIF, LOADER_HEIF, LOADER_TIFF, LOADERS };

static struct Result failure(enum Status status, const char *reason) {
    struct Result result = {{status, 0, 0, (uint32_t)strlen(reason)}, (void *)reason};
    return result;
}

// Reports the library's error. Decoders word "out of memory" differently.
static struct Result error_of(const struct Vips *vips) {
    static char reason[256];
    snprintf(reason, sizeof reason, "%s", vips->error_buffer());
    vips->error_clear();
    return failure(strstr(reason, "emory") ? STATUS_TOO_LARGE : STATUS_UNREADABLE, reason);
}

static enum Loader loader_of(const struct Vips *vips, const struct Request *request, const void *bytes) {
    const char *name = vips->foreign_find_load_buffer(bytes, request->length);
    enum Loader loader = 0;
    while (loader < LOADERS && !(name && strcmp(name, loaders[loader]) == 0)) loader++;
    return loader;
}

// The memory that the decoder needs, in bytes. Zero if it works line by line.
static double decoder_memory(const struct Vips *vips, const VipsImage *header, enum Loader loader) {
    double pixels = (double)vips->image_get_width(header) * vips->image_get_height(header);
    double bands = vips->image_get_bands(header);
    // The first two formats have 8 bits, the others at least 16.
    double sample = vips->image_get_format(header) > 1 ? 2 : 1;
    int is_interlaced = vips->image_get_typeof(header, "interlaced") != 0;
    const char *subsampling;
    switch (loader) {
    case LOADER_JPEG:
        // A progressive image needs all coefficients, of two bytes each, before its first line can be decoded.
        if (!is_interlaced && vips->image_get_typeof(header, "jpeg-multiscan") == 0) return 0;
        if (vips->image_get_typeof(header, "jpeg-chroma-subsample") != 0
            && vips->image_get_string(header, "jpeg-chroma-subsample", &subsampling) == 0
            && strncmp(subsampling, "4:2:0", 5) == 0)
            return pixels * 3;
        return pixels * bands * 2;
    case LOADER_PNG: return is_interlaced ? pixels * bands * sample : 0;
    case LOADER_WEBP: return pixels * 4;
    case LOADER_GIF: return pixels * 5;
    case LOADER_HEIF: return 0;
    default: return pixels * bands * sample;
    }
}

// The pixels of the largest image that a HEIF file declares. libvips would have to decode the file to get its size.
static double pixels_in_heif(const unsigned char *bytes, size_t length) {
    double most = 0;
    for (size_t index = 0; index + 16 <= length; index++) {
        const unsigned char *box = bytes + index;
        if (memcmp(box, "ispe", 4) != 0) continue;
        double width = (double)box[8] * 16777216 + box[9] * 65536 + box[10] * 256 + box[11];
        double height = (double)box[12] * 16777216 + box[13] * 65536 + box[14] * 256 + box[15];
        most = fmax(most, width * height);
    }
    return most;
}

// Beyond this limit the decoder fails or the process crashes.
static void limit_memory(enum Loader loader, const struct Request *request) {
    int is_heif = loader == LOADER_HEIF || request->format == FORMAT_AVIF;
    struct rlimit limits = {is_heif ? MAX_MEMORY_FOR_HEIF : MAX_MEMORY, MAX_MEMORY_FOR_HEIF};
    setrlimit(RLIMIT_DATA, &limits);
}

struct Size { int width, height; };

static int rounded(double side) { return side < 1 ? 1 : (int)(side + 0.5); }

// The size of the image before it is cropped or extended.
static struct Size size_of(const struct Request *request, double width, double height) {
    double box_width = request->width ? request->width : LONGEST_SIDE;
    double box_height = request->height ? request->height : LONGEST_SIDE;
    int has_box = request->width && request->height;
    if (request->fit == FIT_FILL && has_box) {
        if (!request->enlarges) box_width = fmin(box_width, width), box_height = fmin(box_height, height);
        return (struct Size){rounded(box_width), rounded(box_height)};
    }
    if (request->fit == FIT_COVER && has_box) {
        // A box larger than the image shrinks and keeps its proportions.
        double scale = fmin(1, fmin(width / box_width, height / box_height));
        if (request->enlarges) scale = 1;
        return (struct Size){rounded(box_width * scale), rounded(box_height * scale)};
    }
    double scale = fmin(box_width / width, box_height / height);
    scale = fmin(scale, sqrt(MAX_OUTPUT_PIXELS / (width * height)));
    if (!request->enlarges || !(request->width || request->height)) scale = fmin(scale, 1);
    return (struct Size){rounded(width * scale), rounded(height * scale)};
}

// The factor by which the decoder shrinks the image, which costs little. libvips leaves at least a factor of 2 to the
// better filter that follows. A factor of 1.5 looks the same and takes half the time.
static int jpeg_shrink(struct Size size, double width, double height) {
    double rest = fmin(width / size.width, height / size.height) / 1.5;
    return rest >= 8 ? 8 : rest >= 4 ? 4 : rest >= 2 ? 2 : 1;
}

// Puts the image on a white background, for formats without transparency.
static VipsImage *flattened(const struct Vips *vips, VipsImage *image) {
    static const double white[] = {255, 255, 255};
    VipsArea *ground = vips->array_double_new(white, 3);
    VipsImage *made = NULL;
    if (vips->flatten(image, &made, "background", ground, NULL)) made = NULL;
    vips->area_unref(ground);
    vips->object_unref(image);
    return made;
}

static VipsImage *with_alpha(const struct Vips *vips, VipsImage *image) {
    VipsImage *made = NULL;
    if (vips->addalpha(image, &made, NULL)) made = NULL;
    vips->object_unref(image);
    return made;
}

// Centers the image in the box. The rest is transparent if the image has an alpha channel, otherwise white.
static VipsImage *centred(const struct Vips *vips, VipsImage *image, const struct Request *request) {
    static const double white[] = {255, 255, 255}, clear[] = {0, 0, 0, 0};
    int has_alpha = vips->image_hasalpha(image);
    VipsArea *ground = vips->array_double_new(has_alpha ? clear : white, has_alpha ? 4 : 3);
    VipsImage *made = NULL;
    if (vips->gravity(image, &made, VIPS_COMPASS_DIRECTION_CENTRE, (int)request->width, (int)request->height, "extend",
            VIPS_EXTEND_BACKGROUND, "background", ground, NULL))
        made = NULL;
    vips->area_unref(ground);
    vips->object_unref(image);
    return made;
}

static VipsImage *in_sRGB(const struct Vips *vips, VipsImage *image) {
    VipsImage *made = NULL;
    if (vips->colourspace(image, &made, VIPS_INTERPRETATION_SRGB, NULL)) made = NULL;
    vips->object_unref(image);
    return made;
}

// Output options. No metadata is kept: no EXIF, no location, no profile.
static void write_suffix(char *text, size_t length, const struct Request *request) {
    int quality = request->quality;
    switch (request->format) {
    case FORMAT_JPEG: snprintf(text, length, ".jpg[Q=%d,optimize-coding=true,keep=none]", quality); break;
    case FORMAT_PNG: snprintf(text, length, ".png[compression=6,keep=none]"); break;
    case FORMAT_WEBP: snprintf(text, length, ".webp[Q=%d,effort=4,keep=none]", quality); break;
    // More effort takes ten times as long and saves 5 % of the size.
    default: snprintf(text, length, ".avif[Q=%d,effort=0,keep=none]", quality); break;
    }
}

static struct Result write(const struct Vips *vips, VipsImage *image, const struct Request *request) {
    char suffix[64];
    write_suffix(suffix, sizeof suffix, request);
    struct Result result = {{STATUS_DONE, 0, 0, 0}, NULL};
    result.reply.width = (uint32_t)vips->image_get_width(image);
    result.reply.height = (uint32_t)vips->image_get_height(image);
    size_t length = 0;
    int failed = vips->image_write_to_buffer(image, suffix, &result.bytes, &length, NULL);
    vips->object_unref(image);
    if (failed) return error_of(vips);
    result.reply.length = (uint32_t)length;
    return result;
}

struct Result resize(const struct Vips *vips, const struct Request *request, void *bytes) {
    enum Loader loader = loader_of(vips, request, bytes);
    if (loader == LOADERS) {
        vips->error_clear();
        return failure(STATUS_UNREADABLE, "unsupported image format");
    }
    limit_memory(loader, request);
    if (loader == LOADER_HEIF
        && (request->length > MAX_HEIF_SIZE || pixels_in_heif(bytes, request->length) > MAX_PIXELS_IN_HEIF))
        return failure(STATUS_TOO_LARGE, "too many pixels");
    VipsImage *header = vips->image_new_from_buffer(bytes, request->length, "[fail-on=truncated]", NULL);
    if (!header) return error_of(vips);
    double width = vips->image_get_width(header), height = vips->image_get_height(header);
    int is_too_large = width * height > MAX_PIXELS || vips->image_get_n_pages(header) > MAX_PAGES
        || decoder_memory(vips, header, loader) > MAX_DECODER_MEMORY;
    int lies_on_its_side = vips->image_get_orientation(header) >= 5;
    // An image without a profile is assumed to be sRGB. Converting sRGB to itself would take as long as any conversion.
    const char *profile = vips->image_get_typeof(header, "icc-profile-data") != 0 ? "srgb" : NULL;
    // libvips has already decoded a HEIF image. Decoding it again would double the memory.
    VipsImage *source = loader == LOADER_HEIF && !is_too_large ? header : NULL;
    if (!source) vips->object_unref(header);
    if (is_too_large) return failure(STATUS_TOO_LARGE, "too many pixels or frames");

    struct Size size = lies_on_its_side ? size_of(request, height, width) : size_of(request, width, height);
    int has_box = request->width && request->height;
    struct Size result = request->fit == FIT_CONTAIN && has_box
        ? (struct Size){(int)request->width, (int)request->height} : size;
    if (request->format == FORMAT_AVIF && (double)result.width * result.height > MAX_PIXELS_OF_AVIF) {
        if (source) vips->object_unref(source);
        return failure(STATUS_VARIANT_TOO_LARGE, "too many pixels for AVIF");
    }
    int is_cropped = request->fit == FIT_COVER && has_box;
    int crop = is_cropped ? VIPS_INTERESTING_CENTRE : VIPS_INTERESTING_NONE;
    int force = is_cropped ? VIPS_SIZE_BOTH : VIPS_SIZE_FORCE;
    int factor = loader == LOADER_JPEG ? jpeg_shrink(size, lies_on_its_side ? height : width,
                     lies_on_its_side ? width : height) : 1;
    VipsImage *image = NULL;
    // Resizes to the requested size, rotates upright and converts to sRGB.
    if (factor > 1
        && vips->jpegload_buffer(bytes, request->length, &source, "shrink", factor, "access", VIPS_ACCESS_SEQUENTIAL,
            "fail-on", VIPS_FAIL_ON_TRUNCATED, NULL))
        return error_of(vips);
    int failed = source
        ? vips->thumbnail_image(source, &image, size.width, "height", size.height, "crop", crop, "size", force,
              "output-profile", profile, NULL)
        : vips->thumbnail_buffer(bytes, request->length, &image, size.width, "height", size.height, "crop", crop, "size",
              force, "output-profile", profile, "fail-on", VIPS_FAIL_ON_TRUNCATED, NULL);
    if (source) vips->object_unref(source);
    if (failed) return error_of(vips);

    image = in_sRGB(vips, image);
    if (image && request->format == FORMAT_JPEG && vips->image_hasalpha(image)) image = flattened(vips, image);
    if (image && request->fit == FIT_CONTAIN && has_box) {
        if (request->format != FORMAT_JPEG && !vips->image_hasalpha(image)) image = with_alpha(vips, image);
        if (image) image = centred(vips, image, request);
    }
    return image ? write(vips, image, request) : error_of(vips);
}
