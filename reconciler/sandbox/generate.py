"""Makes organisations of any size: a snapshot from a number of seats and a seed."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

Json = dict[str, object]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_FIRST = _words(
    "amara noah ingrid mateo yuki priya tomasz leila oskar chiara dmitri fatima henrik isla "
    "joaquim keiko lars mina nadia otto paulo quinn rania soren tala uma viktor wanda ximena "
    "yusuf zofia anouk bashir celia dario elif farid greta hugo irina"
)
_LAST = _words(
    "okafor lindqvist moreau tanaka sharma kowalski haddad berg ricci volkov almeida novak sato "
    "jensen karimi weber costa murphy aydin petrov silva olsen duarte nakamura rahman fischer"
)
_AREAS = _words(
    "platform payments search mobile web data security design quality infrastructure identity "
    "billing growth support research tools docs analytics network storage"
)
_EDITORS = (
    "vscode/1.105.1/copilot-chat/0.32.4",
    "JetBrains-IU/252.26830/copilot-intellij/1.5.59",
    "Neovim/0.11.4/copilot.vim/1.56.0",
    "VisualStudio/17.14.16/copilot-vs/1.392",
)

_TEAM_SIZE = 24
_FIRST_ID = 2_000_000
_ENTERPRISE: Json = {"id": 900, "slug": "ent:leadership", "name": "Leadership", "group_id": None}

ACTIVITIES: Mapping[str, float] = {"busy": 0.72, "idle": 0.14, "unused": 0.07, "forgotten": 0.07}
"""What share of the seats is used how."""


@dataclass(slots=True)
class _Organisation:
    chance: random.Random
    seats: list[Json] = field(default_factory=list)
    teams: list[Json] = field(default_factory=list)
    members: list[Json] = field(default_factory=list)


def generate(seats: int, seed: int = 0, login: str = "acme") -> Json:
    """Return a snapshot of about a fifth more members than *seats*; the same input, the same bytes.

    Some teams are assigned, the others' members have direct seats. Some seats are idle,
    unused or pending; one is an enterprise team's and one has no assignee where there are enough.
    """
    made = _Organisation(random.Random(seed))
    people = _people(seats + seats // 5)
    made.members = [{"login": name, "id": _FIRST_ID + 7 * n} for n, name in enumerate(people)]
    special = 2 if seats >= 10 else 0
    holders = _holders(made)
    made.seats = [_row(made, person, team) for person, team in holders[: seats - special]]
    if special:
        made.seats.append(_row(made, holders[-1][0], _ENTERPRISE))
        made.seats.append({"assignee": None, "created_at": "-200d", "plan_type": "business"})
    made.chance.shuffle(made.seats)
    return {
        "format_version": "1.0",
        "organization": {"login": login, "id": 70000 + seed % 10000},
        "billing": {"seat_management_setting": "assign_selected", "plan_type": "business"},
        "total_seats": len(made.seats),
        "seats": made.seats,
        "teams": made.teams,
        "members": made.members,
        "users": [],
    }


def _people(count: int) -> Iterator[str]:
    """Yield *count* different logins."""
    pairs = [f"{first}-{last}" for last in _LAST for first in _FIRST]
    for number in range(count):
        turn, index = divmod(number, len(pairs))
        yield pairs[index] + (f"-{turn + 1}" if turn else "")


def _holders(made: _Organisation) -> list[tuple[Json, Json | None]]:
    """Put everyone into teams; return who may hold a seat, and through which team, likely first."""
    through, direct, spare = [], [], []
    for number in range(0, len(made.members), _TEAM_SIZE):
        members = made.members[number : number + _TEAM_SIZE]
        team = _team(made, members)
        if team["parent"] is not None and len(made.teams) % 3 == 0:
            through += [(person, team) for person in members]
        else:
            direct += [(person, None) for index, person in enumerate(members) if index % 6]
            spare += [(person, None) for person in members[::6]]
    return [*through, *direct, *spare]


def _team(made: _Organisation, members: list[Json]) -> Json:
    number = len(made.teams)
    turn, index = divmod(number, len(_AREAS))
    slug = _AREAS[index] + (f"-{turn + 1}" if turn else "")
    parent = made.teams[number - number % 4]["slug"] if number % 4 else None
    names = [one["login"] for one in members]
    team = {"id": 5000 + number, "slug": slug, "name": slug, "parent": parent, "members": names}
    made.teams.append(team)
    return team


def _row(made: _Organisation, person: Json, team: Json | None) -> Json:
    chance = made.chance
    [kind] = chance.choices(list(ACTIVITIES), list(ACTIVITIES.values()))
    row: Json = {"assignee": person, "assigning_team": None}
    if team is not None:
        row["assigning_team"] = {key: value for key, value in team.items() if key in _TEAM_KEYS}
    row["created_at"] = f"-{chance.randint(100, 900)}d"
    if kind == "busy":
        row["last_activity_at"] = f"-{chance.randint(1, 24 * 8)}h"
    elif kind == "idle":
        row["last_activity_at"] = f"-{chance.randint(30, 89)}d"
    elif kind == "unused":
        row["created_at"] = f"-{chance.randint(1, 60)}d"
    if "last_activity_at" in row:
        row["last_authenticated_at"] = row["last_activity_at"]
        row["last_activity_editor"] = chance.choice(_EDITORS)
    if chance.random() < 0.02 and team is not _ENTERPRISE:
        row["pending_cancellation_date"] = "next-cycle"
    row["plan_type"] = "business"
    return row


_TEAM_KEYS = ("id", "slug", "name", "group_id")
