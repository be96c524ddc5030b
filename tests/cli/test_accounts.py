"""People at the command line: how they come in, and what is shown to whom."""

import io
import json
import os
import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from comity.cli.options import clock
from comity.core.instant import Instant
from comity.core.role import ROLES, Duty, Role
from tests.cli.stage import Said, Stage
from tests.nodes import START
from tests.web.provider import SECRET, Book, running, way_back

PASSWORD = "correct horse battery"  # noqa: S105 - of people who are made up
WHY = ("--why", "the staff")
Type = Callable[..., Said]


@pytest.fixture
def type_in(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """What the next command reads from standard input."""

    def lines(*said: str) -> None:
        monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in said)))

    return lines


@pytest.fixture
def staffed(fresh: Stage, type_in: Callable[..., None]) -> Stage:
    """March 2025, with an account `NAME` of each role, of whom the administrator and the officers have come in."""
    code = fresh.ask("init", "--world", Path(__file__).parents[1] / "worlds" / "march-2025.yaml")["code"]
    type_in(code, PASSWORD)
    assert fresh.ask("account", "enrol") == {"account": "admin"}
    for role in Role:
        if role is not Role.ADMINISTRATOR:
            fresh.ask("account", "add", role.value, "--role", role.value, "--as", "admin")
    fresh.ask("account", "add", "second", "--role", "release-officer", "--as", "admin")
    return fresh


def come_in(stage: Stage, name: str, type_in: Callable[..., None]) -> None:
    """Give the account its password, and log in by it."""
    type_in(stage.ask("account", "reset", name, "--as", "admin", *WHY)["link"], PASSWORD)
    stage.ask("account", "enrol")
    type_in(PASSWORD)
    assert stage.ask("login", name)["account"] == name


CONTENT: list[tuple[str, ...]] = [
    ("decide", "gb-digest", "--to", "UKR"),
    ("who", "gb-digest"),
    ("visible", "--to", "UKR"),
    ("lineage", "gb-digest"),
    ("quarantine", "list"),
    ("consent", "list"),
    ("proposal", "list"),
    ("suspend", "USA", "UKR", "--preview"),
    ("lift", "usa-stops-ukr", "--preview"),
    ("consent", "grant", "us-imagery", "--to", "UKR", "--preview"),
    ("agreement", "end", "gbr-fra", "--preview"),
]
TERMS: list[tuple[str, ...]] = [
    (noun, "list") for noun in ("partner", "community", "domain", "condition", "agreement", "delegation")
]
TERMS += [("suspension", "list"), ("two-person", "show"), ("verify",)]
RECORD: list[tuple[str, ...]] = [("disclosures",), ("register", "replay"), ("register", "show")]
"""What shows who got what; no role sees the register and not the content."""
LISTS = [("account", "list"), ("account", "show", "admin")]


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR] + ["admin"])
def test_each_role_is_shown_what_it_may_see(staffed: Stage, role: Role | str) -> None:
    name, duties = (role, ROLES[Role.ADMINISTRATOR]) if isinstance(role, str) else (role.value, ROLES[role])
    for commands, duty in (
        (CONTENT, Duty.CONTENT),
        (TERMS, Duty.TERMS),
        (RECORD, Duty.RECORD),
        (LISTS, Duty.LISTS),
    ):
        for words in commands:
            said = staffed.type(*words, "--as", name, "--json")
            if duty in duties:
                assert "error" not in said.json, said
            else:
                assert said.json["error"]["kind"] == "Forbidden", words
                assert "us-" not in said.out + said.err
                assert "gb-" not in said.out + said.err


def test_who_is_nobody_here_is_shown_nothing(staffed: Stage) -> None:
    for words in (*CONTENT, *TERMS, *RECORD, *LISTS, ("token", "list"), ("session", "list"), ("whoami",)):
        assert staffed.error(1, *words, "--as", "nobody")["kind"] == "NotAuthenticated"
        assert staffed.error(1, *words)["kind"] == "NotAuthenticated"


def test_until_somebody_has_come_in_the_folder_s_owner_does_everything(march: Stage) -> None:
    assert march.ask("whoami")["open"]
    assert march.ask("visible", "--to", "UKR")["count"] > 0
    march.ask("export", "--to", "UKR", "-o", march.node.parent / "ukr.json", "--as", "whoever")


