"""S3, used by boto3, the AWS CLI, curl and browser forms."""

import base64
import datetime
import hashlib
import hmac
import http.client
import io
import json
import os
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.parse
import urllib.request
import uuid

import boto3
import pytest
from boto3.s3.transfer import TransferConfig
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError
from runtime import Runtime

TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Resources:
  Plain:
    Type: AWS::S3::Bucket
    Properties: {BucketName: plain}
  Open:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: open
      CorsConfiguration:
        CorsRules:
          - AllowedOrigins: ["http://localhost:3000", "https://*.example.com"]
            AllowedMethods: [GET, PUT, POST]
            AllowedHeaders: [content-type, "x-amz-*"]
            ExposedHeaders: [ETag]
            MaxAge: 600
"""
MEGABYTE = 1024 * 1024


@pytest.fixture(scope="module")
def storage(tmp_path_factory, data_directories):
    template = tmp_path_factory.mktemp("s3") / "template.yaml"
    template.write_text(TEMPLATE)
    with Runtime(template, next(data_directories), "--services-port", "0") as runtime:
        yield runtime


def connect(storage, key="local", secret=None, region="us-east-1", **options):
    return boto3.client(
        "s3",
        endpoint_url=storage.services_url,
        region_name=region,
        aws_access_key_id=key,
        aws_secret_access_key=secret or key,
        config=Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"}, **options),
    )


@pytest.fixture
def s3(storage):
    return connect(storage)


@pytest.fixture
def key():
    return f"folder/ä b+c&d=e%25/{uuid.uuid4().hex}.txt"


def fetch(method, url, body=None, headers=None):
    """The status, the body and the headers of a response."""
    request = urllib.request.Request(url, body, headers or {}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read(), answer.headers
    except urllib.error.HTTPError as error:
        return error.code, error.read(), error.headers


def refusal(call, *arguments, **keywords):
    """The status and the error code of a refused call."""
    with pytest.raises(ClientError) as caught:
        call(*arguments, **keywords)
    response = caught.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"]


def code(body):
    return body.decode().partition("<Code>")[2].partition("</Code>")[0]


def exists(s3, bucket, key):
    try:
        s3.head_object(Bucket=bucket, Key=key)
        return True
    except ClientError as error:
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 404
        return False


# -- boto3 --


def test_puts_and_gets(s3, key):
    body = os.urandom(100_000)
    put = s3.put_object(
        Bucket="plain", Key=key, Body=body, ContentType="image/png", CacheControl="max-age=1", Metadata={"a": "b"}
    )
    assert put["ETag"] == f'"{hashlib.md5(body).hexdigest()}"'
    got = s3.get_object(Bucket="plain", Key=key)
    assert got["Body"].read() == body
    assert (got["ContentType"], got["CacheControl"], got["Metadata"]) == ("image/png", "max-age=1", {"a": "b"})
    head = s3.head_object(Bucket="plain", Key=key)
    assert (head["ContentLength"], head["ETag"]) == (len(body), put["ETag"])
    s3.delete_object(Bucket="plain", Key=key)
    assert refusal(s3.get_object, Bucket="plain", Key=key) == (404, "NoSuchKey")
    assert refusal(s3.get_object, Bucket="no-such-bucket", Key=key) == (404, "NoSuchBucket")


@pytest.mark.parametrize("bodies", [(b"", b"x"), (b"x", b"", b"y"), (b"", b"", b"z" * 100_000)])
def test_puts_after_an_empty_object_on_the_same_connection(storage, key, bodies):
    """botocore expects `100 Continue` for an empty body too, and reuses the connection."""
    s3 = connect(storage, read_timeout=10, max_pool_connections=1)
    for body in bodies:
        s3.put_object(Bucket="plain", Key=key, Body=body)
        assert s3.get_object(Bucket="plain", Key=key)["Body"].read() == body


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256", None])
def test_accepts_streams_with_trailing_checksums(s3, key, algorithm):
    options = {"ChecksumAlgorithm": algorithm} if algorithm else {}
    body = os.urandom(300_000)
    s3.put_object(Bucket="plain", Key=key, Body=io.BytesIO(body), **options)
    got = s3.get_object(Bucket="plain", Key=key, ChecksumMode="ENABLED")
    assert got["Body"].read() == body
    assert got[f"Checksum{algorithm or 'CRC32'}"]


def test_refuses_a_wrong_checksum(s3, key):
    wrong = base64.b64encode(bytes(32)).decode()
    assert refusal(s3.put_object, Bucket="plain", Key=key, Body=b"x", ChecksumSHA256=wrong)[0] == 400
    assert refusal(s3.put_object, Bucket="plain", Key=key, Body=b"x", ContentMD5=base64.b64encode(bytes(16)).decode()) == (
        400,
        "BadDigest",
    )
    assert not exists(s3, "plain", key)


@pytest.mark.parametrize(
    "asked, expected",
    [("bytes=0-4", "01234"), ("bytes=5-", "56789"), ("bytes=-3", "789"), ("bytes=8-100", "89"), ("bytes=0-0", "0")],
)
def test_ranges(s3, key, asked, expected):
    s3.put_object(Bucket="plain", Key=key, Body=b"0123456789")
    got = s3.get_object(Bucket="plain", Key=key, Range=asked)
    assert got["Body"].read().decode() == expected
    assert got["ResponseMetadata"]["HTTPStatusCode"] == 206
    assert got["ContentRange"].endswith("/10")


def test_unsatisfiable_ranges_are_refused(s3, key):
    s3.put_object(Bucket="plain", Key=key, Body=b"0123456789")
    assert refusal(s3.get_object, Bucket="plain", Key=key, Range="bytes=10-") == (416, "InvalidRange")


def begin(s3, key):
    """Starts an upload with one part; returns the arguments that complete it."""
    upload = {"Bucket": "plain", "Key": key}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    tag = s3.upload_part(**upload, PartNumber=1, Body=b"part")["ETag"]
    return {**upload, "MultipartUpload": {"Parts": [{"PartNumber": 1, "ETag": tag}]}}


def writes(s3, key):
    """The operations with conditions, each with its arguments."""
    s3.put_object(Bucket="plain", Key=f"{key}-source", Body=b"source")
    at = {"Bucket": "plain", "Key": key}
    yield s3.put_object, {**at, "Body": b"two"}
    yield s3.copy_object, {**at, "CopySource": f"plain/{key}-source"}
    yield s3.complete_multipart_upload, begin(s3, key)


def test_conditions_that_s3_does_not_support_are_refused(s3, key):
    at = {"Bucket": "plain", "Key": key}
    tag = s3.put_object(**at, Body=b"one")["ETag"]
    for write, arguments in writes(s3, key):
        for conditions, header in [
            ({"IfNoneMatch": '"other"'}, "If-None-Match"), ({"IfNoneMatch": tag}, "If-None-Match"),
            ({"IfMatch": "*"}, "If-Match"), ({"IfMatch": tag, "IfNoneMatch": "*"}, "If-Match,If-None-Match"),
        ]:  # fmt: skip
            with pytest.raises(ClientError) as refused:
                write(**arguments, **conditions)
            answer = refused.value.response
            assert (answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]) == (501, "NotImplemented")
            assert answer["Error"]["Header"] == header and "additionalMessage" in answer["Error"]
    with pytest.raises(ClientError) as refused:
        s3.delete_object(**at, IfMatchSize=3)
    assert refused.value.response["Error"]["Code"] == "NotImplemented"
    assert s3.get_object(**at)["Body"].read() == b"one"
    assert refusal(s3.delete_object, **at, IfMatch='"other"') == (412, "PreconditionFailed")
    s3.delete_object(**at, IfMatch="*")
    assert refusal(s3.delete_object, **at, IfMatch="*") == (404, "NoSuchKey")


def test_a_failed_condition_is_named(s3, key):
    at = {"Bucket": "plain", "Key": key}
    s3.put_object(**at, Body=b"one")
    source = {"Bucket": "plain", "Key": f"{key}-copy", "CopySource": f"plain/{key}"}
    tag = s3.head_object(**at)["ETag"]
    for call, arguments, condition in [
        *[(write, {**arguments, "IfNoneMatch": "*"}, "If-None-Match") for write, arguments in writes(s3, key)],
        *[(write, {**arguments, "IfMatch": '"x"'}, "If-Match") for write, arguments in writes(s3, key)],
        (s3.get_object, {**at, "IfMatch": '"x"'}, "If-Match"),
        (s3.delete_object, {**at, "IfMatch": '"x"'}, "If-Match"),
        (s3.copy_object, {**source, "CopySourceIfMatch": '"x"'}, "x-amz-copy-source-If-Match"),
        (s3.copy_object, {**source, "CopySourceIfNoneMatch": tag}, "x-amz-copy-source-If-None-Match"),
    ]:
        with pytest.raises(ClientError) as refused:
            call(**arguments)
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 412
        assert refused.value.response["Error"]["Condition"] == condition


def test_a_change_during_an_upload_is_a_conflict(s3, key):
    at = {"Bucket": "plain", "Key": key}
    s3.put_object(**at, Body=b"one")
    upload = begin(s3, key)
    tag = s3.put_object(**at, Body=b"two")["ETag"]
    with pytest.raises(ClientError) as refused:
        s3.complete_multipart_upload(**upload, IfMatch=tag)
    answer = refused.value.response
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 409
    assert answer["Error"]["Code"] == "ConditionalRequestConflict" and answer["Error"]["Condition"] == "If-Match"
    upload = begin(s3, key)
    s3.delete_object(**at)
    assert refusal(s3.complete_multipart_upload, **upload, IfNoneMatch="*") == (409, "ConditionalRequestConflict")
    assert refusal(s3.complete_multipart_upload, **upload, IfMatch=tag) == (404, "NoSuchKey")
    s3.complete_multipart_upload(**begin(s3, key), IfNoneMatch="*")


def test_conditions(s3, key):
    tag = s3.put_object(Bucket="plain", Key=key, Body=b"one")["ETag"]
    changed = s3.head_object(Bucket="plain", Key=key)["LastModified"]
    hour = datetime.timedelta(hours=1)
    at = {"Bucket": "plain", "Key": key}
    assert s3.get_object(**at, IfMatch=tag, IfUnmodifiedSince=changed)
    assert s3.get_object(**at, IfNoneMatch='"other"')
    assert refusal(s3.get_object, **at, IfMatch='"other"') == (412, "PreconditionFailed")
    assert refusal(s3.get_object, **at, IfNoneMatch=tag)[0] == 304
    assert refusal(s3.get_object, **at, IfModifiedSince=changed)[0] == 304
    assert refusal(s3.get_object, **at, IfUnmodifiedSince=changed - hour)[0] == 412
    assert refusal(s3.put_object, **at, Body=b"two", IfNoneMatch="*") == (412, "PreconditionFailed")
    assert refusal(s3.put_object, **at, Body=b"two", IfMatch='"other"') == (412, "PreconditionFailed")
    s3.put_object(**at, Body=b"two", IfMatch=tag)
    assert s3.get_object(**at)["Body"].read() == b"two"


def test_lists_and_deletes_many(s3):
    folder = uuid.uuid4().hex
    names = [f"{folder}/{group}/{number:03}" for group in "ab" for number in range(60)]
    for name in names:
        s3.put_object(Bucket="plain", Key=name, Body=b"x")
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket="plain", Prefix=f"{folder}/", PaginationConfig={"PageSize": 7}
    )
    assert [entry["Key"] for page in pages for entry in page.get("Contents", [])] == names
    old = s3.get_paginator("list_objects").paginate(
        Bucket="plain", Prefix=f"{folder}/", PaginationConfig={"PageSize": 50}
    )
    assert [entry["Key"] for page in old for entry in page.get("Contents", [])] == names
    grouped = s3.list_objects_v2(Bucket="plain", Prefix=f"{folder}/", Delimiter="/")
    assert [entry["Prefix"] for entry in grouped["CommonPrefixes"]] == [f"{folder}/a/", f"{folder}/b/"]
    assert "Contents" not in grouped
    deleted = s3.delete_objects(Bucket="plain", Delete={"Objects": [{"Key": name} for name in names]})
    assert len(deleted["Deleted"]) == len(names)
    assert s3.list_objects_v2(Bucket="plain", Prefix=f"{folder}/")["KeyCount"] == 0


def test_copies(s3, key):
    s3.put_object(Bucket="plain", Key=key, Body=b"x", ContentType="text/a", Metadata={"a": "b"})
    source = {"Bucket": "plain", "Key": key}
    s3.copy_object(Bucket="open", Key=key, CopySource=source)
    assert s3.head_object(Bucket="open", Key=key)["Metadata"] == {"a": "b"}
    s3.copy_object(
        Bucket="open", Key=key, CopySource=source, MetadataDirective="REPLACE", ContentType="text/b", Metadata={}
    )
    head = s3.head_object(Bucket="open", Key=key)
    assert (head["Metadata"], head["ContentType"]) == ({}, "text/b")
    missing = {"Bucket": "plain", "Key": "missing"}
    assert refusal(s3.copy_object, Bucket="open", Key=key, CopySource=missing) == (404, "NoSuchKey")


def test_multipart_of_100_megabytes(s3, key, tmp_path):
    source, copy = tmp_path / "source", tmp_path / "copy"
    digest = hashlib.sha256()
    with source.open("wb") as file:
        for _ in range(100):
            chunk = os.urandom(MEGABYTE)
            digest.update(chunk)
            file.write(chunk)
    transfer = TransferConfig(multipart_threshold=8 * MEGABYTE, multipart_chunksize=8 * MEGABYTE, max_concurrency=4)
    s3.upload_file(str(source), "plain", key, Config=transfer)
    head = s3.head_object(Bucket="plain", Key=key)
    assert head["ContentLength"] == 100 * MEGABYTE
    assert head["ETag"].endswith('-13"')
    s3.download_file("plain", key, str(copy), Config=transfer)
    assert hashlib.sha256(copy.read_bytes()).digest() == digest.digest()
    part = s3.get_object(Bucket="plain", Key=key, PartNumber=13)
    assert part["PartsCount"] == 13
    assert len(part["Body"].read()) == 4 * MEGABYTE
    s3.delete_object(Bucket="plain", Key=key)


def test_a_multipart_upload_is_visible_only_when_complete(s3, key):
    at = {"Bucket": "plain", "Key": key}
    upload = s3.create_multipart_upload(**at)["UploadId"]
    first = s3.upload_part(**at, UploadId=upload, PartNumber=1, Body=b"x" * 5 * MEGABYTE)["ETag"]
    last = s3.upload_part(**at, UploadId=upload, PartNumber=2, Body=b"y")["ETag"]
    assert not exists(s3, "plain", key)
    assert [part["PartNumber"] for part in s3.list_parts(**at, UploadId=upload)["Parts"]] == [1, 2]
    assert upload in [entry["UploadId"] for entry in s3.list_multipart_uploads(Bucket="plain")["Uploads"]]
    wrong = {"Parts": [{"PartNumber": 1, "ETag": last}, {"PartNumber": 2, "ETag": last}]}
    right = {"Parts": [{"PartNumber": 1, "ETag": first}, {"PartNumber": 2, "ETag": last}]}
    turned = {"Parts": right["Parts"][::-1]}
    complete = s3.complete_multipart_upload
    assert refusal(complete, **at, UploadId=upload, MultipartUpload=wrong) == (400, "InvalidPart")
    assert refusal(complete, **at, UploadId=upload, MultipartUpload=turned) == (400, "InvalidPartOrder")
    complete(**at, UploadId=upload, MultipartUpload=right)
    assert s3.get_object(**at)["Body"].read() == b"x" * 5 * MEGABYTE + b"y"
    other = s3.create_multipart_upload(**at)["UploadId"]
    s3.abort_multipart_upload(**at, UploadId=other)
    assert refusal(s3.upload_part, **at, UploadId=other, PartNumber=1, Body=b"x") == (404, "NoSuchUpload")


def test_encryption_headers(s3, key):
    at = {"Bucket": "plain", "Key": key}
    assert s3.put_object(**at, Body=b"x")["ServerSideEncryption"] == "AES256"
    managed = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "some-key"}
    s3.put_object(**at, Body=b"x", **managed)
    head = s3.head_object(**at)
    assert {name: head[name] for name in managed} == managed
    assert refusal(s3.put_object, **at, Body=b"x", ServerSideEncryption="rot13") == (400, "InvalidArgument")
    default = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "another"}}
    s3.put_bucket_encryption(Bucket="plain", ServerSideEncryptionConfiguration={"Rules": [default]})
    assert s3.put_object(**at, Body=b"x")["SSEKMSKeyId"] == "another"
    s3.delete_bucket_encryption(Bucket="plain")
    assert s3.put_object(**at, Body=b"x")["ServerSideEncryption"] == "AES256"


@pytest.mark.parametrize("algorithm, kind", [("SHA256", "COMPOSITE"), ("CRC32", "FULL_OBJECT")])
def test_a_part_of_an_object_has_the_parts_own_checksum(s3, key, algorithm, kind):
    name = f"Checksum{algorithm}"
    at, bodies = {"Bucket": "plain", "Key": key}, [b"x" * 5 * MEGABYTE, b"y"]
    upload = s3.create_multipart_upload(**at, ChecksumAlgorithm=algorithm, ChecksumType=kind)["UploadId"]
    parts = []
    for number, body in enumerate(bodies, 1):
        sent = s3.upload_part(**at, UploadId=upload, PartNumber=number, Body=body, ChecksumAlgorithm=algorithm)
        parts.append({"PartNumber": number} | {field: sent[field] for field in ("ETag", name)})
    whole = s3.complete_multipart_upload(**at, UploadId=upload, MultipartUpload={"Parts": parts})[name]
    for part, body in zip(parts, bodies):
        # botocore verifies the body against the header.
        got = s3.get_object(**at, PartNumber=part["PartNumber"], ChecksumMode="ENABLED")
        assert (got[name], got["ChecksumType"]) == (part[name], kind)
        assert got["Body"].read() == body
    assert s3.head_object(**at, ChecksumMode="ENABLED")[name] == whole
    wrong = {"ObjectAttributes": ["ObjectParts"], "MaxParts": -1}
    assert refusal(s3.get_object_attributes, **at, **wrong) == (400, "InvalidArgument")
    assert name not in s3.get_object(**at, Range="bytes=0-3", ChecksumMode="ENABLED")


def test_an_object_with_a_customer_key_needs_the_key(s3, key):
    at = {"Bucket": "plain", "Key": key}
    right = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "k" * 32}
    wrong = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "l" * 32}
    s3.put_object(**at, Body=b"x", **right)
    assert s3.get_object(**at, **right)["Body"].read() == b"x"
    assert refusal(s3.get_object, **at) == (400, "InvalidRequest")
    assert refusal(s3.get_object, **at, **wrong) == (403, "AccessDenied")
    assert refusal(s3.copy_object, Bucket="open", Key=key, CopySource=at) == (400, "InvalidRequest")
    assert refusal(s3.head_object, **at)[0] == 400
    upload = s3.create_multipart_upload(**at, **right)["UploadId"]
    assert refusal(s3.upload_part, **at, UploadId=upload, PartNumber=1, Body=b"x", **wrong) == (400, "InvalidRequest")
    s3.abort_multipart_upload(**at, UploadId=upload)


# -- Access --


def test_anonymous_is_refused(storage, s3, key):
    s3.put_object(Bucket="plain", Key=key, Body=b"x")
    stranger = connect(storage, signature_version=UNSIGNED)
    for call, more in [
        (stranger.get_object, {"Key": key}),
        (stranger.put_object, {"Key": key, "Body": b"y"}),
        (stranger.delete_object, {"Key": key}),
        (stranger.list_objects_v2, {}),
        (stranger.create_multipart_upload, {"Key": key}),
    ]:
        assert refusal(call, Bucket="plain", **more) == (403, "AccessDenied")
    assert s3.get_object(Bucket="plain", Key=key)["Body"].read() == b"x"


def test_a_wrong_secret_is_refused(storage, key):
    stranger = connect(storage, "local", "wrong")
    assert refusal(stranger.put_object, Bucket="plain", Key=key, Body=b"x") == (403, "SignatureDoesNotMatch")
    assert refusal(stranger.list_buckets) == (403, "SignatureDoesNotMatch")


def test_a_wrong_clock_is_refused(storage, key):
    # botocore would correct its clock and retry.
    old = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=20)
    url = f"{storage.services_url}/plain/{urllib.parse.quote(key)}"
    stamp = old.strftime("%Y%m%dT%H%M%SZ")
    headers = signed_headers("PUT", url, stamp)
    status, body, _ = fetch("PUT", url, b"x", headers)
    assert (status, code(body)) == (403, "RequestTimeTooSkewed")


def signed_headers(method, url, stamp, key="local"):
    parts = urllib.parse.urlsplit(url)
    names = "host;x-amz-content-sha256;x-amz-date"
    canonical = "\n".join(
        [
            method,
            parts.path,
            parts.query,
            f"host:{parts.netloc}",
            "x-amz-content-sha256:UNSIGNED-PAYLOAD",
            f"x-amz-date:{stamp}",
            "",
            names,
            "UNSIGNED-PAYLOAD",
        ]
    )
    scope = f"{stamp[:8]}/us-east-1/s3/aws4_request"
    secret = f"AWS4{key}".encode()
    for part in scope.split("/"):
        secret = hmac.new(secret, part.encode(), hashlib.sha256).digest()
    text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()
    return {
        "X-Amz-Date": stamp,
        "X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD",
        "Authorization": f"AWS4-HMAC-SHA256 Credential={key}/{scope}, SignedHeaders={names}, Signature={signature}",
    }


# -- Presigned URLs --

VERSIONS = ["s3v4", "s3"]


@pytest.mark.parametrize("version", VERSIONS)
def test_presigned_get_and_put(storage, key, version):
    s3 = connect(storage, signature_version=version)
    put = s3.generate_presigned_url("put_object", {"Bucket": "plain", "Key": key}, 60)
    assert fetch("PUT", put, b"hello", {"Content-Type": ""} if version == "s3" else {})[0] == 200
    get = s3.generate_presigned_url(
        "get_object",
        {"Bucket": "plain", "Key": key, "ResponseContentDisposition": 'attachment; filename="x y.txt"'},
        60,
    )
    status, body, headers = fetch("GET", get)
    assert (status, body) == (200, b"hello")
    assert headers["Content-Disposition"] == 'attachment; filename="x y.txt"'


@pytest.mark.parametrize("version", VERSIONS)
def test_presigned_urls_allow_nothing_else(storage, s3, key, version):
    s3.put_object(Bucket="plain", Key=key, Body=b"secret")
    s3.put_object(Bucket="plain", Key=key + "2", Body=b"secret")
    url = connect(storage, signature_version=version).generate_presigned_url(
        "get_object", {"Bucket": "plain", "Key": key}, 60
    )
    path, query = url.split("?")
    last = query[-1]
    for method, changed in [
        ("PUT", url),
        ("DELETE", url),
        ("GET", f"{path}2?{query}"),
        ("GET", f"{url}&response-content-type=text/html"),
        ("GET", f"{path}?{query[:-1]}{'1' if last == '0' else '0'}"),
        ("GET", f"{url}&x-amz-acl=public-read"),
        ("GET", path),
    ]:
        assert fetch(method, changed, b"x" if method == "PUT" else None)[0] == 403, changed
    assert fetch("GET", url)[:2] == (200, b"secret")


def test_presigned_urls_expire(storage, s3, key):
    s3.put_object(Bucket="plain", Key=key, Body=b"x")
    url = connect(storage, signature_version="s3v4").generate_presigned_url(
        "get_object", {"Bucket": "plain", "Key": key}, 1
    )
    assert fetch("GET", url)[0] == 200
    threading.Event().wait(2.5)
    status, body, _ = fetch("GET", url)
    assert (status, code(body)) == (403, "AccessDenied")
    for name, value in [("X-Amz-Expires=1", "X-Amz-Expires=604801"), ("X-Amz-Date", "X-Amz-Dat")]:
        assert fetch("GET", url.replace(name, value))[0] in (400, 403)


def test_head_accepts_a_url_signed_for_head(storage, s3, key):
    s3.put_object(Bucket="plain", Key=key, Body=b"12345")
    url = s3.generate_presigned_url("head_object", {"Bucket": "plain", "Key": key}, 60)
    status, body, headers = fetch("HEAD", url)
    assert (status, body, headers["Content-Length"]) == (200, b"", "5")


# -- Forms --


def form(fields, content=b"content", name="photo.jpg", file_field="file"):
    """A form as a browser sends it: the body and its content type."""
    boundary = f"----WebKitFormBoundary{uuid.uuid4().hex[:16]}"
    body = b""
    for field, value in fields:
        body += f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'.encode()
    if file_field:
        body += (
            f'--{boundary}\r\nContent-Disposition: form-data; name="{file_field}"; filename="{name}"\r\n'
            "Content-Type: image/jpeg\r\n\r\n"
        ).encode()
        body += content + b"\r\n"
    return body + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def post(url, fields, *arguments, headers=None, **keywords):
    body, content_type = form(list(fields), *arguments, **keywords)
    return fetch("POST", url, body, {"Content-Type": content_type, **(headers or {})})


@pytest.fixture
def upload(storage, key):
    """A form for one key, one content type and 5 to 100 bytes."""
    s3 = connect(storage, signature_version="s3v4")
    return s3.generate_presigned_post(
        "plain",
        key,
        Fields={"Content-Type": "image/jpeg", "x-amz-meta-user": "alice"},
        Conditions=[{"Content-Type": "image/jpeg"}, {"x-amz-meta-user": "alice"}, ["content-length-range", 5, 100]],
        ExpiresIn=60,
    )


def test_a_form_uploads(s3, upload, key):
    status, body, headers = post(upload["url"], upload["fields"].items(), b"x" * 100)
    assert (status, body) == (204, b"")
    got = s3.get_object(Bucket="plain", Key=key)
    assert got["Body"].read() == b"x" * 100
    assert (got["ContentType"], got["Metadata"], got["ETag"]) == ("image/jpeg", {"user": "alice"}, headers["ETag"])


@pytest.mark.parametrize("name", ["photo.jpg", "C:\\\\photos\\\\photo.jpg", "../../photo.jpg"])
def test_a_form_inserts_the_file_name(storage, s3, name):
    folder = uuid.uuid4().hex
    upload = s3.generate_presigned_post("plain", folder + "/${filename}", ExpiresIn=60)
    assert post(upload["url"], upload["fields"].items(), name=name)[0] == 204
    assert exists(s3, "plain", f"{folder}/photo.jpg")


def test_a_form_selects_the_response(s3, key):
    for fields, expected in [
        ({"success_action_status": "201"}, 201),
        ({"success_action_status": "200"}, 200),
        ({"success_action_status": "404"}, 204),
    ]:
        upload = s3.generate_presigned_post("plain", key, fields, [fields], 60)
        status, body, headers = post(upload["url"], upload["fields"].items())
        assert status == expected
        if status == 201:
            assert b"<PostResponse>" in body and b"<ETag>" in body and headers["Location"]
    fields = {"success_action_redirect": "http://127.0.0.1:1/done?a=b"}
    upload = s3.generate_presigned_post("plain", key, fields, [fields], 60)
    url = urllib.parse.urlsplit(upload["url"])
    connection = http.client.HTTPConnection(url.netloc)
    body, content_type = form(upload["fields"].items())
    connection.request("POST", url.path, body, {"Content-Type": content_type})
    answer = connection.getresponse()
    assert answer.status == 303
    location = urllib.parse.urlsplit(answer.headers["Location"])
    query = urllib.parse.parse_qs(location.query)
    assert (query["a"], query["bucket"], query["key"]) == (["b"], ["plain"], [key])


BREAKS = {
    "another key": (lambda f: {**f, "key": "elsewhere"}, {}, 403, "AccessDenied"),
    "another type": (lambda f: {**f, "Content-Type": "text/html"}, {}, 403, "AccessDenied"),
    "other metadata": (lambda f: {**f, "x-amz-meta-user": "bob"}, {}, 403, "AccessDenied"),
    "without the type": (lambda f: without(f, "Content-Type"), {}, 403, "AccessDenied"),
    "without the metadata": (lambda f: without(f, "x-amz-meta-user"), {}, 403, "AccessDenied"),
    "a field more": (lambda f: {"acl": "public-read", **f}, {}, 403, "AccessDenied"),
    "metadata more": (lambda f: {"x-amz-meta-more": "x", **f}, {}, 403, "AccessDenied"),
    "a status more": (lambda f: {"success_action_status": "201", **f}, {}, 403, "AccessDenied"),
    "too large": (lambda f: f, {"content": b"x" * 101}, 400, "EntityTooLarge"),
    "much too large": (lambda f: f, {"content": b"x" * 5_000_000}, 400, "EntityTooLarge"),
    "too small": (lambda f: f, {"content": b"x" * 4}, 400, "EntityTooSmall"),
    "empty": (lambda f: f, {"content": b""}, 400, "EntityTooSmall"),
    "another signature": (lambda f: {**f, "x-amz-signature": "0" * 64}, {}, 403, "SignatureDoesNotMatch"),
    "no signature": (lambda f: without(f, "x-amz-signature"), {}, 400, "InvalidArgument"),
    "no policy": (lambda f: without(f, "policy"), {}, 400, "InvalidArgument"),
    "no key": (lambda f: without(f, "key"), {}, 400, "InvalidArgument"),
    "no credential": (lambda f: without(f, "x-amz-credential"), {}, 400, "InvalidArgument"),
    "no date": (lambda f: without(f, "x-amz-date"), {}, 400, "InvalidArgument"),
    "no algorithm": (lambda f: without(f, "x-amz-algorithm"), {}, 400, "InvalidArgument"),
    "no file": (lambda f: f, {"file_field": None}, 400, "IncorrectNumberOfFilesInPostRequest"),
    "a wider policy": (
        lambda f: {**f, "policy": widened(f["policy"])},
        {"content": b"x" * 101},
        403,
        "SignatureDoesNotMatch",
    ),
    "another access key": (
        lambda f: {**f, "x-amz-credential": f["x-amz-credential"].replace("local/", "other/")},
        {},
        403,
        "SignatureDoesNotMatch",
    ),
    "no signature at all": (
        lambda f: {name: value for name, value in f.items() if not name.startswith("x-amz-") and name != "policy"},
        {},
        403,
        "AccessDenied",
    ),
}


def without(fields, name):
    return {field: value for field, value in fields.items() if field != name}


def widened(policy):
    document = json.loads(base64.b64decode(policy))
    document["conditions"] = [
        ["content-length-range", 0, 10**9] if "content-length-range" in condition else condition
        for condition in document["conditions"]
    ]
    return base64.b64encode(json.dumps(document).encode()).decode()


@pytest.mark.parametrize("way", BREAKS)
def test_a_form_that_breaks_its_policy_is_refused(s3, upload, key, way):
    change, keywords, status, expected = BREAKS[way]
    fields = change(upload["fields"])
    found, body, _ = post(upload["url"], fields.items(), **keywords)
    assert (found, code(body)) == (status, expected)
    assert not exists(s3, "plain", key)
    assert not exists(s3, "plain", "elsewhere")


def test_a_form_can_be_sent_to_the_buckets_own_host(storage, s3, upload, key):
    address = urllib.parse.urlsplit(upload["url"])
    status, _, _ = post(
        f"http://{address.netloc}/", upload["fields"].items(), headers={"Host": f"plain.localhost:{address.port}"}
    )
    assert status == 204
    assert exists(s3, "plain", key)


def test_a_form_with_a_differently_encoded_key_is_refused(s3, key):
    composed, decomposed = f"{key}-caf\u00e9", f"{key}-cafe\u0301"
    upload = s3.generate_presigned_post("plain", composed, ExpiresIn=60)
    status, body, _ = post(upload["url"], {**upload["fields"], "key": decomposed}.items())
    assert (status, code(body)) == (403, "AccessDenied")
    assert post(upload["url"], upload["fields"].items())[0] == 204


def test_a_form_for_one_bucket_is_refused_by_another(s3, upload, key):
    status, body, _ = post(upload["url"].replace("/plain", "/open"), upload["fields"].items())
    assert (status, code(body)) == (403, "AccessDenied")
    assert not exists(s3, "open", key)


def test_a_form_expires(storage, s3, key):
    upload = s3.generate_presigned_post("plain", key, ExpiresIn=1)
    threading.Event().wait(2)
    status, body, _ = post(upload["url"], upload["fields"].items())
    assert (status, code(body)) == (403, "AccessDenied")
    assert not exists(s3, "plain", key)


def test_a_truncated_form_stores_nothing(storage, s3, upload, key):
    body, content_type = form(upload["fields"].items())
    url = urllib.parse.urlsplit(upload["url"])
    for length in [len(body) - 20, len(body) // 2]:
        connection = http.client.HTTPConnection(url.netloc)
        connection.request("POST", url.path, body[:length], {"Content-Type": content_type})
        assert connection.getresponse().status == 400
    connection = http.client.HTTPConnection(url.netloc)
    connection.putrequest("POST", url.path)
    connection.putheader("Content-Type", content_type)
    connection.putheader("Content-Length", str(len(body)))
    connection.endheaders()
    connection.send(body[:-10])
    connection.close()
    assert not exists(s3, "plain", key)


# -- Browsers --


def test_preflight(storage):
    url = f"{storage.services_url}/open/some/key"
    asked = {
        "Origin": "http://localhost:3000",
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "content-type, x-amz-date",
    }
    status, _, headers = fetch("OPTIONS", url, headers=asked)
    assert status == 200
    assert headers["Access-Control-Allow-Origin"] == "http://localhost:3000"
    assert "PUT" in headers["Access-Control-Allow-Methods"]
    assert "content-type" in headers["Access-Control-Allow-Headers"].lower()
    assert headers["Access-Control-Max-Age"] == "600"
    for change in [
        {"Origin": "http://evil.example"},
        {"Access-Control-Request-Method": "DELETE"},
        {"Access-Control-Request-Headers": "authorization"},
    ]:
        status, _, headers = fetch("OPTIONS", url, headers={**asked, **change})
        assert status == 403
        assert headers["Access-Control-Allow-Origin"] is None
    assert fetch("OPTIONS", url.replace("/open/", "/plain/"), headers=asked)[0] == 403


def test_responses_to_other_origins_have_cors_headers(storage, s3, key):
    s3.put_object(Bucket="open", Key=key, Body=b"x")
    url = s3.generate_presigned_url("get_object", {"Bucket": "open", "Key": key}, 60)
    headers = fetch("GET", url, headers={"Origin": "https://a.example.com"})[2]
    assert headers["Access-Control-Allow-Origin"] == "https://a.example.com"
    assert headers["Access-Control-Expose-Headers"] == "ETag"
    assert fetch("GET", url, headers={"Origin": "https://evil.com"})[2]["Access-Control-Allow-Origin"] is None


# -- Other clients --


def aws(storage, *arguments, key="local", secret="local", check=True, **keywords):
    environment = {
        **os.environ,
        "AWS_ACCESS_KEY_ID": key,
        "AWS_SECRET_ACCESS_KEY": secret,
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": storage.services_url,
        "AWS_PAGER": "",
        "AWS_MAX_ATTEMPTS": "1",
        "AWS_CONFIG_FILE": os.devnull,
    }
    program = "import sys; from awscli.clidriver import main; sys.exit(main())"
    return subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        env=environment,
        capture_output=True,
        check=check,
        timeout=120,
        **keywords,
    )


def test_aws_cli(storage, s3, tmp_path):
    folder = uuid.uuid4().hex
    source = tmp_path / "source"
    source.mkdir()
    (source / "small.txt").write_text("small")
    (source / "large.bin").write_bytes(os.urandom(20 * MEGABYTE))
    aws(storage, "s3", "sync", source, f"s3://plain/{folder}")
    listed = aws(storage, "s3", "ls", "--recursive", f"s3://plain/{folder}/").stdout.decode()
    assert "small.txt" in listed and "large.bin" in listed
    aws(storage, "s3", "mv", f"s3://plain/{folder}/small.txt", f"s3://open/{folder}/moved.txt")
    aws(storage, "s3", "cp", f"s3://plain/{folder}/large.bin", tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == (source / "large.bin").read_bytes()
    url = aws(storage, "s3", "presign", f"s3://open/{folder}/moved.txt").stdout.decode().strip()
    assert fetch("GET", url)[:2] == (200, b"small")
    piped = aws(storage, "s3", "cp", "-", f"s3://plain/{folder}/piped", input=b"from a pipe")
    assert piped.returncode == 0
    aws(storage, "s3", "rm", "--recursive", f"s3://plain/{folder}/")
    assert s3.list_objects_v2(Bucket="plain", Prefix=folder)["KeyCount"] == 0
    failed = aws(storage, "s3api", "head-object", "--bucket", "plain", "--key", "missing", check=False)
    assert b"404" in failed.stderr
    refused = aws(storage, "s3", "ls", "s3://plain", secret="wrong", check=False)
    assert b"SignatureDoesNotMatch" in refused.stderr


def test_curl_signs_and_uploads_forms(storage, s3, upload, key, tmp_path):
    file = tmp_path / "photo.jpg"
    file.write_bytes(b"from curl")
    fields = [part for name, value in upload["fields"].items() for part in ("--form-string", f"{name}={value}")]
    run = ["curl", "--silent", "--show-error", "--output", os.devnull, "--write-out", "%{http_code}"]
    posted = subprocess.run([*run, *fields, "--form", f"file=@{file}", upload["url"]], capture_output=True, check=True)
    assert posted.stdout == b"204"
    assert s3.get_object(Bucket="plain", Key=key)["Body"].read() == b"from curl"
    signing = ["--user", "local:local", "--aws-sigv4", "aws:amz:us-east-1:s3"]
    url = f"{storage.services_url}/plain/{uuid.uuid4().hex}"
    headers = ["--header", "x-amz-content-sha256: UNSIGNED-PAYLOAD"]
    put = subprocess.run([*run, *signing, *headers, "--upload-file", file, url], capture_output=True, check=True)
    assert put.stdout == b"200"
    got = subprocess.run(["curl", "--silent", *signing, *headers, url], capture_output=True, check=True)
    assert got.stdout == b"from curl"


# -- Failures --


@pytest.mark.parametrize(
    "name",
    [
        "../../escaped",
        "..",
        ".",
        "a/../b",
        "a//b",
        "/leading",
        "trailing/",
        "x" * 1024,
        "a\tb",
        "journal",
        ".tmp/x",
        "con",
        "~",
        "\u0001",
        "e\u0301",
        "\u00e9",
        "日本語/🙂",
        "a?b#c",
        "%2e%2e%2f",
    ],
)
def test_keys_are_not_interpreted_as_paths(storage, s3, name):
    s3.put_object(Bucket="plain", Key=name, Body=name.encode())
    assert s3.get_object(Bucket="plain", Key=name)["Body"].read() == name.encode()
    listed = s3.list_objects_v2(Bucket="plain", Prefix=name, EncodingType="url")["Contents"]
    assert name in [urllib.parse.unquote_plus(entry["Key"]) for entry in listed]
    s3.delete_object(Bucket="plain", Key=name)
    assert not exists(s3, "plain", name)


def test_keys_are_at_most_1024_bytes(s3):
    assert refusal(s3.put_object, Bucket="plain", Key="x" * 1025, Body=b"") == (400, "KeyTooLongError")


def test_killing_the_runtime_during_uploads_leaves_only_whole_objects(storage, tmp_path, data_directories):
    template = tmp_path / "template.yaml"
    template.write_text(TEMPLATE)
    directory = next(data_directories)
    confirmed = {}
    with Runtime(template, directory, "--services-port", "0") as runtime:
        stop = threading.Event()

        def put(worker):
            s3 = connect(runtime)
            number = 0
            while not stop.is_set():
                body = os.urandom(300_000 + worker)
                name = f"{worker}/{number}"
                try:
                    s3.put_object(Bucket="plain", Key=name, Body=body)
                except Exception:
                    return
                confirmed[name] = hashlib.md5(body).hexdigest()
                number += 1

        workers = [threading.Thread(target=put, args=(number,)) for number in range(4)]
        for worker in workers:
            worker.start()
        threading.Event().wait(2)
        runtime.process.send_signal(signal.SIGKILL)
        stop.set()
        for worker in workers:
            worker.join()
        runtime.process.wait()
    assert confirmed
    with Runtime(template, directory, "--services-port", "0") as runtime:
        s3 = connect(runtime)
        found = {
            entry["Key"]: entry
            for page in s3.get_paginator("list_objects_v2").paginate(Bucket="plain")
            for entry in page.get("Contents", [])
        }
        for name, digest in confirmed.items():
            assert hashlib.md5(s3.get_object(Bucket="plain", Key=name)["Body"].read()).hexdigest() == digest
        for name, entry in found.items():
            body = s3.get_object(Bucket="plain", Key=name)["Body"].read()
            assert f'"{hashlib.md5(body).hexdigest()}"' == entry["ETag"]
