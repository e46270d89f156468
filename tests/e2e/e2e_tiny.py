"""A second stand-in for GitHub, on purpose unlike the sandbox wherever GitHub leaves room.

Lists have no Link headers; only the first page tells `total_seats`, which counts people; keys
without a value are absent on some rows and null on others; names come back in capitals; times carry
an offset or fractions of a second; the seat list turns round with every reading; the billing says
the least it may. What the command has no need of does not exist.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from e2e_loopback import Asked, Said

NOT_FOUND = Said(404, {"message": "Not Found", "status": "404"})
INDIA = timezone(timedelta(hours=5, minutes=30))
DIRECT = "direct"


@dataclass
class Someone:
    """An account. `holds` are the sources of its seat: True for live, False for pending."""

    id: int
    login: str
    active_days_ago: float | None = 1
    given_days_ago: float = 200
    member: bool = True
    holds: dict[str, bool] = field(default_factory=dict)

    @property
    def live(self) -> bool:
        return any(self.holds.values())

    @property
    def shown(self) -> tuple[str, bool]:
        """Return the one source that a row shows: live before pending, a team before direct."""
        return max(self.holds.items(), key=lambda one: (one[1], one[0] != DIRECT, one[0]))


class Tiny:
    """One organisation called `Tiny-Org`, at a moment that tests may move."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 17, 9, 30, tzinfo=UTC)
        self.people: list[Someone] = []
        self.teams: dict[str, list[Someone]] = {}
        self.refuses: set[str] = set()
        """Logins for whose sake a whole request is refused."""
        self.requests: list[tuple[str, str, list[str]]] = []
        self._readings = 0

    # what a test says

    def person(self, login: str, *holds: str, pending: str | None = None, **how: Any) -> Someone:
        someone = Someone(5000 + len(self.people), login, **how)
        someone.holds = dict.fromkeys(holds, True)
        if pending is not None:
            someone.holds[pending] = False
        self.people.append(someone)
        return someone

    def team(self, slug: str, members: Sequence[Someone]) -> None:
        self.teams[slug] = list(members)

    def who(self, login: str) -> Someone | None:
        low = login.lower()
        return next((one for one in self.people if one.login.lower() == low), None)

    @property
    def holders(self) -> dict[str, str]:
        """Return by login what each row shows."""
        shown = {one.login: one.shown for one in self.people if one.holds}
        return {name: how if live else f"pending {how}" for name, (how, live) in shown.items()}

    @property
    def live(self) -> set[str]:
        return {one.login for one in self.people if one.live}

    # what GitHub answers

    def __call__(self, asked: Asked) -> Said:
        if not asked.token:
            return Said(401, {"message": "Requires authentication"})
        match asked.method, *asked.parts:
            case "GET", "users", login:
                return self._account(self.who(login))
            case "GET", "user", number:
                return self._account(next((p for p in self.people if str(p.id) == number), None))
            case method, "orgs", org, *rest if org.lower() == "tiny-org":
                return self._organization(method, rest, asked)
        return NOT_FOUND

    def _organization(self, method: str, rest: list[str], asked: Asked) -> Said:
        match method, *rest:
            case ("GET",):
                return Said(body={"login": "Tiny-Org", "id": 31337})
            case "GET", "copilot", "billing":
                return Said(
                    body={
                        "seat_breakdown": {},
                        "public_code_suggestions": "allow",
                        "seat_management_setting": "assign_selected",
                    }
                )
            case "GET", "copilot", "billing", "seats":
                return self._seats(asked)
            case "POST" | "DELETE", "copilot", "billing", (
                "selected_users" | "selected_teams"
            ) as to:
                return self._write(method, to, asked.body)
            case "GET", "teams":
                listed = [self._team(slug) for slug in self.teams]
                return self._page(listed, asked)
            case "GET", "teams", slug, "members" if slug.lower() in self.teams:
                return self._page([_simple(one) for one in self._members(slug.lower())], asked)
            case "GET", "members":
                return self._page([_simple(one) for one in self.people if one.member], asked)
            case "GET", "memberships", login:
                someone = self.who(login)
                return Said(body={"state": "active"}) if someone and someone.member else NOT_FOUND
            case "GET", "members", login, "copilot":
                someone = self.who(login)
                return Said(body=self._row(someone)) if someone and someone.holds else NOT_FOUND
        return NOT_FOUND

    def _account(self, someone: Someone | None) -> Said:
        return NOT_FOUND if someone is None else Said(body=_simple(someone))

    def _members(self, slug: str) -> list[Someone]:
        return [one for one in self.teams[slug] if one.member]

    def _page(self, items: list[Any], asked: Asked) -> Said:
        return Said(body=_slice(items, asked))

    def _seats(self, asked: Asked) -> Said:
        number = int(asked.query.get("page", "1"))
        self._readings += number == 1
        holders = [one for one in self.people if one.holds]
        if self._readings % 2:
            holders.reverse()
        body = {"seats": [self._row(one) for one in _slice(holders, asked)]}
        return Said(body={"total_seats": len(holders), **body} if number == 1 else body)

    def _row(self, someone: Someone) -> dict[str, Any]:
        source, live = someone.shown
        given = self.now - timedelta(days=someone.given_days_ago)
        found: dict[str, Any] = {
            "created_at": given.astimezone(INDIA).isoformat(),
            "assignee": {**_simple(someone), "login": someone.login.upper()},
        }
        if source != DIRECT:
            found["assigning_team"] = self._team(source)
        elif someone.id % 2:
            found["assigning_team"] = None
        if not live:
            found["pending_cancellation_date"] = "2026-04-01"
        elif someone.id % 3:
            found["pending_cancellation_date"] = None
        if someone.active_days_ago is not None:
            active = self.now - timedelta(days=someone.active_days_ago)
            found["last_activity_at"] = active.isoformat(timespec="milliseconds")
        return found

    def _team(self, slug: str) -> dict[str, Any]:
        return {"id": 900 + list(self.teams).index(slug), "name": slug.title(), "slug": slug}

    def _write(self, method: str, to: str, body: Any) -> Said:
        users = to == "selected_users"
        names = body["selected_usernames" if users else "selected_teams"]
        self.requests.append((method, to, names))
        bad = [name for name in names if name.lower() in self.refuses]
        if bad:
            return Said(422, {"message": f"Cannot do that for {bad[0]}", "errors": []})
        chosen = self._chosen_users(names) if users else self._chosen_teams(names)
        if chosen is None:
            return Said(422, {"message": "Unprocessable Entity"})
        if users and method == "DELETE" and any(one.shown[0] != DIRECT for one, _ in chosen):
            return Said(422, {"message": "a seat was assigned via a team"})
        for one, source in chosen:
            if method == "POST":
                if not one.holds:
                    one.given_days_ago, one.active_days_ago = 0, None
                one.holds[source] = True
            elif source in one.holds:
                one.holds[source] = False
        if method == "POST":
            return Said(201, {"seats_created": 0})
        return Said(200, {"seats_cancelled": 0})

    def _chosen_users(self, names: list[str]) -> list[tuple[Someone, str]] | None:
        found = [self.who(name) for name in names]
        chosen = [(one, DIRECT) for one in found if one is not None and one.member]
        return chosen if len(chosen) == len(names) else None

    def _chosen_teams(self, names: list[str]) -> list[tuple[Someone, str]] | None:
        slugs = [name.lower() for name in names]
        if any(slug not in self.teams for slug in slugs):
            return None
        held = [(one, slug) for slug in slugs for one in self.people if slug in one.holds]
        return held + [(one, slug) for slug in slugs for one in self._members(slug)]


def _simple(someone: Someone) -> dict[str, Any]:
    return {"login": someone.login, "id": someone.id}


def _slice(items: list[Any], asked: Asked) -> list[Any]:
    size = min(int(asked.query.get("per_page", "30")), 100)
    start = (int(asked.query.get("page", "1")) - 1) * size
    return items[start : start + size]
