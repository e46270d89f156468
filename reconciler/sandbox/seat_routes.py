"""The Copilot operations of GitHub's API.

Source: https://docs.github.com/en/rest/copilot/copilot-user-management
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from reconciler.sandbox import operations, shapes
from reconciler.sandbox.access import ADMINISTRATION, SEATS
from reconciler.sandbox.answers import DOCS, Answer, ApiError, answer, not_found
from reconciler.sandbox.api import Call, Route
from reconciler.sandbox.people import Membership
from reconciler.sandbox.requests import body_of, page_of, person_of, shown_json
from reconciler.sandbox.world import World


def billing(call: Call) -> Answer:
    return answer(shapes.billing(call.world))


def seats(call: Call) -> Answer:
    world, request = call.world, call.request
    begins = request.query.get("page", "1") in ("", "0", "1")

    def compute() -> Answer:
        reading = world.before_last_write() if request.stale else world.reading(begins=begins)
        rows = reading.rows[request.drift :] + reading.rows[: request.drift]
        lag = world.lag
        page, links = page_of(call, rows, 50, lambda view: shapes.seat(view, world, call.base, lag))
        return answer({"total_seats": reading.total, "seats": page}, headers=links)

    plain = world.settled and not request.stale and not request.drift
    return call.kept(compute) if plain else compute()


def member_seat(call: Call) -> Answer:
    person = person_of(call)
    if person.membership is Membership.PENDING:
        raise ApiError(422, f"{person.login} has a pending organization invitation.")
    view = call.world.seat_of(person)
    if view is None:
        raise not_found()
    return answer(shapes.seat(view, call.world, call.base))


def _changing(
    key: str, counted: str, status: int, act: Callable[[World, Sequence[str]], int]
) -> Callable[[Call], Answer]:
    def handler(call: Call) -> Answer:
        return answer({counted: act(call.world, _names(call, key))}, status)

    return handler


def _names(call: Call, key: str) -> list[str]:
    """Return the list of names in the body; raises what GitHub answers to any other body."""
    body = body_of(call)
    if key not in body:
        raise ApiError(422, f'Invalid request.\n\n"{key}" wasn\'t supplied.')
    names = body[key]
    if not isinstance(names, list):
        raise _wrong(f"properties/{key}", names, "is not an array")
    for name in names:
        if not isinstance(name, str):
            raise _wrong("items", name, "is not a string")
    if not names:
        raise _wrong(f"properties/{key}", names, "is too short")
    return names


def _wrong(where: str, value: object, why: str) -> ApiError:
    return ApiError(422, f"Invalid request.\n\nFor '{where}', {shown_json(value)} {why}.")


_DOCS = f"{DOCS}/copilot/copilot-user-management"
_READ = {SEATS: "read", ADMINISTRATION: "read"}
_WRITE = {SEATS: "write", ADMINISTRATION: "write"}
_BILLING = "/orgs/{org}/copilot/billing"
_USERS = f"{_BILLING}/selected_users"
_TEAMS = f"{_BILLING}/selected_teams"

_add_users = _changing("selected_usernames", "seats_created", 201, operations.add_users)
_cancel_users = _changing("selected_usernames", "seats_cancelled", 200, operations.cancel_users)
_add_teams = _changing("selected_teams", "seats_created", 201, operations.add_teams)
_cancel_teams = _changing("selected_teams", "seats_cancelled", 200, operations.cancel_teams)

ROUTES = (
    Route("GET", _BILLING, billing, _READ, _DOCS),
    Route("GET", f"{_BILLING}/seats", seats, _READ, _DOCS),
    Route("GET", "/orgs/{org}/members/{username}/copilot", member_seat, _READ, _DOCS),
    Route("POST", _USERS, _add_users, _WRITE, _DOCS),
    Route("DELETE", _USERS, _cancel_users, _WRITE, _DOCS),
    Route("POST", _TEAMS, _add_teams, _WRITE, _DOCS),
    Route("DELETE", _TEAMS, _cancel_teams, _WRITE, _DOCS),
)
