"""Who may do what: each route and action, tried by each kind of caller; forged tokens; hostile text in each field.

A route or action without an entry in ROUTES or ACTIONS fails `test_every_route_is_tried`."""

import base64
import hashlib
import hmac
import json
import urllib.parse
import uuid

import jwt
import pytest
from client import Device, say
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from layout import Repository
from runtime import ROOT
from uploads import announce, attach, eventually, exchange, post, upload

UNKNOWN = "018f3c1e-7d00-7000-8000-000000000000"


class Scene:
    """A direct conversation of Alice and Bob with a message, and Eve, who does not take part."""

    def __init__(self, people):
        self.alice, self.bob, self.eve = people("alice"), people("bob"), people("eve")
        self.conversation = self.alice.direct(self.bob)
        say(self.alice.device(), self.conversation, "secret")

    def path(self, template):
        return template.replace("{conversationId}", self.conversation).replace("{userId}", self.bob.id)


@pytest.fixture
def scene(people):
    return Scene(people)


# -- Routes and actions --

# The body of the request, if it has one, and the status for a user who does not take part in the conversation. 200 is
# for routes that answer about the caller alone.
ROUTES = {
    "POST /conversation": ({"recipientIdArr": ["another"]}, 200),
    "GET /conversations": (None, 200),
    "GET /conversations/{conversationId}": (None, 403),
    "GET /conversations/{conversationId}/messages": (None, 403),
    "GET /conversations/{conversationId}/participants": (None, 403),
    "GET /conversation/direct/{userId}": (None, 200),
    "POST /files": ({"contentType": "text/plain", "size": 5}, 200),
}

# The file proxy has no users: `test_a_file_needs_its_own_credential` tries its credentials.
FILE_PROXY = {"GET /files/{fileId}", "HEAD /files/{fileId}"}

# The fields of the request, or a function of the user that makes them, and the code for a user who does not take part;
# None if the action is about the caller alone.
ACTIONS = {
    "authenticate": (lambda person: {"token": person.token}, None),
    "heartbeat": ({}, None),
    "send-message": ({"content": "hi", "tempMessageId": "x"}, "not_a_participant"),
    "read-messages": ({}, "not_a_participant"),
}


def test_every_route_is_tried():
    routes = {str(route) for routes in Repository(ROOT).routes().values() for route in routes}
    assert {route for route in routes if " " in route} == ROUTES.keys() | FILE_PROXY
    assert {route for route in routes if " " not in route and not route.startswith("$")} == ACTIONS.keys()


@pytest.mark.parametrize("route", ROUTES)
def test_a_route_answers_only_those_who_may(scene, route):
    body, status = ROUTES[route]
    method, _, path = route.partition(" ")
    path = scene.path(path)

    for header in (None, "", "Bearer", "Bearer ", "Basic YWxpY2U6", f"Bearer {unsigned(scene.alice.token)}"):
        headers = {} if header is None else {"Authorization": header}
        answer = scene.alice.runtime.request(method, scene.alice.runtime.http_url + path, body, headers)
        assert answer[0] == 401, (header, answer)
    found, answer = scene.eve.http(method, path, body)
    assert found == status, answer
    assert "secret" not in json.dumps(answer) and scene.conversation not in json.dumps(answer)
    if status != 200:
        assert answer["code"] == "not_a_participant"
    assert scene.bob.http(method, path.replace(scene.bob.id, scene.alice.id), body)[0] == 200


@pytest.mark.parametrize("action", ACTIONS)
def test_an_action_obeys_only_those_who_may(scene, action):
    fields, code = ACTIONS[action]
    outside, inside = scene.eve.device(), scene.bob.device()
    made = fields if callable(fields) else lambda person: fields
    fields = made(scene.eve)
    answer = outside.ask(action, conversationId=scene.conversation, **fields)
    if code is None:
        assert answer["type"] != "error"
    else:
        assert (answer["type"], answer["code"]) == ("error", code)
        # A conversation that does not exist differs only by its code.
        assert outside.ask(action, conversationId=UNKNOWN, **fields)["code"] == "not_found"
    assert inside.ask(action, conversationId=scene.conversation, **made(scene.bob))["type"] != "error"
    assert [message["content"] for message in scene.alice.messages(scene.conversation)].count("secret") == 1
    outside.settle()
    assert outside.of("new-message") == [] and outside.of("read-messages") == []


