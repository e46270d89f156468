"""The door to snapshots: all that planning reads of an organisation, in one JSON file.

A snapshot holds GitHub's own shapes. What is null was not read: asking for it is an error that says
so, never an empty answer. Where the key `absent` stands, it lists what was looked for and does not
exist; without it, whatever the snapshot does not name does not exist.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from reconciler.errors import SnapshotError
from reconciler.model.file_kinds import FileKind, misplaced
from reconciler.snapshot.document import document, write
from reconciler.snapshot.facts import facts_of
from reconciler.snapshot.reader import SnapshotReader
from reconciler.snapshot.shapes import parse

__all__ = ["SnapshotReader", "document", "load", "write"]

MAX_BYTES = 256 * 1024 * 1024
"""A snapshot of 100,000 seats has about a quarter of this."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


def load(path: str | Path, *, clock: Callable[[], datetime] = _utc_now) -> SnapshotReader:
    """Read the snapshot at *path*; *clock* gives the moment where the file has no `taken_at`."""
    try:
        with Path(path).open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise SnapshotError(f"{path}: the snapshot can't be read: {why}.") from error
    if len(data) > MAX_BYTES:
        raise SnapshotError(f"{path}: the snapshot is larger than {MAX_BYTES // 1024**2} MiB.")
    try:
        found, unread = parse(str(path), data)
        return SnapshotReader(facts_of(str(path), found, unread, clock))
    except SnapshotError as error:
        message = misplaced(data.decode("utf-8", "replace"), FileKind.SNAPSHOT, str(path))
        if message is None:
            raise
        raise SnapshotError(f"{path}: {message}.") from error
