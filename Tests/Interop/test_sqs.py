"""Queues, used by AWS's own clients, and the functions that they invoke."""

import concurrent.futures
import json
import os
import signal
import subprocess
import sys
import time
import urllib.parse
import uuid
from xml.etree import ElementTree

import boto3
import bootstrap
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from runtime import Runtime

TEMPLATE = """
Globals:
  Function: {Runtime: provided.al2023, Handler: bootstrap, Timeout: 2}
Resources:
  Dead: {Type: AWS::SQS::Queue}
  Plain:
    Type: AWS::SQS::Queue
    Properties: {VisibilityTimeout: 2, RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 2}}
  Orders:
    Type: AWS::SQS::Queue
    Properties: {FifoQueue: true, ContentBasedDeduplication: true, VisibilityTimeout: 2}
  DeadOfJobs: {Type: AWS::SQS::Queue}
  Jobs:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 2
      RedrivePolicy: {deadLetterTargetArn: !GetAtt DeadOfJobs.Arn, maxReceiveCount: 3}
  Lines: {Type: AWS::SQS::Queue, Properties: {FifoQueue: true, VisibilityTimeout: 2}}
  Crowd: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: 2}}
  Failures: {Type: AWS::SQS::Queue}
  Results: {Type: AWS::SQS::Queue}
  Uploads:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: uploads
      NotificationConfiguration:
        QueueConfigurations:
          - Event: s3:ObjectCreated:*
            Queue: !GetAtt Jobs.Arn
            Filter: {S3Key: {Rules: [{Name: prefix, Value: in/}, {Name: suffix, Value: .txt}]}}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: worker/
      Environment: {Variables: {JOURNAL: JOURNAL_FOLDER/worker.log}}
      Events:
        Jobs:
          Type: SQS
          Properties:
            Queue: !GetAtt Jobs.Arn
            BatchSize: 10
            MaximumBatchingWindowInSeconds: 1
            FunctionResponseTypes: [ReportBatchItemFailures]
  Clerk:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: clerk/
      Environment: {Variables: {JOURNAL: JOURNAL_FOLDER/clerk.log}}
      Events: {Lines: {Type: SQS, Properties: {Queue: !GetAtt Lines.Arn, BatchSize: 1}}}
  Single:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: clerk/
      ReservedConcurrentExecutions: 1
      Environment: {Variables: {JOURNAL: JOURNAL_FOLDER/single.log}}
      Events: {Crowd: {Type: SQS, Properties: {Queue: !GetAtt Crowd.Arn, BatchSize: 1}}}
  Unlucky:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: unlucky/
      Environment: {Variables: {JOURNAL: JOURNAL_FOLDER/unlucky.log}}
      DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt Failures.Arn}
      Events: {Removed: {Type: S3, Properties: {Bucket: !Ref Uploads, Events: "s3:ObjectRemoved:*"}}}
      EventInvokeConfig:
        DestinationConfig:
          OnSuccess: {Type: SQS, Destination: !GetAtt Results.Arn}
          OnFailure: {Type: SQS, Destination: !GetAtt Results.Arn}
"""

WORKER = """
def handler(event):
    note(event)
    bodies = [record["body"] for record in event["Records"]]
    if "throw" in bodies: raise ValueError("requested")
    if "wrong" in bodies: return {"batchItemFailures": [{"id": "x"}]}
    failed = [record["messageId"] for record in event["Records"] if record["body"].startswith("fail")]
    return {"batchItemFailures": [{"itemIdentifier": id} for id in failed]} if failed else None
"""

CLERK = """
seen = {}
def handler(event):
    note(event)
    for record in event["Records"]:
        body = record["body"]
        if body.startswith("once") and record["attributes"]["ApproximateReceiveCount"] == "1": raise ValueError("once")
        if body.startswith("slow"): time.sleep(1)
"""

UNLUCKY = """
def handler(event):
    note(event)
    if event.get("fail"): raise ValueError("no luck")
    return {"done": event}
"""

CREDENTIALS = {"aws_access_key_id": "tester", "aws_secret_access_key": "tester", "region_name": "us-east-1"}


