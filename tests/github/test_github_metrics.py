"""Usage metrics: reports behind links that never see the token, and operations that are retired."""

from __future__ import annotations

import codecs
import json
import time
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
from github_fake import TOKEN, FakeGitHub, Waits, client_of, json_answer, refusal

from reconciler.errors import GitHubError, Malformed, PermissionDenied, Refused, Retired
from reconciler.github import MetricsReader, connect, metrics_wire
from reconciler.github.jsonstream import decoded
from reconciler.model.usage import People, Report, Share, Span, TeamDay, UsageDay, UserDay
from reconciler.sandbox import Sandbox, Switches, World, serve

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


def rows_of(read: Callable[..., Report | None], *arguments: object) -> list[Any]:
    """Return the rows of a report."""
    rows: list[Any] = []
    read(*arguments, rows.append)
    return rows


def test_github_s_example_of_a_day_is_read_from_all_its_links() -> None:
    other = {**USER, "user_id": 2, "user_login": "hubot", "totals_by_ide": None}
    files = Files(copilot_usage_report_1=lines(USER), copilot_usage_report_2=lines(other))
    fake = answering(f"{REPORTS}/users-1-day", json_answer(ONE_DAY))
    rows: list[UserDay] = []
    report = metrics_of(fake, files).users_day(DAY, rows.append)
    octocat = UserDay(DAY, 1, "octocat", True, ("python", "go"), ("vscode",), 9, 4)
    hubot = UserDay(DAY, 2, "hubot", True, ("python", "go"), (), 9, 4)
    assert report == Report(DAY, DAY)
    assert rows == [octocat, hubot]
    assert fake.paths() == [f"{REPORTS}/users-1-day?day=2025-07-01"]


def test_links_are_fetched_without_the_token() -> None:
    files = Files(copilot_usage_report_1="", copilot_usage_report_2="")
    fake = answering(f"{REPORTS}/users-28-day/latest", json_answer(MONTH))
    metrics_of(fake, files).users_month([].append)
    assert len(files.requests) == 2
    for request in files.requests:
        assert "authorization" not in request.headers
        assert TOKEN not in str(request.headers)


def test_github_s_example_of_a_month_says_its_days() -> None:
    row = {"day_totals": [{"day": "2025-07-27", "daily_active_users": 7}]}
    files = Files(copilot_usage_report_1=lines(row), copilot_usage_report_2="\n\n")
    fake = answering(f"{REPORTS}/organization-28-day/latest", json_answer(MONTH))
    rows: list[UsageDay] = []
    report = metrics_of(fake, files).organization_month(rows.append)
    assert report == Report(DAY, date(2025, 7, 28))
    assert rows == [UsageDay(date(2025, 7, 27), 7)]


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
    rows = rows_of(metrics_of(fake, files).organization_day, DAY)
    go, vscode = Share("go", None, 30), Share("vscode", None, 30)
    assert rows == [UsageDay(DAY, 12, None, (go,), (vscode,), 30, 10)]


def test_teams_of_people_by_day() -> None:
    row = {"day": "2025-07-01", "user_id": 5, "team_id": 7, "slug": "platform"}
    files = Files(copilot_usage_report_1=lines(row), copilot_usage_report_2="")
    fake = answering(f"{REPORTS}/user-teams-1-day", json_answer(ONE_DAY))
    assert rows_of(metrics_of(fake, files).user_teams_day, DAY) == [TeamDay(DAY, 5, 7, "platform")]


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(204),
        json_answer({"download_links": [], "report_day": "2025-07-01"}),
        json_answer({"report_day": "2025-07-01"}),
        json_answer({"download_links": None}),
        json_answer([]),
        json_answer(None),
        httpx.Response(200, content=b" \n"),
    ],
)
def test_no_content_and_no_links_are_no_report(answer: httpx.Response) -> None:
    fake = answering(f"{REPORTS}/users-1-day", answer)
    assert metrics_of(fake, Files()).users_day(DAY, [].append) is None


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
        metrics_of(fake, files).users_day(DAY, [].append)
    assert files.requests == []


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        (httpx.Response(403, text="AuthenticationFailed"), GitHubError, r"\(403\).*try again"),
        (httpx.Response(302, headers={"Location": "http://x/"}), GitHubError, r"\(302\)"),
        (httpx.ConnectError(f"no way to {FILE}"), GitHubError, "no connection"),
        ('{"day": "2025-07-01", "user_', Malformed, "no row that can be read"),
        ('{"day": "soon", "user_id": 1}', Malformed, "no row that can be read"),
        ("<html>\n<body>{}</body>\n</html>", Malformed, "no row that can be read"),
        ("<?xml version='1.0'?><Error><Code>X</Code></Error>", Malformed, "no row"),
        ('{"a":' * 100_000, Malformed, "no row that can be read"),
    ],
)
def test_a_file_that_can_t_be_read_is_an_error_without_the_signature(
    text: str | httpx.Response | Exception, kind: type[GitHubError], words: str
) -> None:
    fake = answering(f"{REPORTS}/users-1-day", json_answer({"download_links": [FILE]}))
    with pytest.raises(kind, match=words) as caught:
        metrics_of(fake, Files(report_1=text)).users_day(DAY, [].append)
    assert "files.example.net/report-1.ndjson" in str(caught.value)
    assert "SIGNATURE" not in str(caught.value)


