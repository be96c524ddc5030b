"""The keys that sign heads: made with the node, rotated with an endorsement, never left lying about."""

import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.compose import Founding, Node, init, open_node, verify_register
from comity.core.errors import ComityError, Forbidden, NodeDamaged
from comity.service import heads, keys
from comity.service.keys import Signer
from comity.service.records import SigningKey
from tests import stating
from tests.nodes import ME, Clock
from tests.stating import checked, holds, notary, public, state


@pytest.fixture
def node(tmp_path: Path, clock: Clock) -> Iterator[Node]:
    with stating.found(tmp_path / "node", clock) as node:
        yield node


def files(node: Node) -> list[Path]:
    return sorted((node.directory / "keys" / "signing").iterdir())


def test_a_node_is_made_with_its_key(node: Node) -> None:
    with node.store.read() as reader:
        (key,) = reader.signing_keys()
        assert len(list(reader.acts())) == 1
    (file,) = files(node)
    assert (file.stem, key.endorsement, key.leaf) == (key.id, None, 0)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert node.keyring.open(key.id).public == key.public
    assert keys.key_id(key.public) == key.id


def test_an_older_node_gets_one_when_it_first_signs(node: Node) -> None:
    node.close()
    link = sqlite3.connect(node.directory / "comity.sqlite")
    link.execute("DELETE FROM signing_key")
    link.commit()
    link.close()
    files(node)[0].unlink()
    (node.directory / "keys" / "signing").rmdir()
    with open_node(node.directory, Clock()) as older:
        file = state(older, "USA")
        with older.store.read() as reader:
            (key,) = reader.signing_keys()
            assert [act.kind for act in reader.acts()] == ["init", keys.ACT]
        assert key.endorsement is None
        assert holds(file, key=key.public)


def test_a_rotation_endorses_the_new_key_and_forgets_the_one_before_the_old_one(node: Node) -> None:
    before, old = state(node, "USA", file="before"), public(node)
    first = keys.rotate(node.store, node.keyring, ME)
    assert len(files(node)) == 2
    added = keys.rotate(node.store, node.keyring, ME)
    assert {file.stem for file in files(node)} == {first.id, added.id}
    assert public(node) == added.public != old
    after = state(node, "USA", file="after")
    for file in (before, after):
        assert holds(file, key=old)
    assert holds(after, key=added.public, earlier=before)
    verify_register(node)
    with node.store.read() as reader:
        act = list(reader.acts())[-1]
    assert (act.kind, act.leaf) == (keys.ACT, added.leaf)


def lose(node: Node) -> str:
    """The id of the key that signs, whose file is gone."""
    with node.store.read() as reader:
        key = reader.signing_keys()[-1].id
    (node.directory / "keys" / "signing" / f"{key}.pem").unlink()
    return key


def refusal(node: Node) -> str:
    """What the replacement of the key as a lost one is refused with; nothing where it is not."""
    try:
        keys.replace_lost(node.store, node.keyring, ME)
    except Forbidden as problem:
        return str(problem)
    return ""


def test_a_key_that_is_lost_is_replaced_and_the_new_one_is_confirmed_by_hand(node: Node) -> None:
    before, old = state(node, "USA", file="before"), public(node)
    lost = lose(node)
    for asked in (lambda: keys.rotate(node.store, node.keyring, ME), lambda: verify_register(node)):
        with pytest.raises(NodeDamaged, match="if it is lost for good, `comity register rotate --lost`"):
            asked()
    added = keys.replace_lost(node.store, node.keyring, ME)
    assert added.endorsement is None
    after = state(node, "USA", file="after")
    (fault,) = checked(after, key=old).faults
    assert f"the key {added.id} is not endorsed: the node says that it lost the one before it" in fault
    assert f"--new-key {added.id}" in fault
    assert not holds(after)
    assert not holds(after, confirmed=[lost])
    found = checked(after, key=old, earlier=before, confirmed=[added.id])
    assert found.faults == []
    assert f"the key {added.id} is endorsed by none before it" in " ".join(found.notes)
    # Whoever was given the new key itself has been told in another way.
    assert "is endorsed by none before it" in " ".join(checked(after, key=added.public).notes)
    assert holds(after, key=added.public)


def test_a_lost_key_stands_in_the_register_and_verify_goes_on(node: Node) -> None:
    lose(node)
    added = keys.replace_lost(node.store, node.keyring, ME)
    verify_register(node)
    with node.store.read() as reader:
        ((key, act),) = keys.begun_anew(reader)
    assert (key, act.kind, act.leaf, act.word.actor) == (added, keys.ACT_LOST, added.leaf, ME.actor)
    keys.rotate(node.store, node.keyring, ME)
    verify_register(node)
    after = state(node, "USA")
    assert not holds(after)
    assert holds(after, confirmed=[added.id])
    assert holds(after, key=public(node))


