"""The rows of what is needed and what could be added: facts of the core, each with its id and when it holds.

A tag names its item by `index.holding.item_id`, as consents do.
"""

from typing import Generic, NamedTuple, TypeVar

from comity.core.instant import Window
from comity.core.offer import Offer, Pool
from comity.core.requirement import Requirement, Rule, Tag

Fact = TypeVar("Fact", Requirement, Rule | Tag, Pool, Offer)


class During(NamedTuple, Generic[Fact]):
    """What is stated under an id, and the time for which it is."""

    id: str
    stated: Fact
    window: Window
