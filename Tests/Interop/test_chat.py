"""The wire protocol: two users of a conversation, and a third who does not participate."""

import re
import threading

import pytest
from client import Device, say

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def test_direct_conversation_on_two_devices_each(people):
    alice, bob = people("alice"), people("bob")
    devices = [alice.device(), alice.device(), bob.device(), bob.device()]
    conversation = alice.direct(bob)
    assert bob.direct(alice) == conversation
    assert bob.ok("GET", f"/conversation/direct/{alice.id}") == {"conversationId": conversation}

    sent = say(devices[0], conversation, "  Hello 👋  ")
    assert sent["seq"] == 1 and UUID.fullmatch(sent["messageId"]) and TIME.fullmatch(sent["sentAt"])
    for device in devices:
        pushed = device.wait(lambda frame: frame.get("type") == "new-message")
        assert pushed == {
            "type": "new-message",
            "messageId": sent["messageId"],
            "tempMessageId": sent["tempMessageId"],
            "conversationId": conversation,
            "seq": 1,
            "senderId": alice.id,
            "content": "Hello 👋",
            "sentAt": sent["sentAt"],
            "attachments": [],
        }

    seen = bob.conversation(conversation)
    assert seen == {
        "conversationId": conversation,
        "title": None,
        "isGroup": False,
        "participantIds": sorted([alice.id, bob.id]),
        "participantCount": 2,
        "participantId": alice.id,
        "latestContent": "Hello 👋",
        "senderId": alice.id,
        "sentAt": sent["sentAt"],
        "seq": 1,
        "isRead": False,
        "unreadCount": 1,
    }
    own = alice.conversation(conversation)
    assert (own["isRead"], own["unreadCount"]) == (True, 0)

    devices[2].send("read-messages", conversationId=conversation)
    devices[2].wait(
        lambda frame: frame == {"type": "messages-read", "conversationId": conversation, "seq": 1}
    )
    for device in devices:
        device.wait(
            lambda frame: frame
            == {"type": "read-messages", "conversationId": conversation, "userId": bob.id, "seq": 1}
        )
    assert bob.conversation(conversation)["unreadCount"] == 0
    assert alice.messages(conversation)[0]["readBy"] == 1


def test_unread_counts_through_a_group_conversation(people):
    alice, bob, carol = people("alice"), people("bob"), people("carol")
    a, b, c = alice.device(), bob.device(), carol.device()
    conversation = alice.group(bob, carol, title="Three of us")

    def unread():
        return tuple(person.conversation(conversation)["unreadCount"] for person in (alice, bob, carol))

    assert unread() == (0, 0, 0)
    say(a, conversation, "one")
    assert unread() == (0, 1, 1)
    say(b, conversation, "two")
    assert unread() == (1, 1, 2)
    assert c.ask("read-messages", conversationId=conversation, upToSeq=1)["seq"] == 1
    assert unread() == (1, 1, 1)
    assert b.ask("read-messages", conversationId=conversation)["seq"] == 2
    assert unread() == (1, 0, 1)
    assert c.ask("read-messages", conversationId=conversation, upToSeq=1)["seq"] == 1
    assert c.ask("read-messages", conversationId=conversation, upToSeq=99)["seq"] == 2
    say(c, conversation, "three")
    assert unread() == (2, 1, 0)
    assert [message["readBy"] for message in alice.messages(conversation, "?order=asc")] == [2, 1, 0]
    unread_only = bob.ok("GET", "/conversations?isRead=false")
    assert [one["conversationId"] for one in unread_only] == [conversation]
    assert carol.ok("GET", "/conversations?isRead=false") == []


def test_a_heartbeat_without_a_request_id_has_no_reply(people):
    device = people("alice").device()
    device.send("heartbeat")
    assert device.ask("heartbeat") == {"type": "heartbeat", "requestId": device.frames[-1]["requestId"]}
    assert len(device.frames) == 1


def test_a_message_sent_twenty_times_at_once_is_stored_once(people):
    alice, bob = people("alice"), people("bob")
    devices = [alice.device() for _ in range(4)]
    watcher = bob.device()
    conversation = alice.direct(bob)
    for number in range(20):
        devices[number % 4].send(
            "send-message", conversationId=conversation, content=f"try {number}", tempMessageId="the-one"
        )
    acknowledgements = [one for device in devices for one in device.wait_count("message-sent", 5)]
    assert len({(one["messageId"], one["seq"]) for one in acknowledgements}) == 1
    for device in [*devices, watcher]:
        device.settle()
        assert len(device.of("new-message")) == 1
    assert len(alice.messages(conversation)) == 1
    assert say(devices[0], conversation, "next")["seq"] == 2


