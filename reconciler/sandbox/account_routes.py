"""The operations of GitHub's API on accounts, Apps and the API itself."""

from __future__ import annotations

from reconciler.sandbox import access as tokens_of
from reconciler.sandbox import shapes, times
from reconciler.sandbox.access import MEMBERS, SEATS, Kind
from reconciler.sandbox.answers import DOCS, Answer, ApiError, answer, not_found
from reconciler.sandbox.api import API_VERSIONS, Call, Route
from reconciler.sandbox.people import Person
from reconciler.sandbox.requests import body_of

_PERMISSIONS = {SEATS: "write", MEMBERS: "read", "metadata": "read"}


def user(call: Call) -> Answer:
    login = call.params["username"]
    for world in call.api.worlds:
        if world.login.lower() == login.lower():
            return answer(shapes.user(world.login, world.id, call.base, "Organization"))
        person = world.directory.person(login)
        if person is not None:
            return answer(_full_user(person, call))
    raise not_found()


def user_by_id(call: Call) -> Answer:
    number = call.params["account_id"]
    for world in call.api.worlds:
        person = world.directory.people.get(int(number)) if _is_id(number) else None
        if person is not None:
            return answer(_full_user(person, call))
    raise not_found()


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19


def organizations(call: Call) -> Answer:
    """Answer with the organisations whose ids are above `since`, the oldest first."""
    since, most = (call.request.query.get(key, "") for key in ("since", "per_page"))
    after = int(since) if _is_id(since) else 0
    found = sorted((one for one in call.api.worlds if one.id > after), key=lambda one: one.id)
    shown = found[: min(int(most), 100) if _is_id(most) and int(most) else 30]
    return answer([shapes.user(one.login, one.id, call.base, "Organization") for one in shown])


def viewer(call: Call) -> Answer:
    if call.access.kind in (Kind.INSTALLATION, Kind.APP):
        raise tokens_of.refuse(call.access, {})
    return answer(_full_user(Person(tokens_of.OWNER_ID, call.access.login), call))


def _full_user(person: Person, call: Call) -> dict[str, object]:
    return shapes.person(person, call.base) | {
        "name": None,
        "company": None,
        "blog": "",
        "location": None,
        "email": None,
        "hireable": None,
        "bio": None,
        "public_repos": 0,
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "created_at": "2019-01-07T08:00:00Z",
        "updated_at": "2019-01-07T08:00:00Z",
    }


def rate_limit(call: Call) -> Answer:
    token = call.request.headers.get("authorization", "")
    numbers = call.api.limit.numbers(token, call.api.now)
    resources = {"core": numbers, "search": numbers, "graphql": numbers}
    selected = call.request.headers.get("x-github-api-version", API_VERSIONS[-1])
    top = {"rate": numbers} if selected == API_VERSIONS[-1] else {}
    return answer({"resources": resources, **top})


def versions(_: Call) -> Answer:
    return answer(sorted(API_VERSIONS))


def meta(_: Call) -> Answer:
    return answer({"verifiable_password_authentication": False, "api": ["127.0.0.0/8"]})


def app(call: Call) -> Answer:
    tokens_of.require_app(call.access)
    owner = shapes.user(call.world.login, call.world.id, call.base, "Organization")
    return answer(
        {
            "id": 1,
            "slug": "sandbox-app",
            "node_id": shapes.node_id("App", 1),
            "name": "sandbox-app",
            "owner": owner,
            "description": None,
            "external_url": "https://example.com",
            "html_url": "https://github.com/apps/sandbox-app",
            "created_at": "2019-01-07T08:00:00Z",
            "updated_at": "2019-01-07T08:00:00Z",
            "permissions": _PERMISSIONS,
            "events": [],
        }
    )


def installations(call: Call) -> Answer:
    tokens_of.require_app(call.access)
    found = [shapes.installation(world, _PERMISSIONS, call.base) for world in call.api.worlds]
    return answer(found)


def installation(call: Call) -> Answer:
    tokens_of.require_app(call.access)
    return answer(shapes.installation(call.world, _PERMISSIONS, call.base))


def installation_token(call: Call) -> Answer:
    tokens_of.require_app(call.access)
    number = call.params["installation_id"]
    if number not in [str(world.id) for world in call.api.worlds]:
        raise not_found()
    asked = body_of(call).get("permissions") or _PERMISSIONS
    if not isinstance(asked, dict) or not all(isinstance(level, str) for level in asked.values()):
        raise ApiError(422, "Invalid request.\n\nFor 'properties/permissions', not an object.")
    if not set(asked) <= set(_PERMISSIONS):
        raise ApiError(422, "The permissions requested are not granted to this installation.")
    token, expires = call.api.tokens.issue(asked, call.api.now)
    return answer(
        {
            "token": token,
            "expires_at": times.stamp(expires),
            "permissions": asked,
            "repository_selection": "all",
        },
        201,
    )


_USERS = f"{DOCS}/users/users"
_APPS = f"{DOCS}/apps/apps"

ROUTES = (
    Route("GET", "/users/{username}", user, {}, _USERS),
    Route("GET", "/user/{account_id}", user_by_id, {}, _USERS),
    Route("GET", "/organizations", organizations, {}, f"{DOCS}/orgs/orgs"),
    Route("GET", "/user", viewer, {}, _USERS),
    Route("GET", "/rate_limit", rate_limit, {}, f"{DOCS}/rate-limit/rate-limit"),
    Route("GET", "/versions", versions, {}, f"{DOCS}/meta/meta"),
    Route("GET", "/meta", meta, {}, f"{DOCS}/meta/meta"),
    Route("GET", "/app", app, {}, _APPS),
    Route("GET", "/app/installations", installations, {}, _APPS),
    Route("GET", "/orgs/{org}/installation", installation, {}, _APPS),
    Route(
        "POST", "/app/installations/{installation_id}/access_tokens", installation_token, {}, _APPS
    ),
)