@pytest.mark.parametrize("name", ["senderId", "userId", "sub", "principalId", "requestContext", "authorizer", "connectionId"])
def test_a_request_cannot_name_its_sender(scene, name):
    """The sender is the token's user, whatever the request says."""
    device = scene.bob.device()
    for value in (scene.alice.id, {"principalId": scene.alice.id}, [scene.alice.id]):
        fields = {name: value, "content": "hi", "tempMessageId": uuid.uuid4().hex}
        assert device.ask("send-message", conversationId=scene.conversation, **fields)["type"] == "message-sent"
        assert scene.alice.messages(scene.conversation)[0]["senderId"] == scene.bob.id


@pytest.mark.parametrize("header", ["x-user", "x-amzn-oidc-identity", "x-forwarded-user", "x-amz-security-token", "cookie"])
def test_a_header_cannot_name_the_caller(scene, header):
    headers = {"Authorization": f"Bearer {scene.eve.token}", header: scene.alice.id}
    url = scene.eve.runtime.http_url + scene.path("/conversations/{conversationId}/messages")
    assert scene.eve.runtime.request("GET", url, None, headers)[0] == 403


# -- Tokens --


def encode(data):
    return base64.urlsafe_b64encode(data if isinstance(data, bytes) else json.dumps(data).encode()).rstrip(b"=").decode()


def decode(text):
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def unsigned(token):
    head, claims, _ = token.split(".")
    return f"{encode({**decode(head), 'alg': 'none'})}.{claims}."


def pem(key):
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


OWN_KEYS = {
    "RS256": rsa.generate_private_key(65537, 2048),
    "RS512": rsa.generate_private_key(65537, 2048),
    "PS256": rsa.generate_private_key(65537, 2048),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}


def forgeries(token, jwks):
    """Tokens that claim to be of the same user, by what is wrong with them."""
    head, body, signature = token.split(".")
    header, claims = decode(head), decode(body)
    kid = header["kid"]
    for algorithm in ("none", "None", "NONE", "nOnE", "", None, [], {}, 0, True, "RS256 ", "rs256"):
        for end in ("", signature):
            yield f"alg {algorithm!r}, signature {end[:1]!r}", f"{encode({**header, 'alg': algorithm})}.{body}.{end}"
    for algorithm in ("HS256", "HS384", "HS512"):
        digest = getattr(hashlib, f"sha{algorithm[2:]}")
        signed = f"{encode({'alg': algorithm, 'kid': kid, 'typ': 'JWT'})}.{body}"
        modulus = base64.urlsafe_b64decode(jwks["keys"][0]["n"] + "==")
        for key in (b"", b"secret", json.dumps(jwks).encode(), json.dumps(jwks["keys"][0]).encode(), modulus, kid.encode()):
            yield f"{algorithm} with {key[:10]!r}", f"{signed}.{encode(hmac.new(key, signed.encode(), digest).digest())}"
    for algorithm, key in OWN_KEYS.items():
        public = json.loads(jwt.get_algorithm_by_name(algorithm).to_jwk(key.public_key()))
        own = {"kid": "own"}
        for name, extra in {
            "the issuer's kid": {"kid": kid},
            "its own kid": own,
            "no kid": {},
            "jwk": {"kid": kid, "jwk": public},
            "jku": {"kid": kid, "jku": "http://127.0.0.1:9/jwks.json"},
            "x5u": {"kid": kid, "x5u": "http://127.0.0.1:9/certificate"},
            "crit": {"kid": kid, "crit": ["exp"]},
            "a path as kid": {"kid": "../../../../dev/null"},
            "SQL as kid": {"kid": "' UNION SELECT 'x"},
        }.items():
            yield f"{algorithm} of another key, {name}", jwt.encode(claims, pem(key), algorithm, headers=extra)
    for name, value in {
        "sub": "mallory", "exp": claims["exp"] + 10_000, "aud": "other", "iss": "https://evil.example", "admin": True,
    }.items():  # fmt: skip
        yield f"changed {name}", f"{head}.{encode({**claims, name: value})}.{signature}"
    for position in range(0, len(signature), 29):
        changed = "A" if signature[position] != "A" else "B"
        yield f"changed signature at {position}", f"{head}.{body}.{signature[:position]}{changed}{signature[position + 1:]}"
    yield "no signature", f"{head}.{body}."
    yield "half a signature", f"{head}.{body}.{signature[: len(signature) // 2]}"
    yield "two signatures", f"{head}.{body}.{signature}.{signature}"
    yield "two parts", f"{head}.{body}"
    yield "one part", head
    yield "dots", "..."
    yield "JSON serialization", json.dumps({"protected": head, "payload": body, "signature": signature})
    yield "an array of claims", f"{head}.{encode([claims])}.{signature}"
    yield "a very long token", f"{head}.{'A' * 3_000}.{signature}"


