"""How good items are said to be, on each Admiralty axis, by the labels of their objects.

Who is graded in two ways on one axis is graded in none there: nobody here judges between the two.
"""

from collections.abc import Mapping
from enum import Enum
from typing import TypeVar

from pyroaring import BitMap

from comity.index.tagging import Said

Axis = TypeVar("Axis", bound=Enum)


def graded(said: Said, labels: Mapping[Axis, str]) -> dict[Axis, BitMap]:
    """The items of each grade of one axis, given how each grade is written as a label."""
    found = {grade: said.labelled(label) for grade, label in labels.items()}
    once, twice = BitMap(), BitMap()
    for items in found.values():
        twice |= once & items
        once |= items
    return {grade: items - twice for grade, items in found.items()}