class Stack:
    def __init__(self, runtime, folder):
        self.runtime, self.folder = runtime, folder
        self.connect()

    def connect(self):
        self.sqs = boto3.client("sqs", endpoint_url=self.runtime.services_url, **CREDENTIALS)
        self.s3 = boto3.client("s3", endpoint_url=self.runtime.services_url, **CREDENTIALS)
        self.lambda_ = boto3.client("lambda", endpoint_url=self.runtime.services_url, **CREDENTIALS)

    def url(self, name):
        return self.sqs.get_queue_url(QueueName=name)["QueueUrl"]

    def queue(self, **attributes):
        """A new queue."""
        name = uuid.uuid4().hex + (".fifo" if "FifoQueue" in attributes else "")
        return self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]

    def receive(self, url, wait=5, maximum=10, **arguments):
        answer = self.sqs.receive_message(
            QueueUrl=url, WaitTimeSeconds=wait, MaxNumberOfMessages=maximum, AttributeNames=["All"],
            MessageAttributeNames=["All"], **arguments
        )
        return answer.get("Messages", [])

    def take(self, url, wait=5):
        """Receives messages and deletes them."""
        messages = self.receive(url, wait)
        for message in messages:
            self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return messages

    def query(self, form, path="/"):
        """Calls SQS by the query protocol; returns the status and a function for the text of an element."""
        body = urllib.parse.urlencode(form).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        target = self.runtime.services_url + path
        request = AWSRequest(method="POST", url=target, data=body, headers=headers)
        SigV4Auth(Credentials("tester", "tester"), "sqs", "us-east-1").add_auth(request)
        status, answer, _ = self.runtime.exchange("POST", target, body, dict(request.headers))
        namespace = {"q": "http://queue.amazonaws.com/doc/2012-11-05/"}
        return status, lambda name: ElementTree.fromstring(answer).findtext(f".//q:{name}", namespaces=namespace)

    def depth(self, url):
        attributes = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        return tuple(int(attributes[name]) for name in names)

    def calls(self, function):
        try:
            return [json.loads(line) for line in (self.folder / f"{function}.log").read_text().splitlines()]
        except FileNotFoundError:
            return []

    def records(self, function, *bodies):
        """All deliveries of messages with these bodies, in order."""
        all_records = [record for call in self.calls(function) for record in call["event"]["Records"]]
        return [record for record in all_records if record["body"] in bodies]

    def eventually(self, condition, seconds=20):
        end = time.monotonic() + seconds
        while not (result := condition()):
            assert time.monotonic() < end, self.runtime.text
            time.sleep(0.1)
        return result


def write_stack(folder):
    template = folder / "template.yaml"
    template.write_text(TEMPLATE.replace("JOURNAL_FOLDER", str(folder)))
    bootstrap.write(folder / "worker", WORKER)
    bootstrap.write(folder / "clerk", CLERK)
    bootstrap.write(folder / "unlucky", UNLUCKY)
    return template


@pytest.fixture(scope="module")
def stack(tmp_path_factory, data_directories):
    folder = tmp_path_factory.mktemp("queues")
    with Runtime(write_stack(folder), next(data_directories), "--no-postgres", "--no-redis") as runtime:
        yield Stack(runtime, folder)


# Clients


def test_attributes_and_their_digests_arrive_unchanged(stack):
    url = stack.queue()
    attributes = {
        "text": {"DataType": "String", "StringValue": "grüße 🎉"},
        "number": {"DataType": "Number.int", "StringValue": "-12.5"},
        "bytes": {"DataType": "Binary.png", "BinaryValue": bytes(range(256))},
    }
    trace = {"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-5759e988-bd862e3fe1be46a994272793"}}
    # boto3 verifies every digest.
    sent = stack.sqs.send_message(
        QueueUrl=url, MessageBody="tab\there\r\n<&\">", MessageAttributes=attributes, MessageSystemAttributes=trace
    )
    (message,) = stack.receive(url)
    assert message["MessageId"] == sent["MessageId"]
    assert message["Body"] == "tab\there\r\n<&\">"
    assert message["MessageAttributes"] == attributes
    assert message["Attributes"]["AWSTraceHeader"] == trace["AWSTraceHeader"]["StringValue"]
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"
    some = stack.queue()
    stack.sqs.send_message(QueueUrl=some, MessageBody="x", MessageAttributes=attributes)
    answer = stack.sqs.receive_message(QueueUrl=some, MessageAttributeNames=["te.*", "number", "none"], WaitTimeSeconds=2)
    assert set(answer["Messages"][0]["MessageAttributes"]) == {"text", "number"}


