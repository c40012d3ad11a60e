"""A file from one user to another: announced, uploaded, confirmed by its event, attached, and read by its URL."""

import io
import random
import re
import uuid

import pytest
from client import Person, say
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from runtime import ROOT, Runtime
from uploads import announce, attach, eventually, exchange, flipped, post, upload

FILE = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}\.[a-z0-9]+")


def keys(storage, announced):
    bucket = announced["upload"]["url"].rstrip("/").rsplit("/", 1)[1]
    listed = storage.list_objects_v2(Bucket=bucket, Prefix=announced["fileId"])
    return [one["Key"] for one in listed.get("Contents", [])]


def photo(width=1200, height=900, turned=True):
    """A rotated JPEG with a location, as cameras write them."""
    chance = random.Random(1)
    image = Image.frombytes("RGB", (16, 12), chance.randbytes(16 * 12 * 3)).resize((width, height))
    exif = Image.Exif()
    if turned:
        exif[0x0112] = 6
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", exif=exif, quality=90)
    return buffer.getvalue()


def test_a_photo_reaches_only_participants(people):
    alice, bob, stranger = people("alice"), people("bob"), people("stranger")
    phone, desk, outside = alice.device(), bob.device(), stranger.device()
    conversation = alice.direct(bob)
    content = photo()

    file = upload(alice, content, "image/jpeg", fileName="Föto.jpg")
    assert FILE.fullmatch(file) and file.endswith(".jpg")
    answer = attach(phone, conversation, file)
    assert answer["type"] == "message-sent", answer

    pushed = [device.wait(lambda frame: frame.get("type") == "new-message") for device in (phone, desk)]
    listed = [person.messages(conversation)[0] for person in (alice, bob)]
    for message in pushed + listed:
        (attachment,) = message["attachments"]
        url = attachment.pop("url")
        assert attachment == {
            "fileId": file,
            "contentType": "image/jpeg",
            "size": len(content),
            "fileName": "Föto.jpg",
            "width": 900,
            "height": 1200,
        }
        assert message["content"] == ""
    assert bob.conversation(conversation)["latestContent"] == "Föto.jpg"

    # The URL needs no login, and a login does not replace it.
    status, body, headers = exchange("GET", f"{url}&width=90")
    assert status == 200, body
    image = Image.open(io.BytesIO(body))
    assert image.size == (90, 120) and not image.getexif()
    assert int(re.search(r"max-age=(\d+)", headers["Cache-Control"]).group(1)) <= 4500

    other = upload(alice, content, "image/jpeg")
    assert exchange("GET", url.replace(file, other))[0] in (401, 403)
    assert exchange("GET", url.split("?")[0])[0] == 401
    # Trying all of them would take a minute.
    for changed in random.Random(1).sample(list(flipped(url)), 60):
        assert exchange("GET", changed)[0] in (401, 403), changed

    assert stranger.http("GET", f"/conversations/{conversation}/messages")[0] == 403
    outside.settle()
    assert outside.of("new-message") == []


def metadata_of(image):
    """An image's metadata, as Pillow finds it."""
    exif = image.getexif()
    found = {tag: value for tag, value in exif.items() if tag != 0x0112 and tag not in TIFF_STRUCTURE}
    texts = {name: value for name, value in image.info.items() if name in ("comment", "Comment", "xmp")}
    # Removed values are absent or zeros.
    return {name: value for name, value in {**found, **texts}.items() if value and value != 0 and any(bytes(str(value), "utf8").strip(b"b'\\x0"))}


# Width, bits, compression, the location of the strips: required to decode the image.
TIFF_STRUCTURE = {256, 257, 258, 259, 262, 273, 277, 278, 279, 284, 317, 339}


@pytest.mark.parametrize(
    "format, content_type",
    [
        ("JPEG", "image/jpeg"),
        ("PNG", "image/png"),
        ("WEBP", "image/webp"),
        ("AVIF", "image/avif"),
        ("GIF", "image/gif"),
        ("TIFF", "image/tiff"),
    ],
)
def test_an_images_metadata_is_removed(people, format, content_type):
    alice, bob = people("alice"), people("bob")
    conversation = alice.direct(bob)
    picture = Image.frombytes("RGB", (64, 48), random.Random(3).randbytes(64 * 48 * 3))
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x013B] = 6, "Camera", "Alice of Wonderland"
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    exif.get_ifd(0x8769)[0x9003] = "2026:11:22 10:00:00"
    more = {"PNG": {"pnginfo": PngInfo()}, "GIF": {"comment": b"Alice of Wonderland"}}.get(format, {})
    if format == "PNG":
        more["pnginfo"].add_text("Comment", "Alice of Wonderland")
    buffer = io.BytesIO()
    picture.save(buffer, format, **({} if format == "GIF" else {"exif": exif}), **more)
    content = buffer.getvalue()
    assert b"Wonderland" in content and metadata_of(Image.open(buffer))

    assert attach(alice.device(), conversation, upload(alice, content, content_type))["type"] == "message-sent"
    status, body, _ = exchange("GET", bob.messages(conversation)[0]["attachments"][0]["url"])
    assert (status, len(body)) == (200, len(content))
    assert b"Wonderland" not in body and b"Camera" not in body and b"2026:11" not in body
    image = Image.open(io.BytesIO(body))
    assert not metadata_of(image)
    assert not any(image.getexif().get_ifd(0x8825).values())
    # The pixels and the orientation are unchanged.
    assert list(image.convert("RGB").get_flattened_data()) == list(Image.open(buffer).convert("RGB").get_flattened_data())
    if format in ("JPEG", "PNG", "WEBP"):
        assert image.getexif()[0x0112] == 6