def test_a_file_s_server_in_trouble_is_asked_again() -> None:
    answers = [httpx.Response(503), httpx.Response(200, text=lines(USER))]
    fake = answering(f"{REPORTS}/users-1-day", json_answer({"download_links": [FILE]}))
    transport = httpx.MockTransport(lambda _: answers.pop(0))
    patience = Waits().patience()
    reader = MetricsReader(client_of(fake), "acme", patience=patience, downloads=transport)
    assert [row.login for row in rows_of(reader.users_day, DAY)] == ["octocat"]


# --- shapes ------------------------------------------------------------------------------------

SECOND = {"day": "2025-07-02", "user_id": 2, "user_login": "hubot"}
BOTH = [USER, SECOND]


def laid_out() -> dict[str, bytes]:
    """Return the same two rows in every layout that was seen."""
    compact, pretty = json.dumps(BOTH), json.dumps(BOTH, indent=2)
    by_line = lines(*BOTH)
    return {
        "ndjson": by_line.encode(),
        "no last newline": by_line.strip().encode(),
        "crlf": by_line.replace("\n", "\r\n").encode(),
        "blank lines": by_line.replace("\n", "\n\n \n").encode(),
        "bom": codecs.BOM_UTF8 + by_line.encode(),
        "array on a line": compact.encode(),
        "array over lines": pretty.encode(),
        "array, an element a line": f"[{json.dumps(USER)},\n{json.dumps(SECOND)}]\n".encode(),
        "bom and array": codecs.BOM_UTF8 + pretty.encode(),
        "objects over lines": "\n".join(json.dumps(row, indent=1) for row in BOTH).encode(),
        "objects without anything between": "".join(map(json.dumps, BOTH)).encode(),
        "an array a line": "".join(f"{json.dumps([row])}\n" for row in BOTH).encode(),
        "arrays in an array": json.dumps([[USER], [], [[SECOND]]]).encode(),
        "text sequence": "".join(f"\x1e{json.dumps(row)}\n" for row in BOTH).encode(),
    }


@pytest.mark.parametrize("chunk", [1, 7, 1 << 16])
@pytest.mark.parametrize("layout", laid_out())
def test_rows_are_read_in_any_layout_and_cut_anywhere(layout: str, chunk: int) -> None:
    body = laid_out()[layout]
    pieces = [body[at : at + chunk] for at in range(0, len(body), chunk)]
    found = [row for rows in decoded(pieces, metrics_wire.user_row) for row in as_rows(rows)]
    assert [(row.day.day, row.user_id, row.login) for row in found] == [
        (1, 1, "octocat"),
        (2, 2, "hubot"),
    ]


def as_rows(found: Any) -> Any:
    return found if isinstance(found, tuple) else (found,)


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("wrap", [False, True])
def test_the_organisation_s_month_is_read_in_any_layout(wrap: bool, indent: int | None) -> None:
    days = [{"day": f"2025-07-{day:02}", "daily_active_users": day} for day in (1, 2, 3)]
    whole: Any = {"report_start_day": "2025-07-01", "day_totals": days}
    text = json.dumps([whole] if wrap else whole, indent=indent)
    fake = answering(f"{REPORTS}/organization-28-day/latest", json_answer(linked()))
    rows = rows_of(metrics_of(fake, Files(report_1=text)).organization_month)
    assert [row.active for row in rows] == [1, 2, 3]


