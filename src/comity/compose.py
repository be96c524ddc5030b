"""The only wiring: a folder and a clock make a node."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from comity.core.errors import NodeDamaged
from comity.core.instant import Instant
from comity.formats.world import WorldFile
from comity.service.found import Founded, found
from comity.service.labels import stale
from comity.service.ports import Writer
from comity.service.records import Word
from comity.service.vault import Vault
from comity.settings import DATABASE
from comity.solver import solve
from comity.store import folder, provider_secret
from comity.store.address import Address
from comity.store.lock import PATIENCE, Waiting
from comity.store.record import Record

if TYPE_CHECKING:
    from comity.service.keys import Keyring
    from comity.web.serving import Bounds, Serving

_LISTED: Final = 20
"""Faults that `verify` names; of more it says how many."""
_CHECK: Final = "key-check"
"""The setting by which the record knows the secret that belongs to it; nodes of an early version have none."""
_MEND: Final = "restore the node from its last copy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """An open node, with what it keeps secret."""

    directory: Path
    store: Record
    vault: Vault

    @property
    def keyring(self) -> "Keyring":
        """Its private keys."""
        return keyring_of(self.directory)

    def provider_secret(self, name: str) -> str | None:
        """The secret by which a provider of identity knows this node, None where it has none."""
        return provider_secret.read(self.directory, name)

    def keep_provider_secret(self, name: str, secret: str) -> None:
        """Keep that secret, in place of the one before."""
        provider_secret.keep(self.directory, name, secret)

    def verify_register(self) -> None:
        """As the function `verify_register`."""
        verify_register(self)

    def close(self) -> None:
        """Close the record."""
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Founding:
    """What a new node starts from: its holder, a world, or both, if they agree; and its first administrator."""

    holder: str | None = None
    world: WorldFile | None = None
    administrator: str = "admin"


def init(
    directory: Path, clock: Callable[[], Instant], founding: Founding, word: Word, database: Address | None = None
) -> Founded:
    """Make a node in `directory`, which must be empty or not there; it is there whole, or not at all.

    Its record is kept in that folder, or in `database`, which must be empty, too.
    """
    from comity.service.accounts import first  # noqa: PLC0415 - argon2 is loaded where somebody comes in
    from comity.service.keys import add_key  # noqa: PLC0415 - cryptography is loaded where something is signed

    done: list[Founded] = []
    codes: list[str] = []

    def beside(writer: Writer) -> None:
        writer.set_setting(_CHECK, vault_of(directory).key("check").hex())
        add_key(writer, keyring_of(directory))
        codes.append(first(writer, founding.administrator, vault_of(directory)))

    def fill(record: Record) -> None:
        done.append(found(record, founding.holder, founding.world, word, beside))

    folder.create(directory, clock, fill, database)
    return replace(done[0], code=codes[0])


def vault_of(directory: Path) -> Vault:
    """What the node in `directory` keeps secret."""
    return Vault(secret=folder.register_key(directory), randomness=secrets.token_bytes)


def keyring_of(directory: Path) -> "Keyring":
    """The private keys of the node in `directory`."""
    from comity.store.keyring import FolderKeyring  # noqa: PLC0415 - as in init

    return FolderKeyring(directory)


def open_node(
    directory: Path,
    clock: Callable[[], Instant],
    patience: float = PATIENCE,
    waiting: Waiting | None = None,
    database: Address | None = None,
) -> Node:
    """Open the node in `directory`; `patience` is how many seconds to wait for another writer.

    `waiting` is told once, in words, when a wait grows longer than a second. The record is in `database`, by default
    where the folder says.

    Raises NodeDamaged, with the mend, when something is missing, unsafe, newer than this program or not ours.
    """
    store = folder.open_record(directory, clock, patience, waiting, database)
    node = Node(directory=directory, store=store, vault=vault_of(directory))
    try:
        _check_secret(node)
    except BaseException:
        node.close()
        raise
    return node


def serving(
    node: Node, clock: Callable[[], Instant], bounds: "Bounds | None" = None, *, behind_proxy: bool = False
) -> "Serving":
    """What one process serves of an open node."""
    from comity.service.coming_in import Doors  # noqa: PLC0415 - as in init, and what a server is made of
    from comity.service.events import wire  # noqa: PLC0415 - as above
    from comity.service.releasing import outlet  # noqa: PLC0415 - as above
    from comity.web.metrics import Metrics  # noqa: PLC0415 - as above
    from comity.web.serving import Bounds, Crowd, Serving  # noqa: PLC0415 - as above

    bounds, out = bounds or Bounds(), outlet(node.store, node.vault)
    return Serving(
        store=node.store,
        vault=node.vault,
        outlet=out,
        doors=Doors(node.store, node.vault),
        clock=clock,
        ready=lambda: ready(node),
        crowd=Crowd(bounds.of_one),
        wire=wire(out),
        streams=Crowd(bounds.streams_of_one),
        plans=Crowd(bounds.plans_of_one),
        solve=solve,
        metrics=Metrics(),
        bounds=bounds,
        kept=node,
        behind_proxy=behind_proxy,
    )


def ready(node: Node) -> None:
    """Whether the node can be served: its database answers, with our revision and its secret, and its key is there.

    Raises NodeDamaged, NodeUnwritable or NodeBusy.
    """
    node.store.must_be_current()
    _check_secret(node)
    _unsigned(node)


def _check_secret(node: Node) -> None:
    """NodeDamaged when the database is not that of the keys: what was recorded with others could never be proved."""
    with node.store.read() as reader:
        kept = reader.setting(_CHECK)
    if kept is not None and kept != node.vault.key("check").hex():
        raise NodeDamaged(
            f"the keys in `{node.directory}` do not belong to this database: name the node's own with --database, "
            f"or leave {DATABASE} out"
        )


def verify(node: Node, mend: str = _MEND) -> None:
    """Check the whole record against itself; NodeDamaged, with what is wrong and the mend, unless it is whole."""
    whole(_faults(node) or [*_stale(node), *_unindexed(node)], mend)


def verify_register(node: Node, witness: Path | None = None) -> None:
    """As `verify`, without the labels; with a witness file, its heads must be those of this register."""
    whole(_faults(node, witness))


def _faults(node: Node, witness: Path | None = None) -> list[str]:
    from comity.service import checking  # noqa: PLC0415 - as in init

    found = node.store.faults()
    try:
        return [*found, *checking.faults(node.store, node.vault, witness)] or _unsigned(node)
    except NodeDamaged as problem:
        return [*found, str(problem)]


def _unsigned(node: Node) -> list[str]:
    """NodeDamaged when the key that signs now is not there, or is another: no head could be signed."""
    from comity.service.keys import misstated, present  # noqa: PLC0415 - as in init

    with node.store.read() as reader:
        present(reader, node.keyring)
        return [f"the key {key.id} is forged: nothing endorses it, and no act says why" for key in misstated(reader)]


def _stale(node: Node) -> list[str]:
    with node.store.read() as reader:
        try:
            return [f"the label of item {item} is not what its lineage makes it" for item in sorted(stale(reader))]
        except (ValueError, TypeError, LookupError, AttributeError, OverflowError):
            return ["the labels cannot be computed again: a row that they are made of cannot be read"]


def _unindexed(node: Node) -> list[str]:
    from comity.service import indexing  # noqa: PLC0415 - as in init

    with node.store.read() as reader:
        try:
            return indexing.stale(reader)
        except (ValueError, TypeError, LookupError, AttributeError, OverflowError):
            return ["the search index cannot be read; `comity reindex` makes it anew"]


def whole(faults: list[str], mend: str = _MEND) -> None:
    """NodeDamaged, with the first faults and the mend, unless there is none."""
    if faults:
        more = [f"and {len(faults) - _LISTED} more"] if len(faults) > _LISTED else []
        raise NodeDamaged("\n".join([*faults[:_LISTED], *more, mend]))
