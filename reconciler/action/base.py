"""The base of the Action: which file of the base branch is for an organisation, wherever it stands.

A pull request may rename a file. Its guards and exemptions are those of the organisation, so they
are found by whose a file is; the checkout of the base branch is trusted, a proposal's is not.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path

from reconciler.config.organization import organization_of
from reconciler.errors import UsageError

_MOST = 100_000
"""Files and folders that are looked at to find whose they are."""

Formerly = Callable[[Mapping[str, list[str]]], list[str]]
"""Chooses files from those of the base, which are by organisation."""

_MAY_NAME_ONE = re.compile(rb"\borg[\"']?\s*:")


class Base:
    """The checkout of the base branch at `folder`.

    Raises UsageError if that folder is missing, or is one with the working directory: a pull
    request could then write in it.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder
        there, here = Path(folder).resolve(), Path.cwd().resolve()
        if not there.is_dir():
            raise UsageError(f"input base: there is no folder {folder}")
        if there.is_relative_to(here) or here.is_relative_to(there):
            raise UsageError(
                f"input base: {folder} and the working directory are in one another; check both "
                "out into folders of their own (actions/checkout with `path`), and name the "
                "proposal's as working-directory"
            )
        self._top = there

    def file_for(self, org: str | None, path: str, formerly: Formerly = lambda _: []) -> str | None:
        """Return the base's file for *org*, None if it has none: *path* itself, or any other.

        *formerly* chooses those that are for *org* under a name of before a renaming. Where nobody
        knows whose the file at *path* is, it is the one at the same path. Raises UsageError if
        several are the organisation's.
        """
        same = self._same(path)
        whose = organization_of(same) if same is not None else None
        if org is None or (whose or "").lower() == org.lower():
            return same
        found = self._by_organization.get(org.lower()) or formerly(self._by_organization)
        if len(found) > 1:
            raise UsageError(
                f"input base: {found[0]} and {found[1]} are both for {org} on the base branch, so "
                "nobody can say whose guards count: leave one of them there"
            )
        # A file whose organisation can't be read may be this one's: that it is broken is told.
        return found[0] if found else same if whose is None else None

    def organization_at(self, path: str) -> str | None:
        """Return whose the file at the same path was."""
        same = self._same(path)
        return organization_of(same) if same is not None else None

    def moved(self, path: str, found: str) -> bool:
        """Tell whether *found*, the base's file, stands at another path than *path* does."""
        return os.path.relpath(found, self._folder) != os.path.relpath(path)

    def _same(self, path: str) -> str | None:
        found = Path(self._folder) / os.path.relpath(path)
        return str(found) if self._inside(found) else None

    def _inside(self, path: Path) -> bool:
        """Tell whether *path* is there, and no link leads out of the checkout."""
        return os.path.lexists(path) and Path(os.path.realpath(path)).is_relative_to(self._top)

    @cached_property
    def _by_organization(self) -> dict[str, list[str]]:
        found: dict[str, dict[str, str]] = {}
        for path in self._yaml_files():
            org = _whose(path) if self._inside(path) else None
            if org is not None:
                found.setdefault(org.lower(), {}).setdefault(os.path.realpath(path), str(path))
        return {org: list(paths.values()) for org, paths in found.items()}

    def _yaml_files(self) -> Iterator[Path]:
        seen = 0
        for folder, folders, names in os.walk(self._folder):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            seen += len(folders) + len(names)
            if seen > _MOST:
                raise UsageError(
                    f"input base: {self._folder} has more than {_MOST:,} files, among which one "
                    "may be for the organisation: check less out (`sparse-checkout`)"
                )
            for name in sorted(names):
                if name.lower().endswith((".yml", ".yaml")) and not name.startswith("."):
                    yield Path(folder) / name


def _whose(path: Path) -> str | None:
    """Return the organisation of the seats file at *path*, None for a file of another kind.

    What can't be read to its end counts as a seats file if it looks like one.
    """
    from reconciler.config import files, names, seatsfile
    from reconciler.config.findings import Findings
    from reconciler.config.node import Node

    try:
        if not _MAY_NAME_ONE.search(files.read(path)):
            return None
    except files.Unreadable:
        return None
    document = None
    with seatsfile.limited():
        reading = seatsfile.Reading(str(path))
        document = seatsfile.open_document(path, str(path), reading, Findings())
    if document is None:
        return organization_of(str(path))
    node = Node(document)
    if not (node.has("version") or node.has("seats")):
        return None
    name = names.read_organization(node.get("org"), Findings())
    return name.text if name is not None else None
