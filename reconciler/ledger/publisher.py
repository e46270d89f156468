"""How what is written into a ledger becomes known to runs on other machines."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol


class Sharing(Protocol):
    """What shares ledgers. For each one `opened` comes first and `closed` last."""

    def place(self, path: Path) -> str:
        """Return in words where the ledger at *path* is."""

    def opened(self, path: Path, command: str) -> None:
        """Bring *path* up to date, to be written; raise LedgerError where another run writes it."""

    def publish(self, path: Path, plan_id: str, *, sending: bool) -> None:
        """Let everybody know all of *path*; raise LedgerError unless they do.

        *sending* says that something is sent to GitHub once this has returned, and not before.
        """

    def closed(self, path: Path) -> None:
        """Let everybody know the rest, and that nothing more is written.

        The LedgerError that this raises says where the rest is kept.
        """


class Alone:
    """The ledger is in its state directory and nowhere else: nobody has to be told."""

    def place(self, path: Path) -> str:
        """Return the path."""
        return str(path)

    def opened(self, path: Path, command: str) -> None:
        """Do nothing."""

    def publish(self, path: Path, plan_id: str, *, sending: bool) -> None:
        """Do nothing."""

    def closed(self, path: Path) -> None:
        """Do nothing."""
