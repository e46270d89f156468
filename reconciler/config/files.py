"""Find and read the files of a seats file: itself, its policy, its guards."""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from reconciler.config.syntax_errors import shorten
from reconciler.config.unknown_keys import listed, nearest
from reconciler.config.yaml import MAX_BYTES

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

_SHIPPED = re.compile(r"[a-z0-9_-]+\.yml")
_NAMED = re.compile(r"[A-Za-z0-9_-]+")
_LONGEST = 200
"""Characters of a name beyond which no file is looked for: systems take 255 bytes in all."""


class Unreadable(Exception):
    """A file can't be used; the text says why and what to do."""


def read(path: Path) -> bytes:
    """Return what stands in the file at *path*, or raise `Unreadable`."""
    try:
        if path.is_dir():
            raise Unreadable("this is a folder: name a file in it, like `seats.yml`")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise Unreadable(_why(error)) from error
    if len(content) > MAX_BYTES:
        raise Unreadable(f"the file is too large: at most {MAX_BYTES // 1024**2} MiB are read")
    return content


def _why(error: OSError | ValueError) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    if isinstance(error, OSError) and error.strerror:
        return f"the file can't be read: {error.strerror}"
    return "no file can have this name"


def decode(content: bytes) -> str:
    """Return *content* as text, or raise `Unreadable`."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Unreadable("the file is written in UTF-16: save it as UTF-8")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Unreadable(
            f"the file is not UTF-8: line {line} holds the byte 0x{content[error.start]:02x}; "
            "save it as UTF-8"
        ) from None


def is_path(named: str) -> bool:
    """Whether a `policy:` names a file rather than a shipped policy."""
    return "/" in named or "\\" in named or named.lower().endswith((".yml", ".yaml"))


def repository(file: Path) -> Path:
    """Return the folder that a seats file's paths may not leave.

    That is the nearest folder above it that holds `.git`, else the file's own.
    """
    own = Path(os.path.realpath(file.parent))
    for folder in (own, *own.parents):
        if (folder / ".git").exists():
            return folder
    return own


def locate(named: str, file: Path, root: Path) -> Path:
    """Return the file that *file* names as *named*, or raise `Unreadable`; it stands in *root*."""
    shown = shorten(named)
    if "\\" in named:
        raise Unreadable(f"`{shown}` can't be a path: write it with `/`")
    if named.startswith(("/", "~")) or re.match(r"[A-Za-z]:", named):
        raise Unreadable(
            f"`{shown}` is not relative: write a path that begins at this file's folder"
        )
    try:
        found = Path(os.path.realpath(file.parent / named))
        inside = found.is_relative_to(os.path.realpath(root))
        exists, folder = found.exists(), found.is_dir()
    except (OSError, ValueError):
        raise Unreadable(f"`{shown}` can't be a path") from None
    if not inside:
        raise Unreadable(f"`{shown}` leads out of the repository: name a file inside it")
    if not exists:
        raise Unreadable(f"there is no file `{shown}`{_instead(named, file)}")
    if folder:
        raise Unreadable(f"`{shown}` is a folder: name a file in it")
    return found


def _instead(named: str, file: Path) -> str:
    """Return what to write instead of a path where no file is."""
    written = PurePosixPath(named)
    if written.stem in _policies():
        return f"; the shipped policy is written `policy: {written.stem}`"
    folder = file.parent / written.parent
    try:
        there = sorted(one.name for one in folder.iterdir() if one.suffix in (".yml", ".yaml"))
    except OSError:
        return f", and no folder `{shorten(str(written.parent))}`: a path is relative to this file"
    near = nearest(written.name, there)
    if near is None:
        return ": a path is relative to this file"
    return f"; did you mean `{shorten(named.removesuffix(written.name) + near)}`?"


def shipped(name: str, file: Path) -> bytes:
    """Return the shipped policy *name*, or raise `Unreadable`, which tells those there are."""
    there = _policies()
    if name in there:
        return there[name].read_bytes()
    near = nearest(name, there)
    hint = f"; did you mean `{near}`?" if near else "."
    raise Unreadable(
        f"there is no shipped policy `{shorten(name)}`{hint} "
        f"There are {listed(sorted(there))}; {_own(name, file)}"
    )


def _own(name: str, file: Path) -> str:
    if _NAMED.fullmatch(name) and len(name) <= _LONGEST:
        for path in (f"{name}.yml", f"policies/{name}.yml"):
            if (file.parent / path).is_file():
                return f"for the file of that name write `{path}`"
    return "a file of your own is named by its path, like `policies/own.yml`"


def _policies() -> dict[str, Traversable]:
    """Return the shipped policies: from the package, or in a checkout from the repository."""
    from importlib import resources

    folder: Traversable = resources.files("reconciler").joinpath("_policies")
    if not folder.is_dir():
        folder = Path(__file__).parents[2] / "policies"
    found = (one for one in folder.iterdir() if _SHIPPED.fullmatch(one.name))
    return {one.name.removesuffix(".yml"): one for one in found}
