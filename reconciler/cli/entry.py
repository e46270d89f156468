"""The one boundary: every exception becomes an exit code here, and a bug says how to report it."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

import click

from reconciler import __version__
from reconciler.app import exit_codes
from reconciler.cli import output
from reconciler.cli.program import program
from reconciler.errors import SeatsError, UsageError

_ISSUES = "https://github.com/copilot-seats/copilot-seats/issues"


class Terminated(BaseException):
    """SIGTERM: end as after Ctrl-C, with everything written that was begun."""


def run(arguments: Sequence[str]) -> int:
    """Run the program with *arguments*; return the exit code."""
    try:
        with _heeded():
            return _flushed(_run(arguments))
    except KeyboardInterrupt:  # a second one, while the first was reported
        return exit_codes.INTERRUPTED
    except Terminated:
        return exit_codes.TERMINATED


@contextmanager
def _heeded() -> Iterator[None]:
    """Raise KeyboardInterrupt and Terminated for signals, so that what was begun is written."""
    wanted = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: _terminate}
    before = {number: signal.getsignal(number) for number in wanted}
    heeded = [number for number in wanted if before[number] is not signal.SIG_IGN]
    try:
        for number in heeded:
            signal.signal(number, wanted[number])
        yield
    finally:
        for number in heeded:
            signal.signal(number, before[number])


def _run(arguments: Sequence[str]) -> int:
    try:
        _require_text(arguments)
        code = program.main(list(arguments), prog_name="copilot-seats", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else exit_codes.DONE
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as error:
        error.show()
        return exit_codes.ERROR
    except (click.Abort, KeyboardInterrupt) as end:
        _show_notes(end.__cause__ or end)  # click raises Abort for Ctrl-C
        click.echo(f"interrupted{_and_then(arguments)}", err=True)
        return exit_codes.INTERRUPTED
    except Terminated as end:
        # `timeout` and some supervisors send it twice: to the process and to its group.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        _show_notes(end)
        click.echo(f"terminated{_and_then(arguments)}", err=True)
        return exit_codes.TERMINATED
    except (SystemExit, BrokenPipeError):
        # click's way to end when the reader of a help page has gone (`| head`).
        output.hush()
        return exit_codes.DONE
    except SeatsError as error:
        show(error)
        return error.exit_code
    except OSError as error:
        # A file or stream of which no command says more than the system does.
        where = "" if error.filename is None else f"{error.filename}: "
        show(SeatsError(f"{where}{error.strerror or error}"))
        return exit_codes.ERROR
    except MemoryError:
        show(SeatsError("there is not enough memory for this"))
        return exit_codes.ERROR
    except Exception:
        import traceback

        traceback.print_exc()
        click.echo(
            f"\nThis is a bug in copilot-seats {__version__}. Please report it, with the text "
            f"above: {_ISSUES}",
            err=True,
        )
        return exit_codes.ERROR


def _flushed(code: int) -> int:
    """Return *code*, or that of an error where stdout does not take what is left for it."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        output.hush()
    except OSError:
        output.hush()  # else Python tries again when it ends, and ends with 120
        return code or exit_codes.ERROR
    return code


def _require_text(arguments: Sequence[str]) -> None:
    """Raise UsageError for an argument that no file and no name can have."""
    for number, argument in enumerate(arguments, start=1):
        try:
            possible = b"\0" not in os.fsencode(argument)
        except UnicodeEncodeError:
            possible = False
        if not possible:
            raise UsageError(
                f"argument {number} holds a character that no name of a file can have: {argument!a}"
            )


def _and_then(arguments: Sequence[str]) -> str:
    if list(arguments[:1]) != ["apply"]:
        return ""
    return "; the same plan file, applied again, goes on where this stopped"


def _show_notes(error: BaseException) -> None:
    """Tell what went wrong as well while *error* ended the run."""
    for note in getattr(error, "__notes__", ()):
        show(SeatsError(note))


def show(error: SeatsError) -> None:
    """Tell of *error* on stderr, and of what went wrong after it."""
    _tell(error)
    _show_notes(error)


def _tell(error: SeatsError) -> None:
    from reconciler.app.logs import log, machine
    from reconciler.errors import FileError
    from reconciler.render.escape import terminal

    if machine():
        log().error(str(error), error=type(error).__name__)
        return
    text = terminal(str(error))
    click.echo(text if isinstance(error, FileError) else f"error: {text}", err=True)


def _terminate(_signal: int, _frame: FrameType | None) -> None:
    raise Terminated
