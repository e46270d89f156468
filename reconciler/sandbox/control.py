"""The sandbox's own operations, under `/_sandbox/`, a path that GitHub doesn't have.

GET  /_sandbox                           what can be done
GET  /_sandbox/clock                     the clock of all organisations
POST /_sandbox/clock                     {"now": "2026-12-01T00:00:00Z"} or {"advance": "30d"}
GET  /_sandbox/orgs/{org}                the state, in the snapshot format
POST /_sandbox/orgs/{org}/{action}       something happens: {"user": …, "team": …, …}
GET, POST /_sandbox/orgs/{org}/switches  what nobody knows of GitHub
GET, POST, DELETE /_sandbox/faults       what goes wrong: one rule or a list; POST adds
GET, POST /_sandbox/repos/{owner}/{repo}…  conversations: see repository_control.py
GET  /_sandbox/reports/…                 files of usage metrics, as the API's answers link to
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from reconciler.errors import SeatsError, UsageError
from reconciler.sandbox import dump, metrics_routes, repository_control, times
from reconciler.sandbox.answers import (
    Answer,
    ApiError,
    Request,
    answer,
    not_found,
    read_json,
)
from reconciler.sandbox.faults import Faults, rules_of
from reconciler.sandbox.fields import Fields
from reconciler.sandbox.repositories import Repositories
from reconciler.sandbox.world import World

PREFIX = "_sandbox"


def _set_activity(world: World, fields: Fields) -> None:
    stated = fields.maybe("at")
    at = None if stated is None else times.moment(stated, world.now)
    if stated is not None and at is None:
        raise UsageError(f"sandbox: 'at' is a time or a span such as -3d, not {stated!r}")
    world.set_activity(fields.text("user"), at, fields.maybe("editor"))


ACTIONS: Mapping[str, Callable[[World, Fields], object]] = {
    "add-user": lambda world, f: world.add_user(f.text("user"), f.number("id")),
    "delete-user": lambda world, f: world.delete_user(f.text("user")),
    "rename-user": lambda world, f: world.rename_user(f.text("user"), f.text("to")),
    "suspend-user": lambda world, f: world.suspend_user(f.text("user")),
    "invite": lambda world, f: world.invite(f.text("user")),
    "join-organization": lambda world, f: world.join_organization(f.text("user"), f.number("id")),
    "leave-organization": lambda world, f: world.leave_organization(f.text("user")),
    "create-team": lambda world, f: world.create_team(
        f.text("team"), f.maybe("name"), f.maybe("parent")
    ),
    "delete-team": lambda world, f: world.delete_team(f.text("team")),
    "rename-team": lambda world, f: world.rename_team(
        f.text("team"), f.text("to"), f.maybe("name")
    ),
    "join-team": lambda world, f: world.join_team(
        f.text("user"), f.text("team"), f.maybe("role") or "member"
    ),
    "leave-team": lambda world, f: world.leave_team(f.text("user"), f.text("team")),
    "set-activity": _set_activity,
    "use": lambda world, f: world.use(f.text("user")),
    "sign-in": lambda world, f: world.sign_in(f.text("user")),
    "set-habit": lambda world, f: world.set_habit(f.text("user"), f.length("every")),
    "live-on": lambda world, f: world.live_on(f.length("within") or timedelta(days=7)),
    "freeze-activity": lambda world, _: world.freeze_activity(),
    "thaw-activity": lambda world, _: world.thaw_activity(),
    "grant-user": lambda world, f: world.grant_user(f.text("user")),
    "revoke-user": lambda world, f: world.revoke_user(f.text("user")),
    "grant-team": lambda world, f: world.grant_team(f.text("team")),
    "revoke-team": lambda world, f: world.revoke_team(f.text("team")),
    "set-setting": lambda world, f: world.set_setting(f.text("name"), f.text("value")),
}
"""What may happen to an organisation, by the last part of the path."""


def handle(
    worlds: Sequence[World], repositories: Repositories, faults: Faults, request: Request
) -> Answer:
    """Answer a request under `/_sandbox`; no token is needed."""
    parts = [part for part in request.segments()[1:] if part]
    try:
        if parts == ["faults"]:
            return _faults(faults, request)
        if parts[:1] == ["repos"]:
            fields = Fields(request.body)
            return repository_control.handle(
                repositories, worlds[0].now, request, parts[1:], fields
            )
        return _answer(worlds, request, parts)
    except ApiError as error:
        return error.answer()
    except SeatsError as error:
        return ApiError(422, str(error)).answer()


def _answer(worlds: Sequence[World], request: Request, parts: list[str]) -> Answer:
    match request.method, parts:
        case "GET", []:
            return answer(_overview(worlds))
        case "GET", ["clock"]:
            return answer(_clock(worlds))
        case "POST" | "PUT", ["clock"]:
            _move_clock(worlds, Fields(request.body))
            return answer(_clock(worlds))
        case "GET", ["reports", login, name, day]:
            return metrics_routes.download(worlds, request, login, name, day)
        case "GET", ["orgs", login]:
            return answer(dump.snapshot(_world(worlds, login)))
        case "GET", ["orgs", login, "switches"]:
            return answer(_world(worlds, login).switches.as_json())
        case "POST" | "PUT", ["orgs", login, "switches"]:
            world = _world(worlds, login)
            world.set_switches(Fields(request.body).values)
            return answer(world.switches.as_json())
        case "POST", ["orgs", login, action] if action in ACTIONS:
            ACTIONS[action](_world(worlds, login), Fields(request.body))
            return Answer(204)
    raise not_found()


def _faults(faults: Faults, request: Request) -> Answer:
    match request.method:
        case "GET":
            return answer(faults.as_json())
        case "POST":
            faults.add(rules_of(read_json(request.body)))
            return answer(faults.as_json())
        case "DELETE":
            faults.clear()
            return Answer(204)
    raise not_found()


def _overview(worlds: Sequence[World]) -> dict[str, object]:
    return {
        "clock": _clock(worlds)["now"],
        "organizations": [world.login for world in worlds],
        "actions": sorted(ACTIONS),
    }


def _clock(worlds: Sequence[World]) -> dict[str, str | None]:
    return {"now": times.stamp(worlds[0].now)}


def _move_clock(worlds: Sequence[World], fields: Fields) -> None:
    stated, length = fields.maybe("now"), fields.length("advance")
    at = None if stated is None else times.moment(stated, worlds[0].now)
    if (at is None) == (length is None):
        raise UsageError('sandbox: say {"now": "2026-12-01T00:00:00Z"} or {"advance": "30d"}')
    for world in worlds:
        if at is not None:
            world.set_clock(at)
        else:
            world.advance(length or timedelta(0))


def _world(worlds: Sequence[World], login: str) -> World:
    for world in worlds:
        if world.login.lower() == login.lower():
            return world
    raise not_found()
