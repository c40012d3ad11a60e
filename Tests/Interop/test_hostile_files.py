"""Files of people who mean harm: swapped after they were seen, made to be read for ever, or multiplied."""

import io
import struct
import threading
import urllib.parse

import pytest
from PIL import Image
from uploads import announce, attach, eventually, exchange, post, upload


def image(format, colour):
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64), colour).save(buffer, format, **({"compress_level": 0} if format == "PNG" else {}))
    return buffer.getvalue()


def padded(*contents):
    longest = max(map(len, contents))
    return [content + bytes(longest - len(content)) for content in contents]


MOVIE = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"
PAIRS = {
    "text/plain": (b"hello", b"other"),
    "image/png": padded(image("PNG", (0, 128, 0)), image("PNG", (128, 0, 0))),
    "image/jpeg": padded(image("JPEG", (0, 128, 0)), image("JPEG", (128, 0, 0))),
    "video/mp4": (MOVIE + b"a" * 5000, MOVIE + b"b" * 5000),
    "application/octet-stream": (b"x" * 200_000, b"y" * 200_000),
}


@pytest.mark.parametrize("content_type", PAIRS)
@pytest.mark.parametrize("is_racing", [False, True], ids=["afterwards", "meanwhile"])
def test_a_file_is_never_served_with_two_contents(people, content_type, is_racing):
    """Its form is sent with other content after the file was attached, or all the time."""
    alice, bob = people("alice"), people("bob")
    device, conversation = alice.device(), alice.direct(bob)
    good, evil = PAIRS[content_type]
    announced = announce(alice, content_type, len(good))
    done = threading.Event()

    def swap():
        while not done.is_set():
            for content in (evil, good):
                post(announced, content)

    threads = [threading.Thread(target=swap) for _ in range(3 if is_racing else 0)]
    assert post(announced, good)[0] == 204
    for thread in threads:
        thread.start()
    try:
        answer = attach(device, conversation, announced["fileId"])
        if not is_racing:
            assert answer["type"] == "message-sent", answer
        if answer["type"] == "message-sent":
            urls = [one["url"] for one in bob.messages(conversation)[0]["attachments"]]
            bodies = set()
            for number in range(60):
                if number == 5 and not is_racing:
                    assert post(announced, evil)[0] == 204
                for url in urls:
                    # The stage answers a limited number of requests a second.
                    status, body, _ = eventually(lambda: (answer := exchange("GET", url))[0] != 429 and answer)
                    assert status in (200, 404), body
                    bodies |= {body} if status == 200 else set()
            assert len(bodies) <= 1
            assert is_racing or bodies == {good}
    finally:
        done.set()
        for thread in threads:
            thread.join()


def test_a_form_stores_nothing_where_files_are_read(people, storage):
    alice = people("alice")
    announced = announce(alice, "text/plain", 5)
    bucket = announced["upload"]["url"].rstrip("/").rsplit("/", 1)[1]
    assert announced["upload"]["fields"]["key"] == f"incoming/{announced['fileId']}"
    assert post(announced, b"hello", key=announced["fileId"])[0] == 403
    assert post(announced, b"hello")[0] == 204

    def keys(prefix):
        return [one["Key"] for one in storage.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])]

    eventually(lambda: keys(announced["fileId"]) == [announced["fileId"]])
    eventually(lambda: keys(f"incoming/{announced['fileId']}") == [])
    # A repeated upload is removed; the file stays.
    assert post(announced, b"hello")[0] == 204
    eventually(lambda: keys(f"incoming/{announced['fileId']}") == [])
    assert keys(announced["fileId"]) == [announced["fileId"]]


def png_of(chunk, size):
    head = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sIIBBBBB", 13, b"IHDR", 16, 16, 8, 2, 0, 0, 0) + bytes(4)
    return head + chunk * ((size - len(head)) // len(chunk))


HOSTILE = {
    "png of empty texts": ("image/png", lambda size: png_of(b"\0\0\0\1tEXt\0" + bytes(4), size)),
    "png of empty chunks": ("image/png", lambda size: png_of(b"\0\0\0\0IDAT" + bytes(4), size)),
    "jpeg of empty comments": ("image/jpeg", lambda size: b"\xff\xd8" + b"\xff\xfe\0\2" * (size // 4)),
    "jpeg of fill bytes": ("image/jpeg", lambda size: b"\xff\xd8" + b"\xff" * size),
    "gif of tiny blocks": ("image/gif", lambda size: b"GIF89a\1\0\1\0\0\0\0\x21\xfe" + b"\1\7" * (size // 2)),
    "webp of empty chunks": ("image/webp", lambda size: b"RIFF\xff\xff\xff\x7fWEBP" + b"EXIF\0\0\0\0" * (size // 8)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_an_image_of_endless_parts_is_refused_and_delays_no_other(people, name):
    mallory, bob = people("mallory"), people("bob")
    content_type, make = HOSTILE[name]
    content = make(20_000_000)
    announced = announce(mallory, content_type, len(content))
    device, conversation = mallory.device(), mallory.direct(bob)
    assert post(announced, content)[0] == 204
    # Another person's file is confirmed while the image is examined.
    assert attach(bob.device(), conversation, upload(bob, b"hello", "text/plain"))["type"] == "message-sent"
    answer = attach(device, conversation, announced["fileId"])
    assert (answer["type"], answer["code"]) == ("error", "invalid_request")


def test_variants_of_an_image_are_bounded(people, storage):
    alice, bob = people("alice"), people("bob")
    conversation = alice.direct(bob)
    picture = image("PNG", (10, 20, 30))
    assert attach(alice.device(), conversation, upload(alice, picture, "image/png"))["type"] == "message-sent"
    url = bob.messages(conversation)[0]["attachments"][0]["url"]

    def made(**parameters):
        status, body, headers = exchange("GET", f"{url}&{urllib.parse.urlencode(parameters)}")
        assert status == 200, body
        return headers["ETag"]

    # Sizes and qualities that differ a little are the same variant.
    assert made(width=61) == made(width=64) == made(width=63)
    assert made(format="webp", quality=85) == made(format="webp", quality=100)
    assert made(width=4096, height=4096, enlarge="true", format="png") == made(
        width=1024, height=1024, enlarge="true", format="png"
    )
    tags = {
        made(width=width, format=format, quality=quality)
        for width in (10, 16, 20, 24, 32, 40, 48, 50) for format in ("webp", "jpeg") for quality in (30, 50, 70, 90)
    }  # fmt: skip
    # The rest is answered with the file itself.
    assert len({tag for tag in tags if "/" in tag}) <= 60 and any("/" not in tag for tag in tags)
