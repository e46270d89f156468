"""PyGithub believes the sandbox: it lists, adds and cancels by its own methods."""

from __future__ import annotations

from collections.abc import Iterator

import github
import pytest
from clients_support import EVERYBODY, SEATS, holders, world

from reconciler.sandbox import Sandbox, serve


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with serve(world()) as running:
        yield running


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[github.Github]:
    opened = github.Github(
        auth=github.Auth.Token("secret"),
        base_url=sandbox.url,
        per_page=100,
        retry=None,
        seconds_between_requests=None,
        seconds_between_writes=None,
    )
    yield opened
    opened.close()


def test_it_lists_every_page(client: github.Github) -> None:
    seats = client.get_organization("acme").get_copilot().get_seats()
    assert seats.totalCount == SEATS
    found = list(seats)
    assert {seat.assignee.login for seat in found} == EVERYBODY
    assert len(found) == SEATS
    (mona,) = [seat for seat in found if seat.assignee.login == "mona"]
    assert mona.assigning_team.slug == "platform"
    assert mona.created_at.isoformat() == "2026-10-03T08:00:00+00:00"
    assert mona.last_activity_at is None
    assert {seat.plan_type for seat in found} == {"business"}


def test_it_adds_and_removes_seats(client: github.Github, sandbox: Sandbox) -> None:
    copilot = client.get_organization("acme").get_copilot()
    assert copilot.add_seats(["hubot", "dora"]) == 2
    assert holders(sandbox.world)["hubot"] == holders(sandbox.world)["dora"] == "direct"
    assert copilot.remove_seats(["hubot", "user-001"]) == 2
    after = holders(sandbox.world)
    assert (after["hubot"], after["user-001"]) == ("pending direct", "pending direct")
    seats = {seat.assignee.login: seat for seat in copilot.get_seats()}
    assert seats["hubot"].pending_cancellation_date.isoformat()[:10] == "2026-12-01"
    assert copilot.add_seats(["hubot"]) == 1
    assert holders(sandbox.world)["hubot"] == "direct"


def test_it_understands_refusals(client: github.Github, sandbox: Sandbox) -> None:
    before = holders(sandbox.world)
    copilot = client.get_organization("acme").get_copilot()
    with pytest.raises(github.GithubException) as refused:
        copilot.remove_seats(["mona"])
    assert refused.value.status == 422
    assert "team" in refused.value.message
    with pytest.raises(github.UnknownObjectException):
        client.get_organization("nowhere")
    assert holders(sandbox.world) == before


def test_it_reads_what_is_around_the_seats(client: github.Github) -> None:
    org = client.get_organization("acme")
    assert org.id == 9919
    teams = {team.slug: {one.login for one in team.get_members()} for team in org.get_teams()}
    assert teams == {"platform": {"mona"}, "docs": {"dora"}}
    assert org.get_members().totalCount == SEATS + 2
    assert org.has_in_members(client.get_user("hubot"))
    assert client.get_user("hubot").id == 1001
    assert client.get_rate_limit().resources.core.limit > 0