def test_the_command_line_client_sends_and_receives(stack):
    pytest.importorskip("awscli")
    url = stack.queue()
    environment = {
        **os.environ, "AWS_ACCESS_KEY_ID": "tester", "AWS_SECRET_ACCESS_KEY": "tester", "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_PAGER": "",
    }

    def aws(*arguments):
        program = "import sys; from awscli.clidriver import main; sys.exit(main())"
        endpoint = ["--endpoint-url", stack.runtime.services_url]
        command = [sys.executable, "-c", program, *endpoint, "sqs", *arguments, "--output", "json"]
        output = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
        return json.loads(output) if output else None

    aws("send-message", "--queue-url", url, "--message-body", "from the shell")
    message = aws("receive-message", "--queue-url", url, "--wait-time-seconds", "2")["Messages"][0]
    assert message["Body"] == "from the shell"
    aws("delete-message", "--queue-url", url, "--receipt-handle", message["ReceiptHandle"])
    assert url in aws("list-queues")["QueueUrls"]
    assert stack.depth(url) == (0, 0)


def test_a_long_poll_ends_when_a_message_comes(stack):
    url = stack.queue()
    with concurrent.futures.ThreadPoolExecutor() as pool:
        start = time.monotonic()
        poll = pool.submit(stack.receive, url, 20)
        time.sleep(1)
        stack.sqs.send_message(QueueUrl=url, MessageBody="here")
        assert [message["Body"] for message in poll.result()] == ["here"]
        assert 0.9 < time.monotonic() - start < 3
    start = time.monotonic()
    assert stack.receive(url, 1) == []
    assert 0.9 < time.monotonic() - start < 3


def test_batches_report_the_result_of_each_entry(stack):
    url = stack.queue(MaximumMessageSize="1024")
    entries = [{"Id": str(number), "MessageBody": "x" * size} for number, size in enumerate([1, 1025, 1024])]
    sent = stack.sqs.send_message_batch(QueueUrl=url, Entries=entries)
    assert [entry["Id"] for entry in sent["Successful"]] == ["0", "2"]
    assert [(entry["Id"], entry["Code"], entry["SenderFault"]) for entry in sent["Failed"]] == [
        ("1", "InvalidParameterValue", True)
    ]
    messages = stack.receive(url)
    handles = [message["ReceiptHandle"] for message in messages] + ["nonsense"]
    entries = [{"Id": str(number), "ReceiptHandle": handle} for number, handle in enumerate(handles)]
    deleted = stack.sqs.delete_message_batch(QueueUrl=url, Entries=entries)
    assert len(deleted["Successful"]) == len(messages)
    assert [entry["Code"] for entry in deleted["Failed"]] == ["ReceiptHandleIsInvalid"]


@pytest.mark.parametrize("query", [False, True], ids=["json", "query"])
@pytest.mark.parametrize(
    "entry, code",
    [
        ({"MessageGroupId": "g"}, "InvalidParameterValue"),
        ({"MessageDeduplicationId": "d"}, "InvalidParameterValue"),
        ({}, "InvalidParameterValue"),
    ],
)
def test_a_missing_id_fails_a_whole_batch_of_a_fifo_queue(stack, entry, code, query):
    url = stack.queue(FifoQueue="true")
    good = {"Id": "a", "MessageBody": "a", "MessageGroupId": "g", "MessageDeduplicationId": "e"}
    entries = [good, {"Id": "b", "MessageBody": "b", **entry}]
    if query:
        form = {"Action": "SendMessageBatch", "QueueUrl": url} | {
            f"SendMessageBatchRequestEntry.{index}.{name}": value
            for index, fields in enumerate(entries, 1) for name, value in fields.items()
        }  # fmt: skip
        status, text = stack.query(form)
        assert (status, text("Code"), text("Type")) == (400, code, "Sender")
    else:
        with pytest.raises(ClientError) as refusal:
            stack.sqs.send_message_batch(QueueUrl=url, Entries=entries)
        assert refusal.value.response["Error"]["Code"] == code
    assert stack.depth(url) == (0, 0)


def test_content_deduplicates_a_batch_without_deduplication_ids(stack):
    url = stack.queue(FifoQueue="true", ContentBasedDeduplication="true")
    entries = [{"Id": id, "MessageBody": id, "MessageGroupId": "g"} for id in "ab"]
    assert len(stack.sqs.send_message_batch(QueueUrl=url, Entries=entries)["Successful"]) == 2
    with pytest.raises(ClientError) as refusal:
        stack.sqs.send_message_batch(QueueUrl=url, Entries=[*entries, {"Id": "c", "MessageBody": "c"}])
    assert refusal.value.response["Error"]["Code"] == "InvalidParameterValue"


