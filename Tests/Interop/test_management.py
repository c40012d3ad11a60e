"""boto3 against `@connections` and the Invoke API."""

import json
import socket
import struct

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

CREDENTIALS = {"region_name": "us-east-1", "aws_access_key_id": "local", "aws_secret_access_key": "local"}
ONCE = Config(retries={"max_attempts": 1, "mode": "standard"})


@pytest.fixture
def management(runtime):
    return boto3.client(
        "apigatewaymanagementapi", endpoint_url=f"{runtime.services_url}/live", config=ONCE, **CREDENTIALS
    )


@pytest.fixture
def functions(runtime):
    return boto3.client("lambda", endpoint_url=runtime.services_url, config=ONCE, **CREDENTIALS)


def connection_of(runtime, person):
    return next(one["id"] for one in runtime.get("/_local/activity")["connections"] if one["principal"] == person.id)


def code(error):
    return error.value.response["Error"]["Code"], error.value.response["ResponseMetadata"]["HTTPStatusCode"]


def test_post_get_and_delete_a_connection(runtime, people, management):
    alice = people("alice")
    device = alice.device()
    device.settle()
    connection = connection_of(runtime, alice)
    management.post_to_connection(ConnectionId=connection, Data=json.dumps({"hello": "wörld"}).encode())
    device.wait(lambda frame: frame == {"hello": "wörld"})
    described = management.get_connection(ConnectionId=connection)
    assert described["Identity"]["SourceIp"] == "127.0.0.1"
    assert described["ConnectedAt"] <= described["LastActiveAt"]
    management.delete_connection(ConnectionId=connection)
    assert device.wait_closed() == (1000, "Connection Closed Normally")
    for call in (management.get_connection, management.delete_connection):
        with pytest.raises(ClientError) as error:
            call(ConnectionId=connection)
        assert code(error) == ("GoneException", 410)
    with pytest.raises(ClientError) as error:
        management.post_to_connection(ConnectionId=connection, Data=b"late")
    assert code(error) == ("GoneException", 410)


def test_invalid_management_requests_are_refused(runtime, people, management):
    alice = people("alice")
    device = alice.device()
    device.settle()
    connection = connection_of(runtime, alice)
    with pytest.raises(ClientError) as error:
        management.post_to_connection(ConnectionId="nonsense", Data=b"x")
    assert code(error) == ("BadRequestException", 400)
    with pytest.raises(ClientError) as error:
        management.post_to_connection(ConnectionId=connection, Data=b"x" * 131_073)
    assert code(error) == ("PayloadTooLargeException", 413)
    for changed, path in [({"aws_secret_access_key": "wrong"}, "live"), ({}, "other-stage")]:
        stranger = boto3.client(
            "apigatewaymanagementapi",
            endpoint_url=f"{runtime.services_url}/{path}",
            config=ONCE,
            **{**CREDENTIALS, **changed},
        )
        with pytest.raises(ClientError) as error:
            stranger.post_to_connection(ConnectionId=connection, Data=b"x")
        assert code(error)[1] == 403
    status, _ = runtime.request("POST", f"{runtime.services_url}/live/@connections/{connection}", b"x")
    assert status == 403
    device.settle()


def test_a_killed_client_disappears(runtime, people):
    alice, bob = people("alice"), people("bob")
    killed, device = alice.device(), bob.device()
    killed.settle()
    # With a linger time of zero the kernel resets the connection, as when a client machine fails.
    killed.socket.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    killed.socket.socket.close()
    device.settle()
    for _ in range(100):
        if not any(one["principal"] == alice.id for one in runtime.get("/_local/activity")["connections"]):
            break
        device.settle()
    else:
        pytest.fail("the connection is still there")


def test_invoke(runtime, functions):
    answer = functions.invoke(
        FunctionName="DefaultRoute",
        Payload=json.dumps({"requestContext": {"connectionId": "x"}, "body": "{}"}),
        LogType="Tail",
    )
    assert answer["StatusCode"] == 200 and answer["ExecutedVersion"] == "$LATEST"
    assert answer["LogResult"]
    with pytest.raises(ClientError) as error:
        functions.invoke(FunctionName="Unknown")
    assert code(error) == ("ResourceNotFoundException", 404)
    with pytest.raises(ClientError) as error:
        functions.invoke(FunctionName="DefaultRoute", Payload=b"{")
    assert code(error) == ("InvalidRequestContentException", 400)
    assert functions.invoke(FunctionName="DefaultRoute", InvocationType="DryRun")["StatusCode"] == 204
    assert functions.invoke(FunctionName="Heartbeat", InvocationType="Event", Payload=b"{}")["StatusCode"] == 202


def test_a_function_error_is_reported(functions):
    answer = functions.invoke(FunctionName="SendMessage", Payload=b'"no event"')
    assert answer["FunctionError"] == "Unhandled"
    assert json.load(answer["Payload"])["errorType"]
