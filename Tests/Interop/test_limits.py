"""What one user can do to others: large lists, floods, many connections, connections that outlive their token."""

import json
import time
import urllib.parse
import uuid

import jwt
import pytest
from client import Device, Person, say
from runtime import ROOT, Runtime

MEGABYTE = 1_000_000
# The message of a refusal names the limit, and says when to try again.
LIMITS = {
    "connect": "40/3600", "heartbeat": "5/3600", "authenticate": "5/3600", "send-message": "5/3600",
    "read-messages": "5/3600", "read": "5/3600", "create-conversation": "5/3600", "create-group": "5/3600",
    "create-file": "5/3600",
}  # fmt: skip


@pytest.fixture(scope="module")
def limited(data_directories):
    """A runtime with low limits, in which each user can have three connections."""
    options = [
        "--parameter=RateLimits=" + ",".join(f"{action}={limit}" for action, limit in LIMITS.items()),
        "--parameter=ConnectionsPerUser=3",
        "--parameter=IdentityUserClaim=chat:name",
    ]
    with Runtime(ROOT / "template.yaml", next(data_directories), *options) as runtime:
        yield runtime


class Named(Person):
    """A user whom the claim `chat:name` identifies."""

    def __init__(self, runtime, name=None, **claims):
        self.runtime, self.devices, self.id = runtime, [], name or f"user-{uuid.uuid4().hex}"
        self.token = runtime.token("another", claims={"chat:name": self.id, **claims})


# -- One claim --

CLAIMS = [
    ["bob"], [], ["bob", "eve"], 7, 7.5, True, False, None, {"a": "b"}, {}, "", " ", " bob", "bob ", "b  ob", "bob\u200b",
    "\u202ebob", "bob\ufeff", "bob\n", "bob\0", "b\u00a0ob", "\u3164", "x" * 129, "😀" * 65,
]  # fmt: skip


def both(runtime, token):
    """The users as whom a token is accepted over HTTP and over WebSocket; None where it is refused."""
    headers = {"Authorization": f"Bearer {token}"}
    body = {"recipientIdArr": [f"other-{uuid.uuid4().hex}"]}
    status, answer = runtime.request("POST", runtime.http_url + "/conversation", body, headers)
    http = None
    if status == 200:
        path = f"/conversations/{answer['conversationId']}"
        http = runtime.request("GET", runtime.http_url + path, None, headers)[1]["createdBy"]
    else:
        assert status == 401, (status, answer)
    try:
        device = Device(f"{runtime.web_socket_url}?Authorization={token}")
    except Exception as error:
        assert "HTTP 401" in str(error)
        return http, None
    connections = runtime.get("/_local/activity")["connections"]
    device.leave()
    return http, connections[-1]["principal"]


@pytest.mark.parametrize("value", CLAIMS, ids=repr)
def test_a_claim_that_is_no_visible_string_is_refused_at_both_doors(limited, value):
    token = limited.token(f"alice-{uuid.uuid4().hex}", claims={"chat:name": value})
    assert both(limited, token) == (None, None)


def test_no_other_claim_takes_its_place(limited):
    for claims in ({}, {"cognito:username": "bob"}, {"username": "bob", "preferred_username": "bob"}):
        assert both(limited, limited.token("alice", claims=claims)) == (None, None)


@pytest.mark.parametrize("value", ["bob", "7", "true", "[bob]", "map[a:b]", "null", "{}", "Jörg Müller", "名前", "a}b%7D"])
def test_a_string_is_the_same_user_at_both_doors(limited, value):
    name = f"{value}" if value in ("7", "true", "[bob]", "map[a:b]", "null", "{}") else f"{value}{uuid.uuid4().hex}"
    token = limited.token("alice", claims={"chat:name": name})
    assert both(limited, token) == (name, name)


@pytest.mark.parametrize(
    "claims, accepted",
    [
        ({"token_use": "id"}, True), ({"token_use": "access"}, True), ({"token_use": "refresh"}, False),
        ({"token_use": ["id"]}, False), ({"token_use": ""}, False), ({"typ": "Bearer"}, True), ({"typ": "Refresh"}, False),
        ({"typ": "Logout"}, False), ({"typ": "ID"}, False), ({"typ": 1}, False),
    ],
    ids=str,
)  # fmt: skip
def test_the_kind_of_token_is_checked_at_both_doors(limited, claims, accepted):
    name = f"user-{uuid.uuid4().hex}"
    token = limited.token("alice", claims={"chat:name": name, **claims})
    assert both(limited, token) == ((name, name) if accepted else (None, None))


