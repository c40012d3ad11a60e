"""The APIs conform to docs/openapi.yaml, checked by schemathesis, and to docs/asyncapi.yaml."""

import copy
import uuid

import jsonschema
import pytest
import schemathesis
import yaml
from client import say
from hypothesis import HealthCheck, settings
from runtime import ROOT
from schemathesis.checks import CHECKS, load_all_checks
from test_images import encoded, picture
from uploads import attach, upload

OPENAPI = yaml.safe_load((ROOT / "docs/openapi.yaml").read_text())
ASYNCAPI = yaml.safe_load((ROOT / "docs/asyncapi.yaml").read_text())

load_all_checks()
# API Gateway answers a method without a route with 404, not with 405.
EXCLUDED = CHECKS.get_by_names(["unsupported_method"])
BOUNDED = settings(
    max_examples=20, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)


# -- The HTTP APIs --


@pytest.fixture
def conversation(people):
    """A direct conversation with three messages, one of them with a photo, and its creator."""
    alice, bob = people("alice"), people("bob")
    device = alice.device()
    conversation = alice.direct(bob)
    photo = upload(alice, encoded(picture(120, 80), "JPEG"), "image/jpeg")
    assert attach(device, conversation, photo, text="A photo")["type"] == "message-sent"
    for number in range(2):
        say(device, conversation, f"Message {number}")
    return alice, conversation


@pytest.fixture
def chat_api(runtime, conversation):
    """The chat API, asked about a conversation that exists and one that does not."""
    person, identifier = conversation
    document = copy.deepcopy(OPENAPI)
    document["components"]["parameters"]["ConversationID"]["schema"] = {"enum": [identifier, str(uuid.uuid4())]}
    schema = schemathesis.openapi.from_dict(document)
    schema.config.update(base_url=runtime.http_url, headers={"Authorization": f"Bearer {person.token}"})
    # A `size` above the limit has a different status.
    rejection = schema.config.checks.negative_data_rejection
    rejection.expected_statuses = [*rejection.expected_statuses, "413"]

    @schema.hook
    def filter_case(context, case):
        """Whether the document's schemas can decide a case."""
        query, body = case.query or {}, case.body if isinstance(case.body, dict) else {}
        recipients = body.get("recipientIdArr")
        names_one_twice = isinstance(recipients, list) and len(recipients) > len(set(map(str, recipients)))
        too_many_bytes = isinstance(recipients, list) and any(len(str(name).encode()) > 256 for name in recipients)
        return not names_one_twice and not too_many_bytes and not ("offset" in query and ("before" in query or "after" in query))

    return schema


@pytest.fixture
def photo_url(conversation):
    person, identifier = conversation
    return next(file["url"] for one in person.messages(identifier) for file in one["attachments"])


@pytest.fixture
def file_proxy(photo_url):
    """The file proxy, asked about one photo with its credential: test_file_proxy.py tries others."""
    base, file = photo_url.partition("?s=")[0].rsplit("/files/", 1)
    document = copy.deepcopy(OPENAPI)
    path = document["paths"]["/files/{fileId}"]
    next(one for one in path["parameters"] if one["name"] == "fileId")["schema"] = {"enum": [file]}
    for operation in (path["get"], path["head"]):
        operation["security"] = []
    schema = schemathesis.openapi.from_dict(document)
    schema.config.update(base_url=base)
    schema.config.generation.allow_extra_parameters = False

    @schema.hook
    def map_query(context, query):
        """Keeps images small, so that none takes seconds to make."""
        for side in ("width", "height"):
            if query and isinstance(query.get(side), int) and 400 < query[side] <= 4096:
                query[side] %= 400
                query[side] += 1
        return query

    return schema


@schemathesis.pytest.from_fixture("chat_api").exclude(path="/files/{fileId}").parametrize()
@BOUNDED
def test_chat_api_conforms_to_its_document(case):
    case.call_and_validate(excluded_checks=EXCLUDED)


@schemathesis.pytest.from_fixture("file_proxy").include(path="/files/{fileId}").parametrize()
@BOUNDED
def test_file_proxy_conforms_to_its_document(case, photo_url):
    credential = photo_url.partition("?s=")[2]
    case.call_and_validate(params={"s": credential}, excluded_checks=EXCLUDED)


# -- The WebSocket API --


