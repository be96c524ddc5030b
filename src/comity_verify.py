"""Checks what a Comity node has stated or proved to a partner, away from the node: `comity-verify FILE…`.

This file is all that is needed, beside Python 3.11 and the package `cryptography`: copy it, and read it. It asks
nothing of the network and writes nothing.

A FILE is a *statement* (everything of your log) or a *proof* (one entry of it), as JSON lines: the first line says
under which signed head it is, the last one signs all bytes before it. What is checked:

1. the file is whole and as it was signed; each key but the first is endorsed by the one before it, or, where the node
   says that it lost that one, you have confirmed it with --new-key, or have it or a later one with --key;
2. the head is signed, and the path leads from your log, with its size and root, to the head;
3. a statement has every entry of that log, in order, and no other; a proof's entry is in it;
4. every entry commits to its items, and what is opened is what it commits to; a statement lists the items of every
   entry between the bounds of time that it names, and opens each one that you were handed. Of your material, items that
   others built on it are closed: how many there are is shown, which of yours they carry is the node's word;
5. with --witness, the head stands in that file, and what earlier heads there say of your log is a beginning of it. No
   file can show that you had no log yet at an early head: one that leads to none must be from before --since;
6. with --earlier, the log of that older statement is a beginning of this one;
7. with --party, --side and --kind, it is the file that was due, and not a valid one of another party.

What no file can show: that the node has recorded everything that it did; and without --key, that the key is the node's.
Exit codes: 0 everything holds, 1 something does not, 2 a file is none of these or cannot be read (the others are
reported all the same), or wrong use. A file that has lines of a statement or a proof is one that was changed.
"""

import argparse
import json
import os
import re
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

