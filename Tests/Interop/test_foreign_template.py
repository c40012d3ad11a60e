"""A template of another project, in another folder, with bootstraps in other languages."""

import json
import os
import stat
import sys
import textwrap

import boto3
import pytest
from client import Device
from runtime import Runtime

TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Parameters:
  Greeting: {Type: String, Default: hello}
Globals:
  Function:
    Runtime: provided.al2023
    Handler: bootstrap
    Timeout: 5
    Environment: {Variables: {GREETING: !Ref Greeting}}
Resources:
  Chat:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      StageName: dev
      RouteSelectionExpression: $request.body.do
      Routes:
        $default: {FunctionArn: !GetAtt Echo.Arn, RouteResponseSelectionExpression: $default}
        shell: {FunctionArn: !GetAtt Shell.Arn, RouteResponseSelectionExpression: $default}
        official: {FunctionArn: !GetAtt Official.Arn, RouteResponseSelectionExpression: $default}
  Echo:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: echo/}
  Shell:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: shell/}
  Official:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: official/, Handler: app.handler}
  Web:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: echo/
      Events:
        Anything: {Type: HttpApi, Properties: {Path: "/things/{id}", Method: get}}
  Topic:
    Type: AWS::SNS::Topic
"""

ECHO = """\
#!{python}
import http.client, json, os
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
while True:
    api.request("GET", "/2018-06-01/runtime/invocation/next")
    answer = api.getresponse()
    event, request = json.loads(answer.read()), answer.headers["Lambda-Runtime-Aws-Request-Id"]
    body = json.dumps({"greeting": os.environ["GREETING"], "event": event})
    api.request("POST", f"/2018-06-01/runtime/invocation/{request}/response", json.dumps({"statusCode": 200, "body": body}))
    api.getresponse().read()
"""

SHELL = """\
#!/bin/sh
# The loop of AWS's tutorial for custom runtimes.
set -eu
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"
while :; do
    headers="$(mktemp)"
    curl -sS -D "$headers" "$api/next" >/dev/null
    request="$(grep -Fi Lambda-Runtime-Aws-Request-Id "$headers" | tr -d '[:space:]' | cut -d: -f2)"
    rm "$headers"
    curl -sS "$api/$request/response" -d '{"statusCode":200,"body":"from a shell"}' >/dev/null
done
"""

OFFICIAL = """\
#!/bin/sh
cd "$LAMBDA_TASK_ROOT"
exec {python} -m awslambdaric "$_HANDLER"
"""

APP = """\
def handler(event, context):
    if '"boom"' in event["body"]:
        raise ValueError("boom")
    return {"statusCode": 200, "body": f"{context.function_name} has {context.get_remaining_time_in_millis() // 1000} s"}
"""


@pytest.fixture(scope="module")
def foreign(tmp_path_factory, data_directories):
    folder = tmp_path_factory.mktemp("foreign")
    (folder / "template.yaml").write_text(TEMPLATE)
    for name, text in [("echo", ECHO), ("shell", SHELL), ("official", OFFICIAL)]:
        bootstrap = folder / name / "bootstrap"
        bootstrap.parent.mkdir()
        bootstrap.write_text(text.replace("{python}", sys.executable))
        bootstrap.chmod(bootstrap.stat().st_mode | stat.S_IXUSR)
    (folder / "official/app.py").write_text(APP)
    options = ("--no-postgres", "--no-redis", "--parameter", "Greeting=hola")
    with Runtime(folder / "template.yaml", next(data_directories), *options) as runtime:
        runtime.folder = folder
        yield runtime


def ask(runtime, text):
    device = Device(runtime.web_socket_url)
    device.socket.send(text)
    with device._changed:
        device._changed.wait_for(lambda: device.frames or device.closed, 30)
    device.leave()
    return device.frames[0]


def test_resources_that_are_not_emulated_are_listed_at_start(foreign):
    assert "Topic (AWS::SNS::Topic)" in foreign.text


def test_a_python_bootstrap_answers(foreign):
    answer = ask(foreign, '{"do":"anything"}')
    assert answer["greeting"] == "hola"
    assert answer["event"]["requestContext"]["stage"] == "dev"
    assert answer["event"]["requestContext"]["routeKey"] == "$default"
    assert "headers" not in answer["event"]


def test_an_http_event_reaches_the_same_code(foreign):
    status, answer = foreign.request("GET", foreign.http_url + "/things/a%20b?x=1&x=2")
    assert status == 200
    assert answer["event"]["pathParameters"] == {"id": "a b"}
    assert answer["event"]["queryStringParameters"] == {"x": "1,2"}
    assert answer["event"]["version"] == "2.0"


def test_official_runtime_client_for_python(foreign):
    device = Device(foreign.web_socket_url)
    device.frames.clear()
    device.socket.close()
    client = boto3.client(
        "lambda",
        endpoint_url=foreign.services_url,
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )
    answer = json.load(client.invoke(FunctionName="Official", Payload=b'{"body":"{}"}')["Payload"])
    assert answer["body"].startswith("Official has ")
    answer = client.invoke(FunctionName="Official", Payload=b'{"body":"\\"boom\\""}')
    failure = json.load(answer["Payload"])
    assert (answer["FunctionError"], failure["errorType"], failure["errorMessage"]) == ("Unhandled", "ValueError", "boom")


def test_a_changed_bootstrap_is_used_without_a_restart(foreign):
    bootstrap = foreign.folder / "echo/bootstrap"
    changed = bootstrap.with_name("next")
    changed.write_text(bootstrap.read_text().replace('"greeting": os', '"changed": True, "greeting": os'))
    changed.chmod(0o755)
    os.replace(changed, bootstrap)
    assert ask(foreign, '{"do":"anything"}')["changed"] is True


def test_a_shell_bootstrap_answers(foreign):
    client = boto3.client(
        "lambda",
        endpoint_url=foreign.services_url,
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )
    answer = json.load(client.invoke(FunctionName="Shell", Payload=b"{}")["Payload"])
    assert answer == {"statusCode": 200, "body": "from a shell"}
