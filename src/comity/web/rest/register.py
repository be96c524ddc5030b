"""The register: what was done, signed, stated to those whom it concerns, proved, and checked."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Final

from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from comity.core.errors import MalformedInput
from comity.core.instant import Instant
from comity.core.role import Duty
from comity.service import cursor, heads, keys, logs, proving, statement, witness
from comity.service.heads import Notary
from comity.service.ports import Store
from comity.service.records import Leaf
from comity.service.replay import Finding, replay
from comity.web.rest.acting import Acting, Ask, Asking, Do, answered
from comity.web.rest.describing import get, post
from comity.web.rest.shapes import After, Code, Item, Limit, Shape, Stated, Time, When, moment, shown

LINES: Final = "application/jsonl"
_LARGEST: Final = 2**53 - 1


class Told(Shape):
    """That something was handed over."""

    to: str
    count: int


class EntryShown(Shape):
    """One act."""

    entry: int
    at: When
    kind: str = Field(examples=["suspend"])
    actor: str
    by: str | None
    evidence: str | None
    why: str | None
    epoch: int
    rows: dict[str, int] = Field(description="How many rows it has written, by table.")
    disclosure: Told | None
    hash: str


class EntryList(Shape):
    """Entries of the register."""

    size: int = Field(description="How many there are.")
    entries: list[EntryShown]
    next: str | None = Field(description="The cursor of the page after this one, null where there is none.")


class Head(Shape):
    """A signed head, as partners are given it; and what only an auditor may see of it."""

    head: dict[str, str]
    public: str = Field(description="The public half of the key that has signed it.")
    main: dict[str, Any] = Field(description="The root over all entries, their number, and a salt.")


class Witnessing(Shape):
    """What somebody outside has."""

    file: str = Field("", description="Their witness file, as it is: a signed head on each line.")


class Witnessed(Shape):
    """A signed head for somebody outside, who keeps it."""

    head: dict[str, str]
    line: str = Field(description="It as a line, to be appended to the file as it is, with its end of line.")


class Rotating(Stated):
    """A key to sign with from now on."""

    lost: bool = Field(
        default=False,
        description="The key is lost, and no copy has it: nothing endorses the new one, and your partners must be told "
        "its id in another way. Refused while the old key is there.",
    )


class KeyShown(Shape):
    """A key that signs heads from now on."""

    key: str
    public: str
    entry: int
    endorsed: bool = Field(description="By the key before it.")


class Verified(Shape):
    """The register is whole."""

    whole: bool
    entries: int
    heads: int
    logs: int


class FindingShown(Shape):
    """What is wrong with one response."""

    entry: int
    to: str
    at: When | None
    item: str | None
    wrong: str
    because: list[str]


class Replayed(Shape):
    """How much was decided again, and what was found: nothing, if all was permitted."""

    responses: int
    items: int
    findings: list[FindingShown]


def show(
    ask: Ask,
    start: Annotated[
        int, Query(alias="from", ge=0, le=_LARGEST, description="The first entry; they count from 0.")
    ] = 0,
    limit: Limit = 50,
    after: After = None,
) -> Response:
    """List the entries of the register: each is one act."""
    vault, bound = ask.served.vault, ("register", ask.caller.account)
    first = start if after is None else int(cursor.opened(vault, bound, after))
    with ask.reading(Duty.RECORD) as reader:
        size, found = reader.size(), [_entry(leaf) for leaf in islice(reader.leaves(first), limit)]
    following = first + len(found)
    more = cursor.sealed(vault, bound, Instant(following)) if found and following < size else None
    return answered(EntryList(size=size, entries=found, next=more))


def head(do: Do) -> Response:
    """Sign a head of the register as it is now.

    It tells neither sizes nor partners. For a file of heads that somebody outside keeps, take `witness`.
    """

    def done(store: Store) -> Head:
        signed = heads.sign(_notary(do, store))
        with store.read() as reader:
            public = keys.signing(reader).public.hex()
        return Head(head=dict(signed.document), public=public, main=dict(signed.opened))

    return do.done(Duty.RECORD, done)


def append_witness(do: Do, body: Witnessing) -> Response:
    """Sign a head to append to a file that somebody outside keeps; it tells neither sizes nor partners.

    It is signed only if every head in the file is kept by this register, and fits it.
    """

    def done(store: Store) -> Witnessed:
        signed = witness.following(_notary(do, store), body.file.encode(), "file")
        return Witnessed(head=dict(signed.document), line=f"{signed.head.document.decode()}\n")

    return do.done(Duty.RECORD, done)


def rotate(do: Do, body: Rotating) -> Response:
    """Sign with a new key from now on, endorsed by the one before it."""

    def done(store: Store) -> KeyShown:
        change = keys.replace_lost if body.lost else keys.rotate
        added = change(store, do.served.kept.keyring, do.word(body))
        endorsed = bool(added.endorsement)
        return KeyShown(key=added.id, public=added.public.hex(), entry=added.leaf, endorsed=endorsed)

    return do.done(Duty.NODE, done)


def state(
    ask: Ask,
    *,
    party: Annotated[Code, Query(alias="for", description="The originator whose material it is about.")],
    received: Annotated[bool, Query(description="State what was handed to it instead.")] = False,
    since: Annotated[Time | None, Query(description="Open only what was handed over from then on.")] = None,
    until: Annotated[Time | None, Query(description="Open only what was handed over before then.")] = None,
) -> Response:
    """A signed, complete statement of every disclosure of a partner's material, or of what was handed to it.

    Whoever gets it checks it with `comity-verify`, away from the node.
    """
    with ask.reading(Duty.RECORD):
        pass
    asked = statement.Asked(
        party=party,
        side="received" if received else "originated",
        since=moment(since, "since"),
        until=moment(until, "until"),
    )
    with _paper() as place:
        statement.write(_notary(ask, ask.served.store), asked, place)
        return Response(place.read_bytes(), media_type=LINES)


def prove(
    ask: Ask,
    party: Annotated[Code, Query(alias="for", description="Who is given the proof, in whose log it is.")],
    entry: Annotated[int | None, Query(ge=0, le=_LARGEST, description="The entry of the register.")] = None,
    item: Annotated[Item | None, Query(description="The item that is opened.")] = None,
    to: Annotated[Code | None, Query(description="The recipient.")] = None,
) -> Response:
    """A proof that one disclosure is on the record, for its recipient or for an originator whom it concerns.

    Without `entry` it is of the newest disclosure of `item`, to `to`.
    """
    with ask.reading(Duty.RECORD):
        pass
    if entry is None and item is None:
        raise MalformedInput("what is to be proved? name an `entry` of the register, or an `item`")
    with _paper() as place:
        wanted = proving.Wanted(party=party, leaf=entry, item=item, to=to)
        proving.write(_notary(ask, ask.served.store), wanted, place)
        return Response(place.read_bytes(), media_type=LINES)


def verify(ask: Ask) -> Response:
    """Check the register against its rows, its heads and keys, and the log of every partner."""
    with ask.reading(Duty.RECORD):
        pass
    ask.served.kept.verify_register()
    with ask.served.store.read() as reader:
        size, signed, kept = reader.size(), sum(1 for _ in reader.heads()), len(logs.sizes(reader))
    return answered(Verified(whole=True, entries=size, heads=signed, logs=kept))


def decide_again(
    ask: Ask,
    to: Annotated[Code | None, Query(description="Only what was handed to this recipient.")] = None,
    start: Annotated[int, Query(alias="from", ge=0, le=_LARGEST, description="Only from this entry on.")] = 0,
) -> Response:
    """Decide every recorded disclosure again, as of its time, from what was recorded by then.

    It is for who may see both the content and the register.
    """
    with ask.reading(Duty.CONTENT, Duty.RECORD):
        pass
    done = replay(ask.served.store, ask.served.vault, to=to, start=start)
    findings = [_finding(each) for each in done.findings]
    return answered(Replayed(responses=done.responses, items=done.items, findings=findings))


@contextmanager
def _paper() -> Iterator[Path]:
    """Where something can be written that is read and thrown away: nobody else can look into it."""
    with TemporaryDirectory(prefix="comity-") as folder:
        yield Path(folder) / "paper.jsonl"


def _notary(ask: Asking | Acting, store: Store) -> Notary:
    served = ask.served
    return Notary(store=store, vault=served.vault, keyring=served.kept.keyring, word=ask.caller.word)


def _entry(leaf: Leaf) -> EntryShown:
    stated = json.loads(leaf.entry)
    given = stated.get("disclosure")
    return EntryShown(
        entry=leaf.seq,
        at=stated["at"],
        kind=stated["kind"],
        actor=stated["actor"],
        by=stated.get("by"),
        evidence=stated.get("evidence"),
        why=stated.get("why"),
        epoch=stated["epoch"],
        rows={table: count for table, (count, _) in stated["rows"].items()},
        disclosure=None if given is None else Told(to=given["recipient"], count=given["count"]),
        hash=leaf.hash.hex(),
    )


def _finding(found: Finding) -> FindingShown:
    try:
        at = shown(found.at)
    except ValueError:  # a row that was forged may hold what is no time
        at = None
    return FindingShown(
        entry=found.leaf,
        to=found.recipient,
        at=at,
        item=found.item,
        wrong=found.wrong,
        because=list(found.reasons),
    )


_LINES: Final = {LINES: {"schema": {"type": "string"}}}
ROUTES: Final = (
    get("/register", show, EntryList, command="register show"),
    post("/register/head", head, Head, command="register head"),
    post("/register/witness", append_witness, Witnessed, command="register witness"),
    post("/register/rotate", rotate, KeyShown, command="register rotate"),
    get("/register/statement", state, None, command="register statement", content=_LINES, response_class=Response),
    get("/register/proof", prove, None, command="register prove", content=_LINES, response_class=Response),
    get("/register/verify", verify, Verified, command="register verify"),
    get("/register/replay", decide_again, Replayed, command="register replay"),
)
