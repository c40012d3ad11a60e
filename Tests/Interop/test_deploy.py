"""`make deploy` gives SAM CLI the values that it was given, and shows none of them."""

import json
import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from runtime import ROOT
from test_layout import HOSTILE

SECRET = "p&a$s;s|w(o)r`d"
# Records its arguments, and the parameters' file before it is removed.
FAKE_SAM = """#!{python}
import json, os, sys
from pathlib import Path
record = Path({record!r})
calls = json.loads(record.read_text()) if record.exists() else []
call = {{"arguments": sys.argv[1:], "environment": dict(os.environ)}}
for argument in sys.argv:
    if argument.startswith("file://"):
        file = Path(argument[7:])
        call |= {{"file": file.read_text(), "mode": file.parent.stat().st_mode & 0o777, "path": str(file)}}
record.write_text(json.dumps(calls + [call]))
"""


@pytest.fixture
def sam(tmp_path):
    """Runs Scripts/deploy, or a target of the Makefile, with a fake `sam`; returns the result and the calls of `sam`."""
    record = tmp_path / "calls.json"
    program = tmp_path / "bin/sam"
    program.parent.mkdir()
    program.write_text(FAKE_SAM.format(python=sys.executable, record=str(record)))
    program.chmod(0o755)

    def run(*command, **variables):
        environment = {**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}", **variables}
        finished = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True)
        return finished, json.loads(record.read_text()) if record.exists() else []

    return run


def overrides(*calls):
    """The parameters of calls of `sam deploy`, as SAM CLI itself reads them."""
    python = ROOT / ".venv-sam/bin/python"
    if not python.exists():
        pytest.skip("SAM CLI is not installed: make .venv-sam/.installed")
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / f"{index}.yaml" for index in range(len(calls))]
        for file, call in zip(files, calls):
            file.write_text(call["file"])
        script = (
            "import json, sys; from samcli.cli.types import CfnParameterOverridesType as T;"
            " print(json.dumps([T().convert((f'file://{file}',), None, None) for file in sys.argv[1:]]))"
        )
        finished = subprocess.run([python, "-c", script, *map(str, files)], capture_output=True, text=True, check=True)
    return json.loads(finished.stdout)


VALUES = [
    f"postgresql://u:{SECRET}@host/db?sslmode=verify-full&sslrootcert=/a.crt", "a b  c", "$HOME", "$$", "$(id)", "`id`",
    "it's", 'say "hi"', '"quoted"', "'quoted'", "back\\slash", 'back\\"quote', "a\\ b", "trailing\\", "#comment", "!x", "*",
    "a,b", "a=b", "x;y", "ä€😀", "%25", "{{resolve:secretsmanager:a:SecretString:b}}", "line\nbreak", "true", "1e3", "~",
    "ParameterKey=a,ParameterValue=b",
]  # fmt: skip


def test_sam_receives_every_value_unchanged(sam):
    # SAM CLI takes seconds to start, so that one process reads all files.
    given = [
        (value, quote)
        for value in VALUES
        for quote in ("", "'", '"')
        if quote or not (value[0] == value[-1] and value[0] in "'\"")
    ]
    for value, quote in given:
        text = f"LogLevel=debug DatabaseUrl={quote}{value}{quote} Standby=replica"
        finished, calls = sam("Scripts/deploy", PARAMETERS=text, STACK="chat", REGION="eu-central-1")
        assert finished.returncode == 0, finished.stderr
    for (value, quote), read in zip(given, overrides(*calls), strict=True):
        assert read == {"LogLevel": "debug", "DatabaseUrl": value, "Standby": "replica"}, quote


def test_values_appear_nowhere_else(sam):
    finished, [call] = sam("Scripts/deploy", PARAMETERS=f"DatabaseUrl='{SECRET}'", STACK="chat")
    assert finished.returncode == 0
    assert SECRET not in finished.stdout + finished.stderr
    assert SECRET not in " ".join(call["arguments"]) and SECRET not in str(call["environment"])
    assert call["mode"] == stat.S_IRWXU
    assert not Path(call["path"]).exists()


@pytest.mark.parametrize("given, reason", [
    (f"DatabaseURL={SECRET}", "no parameter DatabaseURL"),
    (f"LogLevel=debug Unknown='{SECRET}'", "no parameter Unknown"),
    (f"'{SECRET}'", "a list of NAME=VALUE"),
    (f"RedisUrl={SECRET} RedisUrl=x", "RedisUrl twice"),
])  # fmt: skip
def test_a_mistake_is_named_without_the_value(sam, given, reason):
    finished, calls = sam("Scripts/deploy", PARAMETERS=given)
    assert finished.returncode == 1 and calls == []
    assert finished.stderr.startswith("Nothing was deployed. ") and reason in finished.stderr
    assert SECRET not in finished.stdout + finished.stderr


@pytest.mark.parametrize("name, value", [
    ("STACK", "a; id"), ("STACK", "-a"), ("STACK", "1a"), ("REGION", "eu central"), ("REGION", "$(id)"), ("REGION", "-x"),
])  # fmt: skip
def test_an_invalid_stack_or_region_is_refused(sam, name, value):
    finished, calls = sam("Scripts/deploy", **{name: value})
    assert finished.returncode == 1 and calls == []


def test_make_passes_values_unchanged(sam):
    values = ["a&b$c", "$(shell id)", "$$x", "a'b \"c\" d", "#x", "a\\b", "100%", HOSTILE]
    for value in values:
        # The bundles are not built: they count as up to date.
        finished, calls = sam("make", "--no-print-directory", "deploy", "--old-file", "bundle", "STACK=chat",
                              "REGION=eu-west-1", f"PARAMETERS=DatabaseUrl={value} LogLevel=debug")  # fmt: skip
        assert finished.returncode == 0, finished.stderr
        assert value not in finished.stdout + finished.stderr
    assert [call["arguments"][0] for call in calls] == ["build", "deploy"] * len(values)
    assert all(call["arguments"][1:5] == ["--stack-name", "chat", "--region", "eu-west-1"] for call in calls[1::2])
    read = overrides(*calls[1::2])
    assert read == [{"DatabaseUrl": value, "LogLevel": "debug"} for value in values]