def test_forged_tokens_are_refused_everywhere(runtime):
    jwks = runtime.get("/_local/.well-known/jwks.json")
    tried = 0
    for name, token in forgeries(runtime.token("alice"), jwks):
        headers = {"Authorization": f"Bearer {token}"}
        assert runtime.request("GET", runtime.http_url + "/conversations", None, headers)[0] == 401, name
        with pytest.raises(Exception, match="HTTP 401"):
            Device(f"{runtime.web_socket_url}?Authorization={urllib.parse.quote(token)}")
        tried += 1
    assert tried > 100


def test_forged_tokens_extend_no_connection(runtime, people):
    jwks = runtime.get("/_local/.well-known/jwks.json")
    for index, (name, token) in enumerate(forgeries(runtime.token("alice"), jwks)):
        # Few requests each, so that no limit of a user is reached.
        if index % 20 == 0:
            device = people("alice").device()
        answer = device.ask("authenticate", token=token)
        assert (answer["type"], answer["code"]) == ("error", "unauthorized"), (name, answer)


# Claims of tokens that the issuer itself signs, and whether they are valid.
CLAIMS = [
    ({}, True),
    ({"nbf": 1}, True),
    ({"nbf": 9_999_999_999}, False),
    ({"nbf": "tomorrow"}, False),
    ({"aud": "other"}, True),  # The default has no audience; test_identity tests one.
]


@pytest.mark.parametrize("claims, valid", CLAIMS, ids=str)
def test_claims_of_the_issuer_are_checked(runtime, claims, valid):
    token = runtime.token(f"alice-{uuid.uuid4().hex}", claims=claims)
    headers = {"Authorization": f"Bearer {token}"}
    assert runtime.request("GET", runtime.http_url + "/conversations", None, headers)[0] == (200 if valid else 401)
    if valid:
        Device(f"{runtime.web_socket_url}?Authorization={token}").leave()
    else:
        with pytest.raises(Exception, match="HTTP 401"):
            Device(f"{runtime.web_socket_url}?Authorization={token}")


# -- Hostile text --

HOSTILE = [
    "'", '"', "\\", "`", "'; DROP TABLE message; --", "' OR '1'='1", "1; SELECT pg_sleep(20)", "$1", "$$", "%", "_%", "%s%n",
    "\\x00", "\\u0000", "E'\\\\'", "{a,b}", '{"a":1}', "[]", "null", "NaN", "-1", "1e999", "*", "a*b?c[d]",
    "\r\nFLUSHALL\r\n", "*1\r\n$8\r\nFLUSHALL\r\n", "redis.call('FLUSHALL')", "../../etc/passwd", "%2e%2e%2f", "a/b", "//",
    "file:///etc/passwd", "\r\nX-Injected: 1", "<script>alert(1)</script>", "&lt;", "${jndi:ldap://x}", "{{7*7}}", "$(touch x)",
    "\u202etxt.exe", "\u200b", "\ufeff", "\u2028", "e\u0301", "👩‍👩‍👧‍👦", "ﷺ" * 18, "𝕳" * 100, "a" * 512, " ", "\t", "CON", "__proto__",
]  # fmt: skip


def refused_or_done(status, answer):
    """Any answer but an internal error, with the fields that clients rely on."""
    assert status in (200, 400, 403, 404, 413, 414, 429), (status, answer)
    if status == 400 and "code" in answer:
        assert answer["message"] and "SELECT" not in answer["message"]
    return status == 200


