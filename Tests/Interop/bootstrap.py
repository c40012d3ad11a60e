"""A bootstrap in Python that records its events and fails on request."""

import os
import stat
import sys
import textwrap
from pathlib import Path

SOURCE = """\
#!{python}
import http.client, json, os, time
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])

def call(path, body):
    api.request("POST", "/2018-06-01/runtime/invocation/" + path, json.dumps(body))
    api.getresponse().read()

def note(event):
    with open(os.environ["JOURNAL"], "a") as file:
        file.write(json.dumps({"at": time.time(), "event": event}) + "\\n")

HANDLER

while True:
    api.request("GET", "/2018-06-01/runtime/invocation/next")
    answer = api.getresponse()
    event, request = json.loads(answer.read()), answer.headers["Lambda-Runtime-Aws-Request-Id"]
    try:
        call(request + "/response", handler(event))
    except Exception as error:
        call(request + "/error", {"errorType": type(error).__name__, "errorMessage": str(error)})
"""


def write(folder: Path, handler: str):
    """Writes an executable `bootstrap` with a `handler(event)` to a folder."""
    folder.mkdir(parents=True)
    bootstrap = folder / "bootstrap"
    source = SOURCE.replace("{python}", sys.executable).replace("HANDLER", textwrap.dedent(handler))
    bootstrap.write_text(source)
    bootstrap.chmod(bootstrap.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
