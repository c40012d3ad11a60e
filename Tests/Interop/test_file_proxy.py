"""Files read by their URLs: through the API, its authorizer and the function, from the local S3."""

import json
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

import boto3
import pytest
from botocore.config import Config
from file_credentials import SECRETS, credential
from PIL import Image
from runtime import ROOT, Runtime
from test_images import encoded, opened, picture
from test_management import CREDENTIALS, ONCE


@pytest.fixture(scope="module")
def runtime(data_directories):
    arguments = ["--parameter", f"FileCredentialSecrets={SECRETS}"]
    with Runtime(ROOT / "template.yaml", next(data_directories), *arguments) as runtime:
        yield runtime


@pytest.fixture(scope="module")
def storage(runtime):
    return boto3.client(
        "s3",
        endpoint_url=runtime.services_url,
        config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
        **CREDENTIALS,
    )


@pytest.fixture(scope="module")
def buckets(storage):
    names = [bucket["Name"] for bucket in storage.list_buckets()["Buckets"]]
    return {kind: next(name for name in names if kind in name.lower()) for kind in ("files", "variants")}


@pytest.fixture(scope="module")
def files(runtime):
    return next(api["url"] for api in runtime.info["apis"] if api["logicalId"] == "Files").rstrip("/") + "/files"


@pytest.fixture(scope="module")
def put(storage, buckets):
    def put(extension, content):
        key = f"{uuid.uuid4()}.{extension}"
        storage.put_object(Bucket=buckets["files"], Key=key, Body=content)
        return key

    return put


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


DIRECT = urllib.request.build_opener(NoRedirect)


def request(url, method="GET", headers=None):
    """The status, the headers with lower-case names, and the body."""
    try:
        with DIRECT.open(urllib.request.Request(url, method=method, headers=headers or {}), timeout=60) as response:
            return response.status, {name.lower(): value for name, value in response.headers.items()}, response.read()
    except urllib.error.HTTPError as error:
        return error.code, {name.lower(): value for name, value in error.headers.items()}, error.read()


def photo(width=1200, height=900):
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)})
    return encoded(picture(width, height), "JPEG", quality=90, exif=exif)


def test_a_thumbnail_is_upright_and_has_no_metadata(files, put):
    file = put("jpg", photo())
    url = f"{files}/{file}?s={credential(file)}&width=200"
    status, headers, body = request(url)
    assert status == 200, body
    made = opened(body)
    assert made.size == (200, 267) and not made.getexif()
    assert headers["content-type"] == "image/jpeg" and headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in headers["content-security-policy"]
    assert request(url, headers={"If-None-Match": headers["etag"]})[0] == 304
    head, head_headers, nothing = request(url, "HEAD")
    assert (head, nothing) == (200, b"") and head_headers["etag"] == headers["etag"]
    assert int(head_headers["content-length"]) == len(body)


def test_a_file_needs_its_own_credential(runtime, files, put, storage, buckets):
    file, other = put("jpg", photo(60, 40)), put("jpg", photo(60, 40))
    good = credential(file)
    assert request(f"{files}/{file}?s={good}")[0] == 200
    header = {"alg": "none", "kid": "test", "typ": "JWT"}
    tokens = [
        credential(other), credential(file, time.time() - 1), credential(file, secret=b"x" * 32), good + "=", good[:-1],
        credential(file, header=header), credential(file, header=header).rpartition(".")[0] + ".", "a.b.c", f"{good},{good}",
        credential(file, header={"alg": "HS512", "kid": "test", "typ": "JWT"}),
    ]  # fmt: skip
    for position in range(0, len(good), 7):
        changed = bytearray(good.encode())
        changed[position] ^= 1
        tokens.append(urllib.request.quote(bytes(changed)))
    for query in ["", "s=", *(f"s={token}" for token in tokens), f"s={good[:-2]}&s={good}"]:
        for parameters in ("", "&width=20"):
            for method in ("GET", "HEAD"):
                status, headers, body = request(f"{files}/{file}?{query}{parameters}", method)
                assert status in (401, 403), query
                assert b"\xff\xd8" not in body and "location" not in headers
    # Without the API: S3 without a signature, and the function itself.
    assert request(f"{runtime.services_url}/{buckets['files']}/{file}")[0] == 403
    client = boto3.client("lambda", endpoint_url=runtime.services_url, config=ONCE, **CREDENTIALS)
    event = json.loads((ROOT / "Tests/Fixtures/Events/http-post-conversation.json").read_text())
    event |= {"pathParameters": {"fileId": file}, "queryStringParameters": {}}
    answer = client.invoke(FunctionName="FileProxyOrigin", Payload=json.dumps(event).encode())
    assert json.loads(answer["Payload"].read())["statusCode"] == 401


