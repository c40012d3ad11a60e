// The functions of libvips 8.15 and later that the worker calls. They are declared here because the library is loaded
// at run time and comes without headers.
// https://www.libvips.org/API/current/

#ifndef MARTLET_VIPS_H
#define MARTLET_VIPS_H

#include <stddef.h>

typedef struct VipsImage VipsImage;
typedef struct VipsArea VipsArea;

// Values of libvips' enumerations.
enum {
    VIPS_SIZE_BOTH = 0,
    VIPS_SIZE_FORCE = 3,
    VIPS_INTERESTING_NONE = 0,
    VIPS_INTERESTING_CENTRE = 1,
    VIPS_FAIL_ON_TRUNCATED = 1,
    VIPS_ACCESS_SEQUENTIAL = 1,
    VIPS_INTERPRETATION_SRGB = 22,
    VIPS_EXTEND_BACKGROUND = 5,
    VIPS_COMPASS_DIRECTION_CENTRE = 0,
};

struct Vips {
    int (*init)(const char *program);
    void (*block_untrusted_set)(int state);
    void (*cache_set_max)(int operations);
    void (*concurrency_set)(int threads);
    const char *(*error_buffer)(void);
    void (*error_clear)(void);

    const char *(*foreign_find_load_buffer)(const void *bytes, size_t length);
    VipsImage *(*image_new_from_buffer)(const void *bytes, size_t length, const char *options, ...);
    int (*image_write_to_buffer)(VipsImage *image, const char *suffix, void **bytes, size_t *length, ...);
    int (*jpegload_buffer)(void *bytes, size_t length, VipsImage **out, ...);
    int (*thumbnail_buffer)(void *bytes, size_t length, VipsImage **out, int width, ...);
    int (*thumbnail_image)(VipsImage *in, VipsImage **out, int width, ...);
    int (*flatten)(VipsImage *in, VipsImage **out, ...);
    int (*addalpha)(VipsImage *in, VipsImage **out, ...);
    int (*gravity)(VipsImage *in, VipsImage **out, int direction, int width, int height, ...);
    int (*colourspace)(VipsImage *in, VipsImage **out, int space, ...);
    VipsArea *(*array_double_new)(const double *values, int count);
    void (*area_unref)(VipsArea *area);

    int (*image_get_width)(const VipsImage *image);
    int (*image_get_height)(const VipsImage *image);
    int (*image_get_bands)(const VipsImage *image);
    int (*image_get_format)(const VipsImage *image);
    int (*image_get_orientation)(VipsImage *image);
    int (*image_get_n_pages)(VipsImage *image);
    int (*image_hasalpha)(VipsImage *image);
    size_t (*image_get_typeof)(const VipsImage *image, const char *name);
    int (*image_get_string)(const VipsImage *image, const char *name, const char **text);

    void (*object_unref)(void *object);
    void (*free)(void *memory);
};

// Loads the library relative to `folder`, otherwise from the system's search path. Returns NULL, or the reason for a
// failure.
const char *vips_open(struct Vips *vips, const char *folder);

#endif
