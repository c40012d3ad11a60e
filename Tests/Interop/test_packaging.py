"""What `make bundle` and `sam build` do with packages: the gate that a package passes, and SAM's own way to make one."""

import os
import shutil
import subprocess
import zipfile

import pytest
from emulator import SAM_ENVIRONMENT
from runtime import ROOT

GATE = ROOT / "Scripts/check-bundles"
LINKAGE = ROOT / "Scripts/check-linkage"
COMPILER = shutil.which("clang") or "cc"
FUNCTIONS = sorted(folder.name for folder in (ROOT / "Functions").glob("*/*") if folder.is_dir())


def compiled(folder, name, source, *options):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    (folder / "source.c").write_text(source)
    subprocess.run([COMPILER, "-o", path, folder / "source.c", *options], check=True)
    return path


def package(path, files):
    """Files by the names that they have in the package."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, file in files.items():
            archive.write(file, name)
    return path


def gate(*packages):
    finished = subprocess.run([GATE, *packages], capture_output=True, text=True)
    return finished.returncode, finished.stdout, finished.stderr


@pytest.fixture
def with_library(tmp_path):
    """A program and a shared library that it needs, which lies beside it in lib/."""
    library = compiled(tmp_path, "lib/libanswer.so", "int answer(void) { return 42; }", "-shared", "-fPIC")
    program = compiled(
        tmp_path, "bootstrap", "int answer(void); int main(void) { return answer(); }", f"-L{library.parent}", "-lanswer"
    )
    return program, library


def test_the_gate_passes_every_bundle():
    status, table, faults = gate(*(ROOT / f"build/{function}.zip" for function in FUNCTIONS))
    assert (status, faults) == (0, "")
    assert [line.split()[0] for line in table.splitlines()[1:]] == FUNCTIONS
    carries_libvips = ["FileProxyOrigin"]
    for line in table.splitlines()[1:]:
        function, _, _, _, *needs = line.split()
        assert (needs == ["none", "none"]) == (function not in carries_libvips), table


def test_the_gate_fails_without_a_library_that_is_needed(tmp_path, with_library):
    program, library = with_library
    complete = package(tmp_path / "complete.zip", {"bootstrap": program, "lib/libanswer.so": library})
    assert gate(complete)[0] == 0
    status, _, faults = gate(complete, package(tmp_path / "incomplete.zip", {"bootstrap": program}))
    assert status == 1
    assert faults == (
        "incomplete.zip: bootstrap needs libanswer.so, which neither the package nor Amazon Linux 2023 has\n"
    )


def test_the_gate_fails_for_a_later_c_library(tmp_path):
    # hypotf has a version of 2.35 since it sets no errno.
    source = "float hypotf(float, float); int main(int count, char **_) { return hypotf(count, 4); }"
    program = compiled(tmp_path, "bootstrap", source, "-lm", "-fno-builtin")
    status, table, faults = gate(package(tmp_path / "late.zip", {"bootstrap": program}))
    assert (status, faults) == (1, "late.zip: bootstrap needs GLIBC_2.35, later than Amazon Linux 2023 has\n")
    assert "2.35" in table


@pytest.mark.parametrize("name, mode, fault", [
    ("start", 0o755, "it has no bootstrap"),
    ("bootstrap", 0o750, "its bootstrap may not be executed by everyone"),
])  # fmt: skip
def test_the_gate_fails_for_what_lambda_cannot_start(tmp_path, name, mode, fault):
    program = compiled(tmp_path, "bootstrap", "int main(void) { return 0; }", "-static")
    program.chmod(mode)
    status, _, faults = gate(package(tmp_path / "wrong.zip", {name: program}))
    assert (status, faults) == (1, f"wrong.zip: {fault}\n")


def test_the_gate_fails_for_a_damaged_package(tmp_path):
    damaged = tmp_path / "damaged.zip"
    content = bytearray((ROOT / "build/DefaultRoute.zip").read_bytes())
    content[len(content) // 2] ^= 1
    damaged.write_bytes(content)
    assert gate(damaged)[0] == 1


def test_functions_link_what_their_work_needs(tmp_path):
    executables = ROOT / ".build/bundles/release"
    assert subprocess.run([LINKAGE, executables], capture_output=True, text=True).stderr == ""
    # With SQL in the place of a function that has none.
    for function in FUNCTIONS:
        (tmp_path / function).symlink_to(executables / ("ListMessages" if function == "Heartbeat" else function))
    finished = subprocess.run([LINKAGE, tmp_path], capture_output=True, text=True)
    assert finished.returncode == 1
    assert "Heartbeat links libpq, and it imports none of ChatStore, Postgres\n" in finished.stderr


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
