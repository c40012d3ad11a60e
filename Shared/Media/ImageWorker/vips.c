#include "vips.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#define NAME "libvips.so.42"

static void *open_library(const char *folder) {
    // First next to the executable, as in a Lambda package, then in the build folder.
    static const char *const places[] = {"lib/" NAME, "../../vips/" NAME};
    for (size_t index = 0; index < sizeof places / sizeof *places; index++) {
        char path[4096];
        int length = snprintf(path, sizeof path, "%s/%s", folder, places[index]);
        if (length < 0 || (size_t)length >= sizeof path) continue;
        void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
        if (library) return library;
    }
    return dlopen(NAME, RTLD_NOW | RTLD_LOCAL);
}

const char *vips_open(struct Vips *vips, const char *folder) {
    void *library = open_library(folder);
    if (!library) return NAME " cannot be opened";
    struct { void **function; const char *name; } names[] = {
#define FUNCTION(member, name) {(void **)&vips->member, name}
        FUNCTION(init, "vips_init"),
        FUNCTION(block_untrusted_set, "vips_block_untrusted_set"),
        FUNCTION(cache_set_max, "vips_cache_set_max"),
        FUNCTION(concurrency_set, "vips_concurrency_set"),
        FUNCTION(error_buffer, "vips_error_buffer"),
        FUNCTION(error_clear, "vips_error_clear"),
        FUNCTION(foreign_find_load_buffer, "vips_foreign_find_load_buffer"),
        FUNCTION(image_new_from_buffer, "vips_image_new_from_buffer"),
        FUNCTION(image_write_to_buffer, "vips_image_write_to_buffer"),
        FUNCTION(jpegload_buffer, "vips_jpegload_buffer"),
        FUNCTION(thumbnail_image, "vips_thumbnail_image"),
        FUNCTION(thumbnail_buffer, "vips_thumbnail_buffer"),
        FUNCTION(flatten, "vips_flatten"),
        FUNCTION(addalpha, "vips_addalpha"),
        FUNCTION(gravity, "vips_gravity"),
        FUNCTION(colourspace, "vips_colourspace"),
        FUNCTION(array_double_new, "vips_array_double_new"),
        FUNCTION(area_unref, "vips_area_unref"),
        FUNCTION(image_get_width, "vips_image_get_width"),
        FUNCTION(image_get_height, "vips_image_get_height"),
        FUNCTION(image_get_bands, "vips_image_get_bands"),
        FUNCTION(image_get_format, "vips_image_get_format"),
        FUNCTION(image_get_orientation, "vips_image_get_orientation"),
        FUNCTION(image_get_n_pages, "vips_image_get_n_pages"),
        FUNCTION(image_hasalpha, "vips_image_hasalpha"),
        FUNCTION(image_get_typeof, "vips_image_get_typeof"),
        FUNCTION(image_get_string, "vips_image_get_string"),
        FUNCTION(object_unref, "g_object_unref"),
        FUNCTION(free, "g_free"),
#undef FUNCTION
    };
    for (size_t index = 0; index < sizeof names / sizeof *names; index++) {
        void *address = dlsym(library, names[index].name);
        if (!address) return NAME " lacks a function";
        memcpy(names[index].function, &address, sizeof address);
    }
    if (vips->init("images")) return NAME " cannot be used";
    // Blocks loaders that are not safe for untrusted input: SVG, PDF, ImageMagick and others.
    vips->block_untrusted_set(1);
    // No operation is repeated, so caching would only use memory.
    vips->cache_set_max(0);
    vips->concurrency_set(1);
    return NULL;
}
