"""What fails in passing is tried again, writes only when they certainly did nothing."""

from __future__ import annotations

import threading

import httpx
import pytest
from github_fake import (
    NOW,
    FakeGitHub,
    Fault,
    Waits,
    person,
    reader_of,
    refusal,
    seat,
    writer_of,
)

from reconciler.errors import (
    GitHubError,
    Malformed,
    NotFound,
    NotSent,
    PermissionDenied,
    RateLimited,
    Refused,
    Unreachable,
)
from reconciler.github import Patience

ORG = "/orgs/acme"
USERS = "/orgs/acme/copilot/billing/selected_users"
SEATS = "/orgs/acme/copilot/billing/seats"


@pytest.mark.parametrize(
    "fault",
    [
        refusal(500, "Server Error"),
        refusal(502, "Bad Gateway"),
        httpx.Response(503),
        refusal(504, "Gateway Timeout"),
        httpx.ReadTimeout("slow"),
        httpx.ConnectTimeout("slow"),
        httpx.ConnectError("refused"),
        httpx.ReadError("reset"),
        httpx.RemoteProtocolError("peer closed connection"),
        refusal(429, "slow down", retry_after="3"),
        refusal(403, "You have exceeded a secondary rate limit"),
    ],
)
def test_a_read_that_fails_in_passing_is_tried_again(fault: Fault) -> None:
    fake, waits = FakeGitHub(), Waits()
    fake.faults[ORG] = [fault, fault]
    assert reader_of(fake, patience=waits.patience()).organization().id == 9919
    assert len(fake.requests) == 3
    assert len(waits.slept) == 2
    assert [seconds for seconds, _ in waits.told] == waits.slept


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (refusal(403, "Forbidden"), PermissionDenied),
        (refusal(404, "Not Found"), NotFound),
        (refusal(422, "No"), Refused),
        (httpx.Response(200, content=b'{"login": "ac'), Malformed),
    ],
)
def test_what_would_fail_again_is_not_tried_again(fault: Fault, kind: type[GitHubError]) -> None:
    fake, waits = FakeGitHub(), Waits()
    fake.faults[ORG] = [fault]
    with pytest.raises(kind):
        reader_of(fake, patience=waits.patience()).organization()
    asked = [request.url.path for request in fake.requests]
    assert asked.count(ORG) == 1
    # Where there is no organisation, an enterprise may have the name: that is asked once.
    assert len(asked) == (2 if kind is NotFound else 1)
    assert waits.slept == []


def test_a_server_that_stays_down_is_given_up_with_growing_pauses() -> None:
    fake, waits = FakeGitHub(), Waits()
    fake.faults[ORG] = [refusal(502, "Bad Gateway")] * 50
    with pytest.raises(GitHubError, match="502"):
        reader_of(fake, patience=waits.patience()).organization()
    assert len(fake.requests) == 5
    assert waits.slept == sorted(waits.slept)
    assert 7 < sum(waits.slept) < 12
    assert {why for _, why in waits.told} == {"GitHub has trouble"}


def test_a_server_in_trouble_may_say_when_to_come_back() -> None:
    fake, waits = FakeGitHub(), Waits()
    fake.faults[ORG] = [httpx.Response(503, headers={"Retry-After": "40"})]
    reader_of(fake, patience=waits.patience()).organization()
    assert waits.slept == [40]


def test_github_s_own_times_are_kept_to_the_second() -> None:
    fake, waits = FakeGitHub(), Waits()
    reset = str(int(NOW.timestamp()) + 90)
    fake.faults[ORG] = [
        refusal(403, "slow down", retry_after="17"),
        refusal(429, "spent", x_ratelimit_remaining="0", x_ratelimit_reset=reset),
        refusal(429, "both", retry_after="5", x_ratelimit_remaining="0", x_ratelimit_reset=reset),
        refusal(429, "now", retry_after="0"),
    ]
    reader_of(fake, patience=waits.patience()).organization()
    assert waits.slept == [17, 91, 5, 1]
    assert {why for _, why in waits.told} == {"GitHub's rate limit is reached"}


