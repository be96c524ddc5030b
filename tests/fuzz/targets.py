"""All targets. To add one, write its law beside its like, and give it a seed in `corpus/`."""

from typing import Final

from tests.fuzz import formats, oidc, sealed, web
from tests.fuzz.target import Target

TARGETS: Final[tuple[Target, ...]] = (*formats.TARGETS, *sealed.TARGETS, *web.TARGETS, *oidc.TARGETS)
