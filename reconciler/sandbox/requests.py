"""What handlers share: bodies, names in the path, pages with their `Link` header."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TypeVar
from urllib.parse import quote, urlencode

from reconciler.sandbox.answers import ApiError, not_found, object_of
from reconciler.sandbox.api import Call
from reconciler.sandbox.people import OrgTeam, Person

Item = TypeVar("Item")


def body_of(call: Call) -> dict[str, object]:
    """Return the JSON object that the request carries; raises what GitHub answers to any other."""
    return object_of(call.request.body)


def shown_json(value: object) -> str:
    """Return *value* as an error message shows it."""
    return json.dumps(value)[:200]


def invalid(resource: str, field: str) -> ApiError:
    """Return GitHub's 422 for a value it does not know."""
    found: dict[str, object] = {"resource": resource, "field": field, "code": "invalid"}
    return ApiError(422, "Validation Failed", errors=[found])


def person_of(call: Call) -> Person:
    """Return the account that the path names; raises 404."""
    person = call.world.directory.person(call.params["username"])
    if person is None:
        raise not_found()
    return person


def team_of(call: Call) -> OrgTeam:
    """Return the team that the path names; raises 404."""
    team = call.world.directory.team(call.params["team_slug"])
    if team is None:
        raise not_found()
    return team


def page_of(
    call: Call,
    items: Sequence[Item],
    size: int,
    shape: Callable[[Item], object],
    *,
    place: str | None = None,
) -> tuple[list[object], dict[str, str]]:
    """Return the page of *items* that the query asks for, shaped, with its `Link` header.

    Out-of-range numbers are taken as GitHub takes them: the nearest that makes sense. *place* is
    what its links name by id, `repositories/1`; left out, the organisation.
    """
    query = call.request.query
    size = min(max(_number(query.get("per_page"), size), 1), 100)
    page = max(_number(query.get("page"), 1), 1)
    last = max(1, -(-len(items) // size))
    shown = [shape(item) for item in items[(page - 1) * size : page * size]]
    targets = {}
    if page > 1:
        targets["prev"] = min(page - 1, last)
    if page < last:
        targets |= {"next": page + 1, "last": last}
    if page > 1:
        targets["first"] = 1
    links = [f'<{_page_url(call, number, place)}>; rel="{rel}"' for rel, number in targets.items()]
    return shown, {"Link": ", ".join(links)} if links else {}


def _page_url(call: Call, page: int, place: str | None) -> str:
    named = 2 if place is None else 3  # orgs/acme/…, repos/acme/seats/…
    rest = call.request.path.strip("/").split("/", named)[named]
    others = {key: value for key, value in call.request.query.items() if key != "page"}
    query = urlencode({**others, "page": page})
    by_id = place or f"organizations/{call.world.id}"
    return f"{call.base}/{by_id}/{quote(rest)}?{query}"


def _number(text: str | None, default: int) -> int:
    if text is None or not text.lstrip("-").isdecimal() or len(text) > 9:
        return default
    number = int(text)
    return number if number > 0 else default
