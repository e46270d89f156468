"""What planning asks first is begun together; nothing is asked twice, and no failure is lost."""

from __future__ import annotations

import threading
from collections import Counter

import httpx
import pytest
from github_fake import FakeGitHub, missing, person, reader_of, seat

from reconciler.errors import NotFound
from reconciler.github import Patience


def organisation() -> FakeGitHub:
    fake = FakeGitHub(teams={"platform": {"id": 7, "slug": "platform", "name": "Platform"}})
    fake.seats = [seat(number) for number in range(1, 251)]
    fake.team_members = {"platform": [person(number) for number in range(1, 121)]}
    fake.billing = {"seat_management_setting": "assign_selected"}
    return fake


def test_the_first_questions_wait_for_no_answer() -> None:
    fake, together = organisation(), threading.Barrier(4)
    first = {"", "/copilot/billing", "/copilot/billing/seats", "/members"}

    def handle(request: httpx.Request) -> httpx.Response:
        place = request.url.path.removeprefix("/orgs/acme")
        if place in first and request.url.params.get("page", "1") == "1":
            together.wait(timeout=10)
        return fake(request)

    reader = reader_of(handle)
    reader.begin(["platform"], teams=True, members=True)
    assert reader.organization().id == 9919
    assert len(reader.seats().rows) == 250
    assert [team.slug for team in reader.teams()] == ["platform"]


def test_what_was_begun_is_not_asked_again() -> None:
    fake = organisation()
    reader = reader_of(fake)
    reader.begin(["platform"])
    reader.organization(), reader.billing(), reader.seats()
    assert len(reader.team_members("platform") or ()) == 120
    assert set(Counter(fake.paths()).values()) == {1}


def test_a_second_reading_is_a_new_one() -> None:
    fake = organisation()
    reader = reader_of(fake)
    reader.begin([])
    assert len(reader.seats().rows) == 250
    fake.seats = fake.seats[:120]
    assert len(reader.seats().rows) == 120


def test_a_failure_is_told_by_whoever_asks() -> None:
    fake = organisation()
    fake.faults["/orgs/acme/copilot/billing"] = [missing()]
    reader = reader_of(fake)
    reader.begin(["nobody"])
    assert reader.organization().id == 9919
    with pytest.raises(NotFound, match="copilot/billing"):
        reader.billing()
    assert reader.team_members("nobody") is None


def test_nobody_waits_for_a_limit_when_nothing_more_is_wanted() -> None:
    fake = organisation()
    limit = httpx.Response(429, json={"message": "slow"}, headers={"Retry-After": "600"})
    fake.faults["/orgs/acme/copilot/billing/seats"] = [limit]
    waits = threading.Event()
    patience = Patience(on_wait=lambda _seconds, _why: waits.set())
    reader = reader_of(fake, patience=patience)
    reader.begin([])
    assert waits.wait(10)
    reader.end()
    assert reader.billing().seat_management_setting == "assign_selected"
