"""Changes and decisions, whole: with every fact that plans show of them."""

from __future__ import annotations

import pytest

from reconciler.model.diagnostics import Mark
from reconciler.model.memory import Target
from reconciler.model.plan import (
    Action,
    Change,
    Decision,
    Person,
    Reason,
    Resource,
    Verdict,
)

from .build import change, decided, decision, each, file, plan, rule, said, team, user
from .world import Org, remembered, when

USER, TEAM = Resource.USER, Resource.TEAM
UNDECLARED = Mark("seats.yml", 901, 3)


def at(line: int) -> Mark:
    return Mark("seats.yml", line, 5)


def test_a_user_s_delete() -> None:
    org = Org().seat("mona", created="-90d", active="-40d")
    found = plan(org, file(users=["mona"], rules=[rule(idle="30d")]), remembered(org))
    assert change(found, "mona") == Change(
        resource=USER,
        action=Action.DELETE,
        id=org.id("mona"),
        name="mona",
        reason=Reason.IDLE,
        text="idle for 40 days (last active 2026-10-13); rule 'everyone' allows 30 days",
        people=(Person(org.id("mona"), "mona", when("-90d"), when("-40d")),),
        provenance=(at(2), at(1)),
        rule="everyone",
    )


def test_a_rule_is_named_only_where_it_takes_the_seat() -> None:
    org = Org().seat("stray", active="-1d").member("ada")
    found = plan(org, file(users=["ada"], rules=[rule(idle="30d")]), remembered(org))
    assert change(found, "stray").rule is None
    assert change(found, "ada").rule is None
    assert change(found, "ada").people == (Person(org.id("ada"), "ada"),)


def test_a_team_s_delete() -> None:
    org = Org().team("old").seat("wim", team="old", created="-90d", active="-4d")
    org.seats("wanda", team="old").seat("wanda")
    found = plan(org, file(users=["wanda"]), remembered(org))
    assert change(found, "old") == Change(
        resource=TEAM,
        action=Action.DELETE,
        id=org.team_id("old"),
        name="old",
        reason=Reason.UNDECLARED,
        text="claimed by no line; 1 person loses a seat",
        people=(Person(org.id("wim"), "wim", when("-90d"), when("-4d")),),
        provenance=(UNDECLARED,),
    )


def test_a_team_s_delete_by_its_entry() -> None:
    org = Org().team("old").seats("wim", team="old")
    over = plan(org, file(teams=[team("old", until="-2d")]), remembered(org))
    assert change(over, "old").provenance == (at(1),)
    assert change(over, "old").text == "the entry ended on 2026-11-20; 1 person loses a seat"
    moved = plan(org, file(teams=[each("old")]), remembered(org))
    assert change(moved, "old").depends_on == ("copilot_seat_user.wim",)
    text = "the entry now gives direct seats to the members; 0 people lose a seat"
    assert change(moved, "old").text == text


def test_a_team_s_create() -> None:
    org = Org().team("new", "ada").seats("mona").join("new", "mona")
    found = plan(org, file(users=["mona"], teams=["new"]), remembered(org))
    assert change(found, "new") == Change(
        resource=TEAM,
        action=Action.CREATE,
        id=org.team_id("new"),
        name="new",
        reason=Reason.DECLARED,
        text="declared with 2 members, and not assigned on GitHub",
        people=(Person(org.id("ada"), "ada"),),
        provenance=(at(1),),
    )


def test_decisions_about_people() -> None:
    org = Org().seat("mona", active="-40d").member("ada")
    written = file(
        users=["mona", "ada", user("later", since="+3d")],
        rules=[rule("watch", idle="30d", observe=True), rule("calm", idle="90d")],
    )
    org.member("later")
    found = plan(org, written, remembered(org))
    assert decision(found, "mona") == Decision(
        resource=USER,
        id=org.id("mona"),
        name="mona",
        action=Action.NO_OP,
        reason=Reason.HELD,
        verdict=Verdict.ACTIVE,
        text="idle for 40 days (last active 2026-10-13)",
        claims=(at(1),),
        rule="calm",
        seated=True,
        line="5b",
    )
    assert decision(found, "ada") == Decision(
        resource=USER,
        id=org.id("ada"),
        name="ada",
        action=Action.CREATE,
        reason=Reason.DECLARED,
        verdict=Verdict.UNGOVERNED,
        text="has an entry, and holds no seat",
        claims=(at(2),),
        seated=False,
        line="5a",
    )
    assert not decision(found, "later").seated


