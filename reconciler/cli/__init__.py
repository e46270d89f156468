"""The command line: parse, wire, print, exit."""

from __future__ import annotations

import gc
import sys

_OBJECTS = 100_000
"""New objects between two collections: a plan makes millions at once, and hardly any in cycles."""


def main() -> None:
    """Run the program and end the process with its exit code."""
    if _told(sys.argv[1:]):
        return
    gc.set_threshold(_OBJECTS, 20, 50)
    from reconciler.cli.boundary import run

    sys.exit(run(sys.argv[1:]))


def _told(arguments: list[str]) -> bool:
    """Answer what is asked all the time without loading anything: the version, and the help."""
    if arguments in (["--version"], ["-V"]):
        from reconciler import __version__

        text = f"copilot-seats {__version__}\n"
    elif arguments in (["--help"], ["-h"]):
        from reconciler.cli.helppage import page

        text = page()
    else:
        return False
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        return False
    return True