class Channel:
    """Identifies the documented message that a frame is, and records the messages seen."""

    messages = ASYNCAPI["components"]["messages"]
    schemas = ASYNCAPI["components"]["schemas"]
    operations = ASYNCAPI["operations"]
    actions = {name for name, operation in operations.items() if operation["action"] == "receive"}

    def __init__(self):
        self.met = set()
        self.codes = set()

    def allows(self, message, content):
        schema = {**self.messages[message]["payload"], "components": ASYNCAPI["components"]}
        return jsonschema.Draft202012Validator(schema).is_valid(content)

    def message(self, frame, names=None):
        """The name of the one message that a frame is."""
        names = names or set(self.messages) - self.actions
        fitting = [name for name in sorted(names) if self.allows(name, frame)]
        assert len(fitting) == 1, (fitting, frame)
        schema = self.schemas[_last(self.messages[fitting[0]]["payload"]["$ref"])]
        assert set(frame) <= set(schema["properties"]), frame
        self.met.add(fitting[0])
        if frame.get("type") == "error":
            self.codes.add(frame["code"])
        return fitting[0]

    def ask(self, device, action, valid=True, **fields):
        """Sends a request that the document allows or forbids; the name of its reply, or an error's code."""
        assert self.allows(action, {"action": action, **fields}) == valid, fields
        frame = device.ask(action, **fields)
        replies = {_last(reply["$ref"]) for reply in self.operations[action]["reply"]["messages"]}
        name = self.message(frame, replies)
        return frame["code"] if name == "error" else name


def _last(reference):
    return reference.rsplit("/", 1)[1]


def test_a_conversation_over_web_sockets_conforms_to_its_document(people):
    channel = Channel()
    alice, bob, carol = people("alice"), people("bob"), people("carol")
    phone, desk, outside = alice.device(), bob.device(), carol.device()
    conversation = alice.direct(bob)
    photo = upload(alice, encoded(picture(60, 40), "JPEG"), "image/jpeg")

    def send(device, valid=True, **fields):
        message = {"conversationId": conversation, "content": "Hello", "tempMessageId": uuid.uuid4().hex}
        return channel.ask(device, "send-message", valid, **{**message, **fields})

    assert channel.ask(phone, "authenticate", token=alice.token) == "authenticated"
    assert channel.ask(phone, "authenticate", token=bob.token) == "unauthorized"
    assert channel.ask(phone, "heartbeat") == "heartbeat-reply"
    assert channel.ask(desk, "read-messages", conversationId=conversation) == "messages-read"
    assert send(phone) == "message-sent"
    assert send(phone, tempMessageId="again") == send(phone, tempMessageId="again") == "message-sent"
    assert send(phone, content=None, attachments=[photo]) == "message-sent"
    assert channel.ask(desk, "read-messages", conversationId=conversation, upToSeq=1) == "messages-read"

    # Requests that the document forbids are refused.
    for change in (
        {"conversationId": "1"}, {"content": 1}, {"tempMessageId": ""}, {"tempMessageId": "x" * 129}, {"attachments": ["x"]},
        {"attachments": [photo, photo]},
    ):  # fmt: skip
        assert send(phone, valid=False, **change) == "invalid_request"
    assert send(phone, valid=False, content="x" * 4097) == "too_large"
    for change in ({"conversationId": "1"}, {"conversationId": conversation, "upToSeq": -1}):
        assert channel.ask(desk, "read-messages", valid=False, **change) == "invalid_request"
    phone.send("dance")
    phone.wait(lambda frame: frame.get("code") == "unknown_action")
    phone.send_text("[]")
    phone.wait(lambda frame: frame.get("action") == "$default" and frame["code"] == "invalid_request")

    # Requests that no schema can forbid are refused too.
    assert send(outside) == "not_a_participant"
    assert channel.ask(outside, "read-messages", conversationId=conversation) == "not_a_participant"
    assert send(phone, conversationId=str(uuid.uuid4())) == "not_found"
    assert send(phone, attachments=[f"{uuid.uuid4()}.jpg"]) == "not_found"

    desk.wait_count("new-message", 3)
    desk.wait_count("read-messages", 1)
    for device in (phone, desk, outside):
        for frame in device.frames:
            channel.message(frame)
    # An action that this test does not know has to answer a request for a conversation.
    for action in sorted(channel.actions - {"authenticate", "heartbeat", "send-message", "read-messages"}):
        assert channel.ask(phone, action, conversationId=conversation) != "error"

    assert channel.met == set(channel.messages) - channel.actions - {"gateway-error"}
    documented = set(channel.schemas["ErrorReply"]["properties"]["code"]["enum"])
    assert channel.codes == documented - {"conflict", "internal", "rate_limited"}


# -- Both --


def test_lists_have_the_fields_that_are_documented_and_no_others(conversation):
    person, identifier = conversation
    schemas = OPENAPI["components"]["schemas"]

    def properties(name):
        message = set(schemas["Message"]["properties"])
        return message | {"readBy"} if name == "ListedMessage" else set(schemas[name]["properties"])

    messages = person.messages(identifier)
    assert set(person.conversation(identifier)) == properties("ConversationListItem")
    assert set(person.ok("GET", f"/conversations/{identifier}")) == properties("Conversation")
    assert all(set(message) == properties("ListedMessage") for message in messages)
    assert all(set(file) == properties("Attachment") for message in messages for file in message["attachments"])
