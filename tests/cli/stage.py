"""A node to type commands at: the real command line, in this process."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from comity.cli.app import run

WORLD = Path(__file__).parents[1] / "worlds" / "march-2025.yaml"


class Said(NamedTuple):
    """What a command ended with and printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401 - any document
        """The one document on stdout."""
        return json.loads(self.out)


class Stage:
    """Types commands; `--node` is added to each."""

    def __init__(self, node: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.node = node
        self._capsys = capsys

    def type(self, *words: str | Path) -> Said:
        """One command as typed."""
        self._capsys.readouterr()
        code = run([*map(str, words), "--node", str(self.node)])
        out, err = self._capsys.readouterr()
        return Said(code, out, err)

    def ask(self, *words: str | Path) -> Any:  # noqa: ANN401 - any document
        """The document of a command that succeeds."""
        said = self.type(*words, "--json")
        assert said.code == 0, said.err
        assert said.out.count("\n") == 1
        return said.json

    def error(self, code: int, *words: str | Path) -> Any:  # noqa: ANN401 - any document
        """The error of a command that fails with `code`; it is said on stderr too."""
        said = self.type(*words, "--json")
        assert said.code == code, said
        assert set(said.json) == {"error"}
        message = said.json["error"]["message"]
        assert message.splitlines()[0][:40] in said.err
        assert "Traceback" not in said.err
        return said.json["error"]


def bundle(*objects: Mapping[str, object]) -> str:
    """A STIX bundle of these objects."""
    return json.dumps({"type": "bundle", "id": f"bundle--{_uuid(0)}", "objects": list(objects)})


def report(number: int, title: str = "a report", **more: object) -> dict[str, object]:
    """A STIX report; its id is made of the number."""
    return {
        "type": "report",
        "spec_version": "2.1",
        "id": report_id(number),
        "created": "2025-03-01T00:00:00.000Z",
        "modified": "2025-03-01T00:00:00.000Z",
        "name": title,
        "published": "2025-03-01T00:00:00Z",
        "object_refs": [f"identity--{_uuid(99)}"],
        **more,
    }


def report_id(number: int) -> str:
    """The id of the report with this number."""
    return f"report--{_uuid(number)}"


def _uuid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"
