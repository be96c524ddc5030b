"""What each command prints with `--json`: the shape of real answers, read off a node made for that."""

import json
import re
import shlex
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from comity.core.compensation import Case, Need, Route, Supply
from comity.core.plan_report import plan_report
from comity.core.planning import greedy
from comity.formats.plan_document import plan_json
from tools import verifier
from tools.pages import ROOT
from tools.terminal import comity, placed

WORLD: Final = ROOT / "tests" / "worlds" / "march-2025.yaml"
OLD: Final = ROOT / "tests" / "store" / "node-0001.sql"
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_DATA_KEYS: Final = {"by_originator", "by_domain", "by_kind", "credibility", "reasons", "reliability", "rows"}
"""Mappings whose keys are data; so are those whose keys are all partners' codes."""
_NAMED: Final = re.compile(r"\{(\w+)\}")
_CODE: Final = re.compile("[A-Z]+")
_ASKED: Final = """
audiences: [{item: gb-digest, at: 2025-03-06T11:00:00Z}]
holdings: [{to: UKR, at: 2025-03-06T11:00:00Z}]
"""
_NOR: Final = '--by NOR --evidence "call"'
_WANTS: Final = "--rate 3 --per P7D --freshness P2D --corroboration 2"
_LATER: Final = "2100-01-01T00:00:00Z"
_INDICATOR: Final = "indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"

# Played in order on one node. What comes before `|` is the command whose shape it is.
_SCENE: Final = f"""
init | init --world world.yaml
check | check world.yaml
check | check broken.yaml
partner add | partner add ESP Spain --level RESTRICTED --domains general --audience GBR
partner list | partner list
domain add | domain add maritime
domain list | domain list
condition add | condition add no-forwarding
condition list | condition list
community add | community add NATO ESP FRA --green
community add | community add NATO NOR --end {_LATER}
community list | community list
community end | community end NATO ESP --why left
agreement add | agreement add GBR ESP --ceiling SECRET --domains general --accepts no-forwarding --end {_LATER}
agreement list | agreement list
agreement withdrawals | agreement withdrawals gbr-fra --why "so that they know"
agreement end | agreement end gbr-fra --preview
agreement end | agreement end gbr-fra --why order
delegation add | delegation add NOR GBR --ceiling SECRET --domains "*" --end {_LATER} {_NOR}
delegation list | delegation list
delegation end | delegation end d-1 --why "the exercise is over" {_NOR}
requirement add | requirement add "Strikes on the grid" --domains early-warning --region UKR {_WANTS}
requirement add | requirement add "Aid" --kind assistance --end {_LATER}
requirement list | requirement list
tag add | tag add r-5 gb-digest
tag add | tag add r-5 --type report --domain early-warning --label grid --text "substation"
tag list | tag list
pool add | pool add GBR --capacity 3 --per P7D --id crew --end {_LATER}
pool list | pool list
offer add | offer add GBR --requirement r-5 --capacity 2 --per P7D --ceiling SECRET --pool crew --end {_LATER}
offer add | offer add GBR --domain early-warning --capacity 2 --per P7D --ceiling SECRET
offer list | offer list
requirement show | requirement show r-5
coverage | coverage --to UKR --at 2025-03-05T11:00:00Z
coverage | coverage launch-warning --to UKR --at 2025-03-05T11:00:00Z
dependence | dependence --to UKR --at 2025-03-05T11:00:00Z
dependence | dependence launch-warning --to UKR --at 2025-03-05T11:00:00Z
loss | loss --suspend USA:UKR --to UKR --at 2025-03-05T11:00:00Z
loss | loss --every-single --to UKR --at 2025-03-05T11:00:00Z
loss | loss --every-pair --to UKR --at 2025-03-05T11:00:00Z
plan make | plan make --to UKR --suspend USA:UKR --anew --last P3650D
coverage | coverage --to UKR --at 2025-03-05T11:00:00Z --keep Coverage
dependence | dependence --to UKR --at 2025-03-05T11:00:00Z --keep Dependence
loss | loss --suspend USA:UKR --to UKR --at 2025-03-05T11:00:00Z --keep Loss
plan make | plan make --to UKR --greedy --keep Plan
plan compare | plan compare one.json other.json
tag remove | tag remove t-6 --why "about another grid"
offer end | offer end o-7 --why "the crew is needed at home"
pool end | pool end crew --why "the crew is needed at home"
requirement end | requirement end r-6 --why "the winter is over"
import | import bundle.json --from ESP
import | import bundle.json --from NOR
quarantine list | quarantine list
quarantine show | quarantine show 3
quarantine accept | quarantine accept 3 --level RESTRICTED
quarantine discard | quarantine discard 1 --why "no object"
decide | decide gb-early-warning --to UKR
decide | decide gb-digest --to FRA
decide | decide gb-digest-of-digest --to UKR --at 2025-03-06T11:00:00Z
decide | decide gb-exercise-plan --to UKR --at 2025-03-01T00:00:00Z
who | who gb-early-warning
visible | visible --to UKR
visible | visible --to UKR --limit 1
search | search "warning type:report"
search | search --limit 1
search | search warn --suggest
reindex | reindex
lineage | lineage gb-early-warning
lineage | lineage gb-digest
suspend | suspend NOR UKR --preview
suspend | suspend NOR UKR --end {_LATER} --why "order" {_NOR}
suspension list | suspension list
lift | lift s-2 --preview
lift | lift s-2 --why "order" {_NOR}
consent grant | consent grant no-maritime-track --to UKR --preview --by NOR
consent grant | consent grant no-maritime-track --to UKR --end {_LATER} {_NOR}
consent list | consent list
consent withdraw | consent withdraw c-4 --why "given in error" {_NOR}
attest | attest gb-early-warning --source no-maritime-track --withdraw --why "an error"
attest | attest gb-early-warning --source no-maritime-track --why "reviewed"
export | export --to UKR -o ukr.json
disclosures | disclosures
register show | register show
register show | register show --limit 1
register head | register head
register witness | register witness heads.jsonl
register statement | register statement --for USA -o usa.jsonl
register prove | register prove --item gb-digest --to UKR --for UKR -o proof.jsonl
register rotate | register rotate --why "once a year"
register verify | register verify --witness heads.jsonl
register replay | register replay
partner end | partner end ESP --why "the programme is over"
verify | verify
support-bundle | support-bundle how.json
support-bundle | support-bundle quickly.json --quick
backup | backup copy.tar
restore | restore copy.tar --node restored --why "the disk died"
restore | restore copy.tar --node again --witness heads.jsonl --why "the disk died"
migrate | migrate
migrate | migrate --node old
"""

