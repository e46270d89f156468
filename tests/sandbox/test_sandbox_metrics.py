"""Usage metrics: reports behind links, and the operations that GitHub retired."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import contract
import httpx
import pytest
from sandbox_worlds import client

from reconciler.sandbox import Access, Sandbox, Switches, World, serve
from reconciler.sandbox.access import SEATS

DEMO = Path(__file__).parents[2] / "examples" / "demo" / "acme.json"
METRICS = "/orgs/acme/copilot/metrics"
REPORTS = f"{METRICS}/reports"


def demo(**switches: object) -> World:
    read = json.loads(DEMO.read_text(encoding="utf-8"))
    return World.from_snapshot(read, switches=Switches.of(switches))


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with serve(demo()) as sandbox:
        yield sandbox


@pytest.fixture
def acme(running: Sandbox) -> Iterator[httpx.Client]:
    with client(running.url) as opened:
        yield opened


def rows(links: list[str]) -> list[dict[str, Any]]:
    texts = [httpx.get(link).raise_for_status().text for link in links]
    return [json.loads(line) for text in texts for line in text.splitlines()]


def report(api: httpx.Client, name: str, day: str) -> list[dict[str, Any]]:
    return rows(api.get(f"{REPORTS}/{name}?day={day}").json()["download_links"])


@pytest.mark.parametrize("name", ["organization-1-day", "users-1-day", "user-teams-1-day"])
def test_a_day_s_report_is_a_link(acme: httpx.Client, name: str) -> None:
    found = acme.get(f"{REPORTS}/{name}?day=2026-11-13")
    path = f"/orgs/{{org}}/copilot/metrics/reports/{name}"
    assert found.status_code == 200
    assert contract.faults("GET", path, 200, found.text) == []
    assert rows(found.json()["download_links"])


@pytest.mark.parametrize("name", ["organization-28-day", "users-28-day"])
def test_a_month_s_report_ends_two_days_ago(acme: httpx.Client, name: str) -> None:
    found = acme.get(f"{REPORTS}/{name}/latest")
    path = f"/orgs/{{org}}/copilot/metrics/reports/{name}/latest"
    assert contract.faults("GET", path, 200, found.text) == []
    ends = (found.json()["report_start_day"], found.json()["report_end_day"])
    assert ends == ("2026-10-18", "2026-11-14")
    assert rows(found.json()["download_links"])


@pytest.mark.parametrize(
    ("name", "day", "status"),
    [
        ("users-1-day", "2026-11-15", 204),
        ("users-1-day", "2025-11-01", 204),
        ("repos-1-day", "2026-11-13", 204),
        ("users-1-day", "yesterday", 400),
        ("users-1-day", "", 400),
        ("users-7-day", "2026-11-13", 404),
    ],
)
def test_there_is_not_always_a_report(acme: httpx.Client, name: str, day: str, status: int) -> None:
    assert acme.get(f"{REPORTS}/{name}?day={day}").status_code == status


def test_the_reports_agree_with_each_other(acme: httpx.Client) -> None:
    [whole] = report(acme, "organization-1-day", "2026-11-13")
    users = report(acme, "users-1-day", "2026-11-13")
    assert whole["daily_active_users"] == len({row["user_id"] for row in users}) > 100
    generated = sum(row["code_generation_activity_count"] for row in users)
    assert whole["code_generation_activity_count"] == generated
    assert whole["daily_active_users"] <= whole["weekly_active_users"]
    assert whole["weekly_active_users"] <= whole["monthly_active_users"]


def test_nobody_is_active_after_the_last_activity(running: Sandbox, acme: httpx.Client) -> None:
    idle = running.world.directory.known("clara-novak")
    last = idle.usage.seen(running.world.now, running.world.lag)
    assert last is not None
    on_the_day = report(acme, "users-1-day", last.date().isoformat())
    assert idle.id in {row["user_id"] for row in on_the_day}
    assert idle.id not in {row["user_id"] for row in report(acme, "users-1-day", "2026-11-13")}


def test_small_teams_are_left_out(acme: httpx.Client) -> None:
    slugs = {row["slug"] for row in report(acme, "user-teams-1-day", "2026-11-13")}
    assert {"engineering", "payments", "platform"} <= slugs
    assert slugs.isdisjoint({"guild-rust", "interns"})


def test_a_link_takes_no_token(acme: httpx.Client) -> None:
    [link] = acme.get(f"{REPORTS}/users-1-day?day=2026-11-13").json()["download_links"]
    assert acme.get(link).status_code == 400
    assert httpx.get(link.replace("acme", "other")).status_code == 404


def test_metrics_have_a_permission_of_their_own() -> None:
    tokens = {
        "seats": Access({SEATS: "write"}),
        "metrics": Access({"organization_copilot_metrics": "read"}),
    }
    with serve(demo(), tokens=tokens) as sandbox:
        for token, status in (("seats", 403), ("metrics", 200)):
            with client(sandbox.url, token) as api:
                assert api.get(f"{REPORTS}/users-28-day/latest").status_code == status


# --- retired ---------------------------------------------------------------------------------


@pytest.mark.parametrize("of", ["/orgs/acme", "/orgs/acme/team/platform"])
def test_retired_metrics_tell_days_up_to_yesterday(acme: httpx.Client, of: str) -> None:
    days = acme.get(f"{of}/copilot/metrics").json()
    assert 15 < len(days) <= 28
    assert days[-1]["date"] < "2026-11-16"
    assert all(day["total_active_users"] >= 5 for day in days)
    completions = days[0]["copilot_ide_code_completions"]
    engaged = [editor["total_engaged_users"] for editor in completions["editors"]]
    assert sum(engaged) == completions["total_engaged_users"]


@pytest.mark.parametrize("of", ["/orgs/acme", "/orgs/acme/team/platform"])
def test_retired_usage_tells_the_same_days(acme: httpx.Client, of: str) -> None:
    usage = {
        day["day"]: day["total_active_users"] for day in acme.get(f"{of}/copilot/usage").json()
    }
    metrics = acme.get(f"{of}/copilot/metrics").json()
    assert usage == {day["date"]: day["total_active_users"] for day in metrics}


def test_retired_operations_take_ends_and_pages(acme: httpx.Client) -> None:
    asked = {"since": "2026-11-02", "until": "2026-11-06T00:00:00Z"}
    days = acme.get(METRICS, params=asked).json()
    assert [day["date"] for day in days] == [f"2026-11-0{n}" for n in range(2, 7)]
    first = acme.get(METRICS, params=asked | {"per_page": "2"})
    assert len(first.json()) == 2
    assert "next" in first.links


def test_nothing_is_told_of_few_people(acme: httpx.Client) -> None:
    assert acme.get("/orgs/acme/team/guild-rust/copilot/metrics").json() == []
    assert acme.get("/orgs/acme/team/nothing/copilot/metrics").status_code == 404


def test_retired_operations_may_be_gone() -> None:
    with serve(demo(retired_metrics="gone")) as sandbox, client(sandbox.url) as api:
        assert api.get(METRICS).status_code == 404
        assert api.get("/orgs/acme/copilot/usage").status_code == 404
        assert api.get(f"{REPORTS}/users-28-day/latest").status_code == 200
