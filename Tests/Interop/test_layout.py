"""`make function` and the check that reports what is missing after a function is added by hand."""

import os
import re
import runpy
import shutil
import subprocess
import sys

import pytest
from runtime import ROOT

PARTS = ("Functions", "Shared/Chat/ChatStore/Schema", "Scripts", "Tests/FunctionTests", "Benchmarks/coldstart",
         "Tests/Interop/test_bundles.py", "docs/openapi.yaml", "docs/asyncapi.yaml", "docs/api.md",
         "docs/deploying.md", "Package.swift", "template.yaml", ".swift-format", "Makefile")  # fmt: skip


@pytest.fixture
def tree(tmp_path):
    """A copy of what the scripts read and write."""
    for part in PARTS:
        source, copy = ROOT / part, tmp_path / part
        copy.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            shutil.copyfile(source, copy)
    return tmp_path


def run(tree, script, *arguments):
    command = [sys.executable, tree / "Scripts" / script, *arguments]
    return subprocess.run(command, capture_output=True, text=True)


def make(tree, *arguments):
    # The variables of the make that runs the tests are not meant for this one.
    inherited = {name: value for name, value in os.environ.items() if "MAKE" not in name and name != "FILTER"}
    return subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=tree,
        capture_output=True,
        text=True,
        env={**inherited, "PATH": f"{tree / 'programs'}:{os.environ['PATH']}"},
    )


def faults(tree):
    finished = run(tree, "check-layout")
    assert (finished.returncode == 0) == (finished.stderr == "")
    return finished.stderr.splitlines()


def texts(tree):
    return {path: path.read_bytes() for path in tree.rglob("*") if path.is_file()}


def remove(tree, path, text):
    content = (tree / path).read_text()
    assert text in content
    (tree / path).write_text(content.replace(text, ""))


def test_the_places_that_list_functions_agree(tree):
    assert faults(tree) == []


@pytest.mark.parametrize("route, group", [
    ("GET /conversations/{conversationId}/probes", "Rooms"),
    ("GET /conversations/{conversationId}", "Rooms"),
    ("list-probes", "Messages"),
])  # fmt: skip
def test_a_new_function_is_complete(tree, route, group):
    if route == "GET /conversations/{conversationId}":
        # A second method of a path that exists.
        route = route.replace("GET", "PUT")
    finished = run(tree, "new-function", "ListProbes", route)
    assert finished.returncode == 0, finished.stderr
    folder = tree / "Functions" / group / "ListProbes"
    assert sorted(path.name for path in folder.iterdir()) == ["ListProbesHandler.swift", "main.swift"]
    if route.startswith("PUT"):
        assert all(fault.startswith("ListProbes: ") and "event" in fault for fault in faults(tree))
    else:
        assert faults(tree) == []
    new = [*folder.iterdir(), tree / f"Tests/FunctionTests/{group}/ListProbesTests.swift", tree / "Package.swift"]
    formatted = subprocess.run(
        ["swift", "format", "lint", "--strict", "--configuration", ROOT / ".swift-format", *new],
        capture_output=True,
        text=True,
    )
    assert formatted.returncode == 0, formatted.stderr
    assert run(tree, "new-function", "ListProbes", "GET /probes", "Rooms").returncode == 1


@pytest.mark.parametrize("arguments, reason", [
    (["listProbes", "list-probes"], "begin with a capital"),
    (["../Probes", "list-probes"], "begin with a capital"),
    (["SendMessage", "list-probes"], "The function SendMessage exists: Functions/Messages/SendMessage"),
    (["ChatStore", "list-probes"], "has a module ChatStore"),
    (["HttpApi", "list-probes"], "has a resource HttpApi"),
    (["ListProbes", "List Probes"], "it must be a method and a path"),
    (["ListProbes", "GET conversations"], "it must be a method and a path"),
    (["ListProbes", "GET /conversations/{id}"], "GetConversation has the route GET /conversations/{id}"),
    (["ListProbes", "send-message"], "SendMessage has the route send-message"),
    (["ListProbes", "GET /elsewhere"], "choose a GROUP"),
    (["ListProbes", "list-probes", "../Rooms"], "it must be a folder of Functions/"),
])  # fmt: skip
def test_bad_input_is_refused_and_nothing_is_written(tree, arguments, reason):
    before = texts(tree)
    finished = run(tree, "new-function", *arguments)
    assert finished.returncode == 1
    assert finished.stderr.startswith("Nothing was written. ") and reason in finished.stderr
    assert texts(tree) == before


