"""Reads the repository's lists of functions, without a YAML parser or a Swift compiler."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# The modules through which functions use a library, and with it the network.
SQL = {"ChatStore", "Postgres"}
CACHE = {"RateLimits", "Redis"}
HTTP = {"AsyncHTTPClient", "Authentication", "Identity", "ManagementAPI", "ObjectStorage"}
NETWORK = SQL | CACHE | HTTP


@dataclass(frozen=True)
class Route:
    """A route of template.yaml: an HTTP method and path, or a WebSocket route key without a method."""

    key: str
    method: str | None = None

    @property
    def path_parameters(self) -> list[str]:
        return re.findall(r"{(\w+)}", self.key) if self.method else []

    @property
    def is_derivable(self) -> bool:
        """Whether tests can derive a request: a GET of a conversation or a user, or a WebSocket action, to which they
        send a `conversationId` and a `requestId`."""
        if self.method is None:
            return not self.key.startswith("$")
        return self.method == "GET" and set(self.path_parameters) <= {"conversationId", "userId"}

    def __str__(self) -> str:
        return f"{self.method} {self.key}" if self.method else self.key


class Repository:
    def __init__(self, root: Path = ROOT) -> None:
        self.root = root

    def text(self, path: str) -> str:
        return (self.root / path).read_text(encoding="utf-8")

    def functions(self) -> dict[str, str]:
        """The folders of functions, as GROUP/NAME, by name."""
        folders = sorted(folder for folder in (self.root / "Functions").glob("*/*") if folder.is_dir())
        return {folder.name: f"{folder.parent.name}/{folder.name}" for folder in folders}

    def imports(self, function: str) -> set[str]:
        """The modules that a function's sources import."""
        sources = (self.root / "Functions" / self.functions()[function]).glob("*.swift")
        return {
            module
            for source in sources
            for module in re.findall(r"^(?:\w+ )?import (\w+)", source.read_text(encoding="utf-8"), re.MULTILINE)
        }

    def manifest_functions(self) -> dict[str, str]:
        """The lines of Package.swift's table of functions, as GROUP/NAME, by name."""
        folders = re.findall(r'^ *function\("(\w+/\w+)"', self.text("Package.swift"), re.MULTILINE)
        return {folder.split("/")[1]: folder for folder in folders}

    def resources(self) -> dict[str, str]:
        """The resources of template.yaml by logical id, each as its text."""
        body = re.split(r"^Resources:\n", self.text("template.yaml"), flags=re.MULTILINE)[-1]
        body = re.split(r"^\w", body, maxsplit=1, flags=re.MULTILINE)[0]
        parts = re.split(r"^  (\w+):\n", body, flags=re.MULTILINE)
        return dict(zip(parts[1::2], parts[2::2]))

    def resources_of_type(self, kind: str) -> dict[str, str]:
        return {
            name: text
            for name, text in self.resources().items()
            if re.search(rf"^    Type: {re.escape(kind)}$", text, re.MULTILINE)
        }

    def routes(self) -> dict[str, list[Route]]:
        """The routes of each function of template.yaml."""
        found: dict[str, list[Route]] = {}
        for function, text in self.resources_of_type("AWS::Serverless::Function").items():
            for event in re.split(r"Type: HttpApi\n", text)[1:]:
                method = re.search(r"\bMethod: (\w+)", event)
                path = re.search(r"""\bPath: ["']?(/(?:[^\s"',{}]|{\w+})*)""", event)
                if method and path:
                    found.setdefault(function, []).append(Route(path[1], method[1].upper()))
        integrations = self.resources_of_type("AWS::ApiGatewayV2::Integration")
        for text in self.resources_of_type("AWS::ApiGatewayV2::Route").values():
            key = re.search(r"""\bRouteKey: ["']?([^\n"']+)""", text)
            target = re.search(r"integrations/\${(\w+)}", text)
            function = target and re.search(r"functions/\${(\w+)\.Arn}", integrations.get(target[1], ""))
            if key and function:
                method, _, path = key[1].partition(" ")
                route = Route(path, method) if path else Route(method)
                found.setdefault(function[1], []).append(route)
        return found