@pytest.mark.parametrize(
    "names, expected",
    [
        (["*"], {"A", "A.B", "C"}), (["All"], {"A", "A.B", "C"}), ([".*"], {"A", "A.B", "C"}), (["A"], {"A"}),
        (["A.*"], {"A", "A.B"}), (["C", "*"], {"A", "A.B", "C"}), (["D"], set()), (["**"], set()),
    ],
)  # fmt: skip
def test_message_attributes_are_selected_by_name(stack, names, expected):
    url = stack.queue()
    attributes = {name: {"DataType": "String", "StringValue": "v"} for name in ["A", "A.B", "C"]}
    stack.sqs.send_message(QueueUrl=url, MessageBody="m", MessageAttributes=attributes)
    (message,) = stack.sqs.receive_message(QueueUrl=url, MessageAttributeNames=names, WaitTimeSeconds=5)["Messages"]
    assert set(message.get("MessageAttributes", {})) == expected


def test_a_queue_is_purged_once_a_minute(stack):
    url, other = stack.queue(), stack.queue()
    stack.sqs.purge_queue(QueueUrl=url)
    with pytest.raises(stack.sqs.exceptions.PurgeQueueInProgress) as refusal:
        stack.sqs.purge_queue(QueueUrl=url)
    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert refusal.value.response["Error"]["Code"] == "AWS.SimpleQueueService.PurgeQueueInProgress"
    status, text = stack.query({"Action": "PurgeQueue", "QueueUrl": url})
    assert (status, text("Code")) == (403, "AWS.SimpleQueueService.PurgeQueueInProgress")
    stack.sqs.purge_queue(QueueUrl=other)


def test_delayed_and_invisible_messages_arrive_on_time(stack):
    url = stack.queue(VisibilityTimeout="30")
    stack.sqs.send_message(QueueUrl=url, MessageBody="later", DelaySeconds=1)
    assert stack.receive(url, 0) == []
    (message,) = stack.receive(url, 3)
    stack.sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
    (again,) = stack.receive(url, 3)
    assert again["Attributes"]["ApproximateReceiveCount"] == "2"
    # Only the newest receipt handle deletes the message.
    stack.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert stack.depth(url) == (0, 1)
    stack.sqs.delete_message(QueueUrl=url, ReceiptHandle=again["ReceiptHandle"])
    stack.sqs.delete_message(QueueUrl=url, ReceiptHandle=again["ReceiptHandle"])
    assert stack.depth(url) == (0, 0)


def test_a_message_received_too_often_goes_to_the_dead_letter_queue(stack):
    plain, dead = stack.url("Plain"), stack.url("Dead")
    stack.sqs.send_message(QueueUrl=plain, MessageBody="poison")
    for _ in range(2):
        assert len(stack.receive(plain, 5, VisibilityTimeout=0)) == 1
    assert stack.receive(plain, 0) == []
    (message,) = stack.receive(dead)
    assert message["Body"] == "poison"
    assert message["Attributes"]["DeadLetterQueueSourceArn"].endswith(":Plain")
    assert stack.depth(plain) == (0, 0)
    sources = stack.sqs.list_dead_letter_source_queues(QueueUrl=dead)
    assert sources["queueUrls"] == [plain]


def test_a_fifo_queue_keeps_order_and_drops_duplicates(stack):
    url = stack.queue(FifoQueue="true", VisibilityTimeout="30")

    def send(body, group, id=None):
        id = id or uuid.uuid4().hex
        return stack.sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId=group, MessageDeduplicationId=id)

    first = send("a1", "a", "same")
    assert send("a1 again", "a", "same")["MessageId"] == first["MessageId"]
    numbers = [int(send(body, body[0])["SequenceNumber"]) for body in ["a2", "b1", "a3"]]
    assert numbers == sorted(numbers) and int(first["SequenceNumber"]) < numbers[0]
    (a1,) = stack.receive(url, maximum=1)
    assert a1["Body"] == "a1" and a1["Attributes"]["MessageGroupId"] == "a"
    # Group a is blocked while one of its messages is in flight.
    assert [message["Body"] for message in stack.receive(url)] == ["b1"]
    assert stack.receive(url, 0) == []
    stack.sqs.delete_message(QueueUrl=url, ReceiptHandle=a1["ReceiptHandle"])
    assert [message["Body"] for message in stack.receive(url)] == ["a2", "a3"]
    # A deleted message still counts as a duplicate.
    assert send("a1", "a", "same")["MessageId"] == first["MessageId"]


