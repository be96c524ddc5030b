"""Of the copies of one version, each reader gets the earliest received of those that it may see (`stix_sameness`)."""

from collections.abc import Iterable, Iterator

from pyroaring import BitMap

from comity.core.errors import MalformedInput
from comity.core.instant import ALWAYS, Instant
from comity.formats import instant
from comity.index.holding import Ordinal
from comity.service.ports import Reader
from comity.service.records import Held


def earliest(reader: Reader, items: Iterable[Ordinal], visible: BitMap) -> list[Held]:
    """The held items with these numbers, in this order, without those of which an earlier copy is `visible`."""
    listed = list(items)
    rows, copies = reader.held_and_copies(listed)
    if (
        len(copies) == len(listed) == sum(map(len, copies.values()))
    ):  # each is the only one of its id, as nearly all are
        return [rows[item] for item in listed]
    return [
        rows[item] for item in listed if item in rows and _is_first(rows[item], copies[rows[item].stix_id], visible)
    ]


def doubled(copies: Iterable[Held]) -> Iterator[Ordinal]:
    """Those of the copies of one STIX id of whose version there is another."""
    versions: dict[Instant | str, list[Ordinal]] = {}
    for copy in copies:
        versions.setdefault(_version(copy), []).append(copy.ordinal)
    return (copy for same in versions.values() if len(same) > 1 for copy in same)


def _is_first(item: Held, copies: list[Held], visible: BitMap) -> bool:
    """Whether, of the visible copies, the item is that of its version which was received first."""
    if len(copies) == 1:
        return True
    version, receipt = _version(item), _receipt(item)
    return not any(
        _receipt(copy) < receipt and copy.ordinal in visible and _version(copy) == version for copy in copies
    )


def _version(item: Held) -> Instant | str:
    """The version as a time, so that `…:00Z` and `…:00.000Z` are one; as the text where it is none."""
    try:
        return instant.parse(item.version)
    except MalformedInput:
        return item.version


def _receipt(item: Held) -> tuple[Instant, Ordinal]:
    return ALWAYS if item.received is None else item.received, item.ordinal
