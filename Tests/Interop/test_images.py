"""The worker's images, compared with Pillow's, and its handling of hostile input."""

import io
import os
import random
import struct
import time
import zlib

import pytest
from image_worker import DONE, TOO_LARGE, UNREADABLE, Ended, Worker
from PIL import Image, ImageChops, ImageCms, ImageDraw, ImageOps, ImageStat

# The number of damaged images to try; 20,000 take some minutes.
DAMAGED = int(os.environ.get("DAMAGED_IMAGES", "400"))
SEED = int(os.environ.get("DAMAGED_IMAGES_SEED", "1"))
MAX_MEMORY = 230


@pytest.fixture
def worker():
    with Worker() as worker:
        yield worker


def picture(width, height, seed=1):
    """Soft colours, and shapes that show the orientation."""
    chance = random.Random(seed)
    small = Image.frombytes("RGB", (16, 12), chance.randbytes(16 * 12 * 3))
    image = small.resize((width, height), Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, width // 3, height // 4), fill=(250, 20, 20))
    draw.ellipse((width // 2, height // 2, width - 1, height - 1), fill=(20, 40, 240))
    return image


def encoded(image, format, **options):
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def opened(content):
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def difference(left, right):
    """The mean difference of a channel; the maximum is 255."""
    assert left.size == right.size
    return max(ImageStat.Stat(ImageChops.difference(left.convert("RGB"), right.convert("RGB"))).mean)


# -- Output --


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("fit", ["inside", "cover"])
def test_photos_are_upright_and_have_no_metadata(worker, orientation, fit):
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = "SECRET-DESCRIPTION"
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)})
    image = picture(640, 480)
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>SECRET-XMP</x:xmpmeta>"
    photo = encoded(image, "JPEG", quality=95, exif=exif, xmp=xmp, comment=b"SECRET-COMMENT")
    assert b"SECRET-XMP" in photo and opened(photo).getexif().get_ifd(0x8825)

    upright = ImageOps.exif_transpose(opened(photo))
    for format in ("jpeg", "png", "webp", "avif"):
        reply = worker.resize(photo, 120, 120, fit, format, 90)
        assert reply.status == DONE, reply.content
        made = opened(reply.content)
        if fit == "inside":
            expected = upright.resize(made.size, Image.Resampling.LANCZOS)
            assert sorted(made.size) == [90, 120] and (made.size > (100, 0)) == (orientation < 5)
        else:
            expected = ImageOps.fit(upright, (120, 120), Image.Resampling.LANCZOS)
        assert difference(made, expected) < 6, format
        assert not made.getexif() and not made.info.get("icc_profile") and not made.info.get("xmp")
        assert b"SECRET" not in reply.content and b"Exif" not in reply.content


