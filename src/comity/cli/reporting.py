"""The options by which a report is kept as an item, and what is said of one that was."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final, NamedTuple

from cyclopts import Parameter

from comity.cli.options import Asking, Flag, Names, listed
from comity.cli.plain import plural
from comity.cli.terminal import Draw, answer, drawn, said
from comity.compose import Node
from comity.core.claim import GENERAL
from comity.core.errors import MalformedInput
from comity.index.mentioned import Reported
from comity.service.reporting import Kind, NewReport, Terms, keep


@dataclass(frozen=True, kw_only=True)
class Keeping:
    """Whether the report is kept, and under which terms."""

    keep: str | None = None
    """Keep the report under this title, as an item of the holder's that is built on all that it tells of."""
    keep_level: str | None = None
    """Its level; by default the highest."""
    keep_domains: Names = ()
    """Its domains; by default `general`."""
    keep_conditions: Names = ()
    """Its conditions of use."""
    keep_releasable: Flag = False
    """The one recipient for whom it was counted may have it; by default nobody but the holder."""

    @property
    def asked(self) -> bool:
        """Whether it is kept. MalformedInput where it is not, and terms are stated."""
        stated = self.keep_level or self.keep_domains or self.keep_conditions or self.keep_releasable
        if self.keep is None and stated:
            raise MalformedInput("--keep-… belongs to --keep: state a title, or leave it out")
        return self.keep is not None

    def new(self, made: "Made") -> NewReport:
        """The report as it is kept."""
        terms = Terms(
            level=self.keep_level,
            domains=frozenset(listed(self.keep_domains) or {GENERAL}),
            releasable_to=made.reported.readers if self.keep_releasable else (),
            conditions=frozenset(listed(self.keep_conditions)),
        )
        return NewReport(
            kind=made.kind, title=self.keep or "", document=made.document, reported=made.reported, terms=terms
        )


class Made(NamedTuple):
    """A report: what it is on, in plain values, and for people."""

    kind: Kind
    reported: Reported
    document: Mapping[str, object]
    draw: Draw


KeepingOptions = Annotated[Keeping, Parameter(name="*")]
KEEPING: Final = Keeping()


def told(options: Asking, keeping: Keeping, node: Node, made: Made) -> int:
    """Answer with a report, and keep it if that is asked for."""
    if not keeping.asked:
        return answer(options, made.document, made.draw)
    kept = keep(node.store, keeping.new(made), options.asker, vault=node.vault)
    said_of = {"item": kept.name, "stix_id": kept.stix_id, "mentions": kept.mentions}
    line = f"kept as {kept.name}, built on {plural(kept.mentions, 'item')}"
    return answer(options, {**made.document, "kept": said_of}, drawn(made.draw, said(line)))
