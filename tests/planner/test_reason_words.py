"""Every decision's words, and the lines of YAML it names, as a reader sees them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.decide.decisions import Draft
from reconciler.decide.state import Look
from reconciler.model.diagnostics import Mark
from reconciler.model.memory import Target
from reconciler.model.plan import Action, Resource
from reconciler.wording.reasons import person_text

from .build import change, decision, each, file, plan, reinstate, rule, team, user
from .world import Org, held, remembered

UNDECLARED = Mark("seats.yml", 901, 3)
EVERYONE = Mark("seats.yml", 900, 3)


def at(line: int) -> Mark:
    return Mark("seats.yml", line, 5)


# --- people: seats given --------------------------------------------------------------------------


def test_creates() -> None:
    org = Org().member("mona", "ann").team("data", "dora").team("old")
    org.seats("ole", team="old").seat("pat", active="-1d", pending=True)
    written = file(users=["mona", "ole", "pat"], teams=[each("data")])
    found = plan(org, written, remembered(org))
    goes = "has an entry; the team that gives the seat today goes"
    pending = "has an entry, and pending cancellation on 2026-12-01"
    for name, text, lines in (
        ("mona", "has an entry, and holds no seat", (at(2),)),
        ("dora", "member of data, and holds no seat", (at(1),)),
        ("ole", goes, (at(3),)),
        ("pat", pending, (at(4),)),
    ):
        assert (change(found, name).text, change(found, name).provenance) == (text, lines)
    everyone = change(plan(org, file(everyone=True), remembered(org)), "ann")
    assert everyone.text == "member of the organisation, and holds no seat"
    assert everyone.provenance == (EVERYONE,)


def test_the_surest_line_is_named_and_all_lines_are_listed() -> None:
    org = Org().team("data", "dora")
    written = file(users=["dora"], teams=[each("data")], everyone=True)
    found = change(plan(org, written, remembered(org)), "dora")
    assert found.text == "has an entry, and holds no seat"
    assert found.provenance == (at(2), at(1), EVERYONE)


def test_a_return() -> None:
    org = Org().seat("mona", active="-2d", pending=True)
    known = remembered(org, holds={"mona": held(org, ("user", "mona"))})
    found = change(plan(org, file(users=["mona"]), known), "mona")
    assert found.text == "active again (2026-11-20) after the seat was taken back"
    assert found.provenance == (at(1),)


# --- people: seats taken --------------------------------------------------------------------------


def test_deletes() -> None:
    org = Org().seats("mona", "stray", "over").seat("fresh", created="-20d").seat("late")
    org.seat("idle", active="-80d")
    written = file(
        users=["mona", "idle", user("over", until="-2d"), user("late", until="-9d")],
        rules=[rule("quarterly", idle="60d")],
    )
    found = plan(org, written, remembered(org))
    unused = "no activity on record"
    for name, text, lines in (
        ("stray", "claimed by no line; last active 2026-11-21", (UNDECLARED,)),
        ("fresh", f"claimed by no line; given 2026-11-02, {unused}", (UNDECLARED,)),
        ("over", "the entry ended on 2026-11-20; last active 2026-11-21", (at(3),)),
        ("late", f"the entry ended on 2026-11-13; given 2026-05-06, {unused}", (at(4),)),
        (
            "idle",
            "idle for 80 days (last active 2026-09-03); rule 'quarterly' allows 60 days",
            (at(5), at(2)),
        ),
    ):
        assert (change(found, name).text, change(found, name).provenance) == (text, lines)


def test_a_rule_of_a_policy_is_named_with_the_line_that_names_the_policy() -> None:
    org = Org().seats("lisa").seat("idle", active="-80d")
    named = Mark("seats.yml", 77, 3)
    written = file(users=["lisa", "idle"], rules=[replace(rule(idle="60d"), named_at=named)])
    found = change(plan(org, written, remembered(org)), "idle")
    assert found.provenance == (at(3), named, at(2))


def test_of_two_entries_that_are_over_the_later_is_named() -> None:
    org = Org().team("data", "mona").seats("mona")
    written = file(users=[user("mona", until="-9d")], teams=[each("data", until="-2d")])
    found = change(plan(org, written), "mona")
    assert found.text == "the entry ended on 2026-11-20; last active 2026-11-21"


# --- people: nothing done -------------------------------------------------------------------------


def test_nothing_done_for_people_with_a_seat() -> None:
    org = Org().seats("mona", "stray").seat("stella", team="ent:pulse").team("web").team("api")
    org.seats("wim", team="web").seats("wim", team="api").team("cover", "rita").seats("rita")
    org.seat("pat", pending=True).seat("pia", pending=True).join("cover", "pia").team("ahead")
    org.join("web", "rita").seats("noa", "lou").outsider("lou")
    written = file(
        users=["mona", user("noa", since="+2d"), "lou"],
        teams=["web", "api", "cover", team("ahead", since="+2d")],
        undeclared="keep",
    )
    org.join("ahead", "tom").seats("tom")
    found = plan(org, written, remembered(org))
    beside = "a direct seat beside the claim of team web, cover: ending it would not end access"
    for name, text in (
        ("mona", "no rule holds this person"),
        ("stray", "undeclared, and kept"),
        ("stella", "seated through enterprise team ent:pulse only"),
        ("wim", "seated through web, api, which stays"),
        ("rita", beside),
        ("pat", "pending cancellation on 2026-12-01, and nobody claims it"),
        ("pia", "pending cancellation on 2026-12-01, and claimed only by team cover"),
        ("noa", "the entry has not begun: what is there is kept, nothing is created"),
        ("tom", "the entry of team ahead has not begun: what is there is kept, nothing is created"),
        ("lou", "no rule holds this person"),
    ):
        assert (name, decision(found, name).text) == (name, text)


def test_nothing_done_for_people_without_a_seat_of_their_own() -> None:
    org = Org().seats("lisa").member("soon").outsider("guest").member("over").team("web", "wim")
    org.team("old").seats("ole", team="old").seats("ina", team="old")
    org.seat("tia", pending=True).outsider("uma").seat("uma", pending=True)
    written = file(
        users=[
            "lisa",
            "guest",
            "uma",
            user("soon", since="+2d"),
            user("tia", since="+2d"),
            user("over", until="-2d"),
            user("wim", until="-2d"),
            user("ina", until="-2d"),
        ],
        teams=["web"],
    )
    found = plan(org, written, remembered(org))
    ahead = "the entry has not begun: what is there is kept, nothing is created"
    outside = "claimed, but not an active member of the organisation: nothing is created"
    for name, text in (
        ("soon", ahead),
        ("tia", ahead),
        ("guest", outside),
        ("uma", outside),
        ("over", "the entry ended on 2026-11-20, and there is no seat"),
        ("wim", "no seat yet; claimed by team web, whose members GitHub seats"),
        ("ole", "seated through old, which goes"),
        ("ina", "seated through old, which goes"),
    ):
        assert (name, decision(found, name).text) == (name, text)


def test_a_pending_row_beside_a_team_that_goes_is_not_what_counts() -> None:
    org = Org().seats("lisa").team("old").seats("ole", team="old").seat("ole", pending=True)
    assert decision(plan(org, file(users=["lisa"])), "ole").text == "seated through old, which goes"


def test_somebody_whom_neither_line_nor_row_names() -> None:
    org = Org().seats("lisa").member("newbie")
    written = file(users=["lisa"])
    look = Look(written, org.look(written))
    answer = Draft(look, frozenset()).answer(org.id("newbie"))
    text = "claimed by no line, and there is no seat"
    assert person_text(look, org.id("newbie"), answer) == text


def test_what_a_rule_takes_back_without_a_change_of_its_own() -> None:
    org = Org().seats("lisa").team("old").seat("ole", team="old", active="-80d")
    org.seat("pat", active="-80d", pending=True)
    written = file(users=["lisa", "ole", "pat"], rules=[rule(idle="60d")])
    found = plan(org, written, remembered(org))
    idle = "idle for 80 days (last active 2026-09-03); rule 'everyone' allows 60 days"
    assert decision(found, "ole").text == f"the seat goes with the team that gives it: {idle}"
    assert decision(found, "pat").text == f"pending, and not renewed: {idle}"


def test_holds_and_what_is_on_its_way() -> None:
    org = Org().member("hanna", "newbie").seats("lisa")
    known = remembered(
        org,
        holds={"hanna": held(org, ("user", "hanna"), began="-12d")},
        in_flight={Target(Resource.USER, Action.CREATE, org.id("newbie")): "-1h"},
    )
    found = plan(org, file(users=["lisa", "hanna", "newbie"]), known)
    hold = "on hold since 2026-11-10: the seat was taken back for being idle"
    assert decision(found, "hanna").text == hold
    sent = "sent less than a day ago, and not visible on GitHub yet"
    assert decision(found, "newbie").text == sent


# --- teams ----------------------------------------------------------------------------------------


def test_teams_given_and_taken() -> None:
    org = Org().seats("lisa").team("new", "ada").team("web", "wim").team("data")
    org.seat("wim", team="web", pending=True).seats("dora", "dan", team="data")
    org.team("old").seats("ole", team="old").team("stray").seats("sue", "sam", team="stray")
    written = file(
        users=["lisa", "dora"],
        teams=["new", "web", each("data", without=["dan"]), team("old", until="-2d")],
    )
    found = plan(org, written, remembered(org))
    for name, text, lines in (
        ("new", "declared with 1 member, and not assigned on GitHub", (at(1),)),
        ("web", "declared, and its seats are pending cancellation", (at(2),)),
        (
            "data",
            "the entry now gives direct seats to the members; 1 person loses a seat",
            (at(3),),
        ),
        ("old", "the entry ended on 2026-11-20; 1 person loses a seat", (at(5),)),
        ("stray", "claimed by no line; 2 people lose a seat", (UNDECLARED,)),
    ):
        assert (change(found, name).text, change(found, name).provenance) == (text, lines)
        assert decision(found, name).text == text


@pytest.mark.parametrize(
    ("slug", "text"),
    [
        ("web", "assigned"),
        ("api", "assigned, though no row of GitHub's list names it"),
        ("hollow", "claimed, but it has no members"),
        ("soon", "the entry has not begun: what is there is kept, nothing is created"),
        ("stray", "undeclared, and kept"),
        ("kept", "kept: a member's own entry keeps the seat it gives, and can't create another"),
        ("fading", "nothing to do"),
        ("gone", "nothing to do"),
    ],
)
def test_teams_for_which_nothing_is_done(slug: str, text: str) -> None:
    org = Org().seats("lisa").team("web").seats("wim", team="web").team("api", "wim")
    org.team("hollow").team("soon").seats("sol", team="soon").team("stray").seats("s", team="stray")
    org.team("kept").outsider("guest").seat("guest", team="kept", active="-1d")
    org.team("fading").seat("fay", team="fading", pending=True).team("gone", "gil")
    written = file(
        users=["lisa", "guest"],
        teams=[
            "web",
            "api",
            "hollow",
            team("soon", since="+3d"),
            team("kept", until="-2d"),
            team("gone", until="-2d"),
        ],
        undeclared="keep",
        reinstate=[reinstate("lisa", "-3d")],
    )
    known = remembered(org, accepted={"api": ["wim"]})
    assert decision(plan(org, written, known), slug).text == text
