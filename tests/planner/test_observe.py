"""What is asked of GitHub, and what is not: only what the file's names need."""

from __future__ import annotations

import pytest

from reconciler.model.desired import SeatsFile
from reconciler.model.memory import Memory
from reconciler.model.observed import Account, Counted, Observed, Team
from reconciler.plan.observe import names_unseen_teams, observe, team_slugs
from reconciler.plan.reading import Cached, SeatList

from .build import each, exempt, file, reinstate, rule, team, user
from .world import Org, Reading, remembered, when


def asked(org: Org, written: SeatsFile, memory: Memory | None = None) -> list[str]:
    """Return the questions beyond those of every look."""
    return questions(org, written, memory)[0]


def questions(
    org: Org, written: SeatsFile, memory: Memory | None = None
) -> tuple[list[str], Observed]:
    reading = Reading(org)
    observed = observe(written, reading, memory)
    assert reading.asked[:3] == ["organization", "billing", "seats"]
    return reading.asked[3:], observed


# --- people ---------------------------------------------------------------------------------------


def test_a_file_without_names_asks_for_nothing_but_settings_and_seats() -> None:
    assert asked(Org().seats("mona"), file(undeclared="keep", rules=[rule(idle="60d")])) == []


def test_people_with_live_direct_seats_are_known_already() -> None:
    org = Org().seats("mona", "lisa")
    written = file(
        users=["MONA", "lisa"], exempt=[exempt("mona")], reinstate=[reinstate("lisa", "-1d")]
    )
    assert asked(org, written) == ["members_within"]  # only to tell who has left
    known = remembered(org, users={"mona": org.id("mona")})
    assert asked(org, written, known) == ["members_within"]


def test_members_are_read_to_tell_who_left_only_where_that_costs_no_more_than_the_seats() -> None:
    org = Org().seats("mona")
    written = file(users=["mona"])
    assert questions(org, written)[1].members is not None
    for number in range(100):
        org.member(f"crowd-{number}")
    assert questions(org, written)[1].members is None
    org.team("web", "mona")
    org.seats(*(f"crowd-{number}" for number in range(100)))
    assert len(questions(org, written)[1].members or ()) == 102
    # a team that is read anyway has active members only
    assert asked(org, file(users=["mona"], teams=["web"])) == ["teams", "team_members web"]
    over = file(users=[user("mona", until="-1d")])
    assert asked(org, over) == []


def test_whoever_may_gain_a_seat_must_be_an_active_member_for_certain() -> None:
    """A member list, and not one look-up each; nobody on it is looked up by name."""
    org = Org().member("newbie").seat("pat", pending=True).team("old").seats("wim", team="old")
    for login in ("newbie", "pat", "wim"):
        assert asked(org, file(users=[login])) == ["teams", "members"]
    written = file(users=["newbie", "pat", "wim"])
    assert asked(org, written) == ["teams", "members"]
    assert asked(org, file(everyone=True)) == ["teams", "members"]


def test_members_of_a_team_that_is_read_need_no_other_proof() -> None:
    org = Org().team("web", "newbie").seats("wim", team="web")
    assert asked(org, file(users=["newbie"], teams=["web"])) == ["team_members web"]


def test_whoever_gains_nothing_by_a_name_is_known_by_any_row() -> None:
    org = Org().seat("pat", pending=True).seats("wim")
    spared = file(exempt=[exempt("pat"), exempt("wim")], rules=[rule(idle="60d")])
    assert asked(org, spared) == []
    scoped = file(rules=[rule(idle="60d", users=["pat", "wim"])])
    assert asked(org, scoped) == []


def test_somebody_who_is_no_member_is_looked_up_once() -> None:
    org = Org().outsider("guest").outsider("ines", invited=True)
    found, observed = questions(org, file(users=["guest", "ines", "mono"], exempt=[exempt("Mono")]))
    assert found == [
        "members",
        "user guest",
        "membership guest",
        "user ines",
        "membership ines",
        "user mono",
    ]
    assert {one.login for one in observed.accounts} == {"guest", "ines"}
    assert observed.invited == {org.id("ines")}
    assert observed.absent_logins == {"mono"}