def test_a_limit_without_a_time_is_waited_for_longer_and_longer() -> None:
    fake, waits = FakeGitHub(), Waits()
    fake.faults[ORG] = [refusal(403, "You have exceeded a secondary rate limit")] * 3
    reader_of(fake, patience=waits.patience()).organization()
    assert waits.slept == [60, 120, 240]


def test_waiting_ends_where_the_patience_ends_and_says_when_to_come_back() -> None:
    fake, waits = FakeGitHub(), Waits()
    fake.faults[ORG] = [refusal(429, "slow down", retry_after="400")] * 9
    with pytest.raises(RateLimited) as caught:
        reader_of(fake, patience=waits.patience()).organization()
    assert waits.slept == [400, 400]
    assert caught.value.retry_after == 400
    assert caught.value.status == 429
    assert "come back in 7 min, at 2026-11-22 08:06:40 UTC" in str(caught.value)
    assert "limited to 15 min in all, of which 13 min are used" in str(caught.value)


def test_a_limit_that_is_too_long_is_not_waited_for_at_all() -> None:
    fake, waits = FakeGitHub(), Waits()
    fake.faults[ORG] = [refusal(429, "slow down", retry_after="3600")]
    with pytest.raises(RateLimited, match="come back in 60 min"):
        reader_of(fake, patience=waits.patience(max_wait=60)).organization()
    assert waits.slept == []
    assert len(fake.requests) == 1


def test_patience_is_one_for_all_requests() -> None:
    fake, waits = FakeGitHub(), Waits()
    patience = waits.patience(max_wait=100)
    fake.faults[ORG] = [refusal(429, "slow down", retry_after="60")]
    fake.faults["/orgs/acme/copilot/billing"] = [refusal(429, "slow down", retry_after="60")]
    reader = reader_of(fake, patience=patience)
    reader.organization()
    with pytest.raises(RateLimited):
        reader.billing()
    assert waits.slept == [60]


def test_a_limit_that_several_pages_meet_is_waited_for_once() -> None:
    fake, waits = FakeGitHub(seats=[seat(n + 1) for n in range(500)]), Waits()
    together = threading.Barrier(4)

    def limited(request: httpx.Request) -> httpx.Response:
        return refusal(429, "slow down", retry_after="30")

    met: set[str] = set()

    def serve(request: httpx.Request) -> httpx.Response:
        page = request.url.params.get("page", "1")
        if page != "1" and page not in met:
            met.add(page)
            together.wait(timeout=10)
            return limited(request)
        return fake(request)

    assert len(reader_of(serve, patience=waits.patience()).seats().rows) == 500
    assert waits.slept == [30]


def test_while_one_waits_for_a_limit_nobody_asks() -> None:
    fake = FakeGitHub(seats=[seat(n + 1) for n in range(900)])
    asked_while_waiting = 0
    waiting = threading.Event()

    def sleep(_seconds: float) -> None:
        nonlocal asked_while_waiting
        settled = threading.Event()
        settled.wait(0.2)  # those under way may end
        before = len(fake.requests)
        settled.wait(0.2)
        asked_while_waiting = len(fake.requests) - before
        waiting.set()

    fake.faults[f"{SEATS}?per_page=100&page=2"] = [refusal(429, "slow down", retry_after="1")]
    assert len(reader_of(fake, patience=Patience(sleep=sleep)).seats().rows) == 900
    assert waiting.is_set()
    assert asked_while_waiting == 0


