"""`listing_agrees` on every surface: what each of them lists for each partner is what the oracle's `decide` permits.

Random worlds, each served; every partner asks by an account of its own, and a part of the holder by another. Lists,
pages, manifests, versions, counts, hits, exports and events are held to the second, naive implementation of the law.
"""

import json
import random
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from hypothesis import given, settings

from comity.compose import Node, serving, verify
from comity.core.instant import Instant
from comity.formats.instant import show
from comity.formats.world import from_plain
from comity.service.accounts import NewAccount, add_account
from comity.service.tokens import NewToken, create_token
from tests.laws.worlds import SEEDED
from tests.nodes import ME, Clock, make
from tests.oracle import naive
from tests.oracle.generator import boundaries, random_world
from tests.plain import instant
from tests.postgres import Server
from tests.web.leaks.asgi import Ask, Line, Query

READERS: Final = 2
PAGE: Final = "2"
ROOT: Final = "/taxii2/comity/collections/all"


@given(SEEDED)
@settings(max_examples=max(4, settings().max_examples // 10))
def test_what_is_served_is_what_the_oracle_permits(rng: random.Random) -> None:
    served_is_permitted(rng, None)


@given(SEEDED)
@settings(max_examples=max(2, settings().max_examples // 40))
def test_so_it_is_on_postgresql(server: Server, rng: random.Random) -> None:
    """Fewer worlds: the store is what differs, and `tests.contract` holds it to the other."""
    with server.database() as url:
        served_is_permitted(rng, url)


def served_is_permitted(rng: random.Random, database: str | None) -> None:
    """A random world, served; some of its readers, at two times."""
    plain = random_world(rng)
    stated = from_plain(plain)
    moments = sorted({instant(text) for text in boundaries(plain)})
    clock = Clock(Instant(max(rng.choice(moments) if moments else 0, 0)))
    readers = [*sorted(stated.world.policy.partners - {stated.world.policy.holder}), f"{plain['holder']}/clients"]
    with tempfile.TemporaryDirectory() as folder, make(Path(folder) / "node", clock, stated, database) as node:
        tokens = {to: enter(node, f"account-{place}", to) for place, to in enumerate(readers)}
        with closing(Line(serving(node, clock))) as line:
            for reader in rng.sample(readers, min(READERS, len(readers))):
                agree(line, tokens[reader], permitted(plain, reader, clock.now))
                clock.pass_by(rng.choice([0, 3600 * 24]))
                agree(line, tokens[reader], permitted(plain, reader, clock.now))
        verify(node)


def agree(line: Line, secret: str, expected: list[str]) -> None:
    """Every surface lists exactly these."""
    objects = [*taxii(line, secret, "objects")]
    assert sorted(each["name"] for each in objects) == expected
    ids = {each["id"]: each["name"] for each in objects}
    assert len(ids) == len(expected)
    assert [each["id"] for each in taxii(line, secret, "manifest")] == [each["id"] for each in objects]
    hits, counts = searched(line, secret)
    assert sorted(ids[each["id"]] for each in hits) == expected
    assert set(counts) == {len(expected)}
    assert [each["id"] for each in exported(line, secret)] == [each["id"] for each in objects]
    assert [each["id"] for each in told(line, secret)] == [each["id"] for each in objects]
    for name in ids:
        assert len(asked(line, secret, f"{ROOT}/objects/{name}/versions/")["versions"]) == 1


def permitted(plain: dict[str, Any], reader: str, at: Instant) -> list[str]:
    """What the oracle permits."""
    return sorted(
        item["id"] for item in plain["items"] if naive.decide(plain, item["id"], reader, show(at))[0] == "permit"
    )


def enter(node: Node, account: str, to: str) -> str:
    """A token of a new account for this recipient."""
    add_account(node.store, NewAccount(name=account, recipient=to), ME, vault=node.vault)
    new = NewToken(name="reading", scopes=frozenset({"release"}), account=account)
    return create_token(node.store, new, ME, vault=node.vault).secret


def asked(line: Line, secret: str, path: str, *query: tuple[str, str]) -> Any:  # noqa: ANN401 - JSON is of any form
    said = line.ask(Ask(path=path, query=query), secret)
    assert said.status == 200, said.everything
    return said.json()


def taxii(line: Line, secret: str, what: str) -> Iterator[dict[str, Any]]:
    """All of a TAXII list, page by page."""
    query: Query = (("limit", PAGE), ("match[version]", "all"))
    page = asked(line, secret, f"{ROOT}/{what}/", *query)
    yield from page.get("objects", ())
    while page["more"]:
        page = asked(line, secret, f"{ROOT}/{what}/", *query, ("next", page["next"]))
        assert page.get("objects"), "a page that was promised has nothing on it"
        yield from page["objects"]


def searched(line: Line, secret: str) -> tuple[list[dict[str, Any]], list[int]]:
    """All that is found by a query for everything, and each page's count."""
    page = asked(line, secret, "/api/v1/search", ("query", ""), ("limit", PAGE))
    hits, counts = list(page["hits"]), [page["count"]]
    while page["next"]:
        page = asked(line, secret, "/api/v1/search", ("query", ""), ("limit", PAGE), ("after", page["next"]))
        hits += page["hits"]
        counts.append(page["count"])
    return hits, counts


def exported(line: Line, secret: str) -> list[dict[str, Any]]:
    """What a bundle of everything has."""
    return asked(line, secret, "/api/v1/export").get("objects", [])  # type: ignore[no-any-return]


def told(line: Line, secret: str) -> list[dict[str, Any]]:
    """The items that whoever follows from the start is told of."""
    said = line.ask(Ask(path="/api/v1/events", query=(("from", "start"),)), secret)
    events = [each.split("\n") for each in said.body.decode().split("\n\n")]
    items = [lines for lines in events if any(line == "event: item" for line in lines)]
    return [json.loads(line.removeprefix("data: ")) for lines in items for line in lines if line.startswith("data: ")]