def test_a_login_is_kept_until_one_goes(staffed: Stage, type_in: Callable[..., None]) -> None:
    come_in(staffed, "release-officer", type_in)
    me = staffed.ask("whoami")
    assert (me["account"], me["open"]) == ("release-officer", False)
    assert me["through"].startswith("n-")
    (kept,) = (staffed.node.parent / "state").rglob("sessions.json")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert str(kept).startswith(str(staffed.node)) is False
    assert staffed.ask("session", "list")["sessions"][0]["id"] == me["through"]
    staffed.ask("suspend", "GBR", "UKR", "--why", "order")
    assert staffed.ask("whoami", "--as", "admin")["account"] == "admin"
    assert staffed.ask("logout") == {"ended": me["through"]}
    assert staffed.error(1, "whoami")["kind"] == "NotAuthenticated"
    assert json.loads(kept.read_text()) == {}
    assert staffed.error(1, "logout")["kind"] == "NotAuthenticated"


def test_a_session_that_was_ended_elsewhere_lets_nobody_in(staffed: Stage, type_in: Callable[..., None]) -> None:
    come_in(staffed, "analyst", type_in)
    staffed.ask("session", "end", staffed.ask("whoami")["through"], "--as", "admin", *WHY)
    error = staffed.error(1, "visible", "--to", "UKR")
    assert error["kind"] == "NotAuthenticated"
    assert "comity login" in error["message"]
    staffed.ask("logout")


def test_sessions_that_others_may_read_or_that_are_none_are_left_alone(
    staffed: Stage, type_in: Callable[..., None]
) -> None:
    come_in(staffed, "analyst", type_in)
    (kept,) = (staffed.node.parent / "state").rglob("sessions.json")
    said = kept.read_text()
    kept.chmod(0o644)
    assert staffed.error(1, "whoami")["kind"] == "NotAuthenticated"
    kept.unlink()
    elsewhere = staffed.node.parent / "elsewhere"
    elsewhere.write_text(said)
    elsewhere.chmod(0o600)
    kept.symlink_to(elsewhere)
    assert staffed.error(1, "whoami")["kind"] == "NotAuthenticated"
    kept.unlink()
    kept.write_text("[1")
    kept.chmod(0o600)
    assert staffed.error(1, "whoami")["kind"] == "NotAuthenticated"


