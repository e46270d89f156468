"""The command line: parse, wire, print, exit."""

from __future__ import annotations

import gc
import sys


def main() -> None:
    """Run the program and end the process with its exit code."""
    if _told(sys.argv[1:]):
        return
    # A plan makes millions of objects, none in cycles; looking for some took a third of the time.
    gc.disable()
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
