"""Writes what was observed as a snapshot that says the same when it is read again."""

from __future__ import annotations

import json
import os
from pathlib import Path

from reconciler.errors import SnapshotError
from reconciler.model.observed import Account, Observed, Row, Team, UnreadRow
from reconciler.model.rows import UNNAMED
from reconciler.snapshot.shapes import FORMAT_VERSION
from reconciler.snapshot.times import stamp


def document(observed: Observed) -> dict[str, object]:
    """Return *observed* in the snapshot format; loading it gives the same facts."""
    billing = observed.billing
    return {
        "format_version": FORMAT_VERSION,
        "taken_at": stamp(observed.now),
        "host": observed.organization.host,
        "organization": {"login": observed.organization.login, "id": observed.organization.id},
        "billing": {
            "seat_management_setting": billing.seat_management_setting,
            "plan_type": billing.plan_type,
            "seat_breakdown": {
                "total": billing.total,
                "added_this_cycle": billing.added_this_cycle,
                "pending_cancellation": billing.pending_cancellation,
            },
        },
        "total_seats": observed.total,
        "seats": [
            *map(_seat, (*observed.rows, *observed.foreign)),
            *map(_unread, observed.unread),
        ],
        "teams": [_team(team, observed) for team in observed.teams],
        "members": None if observed.members is None else [_person(one) for one in observed.members],
        "users": [
            {**_person(one), "membership": "pending" if one.id in observed.invited else "none"}
            for one in observed.accounts
        ],
        "people": [_person(one) for one in _named_by_teams_only(observed)],
        "absent": {
            "logins": sorted(observed.absent_logins),
            "user_ids": sorted(observed.absent_user_ids),
            "slugs": sorted(observed.absent_slugs),
            "team_ids": sorted(observed.absent_team_ids),
        },
    }


def write(path: str | Path, observed: Observed) -> None:
    """Write *observed* to *path*, whole or not at all."""
    text = json.dumps(document(observed), indent=2) + "\n"
    target = Path(path)
    if not target.name:
        raise SnapshotError(f"{path}: the snapshot can't be written: this is a folder.")
    part = target.with_name(f".{target.name[:40]}.{os.getpid()}.part")
    try:
        try:
            with part.open("x", encoding="ascii") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise SnapshotError(f"{path}: the snapshot can't be written: {why}.") from error


def _person(account: Account) -> dict[str, object]:
    return {"login": account.login, "id": account.id}


def _seat(row: Row) -> dict[str, object]:
    return {
        "assignee": None if row.account is None else _person(row.account),
        "assigning_team": None if row.team is None else _shape(row.team),
        "created_at": stamp(row.created_at),
        "pending_cancellation_date": None if row.pending is None else row.pending.isoformat(),
        "last_activity_at": stamp(row.last_activity_at),
        "last_authenticated_at": stamp(row.last_authenticated_at),
        "plan_type": row.plan_type,
        **({} if row.organization is None else {"organization": {"id": row.organization}}),
    }


def _unread(row: UnreadRow) -> dict[str, object]:
    named = {key: value for key, value in (("login", row.login), ("id", row.id)) if value}
    return {"assignee": named or None, "not_understood": row.why}


def _shape(team: Team) -> dict[str, object]:
    """Return a team as GitHub described it: one without a name has no more than its id."""
    shape: dict[str, object] = {"id": team.id} if team.id else {}
    if team.slug not in (str(team.id), UNNAMED):
        shape |= {"slug": team.slug, "name": team.name or team.slug}
    return {**shape, "type": "enterprise"} if team.enterprise else shape


def _team(team: Team, observed: Observed) -> dict[str, object]:
    """Return a team with all its members, so that no parent need be named."""
    members = observed.team_members.get(team.id)
    logins = None if members is None else [account.login for account in members]
    return {**_shape(team), "parent": None, "members": logins}


def _named_by_teams_only(observed: Observed) -> list[Account]:
    """Return the team members whose id nothing else in the snapshot gives."""
    seats = (*observed.rows, *observed.foreign)
    rows = (row.account for row in seats if row.account is not None)
    listed = (*rows, *observed.accounts, *(observed.members or ()))
    known = {account.login.lower(): account for account in listed}
    in_teams = {one for team in observed.team_members.values() for one in team}
    unknown = (one for one in in_teams if known.get(one.login.lower()) != one)
    return sorted(unknown, key=lambda account: account.id)
