"""`comity-verify`: one file, copied away from everything, which says in words what does not hold."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import comity
import comity_verify
from comity.core.slots import DEPTH
from comity.service import keys, proving, witness
from tests import stating
from tests.nodes import ME, Clock
from tests.stating import hand, lines, notary, public, state, write

Change = Callable[[list[Any]], None]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A partner's folder: two statements, the second under a witness and after a rotation; a proof; the key."""
    clock, folder = Clock(), tmp_path_factory.mktemp("desk")
    with stating.found(folder / "node", clock) as node:
        hand(node, "UKR")
        (folder / "key").write_text(public(node).hex())
        state(node, "USA", file="old")
        for _ in range(2):
            clock.pass_by(60)
            witness.append(notary(node), folder / "heads.jsonl")
            hand(node, "DEU")
            keys.rotate(node.store, node.keyring, ME)
        clock.pass_by(60)
        witness.append(notary(node), folder / "heads.jsonl")
        state(node, "USA", file="new", witness=folder / "heads.jsonl")
        state(node, "UKR", "received", file="ukr")
        proving.write(notary(node), proving.Wanted(party="UKR", item="gb-joint", to="UKR"), folder / "proof.jsonl")
    shutil.rmtree(folder / "node")
    return folder


def said(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, str]:
    code = comity_verify.main(list(map(str, words)))
    printed = capsys.readouterr()
    return code, printed.out + printed.err