@pytest.mark.parametrize(
    "operation, arguments, code",
    [
        ("send_message", {"QueueUrl": "http://x/1/unknown", "MessageBody": "x"}, "AWS.SimpleQueueService.NonExistentQueue"),
        ("get_queue_url", {"QueueName": "unknown"}, "AWS.SimpleQueueService.NonExistentQueue"),
        ("send_message", {"MessageBody": "\x00"}, "InvalidMessageContents"),
        ("send_message", {"MessageBody": ""}, "MissingParameter"),
        ("send_message", {"MessageBody": "x" * 1_048_577}, "InvalidParameterValue"),
        ("send_message", {"MessageBody": "x", "DelaySeconds": 901}, "InvalidParameterValue"),
        ("receive_message", {"MaxNumberOfMessages": 11}, "InvalidParameterValue"),
        ("receive_message", {"WaitTimeSeconds": 21}, "InvalidParameterValue"),
        ("delete_message", {"ReceiptHandle": "nonsense"}, "ReceiptHandleIsInvalid"),
        ("change_message_visibility", {"ReceiptHandle": "nonsense", "VisibilityTimeout": 1}, "ReceiptHandleIsInvalid"),
        ("send_message_batch", {"Entries": []}, "AWS.SimpleQueueService.EmptyBatchRequest"),
        (
            "send_message_batch",
            {"Entries": [{"Id": str(number), "MessageBody": "x"} for number in range(11)]},
            "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
        ),
        (
            "send_message_batch",
            {"Entries": [{"Id": "a", "MessageBody": "x"}, {"Id": "a", "MessageBody": "y"}]},
            "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
        ),
        (
            "send_message_batch",
            {"Entries": [{"Id": str(number), "MessageBody": "x" * 600_000} for number in range(2)]},
            "AWS.SimpleQueueService.BatchRequestTooLong",
        ),
        ("set_queue_attributes", {"Attributes": {"VisibilityTimeout": "43201"}}, "InvalidAttributeValue"),
        ("set_queue_attributes", {"Attributes": {"Colour": "red"}}, "InvalidAttributeName"),
        ("create_queue", {"QueueName": "a b"}, "InvalidParameterValue"),
        ("create_queue", {"QueueName": "Plain", "Attributes": {"VisibilityTimeout": "7"}}, "QueueAlreadyExists"),
    ],
)
def test_invalid_requests_are_refused_with_sqs_error_codes(stack, operation, arguments, code):
    if "queue_url" not in operation and operation != "create_queue":
        arguments = {"QueueUrl": stack.url("Dead"), **arguments}
    with pytest.raises(ClientError) as raised:
        getattr(stack.sqs, operation)(**arguments)
    assert raised.value.response["Error"]["Code"] == code
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_sdk_exceptions_have_their_types(stack):
    with pytest.raises(stack.sqs.exceptions.QueueDoesNotExist):
        stack.sqs.get_queue_url(QueueName="unknown")
    with pytest.raises(stack.sqs.exceptions.ReceiptHandleIsInvalid):
        stack.sqs.delete_message(QueueUrl=stack.url("Dead"), ReceiptHandle="nonsense")


def test_an_unsigned_request_is_refused(stack):
    headers = {"X-Amz-Target": "AmazonSQS.ListQueues", "Content-Type": "application/x-amz-json-1.0"}
    status, _, _ = stack.runtime.exchange("POST", stack.runtime.services_url + "/", {}, headers)
    assert status in (400, 403)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"null", b'{"QueueUrl":5}', b'{"QueueUrl":"Dead","MessageBody":7}',
        b'{"QueueUrl":"Dead","MessageBody":"\xff"}', b'{"QueueUrl":"Dead","MessageBody":"x","MessageAttributes":[1]}',
        b'{"QueueUrl":"Dead","MessageBody":"x","MessageAttributes":{"a":1}}',
        b'{"QueueUrl":"Dead","MessageBody":"x","MessageAttributes":{"a":{"DataType":"Binary","BinaryValue":"*"}}}',
        b'{"QueueUrl":"Dead","MessageBody":"x","DelaySeconds":1e99}', b'{"QueueUrl":"../x","MessageBody":"x"}',
        b'{"QueueUrl":"$events","MessageBody":"x"}', b"[" * 100_000, b'{"a":' * 50_000,
    ],
    ids=lambda body: repr(body[:60]),
)
def test_an_invalid_body_is_refused(stack, body):
    url = stack.runtime.services_url + "/"
    headers = {"X-Amz-Target": "AmazonSQS.SendMessage", "Content-Type": "application/x-amz-json-1.0"}
    request = AWSRequest(method="POST", url=url, data=body, headers=headers)
    SigV4Auth(Credentials("tester", "tester"), "sqs", "us-east-1").add_auth(request)
    status, answer, _ = stack.runtime.exchange("POST", url, body, dict(request.headers))
    assert status == 400
    assert answer["__type"].startswith("com.amazonaws.sqs#") and answer["message"]


