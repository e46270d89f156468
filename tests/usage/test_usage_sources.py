"""A report that fails hides no other, and one without data is not an error."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from reconciler.app.session import Session
from reconciler.app.usage import gather
from reconciler.cli.entry import run
from reconciler.errors import (
    AuthenticationError,
    GitHubError,
    Malformed,
    NotFound,
    PermissionDenied,
    RateLimited,
    Retired,
    Unreachable,
)
from reconciler.model.usage import Report, Span, TeamDay, UsageDay, UserDay
from reconciler.sandbox import World, serve

DEMO = Path(__file__).parents[2] / "examples" / "demo"
FIRST, LAST = date(2026, 10, 18), date(2026, 11, 14)
BROKEN = Malformed("GET https://x/y: the file has no row that can be read (cut).")


def did(user: int, day: date = LAST) -> UserDay:
    return UserDay(day, user, f"user-{user}", engaged=True, languages=("go",), credits=1.5)


@dataclass
class Reports:
    """Answers as GitHub would: rows, None for no data, or an error."""

    totals: Any = field(default_factory=lambda: [UsageDay(LAST, 1)])
    users: Any = field(default_factory=lambda: [did(1), did(2)])
    teams: Any = field(default_factory=lambda: [TeamDay(LAST, 1, 7, "core")])
    retired: Any = field(default_factory=lambda: Retired("retired", status=404))
    days: dict[date, Any] = field(default_factory=dict)
    unread: int = 0

    def organization_month(self, add: Callable[[UsageDay], object]) -> Report | None:
        return self._report(self.totals, add)

    def users_month(self, add: Callable[[UserDay], object]) -> Report | None:
        return self._report(self.users, add)

    def organization_day(self, day: date, add: Callable[[UsageDay], object]) -> Report | None:
        return None

    def users_day(self, day: date, add: Callable[[UserDay], object]) -> Report | None:
        return self._report(self.days.get(day), add)

    def user_teams_day(self, day: date, add: Callable[[TeamDay], object]) -> Report | None:
        return self._report(self.teams, add)

    def metrics(self, team: str | None = None, span: Span = Span()) -> tuple[UsageDay, ...]:
        if isinstance(self.retired, Exception):
            raise self.retired
        return tuple(self.retired)

    usage = metrics

    def _report(self, rows: Any, add: Callable[[Any], object]) -> Report | None:
        if rows is None:
            return None
        for row in rows if isinstance(rows, list) else [did(9)]:  # some rows before it breaks
            add(row)
        if isinstance(rows, Exception):
            raise rows
        return Report(FIRST, LAST, self.unread, "Expected `int`, got `str`" if self.unread else "")


FAILURES = [
    BROKEN,
    Unreachable("the connection broke"),
    RateLimited("a limit", status=429),
    GitHubError("the file can't be fetched (403)"),
    PermissionDenied("no permission", status=403),
    NotFound("not there", status=404),
]


@pytest.mark.parametrize("failure", FAILURES)
def test_totals_are_shown_where_the_people_fail(failure: GitHubError) -> None:
    found = gather(Reports(users=failure), None, Span())
    assert found.sources == ["reports/organization-28-day"]
    assert [(day.day, day.active, day.engaged) for day in found.days] == [(LAST, 1, None)]
    assert found.people is None
    assert [note for note in found.notes if str(failure) in note]


@pytest.mark.parametrize("failure", FAILURES)
def test_people_are_shown_where_the_totals_fail(failure: GitHubError) -> None:
    totals = failure
    found = gather(Reports(totals=totals), None, Span())
    assert found.sources == ["reports/users-28-day"]
    assert [(day.active, day.engaged, day.credits) for day in found.days] == [(2, 2, 3.0)]
    assert [note for note in found.notes if str(failure) in note]


def test_people_count_where_the_totals_are_behind() -> None:
    assert [day.active for day in gather(Reports(), None, Span()).days] == [2]


@pytest.mark.parametrize("failure", FAILURES)
def test_a_day_that_fails_hides_no_other(failure: GitHubError) -> None:
    good, bad = FIRST - timedelta(days=1), FIRST - timedelta(days=2)
    reports = Reports(days={good: [did(3, good)], bad: failure})
    found = gather(reports, None, Span(since=FIRST - timedelta(days=3)))
    assert [day.day for day in found.days] == [good, LAST]
    assert "reports/users-1-day" in found.sources
    [note] = [note for note in found.notes if str(failure) in note]
    assert note.startswith("reports/users-1-day: 1 of 3 days")


def test_a_wrong_token_is_no_failure_of_one_report() -> None:
    with pytest.raises(AuthenticationError):
        gather(Reports(users=AuthenticationError("no", status=401)), None, Span())


def test_rows_that_can_t_be_read_are_reported() -> None:
    found = gather(Reports(unread=3), None, Span())
    assert (
        "reports/users-28-day: 3 rows can't be read and are not counted"
        " (first: Expected `int`, got `str`)." in found.notes
    )


def test_a_team_s_people_are_those_of_the_day() -> None:
    found = gather(Reports(), "core", Span())
    assert [(day.active, day.credits) for day in found.days] == [(1, 1.5)]
    assert found.people is not None
    assert found.people.ids() == {1}


def test_a_team_whose_reports_fail_is_an_error_with_all_that_failed() -> None:
    found = gather(Reports(teams=BROKEN), "core", Span())
    assert found.sources == []
    assert not found.has_no_data
    assert [line for line in found.failed if str(BROKEN) in line]


# --- the command --------------------------------------------------------------------------------


@pytest.fixture
def usage(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[..., tuple[int, str, str]]]:
    """Run `usage` on the demo's organisation, with these reports."""
    before = signal.getsignal(signal.SIGTERM)
    world = World.from_snapshot(json.loads((DEMO / "acme.json").read_text(encoding="utf-8")))
    with serve(world) as sandbox:
        monkeypatch.setenv("GITHUB_API_URL", sandbox.url)
        monkeypatch.setenv("GITHUB_TOKEN", "sandbox")

        def go(reports: Reports, *arguments: str) -> tuple[int, str, str]:
            monkeypatch.setattr(Session, "metrics", lambda self, org: reports)
            code = run(["usage", str(DEMO / "seats.yml"), *arguments])
            said = capsys.readouterr()
            return code, said.out, said.err

        yield go
    signal.signal(signal.SIGTERM, before)


