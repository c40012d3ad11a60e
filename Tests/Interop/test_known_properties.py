"""LocalRuntime's tables of properties, compared with the schemas that cfn-lint and SAM's translator contain."""

import inspect
import pathlib
import re

import pytest
import samtranslator.model.sam_resources as sam_resources
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER
from samtranslator.internal.schema_source import (
    aws_serverless_application, aws_serverless_function, aws_serverless_httpapi, aws_serverless_websocketapi,
)  # fmt: skip
from samtranslator.model.eventsources import cloudwatchlogs, pull, push, scheduler

TABLES = pathlib.Path(__file__).parents[2] / "LocalRuntime/SAM/SAMTemplate/KnownProperties"


def parse(text):
    """The names of a table, each with those below it, or with None if they are not checked."""
    tokens = iter(re.findall(r"[^\s{}]+|[{}]", text))

    def names():
        found, last = {}, None
        for token in tokens:
            if token == "{":
                found[last] = names()
            elif token == "}":
                return found
            else:
                found[token], last = None, token
        return found

    return names()


def read():
    tables = {}
    for path in TABLES.glob("KnownProperties+*.swift"):
        for name, text in re.findall(r'"([\w:]+)": """\n(.*?)\n *"""', path.read_text(), re.DOTALL):
            tables[name] = parse(text.replace("\\\n", "\n"))
    return tables


def tree(schema, root, seen=()):
    """The names that a JSON schema allows in a map, or in the maps of a list; None if it allows any."""
    if isinstance(schema, bool):
        return None
    while reference := schema.get("$ref"):
        if reference in seen:
            return None
        seen += (reference,)
        schema = root
        for part in reference.removeprefix("#/").split("/"):
            schema = schema[part]
    if "items" in schema:
        return tree(schema["items"], root, seen)
    names = {}
    for kind in ["anyOf", "oneOf", "allOf"]:
        for alternative in schema.get(kind, []):
            names |= tree(alternative, root, seen) or {}
    for name, below in schema.get("properties", {}).items():
        names[name] = tree(below, root, seen) or names.get(name)
    return names or None


def model(kind):
    schema = kind.model_json_schema() if hasattr(kind, "model_json_schema") else kind.schema()
    return tree(schema, schema) or {}


def assert_covers(table, expected, path):
    """A table may leave out what is below a name, but no name."""
    missing = sorted(set(expected) - set(table)) if "*" not in table else []
    assert not missing, f"{path}: {missing} are missing"
    for name, below in expected.items():
        if below and table.get(name):
            assert_covers(table[name], below, f"{path}.{name}")


@pytest.fixture(scope="module")
def tables():
    return read()


def test_the_tables_have_all_properties_of_cloudformation(tables):
    types = [name for name in tables if "::" in name and "::Serverless::" not in name]
    assert len(types) > 12
    for type in types:
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", type).schema
        assert_covers(tables[type], tree(schema, schema), type)


@pytest.mark.parametrize(
    "name, source",
    [
        ("Function", aws_serverless_function), ("HttpApi", aws_serverless_httpapi),
        ("WebSocketApi", aws_serverless_websocketapi), ("Application", aws_serverless_application),
    ],
)  # fmt: skip
def test_the_tables_have_all_properties_of_sam(tables, name, source):
    table = tables[f"AWS::Serverless::{name}"]
    assert_covers(table, model(source.Resource)["Properties"], name)
    own = [name for name in getattr(sam_resources, f"Sam{name}").property_types if not name.startswith("__")]
    assert_covers(table, dict.fromkeys(own), name)


def test_the_tables_have_all_properties_of_events(tables):
    kinds = {}
    for module in [push, pull, scheduler, cloudwatchlogs]:
        for _, kind in inspect.getmembers(module, inspect.isclass):
            type = getattr(kind, "resource_type", None)
            if isinstance(type, str) and "::" not in type and getattr(kind, "property_types", None):
                kinds.setdefault(type, {}).update(dict.fromkeys(kind.property_types))
    assert {"Api", "HttpApi", "S3", "SQS", "Schedule", "ScheduleV2"} <= set(kinds)
    for type, names in kinds.items():
        assert_covers(tables[type], names, type)
    for name, kind in inspect.getmembers(aws_serverless_function, inspect.isclass):
        if name.endswith("EventProperties") and (type := name.removesuffix("EventProperties")) in tables:
            assert_covers(tables[type], model(kind), type)
