"""LocalRuntime as a child process."""

import json
import os
import re
import signal
import subprocess
import threading
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
EXECUTABLE = Path(os.environ.get("LOCAL_RUNTIME", ROOT / ".build/debug/LocalRuntime"))


class Runtime:
    """Runs a template on free ports."""

    def __init__(self, template, data_directory, *arguments, environment=None):
        self.template = Path(template)
        self.data_directory = Path(data_directory)
        self.arguments = arguments
        self.environment = {**os.environ, **(environment or {})}
        self.output = []
        self.address = None
        self._ready = threading.Event()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        command = [EXECUTABLE, "--template", self.template, "--port", "0", "--data-dir", self.data_directory]
        self.process = subprocess.Popen(
            [str(part) for part in (*command, *self.arguments)],
            cwd=self.template.parent,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        threading.Thread(target=self._read, daemon=True).start()
        assert self._ready.wait(120) and self.address, "LocalRuntime did not start:\n" + "".join(self.output)
        self.info = self.get("/_local/info")

    def stop(self, with_signal=signal.SIGINT):
        if self.process.poll() is None:
            self.process.send_signal(with_signal)
        return self.process.wait(30)

    def _read(self):
        for line in self.process.stdout:
            self.output.append(line)
            if found := re.search(r"Listening on http://([^/ ]+)/", line):
                self.address = found.group(1)
                self._ready.set()
        self._ready.set()

    @property
    def text(self):
        return "".join(self.output)

    @property
    def services_url(self):
        return self.info["servicesURL"].rstrip("/")

    @property
    def http_url(self):
        return self.info["httpURL"].rstrip("/")

    @property
    def web_socket_url(self):
        return self.info["webSocketURL"]

    def get(self, path):
        return self.request("GET", path)[1]

    def request(self, method, path, body=None, headers=None):
        """The status and the decoded body of a response."""
        status, body, _ = self.exchange(method, path, body, headers)
        return status, body

    def exchange(self, method, path, body=None, headers=None):
        """The status, the decoded body and the headers of a response."""
        url = path if path.startswith("http") else f"http://{self.address}{path}"
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data, {"Content-Type": "application/json", **(headers or {})}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, _decoded(answer.read()), answer.headers
        except urllib.error.HTTPError as error:
            return error.code, _decoded(error.read()), error.headers

    def token(self, user, **fields):
        return self.request("POST", "/_local/token", {"user": user, **fields})[1]["token"]

    def processes(self, name):
        """The ids of the running processes of a function or server."""
        # Servers append to their process titles.
        return [
            process
            for process, command in _descendants(self.process.pid)
            if Path(command[0].split(" ")[0]).name.rstrip(":") == name
        ]

    def all_processes(self):
        return {process for process, _ in _descendants(self.process.pid)}


def _decoded(body):
    try:
        return json.loads(body)
    except ValueError:
        return body


def _descendants(root):
    parents, commands = {}, {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            status = (entry / "stat").read_text()
            command = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        parents[int(entry.name)] = int(status.rsplit(")", 1)[1].split()[1])
        commands[int(entry.name)] = [part.decode(errors="replace") for part in command]
    found = []
    for process in parents:
        ancestor = process
        while ancestor in parents and ancestor != root:
            ancestor = parents[ancestor]
        if ancestor == root and process != root and commands[process] != [""]:
            found.append((process, commands[process]))
    return found
