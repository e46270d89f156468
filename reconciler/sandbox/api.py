"""Answers requests for a set of worlds: authentication, routes, permissions, headers.

No network here: a `Request` goes in, an `Answer` comes out.
"""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from reconciler.errors import SeatsError, UsageError
from reconciler.sandbox import access as tokens_of
from reconciler.sandbox import times
from reconciler.sandbox.access import Access, Kind, Tokens
from reconciler.sandbox.answers import DOCS, Answer, ApiError, Request, not_found
from reconciler.sandbox.limits import RateLimit
from reconciler.sandbox.repositories import Repositories
from reconciler.sandbox.world import World

_KEPT_AT_MOST = 10_000
API_VERSIONS = ("2026-03-10", "2022-11-28")


@dataclass(frozen=True, slots=True)
class Call:
    """One request on its way through a handler; `world` is the organisation it names."""

    api: Api
    request: Request
    access: Access
    world: World
    params: Mapping[str, str]

    @property
    def base(self) -> str:
        return self.request.base

    def kept(self, compute: Callable[[], Answer]) -> Answer:
        """Return what *compute* returns, from memory as long as the world has not changed."""
        return self.api.kept(self, compute)


Handler = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """An operation: `needs` are the permissions one of which it takes."""

    method: str
    template: str
    handler: Handler
    needs: Mapping[str, str] = field(default_factory=dict)
    docs: str = DOCS

    @property
    def parts(self) -> tuple[str, ...]:
        return tuple(self.template.strip("/").split("/"))


class Api:
    """GitHub's REST API over *worlds*, which share one clock."""

    def __init__(
        self,
        worlds: Sequence[World],
        routes: Sequence[Route],
        tokens: Tokens | None = None,
        limit: RateLimit | None = None,
        repositories: Iterable[str] = (),
    ) -> None:
        if not worlds:
            raise UsageError("sandbox: there is no organisation to serve")
        self.worlds = tuple(worlds)
        self.tokens = tokens or Tokens()
        self.limit = limit or RateLimit()
        self.repositories = Repositories((world.login for world in worlds), repositories)
        if len({world.login.lower() for world in worlds}) < len(self.worlds):
            raise UsageError("sandbox: two snapshots are of one organisation")
        self._by_id = {str(world.id): world for world in worlds}
        self._routes: dict[tuple[str, int], list[Route]] = {}
        for route in routes:
            self._routes.setdefault((route.method, len(route.parts)), []).append(route)
        self._kept: dict[tuple[int, str, str], tuple[int, Answer]] = {}
        self._requests = itertools.count(1)

    @property
    def now(self) -> datetime:
        return self.worlds[0].now

    def organization(self, login: str) -> World | None:
        """Return the world of an organisation, None when there is none of that name."""
        return next((one for one in self.worlds if one.login.lower() == login.lower()), None)

    def handle(self, request: Request) -> Answer:
        """Answer *request* as GitHub would."""
        docs = DOCS
        token = request.headers.get("authorization", "")
        try:
            _check_client(request)
            access = self.tokens.access(request.headers.get("authorization"), self.now)
            if request.path != "/rate_limit" and not self.limit.take(token):
                raise ApiError(403, "API rate limit exceeded for this token.")
            route, params = self._route(request)
            docs = route.docs
            world = self._world(params)
            if not access.may(route.needs):
                raise tokens_of.refuse(access, route.needs)
            with world.lock:
                found = route.handler(Call(self, request, access, world, params))
            found = found.having(_scopes(access))
        except ApiError as error:
            found = error.answer(docs)
        except SeatsError as error:
            found = ApiError(422, str(error)).answer(docs)
        return self.finished(request, found)

    def kept(self, call: Call, compute: Callable[[], Answer]) -> Answer:
        """Return the answer to *call* from memory, or computed, if its world has not changed."""
        key = (call.world.id, call.request.target, call.base)
        version = call.world.version
        known = self._kept.get(key)
        if known is not None and known[0] == version:
            return known[1]
        found = compute()
        found = found.having({"ETag": f'W/"{zlib.crc32(found.body):08x}{len(found.body):x}"'})
        if len(self._kept) >= _KEPT_AT_MOST:
            self._kept.clear()
        if call.world.version == version:
            self._kept[key] = (version, found)
        return found

    def _route(self, request: Request) -> tuple[Route, dict[str, str]]:
        segments = self._by_name(request.segments())
        method = "GET" if request.method == "HEAD" else request.method
        for route in self._routes.get((method, len(segments)), ()):
            params: dict[str, str] = {}
            for part, segment in zip(route.parts, segments, strict=True):
                if part.startswith("{"):
                    params[part[1:-1]] = segment
                elif part != segment:
                    break
            else:
                return route, params
        raise not_found()

    def _by_name(self, segments: list[str]) -> list[str]:
        """Return a path by names: GitHub's own links name organisations and teams by id."""
        match segments:
            case ["repositories", number, *rest]:
                found = self.repositories.by_id(number)
                return segments if found is None else ["repos", found.owner, found.name, *rest]
            case ["organizations", number, *rest] if number in self._by_id:
                world = self._by_id[number]
            case _:
                return segments
        match rest:
            case ["team", number, *last] if number.isdecimal():
                team = world.directory.teams.get(int(number[:18]))
                rest = ["teams", "" if team is None else team.slug, *last]
        return ["orgs", world.login, *rest]

    def _world(self, params: Mapping[str, str]) -> World:
        if "org" not in params:
            return self.worlds[0]
        world = self.organization(params["org"])
        if world is None:
            raise not_found()
        return world

    def finished(self, request: Request, found: Answer) -> Answer:
        """Return *found* with the headers that every answer has; its own stand."""
        numbers = self.limit.numbers(request.headers.get("authorization", ""), self.now)
        headers = {
            f"X-RateLimit-{key.capitalize()}": str(number) for key, number in numbers.items()
        }
        headers |= {
            "Date": times.http_date(self.now),
            "X-RateLimit-Resource": "core",
            "X-GitHub-Request-Id": f"5AND:{next(self._requests):06X}",
            "X-GitHub-Media-Type": "github.v3; format=json",
            "X-GitHub-Api-Version-Selected": _version(request),
        }
        if found.body:
            headers["Content-Type"] = "application/json; charset=utf-8"
        if found.headers.get("ETag") and found.headers["ETag"] == request.headers.get(
            "if-none-match"
        ):
            found = Answer(304, b"", found.headers)
        return Answer(found.status, found.body, {**headers, **found.headers})


def _version(request: Request) -> str:
    return request.headers.get("x-github-api-version", API_VERSIONS[-1])


def _check_client(request: Request) -> None:
    if not request.headers.get("user-agent"):
        raise ApiError(
            403,
            "Request forbidden by administrative rules. Please make sure your request has a"
            " User-Agent header.",
        )
    if _version(request) not in API_VERSIONS:
        raise ApiError(400, f'"{_version(request)}" is not a supported version.')


def _scopes(access: Access) -> dict[str, str]:
    if access.kind is not Kind.CLASSIC:
        return {}
    full = access.permissions is None
    return {"X-OAuth-Scopes": "admin:org, manage_billing:copilot" if full else "read:org"}
