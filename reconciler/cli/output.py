"""Print: colour and width for a terminal, neither for a pipe."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from reconciler.cli.help import columns
from reconciler.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


def colour() -> bool:
    """Tell whether stdout may be coloured: a terminal, and https://no-color.org is not set."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def width() -> int | None:
    """Return the terminal's width, None for a pipe: long lines are then left whole."""
    return columns() if sys.stdout.isatty() else None


def say(text: str) -> None:
    """Print *text* on stdout, with exactly one line end after it.

    What stdout's encoding can't show is written as an escape.
    """
    encoding = sys.stdout.encoding or "utf-8"
    shown = text.rstrip("\n").encode(encoding, "backslashreplace").decode(encoding)
    try:
        click.echo(shown)
    except BrokenPipeError:
        hush()


def hush() -> None:
    """Print no more: the reader has gone (`| head`). The work and its exit code go on."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def write(path: Path, text: str) -> None:
    """Write *text* to *path* whole or not at all."""
    if not path.name:
        raise UsageError(f"{path} can't be written: it is a folder")
    temporary = path.with_name(f".{path.name[:40]}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # A file's name may hold bytes that are no text, and stand in the text.
        temporary.write_text(text, encoding="utf-8", errors="backslashreplace")
        temporary.replace(path)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise UsageError(f"{path} can't be written: {error.strerror or error}") from error


def begins(path: Path, start: bytes) -> bool:
    """Tell whether there is a file at *path* whose first words are *start*."""
    try:
        with path.open("rb") as source:
            return source.read(64).lstrip().startswith(start)
    except OSError:
        return False


def remove(path: Path) -> None:
    """Remove the file at *path*, if there is one."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"{path} can't be written: {error.strerror or error}") from error


def append(path: Path, text: str) -> None:
    """Add *text* at the end of *path*, as a job summary is written."""
    try:
        with path.open("a", encoding="utf-8", errors="backslashreplace") as out:
            out.write(text)
    except OSError as error:
        raise UsageError(f"{path} can't be written: {error.strerror or error}") from error


def require_folder(path: Path) -> None:
    """Raise UsageError unless a file can be made at *path*."""
    folder = path.parent
    if path.is_dir() or (folder.exists() and not os.access(folder, os.W_OK)):
        raise UsageError(f"{path} can't be written: it is a folder, or in one that is read-only")
