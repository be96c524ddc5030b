"""Many processes on one node: what is stopped stays stopped in all of them, from the moment that the stop returns."""