# -- Lists --


def pages(person, path):
    """All items, and the largest page in bytes, by following the links."""
    items, largest, requests = [], 0, 0
    while path and requests < 200:
        status, answer, headers = person.exchange("GET", path)
        assert status == 200, answer
        requests += 1
        largest = max(largest, len(json.dumps(answer, separators=(",", ":"), ensure_ascii=False).encode()))
        items += answer
        link = {name.lower(): value for name, value in headers.items()}.get("link")
        path = link and link[1 : link.index(">")]
    return items, largest, requests


def test_strangers_cannot_make_a_list_unreadable(people):
    """Groups of 1,000 long ids: named by ten of them."""
    victim, stranger = people("victim"), people("stranger")
    friends = [victim.direct(people(f"friend{number}")) for number in range(3)]
    groups = []
    for number in range(14):
        others = ["😀" * 61 + f"{number:03d}{other:03d}" for other in range(997)]
        body = {"isGroup": True, "title": "\U0001f4a3" * 300, "recipientIdArr": [victim.id, "x", *others]}
        groups.append(stranger.ok("POST", "/conversation", body)["conversationId"])
    for query in ("", "?limit=100", "?limit=3"):
        items, largest, _ = pages(victim, "/conversations" + query)
        assert [item["conversationId"] for item in items] == [*reversed(groups), *reversed(friends)]
        assert largest < MEGABYTE
        assert all(len(item["participantIds"]) <= 10 for item in items)
        assert {item["participantCount"] for item in items} == {1000, 2}
    assert len(victim.ok("GET", f"/conversations/{groups[0]}")["participantIds"]) == 1000
    every, _, count = pages(victim, f"/conversations/{groups[0]}/participants?limit=300")
    assert len(set(every)) == 1000 and count == 4
    assert pages(victim, f"/conversations/{groups[0]}/participants")[0] == every


def test_pages_of_large_messages_lose_and_repeat_nothing(people):
    alice, bob = people("alice"), people("bob")
    conversation = alice.direct(bob)
    device = alice.device()
    # A control character takes six bytes in JSON.
    for number in range(60):
        assert say(device, conversation, "x" + "\x01" * 4095)["type"] == "message-sent"
    for query, order in (("?limit=100", -1), ("?limit=100&order=asc", 1), ("?limit=100&order=asc&after=0", 1)):
        items, largest, requests = pages(bob, f"/conversations/{conversation}/messages{query}")
        assert [item["seq"] for item in items] == list(range(1, 61))[::order]
        assert largest < MEGABYTE and requests > 1


# -- Rates --


def test_every_route_is_limited(limited):
    """Each route and action, until it is refused; and only for the user who floods."""
    bob = Named(limited)
    requests = {
        "create-conversation": lambda user: user.exchange("POST", "/conversation", {"recipientIdArr": [bob.id]}),
        "create-group": lambda user: user.exchange(
            "POST", "/conversation", {"isGroup": True, "title": "x", "recipientIdArr": [bob.id, "y"]}
        ),
        "create-file": lambda user: user.exchange("POST", "/files", {"contentType": "text/plain", "size": 1}),
        "read": lambda user: user.exchange("GET", "/conversations"),
    }
    for action, request in requests.items():
        user = Named(limited)
        answers = [request(user) for _ in range(7)]
        assert [status for status, _, _ in answers] == [200] * 5 + [429] * 2, action
        _, answer, headers = answers[-1]
        assert answer["code"] == "rate_limited" and action in answer["message"]
        assert 0 < answer["retryAfterMs"] <= 720_000
        assert 0 < int({name.lower(): value for name, value in headers.items()}["retry-after"]) <= 720
        assert request(Named(limited))[0] == 200


@pytest.mark.parametrize("action", ["heartbeat", "authenticate", "send-message", "read-messages"])
def test_every_action_is_limited(limited, action):
    alice, bob = Named(limited), Named(limited)
    conversation = alice.direct(bob)
    device, other = alice.device(), bob.device()

    def ask(device, user):
        fields = {"heartbeat": {}, "authenticate": {"token": user.token}}.get(action, {"conversationId": conversation})
        if action == "send-message":
            fields |= {"content": "x", "tempMessageId": uuid.uuid4().hex}
        return device.ask(action, **fields)

    answers = [ask(device, alice) for _ in range(20)]
    refused = [answer for answer in answers if answer["type"] == "error"]
    # A process that has not been told of the limit carries out one action too many.
    assert 10 <= len(refused) <= 15, answers
    assert {answer["code"] for answer in refused} == {"rate_limited"}
    assert all(0 < answer["retryAfterMs"] <= 3_600_000 for answer in refused)
    assert ask(other, bob)["type"] != "error"