def test_an_entry_that_is_over_is_not_looked_for() -> None:
    org = Org().seats("mona")
    over = user("former", until="-1d")
    assert asked(org, file(users=["mona", over])) == ["members_within"]
    # unless another line speaks of the same person
    found = asked(
        org, file(users=["mona", over], exempt=[exempt("former")], rules=[rule(idle="60d")])
    )
    assert "user former" in found


def test_a_renamed_person_with_a_seat_is_found_by_id_without_a_look_up_by_id() -> None:
    org = Org().seats("mona")
    memory = remembered(org, users={"mona": org.id("mona")})
    org.rename("mona", "mona-lisa")
    found, observed = questions(org, file(users=["mona"]), memory)
    assert found == ["members_within", "user mona"]  # has somebody else the login now?
    assert observed.absent_logins == {"mona"}


def test_a_renamed_person_without_a_seat_is_found_among_the_members() -> None:
    org = Org().member("mona")
    memory = remembered(org, users={"mona": org.id("mona")})
    org.rename("mona", "mona-lisa")
    assert asked(org, file(users=["mona"]), memory) == ["members", "user mona"]


def test_a_renamed_person_who_is_no_member_is_looked_up_by_id() -> None:
    org = Org().outsider("guest")
    memory = remembered(org, users={"guest": org.id("guest"), "gone": 4711})
    org.rename("guest", "visitor")
    found, observed = questions(org, file(users=["guest", "gone"]), memory)
    assert found == [
        "members",
        "user guest",
        f"user_by_id {org.id('visitor')}",
        "membership visitor",
        "user gone",
        "user_by_id 4711",
    ]
    assert observed.absent_user_ids == {4711}
    assert Account(org.id("visitor"), "visitor") in observed.accounts


def test_a_login_that_changed_hands_is_seen_though_its_row_is_right_there() -> None:
    org = Org().seats("mona")
    memory = remembered(org, users={"mona": 4711})
    found, observed = questions(org, file(users=["mona"]), memory)
    assert "user_by_id 4711" in found
    assert observed.absent_user_ids == {4711}


def test_a_login_read_with_two_ids_is_looked_for_again() -> None:
    """It changed hands between two pages: the members say whose it is."""
    org = Org().seats("mona")
    before = org.rows[:]
    org.rename("mona", "mona-lisa").seats("mona")
    org.rows = [*before, org.rows[-1]]
    assert asked(org, file(users=["mona"])) == ["members"]


def test_a_member_who_took_a_login_is_not_asked_for_membership_nor_listed_twice() -> None:
    org = Org().seats("mona", "lisa")
    memory = remembered(org, users={"mona": 4711})
    found, observed = questions(org, file(users=["mona"]), memory)
    assert found == ["members", "user mona", "user_by_id 4711"]

    memory = remembered(org, users={"mona": org.id("mona")})
    org.rename("mona", "mona-lisa").member("mona")
    found, observed = questions(org, file(users=["mona"]), memory)
    assert found == ["members_within", "user mona"]
    members = [one.login for one in observed.members or ()]
    assert sorted(members) == ["lisa", "mona", "mona-lisa", "pulse"]


# --- teams ----------------------------------------------------------------------------------------


def test_a_team_that_a_live_row_names_needs_no_list_of_teams() -> None:
    org = Org().team("web").seats("wim", team="web")
    for entry in ("WEB", team("web", since="+1d")):
        assert asked(org, file(teams=[entry])) == ["team_members web"]


def test_a_team_of_live_rows_that_no_entry_keeps_is_looked_for_in_the_list() -> None:
    org = Org().team("web").seats("wim", team="web")
    for entry in (each("web"), team("web", until="-1d")):
        assert asked(org, file(teams=[entry])) == ["teams", "team_members web"]


def test_a_team_without_rows_needs_the_list_once() -> None:
    org = Org().team("web").team("core").team("unasked")
    found = asked(org, file(teams=["web", each("core")]))
    assert found == ["teams", "team_members web", "team_members core"]