def test_the_query_protocol_is_supported(stack):
    url = stack.queue()

    call = stack.query
    attribute = {"Name": "kind", "Value.DataType": "String", "Value.StringValue": "x"}
    form = {f"MessageAttribute.1.{name}": value for name, value in attribute.items()}
    status, text = call({"Action": "SendMessage", "QueueUrl": url, "MessageBody": "a & <b>", **form})
    assert status == 200
    sent = text("MessageId")
    form = {"Action": "ReceiveMessage", "AttributeName.1": "All", "MessageAttributeName.1": "All"}
    status, text = call(form, "/" + "/".join(url.split("/")[3:]))
    assert (text("MessageId"), text("Body"), text("StringValue")) == (sent, "a & <b>", "x")
    status, text = call({"Action": "DeleteMessage", "QueueUrl": url, "ReceiptHandle": text("ReceiptHandle")})
    assert status == 200 and stack.depth(url) == (0, 0)
    for name in ["", ".", "..1"]:
        assert call({"Action": "ListQueues", name: "x"})[0] == 200
    status, text = call({"Action": "GetQueueUrl", "QueueName": "unknown"})
    assert status == 400 and text("Code") == "AWS.SimpleQueueService.NonExistentQueue"


def test_concurrent_receivers_never_get_the_same_message(stack):
    url = stack.queue(VisibilityTimeout="60")
    for start in range(0, 200, 10):
        entries = [{"Id": str(number), "MessageBody": str(number)} for number in range(start, start + 10)]
        stack.sqs.send_message_batch(QueueUrl=url, Entries=entries)

    def drain(_):
        bodies = []
        while messages := stack.receive(url, 1, maximum=3):
            bodies += [message["Body"] for message in messages]
        return bodies

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        bodies = [body for result in pool.map(drain, range(8)) for body in result]
    assert sorted(bodies, key=int) == [str(number) for number in range(200)]


# Functions


def test_a_batch_reaches_the_function_as_sqs_sends_it(stack):
    body = uuid.uuid4().hex
    attribute = {"kind": {"DataType": "String", "StringValue": "x"}}
    sent = stack.sqs.send_message(QueueUrl=stack.url("Jobs"), MessageBody=body, MessageAttributes=attribute)
    (record,) = stack.eventually(lambda: stack.records("worker", body))
    assert record["messageId"] == sent["MessageId"]
    assert record["md5OfBody"] == sent["MD5OfMessageBody"]
    assert record["eventSource"] == "aws:sqs" and record["awsRegion"] == "us-east-1"
    assert record["eventSourceARN"] == "arn:aws:sqs:us-east-1:123456789012:Jobs"
    assert record["messageAttributes"]["kind"] == {
        "stringValue": "x", "stringListValues": [], "binaryListValues": [], "dataType": "String",
    }
    assert {"ApproximateReceiveCount", "SentTimestamp", "SenderId", "ApproximateFirstReceiveTimestamp"} <= set(
        record["attributes"]
    )
    stack.eventually(lambda: stack.depth(stack.url("Jobs")) == (0, 0))
    triggers = {record["trigger"] for record in stack.runtime.get("/_local/activity")["invocations"]}
    assert "SQS Jobs" in triggers


def test_only_failed_messages_are_redelivered_and_end_in_the_dead_letter_queue(stack):
    id = uuid.uuid4().hex
    bodies = [f"{'fail' if number % 2 else 'good'} {number} {id}" for number in range(10)]
    entries = [{"Id": str(number), "MessageBody": body} for number, body in enumerate(bodies)]
    stack.sqs.send_message_batch(QueueUrl=stack.url("Jobs"), Entries=entries)
    dead = []

    def all_dead():
        dead.extend(message["Body"] for message in stack.receive(stack.url("DeadOfJobs"), 1) if id in message["Body"])
        return len(dead) == 5

    stack.eventually(all_dead, 30)
    assert sorted(dead) == bodies[1::2]
    counts = {body: len(stack.records("worker", body)) for body in bodies}
    assert counts == {body: 3 if body.startswith("fail") else 1 for body in bodies}
    assert stack.depth(stack.url("Jobs")) == (0, 0)


@pytest.mark.parametrize("body", ["throw", "wrong"])
def test_an_error_or_an_invalid_response_redelivers_the_whole_batch(stack, body):
    companion = uuid.uuid4().hex
    entries = [{"Id": "a", "MessageBody": body}, {"Id": "b", "MessageBody": companion}]
    stack.sqs.send_message_batch(QueueUrl=stack.url("Jobs"), Entries=entries)
    stack.eventually(lambda: len(stack.records("worker", companion)) >= 2)
    stack.eventually(lambda: stack.depth(stack.url("Jobs")) == (0, 0), 30)