# From here on the node is governed. What follows `<` is typed; `{key}` is what the last answer with this key said.
_PEOPLE: Final = """
whoami | whoami
account reset | account reset admin --why lost
account enrol | account enrol < {code} / correct horse battery
account add | account add carol --role release-officer --as admin
account enrol | account enrol < {code} / correct horse battery
account password | account password carol < correct horse battery / another horse battery
account add | account add dave --role release-officer --as admin
account add | account add feed --service --as admin
account add | account add ukraine --for UKR --as admin
account enrol | account enrol < {code} / correct horse battery
login | login ukraine < correct horse battery
export | export --to UKR -o own.json
logout | logout
account list | account list --as admin
account show | account show carol --as admin
account role | account role dave --role release-officer analyst --why grown --as admin
account disable | account disable ukraine --why gone --as admin
account enable | account enable ukraine --why back --as admin
account unlock | account unlock ukraine --why asked --as admin
provider add | provider add ministry --issuer https://id.example --client-id comity --as admin
provider list | provider list --as admin
account link | account link dave ministry 4711 --as admin
account unlink | account unlink dave --why left --as admin
login | login carol < another horse battery
whoami | whoami
session list | session list
token create | token create feed --scopes submit --account feed
token list | token list --as admin
token revoke | token revoke {id} --why sold
two-person on | two-person on --why order --as admin
two-person show | two-person show
suspend | suspend GBR UKR --id ours --why order
lift | lift ours --why order
proposal list | proposal list
proposal approve | proposal approve {proposal} --why seen --as dave
attest | attest gb-early-warning --source no-maritime-track --withdraw --why "an error"
attest | attest gb-early-warning --source no-maritime-track --why reviewed
proposal reject | proposal reject {proposal} --why no
two-person off | two-person off --why order --as admin
logout | logout
login | login carol < another horse battery
session end | session end {id} --why "left the desk" --as admin
token create | token create feed --scopes submit --account feed --as carol
account disable | account disable carol --why left --as admin
account local | account local --login required --why many --as admin
"""