def test_every_place_that_names_a_team_has_its_members_read_once() -> None:
    org = Org().team("web").seats("wim", team="web").team("night").seats("nina", team="night")
    written = file(
        teams=["web"],
        rules=[rule("x", idle="60d", teams=["Web", "night"])],
        exempt=[exempt(team="web"), exempt(team="NIGHT")],
    )
    assert asked(org, written) == ["teams", "team_members web", "team_members night"]


def test_a_team_of_rows_only_is_not_read() -> None:
    org = Org().team("old").seats("wim", team="old").seats("mona")
    assert asked(org, file(users=["mona"])) == ["teams", "members_within"]


def test_an_enterprise_team_is_never_read() -> None:
    assert asked(Org(), file(teams=["ent:pulse"], exempt=[exempt(team="ENT:other")])) == []


def test_a_team_that_does_not_exist_is_said_to_be_absent() -> None:
    found, observed = questions(Org().team("web"), file(teams=["wbe"]))
    assert found == ["teams"]
    assert observed.absent_slugs == {"wbe"}


def test_a_renamed_team_is_found_by_id_and_read_under_its_new_slug() -> None:
    org = Org().team("web").seats("wim", team="web")
    memory = remembered(org, teams={"web": org.team_id("web")})
    org.rename_team("web", "core")
    found, observed = questions(org, file(teams=["web"]), memory)
    assert found == ["teams", "team_members core"]
    assert [one.login for one in observed.team_members[org.team_id("core")]] == ["wim"]


def test_both_teams_are_read_when_a_slug_changed_hands() -> None:
    org = Org().team("web").seats("wim", team="web")
    memory = remembered(org, teams={"web": org.team_id("web")})
    org.rename_team("web", "core").team("web", "nina")
    found, observed = questions(org, file(teams=["web"]), memory)
    assert found == ["teams", "team_members web", "team_members core"]
    assert observed.team_members.keys() == {org.team_id("web"), org.team_id("core")}


def test_a_team_whose_id_is_gone_is_said_to_be_absent() -> None:
    org = Org().team("web")
    found, observed = questions(org, file(teams=["core"]), remembered(org, teams={"core": 170}))
    assert found == ["teams"]
    assert observed.absent_team_ids == {170}


def test_a_pending_row_is_no_proof_of_what_a_slug_stands_for() -> None:
    org = Org().team("web", "wim").seat("wim", team="web", pending=True)
    assert asked(org, file(teams=["web"])) == ["teams", "team_members web"]


def test_a_team_that_a_row_names_and_that_is_gone_by_now_is_looked_for_in_the_list() -> None:
    org = Org().team("web").seats("wim", team="web").delete_team("web")
    found, observed = questions(org, file(teams=["web"]))
    assert found == ["team_members web", "teams"]
    assert observed.absent_slugs == {"web"}


def test_the_list_of_teams_is_read_once_however_many_are_missing() -> None:
    assert asked(Org().team("web"), file(teams=["wbe", "cre", each("dta")])) == ["teams"]


# --- the count of seats ---------------------------------------------------------------------------


def reading(org: Org, *readings: SeatList) -> tuple[Counted, int, int]:
    """Return how the count stands, which rows are used, and how often they were read."""
    org.readings = list(readings)
    found, observed = questions(org, file(undeclared="keep"))
    return observed.counted, len(observed.rows), 1 + found.count("seats")


def test_a_count_that_agrees_is_read_once() -> None:
    org = Org(pulse=False).seats("mona", "lisa")
    assert reading(org, SeatList(tuple(org.rows), 2)) == (Counted.AGREES, 2, 1)


@pytest.mark.parametrize(
    ("second", "total", "counted"),
    [
        (2, 2, Counted.AGREES),
        (1, 2, Counted.DISAGREES),  # twice the same
        (0, 2, Counted.UNSTABLE),
        (1, 3, Counted.UNSTABLE),  # the same rows, and another number
    ],
)
def test_a_count_that_disagrees_is_read_again_and_the_second_reading_is_used(
    second: int, total: int, counted: Counted
) -> None:
    org = Org(pulse=False).seats("mona", "lisa")
    rows = tuple(org.rows)
    first, again = SeatList(rows[:1], 2), SeatList(rows[:second], total)
    assert reading(org, first, again) == (counted, second, 2)


