"""What a TAXII client may not have is as if it had never been: byte for byte, on every path, for every partner."""

import json
import random
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from uuid import NAMESPACE_DNS, uuid5

from hypothesis import given, settings

from comity.compose import Node
from comity.core.decision import Permitted, decide
from comity.core.lineage import ItemId
from comity.core.partner import Recipient
from comity.formats.world import from_plain
from comity.index.holding import Ordinal
from comity.service.consenting import NewConsent, grant_consent
from comity.service.ports import Reader
from comity.service.suspending import NewSuspension, lift, suspend
from comity.service.withdrawing import Withdrawal, withdraw
from tests.laws.worlds import SEEDED
from tests.nodes import ME, Clock, lots, make, word_of
from tests.oracle.generator import boundaries, random_world
from tests.plain import instant
from tests.sending import Object, found, ident, marked, send, thing
from tests.web.partner import ALL, Side, client

RED: Final = marked("marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1")
NAMES: Final = ("a", "b", "c", "d")


def asked(rng: random.Random, cursors: list[str], statuses: list[str]) -> tuple[str, str, bytes | None]:
    """Some request of the reader: sensible, mistaken, curious."""
    name, kind = ident(rng.choice(NAMES)), rng.choice(["objects", "manifest"])
    query = rng.sample(
        [
            f"limit={rng.choice([1, 2, 5, 0, 'x'])}",
            f"match[type]={rng.choice(['indicator', 'malware', 'tool,indicator'])}",
            f"match[version]={rng.choice(['all', 'first', 'last', '2025-01-02T00:00:00Z', 'no'])}",
            f"match[id]={name},{ident(rng.choice(NAMES), 'malware')}",
            f"match[spec_version]={rng.choice(['2.0', '2.1'])}",
            f"added_after={rng.choice(['2025-03-01T00:00:07.000001Z', '2026-01-01T00:00:00Z', 'x'])}",
            *(f"next={cursor}" for cursor in cursors[-2:]),
        ],
        rng.randint(0, 2),
    )
    path = rng.choice(
        [
            *[f"{ALL}{kind}/?{'&'.join(query)}"] * 4,
            f"{ALL}objects/{name}/?{'&'.join(query)}",
            f"{ALL}objects/{name}/versions/",
            "/taxii2/comity/collections/",
            f"{ALL}objects/nothing/",
            *(f"/taxii2/comity/status/{each}/" for each in statuses[-1:]),
        ]
    )
    method = rng.choice(["GET"] * 8 + ["HEAD", "PUT"])
    if rng.random() < 0.15:
        sent = [thing(rng.choice(NAMES), rng.randint(1, 3)), {**thing("x"), "revoked": rng.choice(["no", True])}]
        return "POST", "/taxii2/comity/collections/inbox/objects/", json.dumps({"objects": sent}).encode()
    if rng.random() < 0.1:
        return "DELETE", f"{ALL}objects/{name}/", None
    return method, path, None


def secretly(node: Node, rng: random.Random, numbers: Iterator[int]) -> None:
    """Something that the reader may not know of, on one of the two nodes."""
    name = rng.choice(NAMES)
    what = rng.randrange(5)
    if what == 0:  # under ids that the reader sees, newer, older, and others
        send(node, "USA", *(thing(name, version, **RED) for version in range(1, rng.randint(2, 6))))
    elif what == 1:
        send(node, "USA", *(thing(f"secret {next(numbers)}", kind="malware", **RED) for _ in range(5)))
    elif what == 2:
        send(node, "DEU", {**thing(name), "name": "another", **RED})
    elif what == 3:
        held = [thing("of use", 1, **RED)]
        send(node, "USA", *held)
        grant_consent(node.store, NewConsent(by="USA", item=_one(node, "of use"), to=("DEU",)), word_of("USA"))
    else:
        send(node, "DEU", thing("gone", 1, **RED))
        withdraw(node.store, Withdrawal(submitter="DEU", item=ident("gone")), ME)  # type: ignore[arg-type]
        send(node, "DEU", thing("gone", next(numbers) % 20 + 2, **RED))


def _one(node: Node, name: str) -> str:
    with node.store.read() as reader:
        return f"#{reader.copies([ident(name)])[ident(name)][0].ordinal}"


