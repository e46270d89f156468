"""Undo: what is said of each change, what is left as it is and why, and the plan's own facts."""

from __future__ import annotations

from reconciler.model.memory import Target
from reconciler.model.plan import (
    Action,
    Change,
    Decision,
    Notice,
    Person,
    Plan,
    Reason,
    Resource,
    Summary,
    Undoes,
    Verdict,
)
from reconciler.undo import look_closer, plan_undo

from .build import change, file, override, plan, rule, said, told
from .github_model import EMPTY
from .test_undo import FILE, YESTERDAY, Past, acme, gave, gave_team, took, took_team, undone
from .world import ACME, NOW, Reading, crowd, held, remembered, when

USER, TEAM = Resource.USER, Resource.TEAM


def untouched(plan: Plan) -> list[tuple[str, str]]:
    """Return what is told not to be undone, in its order."""
    return [(one.subject, one.text) for one in plan.notices if one.kind == "not_undone"]


# --- changes --------------------------------------------------------------------------------------


def test_a_user_s_change() -> None:
    org = acme().seat("ada", created="-3d", active="-2d").seat("stray", pending=True)
    found = undone(org, FILE, EMPTY, Past((gave(org, "ada"), took(org, "stray", reason=None))))
    ada = Person(org.id("ada"), "ada", when("-3d"), when("-2d"))
    assert change(found, "ada") == Change(
        resource=USER,
        action=Action.DELETE,
        id=org.id("ada"),
        name="ada",
        reason=Reason.UNDONE,
        text="given on 2026-11-21 (declared)",
        people=(ada,),
    )
    text = "taken on 2026-11-21; pending cancellation on 2026-12-01"
    assert change(found, "stray").text == text


def test_a_team_given_back() -> None:
    org = acme().team("old", "moe", "max").seat("moe", team="old", pending=True)
    past = Past((took_team(org, "old", "moe", "max"),))
    taken = "taken on 2026-11-21 (undeclared);"
    one = f"{taken} 1 person gets the seat back, and 1 other member one"
    assert change(undone(org, FILE, EMPTY, past), "old").text == one
    org.seat("max", team="old", pending=True)
    two = f"{taken} 2 people get the seat back"
    assert change(undone(org, FILE, EMPTY, past), "old").text == two


def test_a_team_taken_again() -> None:
    org = acme().team("new").seats("nia", team="new")
    given, past = "given on 2026-11-21 (declared);", Past((gave_team(org, "new", "nia"),))
    text = change(undone(org, FILE, EMPTY, past), "new").text
    assert text == f"{given} 1 person loses a seat"
    org.seats("nils", team="new")
    text = change(undone(org, FILE, EMPTY, past), "new").text
    assert text == f"{given} 2 people lose a seat, 1 of them seated by it since"


# --- what is left ---------------------------------------------------------------------------------


def test_why_people_are_left_as_they_are() -> None:
    org = acme().seats("dot").member("noa").seat("ina", pending=True).left("ina")
    org.seat("kim", pending=True, created="-2h").seat("pia", pending=True).team("red").team("blue")
    org.seats("tom", team="red").seats("tom", team="blue").seat("tim").join("red", "tim")
    org.seat("tim", team="red").seat("tim", team="blue").seats("had")
    taken = [took(org, login) for login in ("dot", "noa", "ina", "kim", "tom")]
    given = [gave(org, login) for login in ("ben", "pia", "tim", "had")]
    found = undone(org, FILE, EMPTY, Past((*taken, *given), frozenset({org.id("had")})))
    assert said(found) == []
    assert found.records.released == {org.id("dot"), org.id("tom")}
    billed = "a new one would be billed anew"
    assert untouched(found) == [
        ("had", "had a seat before that apply, too: it stays"),
        ("ina", "not an active member of the organisation any more: GitHub would invite them"),
        ("kim", "somebody gave it anew on 2026-11-22 and cancelled that since"),
        ("noa", f"no seat is left to renew: it ended with the billing cycle; {billed}"),
        (
            "tim",
            "seated through blue, red, which stays: a cancel of their own would end nothing",
        ),
        # and as undoing would make it:
        ("ben", "the seat is gone"),
        ("dot", "holds a live seat already, a direct one"),
        ("pia", "the seat ends on 2026-12-01 already"),
        ("tom", "holds a live seat already, through red, blue"),
    ]


def test_who_is_seated_only_through_teams_that_go() -> None:
    org = acme().team("red").seats("nia", team="red").team("blue").seats("nia", team="blue")
    past = Past((gave_team(org, "red", "nia"), gave_team(org, "blue", "nia"), gave(org, "nia")))
    found = undone(org, FILE, EMPTY, past)
    text = "seated only through red, blue, as far as GitHub shows"
    assert untouched(found) == [("nia", text)]