def test_when_a_page_fails_nobody_goes_on_waiting_for_the_others() -> None:
    fake = FakeGitHub(seats=[seat(n + 1) for n in range(500)])
    sent, limited = threading.Event(), threading.Event()

    def limit(request: httpx.Request) -> httpx.Response:
        sent.wait(10)
        return refusal(429, "slow down", retry_after="600")

    def fail(request: httpx.Request) -> httpx.Response:
        sent.set()
        limited.wait(10)
        return refusal(403, "Forbidden")

    fake.faults[f"{SEATS}?per_page=100&page=2"] = [limit]
    fake.faults[f"{SEATS}?per_page=100&page=3"] = [fail]
    patience = Patience(on_wait=lambda _seconds, _why: limited.set())
    reader = reader_of(fake, patience=patience)
    with pytest.raises(PermissionDenied, match="page=3"):
        reader.seats()
    # What was given up is over: the next reading may wait again.
    assert patience.pause(0.001, "again")


def test_waiting_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    fake = FakeGitHub()
    fake.faults[ORG] = [refusal(502, "Bad"), refusal(429, "slow", retry_after="1")]
    reader_of(fake).organization()
    assert capfd.readouterr() == ("", "")


# --- writes --------------------------------------------------------------------------------------


def test_the_four_writes() -> None:
    fake = FakeGitHub(
        seats=[seat(1, assignee=person(1, "mona"))],
        team_members={"platform": [person(2, "lisa"), person(3, "hubot")]},
    )
    writer = writer_of(fake)
    assert writer.create_users(["octocat"]) == 1
    assert writer.create_teams(["platform"]) == 2
    assert writer.delete_users(["mona", "octocat"]) == 2
    assert writer.delete_teams(["platform"]) == 2
    held = {s["assignee"]["login"]: s["pending_cancellation_date"] for s in fake.seats}  # type: ignore[index]
    assert held == dict.fromkeys(("mona", "octocat", "lisa", "hubot"), "2026-12-01")
    assert {request.headers["content-type"] for request in fake.requests} == {"application/json"}


def test_nothing_to_write_asks_nothing() -> None:
    fake = FakeGitHub()
    writer = writer_of(fake)
    assert writer.create_users([]) == writer.delete_teams([]) == 0
    assert fake.requests == []


@pytest.mark.parametrize(
    "fault",
    [
        refusal(429, "slow down", retry_after="3"),
        refusal(403, "You have exceeded a secondary rate limit"),
        httpx.ConnectError("refused"),
        httpx.ConnectTimeout("slow"),
    ],
)
def test_a_write_that_certainly_did_nothing_is_tried_again(fault: Fault) -> None:
    fake, waits = FakeGitHub(), Waits()
    fake.faults[USERS] = [fault]
    assert writer_of(fake, patience=waits.patience()).create_users(["mona"]) == 1
    assert len(fake.seats) == 1
    assert len(waits.slept) == 1


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (refusal(500, "Server Error"), GitHubError),
        (httpx.Response(503, headers={"Retry-After": "1"}), GitHubError),
        (httpx.ReadTimeout("slow"), Unreachable),
        (httpx.WriteError("reset"), Unreachable),
        (httpx.RemoteProtocolError("peer closed connection"), Unreachable),
        (refusal(403, "Forbidden"), PermissionDenied),
        (refusal(422, "held through a team"), Refused),
    ],
)
def test_a_write_that_may_have_happened_or_is_refused_is_not_tried_again(
    fault: Fault, kind: type[GitHubError]
) -> None:
    fake, waits = FakeGitHub(), Waits()
    fake.faults[USERS] = [fault]
    with pytest.raises(kind) as caught:
        writer_of(fake, patience=waits.patience()).create_users(["mona"])
    assert not isinstance(caught.value, NotSent)
    assert len(fake.requests) == 1
    assert waits.slept == []


def test_a_write_that_no_connection_can_be_made_for_is_known_not_to_have_happened() -> None:
    fake = FakeGitHub()
    fake.faults[USERS] = [httpx.ConnectError("refused")] * 9
    with pytest.raises(NotSent):
        writer_of(fake).create_users(["mona"])


def test_a_write_says_which_permission_it_takes() -> None:
    fake = FakeGitHub()
    fake.faults[USERS] = [refusal(403, "Forbidden")]
    with pytest.raises(PermissionDenied, match='"GitHub Copilot Business": write'):
        writer_of(fake).delete_users(["mona"])
