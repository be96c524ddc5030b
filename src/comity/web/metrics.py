"""How a server is doing, in numbers: for Prometheus, of all its processes together.

INVARIANT: nothing here is of an item, a partner or an account, and no label is anything that somebody sent: surfaces,
methods, statuses and the paths of the route table are ours.

Where PROMETHEUS_MULTIPROC_DIR is set when this is imported, as it is in each process of `comity serve`, every process
keeps its numbers in files there, and whichever is asked adds them up.
"""

import os
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

SHARED: Final = "PROMETHEUS_MULTIPROC_DIR"
"""The environment's name for the folder that processes share."""
MEDIA: Final = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """The numbers of one process."""

    def __init__(self) -> None:
        """All are nothing yet."""
        own = CollectorRegistry()
        self._registry = own
        self.requests: Final = Counter(
            "comity_requests", "Requests that were answered.", ("surface", "method", "route", "status"), registry=own
        )
        self.seconds: Final = Histogram(
            "comity_request_seconds",
            "Seconds from a request's head until its answer was out.",
            ("surface", "method"),
            buckets=_SECONDS,
            registry=own,
        )
        self.under_way: Final = Gauge(
            "comity_requests_under_way", "Requests under way.", registry=own, multiprocess_mode="livesum"
        )
        self.sent: Final = Counter("comity_sent_bytes", "Bytes of bodies that were sent.", ("surface",), registry=own)
        self.cut: Final = Counter(
            "comity_cut", "Answers that were cut off before their end.", ("surface",), registry=own
        )
        self.refused: Final = Counter(
            "comity_turned_away", "Requests that were turned away because there was too much to do.", registry=own
        )
        self.faults: Final = Counter("comity_faults", "Faults of the program itself.", registry=own)

    def text(self) -> bytes:
        """All numbers, of all processes that share a folder, as Prometheus reads them."""
        if SHARED not in os.environ:
            return generate_latest(self._registry)
        together = CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        return generate_latest(together)
