"""The laws of what is sealed or signed: nothing is taken but what was given, and anything else is refused in words."""

import json
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import comity_verify
from comity.compose import Node
from comity.core.errors import Forbidden, MalformedInput
from comity.core.instant import Instant
from comity.service import cursor, proving, witness
from comity_verify import Against, Unreadable
from tests.fuzz.target import Target
from tests.nodes import Clock, lots
from tests.stating import found, hand, notary, public, state

_BOUND: Final = ("taxii", "ukraine", "UKR", "/taxii2/comity/collections/all/objects/")
_DATES: Final = (Instant(0), Instant(1_700_000_000_000_000), Instant(2**62))


class _Desk(NamedTuple):
    """What one partner keeps of a node: files that are genuine, the heads that somebody else keeps, and the key."""

    node: Node
    folder: Path
    files: tuple[bytes, ...]
    heads: bytes
    key: bytes


@cache
def _desk() -> _Desk:
    folder, clock = Path(tempfile.mkdtemp(prefix="comity-fuzz-")), Clock()
    node = found(folder / "node", clock)
    for _ in range(2):
        hand(node, "UKR")
        clock.pass_by(60)
        witness.append(notary(node), folder / "heads")
    hand(node, "DEU")
    proof = folder / "proof"
    proving.write(notary(node), proving.Wanted(party="UKR", item="gb-joint", to="UKR"), proof)
    received = state(node, "UKR", "received", file="received", witness=folder / "heads")
    files = (state(node, "USA").read_bytes(), received.read_bytes(), proof.read_bytes())
    return _Desk(node, folder, files, (folder / "heads").read_bytes(), public(node))


def of_statement(content: bytes) -> None:
    """A file holds only if it is one that the node has made, byte for byte; else it is said what does not."""
    desk = _desk()
    for each in (content, _anew(content)):
        path = desk.folder / "file"
        path.write_bytes(each)
        heads = tuple(comity_verify._witness(desk.folder / "heads"))
        for against in (Against(key=desk.key), Against(witness=heads, since="2025-03-02T00:00:00Z")):
            with suppress(Unreadable):
                report = comity_verify.check(path, against)
                json.dumps(report.document)
                for line in comity_verify._said(report):
                    assert comity_verify._safe(line).isprintable()
                assert not report.holds or against.key is None or each in desk.files


def _anew(content: bytes) -> bytes:
    """The lines as a node would have written them, so that more of what they say is looked at."""
    made = []
    for line in content.splitlines():
        with suppress(ValueError, RecursionError):
            found = json.loads(line)
            made.append(comity_verify.canonical(found) + b"\n")
    return b"".join(made)


def of_heads(content: bytes) -> None:
    """A witness file is this register's only with heads that it has signed."""
    desk = _desk()
    path = desk.folder / "told"
    path.write_bytes(content)
    with suppress(Unreadable):
        assert all(map(comity_verify.is_head, comity_verify._witness(path)))
    with suppress(MalformedInput, Forbidden), desk.node.store.read() as reader:
        found = witness.of_register(reader, desk.node.vault, witness.read(path), str(path))
        assert {head.document for head in found} <= set(desk.heads.splitlines())


def of_cursors(content: bytes) -> None:
    """A cursor is taken only as it was given, letter by letter, and to the question that it was given for."""
    text = content.decode("latin-1")
    for lists in (1, 2, 4):
        with suppress(MalformedInput):
            dates = cursor.opened_all(lots(), _BOUND, text, lists)
            assert cursor.sealed(lots(), _BOUND, *dates) == text
            assert content in _cursors()
        with suppress(MalformedInput):
            cursor.opened_all(lots(), (*_BOUND, "another"), text, lists)
            raise AssertionError(text)


@cache
def _cursors() -> tuple[bytes, ...]:
    made = [(date,) for date in _DATES] + [_DATES[:1] * lists for lists in (2, 4)]
    return tuple(cursor.sealed(lots(), _BOUND, *dates).encode() for dates in made)


TARGETS: Final = (
    Target(
        name="statement",
        law=of_statement,
        words=(
            *(b'"entry":', b'"place":', b'"commitments":[', b'"items":[', b'"head":', b'"keys":[', b'"signature":""'),
            *(
                b'"path":[',
                b'"size":',
                b'"root":',
                b'"slot":"',
                b'"opened":{',
                b"null",
                b"-1",
                b"1e400",
                b"NaN",
                b"[",
                b"{",
            ),
        ),
        made=lambda: _desk().files,
        longest=32768,
        tries=50,
    ),
    Target(name="witness", law=of_heads, words=(b"\n", b"\r", b'"at":"', b"{", b"}"), made=lambda: (_desk().heads,)),
    Target(name="cursor", law=of_cursors, words=(b"=", b"-", b"_", b"!", b"AAAA"), made=_cursors),
)
