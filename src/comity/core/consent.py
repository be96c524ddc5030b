"""The originator's word that one item, and what is built on it, may go to named recipients.

Only the originator of a claim, or its delegate, can waive it; anybody else's consent waives nothing. Semantics §1, §2.
"""

from dataclasses import dataclass

from comity.core.instant import Instant, Window
from comity.core.lineage import ItemId, Use
from comity.core.partner import Code


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """`by` says that `item` may go to `to`. `given` is when it was said, `use` what it was said of.

    A consent for `draws-on` speaks only where some attested analysis lies between the claim and what is released.
    """

    id: str
    by: Code
    item: ItemId
    to: tuple[str, ...]
    window: Window
    given: Instant
    use: Use = Use.REPRODUCES