def test_why_teams_are_left_as_they_are() -> None:
    org = acme().team("empty", "ann").team("gone", "gus").team("back").seats("bob", team="back")
    org.team("kept").seats("kay", "ken", team="kept").team("off", "oda").team("hidden", "hal")
    deeds = (
        took_team(org, "empty", "ann"),
        took_team(org, "gone", "gus"),
        took_team(org, "back", "bob"),
        gave_team(org, "kept", "kay", "ken"),
        gave_team(org, "off", "oda"),
        took_team(org, "hidden", "hal", overtaken="fedcba9876543210"),
    )
    number = org.team_id("gone")
    org.delete_team("gone")
    seated = frozenset({org.id("kay"), org.id("ken")})
    found = undone(org, FILE, EMPTY, Past(deeds, seated))
    assert said(found) == []
    ended = "nobody who lost a seat with it has one left to renew in this team"
    assert untouched(found) == [
        (f"team {number}", "the team no longer exists: it can't be assigned again"),
        ("team empty", f"{ended}: they ended with the billing cycle, or were given back"),
        (
            "team hidden",
            "a later apply changed it since: undo that one, plan fedcba987654",
        ),
        ("team kept", "it would take the seat of 2 people who had one before that apply, too"),
        ("team back", "assigned again already"),
        ("team off", "not assigned any more"),
    ]


def test_what_is_on_its_way() -> None:
    org = acme().seats("dot").team("old").seats("ole", team="old")
    deeds = (took(org, "dot"), took_team(org, "old", "ole"))
    known = remembered(org, in_flight={deed.target: "-1h" for deed in deeds})
    wait = "sent less than a day ago, and GitHub's list does not show it yet: undo it once it does"
    found = undone(org, FILE, known, Past(deeds))
    assert untouched(found) == [("dot", wait), ("team old", wait)]
    assert found.records.released == frozenset()
    org.seat("stray", pending=True)
    again = remembered(org, in_flight={Target(USER, Action.CREATE, org.id("stray")): "-1h"})
    found = undone(org, FILE, again, Past((took(org, "stray"),)))
    text = "sent less than a day ago, and not seen on GitHub yet"
    assert found.notices[0] == Notice("in_flight", "stray", text)


def test_who_of_a_team_that_is_given_back_does_not_get_the_seat_back() -> None:
    """Each team is looked at, and nobody is told of who holds a live seat anyway."""
    org = acme().team("gone", "gus").team("old", "moe").seat("moe", team="old", pending=True)
    org.seats("lea").member("lou").seat("pat", team="old", pending=True)
    deeds = (took_team(org, "gone", "gus"), took_team(org, "old", "moe", "lea", "lou", "pat"))
    org.delete_team("gone")
    found = undone(org, FILE, EMPTY, Past(deeds))
    assert said(found) == ["create team old: undone"]
    left = "not in team old any more, whose seats are given back"
    assert [one for one in untouched(found) if not one[0].startswith("team")] == [
        ("lou", left),
        ("pat", left),
    ]
    decisions = [one for one in found.decisions if one.resource is USER]
    assert decisions[0] == Decision(
        USER, org.id("lou"), "lou", Action.NO_OP, Reason.KEPT, Verdict.UNGOVERNED, left
    )


def test_what_is_left_stands_by_name_in_lower_case() -> None:
    org = acme().member("zoea", "zoe_acme", "Zoeb")
    logins = ("Zoeb", "zoea", "zoe_acme")
    found = undone(org, FILE, EMPTY, Past(tuple(took(org, login) for login in logins)))
    assert [subject for subject, _ in untouched(found)] == ["zoe_acme", "zoea", "Zoeb"]


def test_no_hold_begins_with_an_undo() -> None:
    org = acme().seat("ida", active="-80d").seat("stray", pending=True)
    written = file(users=["mona", "moss", "mia", "ida"], rules=[rule(idle="60d")])
    known = remembered(org)
    assert plan(org, written, known).records.holds_by_change
    found = undone(org, written, known, Past((took(org, "stray"),)))
    assert found.records.holds_by_change == {}


# --- the plan -------------------------------------------------------------------------------------


