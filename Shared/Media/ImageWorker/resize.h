#ifndef MARTLET_RESIZE_H
#define MARTLET_RESIZE_H

#include <stdint.h>

#include "vips.h"

// How a picture fills a box, in the words of CSS' object-fit.
enum Fit { FIT_COVER, FIT_CONTAIN, FIT_INSIDE, FIT_FILL };

enum Format { FORMAT_JPEG, FORMAT_PNG, FORMAT_WEBP, FORMAT_AVIF };

// What the client asks for, and how many bytes of an image follow. Both processes run on the same machine.
struct Request {
    // Pixels; zero for a side that follows from the other one.
    uint32_t width, height;
    uint8_t fit, format, quality, enlarges;
    // Of processing, after which the worker ends itself.
    uint32_t seconds;
    uint32_t length;
};

enum Status {
    STATUS_DONE,
    // No image, a damaged one, or one of a kind that is not read.
    STATUS_UNREADABLE,
    // More pixels, frames or memory than is allowed.
    STATUS_TOO_LARGE,
    // The library is not there.
    STATUS_UNAVAILABLE,
};

// What comes back, and how many bytes follow: the new image, or for the log why there is none.
struct Reply {
    uint32_t status, width, height, length;
};

struct Result {
    struct Reply reply;
    // To be freed with `free` of the library if the status is done.
    void *bytes;
};

struct Result resize(const struct Vips *vips, const struct Request *request, void *bytes);

#endif
