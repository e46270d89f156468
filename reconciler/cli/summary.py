"""Add to a summary as much as a job's summary may hold; a comment or an issue is cut from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import click

from reconciler.cli import output
from reconciler.errors import FileError, SeatsError, UsageError

MOST = 900_000
"""Bytes; GitHub drops a step's whole summary if it has more than 1 MiB."""

LEAST = 60_000
"""Bytes for each page, however much there is: a file need not be the summary of a job."""


def add(path: Path, render: Callable[[int], str]) -> None:
    """Add what *render* returns for a limit of characters to the file at *path*."""
    used = path.stat().st_size if path.is_file() else 0
    room = max(LEAST, MOST - used)
    text = render(room)
    size = len(text.encode("utf-8", "replace"))
    if size > room:  # what is not ASCII takes more bytes
        text = render(room * room // size)
    output.append(path, text)


_SENDING = ("apply", "undo")


@contextmanager
def told_in(
    summary: Path | None, command: str, path: str, finish: Callable[[str], str] = str
) -> Iterator[None]:
    """Add whatever ends *command* for the file at *path* to *summary* as Markdown, and go on.

    *finish* returns the page with what belongs at its end.
    """
    try:
        yield
    except BaseException as error:
        # Our own errors end a run before anything is sent; later ones are told with the report.
        early = isinstance(error, SeatsError | click.ClickException)
        midway = command in _SENDING and not early
        add_failure(summary, command, path, error, midway=midway, finish=finish)
        raise


def add_failure(
    summary: Path | None,
    command: str,
    path: str,
    error: BaseException,
    *,
    midway: bool,
    finish: Callable[[str], str] = str,
) -> None:
    """Add to *summary* that *command* failed for the file at *path*, by *error*.

    *midway* says that something may have been done before; *finish* ends the page.
    """
    if summary is None:
        return
    # What can't be told here is told on stderr all the same, and *error* is what matters.
    with suppress(UsageError):
        output.append(summary, finish(failure_page(command, path, error, midway=midway)))


def failure_page(command: str, path: str, error: BaseException, *, midway: bool) -> str:
    """Return that *command* failed for the file at *path*, by *error*."""
    from reconciler.render.failure import failure_markdown, findings_markdown

    if isinstance(error, FileError) and error.diagnostics:
        return findings_markdown(command, path, error.diagnostics)
    return failure_markdown(command, path, _words(error), midway=midway)


def _words(error: BaseException) -> str:
    if isinstance(error, SeatsError):
        return str(error)
    if isinstance(error, click.ClickException):
        return error.format_message()
    if isinstance(error, Exception):
        return f"a bug ({type(error).__name__}); the log has the details, and how to report it"
    return "interrupted before its end"