def matrix_profile(primaries, gamma):
    """An ICC profile of an RGB space (ICC.1:2001-04): the primaries in XYZ for D50, and one gamma."""

    def fixed(number):
        return struct.pack(">i", round(number * 65536))

    def text(content):
        return b"desc" + bytes(4) + struct.pack(">I", len(content) + 1) + content + bytes(1 + 4 + 4 + 2 + 1 + 67)

    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256)) + bytes(2)
    tags = [
        (b"desc", text(b"Wide")), (b"cprt", b"text" + bytes(4) + b"none\0"),
        (b"wtpt", b"XYZ " + bytes(4) + fixed(0.9642) + fixed(1) + fixed(0.8249)),
        *[(name, b"XYZ " + bytes(4) + b"".join(map(fixed, column)))
          for name, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), primaries)],
        *[(name, curve) for name in (b"rTRC", b"gTRC", b"bTRC")],
    ]  # fmt: skip
    table, body = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for name, content in tags:
        table += name + struct.pack(">II", start + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    header = struct.pack(">I4sI4s4s4s", start + len(body), b"none", 0x02400000, b"mntr", b"RGB ", b"XYZ ")
    header += bytes(12) + b"acsp" + bytes(28) + fixed(0.9642) + fixed(1) + fixed(0.8249)
    return header + bytes(128 - len(header)) + table + body


# https://www.color.org/chardata/rgb/DCIP3.xalter and Adobe RGB (1998), both adapted to D50.
WIDE_SPACES = {
    "Display P3": ([(0.5151, 0.2412, -0.0011), (0.2920, 0.6922, 0.0419), (0.1571, 0.0666, 0.7841)], 2.2),
    "Adobe RGB": ([(0.6097, 0.3111, 0.0195), (0.2053, 0.6257, 0.0609), (0.1492, 0.0632, 0.7446)], 2.2),
}


@pytest.mark.parametrize("space", WIDE_SPACES)
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_wide_gamut_colours_are_converted_to_srgb(worker, space, format):
    profile = matrix_profile(*WIDE_SPACES[space])
    image = picture(600, 400, seed=3)
    photo = encoded(image, format, quality=95, icc_profile=profile)
    right = ImageCms.profileToProfile(
        opened(photo).convert("RGB"), io.BytesIO(profile), ImageCms.createProfile("sRGB"),
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
    ).resize((150, 100), Image.Resampling.LANCZOS)  # fmt: skip
    made = opened(worker.resize(photo, 150, 100, "fill", "png").content)
    wrong = opened(photo).convert("RGB").resize((150, 100), Image.Resampling.LANCZOS)
    assert difference(made, right) < 3
    assert difference(made, wrong) > 2 * difference(made, right)
    assert "icc_profile" not in made.info


def test_cmyk_grey_palette_and_sixteen_bit_images_are_read(worker):
    grey16 = Image.new("I;16", (64, 48), 30000)
    for content in (
        encoded(picture(64, 48).convert("CMYK"), "JPEG"), encoded(picture(64, 48).convert("L"), "JPEG"),
        encoded(picture(64, 48).convert("P"), "PNG"), encoded(grey16, "PNG"), encoded(picture(64, 48), "TIFF"),
        encoded(picture(64, 48).convert("1"), "PNG"), encoded(picture(64, 48), "GIF"),
    ):  # fmt: skip
        for format in ("jpeg", "png", "webp", "avif"):
            reply = worker.resize(content, 32, 0, format=format)
            assert reply.status == DONE, reply.content
            assert opened(reply.content).size == (32, 24)


def test_transparency_is_kept_or_becomes_white(worker):
    image = Image.new("RGBA", (100, 100), (255, 0, 0, 0))
    ImageDraw.Draw(image).rectangle((50, 0, 99, 99), fill=(0, 0, 255, 255))
    content = encoded(image, "PNG")
    for format in ("png", "webp", "avif"):
        made = opened(worker.resize(content, 50, format=format).content).convert("RGBA")
        assert made.getpixel((5, 25))[3] < 10 and made.getpixel((45, 25))[3] > 245
    made = opened(worker.resize(content, 50, format="jpeg").content)
    assert min(made.getpixel((5, 25))) > 245 and made.getpixel((45, 25))[2] > 200


def test_a_contained_image_is_centred(worker):
    content = encoded(Image.new("RGB", (200, 100), (0, 0, 255)), "PNG")
    made = opened(worker.resize(content, 100, 100, "contain", "png").content)
    assert made.size == (100, 100) and made.mode == "RGBA"
    assert made.getpixel((50, 10))[3] == 0 and made.getpixel((50, 90))[3] == 0 and made.getpixel((50, 50))[2] == 255
    made = opened(worker.resize(content, 100, 100, "contain", "jpeg").content)
    assert min(made.getpixel((50, 10))) > 245


@pytest.mark.parametrize("format", ["GIF", "WEBP"])
def test_an_animation_yields_its_first_frame(worker, format):
    frames = [Image.new("RGB", (64, 64), colour) for colour in ((255, 0, 0), (0, 255, 0), (0, 0, 255))]
    content = encoded(frames[0], format, save_all=True, append_images=frames[1:], duration=50)
    made = opened(worker.resize(content, 32, format="png").content)
    assert made.size == (32, 32) and getattr(made, "n_frames", 1) == 1
    assert made.convert("RGB").getpixel((16, 16))[0] > 240


# -- Hostile input --


def png_chunk(name, content):
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(width, height, colour=2, interlaced=0, content=None):
    header = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, interlaced)
    if content is None:
        stream = zlib.compressobj(9)
        line = bytes(1 + width * {0: 1, 2: 3, 6: 4}[colour])
        content = b"".join(stream.compress(line) for _ in range(height)) + stream.flush()
    return (
        b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", content) + png_chunk(b"IEND", b"")
    )


def patched(content, marker, offset, replacement):
    position = content.index(marker) + offset
    return content[:position] + replacement + content[position + len(replacement) :]


