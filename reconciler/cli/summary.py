"""Add to a summary as much as a job's summary may hold; a comment or an issue is cut from it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from reconciler.cli import output

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
