"""The files of the Action: which ones are meant, whose they are, what is kept under their names."""

from __future__ import annotations

import glob
import os
import re
from pathlib import Path

from reconciler import config
from reconciler.errors import FileError, UsageError

_GLOB = frozenset("*?[")
_KEY = re.compile(r"[a-z0-9](?:[a-z0-9._/]|-(?=[a-z0-9._/])){0,59}")
"""Markers don't tell upper case from lower case, and a file system may."""
_ORG_LINE = re.compile(rb"^org:\s*[\"']?([A-Za-z0-9][A-Za-z0-9-]{0,38})[\"']?\s*(?:#.*)?$", re.M)


def found_files(patterns: tuple[str, ...]) -> tuple[str, ...]:
    """Return the files that *patterns* mean, each once, from the working directory.

    A path that exists is itself, whatever signs are in it. Raises UsageError for a pattern that
    means nothing, for a file outside the working directory, and for a name with control characters.
    """
    top = Path.cwd().resolve()
    found: dict[str, None] = {}
    for pattern in patterns:
        for path in _meant(pattern):
            _require_usable(path, top)
            found[path] = None
    return tuple(found)


def _meant(pattern: str) -> list[str]:
    if os.path.lexists(pattern) or not _GLOB & set(pattern):
        return [pattern]  # a file that is missing is told by the command that wants it
    matching = glob.glob(pattern, recursive=True)  # noqa: PTH207 (a pattern may be absolute)
    paths = sorted(path for path in matching if not Path(path).is_dir())
    if not paths:
        raise UsageError(f"input files: no file matches {pattern}")
    return paths


def _require_usable(path: str, top: Path) -> None:
    if not path.isprintable():
        raise UsageError(f"{path!r} has a control character in its name: rename it")
    if not Path(path).resolve().is_relative_to(top):
        raise UsageError(f"{path} is outside of the working directory, or leads there")


def base_file(base: str, path: str) -> str | None:
    """Return the file at *path* in the checkout *base*, None if there is none; base is trusted.

    Raises UsageError if that folder is missing, or is one with the working directory: a pull
    request could then write in it.
    """
    folder, here = Path(base).resolve(), Path.cwd().resolve()
    if not folder.is_dir():
        raise UsageError(f"input base: there is no folder {base}")
    if folder.is_relative_to(here) or here.is_relative_to(folder):
        raise UsageError(
            f"input base: {base} and the working directory are in one another; check both out into "
            "folders of their own (actions/checkout with `path`), and name the proposal's as "
            "working-directory"
        )
    found = Path(base) / os.path.relpath(path)
    return str(found) if os.path.lexists(found) else None


def organization_of(file: str) -> str | None:
    """Return whose file it is, as far as that can be told of a file with errors too."""
    try:
        return config.load(file).org.text
    except FileError:
        try:
            found = _ORG_LINE.search(Path(file).read_bytes()[:100_000])
        except OSError:
            return None
        return found[1].decode() if found is not None else None


def key_of(file: str) -> str:
    """Return the key of the comment about *file*: its path, or a hash where that can't be one.

    It is the path and not the organisation: a file with errors has its comment too.
    """
    from hashlib import sha256

    path = os.path.relpath(file)
    if _KEY.fullmatch(path):
        return path
    return f"sha256/{sha256(os.fsencode(path)).hexdigest()[:32]}"