def test_a_failed_message_blocks_its_group(stack):
    id = uuid.uuid4().hex
    bodies = [f"once {id}", f"second {id}", f"third {id}", f"other {id}"]
    for body in bodies:
        stack.sqs.send_message(
            QueueUrl=stack.url("Lines.fifo"), MessageBody=body, MessageDeduplicationId=uuid.uuid4().hex,
            MessageGroupId=("y" if body.startswith("other") else "x") + id,
        )
    stack.eventually(lambda: stack.records("clerk", bodies[2]))
    order = [record["body"] for record in stack.records("clerk", *bodies[:3])]
    assert order == [bodies[0], bodies[0], bodies[1], bodies[2]]
    assert len(stack.records("clerk", bodies[3])) == 1


def test_a_throttled_function_eventually_receives_everything(stack):
    id = uuid.uuid4().hex
    bodies = [f"{'slow' if number < 2 else 'fast'} {number} {id}" for number in range(8)]
    for body in bodies:
        stack.sqs.send_message(QueueUrl=stack.url("Crowd"), MessageBody=body)
    stack.eventually(lambda: {record["body"] for record in stack.records("single", *bodies)} == set(bodies), 30)
    stack.eventually(lambda: stack.depth(stack.url("Crowd")) == (0, 0))


def test_an_object_reaches_a_queue_and_its_function(stack):
    name = uuid.uuid4().hex
    for key in [f"in/{name} ü@.txt", f"in/{name}.png", f"out/{name}.txt"]:
        stack.s3.put_object(Bucket="uploads", Key=key, Body=b"hello")

    def seen():
        bodies = [record["body"] for call in stack.calls("worker") for record in call["event"]["Records"]]
        return [json.loads(body)["Records"][0] for body in bodies if name in body]

    (record,) = stack.eventually(seen)
    assert record["eventName"] == "ObjectCreated:Put"
    assert record["s3"]["object"]["key"] == f"in/{name}+%C3%BC%40.txt"
    stack.s3.delete_object(Bucket="uploads", Key=f"out/{name}.txt")
    stack.eventually(lambda: any(name in json.dumps(call["event"]) for call in stack.calls("unlucky")))
    triggers = {record["trigger"] for record in stack.runtime.get("/_local/activity")["invocations"]}
    assert "S3 ObjectRemoved:Delete" in triggers
    time.sleep(1)
    assert len(seen()) == 1
    stack.take(stack.url("Results"))


def test_notifications_can_be_set_by_a_client(stack):
    bucket, queue = f"noted-{uuid.uuid4().hex}", stack.queue()
    stack.s3.create_bucket(Bucket=bucket)
    attributes = stack.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]

    def notify(*rules):
        configurations = [
            {"QueueArn": attributes["QueueArn"] + more, "Events": [event], "Filter": {"Key": {"FilterRules": [
                {"Name": name, "Value": value} for name, value in filters.items()
            ]}}} for more, event, filters in rules
        ]  # fmt: skip
        stack.s3.put_bucket_notification_configuration(
            Bucket=bucket, NotificationConfiguration={"QueueConfigurations": configurations}
        )

    for rules in [
        [("-that-is-not-there", "s3:ObjectCreated:*", {})],
        [("", "s3:ObjectCreated:Putt", {})],
        [("", "s3:ObjectCreated:*", {"prefix": "a"}), ("", "s3:ObjectCreated:Put", {"prefix": "ab", "suffix": "c"})],
    ]:
        with pytest.raises(ClientError) as refusal:
            notify(*rules)
        assert refusal.value.response["Error"]["Code"] == "InvalidArgument"
    notify(
        ("", "s3:ObjectCreated:*", {"prefix": "a/"}),
        ("", "s3:ObjectCreated:*", {"prefix": "b/"}),
        ("", "s3:ObjectRemoved:*", {"prefix": "a/"}),
    )
    for key in ["c/x", "b/x"]:
        stack.s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    bodies = []
    stack.eventually(lambda: bodies.extend(json.loads(m["Body"]) for m in stack.receive(queue, 1)) or len(bodies) >= 4)
    tests, (event,) = [b for b in bodies if "Event" in b], [b for b in bodies if "Records" in b]
    assert event["Records"][0]["s3"]["object"]["key"] == "b/x"
    assert {(test["Event"], test["Service"], test["Bucket"]) for test in tests} == {("s3:TestEvent", "Amazon S3", bucket)}
    assert len(tests) == 3


