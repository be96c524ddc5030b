"""YAML as other people's tools read it, to hold ours against."""

from typing import Any

import yaml


class _TextLoader(yaml.SafeLoader):
    """YAML's own reading, but that times stay text."""


_TextLoader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if not tag.endswith("timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def plain_of(text: str) -> Any:  # noqa: ANN401 - whatever YAML holds
    """The plain structure that `text` holds as YAML 1.1."""
    return yaml.load(text, Loader=_TextLoader)  # noqa: S506 - a safe loader, with fewer resolvers
