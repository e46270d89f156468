"""`usage` on the sandbox: whichever operation answers, and what is said when none does."""

from __future__ import annotations

import csv
import io
import json
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli.entry import run
from reconciler.sandbox import Access, Fault, Switches, World, serve

DEMO = Path(__file__).parents[2] / "examples" / "demo"
REPORTS = "/orgs/acme/copilot/metrics/reports"


def demo() -> Any:
    return json.loads((DEMO / "acme.json").read_text(encoding="utf-8"))


@dataclass
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def usage(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[..., Ran]]:
    """Run `usage` on the demo's organisation, with switches and faults of the sandbox."""
    before = signal.getsignal(signal.SIGTERM)
    with ExitStack() as stack:

        def go(*arguments: str, **options: Any) -> Ran:
            world = World.from_snapshot(demo(), switches=Switches.of(options.pop("switches", {})))
            sandbox = stack.enter_context(serve(world, **options))
            monkeypatch.setenv("GITHUB_API_URL", sandbox.url)
            monkeypatch.setenv("GITHUB_TOKEN", "sandbox-token-of-the-test")
            code = run(["usage", str(DEMO / "seats.yml"), *arguments])
            said = capsys.readouterr()
            assert "sandbox-token-of-the-test" not in said.out + said.err
            return Ran(code, said.out, said.err)

        yield go
    signal.signal(signal.SIGTERM, before)


def gone(*names: str, status: int = 404) -> list[Fault]:
    return [Fault(f"GET {REPORTS}/{name}", status=status) for name in names]


def test_an_organisation_by_its_reports(usage: Callable[..., Ran]) -> None:
    ran = usage("--format", "json")
    assert ran.code == 0
    found = ran.json
    assert found["sources"] == ["reports/organization-28-day", "reports/users-28-day"]
    assert [found["days"][0]["day"], found["days"][-1]["day"]] == ["2026-10-18", "2026-11-14"]
    assert len(found["days"]) == 28
    seated = {one["assignee"]["id"] for one in demo()["seats"] if one["assignee"]}
    assert found["seats"]["held"] == len(seated)
    assert 200 < found["seats"]["used"] < len(seated)
    assert found["languages"][0]["name"] == "python"
    assert {one["name"] for one in found["editors"]} >= {"vscode", "neovim"}
    assert "reports/users-28-day" in ran.err


def test_days_before_the_month_are_asked_for_one_by_one(usage: Callable[..., Ran]) -> None:
    found = usage("--format", "json", "--since", "2026-10-15", "--until", "2026-10-19").json
    assert "reports/organization-1-day" in found["sources"]
    days = [day["day"] for day in found["days"] if day["active"]]
    assert (days[0], days[-1]) == ("2026-10-15", "2026-10-19")


def test_a_team(usage: Callable[..., Ran]) -> None:
    found = usage("--format", "json", "--team", "platform", "--since", "2026-11-09").json
    assert found["team"] == "platform"
    assert "reports/user-teams-1-day" in found["sources"]
    assert all(0 < day["active"] <= found["seats"]["held"] for day in found["days"][:5])
    assert found["seats"]["used"] <= found["seats"]["held"] < 100


def test_csv_has_a_row_a_day(usage: Callable[..., Ran]) -> None:
    rows = list(csv.DictReader(io.StringIO(usage("--format", "csv").out)))
    assert len(rows) == 28
    assert rows[-1]["day"] == "2026-11-14"
    assert int(rows[-2]["active"]) > 100
    assert rows[-2]["languages"].startswith("python=")


def test_the_text_says_where_it_is_from(usage: Callable[..., Ran]) -> None:
    text = usage().out
    assert "from reports/organization-28-day, reports/users-28-day" in text
    assert "2026-11-13 Fri" in text
    assert "people hold one now" in text


def test_retired_operations_are_taken_where_they_are_all_there_is(
    usage: Callable[..., Ran],
) -> None:
    faults = gone("organization-28-day/latest", "users-28-day/latest")
    ran = usage("--format", "json", faults=faults)
    assert ran.json["sources"] == ["copilot/metrics (retired)"]
    assert ran.json["seats"]["used"] is None
    assert ran.json["days"][-1]["active"] > 0
    assert "not served" in ran.err


def test_one_of_two_reports_is_enough(usage: Callable[..., Ran]) -> None:
    found = usage("--format", "json", faults=gone("organization-28-day/latest")).json
    assert found["sources"] == ["reports/users-28-day"]
    assert found["days"][-1]["engaged"] > 0


def test_nothing_served_is_said_with_every_answer(usage: Callable[..., Ran]) -> None:
    faults = gone("organization-28-day/latest", "users-28-day/latest", status=403)
    ran = usage(faults=faults, switches={"retired_metrics": "gone"})
    assert ran.code == 1
    assert ran.out == ""
    assert "GitHub serves no Copilot metrics of acme" in ran.err
    for name in ("organization-28-day", "users-28-day", "copilot/metrics", "copilot/usage"):
        assert name in ran.err
    assert "Organization Copilot metrics" in ran.err
    assert "replace it" in ran.err


def test_a_small_team_is_not_in_the_reports(usage: Callable[..., Ran]) -> None:
    ran = usage("--team", "guild-rust", "--since", "2026-11-09")
    assert ran.code == 1
    assert "fewer than 5 seated people" in ran.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--team", "no-such-team"), "there is no such team"),
        (("--since", "2026-11-10", "--until", "2026-11-01"), "is after --until"),
        (("--since", "yesterday"), "is no day"),
        (("--since", "0001-01-01", "--until", "9999-12-31"), "for one year only. Write --since 2"),
        (("--max-wait", "-1"), "--max-wait"),
    ],
)
def test_what_can_t_be_is_an_error(
    usage: Callable[..., Ran], arguments: tuple[str, ...], words: str
) -> None:
    ran = usage(*arguments)
    assert ran.code == 1
    assert words in ran.err


def test_a_wrong_token_ends_at_once(usage: Callable[..., Ran]) -> None:
    ran = usage(tokens={"another": Access()})
    assert ran.code == 1
    assert "401" in ran.err


def test_waiting_is_limited_by_max_wait(usage: Callable[..., Ran]) -> None:
    fault = Fault("GET /orgs/acme", limit="secondary", retry_after=30)
    ran = usage("--max-wait", "5", faults=[fault])
    assert ran.code == 1
    assert "Waiting is limited to 5 s in all" in ran.err
