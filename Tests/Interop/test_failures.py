"""Acknowledged messages survive the failure of any process, and the system recovers by itself."""

import os
import signal
import subprocess
import threading
import time

import pytest
from client import Person, say
from runtime import ROOT, Runtime


@pytest.fixture
def fragile(data_directory):
    environment = {key: "" for key in ("DATABASE_URL", "REDIS_URL")}
    with Runtime(ROOT / "template.yaml", data_directory, environment=environment) as runtime:
        yield runtime


class Load:
    """A user who sends continuously and receives an answer to each message: an acknowledgement or an error."""

    def __init__(self, runtime):
        self.alice, self.bob = Person(runtime, "alice"), Person(runtime, "bob")
        self.sender, self.receiver = self.alice.device(), self.bob.device()
        self.conversation = self.alice.direct(self.bob)
        self.acknowledged, self.errors, self.silent = {}, [], []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self):
        number = 0
        while not self._stop.is_set():
            number += 1
            temporary = f"load-{number}"
            self.sender.send(
                "send-message", conversationId=self.conversation, content=temporary, tempMessageId=temporary
            )
            try:
                answer = self.sender.wait(lambda frame: self._answers(frame, temporary), timeout=35)
            except AssertionError:
                self.silent.append(temporary)
                continue
            if answer.get("type") == "message-sent":
                self.acknowledged[temporary] = answer["seq"]
            else:
                self.errors.append(answer)

    def _answers(self, frame, temporary):
        # An error from the gateway has no temporary id; it answers the only message in flight.
        if "message" in frame and "type" not in frame:
            return frame not in self.errors
        return frame.get("tempMessageId") == temporary and frame["type"] in ("message-sent", "error")

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()
        self.sender.leave()
        self.receiver.leave()

    def wait_for(self, count):
        """Waits until this many more messages are acknowledged."""
        target = len(self.acknowledged) + count
        deadline = time.monotonic() + 10
        while len(self.acknowledged) < target:
            assert time.monotonic() < deadline, (len(self.acknowledged), target, self.errors[-3:])
            self._stop.wait(0.01)


def test_no_acknowledged_message_is_lost(fragile):
    runtime = fragile
    with Load(runtime) as load:
        load.wait_for(20)
        for name in ["SendMessage", "Connect", "Heartbeat", "ListMessages", "CreateConversation"]:
            for process in runtime.processes(name):
                os.kill(process, signal.SIGKILL)
        load.wait_for(20)
        (postmaster,) = [
            process for process in runtime.processes("postgres") if _is_postmaster(process)
        ]
        os.kill(postmaster, signal.SIGINT)
        load.wait_for(20)
        assert _flush_redis(runtime) == "OK\n"
        load.wait_for(20)
        load.receiver.settle()
        pushed = say(load.sender, load.conversation, "after everything")
        load.receiver.wait(lambda frame: frame.get("messageId") == pushed["messageId"])
        load.wait_for(5)
    stored, after = {}, 0
    while page := load.bob.messages(load.conversation, f"?after={after}&limit=100&order=asc"):
        stored.update({message["tempMessageId"]: message["seq"] for message in page})
        after = page[-1]["seq"]
    assert not load.silent
    assert {key: stored.get(key) for key in load.acknowledged} == load.acknowledged
    assert sorted(stored.values()) == list(range(1, len(stored) + 1))


def _is_postmaster(process):
    with open(f"/proc/{process}/cmdline", "rb") as file:
        return b"-D" in file.read().split(b"\0")


def _flush_redis(runtime):
    """Runs FLUSHALL at the address in the environment of a function."""
    (function, *_) = runtime.processes("SendMessage")
    with open(f"/proc/{function}/environ", "rb") as file:
        variables = dict(entry.split(b"=", 1) for entry in file.read().split(b"\0") if b"=" in entry)
    url = variables[b"REDIS_URL"].decode()
    address = ["-s", url.removeprefix("unix://").split("?")[0]] if url.startswith("unix:") else ["-u", url]
    return subprocess.run(["redis-cli", *address, "FLUSHALL"], capture_output=True, text=True).stdout


def _alive(process):
    try:
        with open(f"/proc/{process}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        # ProcessLookupError: the process ended between the open and the read.
        return False


@pytest.mark.parametrize("with_signal", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda one: one.name)
def test_no_process_is_left_behind(data_directory, with_signal):
    environment = {key: "" for key in ("DATABASE_URL", "REDIS_URL")}
    runtime = Runtime(ROOT / "template.yaml", data_directory, environment=environment)
    runtime.start()
    alice = Person(runtime, "alice")
    alice.device().settle()
    processes = runtime.all_processes()
    assert len(processes) > 5
    status = runtime.stop(with_signal)
    assert status == (-signal.SIGKILL if with_signal == signal.SIGKILL else 0)
    deadline = time.monotonic() + 10
    while left := [process for process in processes if _alive(process)]:
        assert time.monotonic() < deadline, left
        time.sleep(0.05)
    runtime.output.clear()
    with Runtime(ROOT / "template.yaml", data_directory, environment=environment) as again:
        Person(again, "alice").device().settle()


def test_two_runs_do_not_share_data(fragile):
    second = subprocess.run(
        [fragile.process.args[0], "--template", str(fragile.template), "--port", "0", "--data-dir", str(fragile.data_directory)],
        capture_output=True,
        text=True,
        timeout=60,
        env=fragile.environment,
    )
    assert second.returncode == 1
    assert "error: " in second.stdout and "data directory" in second.stdout


def test_a_port_in_use_is_reported(fragile):
    port = fragile.address.rsplit(":", 1)[1]
    second = subprocess.run(
        [fragile.process.args[0], "--template", str(fragile.template), "--port", port],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert second.returncode == 1
    assert f"Port {port}" in second.stdout and "--port" in second.stdout