def openly(nodes: list[Node], rng: random.Random, stops: list[str], numbers: Iterator[int]) -> None:
    """Something that is so on both nodes."""
    stop = f"stop-{next(numbers)}"
    what, name, version = rng.randrange(3), rng.choice(NAMES), rng.randint(1, 4)
    for node in nodes:
        if what == 0 or (what == 2 and not stops):
            kind = "indicator" if version < 4 else "malware"
            send(node, "FRA", thing(name, version, kind=kind), thing(f"more {version}"))
        elif what == 1:
            suspend(node.store, NewSuspension(frm="FRA", to="UKR", id=stop), word_of("FRA"))
        else:
            lift(node.store, stops[-1], word_of("FRA"))
    if what == 1:
        stops.append(stop)
    elif what == 2 and stops:
        stops.pop()


@given(SEEDED)
@settings(max_examples=max(10, settings().max_examples // 10))
def test_two_nodes_that_differ_in_what_is_secret_answer_alike(rng: random.Random) -> None:
    """`non_interference` over TAXII: in lock-step, status, headers and body are the same, whatever is asked."""
    clock, numbers, stops = Clock(), count(), list[str]()
    with TemporaryDirectory() as folder, ExitStack() as held:
        sides = []
        for name in ("plain", "secret"):
            node = replace(held.enter_context(found(Path(folder) / name, clock)), vault=lots())
            sides.append(held.enter_context(client(node, clock, "UKR")))
        cursors, statuses = list[str](), list[str]()
        for _ in range(25):
            clock.pass_by(1)
            turn = rng.random()
            if turn < 0.25:
                secretly(sides[1].node, rng, numbers)
            elif turn < 0.45:
                openly([side.node for side in sides], rng, stops, numbers)
            else:
                request = asked(rng, cursors, statuses)
                plain, secret = (side.ask(*request) for side in sides)
                assert plain == secret, request
                assert plain[0] != 500
                _note(plain[2], cursors, statuses)


def _note(content: object, cursors: list[str], statuses: list[str]) -> None:
    found = json.loads(content) if isinstance(content, bytes) and content else {}
    cursors += [found["next"]] if "next" in found else []
    statuses += [found["id"]] if "status" in found else []


@given(SEEDED)
@settings(max_examples=max(10, settings().max_examples // 10))
def test_every_partner_of_any_world_gets_what_the_law_permits(rng: random.Random) -> None:
    """`listing_agrees` over TAXII: pages, manifest, single objects and their versions, by the decision itself."""
    plain = random_world(rng)
    stated = from_plain(plain)
    moments = sorted({instant(text) for text in boundaries(plain)})
    clock = Clock(rng.choice(moments)) if moments else Clock()
    with TemporaryDirectory() as folder, make(Path(folder) / "node", clock, stated) as node:
        readers = [*sorted(stated.world.policy.partners), f"{stated.world.policy.holder}/clients"]
        for reader in rng.sample(readers, min(2, len(readers))):
            with client(node, clock, reader) as side, node.store.read() as snapshot:
                at = snapshot.now()
                may = {
                    name: isinstance(decide(stated.world, ItemId(name), Recipient(reader), at), Permitted)
                    for name in stated.world.items
                }
                held = {item.name: item for item in snapshot.held(_every(snapshot)).values()}
                names = {held[name].stix_id: name for name in may if may[name]}
                assert sorted(_walked(side, "objects")) == sorted(names)
                assert sorted(_walked(side, "manifest")) == sorted(names)
                for name, permitted in may.items():
                    path = f"{ALL}objects/{held[name].stix_id}/"
                    assert side.ask("GET", path)[0] == (200 if permitted else 404)
                    assert side.ask("GET", f"{path}versions/")[0] == (200 if permitted else 404)
                    unknown = side.ask("GET", f"{ALL}objects/report--{uuid5(NAMESPACE_DNS, name)}/")
                    assert permitted or side.ask("GET", path) == unknown


def _every(reader: Reader) -> list[Ordinal]:
    return [item for *_, items in reader.census() for item in items]


def _walked(side: Side, kind: str) -> list[str]:
    found, after = list[str](), ""
    while True:
        document = json.loads(side.ask("GET", f"{ALL}{kind}/?limit=2&match[version]=all{after}")[2])  # type: ignore[arg-type]
        found += [each["id"] for each in document.get("objects", [])]
        if not document["more"]:
            return found
        after = f"&next={document['next']}"


def test_what_comes_out_is_what_came_in(tmp_path: Path) -> None:
    """Byte for byte, in an envelope of our own."""
    clock = Clock()
    with found(tmp_path / "node", clock) as node, client(node, clock, "UKR") as side:
        one: Object = thing("a", labels=["é"])
        raw = json.dumps(one, ensure_ascii=False, indent=1).encode()
        send(node, "FRA", raw, thing("hidden", **RED))
        assert side.ask("GET", f"{ALL}objects/")[2] == b'{"more":false,"objects":[' + raw + b"]}"
