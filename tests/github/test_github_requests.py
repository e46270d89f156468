"""A plan asks for no more than it needs; the count is promised in docs/performance.md."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from github_fake import FakeGitHub, person, reader_of, seat

from reconciler import config
from reconciler.plan.observe import observe

SEATS, TEAMS, MEMBERS = 950, 120, 340


def organisation(*, named: bool) -> FakeGitHub:
    """Return an organisation with a team, which a live row names or none does."""
    team = {"id": 7, "slug": "platform", "name": "Platform"}
    fake = FakeGitHub(teams={"platform": team})
    fake.seats = [seat(number) for number in range(1, SEATS + 1)]
    if named:
        fake.seats[0]["assigning_team"] = team
    fake.members = [person(number) for number in range(1, MEMBERS + 1)]
    fake.team_members = {"platform": fake.members[:TEAMS]}
    fake.billing = {"seat_management_setting": "assign_selected"}
    return fake


def asked(fake: FakeGitHub, tmp_path: Path, seats: str) -> Counter[str]:
    path = tmp_path / "seats.yml"
    path.write_text(f"version: 1\norg: acme\nseats: {seats}\n", encoding="utf-8")
    observe(config.load(path), reader_of(fake), None)
    return Counter(one.partition("?")[0].removeprefix("/orgs/acme") for one in fake.paths())


ALWAYS = {"": 1, "/copilot/billing": 1, "/copilot/billing/seats": 10}


def test_without_names_only_settings_and_seats_are_read(tmp_path: Path) -> None:
    assert asked(organisation(named=False), tmp_path, "{undeclared: keep}") == ALWAYS


def test_a_team_that_only_rows_name_costs_the_list_of_teams(tmp_path: Path) -> None:
    found = asked(organisation(named=True), tmp_path, "{undeclared: keep}")
    assert found == ALWAYS | {"/teams": 1}


def test_a_team_that_a_live_row_names_costs_its_members(tmp_path: Path) -> None:
    found = asked(organisation(named=True), tmp_path, "{teams: [platform]}")
    assert found == ALWAYS | {"/teams/platform/members": 2}


def test_a_team_that_no_row_names_costs_the_list_of_teams_too(tmp_path: Path) -> None:
    found = asked(organisation(named=False), tmp_path, "{teams: [platform]}")
    assert found == ALWAYS | {"/teams/platform/members": 2, "/teams": 1}


@pytest.mark.parametrize(
    ("seats", "pages"),
    [
        ("{members: all}", 4),
        ("{teams: [platform]}", 0),
        ("{users: [user-2], teams: [platform]}", 0),
        ("{users: [user-951, user-952]}", 4),
        ("{users: [user-200]}", 4),
    ],
)
def test_members_are_read_only_when_a_name_needs_them(
    tmp_path: Path, seats: str, pages: int
) -> None:
    found = asked(organisation(named=True), tmp_path, seats)
    assert found["/members"] == pages


@pytest.mark.parametrize(("members", "pages"), [(1000, 10), (1001, 1)])
@pytest.mark.parametrize("links", [True, False])
def test_members_read_only_to_tell_who_left_cost_no_more_than_the_seats(
    tmp_path: Path, members: int, pages: int, links: bool
) -> None:
    fake = organisation(named=True)
    fake.links = links
    fake.members = [person(number) for number in range(1, members + 1)]
    found = asked(fake, tmp_path, "{users: [user-200]}")
    assert found["/members"] == (pages if links else 10)
    assert found["/members"] <= found["/copilot/billing/seats"]
