"""`comity register`: what was done, signed, stated to those whom it concerns, proved, and checked."""

import json
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from comity.cli import begun_anew
from comity.cli.files import refuse_inside
from comity.cli.options import (
    ASKING,
    Asking,
    AskingOptions,
    Flag,
    StatingOptions,
    Time,
    moment,
    opened_node,
)
from comity.cli.plain import plural
from comity.cli.replaying import begun, replay
from comity.cli.terminal import answer, drawn, said, table
from comity.compose import Node, verify_register
from comity.core.errors import MalformedInput
from comity.core.role import Duty
from comity.service import heads, keys, logs, proving, statement, witness
from comity.service.heads import Notary, Signed
from comity.service.records import Leaf, Side

register = App(name="register", help="What was done: signed, stated, proved and checked.")
register.command(replay)

Out = Annotated[Path, Parameter(name=("--output", "-o"))]


@register.command(name="show")
def show(
    *,
    start: Annotated[int, Parameter(name="--from")] = 0,
    limit: int = 50,
    options: AskingOptions = ASKING,
) -> int:
    """List the entries of the register: each is one act.

    Example: `comity register show --from 100`

    Args:
        start: The first entry to list; they count from 0.
        limit: How many entries to list, at most.
    """
    if limit < 1:
        raise MalformedInput("--limit counts from 1")
    with opened_node(options, Duty.RECORD) as node, node.store.read() as reader:
        size = begun(reader, start)
        found = [_entry(leaf) for leaf in islice(reader.leaves(start), limit)]
    after = start + len(found)
    document = {"size": size, "next": after if after < size else None, "entries": found}
    rows = [(str(each["entry"]), each["at"], each["kind"], each["actor"], _told(each)) for each in found]
    more = [said(f"{size - after} more: --from {after}")] if after < size else []
    return answer(options, document, drawn(table(("entry", "at", "act", "by", "what"), rows), *more))


@register.command(name="head")
def head(*, options: AskingOptions = ASKING) -> int:
    """Sign a head of the register as it is now: what partners are given, and what only an auditor may see of it.

    Example: `comity register head --json`
    """
    with opened_node(options, Duty.RECORD) as node:
        signed = heads.sign(_notary(node, options))
        with node.store.read() as reader:
            public = keys.signing(reader).public.hex()
    document = {"head": dict(signed.document), "public": public, "main": dict(signed.opened)}
    lines = (
        f"signed at {signed.document['at']} over {plural(signed.state.size, 'entry')}",
        f"key {signed.document['key']}, public half {public}",
        f"root of the register {signed.state.root.hex()}",
        f"root of all logs {signed.document['parties']}",
    )
    return answer(options, document, drawn(*map(said, lines)))


@register.command(name="witness")
def append_witness(file: Path, /, *, options: AskingOptions = ASKING) -> int:
    """Sign a head and append it to a file that somebody outside keeps; it tells neither sizes nor partners.

    Example: `comity register witness heads.jsonl`

    Args:
        file: The witness file; it is made if it is not there.
    """
    refuse_inside(options.folder, file)
    with opened_node(options, Duty.RECORD) as node:
        signed = witness.append(_notary(node, options), file)
    document = {"file": str(file), "head": dict(signed.document)}
    return answer(
        options, document, said(f"{file} has the head of {signed.document['at']} now: give it to your witness")
    )


@register.command(name="rotate")
def rotate(*, lost: Flag = False, options: StatingOptions) -> int:
    """Sign with a new key from now on, endorsed by the one before it.

    Example: `comity register rotate --why "once a year"`

    Args:
        lost: The key is lost, and no copy has it: nothing endorses the new one, and your partners must be told its id
            in another way. Refused while the old key is there.
    """
    with opened_node(options, needs=None) as node:
        change = keys.replace_lost if lost else keys.rotate
        added = change(node.store, node.keyring, options.word)
    document = {"key": added.id, "public": added.public.hex(), "entry": added.leaf, "endorsed": bool(added.endorsement)}
    lines = [f"heads are signed by the key {added.id} now, public half {added.public.hex()}"]
    if not added.endorsement:
        lines.append(
            f"nothing endorses it: tell your partners by word of mouth, for `comity-verify --new-key {added.id}`"
        )
    return answer(options, document, drawn(*map(said, lines)))


