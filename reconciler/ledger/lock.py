"""Let one process at a time write a ledger, and tell a second one who the first is."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from reconciler.errors import LedgerError


@contextmanager
def one_writer(ledger: Path, command: str) -> Iterator[None]:
    """Hold the lock beside *ledger*; raise LedgerError at once where another process holds it."""
    lock = FileLock(ledger.with_suffix(".lock"))
    owner = ledger.with_suffix(".lock.json")
    try:
        lock.acquire(blocking=False)
    except Timeout:
        raise LedgerError(
            f"ledger {ledger} is being written by {_who(owner)}. Nothing was done: "
            "try again when that has ended."
        ) from None
    # filelock raises NotImplementedError where the file system has no locks.
    except (OSError, NotImplementedError) as fault:
        raise LedgerError(
            f"ledger {ledger} can't be locked: {reason_of(fault)}. Nothing was done: this needs "
            f"write access to {lock.lock_file} and its directory."
        ) from fault
    try:
        _sign(owner, command)
        yield
    finally:
        # Away before the lock goes: later it would be the next owner's.
        with suppress(OSError):
            owner.unlink(missing_ok=True)
        lock.release()


def reason_of(fault: BaseException) -> str:
    """Return what the system says, without the path that our own text has already."""
    return (isinstance(fault, OSError) and fault.strerror) or str(fault) or type(fault).__name__


def _sign(owner: Path, command: str) -> None:
    who = {
        "command": command,
        "host": platform.node(),
        "pid": os.getpid(),
        "since": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    try:
        owner.write_text(json.dumps(who) + "\n", encoding="utf-8")
    except OSError as fault:
        raise LedgerError(
            f"{owner} can't be written: {reason_of(fault)}. Nothing was done: the state directory "
            "needs write access and free space."
        ) from fault


def _who(owner: Path) -> str:
    """Say who holds the lock; the file may be missing or half written for a moment."""
    try:
        who = json.loads(owner.read_text(encoding="utf-8"))
        return (
            f"`copilot-seats {who['command']}` (process {who['pid']} on {who['host']}, "
            f"since {who['since']})"
        )
    except (OSError, ValueError, LookupError, TypeError):
        return "another copilot-seats process that has not said yet which"