def test_hostile_text_in_messages_arrives_unchanged_or_is_refused(scene):
    device, watcher = scene.alice.device(), scene.bob.device()
    for text in HOSTILE:
        for fields in ({"content": text, "tempMessageId": uuid.uuid4().hex}, {"content": "x", "tempMessageId": text}):
            answer = device.ask("send-message", conversationId=scene.conversation, **fields)
            if answer["type"] == "message-sent":
                pushed = watcher.wait(lambda frame: frame.get("messageId") == answer["messageId"])
                expected = {**fields, "content": fields["content"].strip()}
                assert {name: pushed[name] for name in expected} == expected
            else:
                assert answer["code"] in ("invalid_request", "too_large", "rate_limited"), (text, answer)
        for fields in ({"conversationId": text}, {"conversationId": scene.conversation, "upToSeq": text}):
            assert device.ask("read-messages", **fields)["code"] in ("invalid_request", "rate_limited"), text
        device.send("heartbeat", requestId=text)
        wanted = device.wait(lambda frame: frame.get("requestId") == text or frame.get("code") == "invalid_request")
        assert wanted["type"] in ("heartbeat", "error")
    assert scene.bob.messages(scene.conversation, "?after=0&limit=1&order=asc")[0]["content"] == "secret"


def test_hostile_text_in_paths_and_queries_is_refused(scene):
    quoted = [urllib.parse.quote(text, safe="") for text in HOSTILE]
    for text in quoted:
        for path in (
            f"/conversations/{text}", f"/conversations/{text}/messages", f"/conversation/direct/{text}", f"/{text}",
            f"/conversations/{scene.conversation}/messages?after={text}", f"/conversations?cursor={text}&limit=1",
            f"/conversations/{scene.conversation}/messages?before={text}&limit={text}", f"/conversations?isRead={text}",
        ):  # fmt: skip
            status, answer = scene.eve.http("GET", path)
            assert "secret" not in json.dumps(answer)
            refused_or_done(status, answer)
    assert scene.alice.conversation(scene.conversation)["latestContent"] == "secret"


def test_hostile_text_in_bodies_is_stored_unchanged_or_refused(people):
    for index, text in enumerate(HOSTILE):
        # Few requests each, so that no limit of a user is reached.
        alice = people("alice")
        other = f"{text}{index}"
        for body in ({"recipientIdArr": [other]}, {"recipientIdArr": ["x", other], "isGroup": True, "title": text}):
            status, answer = alice.http("POST", "/conversation", body)
            if refused_or_done(status, answer) and "title" in body:
                found = alice.ok("GET", f"/conversations/{answer['conversationId']}")
                assert found["title"] == text.strip() and other in found["participantIds"]
        for body in (
            {"contentType": "text/plain", "size": 1, "fileName": text},
            {"contentType": text, "size": 1},
            {"contentType": "text/plain", "size": text},
        ):
            status, answer = alice.http("POST", "/files", body)
            if refused_or_done(status, answer):
                assert urllib.parse.urlsplit(answer["upload"]["url"]).hostname == "127.0.0.1"


# -- Files --


def test_a_file_can_be_sent_only_by_its_owner_and_read_only_with_its_url(scene):
    file = upload(scene.alice, b"hello", "text/plain")
    device = scene.alice.device()
    answer = eventually(lambda: (sent := attach(device, scene.conversation, file))["type"] == "message-sent" and sent)
    assert answer["messageId"]
    url = scene.bob.messages(scene.conversation)[0]["attachments"][0]["url"]
    assert exchange("GET", url)[1] == b"hello"
    # Another user cannot attach it, not even one who reads it.
    for person in (scene.bob, scene.eve):
        conversation = person.ok("POST", "/conversation", {"recipientIdArr": ["another"]})["conversationId"]
        assert attach(person.device(), conversation, file)["type"] == "error"
    for bad in (file.upper(), f"../{file}", f"{file}/", file.replace(".txt", ".png"), f"{uuid.uuid4()}.txt", "", " "):
        assert attach(device, scene.conversation, bad)["code"] in ("invalid_request", "not_found", "conflict"), bad


def test_a_form_cannot_choose_its_place(people):
    announced = announce(people("alice"), "text/plain", 5)
    other = announce(people("bob"), "text/plain", 5)
    for field, value in [
        ("key", other["fileId"]), ("key", "../x"), ("key", "${filename}"), ("policy", ""),
        ("policy", other["upload"]["fields"]["policy"]), ("x-amz-signature", other["upload"]["fields"]["x-amz-signature"]),
        ("x-amz-credential", "local/20300101/us-east-1/s3/aws4_request"), ("Content-Type", "text/html"),
        ("acl", "public-read"), ("success_action_redirect", "http://evil.example/"),
    ]:  # fmt: skip
        status, body, _ = post(announced, b"hello", **{field: value})
        assert status in (400, 403), (field, value, body)