def test_rows_that_came_twice_agree_only_with_the_number_of_rows() -> None:
    """Pages moved while they were read: a count of people might agree by chance."""
    org = Org(pulse=False).seats("mona", "lisa").seat("pat", pending=True)
    moved = SeatList(tuple(org.rows), 2, repeated=1)
    whole = SeatList(tuple(org.rows), 3, repeated=1)
    assert reading(org, moved, moved) == (Counted.DISAGREES, 3, 2)
    assert reading(org, whole) == (Counted.AGREES, 3, 1)


def test_without_any_number_the_count_is_unknown() -> None:
    org = Org(pulse=False).seats("mona")
    none = SeatList(tuple(org.rows), None)
    assert reading(org, none, none) == (Counted.UNKNOWN, 1, 2)
    moved = SeatList(tuple(org.rows), None, repeated=1)
    assert reading(org, moved, moved)[0] is Counted.DISAGREES


def test_the_order_of_rows_makes_no_reading_another() -> None:
    org = Org(pulse=False).seats("mona", "lisa")
    rows = tuple(org.rows)
    first, again = SeatList(rows, 9), SeatList(rows[::-1], 9)
    assert reading(org, first, again)[0] is Counted.DISAGREES


# --- everything of a look -------------------------------------------------------------------------


def test_the_moment_of_the_look_is_the_apis_unless_another_is_given() -> None:
    org = Org().seats("mona")
    assert questions(org, file())[1].now == org.now
    then = when("+9d")
    written = file(users=["mona", user("newbie", since="+9d", until="+9d"), user("x", until="+8d")])
    reading = Reading(org.member("newbie"))
    observed = observe(written, reading, None, now=then)
    assert observed.now == then
    assert reading.asked[3:] == ["members"]  # x is over by then


def test_a_whole_look_reads_every_team_and_member_as_well() -> None:
    org = Org().team("web").seats("wim", team="web").team("core").seats("mona")
    reading = Reading(org)
    observed = observe(file(teams=["web"]), reading, None, whole=True)
    assert sorted(reading.asked[3:]) == [
        "members",
        "team_members core",
        "team_members web",
        "teams",
    ]
    assert [one.slug for one in observed.teams] == ["web", "core"]


def test_looks_through_one_cached_reader_see_the_same_and_both_readings_of_the_seats() -> None:
    org = Org(pulse=False).seats("mona", "lisa").member("newbie")
    rows = tuple(org.rows)
    org.readings = [SeatList(rows[:1], 2), SeatList(rows, 2)]
    reading = Reading(org)
    cached = Cached(reading)
    written = file(users=["mona", "newbie"])
    first = observe(written, cached, None)
    org.rows = []
    assert observe(written, cached, None) == first
    assert (first.counted, len(first.rows)) == (Counted.AGREES, 2)
    assert reading.asked == ["organization", "billing", "seats", "seats", "members"]


def test_enterprise_teams_of_rows_are_no_teams_of_the_organisation() -> None:
    org = Org().team("web").seats("wim", team="web")
    observed = questions(org, file(teams=["web"]))[1]
    assert observed.teams == (Team(org.team_id("web"), "web", "Web"),)


# --- what is foreseen -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "slugs", "listed"),
    [
        (file(users=["mona"], undeclared="keep"), [], False),
        (file(teams=["Seen", "ent:all"]), ["seen"], False),
        (file(teams=["seen", each("web")]), ["seen", "web"], True),
        (file(rules=[rule(idle="60d", teams=["web", "seen"])], teams=["seen"]), ["seen", "web"], 0),
    ],
)
def test_what_is_begun_beforehand_is_asked_for_in_any_case(
    written: SeatsFile, slugs: list[str], listed: bool
) -> None:
    assert sorted(team_slugs(written)) == slugs
    assert names_unseen_teams(written) == listed
    org = Org().team("seen", "ida").seat("ida", team="seen").team("web", "wim").seat("wim")
    found = asked(org, written)
    assert {f"team_members {slug}" for slug in slugs} <= set(found)
    assert not listed or "teams" in found
