"""Tokens of a third-party issuer: moto's Cognito."""

import base64
import hashlib
import hmac
import json
import threading
import time

import boto3
import pytest
from client import Device
from moto.server import ThreadedMotoServer
from runtime import ROOT, Runtime

KEYS = {"region_name": "us-east-1", "aws_access_key_id": "testing", "aws_secret_access_key": "testing"}


@pytest.fixture(scope="module")
def pool():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    cognito = boto3.client("cognito-idp", endpoint_url=url, **KEYS)
    pool = cognito.create_user_pool(PoolName="people")["UserPool"]["Id"]
    client = cognito.create_user_pool_client(
        UserPoolId=pool, ClientName="app", ExplicitAuthFlows=["ADMIN_NO_SRP_AUTH"]
    )["UserPoolClient"]["ClientId"]
    cognito.admin_create_user(UserPoolId=pool, Username="grace", TemporaryPassword="Abcdef123!")
    cognito.admin_set_user_password(UserPoolId=pool, Username="grace", Password="Abcdef123!", Permanent=True)
    tokens = cognito.admin_initiate_auth(
        UserPoolId=pool,
        ClientId=client,
        AuthFlow="ADMIN_NO_SRP_AUTH",
        AuthParameters={"USERNAME": "grace", "PASSWORD": "Abcdef123!"},
    )["AuthenticationResult"]
    yield {"url": url, "pool": pool, "client": client, **tokens}
    server.stop()


@pytest.fixture(scope="module")
def cognito_runtime(pool, data_directories):
    options = [
        f"--parameter=IdentityIssuer=https://cognito-idp.us-east-1.amazonaws.com/{pool['pool']}",
        f"--parameter=IdentityJwksUrl={pool['url']}/{pool['pool']}/.well-known/jwks.json",
        f"--parameter=IdentityAudience={pool['client']}",
    ]
    with Runtime(ROOT / "template.yaml", next(data_directories), *options) as runtime:
        yield runtime


@pytest.mark.parametrize("kind", ["IdToken", "AccessToken"])
def test_tokens_of_cognito_are_accepted(cognito_runtime, pool, kind):
    device = Device(f"{cognito_runtime.web_socket_url}?Authorization={pool[kind]}")
    device.settle()
    principal = cognito_runtime.get("/_local/activity")["connections"][-1]["principal"]
    claims = json.loads(_decode(pool[kind].split(".")[1]))
    assert principal == claims["sub"]
    device.leave()


def test_a_bearer_header_is_accepted(cognito_runtime, pool):
    device = Device(
        cognito_runtime.web_socket_url, additional_headers={"Authorization": f"Bearer {pool['IdToken']}"}
    )
    device.settle()
    device.leave()


def _encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _forgeries(token, jwks):
    head, body, signature = token.split(".")
    claims = json.loads(_decode(body))
    kid = json.loads(_decode(head))["kid"]

    def encoded(value):
        return _encode(json.dumps(value).encode())

    yield "changed signature", f"{head}.{body}.{signature[:-4]}AAAA"
    yield "changed claim", f"{head}.{encoded({**claims, 'sub': 'mallory'})}.{signature}"
    for algorithm in ["none", "None", "nOnE", ""]:
        yield f"alg {algorithm!r}", f"{encoded({'alg': algorithm, 'kid': kid})}.{body}."
    signed = f"{encoded({'alg': 'HS256', 'kid': kid, 'typ': 'JWT'})}.{body}"
    for name, key in [("the key set", json.dumps(jwks).encode()), ("the modulus", _decode(jwks["keys"][0]["n"]))]:
        mac = hmac.new(key, signed.encode(), hashlib.sha256).digest()
        yield f"HMAC with {name}", f"{signed}.{_encode(mac)}"
    yield "unknown key", f"{encoded({'alg': 'RS256', 'kid': 'other'})}.{body}.{signature}"
    yield "two parts", f"{head}.{body}"
    yield "very long", "a" * 3_000


def test_invalid_tokens_are_refused(runtime):
    jwks = runtime.get("/_local/.well-known/jwks.json")
    for name, token in _forgeries(runtime.token("alice"), jwks):
        with pytest.raises(Exception, match="HTTP 401"):
            Device(f"{runtime.web_socket_url}?Authorization={token}")
        headers = {"Authorization": f"Bearer {token}"}
        assert runtime.request("GET", runtime.http_url + "/conversations", headers=headers)[0] == 401, name


def test_tokens_of_another_issuer_are_refused(cognito_runtime, runtime):
    with pytest.raises(Exception, match="HTTP 401"):
        Device(f"{cognito_runtime.web_socket_url}?Authorization={runtime.token('alice')}")
