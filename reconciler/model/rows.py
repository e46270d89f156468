"""Tell whose a row of the seat list is: this organisation's, another's, or nobody can tell.

GitHub's objects may be incomplete, and its own examples are: a team is judged by whatever there is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from reconciler.model.observed import Row, Team, UnreadRow

LARGEST_ID = 2**63 - 1
"""Ids are 1 to this; 0 stands for "nobody" inside."""

UNNAMED = "(unnamed)"
"""The slug of a team of which GitHub says neither id nor name."""


@dataclass(frozen=True, slots=True)
class Signs:
    """Whatever a team object says about being an enterprise's.

    `grouped`: it has a `group_id` or `organization_selection_type`, be it null.
    Sources: https://docs.github.com/en/enterprise-cloud@latest/rest/enterprise-teams and
    https://docs.github.com/en/rest/teams/teams
    """

    type: str | None = None
    grouped: bool = False
    enterprise_id: object = None
    organization_id: object = None
    addresses: tuple[str | None, ...] = ()


def team_of(number: int | None, slug: str | None, name: str | None, signs: Signs) -> Team | None:
    """Return the team that an object is about, None where it says nothing at all."""
    # GitHub makes a slug from the name in this way; a team is known by its id anyway.
    slug = slug or "-".join((name or "").lower().split())
    enterprise = slug.lower().startswith("ent:") or _is_enterprise(signs)
    if not (number or slug or enterprise):
        return None
    known = bool(number and slug)
    slug = slug or (str(number) if number else UNNAMED)
    return Team(number or 0, slug, name or slug, enterprise, not (known or enterprise))


def _is_enterprise(signs: Signs) -> bool:
    owned = signs.enterprise_id is not None and signs.organization_id is None
    typed = (signs.type or "").lower() == "enterprise"
    return typed or signs.grouped or owned or any(map(_is_theirs, signs.addresses))


def _is_theirs(address: str | None) -> bool:
    """Tell whether *address* is below `/enterprises/`, not of a team that is called so."""
    if not address or "/enterprises/" not in address:
        return False
    host_and_path = address.partition("://")[2]
    path = "/" + host_and_path.partition("/")[2] if host_and_path else address
    return path.removeprefix("/api/v3").startswith("/enterprises/")


def unread_row(value: object, why: str) -> UnreadRow:
    """Return the row that *value*, any JSON, could not be understood as, and whose it is."""
    assignee = value.get("assignee") if isinstance(value, dict) else None
    if not isinstance(assignee, dict) or assignee.get("type") in ("Team", "Organization"):
        return UnreadRow(None, None, why)
    number, login = assignee.get("id"), assignee.get("login")
    return UnreadRow(
        number if is_id(number) else None, login if isinstance(login, str) and login else None, why
    )


def is_id(value: object) -> bool:
    """Tell whether *value* can be the id of something on GitHub."""
    return type(value) is int and 1 <= value <= LARGEST_ID


def divided(rows: tuple[Row, ...], organization: int) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    """Return the rows of *organization*, and those of others; without an id a row is its own."""
    ours = (None, organization)
    foreign = tuple(row for row in rows if row.organization not in ours)
    if not foreign:
        return rows, ()  # nearly always
    return tuple(row for row in rows if row.organization in ours), foreign


def marked(rows: tuple[Row, ...], listed: Collection[int]) -> tuple[Row, ...]:
    """Return *rows*, those live teams of theirs marked whose id is not among the *listed*."""
    unlisted = live_teams(rows) - frozenset(listed)
    if not unlisted:
        return rows
    return tuple(_marked(row, unlisted) for row in rows)


def live_teams(rows: Iterable[Row]) -> frozenset[int]:
    """Return the ids of the organisation's teams that live *rows* name."""
    return frozenset(row.team.id for row in rows if row.live and row.team and row.team.ours)


def _marked(row: Row, unlisted: Collection[int]) -> Row:
    if row.team is None or not row.team.ours or row.team.id not in unlisted:
        return row
    return replace(row, team=replace(row.team, unlisted=True))