def test_a_key_that_is_there_is_not_replaced_as_lost(node: Node) -> None:
    assert "is there, and can endorse the next: leave out --lost" in refusal(node)
    with node.store.read() as reader:
        assert len(reader.signing_keys()) == 1
    assert len(files(node)) == 1


def test_an_endorsement_that_is_taken_away_does_not_pass_for_a_lost_key(node: Node) -> None:
    """Nor does a bad one: only a file that the node has signed says that a key was lost."""
    own = public(node)
    added = keys.rotate(node.store, node.keyring, ME)
    listed = stating.lines(state(node, "USA"))
    for endorsement in ("", "00" * 64, None):
        listed[0]["keys"][1]["endorsement"] = endorsement
        if endorsement is None:
            del listed[0]["keys"][1]["endorsement"]
        file = stating.write(node.directory.parent / "changed", listed)
        for confirmed in ([], [added.id]):
            assert not holds(file, key=own, confirmed=confirmed)


def test_a_key_without_endorsement_in_an_ordinary_rotation_is_named(node: Node) -> None:
    new = node.keyring.make()
    with node.store.write(keys.ACT, ME, policy=False) as writer:
        writer.add_signing_key(SigningKey(new.id, new.public, None, writer.act.leaf))
    try:
        verify_register(node)
        said = ""
    except NodeDamaged as problem:
        said = str(problem)
    assert f"the key {new.id} is forged: nothing endorses it, and no act says why" in said


def test_what_another_key_has_signed_is_not_believed(node: Node, tmp_path: Path, clock: Clock) -> None:
    file = state(node, "USA")
    with stating.found(tmp_path / "other" / "node", clock) as other:
        other_key, theirs = public(other), state(other, "USA")
    assert "unknown key" in " ".join(checked(file, key=other_key).faults)
    found = checked(theirs, earlier=file).faults
    assert any("keys do not go on" in fault for fault in found)
    assert any("in another place" in fault for fault in found)


def test_a_key_that_says_itself_endorsed_is_not_believed(node: Node) -> None:
    """A stranger's key is put behind the node's, and signs."""
    stranger, file, own = Signer(Ed25519PrivateKey.generate()), state(node, "USA"), public(node)
    listed = stating.lines(file)
    endorsement = stranger.sign("key", stranger.public).hex()
    forged = {"id": stranger.id, "public": stranger.public.hex(), "endorsement": endorsement}
    listed[0]["keys"].append(forged)
    listed[-1]["key"] = stranger.id
    assert "is not endorsed by the key before it" in " ".join(checked(stating.write(file, listed), key=own).faults)
    # Before the node's own, it can endorse it well: it says nothing that counts.
    listed = stating.lines(file)
    listed[0]["keys"][:0] = [forged]
    said = " ".join(checked(stating.write(file, listed), key=stranger.public).faults)
    assert "not endorsed" in said


def test_a_key_file_that_is_not_safe_is_not_used(node: Node) -> None:
    (file,) = files(node)
    content = file.read_bytes()
    file.chmod(0o640)
    with pytest.raises(NodeDamaged, match=r"others may look at .*chmod 0600"):
        heads.sign(notary(node))
    file.chmod(0o600)
    file.write_bytes(b"nonsense")
    with pytest.raises(NodeDamaged, match="is not the key that its name says"):
        heads.sign(notary(node))
    file.unlink()
    with pytest.raises(NodeDamaged, match=r"cannot be read: .*restore it"):
        heads.sign(notary(node))
    other = file.with_suffix(".moved")
    other.write_bytes(content)
    file.symlink_to(other)
    with pytest.raises(NodeDamaged, match="cannot be read"):
        heads.sign(notary(node))


def test_a_node_that_is_given_up_leaves_no_key_behind(tmp_path: Path) -> None:
    with pytest.raises(ComityError):
        init(tmp_path / "node", Clock(), Founding(holder="no/body"), ME)
    assert list(tmp_path.iterdir()) == []


def test_a_private_key_is_not_shown(node: Node) -> None:
    signer = node.keyring.open(keys.key_id(public(node)))
    assert "key=" not in repr(signer)
    assert not keys.good(signer.public, "head", b"x", signer.sign("key", b"x"))
    assert keys.good(signer.public, "key", b"x", signer.sign("key", b"x"))
    assert not keys.good(b"short", "key", b"x", signer.sign("key", b"x"))
