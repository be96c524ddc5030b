"""One state machine over whole nodes; the model is plain dicts."""
