#ifndef MARTLET_RESIZE_H
#define MARTLET_RESIZE_H

#include <stdint.h>

#include "vips.h"

// How an image fills a box, as with CSS's object-fit.
enum Fit { FIT_COVER, FIT_CONTAIN, FIT_INSIDE, FIT_FILL };

enum Format { FORMAT_JPEG, FORMAT_PNG, FORMAT_WEBP, FORMAT_AVIF };

// A request. `length` bytes of image follow. Both processes run on the same machine.
struct Request {
    // In pixels. A side of zero follows from the other side.
    uint32_t width, height;
    uint8_t fit, format, quality, enlarges;
    // The time limit, after which the worker terminates itself.
    uint32_t seconds;
    uint32_t length;
};

enum Status {
    STATUS_DONE,
    // The input is not an image, is damaged, or has an unsupported format.
    STATUS_UNREADABLE,
    // The image exceeds a limit for pixels, frames or memory.
    STATUS_TOO_LARGE,
    // The library is missing.
    STATUS_UNAVAILABLE,
    // The requested size exceeds the limit of the requested format.
    STATUS_VARIANT_TOO_LARGE,
};

// A reply. `length` bytes follow: the new image, or the reason for the failure.
struct Reply {
    uint32_t status, width, height, length;
};

struct Result {
    struct Reply reply;
    // Free it with the library's `free` if the status is `STATUS_DONE`.
    void *bytes;
};

struct Result resize(const struct Vips *vips, const struct Request *request, void *bytes);

#endif