def bombs():
    small = picture(64, 64)
    jpeg, webp = encoded(small, "JPEG"), encoded(small, "WEBP")
    gif = b"GIF89a" + struct.pack("<HH", 8000, 8000) + b"\x80\0\0" + bytes(6)
    gif += b"\x2c" + struct.pack("<HHHH", 0, 0, 8000, 8000) + b"\0\x02\x02\x44\x01\0\x3b"
    avif = encoded(small, "AVIF")
    return {
        "png 7100 x 7100": png(7100, 7100),
        "png 60000 x 60000": png(60000, 60000, content=zlib.compress(bytes(1000))),
        "png 2147483647 wide": png(2147483647, 1, content=zlib.compress(bytes(1000))),
        "png interlaced": png(6900, 7000, colour=6, interlaced=1, content=zlib.compress(bytes(1000))),
        "png of 0 pixels": png(0, 0, content=b""),
        "jpeg 65500 x 65500": patched(jpeg, b"\xff\xc0", 5, struct.pack(">HH", 65500, 65500)),
        "gif 8000 x 8000": gif,
        "webp 16383 x 16383": patched(webp, b"VP8 ", 14, struct.pack("<HH", 16383, 16383)),
        "avif 60000 x 60000": patched(avif, b"ispe", 8, struct.pack(">II", 60000, 60000)),
        "jpeg progressive": encoded(Image.new("RGB", (7000, 7000)), "JPEG", progressive=True, subsampling=0),
        "avif": encoded(Image.new("RGB", (4300, 3200)), "AVIF", speed=10),
    }


BOMBS = bombs()


@pytest.mark.parametrize("name", BOMBS)
def test_decompression_bombs_are_refused(worker, name):
    started = time.monotonic()
    reply = worker.resize(BOMBS[name], 200, 200)
    assert reply.status in (TOO_LARGE, UNREADABLE), reply
    # They are refused before they are decoded.
    assert time.monotonic() - started < 5 and worker.peak_memory < 64
    assert worker.resize(encoded(picture(64, 64), "JPEG"), 32).status == DONE


def test_an_image_of_ten_thousand_scans_takes_bounded_time():
    """A progressive JPEG may have any number of scans, and each covers the whole image."""
    jpeg = encoded(picture(4000, 3000), "JPEG", progressive=True, quality=30)
    scan = jpeg[jpeg.rindex(b"\xff\xda") : -2]
    bomb = jpeg[:-2] + scan * (8_000_000 // len(scan)) + b"\xff\xd9"
    with Worker() as worker:
        started = time.monotonic()
        try:
            worker.resize(bomb, 200, 200, seconds=2)
        except Ended as ended:
            assert ended.args[0] == -14  # SIGALRM
        assert time.monotonic() - started < 8


def test_files_of_other_types_are_refused(worker):
    svg = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>'
    for content in (
        svg, zlib.compress(svg), b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj<<>>endobj", b"%!PS-Adobe-3.0\n", b"BM" + bytes(60),
        b"P6\n1 1\n255\nabc", b"push graphic-context\nimage over 0,0 0,0 'https://127.0.0.1/'\npop graphic-context",
        b"\x00\x00\x00\x0cjP  \r\n\x87\n", b"\xff\x0a" + bytes(40), b"v/1\x01" + bytes(100), b"#?RADIANCE\n", b"",
        b"SIMPLE  =                    T", b"<!doctype html><script>1</script>", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff",
        b"8BPS\0\1" + bytes(40), b"\x00\x00\x01\x00\x01\x00" + bytes(40), b"\xb6\xa6\xf2\x08" + bytes(80),
    ):  # fmt: skip
        reply = worker.resize(content, 10, 10)
        assert reply.status == UNREADABLE, content


def test_data_appended_to_or_hidden_in_an_image_is_removed(worker):
    hidden = b"<script>alert(1)</script>PK\x03\x04<?php 1 ?>"
    jpeg = encoded(picture(64, 64), "JPEG", comment=hidden)
    gif = encoded(picture(64, 64), "GIF", comment=hidden)
    png_file = encoded(picture(64, 64), "PNG")
    png_file = png_file[:33] + png_chunk(b"tEXt", b"Comment\0" + hidden) + png_file[33:]
    for content in (jpeg, jpeg + hidden, gif, gif + hidden, png_file, png_file + hidden):
        for format in ("jpeg", "png", "webp", "avif"):
            reply = worker.resize(content, 32, format=format)
            assert reply.status == DONE
            assert b"<script>" not in reply.content and b"<?php" not in reply.content and b"PK\3\4" not in reply.content


def sources():
    """Images of every supported format, with metadata."""
    image = picture(97, 61)
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0)})
    profile = matrix_profile(*WIDE_SPACES["Adobe RGB"])
    alpha = image.convert("RGBA")
    alpha.putalpha(Image.linear_gradient("L").resize(image.size))
    frames = [picture(50, 40, seed) for seed in range(4)]
    moving = {"save_all": True, "append_images": frames[1:], "duration": 40}
    interlaced = png(97, 61, 2, 1, zlib.compress(random.Random(2).randbytes(97 * 61 * 3 + 200)))
    return [
        encoded(image, "JPEG", exif=exif, icc_profile=profile), encoded(image, "JPEG", progressive=True),
        encoded(image.convert("CMYK"), "JPEG"), encoded(image, "JPEG", subsampling=0, restart_marker_rows=1),
        encoded(image, "PNG", icc_profile=profile, exif=exif), encoded(alpha, "PNG"), interlaced,
        encoded(image.convert("P"), "PNG", bits=4), encoded(image, "WEBP", exif=exif.tobytes(), icc_profile=profile),
        encoded(alpha, "WEBP", lossless=True), encoded(frames[0], "WEBP", **moving), encoded(frames[0], "GIF", **moving),
        encoded(image, "GIF", interlace=1), encoded(image, "AVIF", icc_profile=profile), encoded(alpha, "AVIF"),
        encoded(image, "TIFF"), encoded(image, "TIFF", compression="tiff_lzw"),
        encoded(image, "TIFF", compression="tiff_adobe_deflate"), encoded(image, "TIFF", compression="jpeg"),
    ]  # fmt: skip


