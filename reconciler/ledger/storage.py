"""Bytes of a ledger on disk: read, created whole, appended whole or not at all."""

from __future__ import annotations

import os
import shutil
import stat
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from reconciler.errors import LedgerError
from reconciler.ledger.lock import reason_of

_FOR_GIT = {
    ".gitattributes": ("*.jsonl -text", "*.jsonl.gz binary"),
    ".gitignore": ("*.lock", "*.lock.json", "*.new"),
}
"""Ledgers keep their line ends on every system, and locks are of this machine only."""

ROOM = 4 * 1024 * 1024
"""Free bytes to ask for before anything is sent: enough to say afterwards what came of it."""


def read(path: Path) -> bytes | None:
    """Return what *path* holds, None where it does not exist; raise LedgerError otherwise."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise LedgerError(
                f"ledger {path} is no file: move what is there away, or choose another --state."
            )
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except NotADirectoryError as fault:
        raise LedgerError(
            f"ledger {path} can't be read: {_file_above(path)} is a file. The state (--state) has "
            "to be a directory."
        ) from fault
    except OSError as fault:
        raise LedgerError(
            f"ledger {path} can't be read: {reason_of(fault)}. Give this user read access to it."
        ) from fault


def make_directory(path: Path) -> None:
    """Make the state directory *path*, parents included, if it is not there."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        reason = "a file stands there" if _file_above(path / "x") else reason_of(fault)
        raise LedgerError(
            f"state directory {path} can't be made: {reason}. Choose one with --state "
            "that this user may write."
        ) from fault


def create(path: Path, data: bytes) -> None:
    """Write a new file *path* so that it is there whole or not at all, even after a power cut."""
    draft = path.with_suffix(".new")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
        try:
            _write(descriptor, data)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        draft.replace(path)
        _sync_directory(path.parent)
    except OSError as fault:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise LedgerError(
            f"ledger {path} can't be written: {reason_of(fault)}. Nothing was begun: the state "
            "directory needs write access and free space."
        ) from fault


def explain_to_git(state: Path) -> None:
    """Add what git has to know of the state directory to its `.gitattributes` and `.gitignore`.

    Lines that are there stay. It only helps: what can't be written is left out.
    """
    for name, wanted in _FOR_GIT.items():
        path = state / name
        with suppress(OSError):
            there = b"" if path.is_symlink() or not path.exists() else path.read_bytes()
            lines = [line.strip() for line in there.splitlines()]
            missing = [line for line in wanted if line.encode() not in lines]
            if path.is_symlink() or not missing:
                continue
            joint = "" if not there or there.endswith(b"\n") else "\n"
            with path.open("ab") as file:
                file.write((joint + "".join(f"{line}\n" for line in missing)).encode())


def demand_room(path: Path) -> None:
    """Raise LedgerError unless the disk of *path* has room to go on writing for a while."""
    try:
        free = shutil.disk_usage(path.parent).free
    except OSError:
        return  # no word about the space is no reason to stop; a failed write is
    if free < ROOM:
        raise LedgerError(
            f"ledger {path}: only {free:,} bytes are free on its disk, and {ROOM:,} are needed to "
            "write down safely what is done. Nothing more was sent: make room and run it again."
        )


class Appender:
    """An open ledger that grows by whole pieces; `size` is how long it is.

    What is appended is on disk when `append` returns. When it raises, the file is as it was, or,
    where even that failed, ends in a torn line and takes no more.
    """

    def __init__(self, path: Path, size: int) -> None:
        self.size = size
        self._path = path
        self._whole = True
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_APPEND)
        except OSError as fault:
            self._fail(fault)

    def close(self) -> None:
        os.close(self._descriptor)

    def cut(self) -> None:
        """Cut off what follows the first `size` bytes."""
        try:
            os.ftruncate(self._descriptor, self.size)
            os.fsync(self._descriptor)
        except OSError as fault:
            self._fail(fault)

    def append(self, data: bytes) -> None:
        """Add *data* at the end and wait until it is on disk."""
        self._demand_untouched()
        try:
            _write(self._descriptor, data)
            os.fsync(self._descriptor)
        except BaseException as fault:
            # Ctrl-C too: the next line must not follow half a one.
            self._roll_back()
            if isinstance(fault, OSError):
                self._fail(fault)
            raise
        self.size += len(data)

    def _roll_back(self) -> None:
        try:
            os.ftruncate(self._descriptor, self.size)
        except OSError:
            self._whole = False

    def _demand_untouched(self) -> None:
        """Raise LedgerError if the file is no longer the one that was opened, as it was left."""
        try:
            mine, there = os.fstat(self._descriptor), self._path.stat()
        except OSError as fault:
            self._fail(fault)
        same = (mine.st_dev, mine.st_ino) == (there.st_dev, there.st_ino)
        if not (self._whole and same and mine.st_size == self.size):
            raise LedgerError(
                f"ledger {self._path} was changed by something else while it was being written. "
                "Nothing more was sent: leave the state directory alone during a run, and run it "
                "again."
            )

    def _fail(self, fault: OSError) -> NoReturn:
        raise LedgerError(
            f"ledger {self._path} can't be written: {reason_of(fault)}. It is whole up to its last "
            "line. Nothing more was sent: see to write access and free space, and run it again."
        ) from fault


def _write(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _file_above(path: Path) -> Path | None:
    """Return what is no directory and stands where *path* needs one."""
    return next((one for one in path.parents if one.exists() and not one.is_dir()), None)
