"""The checks of `make bundle`, and packages built by `sam build`."""

import os
import shutil
import subprocess
import zipfile

import pytest
from emulator import SAM_ENVIRONMENT
from layout import Repository
from runtime import ROOT

CHECK = ROOT / "Scripts/check-bundles"
LINKAGE = ROOT / "Scripts/check-linkage"
COMPILER = shutil.which("clang") or "cc"
FUNCTIONS = sorted(Repository().functions())


def compiled(folder, name, source, *options):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    (folder / "source.c").write_text(source)
    subprocess.run([COMPILER, "-o", path, folder / "source.c", *options], check=True)
    return path


def package(path, files):
    """Makes a package; `files` is by the names in the package."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, file in files.items():
            archive.write(file, name)
    return path


def check(*packages):
    finished = subprocess.run([CHECK, *packages], capture_output=True, text=True)
    return finished.returncode, finished.stdout, finished.stderr


@pytest.fixture
def with_library(tmp_path):
    """A program and a shared library in lib/ that it needs."""
    library = compiled(tmp_path, "lib/libanswer.so", "int answer(void) { return 42; }", "-shared", "-fPIC")
    program = compiled(
        tmp_path, "bootstrap", "int answer(void); int main(void) { return answer(); }", f"-L{library.parent}", "-lanswer"
    )
    return program, library


def test_the_check_accepts_every_bundle():
    status, table, faults = check(*(ROOT / f"build/{function}.zip" for function in FUNCTIONS))
    assert (status, faults) == (0, "")
    assert [line.split()[0] for line in table.splitlines()[1:]] == FUNCTIONS
    with_libvips = ["FileProxyOrigin"]
    for line in table.splitlines()[1:]:
        function, _, _, _, *needs = line.split()
        assert (needs == ["none", "none"]) == (function not in with_libvips), table


def test_the_check_refuses_a_missing_library(tmp_path, with_library):
    program, library = with_library
    complete = package(tmp_path / "complete.zip", {"bootstrap": program, "lib/libanswer.so": library})
    assert check(complete)[0] == 0
    status, _, faults = check(complete, package(tmp_path / "incomplete.zip", {"bootstrap": program}))
    assert status == 1
    assert faults == (
        "incomplete.zip: bootstrap needs libanswer.so, which neither the package nor Amazon Linux 2023 contains\n"
    )


def test_the_check_refuses_a_later_c_library(tmp_path):
    # glibc 2.35 has a new version of hypotf.
    source = "float hypotf(float, float); int main(int count, char **_) { return hypotf(count, 4); }"
    program = compiled(tmp_path, "bootstrap", source, "-lm", "-fno-builtin")
    status, table, faults = check(package(tmp_path / "late.zip", {"bootstrap": program}))
    assert (status, faults) == (1, "late.zip: bootstrap needs GLIBC_2.35, which is newer than on Amazon Linux 2023\n")
    assert "2.35" in table


@pytest.mark.parametrize("name, mode, fault", [
    ("start", 0o755, "it has no bootstrap"),
    ("bootstrap", 0o750, "not all users may execute its bootstrap"),
])  # fmt: skip
def test_the_check_refuses_a_bootstrap_that_lambda_cannot_start(tmp_path, name, mode, fault):
    program = compiled(tmp_path, "bootstrap", "int main(void) { return 0; }", "-static")
    program.chmod(mode)
    status, _, faults = check(package(tmp_path / "wrong.zip", {name: program}))
    assert (status, faults) == (1, f"wrong.zip: {fault}\n")


def test_the_check_refuses_a_damaged_package(tmp_path):
    damaged = tmp_path / "damaged.zip"
    content = bytearray((ROOT / "build/DefaultRoute.zip").read_bytes())
    content[len(content) // 2] ^= 1
    damaged.write_bytes(content)
    assert check(damaged)[0] == 1


def test_functions_link_only_what_they_need(tmp_path):
    executables = ROOT / ".build/bundles/release"
    assert subprocess.run([LINKAGE, executables], capture_output=True, text=True).stderr == ""
    # An executable with SQL in place of a function without.
    for function in FUNCTIONS:
        (tmp_path / function).symlink_to(executables / ("ListMessages" if function == "Heartbeat" else function))
    finished = subprocess.run([LINKAGE, tmp_path], capture_output=True, text=True)
    assert finished.returncode == 1
    assert "Heartbeat links libpq, and it imports none of ChatStore, Postgres\n" in finished.stderr


def test_the_cold_start_benchmark_invokes_every_bundle():
    finished = subprocess.run([ROOT / "Benchmarks/coldstart", "--check"], capture_output=True, text=True)
    assert finished.returncode == 0, finished.stderr


def test_sam_builds_and_validates(tmp_path):
    def sam(*arguments):
        finished = subprocess.run(
            [SAM_ENVIRONMENT / "bin/sam", *arguments],
            cwd=ROOT,
            env={**os.environ, "SAM_CLI_TELEMETRY": "0", "AWS_DEFAULT_REGION": "eu-central-1"},
            capture_output=True,
            text=True,
        )
        assert finished.returncode == 0, finished.stdout + finished.stderr
        return finished.stdout + finished.stderr

    assert "is a valid SAM Template" in sam("validate", "--lint")
    built = tmp_path / "build"
    sam("build", "--build-dir", str(built))
    for function in FUNCTIONS:
        assert (built / function / "bootstrap").read_bytes() == (ROOT / f"build/{function}/bootstrap").read_bytes()
        assert os.access(built / function / "bootstrap", os.X_OK)
    template = (built / "template.yaml").read_text()
    assert all(f"CodeUri: {function}\n" in template for function in FUNCTIONS), template