_ANEW: Final = [{"key": "its id", "entry": 7, "at": "2025-03-05T12:00:00Z", "actor": "admin"}]
SERVED: Final[dict[str, dict[str, Any]]] = {
    "verify": {"node": "gbr-node", "whole": True, "acts": 8, "entries": 8, "begun_anew": _ANEW},
    "register verify": {
        "node": "gbr-node",
        "whole": True,
        "entries": 8,
        "heads": 1,
        "logs": 2,
        "begun_anew": _ANEW,
    },
    "register replay": {
        "responses": 1,
        "items": 1,
        "findings": [
            {
                "entry": 7,
                "to": "UKR",
                "at": "2025-03-05T12:00:00Z",
                "item": "gb-digest",
                "wrong": "it is refused",
                "because": ["USA/us-imagery/suspended"],
            },
            {
                "entry": 8,
                "to": "UKR",
                "at": None,
                "item": None,
                "wrong": "the register has no entry for it",
                "because": [],
            },
        ],
    },
    "events": {
        "id": "where to go on",
        "event": "item",
        "data": {"id": "indicator--…", "version": "its version", "type": "indicator", "date_added": _LATER},
    },
    "serve": {"node": "gbr-node", "addresses": ["where it is reached"], "workers": 1},
    "move": {
        "node": "gbr-node",
        "to": "sqlite",
        "rows": 1,
        "aside": "where it is kept",
        "addresses": ["gbr-node/database.moved_20250321T090000_5f1a09c2"],
    },
}
"""Answers that need a server, or a node that was tampered with or has lost its key, and are not played: of tests/cli,
test_keeping.py, test_register.py, test_replaying.py and test_following.py, and tests/server/test_serve.py hold them."""

Shape = dict[str, Any]
"""`kinds`: names of plain values; `each`: the shape of list elements; `any`: of the values of a mapping with data keys;
`keys`: those of another mapping, of which `maybe` are not always there."""


def found() -> dict[str, str]:
    """The shape of each command's answers, by the command's name."""
    shapes: dict[str, Shape] = {}
    for name, answer in (*_answers(), *SERVED.items()):
        shapes[name] = _joined(shapes.get(name, {}), _shape(answer))
    return {name: _text(shapes[name]) for name in sorted(shapes)}


def _answers() -> Iterator[tuple[str, object]]:
    with tempfile.TemporaryDirectory() as folder:
        _prepare(Path(folder))
        with placed(Path(folder), {"USER": "reference", "LOGNAME": "reference"}):
            seen: dict[str, str] = {}
            for line in (*_SCENE.strip().splitlines(), *_PEOPLE.strip().splitlines()):
                name, _, typed = _filled(line, seen).partition(" | ")
                typed, _, secrets = typed.partition(" < ")
                said = comity([*shlex.split(typed), "--json"], "".join(f"{each}\n" for each in secrets.split(" / ")))
                if said.err or not said.out:
                    raise ValueError(f"comity {typed}: {said.err.strip() or 'no answer'}")
                for answer in map(json.loads, said.out.splitlines()):
                    seen |= {key: value for key, value in answer.items() if isinstance(value, str)}
                    yield name, answer
            Path("damaged.jsonl").write_bytes(Path("usa.jsonl").read_bytes()[1:])
            files = ("usa.jsonl", "proof.jsonl", "damaged.jsonl", "world.yaml")
            yield verifier.NAME, verifier.said(files)


def _filled(line: str, seen: Mapping[str, str]) -> str:
    return _NAMED.sub(lambda match: seen[match[1]], line)