def test_bytes_arrive_unchanged(people):
    alice, bob = people("alice"), people("bob")
    device = alice.device()
    conversation = alice.direct(bob)
    content = random.Random(2).randbytes(300_000)
    file = upload(alice, content, "application/octet-stream", fileName="a.bin")
    assert attach(device, conversation, file, text="here")["type"] == "message-sent"

    (attachment,) = bob.messages(conversation)[0]["attachments"]
    assert bob.messages(conversation)[0]["content"] == "here"
    status, body, headers = exchange("GET", attachment["url"])
    assert (status, body) == (200, content)
    assert headers["Content-Disposition"].startswith("attachment")


def test_only_own_uploaded_files_can_be_attached(people):
    alice, bob = people("alice"), people("bob")
    device = alice.device()
    conversation = alice.direct(bob)
    good = upload(alice, b"hello", "text/plain")
    waiting = announce(alice, "text/plain", 5)["fileId"]
    foreign = upload(bob, b"hello", "text/plain")
    unknown = f"{uuid.uuid4()}.txt"

    for file, code in [(waiting, "invalid_request"), (foreign, "not_found"), (unknown, "not_found"), ("x", "invalid_request")]:
        answer = attach(device, conversation, good, file)
        assert (answer["type"], answer.get("code")) == ("error", code), answer
    assert attach(device, conversation, *[good] * 2)["code"] == "invalid_request"
    assert alice.messages(conversation) == []

    device.send("send-message", conversationId=conversation, tempMessageId="t", attachments=[good])
    first = device.wait(lambda frame: frame.get("type") == "message-sent")
    device.send("send-message", conversationId=conversation, tempMessageId="t", attachments=[good])
    device.settle()
    eventually(lambda: len(device.of("message-sent")) == 2)
    assert device.of("message-sent")[1] == first
    assert len(device.of("new-message")) == 1


def test_a_form_that_breaks_its_policy_is_refused(people, storage):
    alice = people("alice")
    announced = announce(alice, "image/png", 64)
    content = b"\x89PNG\r\n\x1a\n" + bytes(56)
    other = announce(alice, "image/png", 64)["fileId"]
    for changes, body in [
        ({}, content + b"x"),
        ({}, content[:-1]),
        ({"key": other}, content),
        ({"key": "other"}, content),
        ({"Content-Type": "text/html"}, content),
        ({"Content-Type": None}, content),
        ({"policy": None}, content),
        ({"x-amz-signature": "0" * 64}, content),
        ({"acl": "public-read"}, content),
    ]:
        status, answer, _ = post(announced, body, **changes)
        assert status in (400, 403), (changes, status, answer)
    assert keys(storage, announced) == []


