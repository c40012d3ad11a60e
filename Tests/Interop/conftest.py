"""Starts LocalRuntime as a user would, once for all tests of a template in one pytest process."""

import itertools
import tempfile
import uuid
from pathlib import Path

import boto3
import pytest

from client import Person
from runtime import ROOT, Runtime


@pytest.fixture(scope="session")
def data_directories():
    """Names data directories. Postgres, which does not run as root, cannot enter pytest's own folders."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)
        yield (Path(folder) / str(number) for number in itertools.count(1))


@pytest.fixture
def data_directory(data_directories):
    return next(data_directories)


@pytest.fixture(scope="session")
def runtime(data_directories):
    with Runtime(ROOT / "template.yaml", next(data_directories)) as runtime:
        yield runtime


@pytest.fixture
def storage(runtime):
    """S3, with the permissions of an operator."""
    return boto3.client(
        "s3",
        endpoint_url=runtime.services_url,
        region_name="us-east-1",
        aws_access_key_id="operator",
        aws_secret_access_key="operator",
    )


@pytest.fixture
def people(runtime):
    """Creates users with unique names, so that tests can share a database."""
    made = []

    def person(name: str) -> Person:
        made.append(Person(runtime, f"{name}-{uuid.uuid4().hex}"))
        return made[-1]

    yield person
    for one in made:
        one.leave()
