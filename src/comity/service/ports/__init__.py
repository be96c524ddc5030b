"""What the acts need of whoever keeps the record. `comity.store` keeps it; `tests/contract` holds every guarantee.

A `Reader` answers from one consistent snapshot. A `Writer` is one act: everything it adds carries that act's recorded
time, actor and epoch, and is durable all together or not at all. A `Deriver` may only rewrite what can be computed
again. Facts are written as core values; whether they are valid is judged by the acts, before they are written.
"""

from comity.service.ports.reading import Reader
from comity.service.ports.store import Begin, Gate, Store, Turn
from comity.service.ports.writing import Deriver, Writer

__all__ = ["Begin", "Deriver", "Gate", "Reader", "Store", "Turn", "Writer"]
