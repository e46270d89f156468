"""The command line: parse, wire, print, exit."""

from __future__ import annotations

import gc
import sys

_OBJECTS = 100_000
"""New objects between two collections: a plan makes millions at once, and hardly any in cycles."""


def main() -> None:
    """Run the program and end the process with its exit code."""
    if sys.argv[1:] in (["--version"], ["-V"]) and _told_version():
        return
    gc.set_threshold(_OBJECTS, 20, 50)
    from reconciler.cli.boundary import run

    sys.exit(run(sys.argv[1:]))


def _told_version() -> bool:
    """Print the version without loading anything: scripts ask for it all the time."""
    from reconciler import __version__

    try:
        sys.stdout.write(f"copilot-seats {__version__}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        return False
    return True