VERSION: Final = "0.1.0"
FORM: Final = 1
KINDS: Final = ("statement", "proof")
SIDES: Final = {"received": "handed to", "originated": "disclosed of the material of"}
DEPTH: Final = 64
LISTED: Final = 20
HEAD: Final = frozenset({"at", "key", "main", "node", "parties", "signature"})
PARTS: Final = ({"entry", "place"}, {"head", "path"})
TAIL: Final = {"key", "signature"}
"""What lines after the first have: an entry, the way to an earlier head; and the last, no more than that."""
TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?Z")
STIX_ID: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*--[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

Line = Mapping[str, Any]


class Unreadable(Exception):
    """A file that is none of those that can be checked, or cannot be read."""


# What is hashed and signed


def canonical(stated: Line) -> bytes:
    """The bytes of a document, as RFC 8785 has them."""
    return json.dumps(stated, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def leaf_hash(entry: bytes) -> bytes:
    """RFC 9162 §2.1.1: of a leaf."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """RFC 9162 §2.1.1: of an inner node."""
    return sha256(b"\x01" + left + right).digest()


@dataclass(slots=True)
class Tree:
    """RFC 9162 §2.1.1: the root over leaves that come one by one."""

    size: int = 0
    peaks: list[bytes] = field(default_factory=list)

    def add(self, leaf: bytes) -> None:
        """Append a leaf hash."""
        rest = self.size
        while rest & 1:
            leaf, rest = node_hash(self.peaks.pop(), leaf), rest >> 1
        self.peaks.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """The root of what was added so far."""
        if not self.peaks:
            return sha256(b"").digest()
        found = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            found = node_hash(peak, found)
        return found


def root(leaves: Sequence[bytes]) -> bytes:
    """The root over these leaves, which are not hashed yet."""
    tree = Tree()
    for leaf in leaves:
        tree.add(leaf_hash(leaf))
    return tree.root()


def included(leaf: bytes, place: int, size: int, path: Sequence[bytes], of: bytes) -> bool:
    """RFC 9162 §2.1.3.2: whether the leaf hash is at that place in the tree of that size and root."""
    if not 0 <= place < size:
        return False
    node, last, found = place, size - 1, leaf
    for beside in path:
        if last == 0:
            return False
        if node & 1 or node == last:
            found = node_hash(beside, found)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            found = node_hash(found, beside)
        node, last = node >> 1, last >> 1
    return last == 0 and found == of


def climb(log: Line, size: int, of: bytes, path: Sequence[bytes]) -> bytes | None:
    """The root over the logs of all parties, as the path makes it of one log; None where it is no path."""
    if len(path) != DEPTH:
        return None
    found = sha256(b"\x03" + f"{log['party']}\n{log['side']}\n{size}\n{of.hex()}".encode()).digest()
    slot = int(log["slot"], 16)
    for step, beside in enumerate(path):
        found = node_hash(beside, found) if slot >> step & 1 else node_hash(found, beside)
    return found


def commitment(item: Line) -> bytes:
    """What an entry commits to for an item that is opened.

    Raises ValueError where a part has not its one shape: the same bytes, cut elsewhere, would be other facts.
    """
    name, version = item["id"], item["version"]
    salt, _ = hashes([item["salt"], item["sha256"]])
    if not STIX_ID.fullmatch(name):
        raise ValueError("no STIX id")
    if not version.isprintable():
        raise ValueError("no version")
    return sha256(b"\x02" + salt + f"{name}\n{version}\n{item['sha256']}".encode()).digest()


def signed(public: bytes, purpose: str, message: bytes, signature: str) -> bool:
    """Whether the key has signed the message for this purpose."""
    try:
        said = f"comity {purpose}\n".encode() + message
        Ed25519PublicKey.from_public_bytes(public).verify(unhex(signature), said)
    except (InvalidSignature, ValueError):
        return False
    return True


def unhex(text: str) -> bytes:
    """Bytes that are written in hex, in the one way in which they can be."""
    found = bytes.fromhex(text)
    if found.hex() != text:
        raise ValueError("no hex of lower case")
    return found


def hashes(texts: Sequence[str]) -> list[bytes]:
    """Hashes that are written in hex."""
    found = [unhex(text) for text in texts]
    if any(len(one) != sha256().digest_size for one in found):
        raise ValueError("no hash")
    return found


def is_head(line: Line) -> bool:
    """Whether this is a head, whoever has signed it."""
    return line.keys() == HEAD and all(isinstance(said, str) for said in line.values()) and is_time(line["at"])


def is_time(text: str) -> bool:
    """Whether this is a time as nodes write it, so that times can be compared."""
    return TIME.fullmatch(text) is not None


# The keys, and the heads that they sign


class Keys:
    """The keys of a node as a file lists them, the oldest first; `trusted` is the first one that is believed."""

    def __init__(self, lines: Sequence[Line]) -> None:
        """Read them; nothing is believed yet."""
        self.public = [unhex(line["public"]) for line in lines]
        self._ids = [sha256(public).hexdigest()[:32] for public in self.public]
        self._lines = lines
        self.trusted = 0

    def faults(self, pinned: bytes | None, confirmed: Collection[str]) -> Iterator[str]:
        """What is wrong with them; from here on only the pinned key and those after it are believed."""
        if pinned is not None and pinned not in self.public:
            yield "no key of this file is the one that you trust: unknown key"
            self.trusted = len(self.public)
        elif pinned is not None:
            # Anybody can write that some other key came *before* yours; only yours can say what comes after it.
            self.trusted = self.public.index(pinned)
        for number, line in enumerate(self._lines):
            if line["id"] != self._ids[number]:
                yield f"the key {line['id']} is not the one that its id says: forged"
            if number and "endorsement" not in line:
                yield from self._unconfirmed(number, pinned, confirmed)
            elif number and not signed(self.public[number - 1], "key", self.public[number], line["endorsement"]):
                yield f"the key {line['id']} is not endorsed by the key before it: unknown key"

    def _unconfirmed(self, number: int, pinned: bytes | None, confirmed: Collection[str]) -> Iterator[str]:
        """A key in the place of a lost one: somebody must have said in another way that it, or a later one, is true."""
        if self._ids[number] not in confirmed and (pinned is None or number > self.trusted):
            yield (
                f"the key {self._ids[number]} is not endorsed: the node says that it lost the one before it, and so "
                f"would a thief; ask the node in another way, and if it is its key, add --new-key {self._ids[number]}"
            )

    def begun_anew(self) -> Iterator[str]:
        """The ids of those that the node has put in the place of a key that it lost."""
        return (name for name, line in zip(self._ids[1:], self._lines[1:], strict=True) if "endorsement" not in line)

    def of(self, name: str) -> bytes | None:
        """The public key with this id, if it is believed."""
        where = self._ids.index(name) if name in self._ids else -1
        return self.public[where] if where >= self.trusted else None

    def listed(self, name: str) -> bytes | None:
        """The public key with this id, also if it is from before the one that is pinned; none where that is not here.

        A file that is signed with a believed key says which keys there were before. So heads from before a rotation are
        judged by those, and the file itself never is.
        """
        known = name in self._ids and self.trusted < len(self._ids)
        return self.public[self._ids.index(name)] if known else None

    def head_faults(self, head: Line) -> Iterator[str]:
        """What is wrong with a signed head."""
        if not is_head(head):
            raise ValueError("no head")
        public = self.listed(head["key"])
        said = canonical({key: value for key, value in head.items() if key != "signature"})
        if public is None:
            yield f"the head of {head['at']} is signed by an unknown key"
        elif not signed(public, "head", said, head["signature"]):
            yield f"the head of {head['at']} is forged: its key has not signed it"


# One file


@dataclass(slots=True)
class Report:
    """What was found in one file: what it says it is, what does not hold, and what the reader should know.

    Of a file that is damaged where it says what it is, `kind` is None, and `head` and `log` are empty.
    """

    file: str
    kind: str | None
    head: Line
    log: Line
    entries: int = 0
    opened: int = 0
    closed: int = 0
    bounds: Line = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    leaves: list[bytes] = field(default_factory=list)
    public: list[bytes] = field(default_factory=list)
    begun: str = ""

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults

    @property
    def document(self) -> dict[str, object]:
        """As JSON."""
        return {
            "file": self.file,
            "kind": self.kind,
            "node": self.head.get("node"),
            "at": self.head.get("at"),
            "party": self.log.get("party"),
            "side": self.log.get("side"),
            "entries": self.entries,
            "opened": self.opened,
            "closed": self.closed,
            "holds": self.holds,
            "faults": self.faults,
            "notes": self.notes,
        }


@dataclass(frozen=True, slots=True)
class Against:
    """What a file is held to, beside itself."""

    key: bytes | None = None
    witness: Sequence[Line] | None = None
    earlier: Report | None = None
    since: str | None = None
    due: Mapping[str, str] = field(default_factory=dict)
    confirmed: Collection[str] = ()


def check(path: Path, against: Against) -> Report:
    """Check one file. Unreadable where it is none that can be checked; one that was and is damaged does not hold."""
    known: list[bool] = []
    lines = _watched(_lines(path), known)
    content, first = next(lines, (b"", None))
    try:
        if first is not None and first.get("comity") in KINDS and first["form"] != FORM:
            raise Unreadable(f"`{path}` is of form {first['form']}, and this program knows {FORM}: get a newer one")
        if first is None or first["comity"] not in KINDS:
            raise ValueError("its first line does not say what it is")  # noqa: TRY301 - judged with all others
        return _checked(str(path), content, first, lines, against)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as problem:
        for _ in lines:  # to the end: any of them may tell what the file was
            pass
        if not known:
            raise Unreadable(f"`{path}` is no statement and no proof that this program knows: {problem!r}") from problem
        fault = f"it has lines of a statement or a proof, and cannot be read as one ({problem!r}): it was changed"
        return Report(str(path), None, {}, {}, faults=[fault])


def _checked(
    file: str, content: bytes, first: Line, lines: Iterator[tuple[bytes, Line | None]], against: Against
) -> Report:
    report = Report(file, first["comity"], first["head"], first["log"])
    report.bounds = first["opened"] if report.kind == "statement" else {}
    keys = Keys(first["keys"])
    report.faults += keys.faults(against.key, against.confirmed)
    _check_head(report, keys)
    for part, wanted in against.due.items():
        if (told := report.document[part]) != wanted:
            report.faults.append(f"its {part} is {told}, and {wanted} was due: it is another file")
    tail, ways, digest = _check_lines(report, content, lines)
    _check_signature(report, keys, digest, tail)
    _check_ways(report, keys, ways, against.since)
    _check_against(report, keys, against, ways)
    return report


def _watched(lines: Iterator[tuple[bytes, Line | None]], known: list[bool]) -> Iterator[tuple[bytes, Line | None]]:
    """The same lines; `known` is not empty once one after the first is like those of a statement or a proof."""
    for number, (content, line) in enumerate(lines):
        if number and not known and _belongs(content):
            known.append(True)
        yield content, line


def _belongs(content: bytes) -> bool:
    """Whether this was a line of a statement or a proof, in whatever way it is written now."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and (found.keys() == TAIL or any(parts <= found.keys() for parts in PARTS))


def _lines(path: Path) -> Iterator[tuple[bytes, Line | None]]:
    """The lines of a file, each as it stands there and as JSON; None for what is no JSON object."""
    try:
        with path.open("rb") as file:
            for line in file:
                yield line, _parsed(line)
    except OSError as problem:
        raise Unreadable(f"`{path}` cannot be read: {problem.strerror}") from problem


def _parsed(line: bytes) -> Line | None:
    """The line as JSON, if it is written in the one way in which it can be: no name stands there twice."""
    try:
        found = json.loads(line)
        return found if isinstance(found, dict) and canonical(found) + b"\n" == line else None
    except (ValueError, RecursionError):
        return None


def _check_head(report: Report, keys: Keys) -> None:
    """Clauses 1 and 2: the head is signed, and the log is under it."""
    report.faults += keys.head_faults(report.head)
    report.public = keys.public
    log = report.log
    if log["side"] not in SIDES or not isinstance(log["party"], str):
        raise ValueError("no log")
    if not report.bounds.keys() <= {"since", "until"} or not all(is_time(at) for at in report.bounds.values()):
        raise ValueError("no bounds")
    if climb(log, log["size"], hashes([log["root"]])[0], hashes(log["path"])) != unhex(report.head["parties"]):
        report.faults.append("the log is not under the head: its size, its root or the path to it is forged")


def _check_lines(
    report: Report, first: bytes, lines: Iterator[tuple[bytes, Line | None]]
) -> tuple[Line | None, list[Line], bytes]:
    """Clauses 3 and 4, entry by entry. The last line, if it is a signature; the ways to earlier heads; what is signed.

    That is the digest of all bytes before the last line. A file is read once: it may be a pipe.
    """
    ways: list[Line] = []
    since, until = _time(report.bounds.get("since", "")), _time(report.bounds.get("until", "9999-12-31T23:59:60Z"))
    entries, tail, digest, waiting = _Entries(report, since, until), None, sha256(), first
    for number, (content, line) in enumerate(lines, 2):
        digest.update(waiting)
        waiting = content
        if tail is not None:
            report.faults.append(f"something stands after the signature, on line {number}: it was added")
        if line is None:
            report.faults.append(f"line {number} cannot be read: it was changed or cut off")
        elif "entry" in line:
            entries.add(line)
        elif "head" in line:
            ways.append(line)
        elif "signature" in line:
            tail = line
        else:
            report.faults.append(f"line {number} is none that belongs here: it was added")
    entries.end()
    return tail, ways, digest.digest()


@dataclass(slots=True)
class _Entries:
    """The entries of the log as they are read."""

    report: Report
    since: str
    until: str
    latest: str = ""

    def add(self, line: Line) -> None:
        """One more entry."""
        report, entry, place = self.report, line["entry"], line["place"]
        said, leaf = f"entry {place}", leaf_hash(canonical(entry))
        report.entries += 1
        if report.kind == "proof":
            self._prove(said, line, leaf)
            return
        self._in_order(place, len(report.leaves), entry["at"])
        report.leaves.append(leaf)
        commitments = [unhex(one) for one in line["commitments"]]
        if len(commitments) != entry["count"] or root(commitments).hex() != entry["items"]:
            report.faults.append(f"{said} does not commit to these items: one was hidden, changed or swapped")
        items = line.get("items")
        if items is None:
            if self.since <= _time(entry["at"]) < self.until:
                report.faults.append(f"{said} is not opened, and belongs to what the file says that it opens: withheld")
            return
        if len(items) != len(commitments):
            report.faults.append(f"{said} has {len(commitments)} items, and {len(items)} are listed: one was hidden")
        for number, (item, one) in enumerate(zip(items, commitments, strict=False)):
            self._open(f"{said}, item {number}", item, one)

    def end(self) -> None:
        """There are no more entries."""
        report, size = self.report, self.report.log["size"]
        if report.kind == "proof":
            if report.entries != 1:
                report.faults.append(f"a proof has one entry, and this one has {report.entries}")
            return
        tree = Tree()
        for leaf in report.leaves:
            tree.add(leaf)
        if tree.size < size:
            report.faults.append(f"the log has {size} entries, and only {tree.size} are here: hidden or cut off")
        elif tree.size > size:
            report.faults.append(f"the log has {size} entries, and {tree.size} are here: some were added")
        elif tree.root().hex() != report.log["root"]:
            report.faults.append("the entries are not those of the log: one was hidden, changed or swapped for another")

    def _in_order(self, place: int, wanted: int, at: str) -> None:
        if place > wanted:
            self.report.faults.append(f"entry {wanted} is not where it belongs: hidden or swapped")
        elif place < wanted:
            self.report.faults.append(f"entry {place} stands where {wanted} belongs: swapped or added")
        if not is_time(at):
            raise ValueError("no time")
        self.report.begun = self.report.begun or _time(at)
        if _time(at) <= self.latest:
            self.report.faults.append(f"entry {place} is of {at}, not later than the one before it: swapped")
        self.latest = _time(at)

    def _prove(self, said: str, line: Line, leaf: bytes) -> None:
        log, entry, faults = self.report.log, line["entry"], self.report.faults
        if not included(leaf, line["place"], log["size"], hashes(line["inclusion"]), unhex(log["root"])):
            faults.append(f"{said} is not in the log at that place: forged or changed")
        if (item := line.get("item")) is not None:
            one = unhex(item["commitment"])
            path, items = hashes(item["inclusion"]), unhex(entry["items"])
            if not included(leaf_hash(one), item["place"], entry["count"], path, items):
                faults.append(f"{said} does not commit to this item: forged or changed")
            self._open(f"{said}, item {item['place']}", item, one)

    def _open(self, said: str, item: Line, one: bytes) -> None:
        if "id" not in item:
            self.report.closed += 1
            if self.report.log["side"] == "received":
                self.report.faults.append(f"{said} was handed over, and is not opened: withheld")
            return
        self.report.opened += 1
        try:
            made = commitment(item)
        except ValueError as problem:
            self.report.faults.append(f"{said} is not in the form of what is committed to ({problem}): changed or cut")
            return
        if made != one:
            self.report.faults.append(f"{said} is not what the entry commits to: `{item['id']}` was changed or swapped")


def _time(at: str) -> str:
    """A time as text that sorts as times do: a fraction is written only if there is one."""
    second, _, fraction = at.removesuffix("Z").partition(".")
    return f"{second}.{fraction.ljust(6, '0')}"


def _check_signature(report: Report, keys: Keys, digest: bytes, tail: Line | None) -> None:
    """Clause 1: the last line signs all bytes before it."""
    if tail is None:
        report.faults.append("the last line is no signature: the file is cut off")
        return
    public = keys.of(tail["key"])
    if public is None:
        report.faults.append("the file is signed by an unknown key")
    elif not signed(public, "document", digest, tail["signature"]):
        report.faults.append("the file is not as it was signed: something in it was changed")


def _check_ways(report: Report, keys: Keys, ways: Sequence[Line], since: str | None) -> None:
    """Clause 5, of the file itself: what earlier heads say of the log is a beginning of it."""
    for way in ways:
        report.faults += keys.head_faults(way["head"])
    wanted = _wanted(report, ways, since)
    tree = Tree()
    for size in range(len(report.leaves) + 1):
        if size:
            tree.add(report.leaves[size - 1])
        for way in wanted.pop(size, ()):
            at, then = way["head"]["at"], unhex(way["head"]["parties"])
            if climb(report.log, way["size"], unhex(way["root"]), hashes(way["path"])) != then:
                report.faults.append(f"the log is not under the head of {at} as the file says: forged")
            if tree.root().hex() != way["root"]:
                report.faults.append(f"the first {size} entries are not those of {at}: hidden, changed or swapped")
    for size in sorted(wanted):
        report.faults.append(f"a head was signed when the log had {size} entries: the rest is hidden or cut off")


def _wanted(report: Report, ways: Sequence[Line], since: str | None) -> dict[int, list[Line]]:
    """The ways that lead to the log, by its size at that time; the others are judged here."""
    wanted: dict[int, list[Line]] = {}
    for way in sorted(ways, key=lambda way: _time(way["head"]["at"])):
        if "path" in way:
            wanted.setdefault(way["size"], []).append(way)
        elif wanted:
            report.faults.append(f"the head of {way['head']['at']} leads to no log, and an earlier one does: hidden")
        else:
            _check_before(report, way["head"]["at"], since)
    return wanted


def _check_before(report: Report, at: str, since: str | None) -> None:
    """A head that leads to no log. No file can show that there was none: only its party knows when it began."""
    if report.begun and report.begun < _time(at):
        report.faults.append(f"the head of {at} leads to no log, and the log has an earlier entry: hidden")
    elif since is None:
        report.faults.append(
            f"the head of {at} leads to no log: hidden, unless there was none; say since when: --since"
        )
    elif _time(at) >= _time(since):
        report.faults.append(f"the head of {at} leads to no log, and since {since} there is one: hidden")
    else:
        report.notes.append(f"the head of {at} leads to no log: you say that there was none before {since}")


def _check_against(report: Report, keys: Keys, against: Against, ways: Sequence[Line]) -> None:
    """Clauses 5 and 6, and what the reader should know of the key."""
    heads = [report.head, *(way["head"] for way in ways), *(against.witness or ())]
    older = {head["signature"] for head in heads if keys.listed(head["key"]) and not keys.of(head["key"])}
    if older and report.holds:
        report.notes.append(
            f"{len(older)} heads are signed by keys from before the one that you trust, as this file lists them"
        )
    if report.closed:
        report.notes.append(
            f"{report.closed} items are closed: that they went is shown; which of yours they carry is the node's word"
        )
    if report.bounds:
        bounds = " and ".join(f"{word} {at}" for word, at in sorted(report.bounds.items()))
        report.notes.append(f"only entries {bounds} are opened: all are listed")
    report.notes += [
        f"the key {name} is endorsed by none before it: that the node lost that one is your word and the file's"
        for name in keys.begun_anew()
    ]
    if against.key is None:
        report.notes.append(f"without --key: ask the node in another way whether its key is {keys.public[0].hex()}")
    if against.witness is not None:
        _check_witness(report, keys, against.witness, [way["head"] for way in ways])
    if against.earlier is not None:
        _check_earlier(report, against.earlier)


def _check_witness(report: Report, keys: Keys, witness: Sequence[Line], shown: Sequence[Line]) -> None:
    nodes = {head["node"] for head in witness}
    if report.head["node"] not in nodes:
        report.faults.append(
            f"the witness file has heads of the node of {', '.join(sorted(nodes))}, and this is of that of "
            f"{report.head['node']}: name the witness file of this one"
        )
        return
    where = max((number for number, head in enumerate(witness) if head == report.head), default=len(witness))
    latest = ""
    for number, head in enumerate(witness):
        # A file cannot know the keys of later heads; those before it must be signed, whatever else is wrong.
        if number <= where or keys.listed(head["key"]) is not None:
            report.faults += [f"line {number + 1} of the witness file: {fault}" for fault in keys.head_faults(head)]
        if _time(head["at"]) < latest:
            report.faults.append(f"line {number + 1} of the witness file is earlier than the one before it: swapped")
        latest = _time(head["at"])
    if where == len(witness):
        report.faults.append(
            "the head is not in the witness file: nobody else was told of it, or it is forged; if your copy of that "
            "file is old, get a new one, else ask the node for a file made with `--witness`"
        )
        return
    for head in witness[:where]:
        if report.kind == "statement" and head != report.head and head not in shown:
            report.faults.append(f"the statement does not say what the log was at the head of {head['at']}: hidden")
    if after := witness[where + 1 :]:
        report.notes.append(
            f"{len(after)} later heads are in the witness file: ask for a statement under the last of them"
        )
    if unjudged := sum(keys.listed(head["key"]) is None for head in after):
        report.notes.append(f"{unjudged} of the later heads are signed by keys that are not in this file: not judged")


def _check_earlier(report: Report, earlier: Report) -> None:
    if report.kind != "statement":
        report.notes.append("--earlier is for statements: this was not compared")
        return
    theirs, ours = ((each.head["node"], each.log["party"], each.log["side"]) for each in (earlier, report))
    if theirs != ours:
        report.faults.append(
            f"the earlier statement is of another log, of what was {SIDES[theirs[2]]} {theirs[1]}, by the node of "
            f"{theirs[0]}: name an older statement of this one"
        )
        return
    if report.log["slot"] != earlier.log["slot"]:
        report.faults.append("the earlier statement is of another log of yours, in another place")
    if not earlier.holds:
        report.faults.append(f"the earlier statement does not hold itself: {earlier.faults[0]}")
    if earlier.public[-1] not in report.public:
        report.faults.append("the keys do not go on from those of the earlier statement: unknown key")
    if _time(report.head["at"]) < _time(earlier.head["at"]):
        report.faults.append("the earlier statement is under a later head: swap the two")
    for place, leaf in enumerate(earlier.leaves):
        if place >= len(report.leaves):
            report.faults.append(f"entry {place} is in the earlier statement and not in this one: hidden or cut off")
        elif report.leaves[place] != leaf:
            report.faults.append(f"entry {place} is not what the earlier statement has there: changed or swapped")


# The command


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the files that are named; the exit code."""
    asked = _asked(arguments)
    try:
        code = _run(asked)
        sys.stdout.flush()
    except OSError as problem:  # our own output: files that cannot be read are reported
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(problem, BrokenPipeError):
            return 141
        _complain(f"the answer could not be written: {problem.strerror}")
        return 2
    return code


def _run(asked: argparse.Namespace) -> int:
    try:
        against = _against(asked)
    except Unreadable as problem:
        _complain(str(problem))
        return 2
    reports, problems = _reports(asked.files, against)
    if asked.json:
        _print(json.dumps({"files": [report.document for report in reports], "unreadable": problems}))
    else:
        for report in reports:
            for line in _said(report):
                _print(_safe(line))
    for each in problems:
        _complain(each)
    if problems:
        return 2
    return 0 if all(report.holds for report in reports) else 1


def _reports(files: Sequence[Path], against: Against) -> tuple[list[Report], list[str]]:
    """What was found in each file, and what is wrong with those that cannot be read."""
    reports, problems = list[Report](), list[str]()
    for path in files:
        try:
            reports.append(check(path, against))
        except Unreadable as problem:
            problems.append(str(problem))
    return reports, problems


def _print(line: str) -> None:
    """Write a line; what the output has no letter for, as an escape."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(line.encode(encoding, "backslashreplace").decode(encoding) + "\n")


def _complain(problem: str) -> None:
    sys.stderr.write(f"comity-verify: {_safe(problem)}\n")


def _asked(arguments: Sequence[str] | None) -> argparse.Namespace:
    return parser().parse_args(arguments)


def parser() -> argparse.ArgumentParser:
    """The options of the command."""
    made = argparse.ArgumentParser(
        prog="comity-verify", description="Check what a Comity node has stated or proved to you, away from the node."
    )
    made.add_argument("files", metavar="FILE", nargs="+", type=Path, help="a statement or a proof")
    made.add_argument("--key", metavar="PUBLIC", help="the key of the node that you trust, 64 hex digits")
    made.add_argument(
        "--new-key",
        metavar="ID",
        action="append",
        default=[],
        help="the id of a key without endorsement that the node has told you in another way is its own; repeatable",
    )
    made.add_argument("--witness", metavar="FILE", type=Path, help="the heads that somebody else keeps")
    made.add_argument("--earlier", metavar="FILE", type=Path, help="an older statement of the same log")
    made.add_argument(
        "--since", metavar="TIME", help="since when you are a partner, or a part that was handed something"
    )
    made.add_argument("--party", metavar="PARTY", help="whose log was due; else a file of another party holds as well")
    made.add_argument("--side", choices=SIDES, help="which log was due")
    made.add_argument("--kind", choices=("statement", "proof"), help="what was due")
    made.add_argument("--json", action="store_true", help="print one JSON document")
    made.add_argument("--version", action="version", version=VERSION, help="print the version, and end")
    return made


def _against(asked: argparse.Namespace) -> Against:
    key = None
    if asked.key is not None:
        try:
            (key,) = hashes([asked.key.lower()])
        except ValueError as problem:
            raise Unreadable(f"`{asked.key}` is no public key: it has 64 hex digits") from problem
    witness = None if asked.witness is None else _witness(asked.witness)
    since = None if asked.since is None else _moment(asked.since)
    earlier = None if asked.earlier is None else _earlier(asked.earlier, Against(since=since, confirmed=asked.new_key))
    due = {part: wanted for part in ("kind", "party", "side") if (wanted := getattr(asked, part)) is not None}
    return Against(key, witness, earlier, since, due, asked.new_key)


def _earlier(path: Path, against: Against) -> Report:
    """An older statement. Unreadable where it is none."""
    try:
        found = check(path, against)
    except Unreadable as problem:
        raise Unreadable(f"--earlier: {problem}; name an older statement") from problem
    if found.kind is None:
        raise Unreadable(f"--earlier: `{path}` is damaged: {found.faults[0]}; name it as you got it")
    if found.kind != "statement":
        raise Unreadable(f"--earlier: `{path}` is a {found.kind}: name an older statement")
    return found


def _moment(typed: str) -> str:
    """A time, or the beginning of a day."""
    found = typed if "T" in typed else f"{typed}T00:00:00Z"
    if not is_time(found):
        raise Unreadable(f"`{typed}` is no time: write 2025-03-01 or 2025-03-01T12:00:00Z")
    return found


def _witness(path: Path) -> list[Line]:
    found: list[Line] = []
    for number, (content, line) in enumerate(_lines(path), 1):
        if line is None or not is_head(line) or not content.endswith(b"\n"):
            wrong = "it is another file" if not found and number == 1 else "it was changed or cut off"
            raise Unreadable(f"--witness: line {number} of `{path}` is no signed head: {wrong}; name the witness file")
        found.append(line)
    if not found:
        raise Unreadable(f"--witness: `{path}` holds no head: name the witness file")
    return found


def _said(report: Report) -> Iterator[str]:
    """The report for people."""
    if report.kind is None:
        yield f"{report.file}: a statement or a proof that was changed"
    else:
        what = f"{SIDES[report.log['side']]} {report.log['party']}"
        yield f"{report.file}: {report.kind} of what was {what}, by the node of {report.head['node']}"
        size = report.log["size"]
        yield f"  under the head of {report.head['at']}; entries in the log: {size}, here: {report.entries}"
        yield f"  items opened: {report.opened}, closed: {report.closed}"
    yield from (f"  does not hold: {fault}" for fault in report.faults[:LISTED])
    if len(report.faults) > LISTED:
        yield f"  and {len(report.faults) - LISTED} more: see --json"
    yield from (f"  note: {note}" for note in report.notes)
    yield "  everything holds" if report.holds else "  DOES NOT HOLD: do not rely on this file"


def _safe(text: str) -> str:
    """On one line, without controls: what others wrote is not trusted with a terminal."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


if __name__ == "__main__":
    sys.exit(main())
