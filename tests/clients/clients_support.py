"""An organisation for clients that know nothing of it: more seats than a page, one of each kind."""

from __future__ import annotations

from typing import Any

from reconciler.sandbox import World

SEATS = 230
"""More than two pages of 100."""

PLATFORM = {"id": 70, "slug": "platform", "name": "platform"}


def world() -> World:
    """Return the organisation `acme`."""
    people = [{"login": f"user-{number:03}", "id": number} for number in range(1, SEATS)]
    rows: list[dict[str, Any]] = [
        {"assignee": person, "created_at": "-100d", "last_activity_at": "-1d"} for person in people
    ]
    mona = {"login": "mona", "id": 1000}
    rows.append({"assignee": mona, "assigning_team": PLATFORM, "created_at": "-50d"})
    others = [{"login": "hubot", "id": 1001}, {"login": "dora", "id": 1002}]
    return World.from_snapshot(
        {
            "taken_at": "2026-11-22T08:00:00Z",
            "organization": {"login": "acme", "id": 9919},
            "seats": rows,
            "members": [*people, mona, *others],
            "teams": [
                {**PLATFORM, "members": ["mona"]},
                {"id": 71, "slug": "docs", "name": "docs", "members": ["dora"]},
            ],
        }
    )


EVERYBODY = {f"user-{number:03}" for number in range(1, SEATS)} | {"mona"}


def holders(of: World) -> dict[str, str]:
    """Return who holds a seat, and how: `direct`, a team's slug, with `pending` in front."""
    found = {}
    for number, grants in of.seats.grants.items():
        for grant in grants:
            team = "direct" if grant.team is None else of.directory.teams[grant.team].slug
            ending = "pending " if grant.pending else ""
            found[of.directory.people[number].login] = ending + team
    return found
