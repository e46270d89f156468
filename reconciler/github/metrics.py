"""Reads an organisation's usage metrics: today's reports, and the operations GitHub retired."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import TypeVar

import httpx

from reconciler.errors import GitHubError, NotFound, Retired
from reconciler.github import metrics_wire
from reconciler.github.downloads import Downloads
from reconciler.github.pagination import Pager
from reconciler.github.prefetch import Sender
from reconciler.github.retry import Patience
from reconciler.github.transport import Ask, Channel, understood
from reconciler.github.urls import path
from reconciler.model.usage import Report, Span, TeamDay, UsageDay, UserDay

D = TypeVar("D", UsageDay, UserDay, TeamDay)

_REPORTS = 'the organisation permission "Organization Copilot metrics": read'
_COPILOT = 'the organisation permission "GitHub Copilot Business": read'
_THREADS = 4
_GONE = 410


class MetricsReader:
    """The usage metrics of *organization* over *client*.

    Methods raise any error of the GitHubError tree. Reports need the policy "Copilot usage
    metrics"; a day's report is complete two full days later, and history goes back a year at most.
    *downloads* stands in for the network behind the reports' links in tests.
    """

    def __init__(
        self,
        client: httpx.Client,
        organization: str,
        *,
        patience: Patience | None = None,
        threads: int = _THREADS,
        downloads: httpx.BaseTransport | None = None,
    ) -> None:
        self._copilot = path("orgs", organization, "copilot")
        self._name = organization
        patience = patience or Patience()
        self._sender = Sender(Channel(client, frozenset({"GET"})), patience, threads)
        self._pager = Pager(self._sender)
        self._downloads = Downloads(client.base_url, patience, downloads)

    # reports: each row goes to *add*, more than once where a download had to be repeated

    def organization_day(self, day: date, add: Callable[[UsageDay], object]) -> Report | None:
        """Read the organisation's totals of *day*; None where GitHub has no report of it.

        Source: https://docs.github.com/en/rest/copilot/copilot-usage-metrics
        """
        return self._report("organization-1-day", metrics_wire.organization_row, add, day)

    def organization_month(self, add: Callable[[UsageDay], object]) -> Report | None:
        """Read the organisation's totals of the latest 28 days, day by day; None without any.

        Source: https://docs.github.com/en/rest/copilot/copilot-usage-metrics
        """
        return self._report("organization-28-day/latest", metrics_wire.organization_row, add)

    def users_day(self, day: date, add: Callable[[UserDay], object]) -> Report | None:
        """Read who was active on *day*, and how; None where GitHub has no report of it.

        Source: https://docs.github.com/en/rest/copilot/copilot-usage-metrics
        """
        return self._report("users-1-day", metrics_wire.user_row, add, day)

    def users_month(self, add: Callable[[UserDay], object]) -> Report | None:
        """Read who was active in the latest 28 days, one row a person and day; None without any.

        Source: https://docs.github.com/en/rest/copilot/copilot-usage-metrics
        """
        return self._report("users-28-day/latest", metrics_wire.user_row, add)

    def user_teams_day(self, day: date, add: Callable[[TeamDay], object]) -> Report | None:
        """Read who was in which team on *day*; teams with under 5 seated people are left out.

        Source: https://docs.github.com/en/rest/copilot/copilot-usage-metrics
        """
        return self._report("user-teams-1-day", metrics_wire.team_row, add, day)

    def _report(
        self,
        name: str,
        decode: Callable[[str], tuple[D | Exception, ...]],
        add: Callable[[D], object],
        day: date | None = None,
    ) -> Report | None:
        params = {"day": day.isoformat()} if day is not None else {}
        ask = Ask("GET", f"{self._copilot}/metrics/reports/{name}", _REPORTS, params)
        response = self._sender.send(ask)
        links, first, last = understood(ask, response, metrics_wire.links)
        if not links:
            return None
        days: set[date] = set()

        def note(row: D) -> None:
            days.add(row.day)
            add(row)

        read = self._downloads.rows(links, decode, note)
        first = first or day or min(days, default=None)
        last = last or day or max(days, default=None)
        if first is None or last is None:
            return None
        return Report(first, last, read.unread, read.reason)

    # retired

    def metrics(self, team: str | None = None, span: Span = Span()) -> tuple[UsageDay, ...]:
        """Read the metrics of the organisation, or of the team with slug *team*, oldest day first.

        GitHub closed the operation on 2 April 2026: raise Retired where it is gone.
        Source: https://docs.github.com/en/enterprise-cloud@latest/rest/copilot/copilot-metrics
        """
        return self._days(team, "metrics", "on 2 April 2026", span, metrics_wire.metrics_page)

    def usage(self, team: str | None = None, span: Span = Span()) -> tuple[UsageDay, ...]:
        """Read the usage summary of the organisation, or of a team, oldest day first.

        GitHub closed the operation in 2025: raise Retired where it is gone.
        Source: https://docs.github.com/en/rest/copilot/copilot-usage (closed)
        """
        return self._days(team, "usage", "in 2025", span, metrics_wire.usage_page)

    def _days(
        self,
        team: str | None,
        name: str,
        ended: str,
        span: Span,
        decode: Callable[[bytes], tuple[tuple[UsageDay, ...], int | None]],
    ) -> tuple[UsageDay, ...]:
        place = ("orgs", self._name, *(() if team is None else ("team", team)), "copilot", name)
        ask = Ask("GET", path(*place), _COPILOT, _limits(span))
        try:
            pages = self._pager.read(ask, decode)
        except GitHubError as error:
            if isinstance(error, NotFound) or error.status == _GONE:
                raise _retired(ask, ended, error) from error
            raise
        days = {day.day: day for page in pages for day in page.items}
        return tuple(days[day] for day in sorted(days) if span.holds(day))


def _limits(span: Span) -> dict[str, int | str]:
    limits: dict[str, int | str] = {}
    if span.since is not None:
        limits["since"] = f"{span.since.isoformat()}T00:00:00Z"
    if span.until is not None:
        limits["until"] = f"{span.until.isoformat()}T23:59:59Z"
    return limits


def _retired(ask: Ask, ended: str, error: GitHubError) -> Retired:
    bare = replace(ask, params={})
    return Retired(
        f"{bare}: GitHub answered {error.status}. It retired this operation {ended}; the reports"
        " under /orgs/ORG/copilot/metrics/reports replace it (they take the organisation"
        ' permission "Organization Copilot metrics": read). Where the operation is still served,'
        " that answer means that the organisation or team does not exist, or the token can't see"
        " it.",
        status=error.status,
        request_id=error.request_id,
    )
