"""Uploads files as a browser does."""

import time
import urllib.error
import urllib.request
import uuid


def form(fields, content, content_type="application/octet-stream"):
    """A multipart/form-data body with a file as its last field, and its content type."""
    boundary = uuid.uuid4().hex
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="f"\r\nContent-Type: {content_type}\r\n\r\n'
    body = b"".join(parts) + head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
    return body, f"multipart/form-data; boundary={boundary}"


def exchange(method, url, body=None, headers=None):
    """The status, the body and the headers of a response."""
    request = urllib.request.Request(url, body, headers or {}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read(), answer.headers
    except urllib.error.HTTPError as error:
        return error.code, error.read(), error.headers


def announce(person, content_type, size, **fields):
    return person.ok("POST", "/files", {"contentType": content_type, "size": size, **fields})


def post(announced, content, **changes):
    """Sends the form of an announced file; fields that are None are left out."""
    fields = {**announced["upload"]["fields"], **changes}
    fields = {name: value for name, value in fields.items() if value is not None}
    body, content_type = form(fields, content)
    return exchange("POST", announced["upload"]["url"], body, {"Content-Type": content_type})


def upload(person, content, content_type, **fields):
    announced = announce(person, content_type, len(content), **fields)
    status, answer, _ = post(announced, content)
    assert status == 204, (status, answer)
    return announced["fileId"]


def attach(device, conversation, *files, text=""):
    """Sends a message with files and returns the answer: an acknowledgement or an error."""
    temporary = uuid.uuid4().hex
    device.send("send-message", conversationId=conversation, content=text, attachments=list(files), tempMessageId=temporary)
    return device.wait(
        lambda frame: frame.get("tempMessageId") == temporary and frame.get("type") in ("message-sent", "error"), 40
    )


def eventually(condition, timeout=20):
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        if result := condition():
            return result
        time.sleep(0.1)
    raise AssertionError("the condition was not met in time")


def flipped(url):
    """The URL with each bit of its credential flipped in turn, where the result is a valid URL."""
    base, credential = url.split("?s=")
    for index, character in enumerate(credential):
        for bit in range(7):
            other = chr(ord(character) ^ 1 << bit)
            if other.isascii() and (other.isalnum() or other in "-_."):
                yield f"{base}?s={credential[:index]}{other}{credential[index + 1:]}"