@register.command(name="statement")
def write_statement(
    *,
    party: Annotated[str, Parameter(name="--for")],
    out: Out,
    received: Flag = False,
    since: Time = None,
    until: Time = None,
    witness: Path | None = None,
    options: AskingOptions = ASKING,
) -> int:
    """Write a signed, complete statement of every disclosure of a partner's material, or of what was handed to it.

    Whoever gets it checks it with `comity-verify`, away from the node.

    Example: `comity register statement --for USA -o usa.jsonl`

    Args:
        party: The originator whose material it is about; with --received, the recipient.
        out: The file to write; a plain file that is there is replaced.
        received: State what was handed to it.
        since: Open only what was handed over from then on; every entry is listed all the same.
        until: Open only what was handed over before then.
        witness: State what the log was at every head in this witness file, the last of which is the newest.
    """
    refuse_inside(options.folder, out)
    first, last = moment(since, "--since"), moment(until, "--until")
    if first is not None and last is not None and first >= last:
        raise MalformedInput("--since is not before --until: nothing would be opened; swap the two")
    side: Side = "received" if received else "originated"
    asked = statement.Asked(party=party, side=side, since=first, until=last, witness=witness)
    with opened_node(options, Duty.RECORD) as node:
        made = statement.write(_notary(node, options), asked, out)
    document = {
        "party": party,
        "side": asked.side,
        "entries": made.entries,
        "opened": made.items,
        **_written(made.signed, out, made.size, made.digest),
        "witnessed": witness is not None,
    }
    what = "what was handed to" if received else "what was disclosed of the material of"
    line = f"{out} states {what} {party}: {plural(made.entries, 'entry')}, {plural(made.items, 'item')} listed"
    return answer(options, document, drawn(*map(said, (line, *_alone(witness)))))


@register.command(name="prove")
def prove(
    entry: int | None = None,
    /,
    *,
    party: Annotated[str, Parameter(name="--for")],
    out: Out,
    item: str | None = None,
    to: str | None = None,
    witness: Path | None = None,
    options: AskingOptions = ASKING,
) -> int:
    """Write a proof that one disclosure is on the record, for its recipient or for an originator whom it concerns.

    Without ENTRY it is of the newest disclosure of --item, to --to.

    Example: `comity register prove --item gb-digest --to UKR --for UKR -o proof.jsonl`

    Args:
        entry: The entry of the register, as `comity disclosures` lists it.
        party: Who is given the proof, in whose log it is.
        out: The file to write; a plain file that is there is replaced.
        item: The item that is opened.
        to: The recipient.
        witness: Prove it under the newest head in this witness file.
    """
    refuse_inside(options.folder, out)
    if entry is None and item is None:
        raise MalformedInput("what is to be proved? name an entry of the register, or an item with --item")
    wanted = proving.Wanted(party=party, leaf=entry, item=item, to=to, witness=witness)
    with opened_node(options, Duty.RECORD) as node:
        made = proving.write(_notary(node, options), wanted, out)
    document = {
        "party": party,
        "side": made.side,
        "entry": made.leaf,
        "place": made.place,
        **_written(made.signed, out, made.size, made.digest),
        "witnessed": witness is not None,
    }
    lines = (f"{out} proves entry {made.leaf} of the register to {party}", *_alone(witness))
    return answer(options, document, drawn(*map(said, lines)))


@register.command(name="verify")
def verify(*, witness: Path | None = None, options: AskingOptions = ASKING) -> int:
    """Check the register against its rows, its heads and keys, and the log of every partner. Exits with 3 if it fails.

    Example: `comity register verify --witness heads.jsonl`

    Args:
        witness: Check every head in this witness file, too.
    """
    with opened_node(options, Duty.RECORD) as node:
        verify_register(node, witness)
        with node.store.read() as reader:
            size, signed, kept = reader.size(), sum(1 for _ in reader.heads()), len(logs.sizes(reader))
            lost = keys.begun_anew(reader)
    found = {"entries": size, "heads": signed, "logs": kept, "begun_anew": begun_anew.document(lost)}
    counted = f"{plural(size, 'entry')}, {plural(signed, 'head')}, {plural(kept, 'log')}"
    lines = (f"the register of {options.folder} is whole: {counted}", *begun_anew.lines(lost))
    return answer(options, {"node": str(options.folder), "whole": True, **found}, drawn(*map(said, lines)))


def _notary(node: Node, options: Asking) -> Notary:
    return Notary(store=node.store, vault=node.vault, keyring=node.keyring, word=options.asker)


def _entry(leaf: Leaf) -> dict[str, Any]:
    stated = json.loads(leaf.entry)
    given = stated.get("disclosure")
    return {
        "entry": leaf.seq,
        "at": stated["at"],
        "kind": stated["kind"],
        "actor": stated["actor"],
        "by": stated.get("by"),
        "evidence": stated.get("evidence"),
        "why": stated.get("why"),
        "epoch": stated["epoch"],
        "rows": {table: count for table, (count, _) in stated["rows"].items()},
        "disclosure": None if given is None else {"to": given["recipient"], "count": given["count"]},
        "hash": leaf.hash.hex(),
    }


def _told(entry: dict[str, Any]) -> str:
    """What an entry says, for people."""
    given, by, why = entry["disclosure"], entry["by"], entry["why"]
    parts = [
        f"{plural(given['count'], 'item')} to {given['to']}" if given else "",
        f"on the word of {by}" if by else "",
        f"“{why}”" if why else "",
    ]
    return ", ".join(part for part in parts if part) or "–"


def _alone(witness: Path | None) -> tuple[str, ...]:
    """What whoever made a file without a witness file must know of whoever checks it."""
    alone = "its head is in no witness file: who checks it with one will refuse it; for them, make it with --witness"
    return () if witness is not None else (alone,)


def _written(signed: Signed, out: Path, size: int, digest: bytes) -> dict[str, object]:
    return {"head": dict(signed.document), "file": str(out), "bytes": size, "sha256": digest.hex()}
