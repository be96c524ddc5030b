"""The text of a world file as a flat stream of tokens, each with its position: YAML 1.1, or JSON.

Kept here: nothing is resolved, constructed or nested, so no tag runs code and no depth overflows a stack. JSON is read
as JSON where it is JSON, because YAML readers differ from it on escapes.
"""

import json
import re
from collections.abc import Iterator
from enum import Enum, auto
from typing import Final, NamedTuple

import yaml

try:
    from yaml import CSafeLoader as Loader
except ImportError:  # PyYAML without libyaml: the same events, slower
    from yaml import SafeLoader as Loader  # type: ignore[assignment]


class Kind(Enum):
    """What a token is."""

    MAPPING = auto()
    LIST = auto()
    CLOSE = auto()
    TEXT = auto()
    """A scalar that is certainly text: quoted, or in block style."""
    PLAIN = auto()
    """A scalar without quotes."""
    ALIAS = auto()


class Token(NamedTuple):
    """One step of the text; `position` counts its characters, `anchor` the name given to or asked of it."""

    kind: Kind
    position: int
    text: str = ""
    anchor: str | None = None


class SyntaxFault(Exception):
    """The text cannot be read on from `position` on."""

    def __init__(self, position: int, message: str, mend: str) -> None:
        """Say where, what, and what to write instead."""
        super().__init__(message)
        self.position = position
        self.message = message
        self.mend = mend


_JSON_TOKEN: Final = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\]]|-?[0-9][0-9.eE+-]*|true|false|null', re.DOTALL)
_JSON_MARKS: Final = {"{": Kind.MAPPING, "[": Kind.LIST, "}": Kind.CLOSE, "]": Kind.CLOSE}


def tokens(text: str) -> Iterator[Token]:
    """The tokens of `text`. Raises SyntaxFault, possibly after some tokens."""
    fault = _json_fault(text) if text.lstrip()[:1] == "{" else _NOT_JSON
    if fault is None:
        return _json(text)
    return _yaml(text, fault)


_NOT_JSON: Final = SyntaxFault(0, "", "")


def _json_fault(text: str) -> SyntaxFault | None:
    """Why `text` is no JSON; None if it is, or if it is too deep to tell (which the reader of the tokens finds)."""
    try:
        json.loads(text, parse_int=str, parse_float=str, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        return SyntaxFault(error.pos, f"malformed JSON: {error.msg[:1].lower()}{error.msg[1:]}", "mend the JSON here")
    except ValueError:
        return _NOT_JSON
    except RecursionError:
        return None
    return None


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _json(text: str) -> Iterator[Token]:
    """The tokens of `text`, which is JSON."""
    for match in _JSON_TOKEN.finditer(text):
        found, index = match.group(), match.start()
        if found[0] == '"':
            yield Token(Kind.TEXT, index, json.loads(found) if "\\" in found else found[1:-1])
        elif kind := _JSON_MARKS.get(found):
            yield Token(kind, index)
        else:
            yield Token(Kind.PLAIN, index, found)


def _yaml(text: str, not_json: SyntaxFault) -> Iterator[Token]:
    """The tokens of `text` as YAML; where it is neither YAML nor the JSON that it looks like, `not_json` is raised."""
    documents = 0
    try:
        for event in yaml.parse(text, Loader=Loader):
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise SyntaxFault(
                        _position(event), "a second document", "keep one world in one file, without `---`"
                    )
            elif token := _token(event):
                yield token
    except yaml.MarkedYAMLError as error:
        raise _looks_like_json(text, not_json) or _yaml_fault(text, error) from None
    except yaml.reader.ReaderError as error:
        raise SyntaxFault(error.position, f"malformed YAML: {error.reason}", "save the file as UTF-8") from None


def _looks_like_json(text: str, not_json: SyntaxFault) -> SyntaxFault | None:
    return not_json if not_json.message and re.match(r'\s*\{\s*"', text) else None


def _yaml_fault(text: str, error: yaml.MarkedYAMLError) -> SyntaxFault:
    mark = error.problem_mark or error.context_mark
    index = mark.index if mark else 0
    start = text.rfind("\n", 0, index) + 1
    margin = re.compile(r"[ \t]*").match(text, start)
    if margin and "\t" in margin.group():
        return SyntaxFault(index, "a tab in the margin", "indent with blanks")
    return SyntaxFault(index, f"malformed YAML: {error.problem or error.context}", "mend the YAML here")


def _token(event: yaml.Event) -> Token | None:
    """What one event says to us; None for what frames a document, and for its closing."""
    index = _position(event)
    if isinstance(event, yaml.ScalarEvent):
        _refuse_tag(event, index)
        return Token(Kind.TEXT if event.style else Kind.PLAIN, index, event.value, event.anchor)
    if isinstance(event, yaml.MappingStartEvent):
        _refuse_tag(event, index)
        return Token(Kind.MAPPING, index, anchor=event.anchor)
    if isinstance(event, yaml.SequenceStartEvent):
        _refuse_tag(event, index)
        return Token(Kind.LIST, index, anchor=event.anchor)
    if isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
        return Token(Kind.CLOSE, index)
    if isinstance(event, yaml.AliasEvent):
        return Token(Kind.ALIAS, index, anchor=event.anchor)
    return None


def _position(event: yaml.Event) -> int:
    return event.start_mark.index if event.start_mark else 0


def _refuse_tag(event: yaml.ScalarEvent | yaml.CollectionStartEvent, index: int) -> None:
    if event.tag is not None:
        raise SyntaxFault(index, f"a tag `{event.tag}`", "leave the tag out; quote what is text")
