"""The command line: parse, wire, print, exit."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the program and end the process with its exit code."""
    from reconciler.cli.boundary import run

    sys.exit(run(sys.argv[1:]))
