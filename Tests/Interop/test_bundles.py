"""Lambda packages under AWS's own emulator, in an otherwise empty file system, and under LocalRuntime."""

import json
import re
import threading
import time
import urllib.request
import uuid
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, HTTPServer

import boto3
import pytest
from client import Person
from emulator import Emulator
from layout import Repository
from name_server import NameServer
from runtime import ROOT, Runtime
from test_images import encoded, picture
from test_management import CREDENTIALS, ONCE
from tls_front import TLSFront, make_certificate

BUNDLES = ROOT / "build"
REPOSITORY = Repository()
FUNCTIONS = sorted(REPOSITORY.functions())
ECHO = ROOT / ".build/test-bundles/EchoFunction.zip"
# The functions that the fixture `events` invokes by name. It derives requests to the others from their routes, and fails
# if it cannot; Scripts/check-layout checks that without running anything.
SCRIPTED = {
    "Authenticate", "Authorize", "ConfirmUpload", "Connect", "CreateConversation", "CreateFile", "DefaultRoute", "Disconnect",
    "FileProxyOrigin", "FileProxyViewer", "MigrateSchema", "ReadMessages", "SendMessage", "SweepFiles",
}  # fmt: skip


@pytest.fixture(scope="module")
def data_directory(data_directories):
    return next(data_directories)


@pytest.fixture(scope="module")
def bundled(data_directory):
    named = {folder.name for folder in (ROOT / "Functions").glob("*/*") if folder.is_dir()}
    missing = sorted(name for name in named if not (BUNDLES / f"{name}.zip").exists())
    assert not missing, f"No bundle of {', '.join(missing)}; run `make bundle`"
    with Runtime(ROOT / "template.yaml", data_directory, "--bundles", BUNDLES) as runtime:
        yield runtime


def database_url(user, port):
    return f"postgresql://{user}@127.0.0.1:{port}/app?sslmode=verify-full&sslrootcert=/tmp/certificate.pem"


@pytest.fixture(scope="module")
def tls(data_directory, bundled, tmp_path_factory):
    """TLS servers in front of this runtime's Postgres and Redis, and the environment of functions that use them."""
    certificate, key = make_certificate(tmp_path_factory.mktemp("tls"))
    sockets = data_directory / "run"
    with (
        TLSFront(next(sockets.glob(".s.PGSQL.*[0-9]")), certificate, key, asks_first=True) as postgres,
        TLSFront(next(sockets.glob("*redis*.sock*")), certificate, key) as redis,
    ):
        yield {
            "postgres": postgres,
            "redis": redis,
            "files": [certificate],
            "environment": {
                "DATABASE_URL": database_url("app_functions", postgres.port),
                "REDIS_URL": f"rediss://127.0.0.1:{redis.port}",
                "SSL_CERT_FILE": "/tmp/certificate.pem",
            },
        }


@pytest.fixture(scope="module")
def storage(bundled, data_directory):
    """The environment of functions that use this runtime's S3 and sign and verify its file credentials."""
    client = boto3.client("s3", endpoint_url=bundled.services_url, **CREDENTIALS)
    names = [bucket["Name"] for bucket in client.list_buckets()["Buckets"]]
    api = next(api["url"] for api in bundled.info["apis"] if api["logicalId"] == "Files")
    return {
        "AWS_ENDPOINT_URL_S3": bundled.services_url,
        "FILES_BUCKET": next(name for name in names if "files" in name),
        "VARIANTS_BUCKET": next(name for name in names if "variants" in name),
        "FILES_URL": f"{api.rstrip('/')}/files",
        "FILE_CREDENTIAL_SECRETS": (data_directory / "secret").read_text(),
        "FILE_CREDENTIAL_LIFETIME": "3600",
    }


class ResponseBox(BaseHTTPRequestHandler):
    """Receives a custom resource's response, as the presigned URL of CloudFormation does."""

    def do_PUT(self):
        self.server.answers.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def response_box():
    server = HTTPServer(("127.0.0.1", 0), ResponseBox)
    server.answers = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


