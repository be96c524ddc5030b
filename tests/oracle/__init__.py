"""A naive second implementation of the release decision, to check the first one against."""