def test_a_model_that_cannot_be_copied_writes_nothing(tree):
    remove(tree, "template.yaml", "  ListParticipants:\n    Type: AWS::Serverless::Function\n")
    before = texts(tree)
    finished = run(tree, "new-function", "ListProbes", "GET /conversations/{conversationId}/probes")
    assert finished.returncode == 1 and "ListParticipants" in finished.stderr
    assert texts(tree) == before


def test_a_file_that_cannot_be_written_leaves_no_changes(tree):
    obstacle = tree / "docs/api.md.tmp"
    obstacle.mkdir()
    before = texts(tree)
    finished = run(tree, "new-function", "ListProbes", "GET /conversations/{conversationId}/probes", "New")
    assert finished.returncode == 1
    # The obstacle is not a file that the script wrote, so it cannot remove it, but it undoes the rest.
    undo, reason = finished.stderr.splitlines()
    assert undo.startswith("Could not undo a change: ") and str(obstacle) in undo
    assert reason.startswith("The function could not be written: ") and str(obstacle) in reason
    assert texts(tree) == before and not (tree / "Functions/New").exists()


def test_files_that_were_replaced_before_a_failure_are_restored(tree, monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "Scripts"))
    write = runpy.run_path(str(ROOT / "Scripts/new-function"))["write"]
    before, replace = texts(tree), os.replace

    def failing(source, target):
        if target.name == "Package.swift":
            raise OSError("The disk is full")
        replace(source, target)

    monkeypatch.setattr(os, "replace", failing)
    with pytest.raises(OSError, match="The disk is full"):
        write({"docs/api.md": "changed", "New/file": "new", "Package.swift": "changed"}, tree)
    assert texts(tree) == before and not (tree / "New").exists()


HOSTILE = """$(shell touch made)`touch run`$(touch run)"; touch quoted; "'"""


@pytest.mark.parametrize("arguments", [
    [f"NAME={HOSTILE}", "ROUTE=list-probes"], [f"ROUTE={HOSTILE}", "NAME=ListProbes"],
    [f"GROUP={HOSTILE}", "NAME=ListProbes", "ROUTE=list-probes"],
])  # fmt: skip
def test_make_function_passes_values_unchanged(tree, arguments):
    before = texts(tree)
    finished = make(tree, "function", *arguments)
    assert finished.returncode != 0 and f'is "{HOSTILE}"' in finished.stderr
    assert texts(tree) == before


@pytest.mark.parametrize("value", [HOSTILE, "SendMessage or unread"])
@pytest.mark.parametrize("target, variable, program, option", [
    ("unit-test", "FILTER", "Scripts/unit-test", "--filter"), ("interop-test", "FILTER", ".venv/bin/python", "-k"),
])  # fmt: skip
def test_make_passes_filters_unchanged(tree, target, variable, program, option, value):
    (tree / program).parent.mkdir(parents=True, exist_ok=True)
    (tree / program).write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    (tree / program).chmod(0o755)
    before = texts(tree)
    prerequisites = ("bundle", "build-tests", "libvips", "test-packages", "packages", ".venv/.installed", ".build/built-debug")
    finished = make(tree, target, f"{variable}={value}", *(f"--assume-old={each}" for each in prerequisites))
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.endswith(f"{option}\n{value}\n")
    assert texts(tree) == before


def test_dependencies_are_resolved_before_builds_run_at_the_same_time(tree):
    (tree / "Package.resolved").write_text("{}")
    commands = make(tree, "--dry-run", "prepare").stdout
    resolved, concurrent = commands.find("swift package resolve"), commands.find("PARALLEL=yes")
    assert 0 <= resolved < concurrent


def test_make_help_lists_every_target_that_documents_name(tree):
    documents = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "Benchmarks/README.md")]
    documents += (ROOT / "docs").glob("*.md")
    named = set()
    for document in documents:
        text = document.read_text()
        named |= set(re.findall(r"(?:`|^|\|)\s*make ([a-z][a-z0-9-]*)", text, re.MULTILINE))
    listed = set(re.findall(r"^  make (\S+)", make(tree, "--silent", "help").stdout, re.MULTILINE))
    assert {"run", "interop-test"} <= named <= listed


def test_the_example_of_the_readme_writes_the_files_that_it_names(tree):
    readme = (ROOT / "README.md").read_text()
    name, route = re.search(r'make function NAME=(\w+) ROUTE="([^"]+)"', readme).groups()
    # The reader may have made the function already.
    finished = make(tree, "--silent", "function", f"NAME={name}Too", f"ROUTE={route}-too")
    assert finished.returncode == 0, finished.stderr
    named = set(re.findall(rf"`((?:Functions|Tests)/[\w/]*{name}\w*\.swift)`", readme))
    assert len(named) == 2
    assert {path.replace(name, f"{name}Too") for path in named} <= set(finished.stdout.splitlines())