@pytest.mark.parametrize(
    "content_type, content",
    [
        ("image/png", b"<html><script>alert(1)</script></html>"),
        ("image/jpeg", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
        ("text/plain", b"MZ\x90\x00\x03\x00\x00\x00"),
        ("application/pdf", b"GIF89a" + bytes(20)),
        ("video/mp4", b"#!/bin/sh\necho hello"),
    ],
)
def test_a_file_of_another_type_than_announced_is_removed(people, storage, content_type, content):
    alice, bob = people("alice"), people("bob")
    announced = announce(alice, content_type, len(content))
    assert post(announced, content)[0] == 204
    eventually(lambda: keys(storage, announced) == [])
    answer = attach(alice.device(), alice.direct(bob), announced["fileId"])
    assert answer["code"] == "invalid_request"


def test_a_file_that_is_replaced_after_it_was_confirmed_is_removed(people, storage):
    alice, bob = people("alice"), people("bob")
    device = alice.device()
    conversation = alice.direct(bob)
    announced = announce(alice, "text/plain", 5)
    for content in (b"hello", b"hello"):
        assert post(announced, content)[0] == 204
    assert attach(device, conversation, announced["fileId"])["type"] == "message-sent"
    assert post(announced, b"other")[0] == 204
    eventually(lambda: keys(storage, announced) == [])
    eventually(lambda: bob.messages(conversation)[0]["attachments"] == [])


def test_a_large_file_is_uploaded_in_parts(people):
    alice, bob = people("alice"), people("bob")
    device = alice.device()
    conversation = alice.direct(bob)
    size = 104_857_601
    announced = announce(alice, "application/octet-stream", size)
    parts = announced["upload"]["parts"]
    assert sum(part["size"] for part in parts) == size

    block = random.Random(3).randbytes(parts[0]["size"])
    status, _, _ = exchange("PUT", parts[0]["url"], block + b"x")
    assert status == 403
    etags = []
    for part in parts:
        status, answer, headers = exchange("PUT", part["url"], block[: part["size"]])
        assert status == 200, answer
        etags.append(f"<Part><PartNumber>{part['partNumber']}</PartNumber><ETag>{headers['ETag']}</ETag></Part>")
    complete = announced["upload"]["complete"]
    body = f"<CompleteMultipartUpload>{''.join(etags)}</CompleteMultipartUpload>".encode()
    status, answer, _ = exchange(complete["method"], complete["url"], body)
    assert status == 200 and b"<Error>" not in answer, answer

    assert attach(device, conversation, announced["fileId"])["type"] == "message-sent"
    (attachment,) = bob.messages(conversation)[0]["attachments"]
    assert attachment["size"] == size
    # Too large for a function's response: the proxy redirects, and the client may request a range.
    status, body, _ = exchange("GET", attachment["url"], headers={"Range": "bytes=0-99"})
    assert (status, body) == (206, block[:100])


def test_an_upload_in_parts_can_be_aborted(people):
    alice = people("alice")
    announced = announce(alice, "video/mp4", 200_000_000)
    abort = announced["upload"]["abort"]
    assert exchange(abort["method"], abort["url"])[0] == 204
    status, _, _ = exchange("PUT", announced["upload"]["parts"][0]["url"], bytes(announced["upload"]["parts"][0]["size"]))
    assert status == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"contentType": "image/svg+xml", "size": 1},
        {"contentType": "text/html", "size": 1},
        {"contentType": "image/png", "size": 0},
        {"contentType": "image/png", "size": "1"},
        {"contentType": "image/png", "size": 1, "fileName": "../x"},
    ],
)
def test_bad_announcements_are_refused(people, body):
    status, answer = people("alice").http("POST", "/files", body)
    assert (status, answer["code"]) == (400, "invalid_request")


def test_files_need_a_token(runtime):
    assert runtime.request("POST", "/files", {"contentType": "image/png", "size": 1})[0] == 401


def test_limits_reserve_announced_files_and_count_uploaded_ones(data_directory):
    limits = ["FileLimitCount=2", "FileLimitBytes=100", "FileLimitSize=60", "FileLimitWindow=600"]
    options = [option for limit in limits for option in ("--parameter", limit)]
    with Runtime(ROOT / "template.yaml", data_directory, *options) as runtime:
        alice, bob = Person(runtime, "alice"), Person(runtime, "bob")
        device = alice.device()
        conversation = alice.direct(bob)
        assert alice.http("POST", "/files", {"contentType": "text/plain", "size": 61})[0] == 413

        def retry_after():
            status, answer, headers = alice.exchange("POST", "/files", {"contentType": "text/plain", "size": 41})
            assert (status, answer["code"]) == (429, "rate_limited")
            assert "try again in" in answer["message"]
            return int(headers["Retry-After"])

        first = announce(alice, "text/plain", 60)
        assert 600 < retry_after() <= 4500, "an announced file counts as long as its form can be used"
        assert post(first, b"x" * 60)[0] == 204
        assert attach(device, conversation, first["fileId"])["type"] == "message-sent"
        assert 1 <= retry_after() <= 600, "an uploaded file counts for the length of the window"

        second = upload(alice, b"x", "text/plain")
        assert attach(device, conversation, second)["type"] == "message-sent"
        assert alice.http("POST", "/files", {"contentType": "text/plain", "size": 1})[0] == 429
        assert bob.http("POST", "/files", {"contentType": "text/plain", "size": 1})[0] == 200
        say(device, conversation, "still chatting")
        for person in (alice, bob):
            person.leave()


def test_an_expired_url_is_refused(data_directory):
    with Runtime(ROOT / "template.yaml", data_directory, "--parameter", "FileCredentialLifetime=4") as runtime:
        alice, bob = Person(runtime, "alice"), Person(runtime, "bob")
        conversation = alice.direct(bob)
        file = upload(alice, b"hello", "text/plain")
        assert attach(alice.device(), conversation, file)["type"] == "message-sent"
        url = bob.messages(conversation)[0]["attachments"][0]["url"]
        assert exchange("GET", url)[0] == 200
        eventually(lambda: exchange("GET", url)[0] in (401, 403))
        # A participant gets a new URL.
        assert exchange("GET", bob.messages(conversation)[0]["attachments"][0]["url"])[0] == 200
        alice.leave()