def test_an_asynchronous_event_is_tried_three_times_before_the_dead_letter_queue(stack):
    event = {"fail": True, "id": uuid.uuid4().hex}
    answer = stack.lambda_.invoke(FunctionName="Unlucky", InvocationType="Event", Payload=json.dumps(event))
    assert answer["StatusCode"] == 202
    request = answer["ResponseMetadata"]["RequestId"]
    (message,) = stack.take(stack.url("Failures"), 20)
    assert json.loads(message["Body"]) == event
    assert message["MessageAttributes"]["RequestID"]["StringValue"] == request
    assert message["MessageAttributes"]["ErrorCode"] == {"DataType": "Number", "StringValue": "200"}
    assert "no luck" in message["MessageAttributes"]["ErrorMessage"]["StringValue"]
    (message,) = stack.take(stack.url("Results"), 5)
    record = json.loads(message["Body"])
    assert record["requestContext"] == {
        "requestId": request, "functionArn": "arn:aws:lambda:us-east-1:123456789012:function:Unlucky:$LATEST",
        "condition": "RetriesExhausted", "approximateInvokeCount": 3,
    }
    assert record["requestPayload"] == event
    assert record["responseContext"]["functionError"] == "Unhandled"
    assert record["responsePayload"]["errorMessage"] == "no luck"
    assert sum(call["event"] == event for call in stack.calls("unlucky")) == 3


def test_a_success_reaches_its_destination(stack):
    event = {"id": uuid.uuid4().hex}
    stack.lambda_.invoke(FunctionName="Unlucky", InvocationType="Event", Payload=json.dumps(event))
    (message,) = stack.take(stack.url("Results"), 10)
    record = json.loads(message["Body"])
    assert record["requestContext"]["condition"] == "Success"
    assert record["responsePayload"] == {"done": event}


# Shutdown


def test_nothing_is_lost_when_the_runtime_is_killed(tmp_path, data_directory):
    runtime = Runtime(write_stack(tmp_path), data_directory, "--no-postgres", "--no-redis")
    with runtime:
        stack = Stack(runtime, tmp_path)
        plain, lines = stack.url("Plain"), stack.url("Lines.fifo")
        own = stack.sqs.create_queue(QueueName="own", Attributes={"VisibilityTimeout": "2"})["QueueUrl"]
        for number in range(20):
            stack.sqs.send_message(QueueUrl=own, MessageBody=str(number))
        taken = stack.receive(own)
        for message in taken[:3]:
            stack.sqs.delete_message(QueueUrl=own, ReceiptHandle=message["ReceiptHandle"])
        stack.sqs.send_message(QueueUrl=plain, MessageBody="in flight")
        assert len(stack.receive(plain)) == 1
        # Killed while the function processes a message, and while an event waits for its second attempt.
        stack.sqs.send_message(
            QueueUrl=lines, MessageBody="slow", MessageGroupId="g", MessageDeduplicationId="slow"
        )
        stack.lambda_.invoke(FunctionName="Unlucky", InvocationType="Event", Payload=b'{"fail": true}')
        stack.eventually(lambda: stack.records("clerk", "slow") and stack.calls("unlucky"))
        stack.s3.put_object(Bucket="uploads", Key="in/last.txt", Body=b"hello")
        os.kill(runtime.process.pid, signal.SIGKILL)
        runtime.process.wait()
    runtime = Runtime(runtime.template, data_directory, "--no-postgres", "--no-redis")
    with runtime:
        stack = Stack(runtime, tmp_path)
        own = stack.url("own")
        bodies = []
        stack.eventually(lambda: bodies.extend(m["Body"] for m in stack.receive(own, 1)) or len(set(bodies)) == 17)
        assert set(bodies) == {str(number) for number in range(20)} - {message["Body"] for message in taken[:3]}
        (message,) = stack.receive(stack.url("Plain"), 5)
        assert message["Body"] == "in flight" and message["Attributes"]["ApproximateReceiveCount"] == "2"
        stack.eventually(lambda: len(stack.records("clerk", "slow")) == 2)
        stack.eventually(lambda: "in/last.txt" in json.dumps(stack.calls("worker")))
        (message,) = stack.receive(stack.url("Failures"), 20)
        assert message["Body"] == '{"fail": true}'


def test_the_runtime_stops_promptly_while_clients_poll(tmp_path, data_directory):
    runtime = Runtime(write_stack(tmp_path), data_directory, "--no-postgres", "--no-redis")
    with runtime, concurrent.futures.ThreadPoolExecutor() as pool:
        stack = Stack(runtime, tmp_path)
        poll = pool.submit(stack.receive, stack.url("Dead"), 20)
        time.sleep(0.5)
        start = time.monotonic()
        assert runtime.stop(signal.SIGTERM) == 0
        assert time.monotonic() - start < 10
        poll.exception()