def test_a_flood_of_repeated_and_refused_messages_is_limited_too(limited):
    for fields in ({"conversationId": str(uuid.uuid4())}, {"tempMessageId": "same"}):
        alice, bob = Named(limited), Named(limited)
        conversation = alice.direct(bob)
        device = alice.device()
        codes = [
            device.ask(
                "send-message",
                **{"conversationId": conversation, "content": "x", "tempMessageId": uuid.uuid4().hex, **fields},
            ).get("code")
            for _ in range(20)
        ]
        assert codes.count("rate_limited") >= 10, codes


def test_opening_connections_is_limited(limited):
    user = Named(limited)
    for _ in range(40):
        user.device().leave()
    with pytest.raises(Exception, match="HTTP 429"):
        user.device()
    Named(limited).device().settle()


def test_a_position_that_does_not_move_is_not_pushed(limited):
    alice, bob = Named(limited), Named(limited)
    conversation = alice.direct(bob)
    device, other = alice.device(), bob.device()
    say(device, conversation, "hello")
    for _ in range(3):
        assert other.ask("read-messages", conversationId=conversation)["seq"] == 1
    device.settle()
    assert len(device.of("read-messages")) == 1


# -- Connections --


def test_the_oldest_connection_is_closed(limited):
    user = Named(limited)
    devices = []
    for _ in range(5):
        devices.append(user.device())
        time.sleep(0.002)  # The order is that of the milliseconds in which they opened.
    for device in devices[:2]:
        assert device.wait_closed()[0] == 1000
    for device in devices[2:]:
        device.settle()


def expiring(runtime, name, seconds):
    """A token that expires in some seconds, the leeway of a minute included."""
    token = jwt.decode(runtime.token(name), options={"verify_signature": False})
    header = jwt.get_unverified_header(runtime.token(name))
    key = (runtime.data_directory / "issuer-key.pem").read_text()
    claims = {**token, "iat": int(time.time()) - 100, "exp": int(time.time()) - 60 + seconds}
    return jwt.encode(claims, key, "RS256", headers={"kid": header["kid"]})


def wait_until_refused(device, action, **fields):
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        answer = device.ask(action, **fields)
        if answer["type"] == "error":
            return answer
        time.sleep(0.2)
    raise AssertionError("the token does not expire")


def test_a_connection_lives_no_longer_than_its_token_unless_extended(runtime, people):
    alice, bob = people("alice"), people("bob")
    conversation = alice.direct(bob)
    sender = alice.device()
    device = Device(f"{runtime.web_socket_url}?Authorization={urllib.parse.quote(expiring(runtime, bob.id, 4))}")
    bob.devices.append(device)
    say(sender, conversation, "before")
    device.wait(lambda frame: frame.get("content") == "before")
    assert wait_until_refused(device, "heartbeat")["code"] == "unauthorized"

    requests = {
        "send-message": {"conversationId": conversation, "content": "x", "tempMessageId": "1"},
        "read-messages": {"conversationId": conversation},
    }
    for action, fields in requests.items():
        assert device.ask(action, **fields)["code"] == "unauthorized"
    say(sender, conversation, "meanwhile")

    # Neither another user's token nor an expired one extends it.
    for token in (alice.token, expiring(runtime, bob.id, -5), "x", f"{bob.token}x"):
        assert device.ask("authenticate", token=token)["code"] == "unauthorized"
    assert device.ask("heartbeat")["code"] == "unauthorized"

    answer = device.ask("authenticate", token=bob.token)
    assert answer["type"] == "authenticated" and answer["expiresAt"] > time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
    for action, fields in requests.items():
        assert device.ask(action, **fields)["type"] != "error"
    say(sender, conversation, "after")
    device.wait(lambda frame: frame.get("content") == "after")
    assert "meanwhile" not in [frame.get("content") for frame in device.frames]


def test_a_connection_can_be_extended_before_its_token_expires(runtime, people):
    bob = people("bob")
    device = Device(f"{runtime.web_socket_url}?Authorization={urllib.parse.quote(expiring(runtime, bob.id, 3))}")
    bob.devices.append(device)
    assert device.ask("authenticate", token=expiring(runtime, bob.id, 6))["type"] == "authenticated"
    started = time.monotonic()
    assert wait_until_refused(device, "heartbeat")["code"] == "unauthorized"
    assert time.monotonic() - started > 2