def test_a_variant_is_made_once(files, put, storage, buckets):
    file = put("png", encoded(picture(300, 200), "PNG"))
    for expiry in (time.time() + 100, time.time() + 200, time.time() + 300):
        status, _, body = request(f"{files}/{file}?s={credential(file, expiry)}&width=64&height=64&format=webp")
        assert status == 200 and opened(body).size == (64, 64)
    kept = storage.list_objects_v2(Bucket=buckets["variants"], Prefix=file)["Contents"]
    etag = storage.head_object(Bucket=buckets["files"], Key=file)["ETag"].strip('"')
    assert [entry["Key"] for entry in kept] == [f"{file}/{etag}/w64-h64-cover-q80.webp"]


def test_the_format_follows_the_accept_header(files, put):
    file = put("jpg", photo(100, 80))
    url = f"{files}/{file}?s={credential(file)}&width=50&format=auto"
    for accept, expected in (("image/avif,image/webp,*/*", "avif"), ("image/webp,*/*", "webp"), ("*/*", "jpeg")):
        status, headers, _ = request(url, headers={"Accept": accept})
        assert (status, headers["content-type"]) == (200, f"image/{expected}")
        assert headers["vary"].lower() == "accept"


def test_large_files_and_other_types_are_redirected_to_storage(files, put):
    content = bytes(range(256)) * 4096
    for extension, body in (("mp4", content), ("png", content * 5), ("zip", content)):
        file = put(extension, body)
        status, headers, _ = request(f"{files}/{file}?s={credential(file)}")
        assert status == 302, extension
        assert int(headers["cache-control"].rpartition("=")[2]) <= 300
        status, part_headers, part = request(headers["location"], headers={"Range": "bytes=256-1023"})
        assert (status, part) == (206, body[256:1024])
        disposition = "attachment" if extension == "zip" else "inline"
        assert part_headers["content-disposition"].startswith(disposition)
        assert request(headers["location"].replace("X-Amz-Expires=300", "X-Amz-Expires=301"))[0] == 403


def test_no_response_is_cached_longer_than_its_credential_lasts(files, put):
    for extension, content in (("jpg", photo(60, 40)), ("mp4", b"video")):
        file = put(extension, content)
        for parameters in ("", "&width=10") if extension == "jpg" else ("",):
            token = credential(file, time.time() + 30)
            status, headers, _ = request(f"{files}/{file}?s={token}{parameters}")
            assert status in (200, 302)
            age = next(part for part in headers["cache-control"].split(", ") if part.startswith("max-age="))
            assert int(age.removeprefix("max-age=")) <= 30
            if status == 302:
                query = urllib.parse.parse_qs(urllib.parse.urlsplit(headers["location"]).query)
                assert 1 <= int(query["X-Amz-Expires"][0]) <= 30


def test_refusals_say_what_to_change(files, put):
    video, image, damaged = put("mp4", b"video"), put("jpg", photo(60, 40)), put("jpg", b"<svg/>")
    for file, parameters, expected in (
        (video, "width=10", 400), (image, "width=0", 400), (image, "width=4097", 400), (image, "format=svg", 400),
        (image, "fit=stretch", 400), (image, "quality=101", 400), (image, "dpr=4", 400), (damaged, "width=10", 422),
        (f"{uuid.uuid4()}.jpg", "", 404),
    ):  # fmt: skip
        status, headers, body = request(f"{files}/{file}?s={credential(file)}&{parameters}")
        assert status == expected, (parameters, body)
        assert json.loads(body).keys() == {"code", "message", "requestId"} and headers["cache-control"] == "no-store"
