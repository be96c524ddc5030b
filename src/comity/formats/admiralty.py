"""Grades on the two Admiralty axes, as the field writes them on an object: labels of MISP's taxonomy `admiralty-scale`.

`admiralty-scale:source-reliability="b"`, `admiralty-scale:information-credibility="2"`; compared as labels are, without
case. Whatever else a label says, it grades nothing: the taxonomy's `g`, too, which is on no scale of NATO's.
"""

from typing import Final

from comity.core.requirement import Credibility, Reliability

RELIABILITY: Final = {each: f'admiralty-scale:source-reliability="{each.name.lower()}"' for each in Reliability}
"""The label of each letter."""
CREDIBILITY: Final = {each: f'admiralty-scale:information-credibility="{each.value}"' for each in Credibility}
"""The label of each digit."""
