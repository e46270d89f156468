"""What the machine draws from: organisations, edits' parts, faults and the moments of kills."""

from __future__ import annotations

from typing import Any

from e2e_support import TAKEN, Json
from hypothesis import strategies as st
from machine_doors import Kill
from pairwise import all_pairs

from reconciler.sandbox import Fault

PEOPLE = range(101, 113)
TEAMS = {201: "platform", 202: "web", 203: "docs", 204: "empty"}
"""`docs` is a child of `web`."""

switches = st.sampled_from(all_pairs())

_PLACES = st.sampled_from([(), (201,), (202,), (203,), (201, 202), (201, 203)])
_SEATS = st.sampled_from(
    ["none", "direct", "direct", "idle", "idle", "unused", "pending", "team", "team"]
)


def _row(number: int, team: int | None, **more: Any) -> Json:
    return {
        "assignee": {"login": f"p{number}", "id": number},
        "assigning_team": None if team is None else _team(team),
        "created_at": "-100d",
        "last_activity_at": "-1d",
        "plan_type": "business",
        **more,
    }


def _team(number: int) -> Json:
    return {"id": number, "slug": TEAMS[number], "name": f"The {TEAMS[number]}"}


_KINDS_OF_ROW: dict[str, Json] = {
    "idle": {"last_activity_at": "-60d"},
    "unused": {"created_at": "-30d", "last_activity_at": None},
    "pending": {"pending_cancellation_date": "next-cycle"},
}


@st.composite
def organisations(draw: st.DrawFn) -> Json:
    """Draw a dozen people in four teams, some with seats."""
    teams: dict[int, list[str]] = {number: [] for number in TEAMS}
    rows = [] if draw(st.integers(0, 5)) else [{**_row(1, None), "assignee": None}]
    seated = draw(st.sampled_from([PEOPLE[-1], PEOPLE[-1], PEOPLE[2]]))
    for number in PEOPLE:
        places, seat = draw(_PLACES), draw(_SEATS) if number <= seated else "none"
        for place in places:
            teams[place].append(f"p{number}")
        if seat == "team" and places:
            rows.append(_row(number, places[0]))
        elif seat != "none":
            rows.append(_row(number, None, **_KINDS_OF_ROW.get(seat, {})))
    return {
        "format_version": "1.0",
        "taken_at": TAKEN,
        "organization": {"login": "acme", "id": 9919},
        "billing": {"seat_management_setting": "assign_selected"},
        "seats": rows,
        "teams": [
            _team(one) | {"members": members} | ({"parent": "web"} if one == 203 else {})
            for one, members in teams.items()
        ],
        "members": [{"login": f"p{number}", "id": number} for number in PEOPLE],
        "users": [{"login": "outsider", "id": 150, "membership": "none"}],
    }


# --- what goes wrong ----------------------------------------------------------------------------

_WRONG: list[Json] = [
    {"status": 500},
    {"status": 502},
    {"status": 503, "late": True},
    {"status": 403},
    {"limit": "secondary"},
    {"limit": "secondary", "retry_after": 30},
    {"limit": "secondary", "status": 429, "retry_after": 70},
    {"limit": "primary", "retry_after": 60},
    {"drop": "before"},
    {"drop": "after"},
    {"cut": 0},
    {"cut": 30},
]
_OPERATIONS = ["*", "GET *", "GET */seats", "POST *", "DELETE *"]


@st.composite
def faults(draw: st.DrawFn) -> Fault:
    """Draw a rule that strikes a few times, soon."""
    how = {"nth": tuple(draw(st.sets(st.integers(1, 8), max_size=3)))}
    how |= {"times": draw(st.integers(1, 4))}
    match draw(st.integers(0, 9)):
        case 0:
            return Fault("GET */seats*", stale=True, **how)
        case 1:
            return Fault("GET */seats", drift=draw(st.integers(1, 3)), **how)
        case 2:
            operation = draw(st.sampled_from(["POST *", "DELETE *"]))
            return Fault(operation, status=draw(st.sampled_from([404, 422])), **how)
    return Fault(draw(st.sampled_from(_OPERATIONS)), **draw(st.sampled_from(_WRONG)), **how)


def _write(operation: str, how: Json, nth: int) -> Fault:
    return Fault(operation, nth=(nth,), times=1, **how)


_WRONG_WRITES = [{"drop": "after"}, {"drop": "after"}, {"status": 422}, *_WRONG]
_WRITES = st.sampled_from(["POST *", "DELETE *"])
wrong_writes = st.one_of(
    st.just([]),
    st.lists(
        st.builds(_write, _WRITES, st.sampled_from(_WRONG_WRITES), st.integers(1, 2)),
        min_size=1,
        max_size=2,
    ),
)
"""Faults for the requests of an apply that change something; often none."""

_KILLS = st.one_of(
    st.builds(Kill, st.just("write"), st.integers(1, 3), answer=st.booleans()),
    st.builds(Kill, st.just("any"), st.integers(1, 20), answer=st.booleans()),
    st.builds(Kill, st.just("line"), st.integers(1, 9), part=st.sampled_from([0.0, 0.6, 1.0])),
    st.builds(Kill, st.just("any"), st.integers(1, 20), answer=st.booleans(), softly=st.just(True)),
    st.builds(Kill, st.just("line"), st.integers(1, 9), softly=st.just(True)),
)
kills = st.one_of(st.none(), st.none(), st.none(), _KILLS)

# --- what edits are made of ---------------------------------------------------------------------

person = st.integers(0, 13)
"""Somebody, by the place in the machine's list of everybody; too high a number is the last."""
team = st.integers(0, 4)
crowd = st.lists(person, min_size=1, max_size=4, unique=True)
some_people = st.lists(person, max_size=2, unique=True)
some_teams = st.lists(team, max_size=1)
days = st.one_of(st.none(), st.none(), st.integers(-5, 40))
"""From today on; None for no day."""
limits = st.one_of(
    st.none(), st.integers(0, 6), st.sampled_from(["10%", "25%", "50%", "100%", "200%"])
)
allowances: st.SearchStrategy[str | int] = st.sampled_from(["50%", "100%", "100%", 2, 3])
guard_names = st.sampled_from(
    ["max_cancellations_per_cycle", "max_creations_per_cycle", "max_seats", "last_seat", "empty"]
)
spans = st.sampled_from([1, 5, 26, 48, 24 * 4, 24 * 9, 24 * 16, 24 * 35, 24 * 70])
"""Hours, up to months."""
seldom = st.sampled_from([False, False, False, True])