@pytest.mark.parametrize(
    ("arguments", "reports"),
    [
        ((), Reports(totals=None, users=None)),
        ((), Reports(totals=NotFound("no"), users=NotFound("no"), retired=())),
        (("--team", "platform"), Reports(users=None)),
        (("--team", "platform"), Reports(teams=None)),
        (("--team", "platform"), Reports(users=[])),
    ],
)
def test_no_data_yet_is_not_an_error(
    usage: Callable[..., tuple[int, str, str]], arguments: tuple[str, ...], reports: Reports
) -> None:
    for output_format in ("text", "json", "csv"):
        code, out, err = usage(reports, *arguments, "--format", output_format)
        assert code == 0
        assert "no usage data yet" in (err if output_format == "csv" else out)
        assert "two full days" in out + err
        if output_format == "json":
            assert (json.loads(out)["sources"], json.loads(out)["days"]) == ([], [])


def test_trouble_is_not_taken_for_no_data(usage: Callable[..., tuple[int, str, str]]) -> None:
    code, out, err = usage(Reports(totals=None, users=BROKEN))
    assert (code, out) == (1, "")
    assert str(BROKEN) in err
    assert "organization-28-day: no data" in err
    assert "Organization Copilot metrics" not in err


def test_what_failed_is_shown_in_every_format(
    usage: Callable[..., tuple[int, str, str]],
) -> None:
    for output_format in ("text", "json", "csv"):
        code, out, err = usage(Reports(users=BROKEN), "--format", output_format)
        assert code == 0
        assert "no row that can be read" in (err if output_format == "csv" else out)
        assert LAST.isoformat() in out
