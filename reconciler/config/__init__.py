"""The door to the user's files: from a seats file to a value, or to all that is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.model.desired import SeatsFile
    from reconciler.model.diagnostics import Diagnostic

__all__ = ["check", "load"]


def load(path: str | Path, *, root: Path | None = None) -> SeatsFile:
    """Return the seats file at *path*, or raise `FileError` with every error in it.

    The files it names must stand in *root*, by default the repository around it. Warnings alone
    do not raise: they are in the result.
    """
    from reconciler.config import seatsfile

    return seatsfile.load(path, root)


def check(paths: Sequence[str | Path]) -> tuple[Diagnostic, ...]:
    """Return every finding about the seats files at *paths*, one by one and together."""
    from reconciler.config import seatsfile

    return seatsfile.check(paths)
