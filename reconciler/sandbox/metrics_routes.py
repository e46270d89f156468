"""The metrics operations of GitHub's API: today's reports, and those it retired.

A report is fetched in two steps: the API answers with links, and the file behind a link is asked
for without a token. Here it lies under `/_sandbox/reports/`, and refuses requests that bring one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta

from reconciler.sandbox import metrics
from reconciler.sandbox.access import ADMINISTRATION, SEATS
from reconciler.sandbox.answers import DOCS, Answer, ApiError, Request, answer, encoded, not_found
from reconciler.sandbox.api import Call, Route
from reconciler.sandbox.metrics import Json, Work
from reconciler.sandbox.people import Person
from reconciler.sandbox.requests import page_of, team_of
from reconciler.sandbox.world import World

_YEAR = timedelta(days=365)
_KEPT = 28
"""Days that the retired operations went back."""


# --- reports ------------------------------------------------------------------------------


def _month_of(rows: Callable[[World, date], list[Json]]) -> Callable[[World, date], list[Json]]:
    def report(world: World, last: date) -> list[Json]:
        return [row for day in metrics.days_until(last, 28) for row in rows(world, day)]

    return report


def _organization_month(world: World, last: date) -> list[Json]:
    days = metrics.days_until(last, 28)
    ends = {"report_start_day": days[0].isoformat(), "report_end_day": last.isoformat()}
    totals = metrics.organization_days(world, days)
    return [{**ends, "organization_id": str(world.id), "day_totals": totals}]


_REPORTS: dict[str, Callable[[World, date], list[Json]]] = {
    "organization-1-day": lambda world, day: metrics.organization_days(world, [day]),
    "users-1-day": metrics.users_day,
    "user-teams-1-day": metrics.teams_day,
    "repos-1-day": lambda _, __: [],
    "organization-28-day": _organization_month,
    "users-28-day": _month_of(metrics.users_day),
}


def _one_day(name: str) -> Callable[[Call], Answer]:
    def handler(call: Call) -> Answer:
        day = _day(call.request.query.get("day", ""))
        if day is None:
            raise ApiError(400, "Bad Request: day must be a date in the format YYYY-MM-DD")
        last = _last(call.world)
        if not last - _YEAR < day <= last or not _REPORTS[name](call.world, day):
            return Answer(204)
        return answer({"download_links": [_link(call, name, day)], "report_day": day.isoformat()})

    return handler


def _latest(name: str) -> Callable[[Call], Answer]:
    def handler(call: Call) -> Answer:
        last = _last(call.world)
        return answer(
            {
                "download_links": [_link(call, name, last)],
                "report_start_day": metrics.days_until(last, 28)[0].isoformat(),
                "report_end_day": last.isoformat(),
            }
        )

    return handler


def _link(call: Call, name: str, day: date) -> str:
    return f"{call.base}/_sandbox/reports/{call.world.login}/{name}/{day}?sig=sandbox"


def _last(world: World) -> date:
    return (world.now - metrics.DELAY).date()


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def download(worlds: Sequence[World], request: Request, login: str, name: str, day: str) -> Answer:
    """Answer a request for a report's file: a JSON object a line."""
    if "authorization" in request.headers:
        raise ApiError(400, "Only one auth mechanism allowed: the link is signed, send no token")
    when = _day(day)
    for world in worlds:
        if world.login == login and name in _REPORTS and when is not None:
            with world.lock:
                lines = [encoded(row) + b"\n" for row in _REPORTS[name](world, when)]
            return Answer(200, b"".join(lines), {"Content-Type": "application/x-ndjson"})
    raise not_found()


# --- what GitHub retired ----------------------------------------------------------------------


def _retired(shape: Callable[[Sequence[Work], date], Json]) -> Callable[[Call], Answer]:
    def handler(call: Call) -> Answer:
        if call.world.switches.retired_metrics == "gone":
            raise not_found()
        people = _team_people(call)
        days = _asked(call)
        works = {day: metrics.work_on(call.world, day, people) for day in days}
        shown = [shape(works[day], day) for day in days if len(works[day]) >= metrics.FEWEST]
        page, links = page_of(call, shown, _KEPT, lambda one: one)
        return answer(page, headers=links)

    return handler


def _team_people(call: Call) -> list[Person] | None:
    if "team_slug" not in call.params:
        return None
    return call.world.directory.team_members(team_of(call))


def _asked(call: Call) -> list[date]:
    """Return the days that `since` and `until` ask for, up to yesterday."""
    yesterday = (call.world.now - timedelta(days=1)).date()
    query = call.request.query
    since, until = _day(query.get("since", "")[:10]), _day(query.get("until", "")[:10])
    days = metrics.days_until(yesterday, _KEPT)
    return [day for day in days if (since or day) <= day <= (until or day)]


# --- the table --------------------------------------------------------------------------------

_READ = {"organization_copilot_metrics": "read"}
_READ_RETIRED = {SEATS: "read", ADMINISTRATION: "read"}
_DOCS = f"{DOCS}/copilot/copilot-usage-metrics"
_REPORT = "/orgs/{org}/copilot/metrics/reports"

_metrics = _retired(metrics.metrics_day)
_usage = _retired(metrics.usage_day)

ROUTES = (
    *(
        Route("GET", f"{_REPORT}/{name}", _one_day(name), _READ, _DOCS)
        for name in _REPORTS
        if name.endswith("-1-day")
    ),
    *(
        Route("GET", f"{_REPORT}/{name}/latest", _latest(name), _READ, _DOCS)
        for name in _REPORTS
        if name.endswith("-28-day")
    ),
    Route("GET", "/orgs/{org}/copilot/metrics", _metrics, _READ_RETIRED, _DOCS),
    Route("GET", "/orgs/{org}/team/{team_slug}/copilot/metrics", _metrics, _READ_RETIRED, _DOCS),
    Route("GET", "/orgs/{org}/copilot/usage", _usage, _READ_RETIRED, _DOCS),
    Route("GET", "/orgs/{org}/team/{team_slug}/copilot/usage", _usage, _READ_RETIRED, _DOCS),
)
