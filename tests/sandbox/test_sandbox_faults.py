"""Faults: what goes wrong by rule, and what still happens."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import fields
from datetime import timedelta

import httpx
import pytest
from sandbox_worlds import BILLING, USERNAMES, USERS, client, holders, many, send, world

from reconciler.errors import UsageError
from reconciler.sandbox import Fault, Sandbox, serve
from reconciler.sandbox.answers import Request
from reconciler.sandbox.faults import Faults

SEATS = f"{BILLING}/seats"


@pytest.fixture
def faulty(sandbox: Sandbox) -> Iterator[Sandbox]:
    yield sandbox
    sandbox.faults.clear()


def statuses(api: httpx.Client, count: int, path: str = SEATS) -> list[int]:
    return [api.get(path).status_code for _ in range(count)]


def test_a_rule_strikes_the_nth_matching_request() -> None:
    rule = Fault("GET */seats", nth=(2, 4), status=500)
    with serve(world(), faults=[rule]) as running, client(running.url) as api:
        assert statuses(api, 1, BILLING) == [200]
        assert statuses(api, 5) == [200, 500, 200, 500, 200]


def test_a_rule_strikes_so_often_at_most(faulty: Sandbox, api: httpx.Client) -> None:
    faulty.faults.add([Fault(times=2, status=500)])
    assert statuses(api, 4) == [500, 500, 200, 200]


def test_a_rule_may_name_the_query(faulty: Sandbox, api: httpx.Client) -> None:
    faulty.faults.add([Fault("GET *", query={"page": "3"}, status=500)])
    assert [api.get(f"{SEATS}?page={page}").status_code for page in (2, 3, 4)] == [200, 500, 200]


def test_chance_is_repeatable() -> None:
    request = Request("GET", "/orgs/acme")

    def struck(seed: int) -> list[bool]:
        faults = Faults([Fault(probability=0.3, seed=seed, status=500)])
        return [faults.strike(request) is not None for _ in range(200)]

    assert struck(1) == struck(1) != struck(2)
    assert 30 < sum(struck(1)) < 90


def test_every_rule_counts_and_the_first_decides(faulty: Sandbox, api: httpx.Client) -> None:
    faulty.faults.add([Fault(nth=(1,), status=500), Fault(nth=(1, 2), status=404)])
    assert statuses(api, 3) == [500, 404, 200]
    assert [rule["matched"] for rule in faulty.faults.as_json()] == [3, 3]
    assert [rule["struck"] for rule in faulty.faults.as_json()] == [1, 1]


@pytest.mark.parametrize(("late", "row"), [(False, "direct"), (True, "pending direct")])
def test_an_error_comes_before_or_after_the_effect(
    faulty: Sandbox, api: httpx.Client, late: bool, row: str
) -> None:
    faulty.faults.add([Fault("DELETE *", status=500, late=late)])
    found = send(api, "DELETE", USERS, {USERNAMES: ["octocat"]})
    assert found.status_code == 500
    assert found.json()["message"] == "Server Error"
    assert holders(faulty.world)["octocat"] == row


@pytest.mark.parametrize(("drop", "row"), [("before", "direct"), ("after", "pending direct")])
def test_a_connection_breaks_before_or_after_the_effect(
    faulty: Sandbox, api: httpx.Client, drop: str, row: str
) -> None:
    faulty.faults.add([Fault.of({"operation": "DELETE *", "drop": drop})])
    with pytest.raises(httpx.TransportError):
        send(api, "DELETE", USERS, {USERNAMES: ["octocat"]})
    assert holders(faulty.world)["octocat"] == row
    assert statuses(api, 1) == [200]


def test_a_body_is_cut(faulty: Sandbox, api: httpx.Client) -> None:
    faulty.faults.add([Fault("GET *", cut=40, times=1)])
    with pytest.raises(httpx.RemoteProtocolError):
        api.get(SEATS)
    assert statuses(api, 1) == [200]


def test_an_answer_is_late(faulty: Sandbox, api: httpx.Client) -> None:
    faulty.faults.add([Fault("GET *", delay=0.2)])
    began = time.monotonic()
    assert statuses(api, 1) == [200]
    assert time.monotonic() - began >= 0.2


def test_closing_does_not_wait_for_a_late_answer() -> None:
    running = serve(world(), faults=[Fault(delay=60)])
    with client(running.url) as api, pytest.raises(httpx.ReadTimeout):
        api.get(SEATS, timeout=0.1)
    began = time.monotonic()
    running.close()
    assert time.monotonic() - began < 30


def test_a_proxy_answers_in_html(faulty: Sandbox, api: httpx.Client) -> None:
    faulty.faults.add([Fault(status=502)])
    found = api.get(SEATS)
    assert found.status_code == 502
    assert found.headers["content-type"] == "text/html"
    assert "502 Bad Gateway" in found.text


def test_limits_answer_as_github_does(faulty: Sandbox, api: httpx.Client) -> None:
    faulty.faults.add(
        [
            Fault.of({"nth": 1, "limit": "primary", "retry_after": 5}),
            Fault.of({"nth": 2, "limit": "secondary", "retry_after": 7}),
            Fault.of({"nth": 3, "limit": "secondary", "status": 429}),
            Fault.of({"nth": 4, "status": 429, "retry_after": 1}),
        ]
    )
    primary, secondary, bare, plain = (api.get(SEATS) for _ in range(4))
    assert (primary.status_code, primary.headers["x-ratelimit-remaining"]) == (403, "0")
    assert int(primary.headers["x-ratelimit-reset"]) == faulty.world.now.timestamp() + 5
    assert "API rate limit exceeded" in primary.json()["message"]
    assert (secondary.status_code, secondary.headers["retry-after"]) == (403, "7")
    assert "secondary rate limit" in secondary.json()["message"]
    assert (bare.status_code, bare.headers.get("retry-after")) == (429, None)
    assert int(bare.headers["x-ratelimit-remaining"]) > 0
    assert (plain.status_code, plain.headers["retry-after"]) == (429, "1")


def test_every_error_carries_the_usual_headers(faulty: Sandbox, api: httpx.Client) -> None:
    faulty.faults.add([Fault(status=500, headers={"X-Extra": "yes"})])
    found = api.get(SEATS)
    assert found.headers["date"] == "Sun, 22 Nov 2026 08:00:00 GMT"
    assert found.headers["x-github-request-id"]
    assert found.headers["x-extra"] == "yes"


def test_pages_drift() -> None:
    rule = Fault("GET */seats", query={"page": "2"}, drift=3)
    with serve(many(100), faults=[rule]) as running, client(running.url) as api:
        pages = [api.get(f"{SEATS}?page={page}").json() for page in (1, 2)]
        ids = [seat["assignee"]["id"] for page in pages for seat in page["seats"]]
        assert set(range(1, 101)) - set(ids) == {51, 52, 53}
        assert sorted(number for number in set(ids) if ids.count(number) == 2) == [1, 2, 3]
        assert {page["total_seats"] for page in pages} == {100}


def test_a_reading_is_stale(faulty: Sandbox, api: httpx.Client) -> None:
    def pending() -> object:
        return api.get(SEATS).json()["seats"][0]["pending_cancellation_date"]

    faulty.faults.add([Fault("GET */seats", stale=True, nth=(2,))])
    assert pending() is None
    send(api, "DELETE", USERS, {USERNAMES: ["octocat"]})
    assert [pending(), pending()] == [None, "2026-12-01"]


def test_activity_stands_still(faulty: Sandbox, api: httpx.Client) -> None:
    def activity() -> object:
        return api.get("/orgs/acme/members/octocat/copilot").json()["last_activity_at"]

    acme = faulty.world
    acme.set_habit("octocat", timedelta(days=1))
    acme.advance(timedelta(days=5))
    assert activity() == "2026-11-26T08:00:00Z"
    acme.freeze_activity()
    acme.advance(timedelta(days=5))
    assert activity() == "2026-11-26T08:00:00Z"
    assert api.post("/_sandbox/orgs/acme/thaw-activity").status_code == 204
    assert activity() == "2026-12-01T08:00:00Z"
    assert api.post("/_sandbox/orgs/acme/freeze-activity").status_code == 204
    acme.advance(timedelta(days=120))
    assert activity() is None


# --- over HTTP ---------------------------------------------------------------------------


def test_rules_are_set_over_http(sandbox: Sandbox, api: httpx.Client) -> None:
    path = "/_sandbox/faults"
    rule = {"operation": "GET */seats", "nth": [1], "status": 503}
    assert api.post(path, json=rule).json() == [rule | {"matched": 0, "struck": 0}]
    assert api.post(path, json=[{"drop": "before"}]).json()[1]["drop"] == "before"
    assert statuses(api, 1) == [503]
    assert api.get(path).json()[0]["struck"] == 1
    assert api.delete(path).status_code == 204
    assert api.get(path).json() == []
    assert statuses(api, 1) == [200]
    assert api.put(path).status_code == 404


@pytest.mark.parametrize(
    "rule",
    [
        {"colour": "red"},
        {"status": 200},
        {"status": "500"},
        {"nth": "2"},
        {"nth": [True]},
        {"probability": 2},
        {"delay": -1},
        {"drop": "sometimes"},
        {"limit": "tertiary"},
        {"query": {"page": 3}},
        {"operation": 5},
        {"cut": 1.5},
        7,
        [[]],
    ],
)
def test_wrong_rules_are_told_and_not_set(
    sandbox: Sandbox, api: httpx.Client, rule: object
) -> None:
    found = api.post("/_sandbox/faults", json=rule)
    assert found.status_code == 422
    assert found.json()["message"].startswith("sandbox: ")
    assert api.get("/_sandbox/faults").json() == []


def test_every_field_of_a_rule_can_be_said_in_json() -> None:
    for one in fields(Fault):
        assert Fault.of({one.name: None}) == Fault()
    with pytest.raises(UsageError, match="no fault has 'colour'"):
        Fault.of({"colour": 1})