def test_missing_entries_are_reported_with_their_location(tree):
    run(tree, "new-function", "ListProbes", "list-probes")
    remove(tree, "Package.swift", '    function("Messages/ListProbes", uses: ["ChatStore"]),\n')
    remove(tree, "Functions/Connections/DefaultRoute/DefaultRouteHandler.swift", ', "list-probes"')
    remove(tree, "docs/asyncapi.yaml", "  list-probes:\n    action: receive\n")
    remove(tree, "docs/api.md", "| `list-probes` | `conversationId` | `list-probes` | |\n")
    (tree / "Functions/Messages/ListProbes/main.swift").unlink()
    assert faults(tree) == [
        'ListProbes: Functions/Messages/ListProbes exists, but Package.swift has no line function("Messages/ListProbes", …)',
        "ListProbes: Functions/Messages/ListProbes has no main.swift",
        "ListProbes: DefaultRouteHandler.actions does not list its action list-probes",
        "ListProbes: docs/asyncapi.yaml lacks its action list-probes",
        "ListProbes: docs/api.md lacks list-probes",
    ]


def test_a_function_without_an_alarm_is_reported(tree):
    template = (tree / "template.yaml").read_text()
    (tree / "template.yaml").write_text(template.replace("SUM(Errors)", "SUM(Invocations)"))
    assert "SendMessage: no alarm in template.yaml watches its errors" in faults(tree)


def test_a_websocket_function_whose_log_is_not_watched_is_reported(tree):
    template = (tree / "template.yaml").read_text()
    (tree / "template.yaml").write_text(template.replace("Type: AWS::Logs::MetricFilter", "Type: Other"))
    assert any(fault.startswith("SendMessage: no metric filter in template.yaml") for fault in faults(tree))


def test_a_function_without_a_unit_test_is_reported(tree):
    for file in (tree / "Tests/FunctionTests").rglob("*.swift"):
        if "import SendMessage\n" in file.read_text():
            file.unlink()
    assert faults(tree) == ["SendMessage: no test in Tests/FunctionTests imports it (@testable import SendMessage)"]


def test_an_operation_without_the_name_of_its_function_is_reported(tree):
    document = (tree / "docs/openapi.yaml").read_text()
    (tree / "docs/openapi.yaml").write_text(document.replace("operationId: ListConversations", "operationId: listConversation"))
    assert faults(tree) == [
        "ListConversations: docs/openapi.yaml has operationId listConversation for GET /conversations; it must be"
        " ListConversations"
    ]


@pytest.mark.parametrize("route", ["ConnectRoute", "SendMessageRouteResponse", "ReadMessagesRouteResponse"])
def test_the_stage_depends_on_every_route(tree, route):
    remove(tree, "template.yaml", f"      - {route}\n")
    assert f"{route}: WebSocketStage in template.yaml does not list it in DependsOn" in faults(tree)


@pytest.mark.parametrize("text, replacement", [
    ("      # Outside the VPC: it uses no data store.\n      VpcConfig: !Ref AWS::NoValue\n", ""),
    ("  DefaultRoute:\n    Type: AWS::Serverless::Function", "  DefaultRoute:\n    Type: AWS::Lambda::Function"),
])  # fmt: skip
def test_the_deployment_guide_counts_the_functions(tree, text, replacement):
    template = (tree / "template.yaml").read_text()
    assert text in template
    (tree / "template.yaml").write_text(template.replace(text, replacement, 1))
    assert any(fault.startswith("docs/deploying.md: ") for fault in faults(tree))


def test_lists_that_sam_replaces_by_text_are_found(tree):
    template = (tree / "template.yaml").read_text()
    split = 'AllowOrigins: !Split [",", !Ref AllowedOrigins]'
    assert split in template
    # A list whose text SAM would put into an API's CORS configuration.
    (tree / "template.yaml").write_text(template.replace(split, "AllowOrigins: !Ref VpcSubnetIds"))
    shutil.copytree(ROOT / "infrastructure", tree / "infrastructure", dirs_exist_ok=True)
    check = [sys.executable, ROOT / "Scripts/check-template", tree / "template.yaml"]
    finished = subprocess.run(check, capture_output=True, text=True)
    assert finished.returncode == 1
    assert "allowOrigins: SAM puts the text of the list VpcSubnetIds here" in finished.stderr
