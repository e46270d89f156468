"""The command line: parse, wire, print, exit."""

# Nothing is imported here but what Python has loaded before: until `main` has begun, Ctrl-C ends in
# a traceback.
import _signal  # type: ignore[import-not-found]
import sys


def main() -> None:
    """Run the program and end the process with its exit code."""
    _end_at_once()
    _open_streams()
    if _told(sys.argv[1:]):
        return
    import gc

    # A plan makes millions of objects, none in cycles; looking for some took a third of the time.
    gc.disable()
    from reconciler.cli.entry import run

    code = run(sys.argv[1:])
    if code > 128:
        # Python kills itself with SIGINT if one came inside of an `exec`, as dataclasses are made.
        import os

        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def _end_at_once() -> None:
    """Let Ctrl-C and SIGTERM end the process silently, while nothing is under way that could break.

    As an exception they would end in a traceback where nobody catches it: between imports, or while
    Python shuts down. Signals that whoever started this wants ignored stay ignored.
    """
    for number in (_signal.SIGINT, _signal.SIGTERM):
        if _signal.getsignal(number) != _signal.SIG_IGN:
            _signal.signal(number, _end)


def _open_streams() -> None:
    """Give stdin, stdout and stderr somewhere to go where they are closed (`>&-`).

    Else the next file that is opened would be taken for one of them.
    """
    if None in (sys.stdin, sys.stdout, sys.stderr):
        import os

        while (number := os.open(os.devnull, os.O_RDWR)) <= 2:  # the lowest that is free
            continue
        os.close(number)
        sys.stdin = sys.stdin or open(0, closefd=False)  # noqa: SIM115 (a descriptor)
        sys.stdout = sys.stdout or open(1, "w", closefd=False)  # noqa: SIM115
        sys.stderr = sys.stderr or open(2, "w", closefd=False)  # noqa: SIM115


def _end(number: int, _frame: object) -> None:
    import os

    os._exit(128 + number)


def _told(arguments: list[str]) -> bool:
    """Answer what is asked all the time without loading anything: the version, and the help."""
    if arguments in (["--version"], ["-V"]):
        from reconciler import __version__

        text = f"copilot-seats {__version__}\n"
    elif arguments in (["--help"], ["-h"]):
        from reconciler.cli.help import page

        text = page()
    else:
        return False
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError:
        return False  # the program tries again, and reports it
    return True
