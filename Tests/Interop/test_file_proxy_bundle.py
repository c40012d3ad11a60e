"""FileProxyOrigin's package, including libvips, under AWS's own emulator and with moto as S3."""

import base64
import copy
import json
import time

import boto3
import pytest
from emulator import Emulator
from file_credentials import SECRETS, credential
from moto.server import ThreadedMotoServer
from runtime import ROOT
from test_images import encoded, opened, picture

PACKAGE = ROOT / "build/FileProxyOrigin.zip"
PHOTO = "0197f9c4-6a3b-7c11-8d5e-2f4b6a8c0e13.jpg"
VIDEO = "0197f9c4-6a3b-7c11-8d5e-2f4b6a8c0e13.mp4"
EVENT = json.loads((ROOT / "Tests/Fixtures/Events/http-post-conversation.json").read_text())


@pytest.fixture(scope="module")
def storage():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    url = f"http://127.0.0.1:{server.get_host_and_port()[1]}"
    client = boto3.client(
        "s3", endpoint_url=url, region_name="us-east-1", aws_access_key_id="local", aws_secret_access_key="local"
    )
    client.url = url
    for bucket in ("files", "variants"):
        client.create_bucket(Bucket=bucket)
    client.put_object(Bucket="files", Key=PHOTO, Body=encoded(picture(800, 600), "JPEG"))
    client.put_object(Bucket="files", Key=VIDEO, Body=b"video")
    yield client
    server.stop()


@pytest.fixture(scope="module")
def proxy(storage):
    environment = {
        "FILES_BUCKET": "files", "VARIANTS_BUCKET": "variants", "FILE_CREDENTIAL_SECRETS": SECRETS,
        "AWS_ENDPOINT_URL_S3": storage.url, "AWS_LAMBDA_FUNCTION_TIMEOUT": "29",
    }  # fmt: skip
    with Emulator(PACKAGE, environment) as emulator:
        yield emulator


def get(proxy, file, token=None, method="GET", headers=None, **parameters):
    event = copy.deepcopy(EVENT)
    event["routeKey"] = event["requestContext"]["routeKey"] = f"{method} /files/{{fileId}}"
    event["requestContext"]["http"]["method"] = method
    event["pathParameters"] = {"fileId": file}
    event["headers"] = headers or {}
    event["queryStringParameters"] = {"s": credential(file) if token is None else token, **parameters}
    event.pop("body", None)
    return json.loads(proxy.invoke(event))


def test_a_resized_image_is_stored(proxy, storage):
    answer = get(proxy, PHOTO, width="200", height="150", format="webp")
    assert answer["statusCode"] == 200, (answer, proxy.text)
    content = base64.b64decode(answer["body"])
    assert opened(content).size == (200, 150) and answer["headers"]["content-type"] == "image/webp"
    kept = storage.list_objects_v2(Bucket="variants")["Contents"]
    assert [entry["Key"].startswith(PHOTO) for entry in kept] == [True]
    storage.put_object(Bucket="variants", Key=kept[0]["Key"], Body=b"kept")
    assert base64.b64decode(get(proxy, PHOTO, width="200", height="150", format="webp")["body"]) == b"kept"
    known = {"if-none-match": answer["headers"]["etag"]}
    assert get(proxy, PHOTO, width="200", height="150", format="webp", headers=known)["statusCode"] == 304


def test_a_file_needs_its_own_credential(proxy):
    assert get(proxy, PHOTO)["statusCode"] == 200
    assert get(proxy, VIDEO)["statusCode"] == 302
    good = credential(PHOTO)
    header = {"alg": "none", "kid": "test", "typ": "JWT"}
    for token in (
        "", credential(VIDEO), credential(PHOTO, time.time() - 1), credential(PHOTO, secret=bytes(32)),
        credential(PHOTO, header=header), credential(PHOTO, header=header).rpartition(".")[0] + ".",
        credential(PHOTO, payload=json.dumps({"exp": int(time.time() + 1000), "sub": PHOTO})), good + "=", good[:-1],
    ):  # fmt: skip
        answer = get(proxy, PHOTO, token)
        assert answer["statusCode"] == 401, token
        assert json.loads(answer["body"]).keys() == {"code", "message", "requestId"}
        assert answer["headers"]["cache-control"] == "no-store"


def test_unreadable_images_and_missing_files_are_reported(proxy, storage):
    damaged = PHOTO.replace("0e13", "0e14")
    storage.put_object(Bucket="files", Key=damaged, Body=b"<svg/>")
    assert get(proxy, damaged, width="10")["statusCode"] == 422
    assert get(proxy, VIDEO, width="10")["statusCode"] == 400
    assert get(proxy, PHOTO.replace("0e13", "0e15"))["statusCode"] == 404