@pytest.fixture(scope="module")
def events(bundled, response_box):
    """One event for each function, as LocalRuntime made it while two people chatted."""
    alice, bob = (Person(bundled, f"{name}-{uuid.uuid4().hex}") for name in ("alice", "bob"))
    with ExitStack() as stack:
        for person in (alice, bob):
            stack.callback(person.leave)
        device, other = alice.device(), bob.device()
        conversation = alice.direct(bob)
        device.send("send-message", conversationId=conversation, content="hello", tempMessageId="t-1")
        other.wait(lambda frame: frame.get("type") == "new-message")
        other.send("read-messages", conversationId=conversation, seq=1)
        device.wait(lambda frame: frame.get("type") == "read-messages")
        device.settle()
        device.send("authenticate", token=alice.token)
        device.wait(lambda frame: frame.get("type") == "authenticated")
        device.send("no-such-action")
        device.wait(lambda frame: frame.get("code") == "unknown_action")
        for function in set(FUNCTIONS) - SCRIPTED:
            request_derivable_routes(function, alice, device, conversation, bob)
        send_photo(alice, device, other, conversation)
        other.leave()

        recorded = {}
        for summary in bundled.get("/_local/activity")["invocations"]:
            record = bundled.get(f"/_local/invocations/{summary['id']}")
            # S3 also tells that its notifications were set, which needs no database.
            if "s3:TestEvent" not in record["event"]:
                recorded.setdefault(record["function"], json.loads(record["event"]))
        recorded["SweepFiles"] = json.loads((ROOT / "Tests/Fixtures/Events/scheduled.json").read_text())
        recorded["MigrateSchema"] = json.loads((ROOT / "Tests/Fixtures/Events/custom-resource-create.json").read_text())
        recorded["MigrateSchema"]["ResponseURL"] = f"http://127.0.0.1:{response_box.server_port}/answer"
        missing = sorted(set(FUNCTIONS) - recorded.keys())
        assert not missing, f"Not invoked by the fixture `events`: {', '.join(missing)}"
        yield recorded


def request_derivable_routes(function, person, device, conversation, other):
    for route in REPOSITORY.routes().get(function, []):
        if not route.is_derivable:
            continue
        if route.method is None:
            assert device.ask(route.key, conversationId=conversation).get("type") != "error"
        else:
            person.ok("GET", route.key.format(conversationId=conversation, userId=other.id))


def send_photo(person, device, other, conversation):
    """Uploads a photo, sends it, and reads it as the other person."""
    photo = encoded(picture(640, 480), "JPEG")
    file = person.ok("POST", "/files", {"contentType": "image/jpeg", "size": len(photo), "fileName": "photo.jpg"})
    boundary, upload = uuid.uuid4().hex, file["upload"]
    fields = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in upload["fields"].items()
    )
    fields += f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="photo.jpg"\r\n\r\n'
    request = urllib.request.Request(
        upload["url"],
        fields.encode() + photo + f"\r\n--{boundary}--\r\n".encode(),
        {"Content-Type": f"multipart/form-data; boundary={boundary}"},
    )
    urllib.request.urlopen(request, timeout=30).close()
    # It can be sent after ConfirmUpload has received the event of the upload.
    deadline = time.monotonic() + 60
    while True:
        answer = device.ask(
            "send-message", conversationId=conversation, tempMessageId="photo", attachments=[file["fileId"]]
        )
        if answer["type"] == "message-sent":
            break
        assert time.monotonic() < deadline, answer
        time.sleep(0.5)
    frame = other.wait(lambda frame: frame.get("attachments"))
    url = frame["attachments"][0]["url"]
    with urllib.request.urlopen(f"{url}&width=100&format=webp", timeout=60) as response:
        assert response.status == 200


# These differ between invocations.
OWN_IDS = {"requestId", "fileId", "upload", "expiresAt"}


def comparable(answer):
    """The answer without the ids of the invocation and remaining seconds, the only permitted differences."""
    if isinstance(answer, dict):
        return {key: comparable(value) for key, value in answer.items() if key not in OWN_IDS}
    if isinstance(answer, list):
        return [comparable(value) for value in answer]
    if isinstance(answer, str) and answer.startswith("{"):
        return comparable(json.loads(answer))
    if isinstance(answer, str) and "max-age=" in answer:
        return re.sub(r"max-age=\d+", "max-age=", answer)
    return answer