def test_decisions_about_teams() -> None:
    org = Org(pulse=False).team("web").seats("wim", team="web").team("new", "ada")
    org.team("ent:staff", number=901, enterprise=True).seats("stella", team="ent:staff")
    found = plan(org, file(teams=["web", "new"]), remembered(org))
    assert decision(found, "web") == Decision(
        resource=TEAM,
        id=org.team_id("web"),
        name="web",
        action=Action.NO_OP,
        reason=Reason.HELD,
        verdict=Verdict.UNGOVERNED,
        text="assigned",
        claims=(at(1),),
        seated=True,
        line="2",
    )
    assert decision(found, "new") == Decision(
        resource=TEAM,
        id=org.team_id("new"),
        name="new",
        action=Action.CREATE,
        reason=Reason.DECLARED,
        verdict=Verdict.UNGOVERNED,
        text="declared with 1 member, and not assigned on GitHub",
        claims=(at(2),),
        seated=False,
        line="4",
    )
    assert decision(found, "ent:staff") == Decision(
        resource=TEAM,
        id=901,
        name="ent:staff",
        action=Action.NO_OP,
        reason=Reason.UNMANAGEABLE,
        verdict=Verdict.UNGOVERNED,
        text="an enterprise team: it is assigned in the enterprise",
        line="1",
    )


def test_what_is_in_flight_is_decided_as_such() -> None:
    org = Org().team("new", "ada").seats("stray")
    sent = {
        Target(TEAM.value, "create", org.team_id("new")): "-1h",
        Target(USER.value, "delete", org.id("stray")): "-1h",
    }
    found = plan(org, file(teams=["new"]), remembered(org, in_flight=sent))
    assert said(found) == []
    assert decided(found, "new") == "4 no-op in_flight"
    assert decided(found, "stray") == "6 no-op in_flight"


@pytest.mark.parametrize(("given", "hidden"), [("-1d", False), ("-23h", True)])
def test_a_seat_given_behind_a_team_s_row_is_on_its_way_for_a_day(given: str, hidden: bool) -> None:
    org = Org().team("old").seats("ada", team="old")
    delete = Target(TEAM.value, "delete", org.team_id("old"))
    memory = remembered(org, created={"ada": given}, in_flight={delete: "-1h"})
    found = plan(org, file(users=["ada"]), memory)
    assert said(found) == ([] if hidden else ["create user ada: declared"])


def test_a_team_s_create_is_no_seat_behind_a_row() -> None:
    """Ids of teams and people are numbers of their own: here they are the same."""
    org = Org().team("old").seats("ada", team="old")
    number = org.id("ada")
    org.team("new", "bob", number=number)
    delete = Target(TEAM.value, "delete", org.team_id("old"))
    memory = remembered(org, created={"ada": "-1h"}, in_flight={delete: "-1h"})
    found = plan(org, file(users=["ada"], teams=["new"]), memory)
    assert said(found) == ["create team new: declared"]


def test_both_teams_stay_that_keep_somebody_s_seat() -> None:
    org = Org().team("red").team("blue")
    org.seats("ann", team="red").seats("ben", team="blue")
    entries = [user("ann", since="+3d"), user("ben", since="+3d")]
    assert said(plan(org, file(users=entries), remembered(org))) == []


def test_decisions_stand_by_name_without_case() -> None:
    org = Org(pulse=False).seats("Zoe", "abd", "ab_c", "Ada")
    found = plan(org, file(users=["Zoe", "abd", "ab_c", "Ada"]), remembered(org))
    assert [one.name for one in found.decisions] == ["ab_c", "abd", "Ada", "Zoe"]