def test_it_needs_nothing_but_cryptography(desk: Path, tmp_path: Path) -> None:
    """The file alone, in an interpreter that does not find the package."""
    shutil.copy(comity_verify.__file__, tmp_path / "verify.py")
    program = (
        "import runpy, sys\n"
        "from importlib.abc import MetaPathFinder\n"
        "class Refuse(MetaPathFinder):\n"
        "    def find_spec(self, name, path, target=None):\n"
        "        if name.partition('.')[0] not in {*sys.stdlib_module_names, 'cryptography', '_cffi_backend'}:\n"
        "            raise ImportError(name)\n"
        "sys.meta_path.insert(0, Refuse())\n"
        "runpy.run_path('verify.py', run_name='__main__')\n"
    )
    files = ["new.jsonl", "ukr.jsonl", "proof.jsonl"]
    done = subprocess.run(
        [sys.executable, "-c", program, *(str(desk / file) for file in files), "--key", (desk / "key").read_text()],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("everything holds") == 3


def test_everything_holds(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = (desk / "key").read_text()
    against = ("--key", key.upper(), "--witness", desk / "heads.jsonl", "--earlier", desk / "old.jsonl")
    code, printed = said(capsys, desk / "new.jsonl", *against)
    assert code == 0, printed
    assert "statement of what was disclosed of the material of USA, by the node of GBR" in printed
    assert "entries in the log: 3, here: 3" in printed
    assert re.findall("note: .*", printed) == [
        "note: 4 items are closed: that they went is shown; which of yours they carry is the node's word"
    ]


def test_without_a_key_it_says_what_to_ask(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, printed = said(capsys, desk / "ukr.jsonl")
    assert code == 0
    assert f"ask the node in another way whether its key is {(desk / 'key').read_text()}" in printed


def test_one_document_for_programs(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, printed = said(capsys, desk / "ukr.jsonl", desk / "proof.jsonl", "--json")
    ukr, proof = json.loads(printed)["files"]
    assert code == 0
    assert (ukr["kind"], ukr["party"], ukr["side"], ukr["entries"], ukr["opened"]) == (
        "statement",
        "UKR",
        "received",
        1,
        6,
    )
    assert (proof["kind"], proof["entries"], proof["opened"], proof["faults"]) == ("proof", 1, 1, [])
    assert ukr["holds"] is proof["holds"] is True


def test_heads_from_before_a_rotation_are_judged_by_the_keys_that_the_file_lists(
    desk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file itself must be signed by the key that is trusted, or by a later one."""
    newest = lines(desk / "new.jsonl")[0]["keys"][-1]["public"]
    code, printed = said(capsys, desk / "new.jsonl", "--key", newest, "--witness", desk / "heads.jsonl")
    assert code == 0, printed
    assert "2 heads are signed by keys from before the one that you trust, as this file lists them" in printed
    code, printed = said(capsys, desk / "old.jsonl", "--key", newest)
    assert (code, "the head of" in printed) == (1, True)
    listed = lines(desk / "new.jsonl")
    listed[1]["head"]["signature"] = listed[2]["head"]["signature"]
    code, printed = said(capsys, write(tmp_path / "file", listed), "--key", newest)
    assert (code, "is forged: its key has not signed it" in printed) == (1, True)


def test_a_key_from_before_the_one_that_is_trusted_signs_no_file(
    desk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    listed = lines(desk / "old.jsonl")
    listed[0]["keys"] = lines(desk / "new.jsonl")[0]["keys"]
    code, printed = said(capsys, write(tmp_path / "file", listed), "--key", listed[0]["keys"][1]["public"])
    assert (code, "the file is signed by an unknown key" in printed) == (1, True), printed


def test_later_heads_are_not_judged_by_keys_that_the_file_cannot_know(
    desk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    heads = lines(desk / "heads.jsonl")
    listed = lines(desk / "old.jsonl")
    witnessed = write(tmp_path / "heads", [listed[0]["head"], *heads[1:]])
    code, printed = said(capsys, desk / "old.jsonl", "--witness", witnessed)
    assert code == 0, printed
    assert "2 of the later heads are signed by keys that are not in this file: not judged" in printed
    code, printed = said(capsys, desk / "old.jsonl", "--witness", write(tmp_path / "others", heads))
    assert (code, "line 2 of the witness file: the head of" in printed) == (1, True), printed


def change_head(listed: list[Any]) -> None:
    listed[0]["head"]["at"] = "2024-01-01T00:00:00Z"


def change_root(listed: list[Any]) -> None:
    listed[0]["log"]["root"] = "00" * 32


def change_size(listed: list[Any]) -> None:
    listed[0]["log"]["size"] += 1


def change_party(listed: list[Any]) -> None:
    listed[0]["log"]["party"] = "FRA"


def change_side(listed: list[Any]) -> None:
    listed[0]["log"]["side"] = "received"


def change_slot(listed: list[Any]) -> None:
    listed[0]["log"]["slot"] = "0" * 16


def change_path(listed: list[Any]) -> None:
    listed[0]["log"]["path"][DEPTH // 2] = "00" * 32


def shorten_path(listed: list[Any]) -> None:
    listed[0]["log"]["path"].pop()


def change_key(listed: list[Any]) -> None:
    listed[0]["keys"][-1]["public"] = "00" * 32


def drop_keys(listed: list[Any]) -> None:
    del listed[0]["keys"][1:]


def drop_endorsement(listed: list[Any]) -> None:
    del listed[0]["keys"][1]["endorsement"]


def change_way(listed: list[Any]) -> None:
    listed[1]["path"][0] = "00" * 32


def change_way_root(listed: list[Any]) -> None:
    listed[1]["root"] = "00" * 32


def empty_way(listed: list[Any]) -> None:
    for part in ("path", "root", "size"):
        del listed[2][part]


def long_way(listed: list[Any]) -> None:
    listed[1]["size"] = 9


def drop_signature(listed: list[Any]) -> None:
    del listed[-1]


def append_line(listed: list[Any]) -> None:
    listed.append(listed[-2])


def strange_line(listed: list[Any]) -> None:
    listed.insert(2, {"something": "else"})


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (change_head, "the head of 2024-01-01T00:00:00Z is forged"),
        (change_root, "the log is not under the head"),
        (change_size, "the log is not under the head"),
        (change_party, "the log is not under the head"),
        (change_side, "the log is not under the head"),
        (change_slot, "the log is not under the head"),
        (change_path, "the log is not under the head"),
        (shorten_path, "the log is not under the head"),
        (change_key, "forged"),
        (drop_keys, "signed by an unknown key"),
        (drop_endorsement, "is not endorsed: the node says that it lost the one before it"),
        (change_way, "the log is not under the head of .* as the file says: forged"),
        (change_way_root, "the first 1 entries are not those of"),
        (empty_way, "leads to no log, and an earlier one does: hidden"),
        (long_way, "a head was signed when the log had 9 entries: the rest is hidden or cut off"),
        (drop_signature, "the last line is no signature: the file is cut off"),
        (append_line, "something stands after the signature, on line 8: it was added"),
        (strange_line, "line 3 is none that belongs here: it was added"),
    ],
)
def test_what_does_not_hold_is_named(
    desk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], change: Change, expected: str
) -> None:
    listed = lines(desk / "new.jsonl")
    change(listed)
    code, printed = said(capsys, write(tmp_path / "file", listed))
    assert (code, "DOES NOT HOLD" in printed) == (1, True)
    assert re.search(f"does not hold: .*{expected}", printed), printed
    unsigned = "not as it was signed" if change not in (drop_signature, drop_keys, change_key) else ""
    assert unsigned in printed


def test_an_older_statement_that_does_not_go_with_it_is_named(
    desk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, printed = said(capsys, desk / "new.jsonl", "--earlier", desk / "ukr.jsonl")
    assert (code, printed.count("does not hold: ")) == (1, 1)
    assert "the earlier statement is of another log, of what was handed to UKR, by the node of GBR" in printed
    assert "--earlier is for statements" in said(capsys, desk / "proof.jsonl", "--earlier", desk / "old.jsonl")[1]
    (tmp_path / "damaged").write_bytes((desk / "old.jsonl").read_bytes()[1:])
    for earlier, expected in (
        (desk / "proof.jsonl", "is a proof: name an older statement"),
        (desk / "heads.jsonl", "name an older statement"),
        (desk / "key", "is no statement and no proof"),
        (tmp_path / "none", "cannot be read"),
        (tmp_path / "damaged", "is damaged: "),
    ):
        code, printed = said(capsys, desk / "new.jsonl", "--earlier", earlier)
        assert (code, printed.startswith("comity-verify: --earlier: "), expected in printed) == (2, True, True), printed
    code, printed = said(capsys, desk / "old.jsonl", "--earlier", desk / "new.jsonl")
    assert code == 1
    assert "entry 1 is in the earlier statement and not in this one: hidden or cut off" in printed
    assert "the earlier statement is under a later head: swap the two" in printed
    listed = lines(desk / "old.jsonl")
    listed[1]["entry"]["to"] = "RUS"
    code, printed = said(capsys, desk / "new.jsonl", "--earlier", write(tmp_path / "old", listed))
    assert "entry 0 is not what the earlier statement has there" in printed
    assert "the earlier statement does not hold itself" in printed


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "no statement and no proof"),
        (b"\x00\xff", "no statement and no proof"),
        (b'{"comity":"statement"}\n', "no statement and no proof"),
        (b'{"comity":"statement","form":2}\n', "is of form 2, and this program knows 1: get a newer one"),
        (b"[" * 100_000, "no statement and no proof"),
        (b'{"comity":"statement","form":1,"head":{},"keys":[],"log":{}}\n', "no statement and no proof"),
        (
            b'{"comity":"proof","form":1,"head":{"at":"x","key":"","parties":"","signature":""},"keys":[],"log":{}}\n',
            "no head",
        ),
    ],
)
def test_what_is_no_statement_is_said_to_be_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, expected: str
) -> None:
    (tmp_path / "file").write_bytes(content)
    code, printed = said(capsys, tmp_path / "file")
    assert (code, expected in printed) == (2, True), printed


def test_it_says_its_version_which_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as problem:
        comity_verify.main(["--version"])
    assert (problem.value.code, capsys.readouterr().out) == (0, f"{comity.__version__}\n")


def test_wrong_use_is_said(desk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, tmp_path / "none")[0] == 2
    code, printed = said(capsys, desk / "ukr.jsonl", "--key", "abc")
    assert (code, "is no public key" in printed) == (2, True)
    assert said(capsys, desk / "ukr.jsonl", "--witness", desk / "key")[0] == 2
    code, printed = said(capsys, desk / "ukr.jsonl", "--since", "yesterday")
    assert (code, "`yesterday` is no time: write 2025-03-01" in printed) == (2, True)
    assert said(capsys, desk / "ukr.jsonl", "--since", "2025-03-01")[0] == 0
    with pytest.raises(SystemExit) as problem:
        comity_verify.main([])
    assert problem.value.code == 2


def longer_salt(item: Any) -> None:  # noqa: ANN401
    """The bytes that are hashed stay the same: the id begins where the salt ends."""
    item |= {"salt": item["salt"] + item["id"][:3].encode().hex(), "id": item["id"][3:]}


def second_line(item: Any) -> None:  # noqa: ANN401
    """Again the same bytes: the version is a line of the id."""
    item |= {"id": f"{item['id']}\n{item['version']}", "version": item["sha256"], "sha256": ""}


def strange_version(item: Any) -> None:  # noqa: ANN401
    item["version"] += "\n"


@pytest.mark.parametrize("change", [longer_salt, second_line, strange_version])
def test_a_commitment_is_opened_in_one_way_only(
    desk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], change: Callable[[Any], None]
) -> None:
    listed = lines(desk / "ukr.jsonl")
    change(listed[1]["items"][0])
    code, printed = said(capsys, write(tmp_path / "file", listed))
    assert (code, "entry 0, item 0 is not in the form of what is committed to" in printed) == (1, True), printed


@pytest.mark.parametrize("part", sorted(comity_verify.HEAD))
def test_a_head_has_all_its_parts(desk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], part: str) -> None:
    listed = lines(desk / "ukr.jsonl")
    del listed[0]["head"][part]
    code, printed = said(capsys, write(tmp_path / "file", listed), "--json")
    assert (code, "no head" in printed) == (1, True), printed


@pytest.mark.parametrize("file", ["new.jsonl", "ukr.jsonl", "proof.jsonl"])
def test_a_file_whose_first_line_is_damaged_was_changed_and_is_not_another_file(
    desk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], file: str
) -> None:
    """It is not passed over as one that has nothing to do with statements."""
    content = (desk / file).read_bytes()
    first, rest = content.split(b"\n", 1)
    for damaged in (
        b"",
        first[1:],
        first[:-1],
        first.replace(b"comity", b"comitx"),
        first.replace(b'"log":', b'"lag":'),
    ):
        (tmp_path / "file").write_bytes(damaged + b"\n" + rest)
        code, printed = said(capsys, tmp_path / "file")
        assert code == 1, printed
        assert "a statement or a proof that was changed" in printed
        assert "DOES NOT HOLD" in printed
        assert "Traceback" not in printed
    (tmp_path / "file").write_bytes(content.replace(b"\n", b"\r\n"))
    assert said(capsys, tmp_path / "file")[0] == 1
    (tmp_path / "file").write_bytes(b"\n" + rest)
    code, printed = said(capsys, tmp_path / "file", "--json")
    (document,) = json.loads(printed)["files"]
    assert (code, document["kind"], document["holds"], document["node"]) == (1, None, False, None)


def test_a_file_that_cannot_be_read_does_not_hide_what_is_found_in_the_others(
    desk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    listed = lines(desk / "ukr.jsonl")
    change_root(listed)
    files = tmp_path / "none", desk / "ukr.jsonl", write(tmp_path / "file", listed)
    code, printed = said(capsys, *files)
    assert (code, printed.count("everything holds"), printed.count("DOES NOT HOLD")) == (2, 1, 1)
    assert "none` cannot be read" in printed
    assert comity_verify.main([*map(str, files), "--json"]) == 2
    found = json.loads(capsys.readouterr().out)
    assert [len(found["files"]), len(found["unreadable"])] == [2, 1]


def test_a_file_may_be_a_pipe_and_the_output_may_have_few_letters(desk: Path) -> None:
    content = (desk / "ukr.jsonl").read_bytes()
    command = [sys.executable, comity_verify.__file__, "/dev/stdin"]
    assert b"everything holds" in subprocess.run(command, input=content, capture_output=True, check=True).stdout
    content = content.replace(b'"party":"UKR"', '"party":"Zoë"'.encode())
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, input=content, capture_output=True, env=environment, check=False)
    assert (done.returncode, done.stderr) == (1, b"")
    assert rb"handed to Zo\xeb" in done.stdout


def withhold_all(listed: list[Any]) -> None:
    for line in listed:
        line.pop("items", None)


def withhold_one(listed: list[Any]) -> None:
    listed[1]["items"][0] = {"carries": []}


def list_none(listed: list[Any]) -> None:
    listed[1]["items"] = []


def date_otherwise(listed: list[Any]) -> None:
    listed[1]["entry"]["at"] = "in spring"


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        (
            ("ukr.jsonl", withhold_all),
            "entry 0 is not opened, and belongs to what the file says that it opens: withheld",
        ),
        (
            ("old.jsonl", withhold_all),
            "entry 0 is not opened, and belongs to what the file says that it opens: withheld",
        ),
        (("ukr.jsonl", withhold_one), "entry 0, item 0 was handed over, and is not opened: withheld"),
        (("ukr.jsonl", list_none), "entry 0 has 6 items, and 0 are listed: one was hidden"),
    ],
)
def test_what_is_withheld_is_found(
    desk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], case: tuple[str, Change], expected: str
) -> None:
    file, change = case
    listed = lines(desk / file)
    change(listed)
    code, printed = said(capsys, write(tmp_path / "file", listed))
    assert (code, f"does not hold: {expected}" in printed) == (1, True), printed


@pytest.mark.parametrize(
    ("bounds", "withheld"),
    [
        ({"since": "2025-03-01T00:00:00.000001Z"}, False),
        ({"since": "2025-03-01T00:00:00Z"}, True),
        ({"until": "2025-03-01T00:00:00Z"}, False),
        ({"until": "2025-03-02T00:00:00Z"}, True),
    ],
)
def test_bounds_say_what_must_be_opened_and_are_said(
    desk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], bounds: dict[str, str], *, withheld: bool
) -> None:
    listed = lines(desk / "ukr.jsonl")
    listed[1]["entry"]["at"] = "2025-03-01T00:00:00Z"
    listed[0]["opened"] = bounds
    withhold_all(listed)
    _, printed = said(capsys, write(tmp_path / "file", listed))
    assert ("withheld" in printed) is withheld, printed
    ((word, at),) = bounds.items()
    assert f"note: only entries {word} {at} are opened: all are listed" in printed


@pytest.mark.parametrize("bounds", [{"since": "spring"}, {"from": "2025-03-01T00:00:00Z"}, [], None])
def test_bounds_that_cannot_be_compared_are_none(
    desk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], bounds: object
) -> None:
    listed = lines(desk / "ukr.jsonl")
    listed[0]["opened"] = bounds
    assert said(capsys, write(tmp_path / "file", listed))[0] == 1
    listed = lines(desk / "ukr.jsonl")
    date_otherwise(listed)
    assert said(capsys, write(tmp_path / "file", listed))[0] == 1


@pytest.mark.parametrize(
    ("file", "due", "expected"),
    [
        ("ukr.jsonl", ("--party", "FRA"), "its party is UKR, and FRA was due"),
        ("ukr.jsonl", ("--side", "originated"), "its side is received, and originated was due"),
        ("proof.jsonl", ("--kind", "statement"), "its kind is proof, and statement was due"),
        ("ukr.jsonl", ("--party", "UKR", "--side", "received", "--kind", "statement"), "everything holds"),
    ],
)
def test_a_valid_file_is_not_taken_for_the_one_that_was_due(
    desk: Path, capsys: pytest.CaptureFixture[str], file: str, due: tuple[str, ...], expected: str
) -> None:
    code, printed = said(capsys, desk / file, *due)
    assert (code, expected in printed) == (0 if expected == "everything holds" else 1, True), printed


def test_nothing_that_others_wrote_reaches_the_terminal(
    desk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    listed = lines(desk / "ukr.jsonl")
    listed[1]["items"][0]["id"] = "report--\x1b[31mred\u202e"
    code, printed = said(capsys, write(tmp_path / "file", listed))
    assert (code, "\x1b" in printed, "\u202e" in printed) == (1, False, False)


@pytest.mark.parametrize(("where", "code"), [("/dev/full", 2), ("pipe", 141)])
def test_an_answer_that_cannot_be_written_is_no_verdict(tmp_path: Path, where: str, code: int) -> None:
    (tmp_path / "file").write_bytes(b"{}")
    command = [sys.executable, comity_verify.__file__, str(tmp_path / "file"), "--json"]
    if where == "pipe":
        reading, writing = os.pipe()
        os.close(reading)
    else:
        writing = os.open(where, os.O_WRONLY)
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert done.returncode == code
    assert b"Traceback" not in done.stderr