def invoke(runtime, function, event):
    client = boto3.client("lambda", endpoint_url=runtime.services_url, config=ONCE, **CREDENTIALS)
    answer = client.invoke(FunctionName=function, Payload=json.dumps(event).encode())
    return answer.get("FunctionError"), answer["Payload"].read().decode()


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_bundle_answers_under_the_emulator_as_under_local_runtime(bundled, tls, storage, events, function):
    environment = {
        **tls["environment"],
        **storage,
        "IDENTITY_ISSUER": f"{bundled.http_url}/_local",
        "IDENTITY_USER_CLAIM": "sub",
        "AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI": f"{bundled.services_url}/live",
    }
    if function == "MigrateSchema":
        environment["FUNCTION_DATABASE_URL"] = environment["DATABASE_URL"]
        environment["DATABASE_URL"] = database_url("app", tls["postgres"].port)
    encrypted = tls["postgres"].encrypted + tls["redis"].encrypted
    with Emulator(BUNDLES / f"{function}.zip", environment, tls["files"]) as emulator:
        emulated = json.loads(emulator.invoke(events[function]))
        log = emulator.text
    error, local = invoke(bundled, function, events[function])
    assert error is None, local
    assert comparable(emulated) == comparable(json.loads(local)), log
    # Two equal answers may both be failures.
    assert emulated.get("statusCode", 200) == 200 and emulated.get("isAuthorized", True), (emulated, log)
    if function not in ("Authorize", "DefaultRoute", "FileProxyViewer", "FileProxyOrigin"):
        assert tls["postgres"].encrypted + tls["redis"].encrypted > encrypted


def test_a_bundle_finds_hosts_by_dns(tls, events):
    """Although the image's list of name services has no DNS, and none of them can be loaded."""
    url = f"postgresql://app_functions@database.test:{tls['postgres'].port}/app?sslmode=require"
    with NameServer() as server:
        environment = {**tls["environment"], "DATABASE_URL": url, "IDENTITY_USER_CLAIM": "sub"}
        package = BUNDLES / "GetConversation.zip"
        with Emulator(package, environment, tls["files"], name_server=server.address) as emulator:
            answer = json.loads(emulator.invoke(events["GetConversation"]))
            assert answer.get("statusCode") == 200, (answer, emulator.text)
    assert "database.test" in server.names


MISBEHAVIORS = {
    "trap": {"misbehavior": "trap"},
    "exit": {"misbehavior": "exit"},
    "exit with a failure": {"misbehavior": "exitWithFailure"},
    "loop": {"misbehavior": "loop"},
    "7 MB": {"misbehavior": "tooLong"},
    "throw": {"fails": True},
    "an event that cannot be decoded": {"text": 1},
    "nothing wrong": {},
}

ECHO_TEMPLATE = f"""
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {{Runtime: provided.al2023, Handler: bootstrap, Timeout: 2, CodeUri: {ECHO.with_suffix("")}}}
Resources:
  Echo:
    Type: AWS::Serverless::Function
  FailsToStart:
    Type: AWS::Serverless::Function
    Properties: {{Environment: {{Variables: {{FAILS_TO_START: "1"}}}}}}
"""


@pytest.fixture(scope="module")
def echo(tmp_path_factory, data_directories):
    folder = tmp_path_factory.mktemp("echo")
    (folder / "template.yaml").write_text(ECHO_TEMPLATE)
    with Runtime(folder / "template.yaml", next(data_directories), "--no-postgres", "--no-redis") as runtime:
        yield runtime


def without_ids(text):
    return re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID", text)


@pytest.mark.parametrize("misbehavior", MISBEHAVIORS)
def test_misbehavior_looks_the_same_under_both(echo, misbehavior):
    event = {"text": "hello", **MISBEHAVIORS[misbehavior]}
    with Emulator(ECHO, {"AWS_LAMBDA_FUNCTION_TIMEOUT": "2"}) as emulator:
        emulated = emulator.invoke(event)
    _, local = invoke(echo, "Echo", event)
    if misbehavior == "loop":
        # The emulator answers with the bare message, Lambda with a document that contains it.
        assert emulated == "Task timed out after 2.00 seconds"
        assert json.loads(local)["errorMessage"].endswith(f"Error: {emulated}")
    else:
        assert without_ids(local) == without_ids(emulated)


def test_a_failure_to_start_looks_the_same_under_both(echo):
    with Emulator(ECHO, {"AWS_LAMBDA_FUNCTION_TIMEOUT": "2", "FAILS_TO_START": "1"}) as emulator:
        emulated = emulator.invoke({"text": "hello"})
    _, local = invoke(echo, "FailsToStart", {"text": "hello"})
    assert without_ids(local) == without_ids(emulated)
