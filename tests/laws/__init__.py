"""The named laws of the release semantics, §4, as properties of random worlds."""