def linked() -> dict[str, object]:
    return {"download_links": [FILE]}


BAD_LINES = {
    "cut in a text": '{"day": "2025-07-01", "user_login": "mo',
    "cut after a comma": '{"day": "2025-07-01", "totals_by_ide": [{"ide": "vim"},',
    "cut after a colon": '{"day": "2025-07-01", "user_id":',
    "cut in a number": '{"day": "2025-07-01", "user_id": 1',
    "no id": '{"day": "2025-07-01"}',
    "id as text": '{"day": "2025-07-01", "user_id": "7"}',
    "id below 1": '{"day": "2025-07-01", "user_id": -5}',
    "id beyond 64 bits": '{"day": "2025-07-01", "user_id": 10000000000000000000}',
    "id of 5000 digits": f'{{"day": "2025-07-01", "user_id": {"9" * 5000}}}',
    "no such day": '{"day": "2025-02-30", "user_id": 7}',
    "day as a number": '{"day": 20250701, "user_id": 7}',
    "count below 0": '{"day": "2025-07-01", "user_id": 7, "code_generation_activity_count": -1}',
    "huge count": '{"day": "2025-07-01", "user_id": 7, "chat_panel_ask_mode": 1' + "0" * 400 + "}",
    "not a number": '{"day": "2025-07-01", "user_id": 7, "ai_credits_used": NaN}',
    "infinite": '{"day": "2025-07-01", "user_id": 7, "ai_credits_used": 1e999}',
    "list for an object": '{"day": "2025-07-01", "user_id": 7, "totals_by_ide": {"ide": 1}}',
    "deep": '{"day": "2025-07-01", "user_id": 7, "x": ' + "[" * 50_000 + "]" * 50_000 + "}",
    "deep counts": '{"day": "2025-07-01", "user_id": 7, "totals_by_cli": '
    + "[" * 50_000
    + "]" * 50_000
    + "}",
    "a number": "7",
    "a text": '"mona"',
    "a page": "<html><body>{}</body></html>",
    "half a character": '{"day": "2025-07-01", "user_id": 7, "user_login": "\\ud800"}',
}


@pytest.mark.parametrize("bad", BAD_LINES)
def test_a_row_that_can_t_be_read_is_counted_and_hides_no_other(bad: str) -> None:
    text = f"{json.dumps(USER)}\n{BAD_LINES[bad]}\n{json.dumps(SECOND)}\n{json.dumps(SECOND)}\n"
    fake = answering(f"{REPORTS}/users-28-day/latest", json_answer(linked()))
    rows: list[UserDay] = []
    report = metrics_of(fake, Files(report_1=text)).users_month(rows.append)
    assert [row.user_id for row in rows] == [1, 2, 2]
    assert report is not None
    assert report.unread == 1
    assert report.reason


def test_every_bad_line_that_starts_an_object_counts() -> None:
    bad = [line for line in BAD_LINES.values() if line.startswith("{")]
    text = lines(USER) + "".join(f"{line}\n" for line in bad) + lines(SECOND, SECOND)
    fake = answering(f"{REPORTS}/users-28-day/latest", json_answer(linked()))
    rows: list[UserDay] = []
    report = metrics_of(fake, Files(report_1=text)).users_month(rows.append)
    assert [row.user_id for row in rows] == [1, 2, 2]
    assert report is not None
    assert report.unread == len(bad)


@pytest.mark.parametrize("indent", [None, 2])
def test_a_bad_element_of_an_array_hides_no_other(indent: int | None) -> None:
    rows: list[Any] = [USER, {**USER, "user_id": 3, "ai_credits_used": float("nan")}, SECOND]
    text = json.dumps(rows, indent=indent)
    broken = text.replace("NaN", "?")
    for body in (text, broken):
        fake = answering(f"{REPORTS}/users-28-day/latest", json_answer(linked()))
        read: list[UserDay] = []
        report = metrics_of(fake, Files(report_1=body)).users_month(read.append)
        assert [row.user_id for row in read] == [1, 2]
        assert report is not None
        assert report.unread == 1


