"""What grants, teams, cycles and people do to seats, without HTTP."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sandbox_worlds import ENTERPRISE, NOW, PLATFORM, SNAPSHOT, holders, world

from reconciler.errors import SnapshotError, UsageError
from reconciler.sandbox import Switches, World, shapes
from reconciler.sandbox.dump import snapshot
from reconciler.sandbox.operations import (
    RefusalError,
    add_teams,
    add_users,
    cancel_teams,
    cancel_users,
)
from reconciler.sandbox.seat_pages import SeatView

ONE_DAY = timedelta(days=1)


def seat(of: World, login: str) -> SeatView:
    found = of.seat_of(of.directory.known(login))
    assert found is not None
    return found


def activity(of: World, login: str) -> datetime | None:
    return of.directory.known(login).usage.seen(of.now, of.lag)


def test_rows_are_what_the_snapshot_says() -> None:
    assert holders(world()) == {
        "octocat": "direct",
        "mona": "platform",
        "pia": "pending direct",
        "erin": "ent:leads",
    }


def test_relative_times_count_from_the_moment_of_the_snapshot() -> None:
    assert seat(world(), "octocat").created_at == NOW - timedelta(days=100)
    assert seat(world(), "pia").pending == date(2026, 12, 1)


def test_a_stated_now_moves_the_whole_snapshot() -> None:
    later = NOW + timedelta(days=40)
    moved = World.from_snapshot(SNAPSHOT, later)
    assert moved.now == later
    assert seat(moved, "octocat").created_at == later - timedelta(days=100)
    assert seat(moved, "pia").pending == date(2027, 2, 1)


def test_a_cancelled_seat_stays_until_the_cycle_ends() -> None:
    acme = world()
    assert cancel_users(acme, ["OCTOCAT"]) == 1
    assert seat(acme, "octocat").pending == date(2026, 12, 1)
    acme.set_clock(datetime(2026, 11, 30, 23, 59, 59, tzinfo=NOW.tzinfo))
    assert holders(acme)["octocat"] == "pending direct"
    acme.advance(timedelta(seconds=1))
    assert "octocat" not in holders(acme)


def test_activity_goes_with_the_seat() -> None:
    acme = world()
    cancel_users(acme, ["octocat"])
    acme.advance(timedelta(days=10))
    add_users(acme, ["octocat"])
    assert activity(acme, "octocat") is None
    assert seat(acme, "octocat").created_at == acme.now


@pytest.mark.parametrize("moves", [False, True])
def test_renewing_keeps_the_seat(moves: bool) -> None:
    acme = world(renewal_moves_created_at=moves)
    assert add_users(acme, ["pia"]) == 1
    assert holders(acme)["pia"] == "direct"
    assert activity(acme, "pia") == NOW - timedelta(days=30)
    assert seat(acme, "pia").created_at == (NOW if moves else NOW - timedelta(days=60))


@pytest.mark.parametrize("counted", [False, True])
def test_adding_a_live_seat_changes_nothing(counted: bool) -> None:
    acme = world(reused_counted=counted)
    before = acme.reading().rows
    assert add_users(acme, ["octocat"]) == int(counted)
    assert acme.reading().rows == before


@pytest.mark.parametrize("nested", [True, False])
def test_assigning_a_team_seats_its_members(nested: bool) -> None:
    acme = world(child_teams=nested)
    assert add_teams(acme, ["platform"]) == int(nested)
    assert holders(acme).get("sam") == ("platform" if nested else None)


def test_an_empty_team_seats_those_who_join_later() -> None:
    acme = world()
    assert add_teams(acme, ["empty"]) == 0
    acme.join_team("hubot", "empty")
    assert holders(acme)["Hubot"] == "empty"


def test_a_leaver_of_an_assigned_team_keeps_the_seat_until_the_cycle_ends() -> None:
    acme = world()
    acme.leave_team("mona", "platform")
    assert holders(acme)["mona"] == "pending platform"
    acme.join_team("mona", "platform")
    assert holders(acme)["mona"] == "platform"


def test_leaving_a_team_matters_not_while_in_its_child() -> None:
    acme = world()
    acme.join_team("mona", "sre")
    acme.leave_team("mona", "platform")
    assert holders(acme)["mona"] == "platform"


def test_unassigning_a_team_leaves_those_with_another_source() -> None:
    acme = world()
    add_teams(acme, ["docs"])
    assert cancel_teams(acme, ["docs"]) == 1
    assert holders(acme)["octocat"] == "direct"
    assert holders(acme)["dora"] == "pending docs"


def test_a_direct_grant_outlives_the_team() -> None:
    acme = world()
    add_users(acme, ["mona"])
    assert holders(acme)["mona"] == "platform"
    cancel_teams(acme, ["platform"])
    assert holders(acme)["mona"] == "direct"


@pytest.mark.parametrize(
    ("setting", "shown", "after"),
    [
        ("hidden", "platform", "direct"),
        ("shown", "direct", "direct"),
        ("dropped", "platform", "pending platform"),
    ],
)
def test_a_direct_grant_beside_a_team(setting: str, shown: str, after: str) -> None:
    acme = world(direct_beside_team=setting)
    add_users(acme, ["mona"])
    assert holders(acme)["mona"] == shown
    cancel_teams(acme, ["platform"])
    assert holders(acme)["mona"] == after


def test_several_rows_for_several_sources() -> None:
    acme = world(rows="several")
    add_users(acme, ["mona"])
    rows = [row for row in acme.reading().rows if row.person and row.person.login == "mona"]
    assert [row.team is None for row in rows] == [False, True]
    assert acme.reading().total == 5


def test_the_total_may_count_rows() -> None:
    acme = world(rows="several", total="rows")
    add_users(acme, ["mona"])
    assert acme.reading().total == 6


@pytest.mark.parametrize("pending", [True, False])
@pytest.mark.parametrize("unassigned", [True, False])
def test_the_total_may_leave_rows_out(pending: bool, unassigned: bool) -> None:
    acme = world(pending_counted=pending, unassigned_counted=unassigned)
    assert acme.reading().total == 3 + pending + unassigned


def test_a_stated_total_keeps_its_distance() -> None:
    acme = World.from_snapshot(SNAPSHOT | {"total_seats": 8})
    assert acme.reading().total == 8
    add_users(acme, ["hubot"])
    assert acme.reading().total == 9


@pytest.mark.parametrize("stated", [3, 4, 5])
@pytest.mark.parametrize("pending", [True, False])
def test_a_total_counted_in_another_way_is_no_distance(stated: int, pending: bool) -> None:
    switches = Switches(pending_counted=pending)
    acme = World.from_snapshot(SNAPSHOT | {"total_seats": stated}, switches=switches)
    assert acme.reading().total == 4 + pending
    acme.advance(timedelta(days=30))
    assert acme.reading().total == 4


def test_a_stated_total_is_the_breakdown_s_too() -> None:
    billing = {"seat_breakdown": {"total": 8}}
    acme = World.from_snapshot(SNAPSHOT | {"total_seats": 8, "billing": billing})
    assert acme.reading().total == acme.breakdown()["total"] == 8
    alone = World.from_snapshot(SNAPSHOT | {"billing": billing})
    assert (alone.reading().total, alone.breakdown()["total"]) == (5, 8)


def test_the_breakdown_counts_people() -> None:
    assert world().breakdown() == {
        "total": 5,
        "added_this_cycle": 1,
        "pending_cancellation": 1,
        "pending_invitation": 0,
        "active_this_cycle": 1,
        "inactive_this_cycle": 4,
    }


def test_a_stated_breakdown_stands_until_the_cycle_ends() -> None:
    billing = {"seat_breakdown": {"added_this_cycle": 6, "pending_cancellation": 3}}
    acme = World.from_snapshot(SNAPSHOT | {"billing": billing})
    add_users(acme, ["hubot"])
    assert acme.breakdown()["added_this_cycle"] == 7
    assert acme.breakdown()["pending_cancellation"] == 3
    acme.advance(timedelta(days=30))
    assert acme.breakdown()["added_this_cycle"] == 0
    assert acme.breakdown()["pending_cancellation"] == 0


# --- refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize("logins", [["nobody"], ["guest"], ["ines"], ["octocat", "nobody"]])
def test_a_refused_add_does_nothing(logins: list[str]) -> None:
    acme = world()
    before = acme.reading()
    with pytest.raises(RefusalError):
        add_users(acme, logins)
    assert acme.reading() == before


@pytest.mark.parametrize("logins", [["mona"], ["erin"], ["nobody"], ["Hubot"], ["octocat", "mona"]])
def test_a_refused_cancel_does_nothing(logins: list[str]) -> None:
    acme = world()
    before = acme.reading()
    with pytest.raises(RefusalError):
        cancel_users(acme, logins)
    assert acme.reading() == before


def test_lenient_switches_pass_over_what_they_can_not_do() -> None:
    acme = world(
        unknown_user="ignore",
        non_member="ignore",
        unknown_team="ignore",
        mixed_delete="partial",
        seatless_delete="ignore",
    )
    assert add_users(acme, ["nobody", "guest", "hubot"]) == 1
    assert add_teams(acme, ["nothing"]) == 0
    assert cancel_users(acme, ["nobody", "mona", "pia", "dora", "octocat"]) == 1
    assert cancel_teams(acme, ["docs"]) == 0
    assert holders(acme)["octocat"] == "pending direct"


def test_a_pending_seat_may_be_refused() -> None:
    assert cancel_users(world(), ["pia"]) == 0
    with pytest.raises(RefusalError, match="already pending"):
        cancel_users(world(pending_delete="refuse"), ["pia"])


def test_a_non_member_may_be_invited() -> None:
    acme = world(non_member="invite")
    assert add_users(acme, ["guest"]) == 0
    assert "guest" not in holders(acme)
    assert acme.breakdown()["pending_invitation"] == 1
    acme.join_organization("guest")
    assert holders(acme)["guest"] == "direct"
    assert acme.breakdown()["pending_invitation"] == 0


@pytest.mark.parametrize(
    ("by", "text", "found"),
    [
        ("slug", "platform", True),
        ("slug", "Platform Team", False),
        ("name", "PLATFORM team", True),
        ("name", "platform", False),
        ("both", "platform", True),
        ("both", "Platform Team", True),
    ],
)
def test_teams_by_slug_or_name(by: str, text: str, found: bool) -> None:
    acme = world(team_names=by)
    if found:
        assert cancel_teams(acme, [text]) == 1
    else:
        with pytest.raises(RefusalError, match="was not found"):
            cancel_teams(acme, [text])


@pytest.mark.parametrize("setting", ["assign_all", "disabled", "unconfigured"])
def test_seats_are_managed_only_where_members_are_selected(setting: str) -> None:
    acme = world()
    acme.set_setting("seat_management_setting", setting)
    for act in (add_users, cancel_users, add_teams, cancel_teams):
        with pytest.raises(RefusalError):
            act(acme, ["octocat"])


def test_the_last_seat_cancels_the_plan() -> None:
    acme = world()
    cancel_users(acme, ["octocat"])
    assert acme.settings["seat_management_setting"] == "assign_selected"
    cancel_teams(acme, ["platform"])
    assert acme.settings["seat_management_setting"] == "disabled"


# --- people and teams ----------------------------------------------------------------------------


@pytest.mark.parametrize(("setting", "row"), [("gone", None), ("pending", "pending platform")])
def test_someone_who_leaves_the_organisation_loses_the_seat(setting: str, row: str | None) -> None:
    acme = world(leaver_row=setting)
    acme.leave_organization("mona")
    assert holders(acme).get("mona") == row
    assert acme.directory.team_members(acme.directory.known_team("platform"), nested=False) == []


def test_a_rename_moves_everything_along() -> None:
    acme = world()
    acme.rename_user("mona", "lisa")
    acme.rename_team("platform", "base")
    assert holders(acme)["lisa"] == "base"
    acme.add_user("mona")
    assert acme.directory.known("mona").id != acme.directory.known("lisa").id


def test_a_deleted_team_takes_its_children_and_their_seats() -> None:
    acme = world()
    add_teams(acme, ["sre"])
    acme.delete_team("platform")
    assert acme.directory.team("sre") is None
    assert [row.pending for row in acme.reading().rows if row.person and row.person.login == "sam"]
    assert holders(acme)["sam"].startswith("pending")


def test_a_suspended_person_gets_another_login() -> None:
    acme = world()
    login = acme.suspend_user("octocat")
    assert holders(acme)[login] == "direct"
    assert login.endswith("_ACME")
    assert login not in [person.login for person in acme.directory.members()]


def test_a_deleted_account_takes_its_seat_along() -> None:
    acme = world()
    acme.delete_user("octocat")
    assert "octocat" not in holders(acme)
    assert acme.directory.person("octocat") is None


def test_everyone_who_joins_gets_a_seat_under_assign_all() -> None:
    acme = world()
    acme.set_setting("seat_management_setting", "assign_all")
    acme.join_organization("newcomer")
    assert holders(acme)["newcomer"] == "direct"


@pytest.mark.parametrize(
    "act",
    [
        lambda acme: acme.join_team("nobody", "platform"),
        lambda acme: acme.join_team("guest", "platform"),
        lambda acme: acme.join_team("hubot", "nothing"),
        lambda acme: acme.leave_team("sam", "platform"),
        lambda acme: acme.rename_user("mona", "Octocat"),
        lambda acme: acme.rename_team("docs", "EMPTY"),
        lambda acme: acme.create_team("docs"),
        lambda acme: acme.add_user("octocat"),
        lambda acme: acme.set_setting("colour", "red"),
        lambda acme: acme.set_setting("cli", "red"),
        lambda acme: acme.advance(-ONE_DAY),
    ],
)
def test_what_can_not_happen_is_an_error_and_changes_nothing(act: object) -> None:
    acme = world()
    before = (acme.reading(), acme.now)
    with pytest.raises(UsageError):
        act(acme)  # type: ignore[operator]
    assert (acme.reading(), acme.now) == before


# --- activity -------------------------------------------------------------------------------------


def test_activity_shows_after_the_lag() -> None:
    acme = world(activity_lag_hours=20)
    acme.use("octocat")
    assert activity(acme, "octocat") == NOW - timedelta(days=2)
    acme.advance(timedelta(hours=19))
    acme.use("octocat")
    assert activity(acme, "octocat") == NOW - timedelta(days=2)
    acme.advance(timedelta(hours=1))
    assert activity(acme, "octocat") == NOW
    acme.advance(timedelta(hours=19))
    assert activity(acme, "octocat") == NOW + timedelta(hours=19)


def test_activity_is_forgotten_after_90_days() -> None:
    acme = world()
    acme.advance(timedelta(days=88))
    assert activity(acme, "octocat") == NOW - timedelta(days=2)
    acme.advance(timedelta(seconds=1))
    assert activity(acme, "octocat") is None


def test_a_habit_goes_on_by_itself() -> None:
    acme = world()
    acme.set_habit("octocat", timedelta(days=3))
    acme.advance(timedelta(days=9, hours=23))
    assert activity(acme, "octocat") == NOW + timedelta(days=6)
    acme.advance(timedelta(hours=1))
    assert activity(acme, "octocat") == NOW + timedelta(days=9)
    acme.set_habit("octocat", None)
    acme.advance(timedelta(days=30))
    assert activity(acme, "octocat") == NOW + timedelta(days=9)


def test_a_habit_without_a_seat_leaves_no_activity_on_the_next_one() -> None:
    acme = world()
    acme.set_habit("pia", ONE_DAY)
    acme.advance(timedelta(days=20))
    add_users(acme, ["pia"])
    assert activity(acme, "pia") is None
    acme.advance(2 * ONE_DAY)
    assert activity(acme, "pia") == acme.now - ONE_DAY


def test_those_who_were_active_live_on() -> None:
    acme = world()
    assert acme.live_on() == 1
    acme.advance(timedelta(days=60))
    assert activity(acme, "octocat") == acme.now - ONE_DAY
    assert activity(acme, "mona") is None


def test_nobody_without_a_seat_is_active() -> None:
    acme = world()
    acme.use("hubot")
    add_users(acme, ["hubot"])
    assert activity(acme, "Hubot") is None


# --- switches on reading --------------------------------------------------------------------------


def test_stale_readings_show_the_state_before_a_write() -> None:
    acme = world(stale_readings=2)
    cancel_users(acme, ["octocat"])
    assert [holders(acme)["octocat"] for _ in range(3)] == ["direct", "direct", "pending direct"]


@pytest.mark.parametrize(
    ("order", "logins"),
    [
        ("given", ["octocat", "mona", "pia", "erin", None]),
        ("newest", ["erin", "mona", "pia", None, "octocat"]),
        ("login", [None, "erin", "mona", "octocat", "pia"]),
        ("id", [None, "octocat", "mona", "pia", "erin"]),
    ],
)
def test_the_order_of_the_list_is_a_switch(order: str, logins: list[str | None]) -> None:
    rows = world(order=order).reading().rows
    assert [row.person.login if row.person else None for row in rows] == logins


@pytest.mark.parametrize("values", [{"colour": 1}, {"rows": "many"}, {"stale_readings": -1}])
def test_switches_refuse_what_they_do_not_know(values: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="switch"):
        world(**values)


# --- wrong snapshots ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ({"format_version": "2.0"}, "format_version '2.0' is unknown"),
        ({"organization": None}, r"\$.organization: expected an object"),
        ({"organization": {"login": "acme"}}, r"\$.organization.id: expected a whole number"),
        ({"seats": 5}, r"\$.seats: expected a list"),
        ({"teams": [{"slug": "a", "parent": "b"}]}, r"\$.teams\[0\].parent: expected the slug"),
        ({"teams": [PLATFORM, PLATFORM]}, "the team slug 'platform' is taken"),
        ({"teams": [PLATFORM | {"members": [5]}]}, r"\$.teams\[0\].members: expected a list of"),
        ({"billing": {"plan_type": "gold"}}, r"\$.billing.plan_type: expected one of"),
        ({"users": [{"login": "x", "id": 77, "membership": "y"}]}, "expected pending or none"),
    ],
)
def test_a_wrong_snapshot_is_told_with_its_place(broken: dict[str, object], told: str) -> None:
    with pytest.raises(SnapshotError, match=told):
        World.from_snapshot(SNAPSHOT | broken)


@pytest.mark.parametrize(
    "row",
    [
        7,
        None,
        "",
        {"assignee": None},
        {"created_at": "soon"},
        {"created_at": "-9999w", "pending_cancellation_date": "x"},
        {"created_at": "-3d", "assignee": {"login": "x", "id": -5}},
        {"created_at": "-3d", "assignee": {"login": "x", "id": 5}, "assigning_team": {"id": 0}},
    ],
)
def test_a_row_that_can_not_be_read_is_served_as_it_stands(row: object) -> None:
    world = World.from_snapshot(SNAPSHOT | {"seats": [row]})
    (shown,) = world.reading().rows
    assert shapes.seat(shown, world, "") == row
    assert snapshot(world)["seats"] == [row]


@pytest.mark.parametrize(
    "team",
    [
        {"id": 5},
        {"slug": "nowhere"},
        {"id": 5, "slug": "other", "organization_selection_type": "all"},
        {"id": 5, "slug": "other", "html_url": "https://github.com/enterprises/acme/teams/other"},
    ],
)
def test_a_team_that_is_not_listed_is_served_as_it_stands(team: dict[str, object]) -> None:
    seat = {"created_at": "-3d", "assignee": {"login": "x", "id": 77}, "assigning_team": team}
    world = World.from_snapshot(SNAPSHOT | {"seats": [seat], "teams": [PLATFORM]})
    (shown,) = world.reading().rows
    assert shapes.seat_details(shown, world, "")["assigning_team"] == team


def test_a_row_of_another_organization_says_so() -> None:
    seat = {"created_at": "-3d", "assignee": {"login": "x", "id": 77}, "organization": {"id": 5}}
    world = World.from_snapshot(SNAPSHOT | {"seats": [seat]})
    (shown,) = world.reading().rows
    assert shapes.seat_details(shown, world, "")["organization"] == {"id": 5}
    assert not world.seats.any_live()


def test_a_row_may_lack_everything_but_its_date() -> None:
    acme = World.from_snapshot(
        {"organization": {"login": "acme", "id": 1}, "seats": [{"created_at": "-1d"}]}
    )
    assert acme.reading().total == 1


def test_people_named_only_in_seats_are_members_where_members_were_not_read() -> None:
    acme = World.from_snapshot(SNAPSHOT | {"members": None})
    assert {person.login for person in acme.directory.members()} >= {"octocat", "mona", "sam"}
    strict = World.from_snapshot(SNAPSHOT | {"members": []})
    assert strict.directory.members() == []


def test_an_enterprise_team_is_never_one_of_the_organisations() -> None:
    listed = [*SNAPSHOT["teams"], ENTERPRISE | {"members": ["erin"]}]
    acme = World.from_snapshot(SNAPSHOT | {"teams": listed})
    assert acme.directory.team("ent:leads") is None
    assert holders(acme)["erin"] == "ent:leads"


def test_members_of_child_teams_in_a_parents_list_are_inherited() -> None:
    teams = [
        {"id": 70, "slug": "platform", "members": ["mona", "sam"]},
        {"id": 71, "slug": "sre", "parent": "platform", "members": ["sam"]},
    ]
    acme = World.from_snapshot(SNAPSHOT | {"teams": teams})
    acme.leave_team("sam", "sre")
    assert [
        p.login for p in acme.directory.team_members(acme.directory.known_team("platform"))
    ] == ["mona"]
