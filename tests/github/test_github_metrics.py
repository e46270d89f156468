"""Usage metrics: reports behind links that never see the token, and operations that are retired."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import httpx
import pytest
from github_fake import TOKEN, FakeGitHub, Waits, client_of, json_answer, refusal

from reconciler.errors import GitHubError, Malformed, PermissionDenied, Refused, Retired
from reconciler.github import MetricsReader, connect
from reconciler.sandbox import Sandbox, Switches, World, serve
from reconciler.usage import Report, Share, Span, TeamDay, UsageDay, UserDay

ROOT = Path(__file__).parents[2]
REPORTS = "/orgs/acme/copilot/metrics/reports"
METRICS = "/orgs/acme/copilot/metrics"
USAGE = "/orgs/acme/copilot/usage"
DAY = date(2025, 7, 1)
FILE = "https://files.example.net/report-1.ndjson?sig=SIGNATURE"

EXAMPLES = json.loads((ROOT / "tests/fixtures/openapi-copilot.json").read_text(encoding="utf-8"))[
    "components"
]["examples"]
ONE_DAY = EXAMPLES["copilot-usage-metrics-1-day-report"]["value"]
MONTH = EXAMPLES["copilot-usage-metrics-28-day-report"]["value"]

USER = {
    "day": "2025-07-01",
    "user_id": 1,
    "user_login": "octocat",
    "user_initiated_interaction_count": 2,
    "code_generation_activity_count": 9,
    "code_acceptance_activity_count": 4,
    "used_chat": True,
    "totals_by_ide": [{"ide": "vscode", "code_generation_activity_count": 9}],
    "totals_by_language_feature": [
        {"language": "python", "feature": "code_completion"},
        {"language": "python", "feature": "chat_inline"},
        {"language": "go", "feature": "code_completion"},
    ],
}


class Files:
    """Serves what links point to, and remembers what was asked."""

    def __init__(self, **texts: str | httpx.Response | Exception) -> None:
        self.texts = texts
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        found = self.texts[request.url.path.rpartition("/")[2].partition(".")[0].replace("-", "_")]
        if isinstance(found, Exception):
            raise found
        return found if isinstance(found, httpx.Response) else httpx.Response(200, text=found)


def metrics_of(
    fake: Callable[[httpx.Request], httpx.Response], files: Files | None = None
) -> MetricsReader:
    transport = httpx.MockTransport(files) if files is not None else None
    patience = Waits().patience()
    return MetricsReader(client_of(fake), "acme", patience=patience, downloads=transport)


def answering(path: str, *answers: httpx.Response) -> FakeGitHub:
    fake = FakeGitHub()
    fake.faults[path] = list(answers)
    return fake


def lines(*rows: object) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def test_github_s_example_of_a_day_is_read_from_all_its_links() -> None:
    other = {**USER, "user_id": 2, "user_login": "hubot", "totals_by_ide": None}
    files = Files(copilot_usage_report_1=lines(USER), copilot_usage_report_2=lines(other))
    fake = answering(f"{REPORTS}/users-1-day", json_answer(ONE_DAY))
    report = metrics_of(fake, files).users_day(DAY)
    octocat = UserDay(DAY, 1, "octocat", True, ("python", "go"), ("vscode",), 9, 4)
    hubot = UserDay(DAY, 2, "hubot", True, ("python", "go"), (), 9, 4)
    assert report == Report(DAY, DAY, (octocat, hubot))
    assert fake.paths() == [f"{REPORTS}/users-1-day?day=2025-07-01"]


def test_links_are_fetched_without_the_token() -> None:
    files = Files(copilot_usage_report_1="", copilot_usage_report_2="")
    fake = answering(f"{REPORTS}/users-28-day/latest", json_answer(MONTH))
    metrics_of(fake, files).users_month()
    assert len(files.requests) == 2
    for request in files.requests:
        assert "authorization" not in request.headers
        assert TOKEN not in str(request.headers)


def test_github_s_example_of_a_month_says_its_days() -> None:
    row = {"day_totals": [{"day": "2025-07-27", "daily_active_users": 7}]}
    files = Files(copilot_usage_report_1=lines(row), copilot_usage_report_2="\n\n")
    fake = answering(f"{REPORTS}/organization-28-day/latest", json_answer(MONTH))
    report = metrics_of(fake, files).organization_month()
    assert report == Report(DAY, date(2025, 7, 28), (UsageDay(date(2025, 7, 27), 7),))


def test_a_day_of_the_organisation_is_one_line() -> None:
    row = {
        "day": "2025-07-01",
        "daily_active_users": 12,
        "code_generation_activity_count": 30,
        "code_acceptance_activity_count": 10,
        "totals_by_ide": [{"ide": "vscode", "code_generation_activity_count": 30}],
        "totals_by_language_feature": [
            {"language": "go", "code_generation_activity_count": 10},
            {"language": "go", "code_generation_activity_count": 20},
        ],
    }
    files = Files(copilot_usage_report_1=lines(row), copilot_usage_report_2="")
    fake = answering(f"{REPORTS}/organization-1-day", json_answer(ONE_DAY))
    report = metrics_of(fake, files).organization_day(DAY)
    go, vscode = Share("go", None, 30), Share("vscode", None, 30)
    assert report is not None
    assert report.rows == (UsageDay(DAY, 12, None, (go,), (vscode,), 30, 10),)


def test_teams_of_people_by_day() -> None:
    row = {"day": "2025-07-01", "user_id": 5, "team_id": 7, "slug": "platform"}
    files = Files(copilot_usage_report_1=lines(row), copilot_usage_report_2="")
    fake = answering(f"{REPORTS}/user-teams-1-day", json_answer(ONE_DAY))
    report = metrics_of(fake, files).user_teams_day(DAY)
    assert report is not None
    assert report.rows == (TeamDay(DAY, 5, 7, "platform"),)


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(204),
        json_answer({"download_links": [], "report_day": "2025-07-01"}),
        json_answer({"report_day": "2025-07-01"}),
    ],
)
def test_no_content_and_no_links_are_no_report(answer: httpx.Response) -> None:
    fake = answering(f"{REPORTS}/users-1-day", answer)
    assert metrics_of(fake, Files()).users_day(DAY) is None


@pytest.mark.parametrize(
    "link",
    [
        "http://files.example.net/report-1.ndjson",
        "http://127.0.0.1:9/report-1.ndjson",
        "https://user:password@files.example.net/report-1.ndjson",
        "ftp://files.example.net/report-1.ndjson",
        "file:///etc/passwd",
        "https://",
        "http://[",
    ],
)
def test_links_elsewhere_than_https_are_refused(link: str) -> None:
    files = Files()
    fake = answering(f"{REPORTS}/users-1-day", json_answer({"download_links": [link]}))
    with pytest.raises(Malformed, match="GitHub's answer links to a report's file"):
        metrics_of(fake, files).users_day(DAY)
    assert files.requests == []


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        (httpx.Response(403, text="AuthenticationFailed"), GitHubError, r"\(403\).*try again"),
        (httpx.Response(302, headers={"Location": "http://x/"}), GitHubError, r"\(302\)"),
        (httpx.ConnectError(f"no way to {FILE}"), GitHubError, "no connection"),
        ('{"day": "2025-07-01", "user_', Malformed, "can't be understood"),
        ('{"day": "soon", "user_id": 1}', Malformed, "can't be understood"),
        ("<html>", Malformed, "can't be understood"),
    ],
)
def test_a_file_that_can_t_be_read_is_an_error_without_the_signature(
    text: str | httpx.Response | Exception, kind: type[GitHubError], words: str
) -> None:
    fake = answering(f"{REPORTS}/users-1-day", json_answer({"download_links": [FILE]}))
    with pytest.raises(kind, match=words) as caught:
        metrics_of(fake, Files(report_1=text)).users_day(DAY)
    assert "files.example.net/report-1.ndjson" in str(caught.value)
    assert "SIGNATURE" not in str(caught.value)


def test_a_file_s_server_in_trouble_is_asked_again() -> None:
    answers = [httpx.Response(503), httpx.Response(200, text=lines(USER))]
    fake = answering(f"{REPORTS}/users-1-day", json_answer({"download_links": [FILE]}))
    transport = httpx.MockTransport(lambda _: answers.pop(0))
    patience = Waits().patience()
    reader = MetricsReader(client_of(fake), "acme", patience=patience, downloads=transport)
    report = reader.users_day(DAY)
    assert report is not None
    assert [row.login for row in report.rows] == ["octocat"]


# --- retired ------------------------------------------------------------------------------------

OF_2024 = {
    "date": "2024-06-24",
    "total_active_users": 24,
    "total_engaged_users": 20,
    "copilot_ide_code_completions": {
        "total_engaged_users": 20,
        "languages": [{"name": "python", "total_engaged_users": 10}],
        "editors": [{"name": "vscode", "total_engaged_users": 13, "models": []}],
    },
    "copilot_ide_chat": {"editors": [{"name": "vscode", "total_engaged_users": 15}]},
}


def test_metrics_as_they_were_are_read_page_by_page() -> None:
    days = [json_answer([OF_2024 | {"date": f"2024-06-{day}"}]) for day in (25, 24)]
    days[0].headers["Link"] = (
        f'<https://api.github.com{METRICS}?page=2>; rel="next", '
        f'<https://api.github.com{METRICS}?page=2>; rel="last"'
    )
    fake = answering(METRICS, *days)
    span = Span(date(2024, 6, 24), date(2024, 6, 30))
    found = metrics_of(fake).metrics(span=span)
    languages, editors = (Share("python", 10),), (Share("vscode", 15),)
    assert found == tuple(
        UsageDay(date(2024, 6, day), 24, 20, languages, editors) for day in (24, 25)
    )
    assert "since=2024-06-24T00%3A00%3A00Z" in fake.paths()[0]
    assert "until=2024-06-30T23%3A59%3A59Z" in fake.paths()[0]


def test_usage_as_it_was_is_read() -> None:
    day = {
        "day": "2023-10-15",
        "total_suggestions_count": 1000,
        "total_acceptances_count": 800,
        "total_active_users": 10,
        "breakdown": [
            {"language": "python", "editor": "vscode", "active_users": 4},
            {"language": "python", "editor": "jetbrains", "active_users": 6},
        ],
    }
    path = "/orgs/acme/team/platform/copilot/usage"
    found = metrics_of(answering(path, json_answer([day]))).usage("platform")
    editors = (Share("vscode", 4), Share("jetbrains", 6))
    whole = UsageDay(date(2023, 10, 15), 10, None, (Share("python", 6),), editors, 1000, 800)
    assert found == (whole,)


@pytest.mark.parametrize("status", [404, 410])
@pytest.mark.parametrize("name", ["metrics", "usage"])
def test_what_is_gone_says_what_replaces_it(status: int, name: str) -> None:
    path = f"/orgs/acme/copilot/{name}"
    reader = metrics_of(answering(path, refusal(status, "Not Found")))
    with pytest.raises(Retired, match=r"retired this operation .* replace it") as caught:
        getattr(reader, name)()
    assert caught.value.status == status
    assert "Organization Copilot metrics" in str(caught.value)


@pytest.mark.parametrize(("status", "kind"), [(403, PermissionDenied), (422, Refused)])
def test_other_refusals_stay_what_they_are(status: int, kind: type[GitHubError]) -> None:
    with pytest.raises(kind):
        metrics_of(answering(METRICS, refusal(status, "No"))).metrics()


# --- on the sandbox -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def demo() -> Iterator[Sandbox]:
    read = json.loads((ROOT / "examples" / "demo" / "acme.json").read_text(encoding="utf-8"))
    with serve(World.from_snapshot(read, switches=Switches())) as sandbox:
        yield sandbox


def test_every_operation_on_the_sandbox(demo: Sandbox) -> None:
    with connect(demo.url, TOKEN) as client:
        reader = MetricsReader(client, "acme")
        day = date(2026, 11, 13)
        whole, people = reader.organization_day(day), reader.users_day(day)
        teams, month, users = (
            reader.user_teams_day(day),
            reader.organization_month(),
            reader.users_month(),
        )
        assert whole is not None
        assert people is not None
        assert teams is not None
        assert month is not None
        assert users is not None
        assert whole.rows[0].active == len({row.user_id for row in people.rows}) > 100
        assert {row.slug for row in teams.rows} >= {"engineering", "platform"}
        assert (month.first, month.last) == (date(2026, 10, 18), date(2026, 11, 14))
        assert [row.day for row in month.rows][-1] == month.last
        assert {row for row in users.rows if row.day == day} == set(people.rows)
        assert reader.users_day(date(2026, 11, 15)) is None
        span = Span(date(2026, 11, 10), date(2026, 11, 12))
        for days in (reader.metrics(span=span), reader.usage(span=span)):
            assert [one.day.day for one in days] == [10, 11, 12]
            assert all(one.active and one.active > 100 for one in days)
        in_team = reader.metrics("platform", span)
        assert in_team[0].active is not None
        assert 0 < in_team[0].active < 100


def test_what_the_sandbox_has_retired_too() -> None:
    read = json.loads((ROOT / "examples" / "demo" / "acme.json").read_text(encoding="utf-8"))
    world = World.from_snapshot(read, switches=Switches(retired_metrics="gone"))
    with serve(world) as sandbox, connect(sandbox.url, TOKEN) as client:
        for read_days in (
            MetricsReader(client, "acme").metrics,
            MetricsReader(client, "acme").usage,
        ):
            with pytest.raises(Retired):
                read_days("platform")
