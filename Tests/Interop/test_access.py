"""Who may use LocalRuntime: programs on this machine, not the web pages in its browsers."""

import http.client
import os
import stat
import urllib.parse
import uuid

import boto3
import pytest
from botocore.config import Config

from runtime import Runtime

# What browsers send for pages, links, forms and images; one header is enough.
BROWSER_HEADERS = [
    {"Origin": "http://evil.test"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:5173"},
    {"Referer": "http://evil.test/page"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
    {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
    {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"},
]
FOREIGN_HOSTS = ["evil.test", "evil.test:3000", "127.0.0.1.evil.test", "localhost.evil.test", "10.1.2.3", "x", ""]
TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Things:
    Type: AWS::S3::Bucket
    Properties: {BucketName: things}
  Jobs:
    Type: AWS::SQS::Queue
    Properties: {QueueName: jobs}
"""


@pytest.fixture(scope="module")
def local(tmp_path_factory, data_directories):
    template = tmp_path_factory.mktemp("access") / "template.yaml"
    template.write_text(TEMPLATE)
    arguments = ["--services-port", "0", "--allowed-host", "tunnel.test", "--console-origin", "http://app.test:8080"]
    with Runtime(template, next(data_directories), *arguments) as runtime:
        yield runtime


def send(url, method="GET", headers=None, body=None):
    """The status, the headers in lower case and the body of a response. `http.client` adds only a Host."""
    address = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=30)
    target = f"{address.path}?{address.query}" if address.query else address.path
    connection.request(method, target, body, headers or {})
    answer = connection.getresponse()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()


def client(local, service, key="local", secret="local"):
    return boto3.client(
        service,
        endpoint_url=local.services_url,
        region_name="us-east-1",
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        config=Config(s3={"addressing_style": "path"}, signature_version="s3v4" if service == "s3" else None),
    )


@pytest.fixture(scope="module")
def real(local):
    """The access key that `/_local/info` tells."""
    return local.info["credentials"]["accessKeyId"], local.info["credentials"]["secretAccessKey"]


@pytest.fixture(scope="module")
def page(local):
    """An HTML object."""
    client(local, "s3").put_object(Bucket="things", Key="page.html", Body=b"<script>1</script>", ContentType="text/html")
    return "page.html"


# -- The services port --


@pytest.mark.parametrize("headers", BROWSER_HEADERS, ids=str)
def test_a_browser_cannot_use_a_key_as_its_secret(local, page, headers):
    s3 = client(local, "s3")
    for url in (
        s3.generate_presigned_url("get_object", {"Bucket": "things", "Key": page}),
        s3.generate_presigned_url("list_objects_v2", {"Bucket": "things"}),
    ):
        assert send(url)[0] == 200
        status, _, body = send(url, headers=headers)
        assert status == 403
        assert b"<script>" not in body and b"page.html</Key>" not in body
    put = s3.generate_presigned_url("put_object", {"Bucket": "things", "Key": "evil"})
    assert send(put, "PUT", headers, b"x")[0] == 403


@pytest.mark.parametrize("headers", BROWSER_HEADERS, ids=str)
def test_a_browser_can_use_urls_and_forms_of_real_keys(local, real, page, headers):
    s3 = client(local, "s3", *real)
    assert send(s3.generate_presigned_url("get_object", {"Bucket": "things", "Key": page}), headers=headers)[0] == 200
    assert form(s3, headers)[0] == 204


@pytest.mark.parametrize("headers", BROWSER_HEADERS, ids=str)
def test_a_browser_cannot_send_forms_of_a_key_as_its_secret(local, headers):
    s3 = client(local, "s3")
    assert form(s3, {})[0] == 204
    assert form(s3, headers)[0] == 403


def form(s3, headers):
    upload = s3.generate_presigned_post("things", f"form-{uuid.uuid4().hex}")
    boundary = uuid.uuid4().hex
    parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}' for k, v in upload["fields"].items()]
    parts.append(f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\nx\r\n--{boundary}--')
    content_type = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    return send(upload["url"], "POST", {**headers, **content_type}, "\r\n".join(parts).encode())


@pytest.mark.parametrize("override", [{}, {"ResponseContentType": "text/html"}, {"ResponseContentType": "image/svg+xml"}])
def test_objects_cannot_run_scripts(local, real, page, override):
    url = client(local, "s3", *real).generate_presigned_url("get_object", {"Bucket": "things", "Key": page, **override})
    for method in ("GET", "HEAD"):
        headers = send(url, method, {"Sec-Fetch-Site": "none"})[1] if method == "GET" else send(url, method)[1]
        assert headers["content-security-policy"] == "sandbox"
        assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("key", ["local", "real"])
def test_pages_reach_no_service_but_s3(local, real, key):
    keys = ("local", "local") if key == "local" else real
    queue = client(local, "sqs", *keys).get_queue_url(QueueName="jobs")["QueueUrl"]
    assert queue.endswith("/jobs")
    for path in ("/", "/2015-03-31/functions/X/invocations", "/live/@connections/x", "/_local/custom-resources/x"):
        for headers in ({"Origin": "http://evil.test"}, {"Sec-Fetch-Site": "cross-site"}, {"Referer": "http://evil.test"}):
            status, answer, _ = send(local.services_url + path, "POST", {**headers, "Content-Type": "text/plain"}, b"{}")
            assert status == 403
            assert "access-control-allow-origin" not in answer


def test_nothing_is_accepted_for_a_custom_resource_that_does_not_wait(local):
    url = f"{local.services_url}/_local/custom-resources/{uuid.uuid4()}"
    for body in (b"{}", b'{"Status":"SUCCESS"}', b"x" * 9_000_000):
        try:
            assert send(url, "PUT", body=body)[0] == 404
        except (BrokenPipeError, ConnectionResetError):
            assert len(body) > 1_000_000


# -- Names and addresses --


@pytest.mark.parametrize("host", FOREIGN_HOSTS)
def test_foreign_host_names_are_refused(local, host):
    upgrade = {
        "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    }  # fmt: skip
    for base in (f"http://{local.address}", local.services_url):
        for method, path, headers in (
            ("GET", "/", {}), ("GET", "/_local/info", {}), ("POST", "/_local/token", {}), ("OPTIONS", "/things/x", {}),
            ("GET", "/things", {}), ("GET", "/live", upgrade), ("POST", "/", {"Origin": f"http://{host}"}),
        ):  # fmt: skip
            assert send(base + path, method, {"Host": host, **headers})[0] == 403, (base, method, path)


def test_allowed_hosts_reach_the_services_but_not_the_console(local):
    headers = {"Host": "tunnel.test"}
    assert send(f"http://{local.address}/nothing", headers=headers)[0] == 404
    assert send(f"http://{local.address}/_local/info", headers=headers)[0] == 403


# -- The console --


def test_only_its_own_pages_and_listed_ones_reach_the_console(local):
    base = f"http://{local.address}"
    own = {"Origin": base, "Sec-Fetch-Site": "same-origin"}
    listed = {"Origin": "http://app.test:8080", "Sec-Fetch-Site": "cross-site"}
    for headers in ({}, own, listed, {"Sec-Fetch-Site": "none"}):
        assert send(f"{base}/_local/token", "POST", headers, b'{"user":"alice"}')[0] == 200, headers
    assert "credentials" in send(f"{base}/_local/info", headers=own)[2].decode()
    assert "credentials" not in send(f"{base}/_local/info", headers=listed)[2].decode()
    port = local.address.rpartition(":")[2]
    for origin in (
        local.services_url, "null", "http://app.test", "https://app.test:8080", f"http://localhost:{port}",
        f"https://{local.address}", "http://evil.test",
    ):  # fmt: skip
        status, answer, body = send(f"{base}/_local/token", "POST", {"Origin": origin}, b'{"user":"alice"}')
        assert status == 403, origin
        assert "access-control-allow-origin" not in answer and b"token\"" not in body
        assert send(f"{base}/_local/info", headers={"Origin": origin})[0] == 403
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Referer": "http://evil.test/"}):
        for path in ("", "app.js", "info", "activity", "activity/stream", ".well-known/jwks.json"):
            assert send(f"{base}/_local/{path}", headers=headers)[0] == 403


# -- The access key --


def test_the_terminal_names_the_key_file_and_never_the_secret(local, real):
    file = local.data_directory / "credentials"
    assert f"AWS_SHARED_CREDENTIALS_FILE={file}" in local.text
    assert real[1] not in local.text
    session = boto3.session.Session(region_name="us-east-1")
    session._session.set_config_variable("credentials_file", str(file))
    buckets = session.client("s3", endpoint_url=local.services_url).list_buckets()["Buckets"]
    assert [bucket["Name"] for bucket in buckets] == ["things"]


def test_a_wrong_secret_of_the_real_key_is_refused(local, real):
    url = client(local, "s3", real[0], real[0]).generate_presigned_url("list_objects_v2", {"Bucket": "things"})
    assert send(url)[0] == 403


# -- The data directory --


def test_no_other_user_can_read_the_data_directory(local, page):
    directory = local.data_directory
    client(local, "sqs").send_message(QueueUrl=f"{local.services_url}/123456789012/jobs", MessageBody="x")
    # Postgres, which does not run as root, passes through.
    allowed = 0o711 if os.geteuid() == 0 else 0o700
    assert stat.S_IMODE(directory.stat().st_mode) == allowed
    seen = set()
    for folder, folders, files in os.walk(directory):
        for name in folders:
            mode = os.lstat(os.path.join(folder, name)).st_mode
            assert stat.S_IMODE(mode) == 0o700, (folder, name)
        for name in files:
            mode = os.lstat(os.path.join(folder, name)).st_mode
            if not stat.S_ISSOCK(mode):
                assert stat.S_IMODE(mode) & 0o177 == 0, (folder, name)
            seen.add(name)
    assert {"credentials", "issuer-key.pem", "journal", "lock", "postgres.log", "redis.log"} <= seen


@pytest.mark.parametrize("name", ["credentials", "issuer-key.pem", "lock"])
def test_links_in_the_data_directory_are_not_followed(tmp_path, data_directory, name):
    template = tmp_path / "template.yaml"
    template.write_text(TEMPLATE)
    victim = tmp_path / "victim"
    victim.write_text("precious")
    data_directory.mkdir()
    (data_directory / name).symlink_to(victim)
    with pytest.raises(AssertionError, match="is a symbolic link"):
        with Runtime(template, data_directory, "--no-redis"):
            pass
    assert victim.read_text() == "precious"
