"""Writes a world in the snapshot format, so that it can be looked at, kept and loaded again."""

from __future__ import annotations

from reconciler.sandbox import shapes
from reconciler.sandbox.people import Membership, OrgTeam, Person
from reconciler.sandbox.seat_pages import SeatView
from reconciler.sandbox.state import State
from reconciler.sandbox.times import stamp

Json = dict[str, object]


def snapshot(state: State) -> Json:
    """Return the world as a snapshot with absolute times; team members are a team's own."""
    with state.lock:
        reading = state.reading(begins=False)
        people = list(state.directory.people.values())
        return {
            "format_version": "1.0",
            "taken_at": stamp(state.now),
            "organization": {"login": state.login, "id": state.id},
            "billing": shapes.billing(state),
            "total_seats": reading.total,
            "seats": [_seat(view, state) for view in reading.rows],
            "teams": [_team(team, state) for team in state.directory.teams.values()],
            "members": [_member(person) for person in people if person.member],
            "users": [_outsider(person) for person in people if not person.member],
        }


def _account(person: Person) -> Json:
    return {"login": person.login, "id": person.id}


def _member(person: Person) -> Json:
    return _account(person) | ({"role": "admin"} if person.admin else {})


def _outsider(person: Person) -> Json:
    pending = person.membership is Membership.PENDING
    return _account(person) | {"membership": "pending" if pending else "none"}


def _team(team: OrgTeam, state: State) -> Json:
    parent = None if team.parent is None else state.directory.teams.get(team.parent)
    return {
        "id": team.id,
        "slug": team.slug,
        "name": team.name,
        "parent": None if parent is None else parent.slug,
        "members": [person.login for person in state.directory.team_members(team, nested=False)],
    }


def _seat(view: SeatView, state: State) -> object:
    if view.stated:
        return view.stated[0]
    shape = shapes.seat_details(view, state, "")
    shape["assignee"] = None if view.person is None else _account(view.person)
    if isinstance(view.team, OrgTeam):
        shape["assigning_team"] = {key: getattr(view.team, key) for key in ("id", "slug", "name")}
    elif view.team is not None:
        shape["assigning_team"] = dict(view.team)
    return shape
