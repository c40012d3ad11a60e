"""AWS's own runtime interface emulator, which runs a package in an otherwise empty file system.

https://github.com/aws/aws-lambda-runtime-interface-emulator
"""

import json
import os
import platform
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

import pytest
from runtime import ROOT

MACHINE = {"x86_64": "x86_64", "aarch64": "arm64"}[platform.machine()]
SAM_ENVIRONMENT = ROOT / ".venv-sam"


def emulator_executable():
    """The emulator that is part of SAM CLI."""
    found = list(SAM_ENVIRONMENT.glob(f"lib/python3*/site-packages/samcli/local/rapid/aws-lambda-rie-{MACHINE}"))
    assert found, "SAM CLI is not installed: make .venv-sam/.installed"
    return found[0]


def namespace_command():
    """A command prefix that gives a command its own mounts. Some systems allow that only to root."""
    for command in (
        ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--mount"],
        ["sudo", "-n", "--preserve-env", "unshare", "--mount"],
    ):
        try:
            tried = subprocess.run([*command, "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True)
        except FileNotFoundError:
            continue
        if tried.returncode == 0:
            return command
    # For example in an unprivileged container. A function needs /proc, as on Lambda.
    pytest.skip("this machine does not allow mount namespaces, not even with sudo")


def unpack(package, folder):
    with zipfile.ZipFile(package) as archive:
        for entry in archive.infolist():
            path = Path(archive.extract(entry, folder))
            path.chmod(stat.S_IMODE(entry.external_attr >> 16) or 0o644)


# Amazon Linux 2023's libraries for programs that are not linked statically.
SHARED_OBJECTS = ("libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "libresolv.so.2", "libgcc_s.so.1",
                  "libstdc++.so.6")  # fmt: skip
LOADER = {"x86_64": "/lib64/ld-linux-x86-64.so.2", "aarch64": "/lib/ld-linux-aarch64.so.1"}[platform.machine()]


def copy_shared_objects(root):
    """Copies this machine's loader and C and C++ libraries to the places where the loader looks for them."""
    listing = subprocess.run(["/sbin/ldconfig", "-p"], check=True, capture_output=True, text=True).stdout
    places = {line.split()[0]: line.split("=> ")[1] for line in reversed(listing.splitlines()) if "=> " in line}
    for path in [LOADER] + [places[name] for name in SHARED_OBJECTS]:
        copy = root / path.lstrip("/")
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)


# What images name and a static executable cannot load, without DNS: functions choose their services themselves.
NAME_SERVICES = """\
passwd: sss files systemd
group: sss files systemd
hosts: files myhostname resolve [!UNAVAIL=return] mdns4_minimal
"""


def make_root(package, root):
    """Makes a root with the package in /var/task, the system's folders and the emulator. It has a loader and a C library
    only if the package contains libraries, which need them."""
    for folder in ("dev", "proc", "tmp", "etc", "var/task"):
        (root / folder).mkdir(parents=True)
    (root / "tmp").chmod(0o1777)
    shutil.copy("/etc/resolv.conf", root / "etc/resolv.conf")
    (root / "etc/nsswitch.conf").write_text(NAME_SERVICES)
    unpack(package, root / "var/task")
    if (root / "var/task/lib").is_dir():
        copy_shared_objects(root)
    shutil.copy(emulator_executable(), root / "emulator")
    (root / "emulator").chmod(0o755)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Emulator:
    """Runs a package; `invoke` posts an event to it as to Lambda."""

    def __init__(self, package, environment=None, temporary_files=(), name_server=None):
        """With `name_server`, the address of a DNS server, the function asks it instead of the machine's."""
        self.package = Path(package)
        self.name_server = name_server
        self.environment = environment or {}
        self.temporary_files = temporary_files

    def __enter__(self):
        self._folder = tempfile.TemporaryDirectory()
        root = Path(self._folder.name) / "root"
        make_root(self.package, root)
        if self.name_server:
            (root / "etc/resolv.conf").write_text(f"nameserver {self.name_server}\n")
        for file in self.temporary_files:
            shutil.copy(file, root / "tmp")
        self.port = free_port()
        self.log = open(Path(self._folder.name) / "log", "w+", encoding="utf-8", errors="replace")
        script = (
            'mount --rbind /dev "$1/dev" && mount --rbind /proc "$1/proc" && root=$1 && shift'
            ' && exec chroot "$root" /emulator --log-level error'
            f" --runtime-interface-emulator-address 127.0.0.1:{self.port} --runtime-api-address 127.0.0.1:{free_port()}"
            " /var/task/bootstrap"
        )
        self.process = subprocess.Popen(
            [*namespace_command(), "sh", "-c", script, "sh", str(root)],
            env={
                "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
                "AWS_LAMBDA_FUNCTION_NAME": self.package.stem,
                "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
                "AWS_REGION": "us-east-1",
                "AWS_ACCESS_KEY_ID": "local",
                "AWS_SECRET_ACCESS_KEY": "local",
                **self.environment,
            },
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )
        deadline = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                assert self.process.poll() is None and time.monotonic() < deadline, self.text
                time.sleep(0.01)

    def __exit__(self, *_):
        # If it was started with sudo, it belongs to another user.
        try:
            os.killpg(self.process.pid, 9)
        except PermissionError:
            subprocess.run(["sudo", "-n", "kill", "-9", "--", f"-{self.process.pid}"], check=True)
        self.process.wait(10)
        self.log.close()
        self._folder.cleanup()

    @property
    def text(self):
        self.log.flush()
        return Path(self.log.name).read_text(encoding="utf-8", errors="replace")

    def invoke(self, event):
        """The body of the response, as text."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/2015-03-31/functions/function/invocations",
            data=event if isinstance(event, bytes) else json.dumps(event).encode(),
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return response.read().decode()
        except urllib.error.HTTPError as error:
            return error.read().decode()


if __name__ == "__main__":
    # emulator.py PACKAGE EVENT-FILE, to try a package by hand.
    with Emulator(sys.argv[1], dict(os.environ)) as emulator:
        print(emulator.invoke(Path(sys.argv[2]).read_bytes()))
        print(emulator.text, file=sys.stderr)
