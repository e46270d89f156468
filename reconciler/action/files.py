"""The files of the Action: which ones are meant, whose they are, what is kept under their names."""

from __future__ import annotations

import glob
import os
import re
from dataclasses import dataclass
from pathlib import Path

from reconciler.errors import UsageError

_GLOB = frozenset("*?[")
_KEY = re.compile(r"[a-z0-9](?:[a-z0-9._/]|-(?=[a-z0-9._/])){0,59}")
"""Markers don't tell upper case from lower case, and a file system may."""


@dataclass(frozen=True, slots=True)
class Found:
    """The files that are meant; of those that must not be opened, why not."""

    files: tuple[str, ...]
    wrong: tuple[tuple[str, UsageError], ...] = ()

    @property
    def many(self) -> bool:
        return len(self.files) + len(self.wrong) > 1


def found_files(patterns: tuple[str, ...]) -> Found:
    """Return the files that *patterns* mean, each once, from the working directory.

    A path that exists is itself, whatever signs are in it. Wrong, and told as such, are files
    outside the working directory and names with control characters. Raises UsageError for a
    pattern that means nothing.
    """
    top = Path.cwd().resolve()
    found = dict.fromkeys(path for pattern in patterns for path in _meant(pattern))
    faults = {path: _fault(path, top) for path in found}
    return Found(
        tuple(path for path, fault in faults.items() if fault is None),
        tuple((path, UsageError(fault)) for path, fault in faults.items() if fault is not None),
    )


def _meant(pattern: str) -> list[str]:
    if os.path.lexists(pattern) or not _GLOB & set(pattern):
        return [pattern]  # a file that is missing is told by the command that wants it
    matching = glob.glob(pattern, recursive=True)  # noqa: PTH207 (a pattern may be absolute)
    paths = sorted(path for path in matching if not Path(path).is_dir())
    if not paths:
        raise UsageError(f"input files: no file matches {pattern}")
    return paths


def _fault(path: str, top: Path) -> str | None:
    if not path.isprintable():
        return f"{path!r} has a control character in its name: rename it"
    if not Path(os.path.realpath(path)).is_relative_to(top):
        return f"{path} is outside of the working directory, or leads there"
    return None


def organization_key(org: str) -> str:
    """Return the key of what is kept about *org*: it stays when the file is renamed."""
    return f"org/{_key(org.lower())}"


def path_key(file: str) -> str:
    """Return the key of what is kept about *file* while nobody can say whose it is."""
    return f"file/{_key(os.path.relpath(file))}"


def _key(text: str) -> str:
    """Return *text*, or a hash where it can't be a key."""
    from hashlib import sha256

    if _KEY.fullmatch(text):
        return text
    return f"sha256/{sha256(os.fsencode(text)).hexdigest()[:32]}"
