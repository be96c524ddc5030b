"""A process that takes one large bundle in and says what it took: `python -m tests.crash.taking NODE FILE`."""

import json
import resource
import sys
import time
from pathlib import Path

from comity.compose import open_node
from comity.service.partners import as_code
from comity.service.receive import receive
from tests.crash.acting import clock
from tests.nodes import ME


def main(node: Path, file: Path) -> None:
    """Print the counts, the seconds, and how much memory the process grew by at most, in MB."""
    with open_node(node, clock) as opened, file.open("rb") as stream:
        before, began = _peak(), time.monotonic()
        receipt = receive(opened.store, stream, submitter=as_code("USA"), word=ME)
        seconds = time.monotonic() - began
    said = {"read": receipt.read, "accepted": receipt.accepted, "seconds": seconds, "grown": _peak() - before}
    sys.stdout.write(json.dumps(said))


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
