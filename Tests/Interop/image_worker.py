"""A client of the process that resizes images, like the file proxy (Shared/Media/ImageWorker/resize.h)."""

import os
import socket
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

from runtime import EXECUTABLE

WORKER = Path(os.environ.get("IMAGE_WORKER", EXECUTABLE.with_name("ImageWorker")))
FITS = ["cover", "contain", "inside", "fill"]
FORMATS = ["jpeg", "png", "webp", "avif"]
DONE, UNREADABLE, TOO_LARGE, UNAVAILABLE = range(4)


class Ended(Exception):
    """The worker ended; `args[0]` is its exit status, or a negative signal number."""


@dataclass
class Reply:
    status: int
    width: int
    height: int
    content: bytes


class Worker:
    def __init__(self, *command):
        """Starts the worker, or a command that becomes it."""
        self.socket, theirs = socket.socketpair()
        self.process = subprocess.Popen(command or [WORKER], stdin=theirs, env={})
        theirs.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
        self.process.kill()
        self.process.wait()

    def resize(self, image, width=0, height=0, fit="cover", format="webp", quality=80, enlarges=False, seconds=30):
        request = struct.pack(
            "=IIBBBBII", width, height, FITS.index(fit), FORMATS.index(format), quality, enlarges, seconds, len(image)
        )
        try:
            self.socket.sendall(request + image)
            status, made_width, made_height, length = struct.unpack("=IIII", self._receive(16))
            return Reply(status, made_width, made_height, self._receive(length))
        except (BrokenPipeError, ConnectionResetError) as error:
            raise Ended(self.process.wait()) from error

    def _receive(self, length):
        received = bytearray()
        while len(received) < length:
            part = self.socket.recv(length - len(received))
            if not part:
                raise Ended(self.process.wait())
            received += part
        return bytes(received)

    @property
    def status(self):
        """What the kernel tells about the process (proc_pid_status(5))."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return {name: value.split() for name, _, value in (line.partition(":") for line in lines)}

    @property
    def peak_memory(self):
        """In MB."""
        return int(self.status["VmHWM"][0]) / 1024
