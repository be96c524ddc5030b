"""How a node is served: one process that listens and watches over its workers, and workers that answer."""
