"""`comity …`: what people and scripts type."""

import sys


def main() -> None:
    """The program `comity`: exits with the code of the command (see `comity.cli.app`)."""
    from comity.cli.app import run  # noqa: PLC0415 - a library that looks at this package pays for no command line

    sys.exit(run(sys.argv[1:]))
