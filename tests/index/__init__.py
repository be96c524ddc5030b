"""The index against the decision: it must give the same answers, whatever has happened."""