def _prepare(folder: Path) -> None:
    (folder / "world.yaml").write_text(WORLD.read_text("utf-8") + _ASKED, "utf-8")
    (folder / "broken.yaml").write_text("holder: GBR\n", "utf-8")
    prepare_old(folder / "old")
    times = {"created": "2025-03-01T00:00:00.000Z", "modified": "2025-03-01T00:00:00.000Z"}
    indicator = {
        "type": "indicator",
        "spec_version": "2.1",
        "id": _INDICATOR,
        **times,
        "pattern": "[ipv4-addr:value = '198.51.100.1']",
        "pattern_type": "stix",
        "valid_from": "2025-03-01T00:00:00Z",
    }
    objects = [indicator, "no object"]
    bundle = {"type": "bundle", "id": "bundle--5d0092c5-5f74-4287-9642-33f4c354e56d", "objects": objects}
    for name, capacity in (("one.json", 1), ("other.json", 2)):
        (folder / name).write_text(_plan(capacity), "utf-8")
    (folder / "bundle.json").write_text(json.dumps(bundle), "utf-8")


def _plan(capacity: int) -> str:
    """An exported plan."""
    supply = Supply(id="o-1", partner="GBR", capacity=capacity, routes=(Route(need="r-1 for UKR"),))
    return plan_json(plan_report(greedy(Case([Need(id="r-1 for UKR", wanted=2)], [supply]))))


def prepare_old(node: Path) -> None:
    """A node of an earlier revision."""
    (node / "keys").mkdir(parents=True)
    with closing(sqlite3.connect(node / "comity.sqlite")) as link:
        link.executescript(OLD.read_text("utf-8"))
    (node / "keys" / "register.key").write_bytes(bytes(32))
    (node / "node.lock").touch()
    for path in (node, *node.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)


def _shape(value: object) -> Shape:
    if isinstance(value, dict) and value and all(map(_CODE.fullmatch, value)):
        return _data(value)
    if isinstance(value, dict):
        return {"keys": {key: _data(item) if key in _DATA_KEYS else _shape(item) for key, item in value.items()}}
    if isinstance(value, list):
        return {"each": _each(value)}
    return {"kinds": {_kind(value)}}


def _data(value: object) -> Shape:
    return {"any": _each(list(value.values()))} if isinstance(value, dict) else _shape(value)


def _each(values: list[object]) -> Shape:
    joined: Shape = {}
    for value in values:
        joined = _joined(joined, _shape(value))
    return joined


def _kind(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case _:
            return "time" if _TIME.fullmatch(str(value)) else "text"


def _joined(one: Shape, other: Shape) -> Shape:
    """What holds for both."""
    joined: Shape = {}
    if "kinds" in one or "kinds" in other:
        joined["kinds"] = one.get("kinds", set()) | other.get("kinds", set())
    for part in ("each", "any"):
        if part in one or part in other:
            joined[part] = _joined(one.get(part, {}), other.get(part, {}))
    if "keys" in one and "keys" in other:
        keys = {**one["keys"], **other["keys"]}
        joined["keys"] = {key: _joined(one["keys"].get(key, {}), other["keys"].get(key, {})) for key in keys}
        joined["maybe"] = (
            one.get("maybe", set()) | other.get("maybe", set()) | (one["keys"].keys() ^ other["keys"].keys())
        )
    elif "keys" in one or "keys" in other:
        whole = one if "keys" in one else other
        joined |= {part: whole[part] for part in ("keys", "maybe") if part in whole}
    return joined


def _text(shape: Shape, indent: int = 0) -> str:
    parts = [" or ".join(sorted(shape["kinds"], key=lambda kind: (kind == "null", kind)))] if "kinds" in shape else []
    if "keys" in shape:
        pad = "  " * (indent + 1)
        inner = "".join(
            f'{pad}"{key}"{"?" if key in shape.get("maybe", ()) else ""}: {_text(value, indent + 1)}\n'
            for key, value in shape["keys"].items()
        )
        parts.append(f"{{\n{inner}{'  ' * indent}}}")
    if "any" in shape:
        parts.append(f"{{…: {_text(shape['any'], indent)}}}")
    if "each" in shape:
        parts.append(f"[{_text(shape['each'], indent)}]")
    return " or ".join(sorted(parts, key=lambda part: part == "null")) if parts else "…"