def test_a_bad_day_of_the_month_hides_no_other() -> None:
    days = [{"day": "2025-07-01", "daily_active_users": 4}, {"day": None}, {"day": "2025-07-03"}]
    fake = answering(f"{REPORTS}/organization-28-day/latest", json_answer(linked()))
    rows: list[UsageDay] = []
    files = Files(report_1=json.dumps({"day_totals": days}, indent=2))
    report = metrics_of(fake, files).organization_month(rows.append)
    assert [row.day.day for row in rows] == [1, 3]
    assert report is not None
    assert report.unread == 1


def test_a_file_of_blank_lines_or_open_brackets_is_read_in_time() -> None:
    for body in (b"x" + b"\n" * 2_000_000, b"[" * 2_000_000, b'{"a":[\n' * 20_000):
        start = time.monotonic()
        list(decoded([body], metrics_wire.user_row))
        assert time.monotonic() - start < 10


def test_rows_are_not_kept() -> None:
    """A report of 15 MB takes 3 MB, wherever its rows end."""
    people = People()
    row = {**USER, "totals_by_feature": [{"feature": f"feature {n}"} for n in range(40)]}
    text = json.dumps([{**row, "user_id": n} for n in range(1, 10_001)]).encode()
    chunks = (text[at : at + 65_536] for at in range(0, len(text), 65_536))
    tracemalloc.start()
    for rows in decoded(chunks, metrics_wire.user_row):
        for one in as_rows(rows):
            people.add(one)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert people.days()[0].active == 10_000
    assert len(text) > 15_000_000
    assert peak < 4_000_000


ENGAGED: list[tuple[dict[str, object], bool]] = [
    ({}, False),
    ({"code_generation_activity_count": 5}, False),
    ({"user_initiated_interaction_count": 1}, True),
    ({"code_acceptance_activity_count": 1}, True),
    ({"used_agent": True}, True),
    ({"used_chat": True}, True),
    ({"used_cli": True}, True),
    ({"used_cli": False, "used_agent": False, "used_chat": None}, False),
    ({"used_copilot_cloud_agent": True}, True),
    ({"used_copilot_coding_agent": True}, True),
    ({"used_copilot_code_review_active": True}, True),
    ({"used_copilot_code_review_passive": True}, False),
    ({"chat_panel_agent_mode": 2}, True),
    ({"chat_panel_ask_mode": 0}, False),
    ({"totals_by_cli": {"session_count": 2, "token_usage": {"output_tokens_sum": 9}}}, True),
    ({"totals_by_cli": {"session_count": 0, "token_usage": None}}, False),
    ({"totals_by_copilot_app": {"prompt_count": 1}}, True),
    ({"totals_by_3rd_party_agent": [{"agent_id": 7, "user_initiated_interaction_count": 2}]}, True),
    (
        {"totals_by_3rd_party_agent": [{"agent_id": 7, "user_initiated_interaction_count": 0}]},
        False,
    ),
    ({"totals_by_3rd_party_agent": []}, False),
    ({"ai_adoption_phase": {"phase": "Phase 2", "phase_number": 2, "version": "v1"}}, False),
    ({"ai_adoption_phase": "Phase 2", "ai_credits_used": 12.5}, False),
]


@pytest.mark.parametrize(("fields", "engaged"), ENGAGED)
def test_agents_cli_and_app_count_as_engaged(fields: dict[str, object], engaged: bool) -> None:
    [row] = metrics_wire.user_row(json.dumps({**SECOND, **fields}))
    assert isinstance(row, UserDay)
    assert row.engaged is engaged
    assert row.credits == fields.get("ai_credits_used")


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
        whole, people = rows_of(reader.organization_day, day), rows_of(reader.users_day, day)
        teams = rows_of(reader.user_teams_day, day)
        months: list[UsageDay] = []
        month = reader.organization_month(months.append)
        assert whole[0].active == len({row.user_id for row in people}) > 100
        assert {row.slug for row in teams} >= {"engineering", "platform"}
        assert month == Report(date(2026, 10, 18), date(2026, 11, 14))
        assert months[-1].day == month.last
        users = rows_of(reader.users_month)
        assert {row for row in users if row.day == day} == set(people)
        assert reader.users_day(date(2026, 11, 15), [].append) is None
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
