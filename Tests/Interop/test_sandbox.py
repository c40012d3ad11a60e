"""The sandbox of processes that decode what strangers sent, tried by a program that attempts to leave it."""

import os
import subprocess

import pytest
from image_worker import DONE, FORMATS, WORKER, Ended, Worker
from runtime import ROOT
from test_images import encoded, picture

SANDBOX = ROOT / "Shared/Media/WorkerSandbox"
# The system calls that libraries make although they can do without: they fail, but do not end the process.
REFUSED = {
    "clone3", "ioctl", "old_open", "open_own_descriptor", "open_parent_environment", "open_parent_memory", "open_path",
    "open_shadow", "open_temporary", "open_to_write", "rt_sigaction", "stat",
}  # fmt: skip
WITHOUT_USER, WITHOUT_FILTER = 77, 78


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    program = tmp_path_factory.mktemp("hostile") / "hostile_decoder"
    sources = [ROOT / "Tests/Interop/hostile_decoder.c", SANDBOX / "sandbox.c"]
    flags = ["-std=gnu17", "-O1", "-pthread", "-Wall", "-Wextra", f"-I{SANDBOX}"]
    subprocess.run([os.environ.get("CC", "clang"), *flags, *sources, "-o", program], check=True)
    return program


def attempts(hostile, *how):
    finished = subprocess.run([hostile, *how], stdout=subprocess.PIPE, text=True, timeout=120, check=True)
    return {name: end for name, end, _ in (line.split() for line in finished.stdout.splitlines())}


def test_a_decoder_that_was_taken_over_can_do_nothing_but_compute(hostile):
    ends = attempts(hostile, "try")
    names = subprocess.run([hostile, "list"], stdout=subprocess.PIPE, text=True, check=True).stdout.split()
    assert list(ends) == names and len(names) > 100
    assert {name: end for name, end in ends.items() if end != "killed" and name not in REFUSED} == {}
    assert {ends[name] for name in REFUSED if name in ends} == {"refused"}
    # The program is able to do these things; it is the sandbox that prevents them.
    for name in ("fork", "open_path", "socket", "memfd_create", "mmap_executable", "kill", "older_thread"):
        assert attempts(hostile, "try-outside", name) == {name: "ALLOWED"}


def test_the_worker_is_confined_and_unprivileged():
    with Worker() as worker:
        for format in FORMATS:
            assert worker.resize(encoded(picture(64, 48), "JPEG"), 32, format=format).status == DONE
        status = worker.status
    assert status["Seccomp"] == ["2"] and status["NoNewPrivs"] == ["1"]
    assert {status[name][0].lstrip("0") for name in ("CapPrm", "CapEff", "CapInh", "CapAmb")} == {""}
    if os.getuid() == 0:
        assert set(status["Uid"]) == set(status["Gid"]) == {"65534"} and status["Groups"] == []


def test_the_worker_works_where_prctl_is_forbidden(hostile):
    """AWS Lambda forbids it. A filter can be installed if the process may not gain privileges anyway."""
    with Worker(hostile, "without-prctl", WORKER) as worker:
        assert worker.resize(encoded(picture(64, 48), "PNG"), 32).status == DONE
        assert worker.status["Seccomp"] == ["2"]


def test_the_worker_does_not_start_without_its_filter(hostile):
    with Worker(hostile, "without-filters", WORKER) as worker:
        with pytest.raises(Ended) as ended:
            worker.resize(encoded(picture(64, 48), "PNG"), 32)
        assert ended.value.args[0] == WITHOUT_FILTER
