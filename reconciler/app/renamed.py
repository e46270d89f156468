"""Tell whether two names stand for one organisation: names change, and change hands, ids don't."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from reconciler.app.session import Session
from reconciler.errors import NotFound, PermissionDenied
from reconciler.model.observed import Organization


def stood_for(
    session: Session, name: str, paths: Iterable[str], organization: Organization, *, ask: bool
) -> bool:
    """Return whether the login *name* is or was *organization*'s.

    A ledger beside one of the files at *paths* that began under *name* proves it. Without one,
    GitHub's answer for *name* decides if *ask* is true.
    """
    if name.lower() == organization.login.lower():
        return True
    if any(session.remembered_id(path, name) == organization.id for path in paths):
        return True
    if not ask:
        return False
    try:
        return session.reader(name).organization() == organization
    except (NotFound, PermissionDenied):
        return False


def formerly(
    session: Session,
    org: str,
    path: str,
    candidates: Mapping[str, Iterable[str]],
    live: str | None = None,
) -> list[str]:
    """Return those files of *candidates*, by organisation, that are *org*'s under another name.

    The file at *path* is for *org*; GitHub is asked unless the snapshot *live* stands for it.
    """
    if not candidates:
        return []
    try:
        if live is not None:
            from reconciler import snapshot

            organization = snapshot.load(Path(live)).organization()
        else:
            organization = session.reader(org).organization()
    except NotFound:
        return []  # whatever reads it next says so
    for ask in (False, True) if live is None else (False,):
        found = [
            one
            for name, paths in candidates.items()
            if stood_for(session, name, (*paths, path), organization, ask=ask)
            for one in paths
        ]
        if found:
            return found
    return []
