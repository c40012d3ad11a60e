"""Users who chat, with third-party WebSocket and HTTP clients."""

import itertools
import json
import threading
import time
import uuid

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect


class Device:
    """A WebSocket connection that keeps all received frames."""

    def __init__(self, url, **options):
        self.frames = []
        self.closed = None
        self._changed = threading.Condition()
        self.socket = connect(url, max_size=None, open_timeout=30, ping_interval=None, legacy=True, **options)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        try:
            for frame in self.socket:
                with self._changed:
                    self.frames.append(json.loads(frame))
                    self._changed.notify_all()
        except (ConnectionClosed, OSError):
            pass
        finally:
            with self._changed:
                self.closed = (self.socket.protocol.close_code, self.socket.protocol.close_reason)
                self._changed.notify_all()

    def send(self, action, **fields):
        self.send_text(json.dumps({"action": action, **fields}))

    def send_text(self, text):
        self.socket.send(text)

    def wait(self, condition, timeout=20):
        """Waits for a frame that meets the condition and returns the first."""

        return self._wait_matches(condition, 1, timeout)[0]

    def wait_count(self, kind, count, timeout=60):
        """Waits until this many frames of a kind have arrived, and returns all frames of the kind."""
        self._wait_matches(lambda frame: frame.get("type") == kind, count, timeout)
        return self.of(kind)

    def _wait_matches(self, condition, count, timeout):
        """The first `count` frames that meet the condition. Looks at each frame once: there may be thousands."""
        matches, seen = [], 0

        def complete():
            nonlocal seen
            while seen < len(self.frames) and len(matches) < count:
                if condition(self.frames[seen]):
                    matches.append(self.frames[seen])
                seen += 1
            return len(matches) == count

        with self._changed:
            self._changed.wait_for(lambda: complete() or self.closed, timeout)
            assert complete(), self._failure()
        return matches

    def wait_closed(self, timeout=20):
        with self._changed:
            assert self._changed.wait_for(lambda: self.closed, timeout), "still open"
        return self.closed

    def of(self, kind):
        return [frame for frame in self.frames if frame.get("type") == kind]

    def ask(self, action, **fields):
        """Sends a request with a new id and returns the reply with this id."""
        request = uuid.uuid4().hex
        self.send(action, requestId=request, **fields)
        return self.wait(lambda frame: frame.get("requestId") == request)

    def settle(self):
        """Returns when everything that was sent to this connection so far has arrived."""
        assert self.ask("heartbeat")["type"] == "heartbeat"

    def leave(self):
        self.socket.close()

    def _failure(self):
        return f"closed: {self.closed}; frames: {json.dumps(self.frames[-20:], indent=1)}"


class Person:
    _numbers = itertools.count(1)

    def __init__(self, runtime, name):
        self.runtime = runtime
        self.id = name
        self.token = runtime.token(name)
        self.devices = []

    def device(self):
        device = Device(f"{self.runtime.web_socket_url}?Authorization={self.token}")
        self.devices.append(device)
        return device

    def leave(self):
        for device in self.devices:
            device.leave()

    def http(self, method, path, body=None):
        status, answer, _ = self.exchange(method, path, body)
        return status, answer

    def exchange(self, method, path, body=None):
        headers = {"Authorization": f"Bearer {self.token}"}
        return self.runtime.exchange(method, self.runtime.http_url + path, body, headers)

    def ok(self, method, path, body=None):
        status, answer = self.http(method, path, body)
        assert status == 200, (status, answer)
        return answer

    def direct(self, other):
        return self.ok("POST", "/conversation", {"recipientIdArr": [other.id], "isGroup": False})["conversationId"]

    def group(self, *others, title="A group"):
        body = {"recipientIdArr": [other.id for other in others], "isGroup": True, "title": title}
        return self.ok("POST", "/conversation", body)["conversationId"]

    def conversation(self, conversation):
        return next(one for one in self.ok("GET", "/conversations") if one["conversationId"] == conversation)

    def messages(self, conversation, query=""):
        return self.ok("GET", f"/conversations/{conversation}/messages{query}")


def say(device, conversation, text, timeout=20):
    """Sends a message and returns the acknowledgement. If the sender has to wait, sends it again."""
    while True:
        temporary = f"t{next(Person._numbers)}"
        device.send("send-message", conversationId=conversation, content=text, tempMessageId=temporary)
        answer = device.wait(
            lambda frame: frame.get("tempMessageId") == temporary and frame.get("type") in ("message-sent", "error"), timeout
        )
        if answer.get("code") != "rate_limited":
            break
        time.sleep(answer["retryAfterMs"] / 1000)
    assert answer["type"] == "message-sent", answer
    return answer