def test_a_token_in_the_environment_says_who_one_is(staffed: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    made = staffed.ask("token", "create", "feed", "--scopes", "policy,read", "--as", "release-officer")
    assert set(made) == {"id", "account", "name", "scopes", "expires", "token"}
    monkeypatch.setenv("COMITY_TOKEN", made["token"])
    assert staffed.ask("whoami") | {"expires": None} == {
        "account": "release-officer", "through": made["id"], "expires": None, "for": None,
        "duties": ["policy", "read"], "open": False,
    }  # fmt: skip
    staffed.ask("suspend", "GBR", "UKR", "--why", "order")
    assert staffed.error(1, "export", "--to", "FRA", "-o", staffed.node.parent / "x")["kind"] == "Forbidden"
    assert staffed.error(1, "partner", "list")["kind"] == "Forbidden"
    assert "leave one of the two out" in staffed.error(2, "whoami", "--as", "analyst")["message"]
    monkeypatch.delenv("COMITY_TOKEN")
    staffed.ask("token", "revoke", made["id"], "--as", "release-officer", *WHY)
    monkeypatch.setenv("COMITY_TOKEN", made["token"])
    assert staffed.error(1, "visible", "--to", "UKR")["kind"] == "NotAuthenticated"


def test_no_secret_is_taken_from_the_arguments_or_shown_twice(staffed: Stage) -> None:
    made = staffed.ask("token", "create", "feed", "--scopes", "read", "--as", "release-officer")
    for words in (("token", "list"), ("account", "list"), ("account", "show", "release-officer")):
        said = staffed.type(*words, "--as", "auditor", "--json")
        assert said.code == 0
        assert made["token"].split("_", 2)[2] not in said.out + said.err
        assert "argon2" not in said.out


def test_a_wrong_password_and_no_account_sound_the_same(staffed: Stage, type_in: Callable[..., None]) -> None:
    said = set()
    for name in ("admin", "nobody", "analyst"):
        type_in("not the password")
        error = staffed.error(1, "login", name)
        assert error["kind"] == "NotAuthenticated"
        said.add(error["message"])
    assert len(said) == 1
    type_in()
    assert "nothing was typed" in staffed.error(2, "login", "admin")["message"]
    assert staffed.error(2, "login")["kind"] == "MalformedInput"


def test_a_password_is_changed_and_sessions_end(staffed: Stage, type_in: Callable[..., None]) -> None:
    come_in(staffed, "analyst", type_in)
    type_in(PASSWORD, "quite another password")
    staffed.ask("account", "password", "analyst")
    assert staffed.error(1, "whoami")["kind"] == "NotAuthenticated"
    type_in("quite another password")
    staffed.ask("login", "analyst")


def test_where_a_login_is_required_no_name_is_enough(staffed: Stage, type_in: Callable[..., None]) -> None:
    staffed.ask("account", "local", "--login", "required", "--as", "admin", *WHY)
    assert staffed.error(1, "visible", "--to", "UKR", "--as", "analyst")["kind"] == "NotAuthenticated"
    type_in(PASSWORD)
    staffed.ask("login", "admin")
    assert "neither" in staffed.error(2, "account", "local", "--login", "no", *WHY)["message"]
    staffed.ask("account", "local", "--login", "trusted", *WHY)
    assert staffed.ask("visible", "--to", "UKR", "--as", "analyst")["count"] > 0


def test_accounts_are_kept_by_an_administrator(staffed: Stage) -> None:
    admin = ("--as", "admin", *WHY)
    staffed.ask("account", "add", "ukraine", "--for", "UKR", *admin)
    staffed.ask("account", "add", "feed", "--service", *admin)
    assert staffed.ask("account", "role", "analyst", "--role", "auditor", *admin)["roles"] == ["auditor"]
    staffed.ask("account", "disable", "analyst", *admin)
    assert staffed.error(1, "visible", "--to", "UKR", "--as", "analyst")["kind"] == "NotAuthenticated"
    staffed.ask("account", "enable", "analyst", *admin)
    staffed.ask("account", "unlock", "analyst", *admin)
    found = {each["account"]: each for each in staffed.ask("account", "list", "--as", "admin")["accounts"]}
    assert (found["ukraine"]["kind"], found["ukraine"]["for"]) == ("partner", "UKR")
    assert found["feed"]["kind"] == "service"
    assert staffed.ask("account", "show", "admin", "--as", "admin")["ways"] == ["password"]
    assert staffed.error(1, "account", "disable", "analyst", "--as", "auditor", *WHY)["kind"] == "Forbidden"
    assert staffed.error(2, "account", "disable", "analyst", "--as", "admin")["kind"] == "WrongUse"


def test_a_partner_is_told_of_no_place_in_the_register(
    staffed: Stage, tmp_path: Path, type_in: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would say how much went to others."""
    staffed.ask("account", "add", "ukraine", "--for", "UKR", "--as", "admin", *WHY)
    own = ("--to", "UKR", "-o", tmp_path / "ukr.json")
    (entry, epoch) = (staffed.ask("export", *own, "--as", "release-officer")[key] for key in ("entry", "epoch"))
    assert (type(entry), type(epoch)) == (int, int)
    come_in(staffed, "ukraine", type_in)
    made = staffed.ask("export", *own)
    assert (made["count"], made["entry"], made["epoch"]) == (14, None, None)
    assert staffed.type("export", *own).out == f"{tmp_path / 'ukr.json'}: 14 items for UKR, recorded\n"
    scoped = ("--scopes", "release", "--account", "ukraine", "--as", "second")
    monkeypatch.setenv("COMITY_TOKEN", staffed.ask("token", "create", "theirs", *scoped)["token"])
    assert staffed.ask("export", *own)["entry"] is None
    for asked in (("disclosures",), ("disclosures", "--to", "UKR"), ("register", "show"), ("register", "replay")):
        assert staffed.error(1, *asked)["kind"] == "Forbidden"


def test_roles_may_stand_between_commas(staffed: Stage) -> None:
    role = ("account", "role", "analyst", "--as", "admin", *WHY, "--role")
    assert staffed.ask(*role, "analyst,auditor")["roles"] == ["analyst", "auditor"]
    error = staffed.error(2, *role, "analyst,adm")
    assert error["kind"] == "MalformedInput"
    assert error["message"].startswith("--role: no role `adm`: it is one of analyst, release-officer")
    assert staffed.error(2, *role, ",")["kind"] == "MalformedInput"


def test_two_persons_lift_what_one_has_proposed(staffed: Stage) -> None:
    assert staffed.ask("two-person", "show", "--as", "auditor") == {"acts": []}
    assert staffed.ask("two-person", "on", "--as", "admin", *WHY) == {"acts": ["attest", "lift"]}
    staffed.ask("suspend", "GBR", "UKR", "--id", "stop", "--as", "release-officer", *WHY)
    made = staffed.ask("lift", "stop", "--as", "release-officer", *WHY)
    assert (made["proposal"], made["act"], made["id"], made["answer"]) == ("p-1", "lift", "stop", None)
    assert staffed.error(1, "proposal", "approve", "p-1", "--as", "release-officer", *WHY)["kind"] == "Forbidden"
    (listed,) = staffed.ask("proposal", "list", "--as", "second")["proposals"]
    assert (listed["of"], listed["proposer"]) == ("stop", "release-officer")
    assert staffed.ask("proposal", "approve", "p-1", "--as", "second", *WHY)["answer"] == "approved"
    edge = ("gb-early-warning", "--source", "no-maritime-track")
    staffed.ask("attest", *edge, "--withdraw", "--as", "second", *WHY)
    made = staffed.ask("attest", *edge, "--as", "second", *WHY)
    (listed,) = staffed.ask("proposal", "list", "--as", "second")["proposals"]
    assert listed["of"] == "gb-early-warning ← no-maritime-track"
    staffed.ask("proposal", "reject", made["proposal"], "--as", "second", *WHY)
    assert len(staffed.ask("proposal", "list", "--all", "--as", "second")["proposals"]) == 2
    assert staffed.ask("two-person", "off", "lift", "--as", "admin", *WHY) == {"acts": ["attest"]}


def test_one_comes_in_by_a_provider_in_a_browser(staffed: Stage, tmp_path: Path) -> None:
    admin = ("--as", "admin", *WHY)
    secret = tmp_path / "secret"
    secret.write_text(f"{SECRET}\n")
    with running(Book(now=START)) as book:
        add = ("provider", "add", "it", "--issuer", book.issuer, "--client-id", "comity", "--secret-file", secret)
        staffed.ask(*add, *admin)
        kept = staffed.node / "keys" / "oidc" / "it.secret"
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        staffed.ask("account", "link", "analyst", "it", "4711", *admin)
        assert staffed.ask("provider", "list", "--as", "analyst")["providers"][0]["issuer"] == book.issuer
        assert came_in(staffed, book, "4711", silent=True) == 0
        assert staffed.ask("whoami")["account"] == "analyst"
        staffed.ask("logout")
        assert came_in(staffed, book, "another") == 1
        staffed.ask("account", "unlink", "analyst", *admin)
        assert came_in(staffed, book, "4711") == 1


def test_a_provider_that_is_refused_keeps_no_secret(staffed: Stage, tmp_path: Path) -> None:
    admin = ("--as", "admin", *WHY)
    good, bad = tmp_path / "good", tmp_path / "bad"
    good.write_text("good")
    bad.write_text("bad")
    add = ("provider", "add", "it", "--client-id", "comity", "--issuer")
    staffed.ask(*add, "https://id.example", "--secret-file", good, *admin)
    staffed.error(1, *add, "https://other.example", "--secret-file", bad, *admin)
    staffed.error(1, *add, "https://id.example", "--secret-file", bad, "--as", "analyst")
    staffed.error(2, "provider", "add", "../it", *add[3:], "https://id.example", "--secret-file", bad, *admin)
    kept = staffed.node / "keys" / "oidc" / "it.secret"
    assert kept.read_text() == "good"
    staffed.ask(*add, "https://id.example", "--secret-file", bad, *admin)
    assert kept.read_text() == "bad"


def came_in(stage: Stage, book: Book, subject: str, *, silent: bool = False) -> int:
    """How `comity login --provider` ends, once the browser has come back; others come first, one and says nothing."""
    words = [str(Path(sys.executable).with_name("comity")), "login", "--provider", "it", "--node", str(stage.node)]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env=dict(os.environ)) as run:
        assert run.stderr is not None
        assert "open this address" in run.stderr.readline()
        address = run.stderr.readline().strip()
        book.subject, book.now = subject, _now()
        with httpx2.Client() as browser, ExitStack() as held:
            back = way_back(address)
            place = urlsplit(back)
            if silent:
                held.enter_context(socket.create_connection((str(place.hostname), place.port or 0)))
            for forged in ("state=forged", "state=", "code=x"):
                assert browser.get(f"{back.partition('?')[0]}?{forged}", timeout=30).status_code == 404
            assert browser.get(f"{back.partition('/back')[0]}/favicon.ico").status_code == 404
            assert "may be closed" in browser.get(back).text
        return run.wait(30)


def _now() -> Instant:
    return clock()
