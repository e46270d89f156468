"""Find an organisation's ledger by the id in its first line: its name is the login of that day."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from reconciler.errors import LedgerError
from reconciler.ledger import events as ev

_FILE = re.compile(r"[a-z0-9_-]{1,100}\.jsonl")
_LOGIN = re.compile(r"[a-z0-9_-]{1,100}")
_LONGEST = 64 * 1024
"""More bytes than a first line ever has."""


def path_of(state: Path, org_login: str) -> Path:
    """Return where the ledger of an organisation is begun; logins compare without case."""
    name = org_login.lower()
    if not _LOGIN.fullmatch(name):
        raise LedgerError(
            f"{org_login!r} is no organisation's login: a ledger is named by it, so it may hold "
            "letters, digits and hyphens only."
        )
    return state / f"{name}.jsonl"


def find(state: Path, org_login: str, identify: Callable[[], int] | None) -> Path:
    """Return where the organisation's ledger is, or would be.

    *identify* returns the organisation's id; it is asked only where there are other ledgers too,
    and without it the name alone decides. A ledger of another organisation under the name is
    returned where there is no better one, to be refused.
    """
    path = path_of(state, org_login)
    owners = _owners(state)
    own = owners.get(path)
    if own is not None:
        _require_one(owners, own)
    if identify is None or not owners.keys() - {path}:
        return path
    number = identify()
    found = _require_one(owners, number)
    return path if found is None else found


def of_id(state: Path, number: int) -> Path | None:
    """Return the ledger of the organisation with id *number*, None where there is none."""
    return _require_one(_owners(state), number)


def began_as(state: Path, org_login: str) -> int | None:
    """Return the id of the organisation whose ledger began under that login, None without one."""
    return _owner(path_of(state, org_login))


def _require_one(owners: Mapping[Path, int], number: int) -> Path | None:
    found = sorted(path for path, owner in owners.items() if owner == number)
    if len(found) > 1:
        names = " and ".join(str(path) for path in found)
        raise LedgerError(
            f"ledgers {names} both belong to the organisation with id {number}. Keep the one that "
            "goes on (`copilot-seats ledger show` prints the events) and move the other away."
        )
    return found[0] if found else None


def _owners(state: Path) -> dict[Path, int]:
    """Return the organisation's id of every ledger in *state* whose first line can be read."""
    try:
        files = [path for path in state.iterdir() if _FILE.fullmatch(path.name)]
    except OSError:
        return {}
    owners = ((path, _owner(path)) for path in files)
    return {path: owner for path, owner in owners if owner is not None}


def _owner(path: Path) -> int | None:
    try:
        if not path.is_file():
            return None
        with path.open("rb") as source:
            begun = ev.decode(source.readline(_LONGEST).strip())
    except (OSError, ValueError):
        return None
    return begun.organization_id if isinstance(begun, ev.Begun) else None