def test_the_plan_of_an_undo_says_what_it_was_made_of() -> None:
    org = acme().seat("ada").seat("stray", pending=True).team("off", "oda")
    deeds = (gave(org, "ada"), took(org, "stray"), gave(org, "ben"), took(org, "mona"))
    past = Past((*deeds, gave_team(org, "off")))
    known = remembered(org)
    found = undone(org, FILE, known, past)
    usual = plan(org, FILE, known)
    assert (found.organization, found.made_at) == (ACME, NOW)
    assert (found.path, found.config_sha256, found.ledger_head) == ("seats.yml", "0" * 64, "abc")
    assert found.observed == usual.observed
    assert found.summary == Summary(1, 1, 2, withheld=0, warn=0, unmanageable=0)
    assert (found.cost.before, found.cost.after) == (usual.cost.before, usual.cost.before)
    assert found.undoes == Undoes(past.plan_id, YESTERDAY, finished=True)
    assert [one.guard for one in found.checks] == [one.guard for one in usual.checks]
    assert found.applyable
    nothing = undone(org, FILE, known, Past((), finished=None))
    assert nothing.undoes == Undoes(past.plan_id, YESTERDAY, finished=False)
    assert not nothing.applyable
    text = "that apply did not come to its end: applying its plan file again would go on"
    assert nothing.notices[0] == Notice("unfinished", "", text)


def test_an_undo_has_a_ceiling_too() -> None:
    org = acme().seat("ada").seat("stray", pending=True)
    past = Past((gave(org, "ada"), took(org, "stray")))
    closer = look_closer(org.look(FILE), Reading(org), past)
    found = plan_undo(FILE, closer, EMPTY, past, allowed=lambda one: one.name == "ada")
    assert said(found) == ["delete user ada: undone"]
    assert [one.guard for one in found.withheld] == ["ceiling"]
    assert found.summary == Summary(0, 1, 0, withheld=1, warn=0, unmanageable=0)


def test_what_guards_and_overrides_say_is_told_of_an_undo() -> None:
    org = acme().seats(*crowd(3)).seat("ada")
    written = file(users=["mona", *crowd(3)], guarded=True, overrides=[override("last_seat")])
    found = undone(org, written, remembered(org), Past((gave(org, "ada"),)))
    assert told(found, "override_unused") == ["last_seat"]


# --- what the next plan would do ------------------------------------------------------------------


def again(plan: Plan) -> list[tuple[str, str, str]]:
    """Return what is told of the next plan: the kind, the subject and the line."""
    kinds = ("redone", "taken_later")
    return [(one.kind, one.subject, str(one.mark)) for one in plan.notices if one.kind in kinds]


def test_a_team_that_the_file_gives_or_takes_again_is_told() -> None:
    org = acme().team("new").seats("nia", team="new").team("old", "moe")
    org.seat("moe", team="old", pending=True)
    past = Past((gave_team(org, "new", "nia"), took_team(org, "old", "moe")))
    known = remembered(org, accepted={"new": ["nia"]})
    found = undone(org, file(users=["mona", "moss", "mia"], teams=["new"]), known, past)
    assert said(found) == ["create team old: undone", "delete team new: undone"]
    assert again(found) == [
        ("redone", "team old", "seats.yml:901:3"),
        ("redone", "team new", "seats.yml:1:5"),
    ]


def test_a_person_s_seat_that_a_team_of_the_file_gives_again_is_told_once() -> None:
    org = acme().team("new", "ada", "ben").seat("ada").seat("ben")
    past = Past((gave(org, "ada"), gave(org, "ben")))
    found = undone(org, file(users=["mona", "moss", "mia"], teams=["new"]), remembered(org), past)
    assert said(found) == ["delete user ada: undone", "delete user ben: undone"]
    assert again(found) == [("redone", "team new", "seats.yml:1:5")]


def test_seats_that_rules_will_take_again_are_told_in_order() -> None:
    org = acme()
    for login in ("Zoe", "abe", "una"):
        org.seat(login, active="-80d", pending=True)
    org.seat("fay", active="-80d", pending=True)
    deeds = [took(org, login, reason=Reason.IDLE) for login in ("Zoe", "fay", "abe", "una")]
    rules = [rule("few", idle="60d", users=["Zoe", "abe"]), rule("none", unused="9d")]
    written = file(users=["mona", "moss", "mia", "Zoe", "abe", "una"], rules=rules)
    known = remembered(
        org,
        holds={login: held(org, ("user", login)) for login in ("Zoe", "abe", "una")},
        cancelled=dict.fromkeys(("Zoe", "abe", "una", "fay"), "-1d"),
    )
    found = undone(org, written, known, Past(tuple(deeds)))
    later = [one for one in found.notices if one.kind == "taken_later"]
    text = "after 2027-01-21 by rule 'few', unless it is used or exempt"
    assert [(one.subject, one.text) for one in later] == [("abe", text), ("Zoe", text)]
    assert all(one.mark is not None and one.mark.line == 7 for one in later)
