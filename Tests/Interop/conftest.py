"""Starts LocalRuntime as a user would, once for all tests that share a template."""

import pytest

from client import Person
from runtime import ROOT, Runtime


@pytest.fixture(scope="session")
def runtime(tmp_path_factory):
    with Runtime(ROOT / "template.yaml", tmp_path_factory.mktemp("data")) as runtime:
        yield runtime


@pytest.fixture
def people(runtime):
    """Makes people with names of their own, so that tests share a database without meeting."""
    made = []

    def person(name: str) -> Person:
        made.append(Person(runtime, f"{name}-{len(made)}-{id(made):x}"))
        return made[-1]

    yield person
    for one in made:
        one.leave()
