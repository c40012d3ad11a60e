"""Images without their metadata, read by Pillow and by the worker's libvips."""

import io
import random
import struct
import zlib

from image_worker import Worker
from PIL import Image, ImageCms, ImageSequence, TiffImagePlugin
from uploads import attach, exchange, upload

SECRET = b"48.8583 N, 2.2944 E"
SIZE = (48, 40)


def noise(seed=1, mode="RGB"):
    return Image.frombytes("RGB", SIZE, random.Random(seed).randbytes(SIZE[0] * SIZE[1] * 3)).convert(mode)


def saved(format, image=None, **options):
    buffer = io.BytesIO()
    (image or noise()).save(buffer, format, **options)
    return buffer.getvalue()


def animated(format, **options):
    more = [noise(seed) for seed in range(2, 6)]
    timing = {} if format == "TIFF" else {"duration": 100, "loop": 3}
    return saved(format, save_all=True, append_images=more, **timing, **options)


def segment(marker, data):
    return bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def box(name, data):
    return struct.pack(">I", len(data) + 8) + name + data


def riff(image, name, data):
    longer = image + name + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)
    return longer[:4] + struct.pack("<I", len(longer) - 8) + longer[8:]


def profile():
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def exif(orientation=6):
    data = Image.Exif()
    data[0x0112], data[0x010F] = orientation, SECRET.decode()
    return data


def tagged(*tags):
    directory = TiffImagePlugin.ImageFileDirectory_v2()
    for tag in tags:
        directory[tag], directory.tagtype[tag] = SECRET.decode(), 2
    return saved("TIFF", tiffinfo=directory)


def examples():
    jpeg, png, gif = saved("JPEG", progressive=True), saved("PNG"), animated("GIF", comment=SECRET)
    webp, avif = animated("WEBP", lossless=True, xmp=SECRET, icc_profile=profile()), animated("AVIF", xmp=SECRET)
    for format in ["JPEG", "PNG", "WEBP", "AVIF", "TIFF"]:
        yield format, saved(format, exif=exif(), icc_profile=profile())
    yield "JPEG", jpeg[:20] + b"\0\0" + segment(0xE1, exif().tobytes()) + jpeg[20:]
    yield "JPEG", jpeg[:20] + segment(0xE2, b"ICC_PROFILE\0\1\1" + SECRET) + jpeg[20:]
    yield "JPEG", saved("JPEG", noise(mode="CMYK"), comment=SECRET)
    for name in [b"caBX", b"zxIf", b"prVW", b"mkBT", b"gIFx", b"sPLT"]:
        yield "PNG", png[:33] + chunk(name, SECRET) + png[33:]
    yield "PNG", animated("PNG")[:-12] + chunk(b"tEXt", b"a\0" + SECRET) + chunk(b"IEND", b"")
    yield "PNG", saved("PNG", noise(mode="P"), transparency=3) + SECRET
    for name in [b"C2PA", b"XMP\0", b"LIST", b"META"]:
        yield "WEBP", riff(webp, name, SECRET)
    for place in [b"\x21\x01\x0c" + bytes(12), b"\0\x21\xfe", b"\x21\xff\x0bNETSCAPE2.0"]:
        yield "GIF", gif[:-1] + place + bytes([len(SECRET)]) + SECRET + b"\0;"
    for name in [b"mpvd", b"sefd", b"uuid", b"udta", b"moov", b"JUNK"]:
        yield "AVIF", avif + box(name, SECRET)
    yield "AVIF", avif + SECRET
    yield "TIFF", tagged(0x010F, 0x011D, 0x1000, 0x882A, 0x9003, 0xA420, 0xA430, 0xC614, 0xC634)
    yield "TIFF", animated("TIFF") + SECRET
    for compression in ["tiff_lzw", "tiff_adobe_deflate", "jpeg", "packbits"]:
        yield "TIFF", saved("TIFF", compression=compression, software=SECRET.decode()) + SECRET


def as_displayed(content):
    """All frames, how they are displayed, and what libvips reads."""
    image = Image.open(io.BytesIO(content))
    frames = [(frame.convert("RGBA").tobytes(), frame.info.get("duration")) for frame in ImageSequence.Iterator(image)]
    with Worker() as worker:
        reply = worker.resize(content, format="png")
    return frames, image.getexif().get(0x0112), image.info.get("loop"), (reply.status, reply.content)


def test_pictures_are_displayed_as_before_without_what_hides_in_them(people):
    alice, bob = people("alice"), people("bob")
    conversation, device = alice.direct(bob), alice.device()
    for index, (format, content) in enumerate(examples()):
        file = upload(alice, content, f"image/{format.lower()}")
        assert attach(device, conversation, file)["type"] == "message-sent", (index, format)
        status, body, _ = exchange("GET", bob.messages(conversation)[0]["attachments"][0]["url"])
        assert (status, len(body)) == (200, len(content)), (index, format)
        assert SECRET not in body, (index, format)
        assert as_displayed(body) == as_displayed(content), (index, format)