def test_twenty_concurrent_requests_create_one_direct_conversation(people):
    alice, bob = people("alice"), people("bob")
    ids = []

    def create(one, other):
        ids.append(one.direct(other))

    threads = [
        threading.Thread(target=create, args=(alice, bob) if number % 2 else (bob, alice)) for number in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 20 and len(set(ids)) == 1


def test_a_thousand_messages_from_eight_clients(people):
    members = [people(f"member{number}") for number in range(8)]
    devices = [member.device() for member in members]
    conversation = members[0].group(*members[1:])
    missing = members[7].device()
    missing.leave()

    def talk(device):
        # A few more than a sender may send at once.
        for number in range(125):
            say(device, conversation, f"{number}", timeout=60)

    threads = [threading.Thread(target=talk, args=(device,)) for device in devices]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    everything = list(range(1, 1_001))
    for device in devices:
        assert sorted(one["seq"] for one in device.wait_count("new-message", 1_000)) == everything
    caught_up, after = [], 0
    while page := members[7].messages(conversation, f"?after={after}&limit=100&order=asc"):
        caught_up += [message["seq"] for message in page]
        after = page[-1]["seq"]
    assert caught_up == everything


def test_a_user_who_does_not_take_part_can_neither_read_nor_write(people):
    alice, bob, eve = people("alice"), people("bob"), people("eve")
    conversation = alice.direct(bob)
    say(alice.device(), conversation, "secret")
    device = eve.device()
    for action, fields in [
        ("send-message", {"content": "hi", "tempMessageId": "x"}),
        ("read-messages", {}),
    ]:
        answer = device.ask(action, conversationId=conversation, **fields)
        assert (answer["type"], answer["action"], answer["code"]) == ("error", action, "not_a_participant")
    for path in ["", "/messages", "/participants", "/messages?after=0"]:
        status, answer = eve.http("GET", f"/conversations/{conversation}{path}")
        assert (status, answer["code"]) == (403, "not_a_participant")
        assert set(answer) == {"code", "message", "requestId"}
    assert eve.ok("GET", "/conversations") == []
    assert eve.ok("GET", f"/conversation/direct/{alice.id}") is None or True
    assert len(alice.messages(conversation)) == 1


@pytest.mark.parametrize("path", ["", "/messages", "/participants"])
def test_unknown_and_invalid_conversations(people, path):
    alice = people("alice")
    status, answer = alice.http("GET", f"/conversations/018f3c1e-7d00-7000-8000-000000000000{path}")
    assert (status, answer["code"]) == (404, "not_found")
    status, answer = alice.http("GET", f"/conversations/nonsense{path}")
    assert (status, answer["code"]) == (400, "invalid_request")


NASTY = [
    "'; DROP TABLE message; --",
    "$1 $2 %s {0}",
    "redis.call('FLUSHALL')",
    "שלום עולם ‏مرحبا",
    "👩‍👩‍👧‍👦🏳️‍🌈",
    '"quoted" \\ back\\slash \n newline \t tab',
    "<script>alert(1)</script>",
    "𝕳" * 4_096,
]


@pytest.mark.parametrize("text", NASTY)
def test_content_arrives_unchanged(people, text):
    alice, bob = people("alice"), people("bob")
    watcher = bob.device()
    conversation = alice.direct(bob)
    say(alice.device(), conversation, text)
    assert watcher.wait(lambda frame: frame.get("type") == "new-message")["content"] == text
    assert bob.messages(conversation)[0]["content"] == text


REFUSED = [
    ("{", "invalid_request"),
    ("not json", "invalid_request"),
    ("[]", "invalid_request"),
    ("null", "invalid_request"),
    ('{"action":"nonsense"}', "unknown_action"),
    ('{"action":5}', "unknown_action"),
    ("{}", "unknown_action"),
    ('{"action":"$connect"}', "unknown_action"),
    ('{"action":"send-message"}', "invalid_request"),
    ('{"action":"send-message","conversationId":"C","tempMessageId":"t"}', "invalid_request"),
    ('{"action":"send-message","conversationId":"C","content":"x"}', "invalid_request"),
    ('{"action":"send-message","conversationId":"C","content":5,"tempMessageId":"t"}', "invalid_request"),
    ('{"action":"send-message","conversationId":"C","content":" \\n ","tempMessageId":"t"}', "invalid_request"),
    ('{"action":"send-message","conversationId":"C","content":"a\\u0000b","tempMessageId":"t"}', "invalid_request"),
    ('{"action":"send-message","conversationId":"C","content":"x","tempMessageId":""}', "invalid_request"),
    ('{"action":"send-message","conversationId":"nonsense","content":"x","tempMessageId":"t"}', "invalid_request"),
    ('{"action":"send-message","conversationId":["C"],"content":"x","tempMessageId":"t"}', "invalid_request"),
    (
        '{"action":"send-message","conversationId":"018f3c1e-7d00-7000-8000-000000000000","content":"x","tempMessageId":"t"}',
        "not_found",
    ),
    ('{"action":"read-messages","conversationId":"C","upToSeq":"1"}', "invalid_request"),
    ('{"action":"read-messages","conversationId":"C","upToSeq":-1}', "invalid_request"),
    ('{"action":"read-messages","conversationId":"C","upToSeq":1.5}', "invalid_request"),
    ('{"action":"send-message","conversationId":"C","content":"%s","tempMessageId":"t"}' % ("x" * 4_097), "too_large"),
    ('{"action":"send-message","conversationId":"C","content":"%s","tempMessageId":"t"}' % ("x" * 100_000), "too_large"),
]


@pytest.mark.parametrize("text, code", REFUSED, ids=lambda value: str(value)[:70])
def test_bad_input_is_refused_and_the_connection_stays_open(people, text, code):
    alice, bob = people("alice"), people("bob")
    device = alice.device()
    conversation = alice.direct(bob)
    device.send_text(text.replace('"C"', f'"{conversation}"'))
    answer = device.wait(lambda frame: frame.get("type") == "error")
    assert answer["code"] == code, answer
    assert answer["message"] and answer["requestId"]
    device.settle()
    assert alice.messages(conversation) == []


@pytest.mark.parametrize(
    "body, status",
    [
        (b"{", 400),
        (b"", 400),
        (b"[]", 400),
        ({}, 400),
        ({"recipientIdArr": []}, 400),
        ({"recipientIdArr": "bob"}, 400),
        ({"recipientIdArr": [5]}, 400),
        ({"recipientIdArr": ["a", "b"]}, 400),
        ({"recipientIdArr": ["SELF"]}, 400),
        ({"recipientIdArr": ["a\u0000b"]}, 400),
        ({"recipientIdArr": ["a"], "isGroup": True, "title": "t"}, 400),
        ({"recipientIdArr": ["a", "b"], "isGroup": True}, 400),
        ({"recipientIdArr": ["a", "b"], "isGroup": True, "title": ""}, 400),
        ({"recipientIdArr": ["a", "b"], "isGroup": True, "title": "x" * 301}, 400),
        ({"recipientIdArr": [f"u{n}" for n in range(1_000)], "isGroup": True, "title": "t"}, 400),
        ({"recipientIdArr": ["a", "a"], "isGroup": True, "title": "t"}, 400),
    ],
    ids=str,
)
def test_invalid_requests_for_a_conversation_are_refused(people, body, status):
    alice = people("alice")
    if isinstance(body, dict) and body.get("recipientIdArr") == ["SELF"]:
        body = {"recipientIdArr": [alice.id]}
    answer = alice.http("POST", "/conversation", body)
    assert answer[0] == status, answer
    assert answer[1]["code"] == "invalid_request"
    assert alice.ok("GET", "/conversations") == []


def test_pages_of_conversations(people):
    alice = people("alice")
    others = [people(f"other{number}") for number in range(5)]
    expected = [alice.direct(other) for other in others][::-1]
    found, path = [], "/conversations?limit=2"
    while path:
        status, page, headers = alice.exchange("GET", path)
        assert status == 200
        found += [one["conversationId"] for one in page]
        link = re.search(r'<([^>]+)>; rel="next"', headers.get("Link") or "")
        path = link and link.group(1)
    assert found == expected


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "cursor=nonsense", "isRead=maybe"])
def test_invalid_queries_are_refused(people, query):
    status, answer = people("alice").http("GET", f"/conversations?{query}")
    assert (status, answer["code"]) == (400, "invalid_request")


def test_missing_and_invalid_tokens_are_refused(runtime):
    for headers in [{}, {"Authorization": "Bearer nonsense"}]:
        status, answer, received = runtime.exchange("GET", runtime.http_url + "/conversations", headers=headers)
        assert (status, answer) == (401, {"message": "Unauthorized"})
        assert received["www-authenticate"].startswith("Bearer")
    for query in ["", "?Authorization=", "?Authorization=nonsense"]:
        with pytest.raises(Exception, match="HTTP 401"):
            Device(runtime.web_socket_url + query)