def damaged(chance, source, others):
    """A random damage to a file, possibly several times."""
    content = bytearray(source)
    for _ in range(chance.choice((1, 1, 1, 2, 4, 16))):
        position = chance.randrange(max(len(content), 1))
        # Damage to headers has more effect than damage to pixels.
        if chance.random() < 0.5:
            position = min(position, chance.randrange(200))
        kind = chance.randrange(8)
        if kind == 0 and content:
            content[position % len(content)] ^= 1 << chance.randrange(8)
        elif kind == 1:
            content[position : position + chance.randrange(1, 9)] = chance.randbytes(chance.randrange(1, 9))
        elif kind == 2:
            content[position : position + 4] = chance.choice(
                (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\1", b"\x80\0\0\0")
            )
        elif kind == 3:
            del content[position:]
        elif kind == 4:
            del content[position : position + chance.randrange(1, 200)]
        elif kind == 5:
            length = chance.randrange(1, 400)
            content[position:position] = content[position : position + length] * chance.choice((1, 2, 50))
        elif kind == 6:
            other = chance.choice(others)
            start = chance.randrange(len(other))
            content[position : position + 60] = other[start : start + chance.randrange(1, 300)]
        else:
            content[position:position] = bytes(chance.randrange(1, 2000))
    return bytes(content)


def test_damaged_images_never_crash_or_hang():
    chance, originals = random.Random(SEED), sources()
    with Worker() as worker:
        assert all(worker.resize(original, 40).status == DONE for original in originals[:6] + originals[7:])
    outcomes, ends, slowest, peak = {}, [], 0, 0
    worker = Worker()
    for number in range(DAMAGED):
        content = damaged(chance, chance.choice(originals), originals)
        fit, format = chance.choice(("cover", "contain", "inside", "fill")), chance.choice(("jpeg", "png", "webp", "avif"))
        started = time.monotonic()
        try:
            reply = worker.resize(
                content, chance.randrange(0, 200), chance.randrange(0, 200), fit, format, seconds=10, enlarges=chance.random() < 0.2
            )
            outcomes[reply.status] = outcomes.get(reply.status, 0) + 1
            peak = max(peak, worker.peak_memory)
        except Ended as ended:
            # The function would start another worker. Only the limits of memory and time may end one.
            ends.append((number, ended.args[0]))
            worker = Worker()
        slowest = max(slowest, time.monotonic() - started)
    worker.__exit__()
    print(f"\n{DAMAGED} damaged images: {outcomes}, ended {ends}, slowest {slowest:.2f} s, peak {peak:.0f} MB")
    assert outcomes.get(DONE) and outcomes.get(UNREADABLE)
    assert len(ends) <= DAMAGED / 1000 and slowest < 12 and peak < MAX_MEMORY


@pytest.mark.parametrize("options, most", [({}, 48), ({"progressive": True}, 128)], ids=["baseline", "progressive"])
def test_photos_of_twelve_megapixels_need_little_memory(worker, options, most):
    photo = encoded(picture(4000, 3000), "JPEG", quality=90, **options)
    assert worker.resize(photo, 200, 200).status == DONE
    assert worker.peak_memory < most
