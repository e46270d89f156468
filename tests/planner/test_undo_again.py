"""What is told of the next plan when something is undone: what it would do again, and what not."""

from __future__ import annotations

from reconciler.model.memory import Target
from reconciler.model.plan import Action, Plan, Reason, Resource

from .build import each, file, rule, said, user
from .github_model import EMPTY
from .test_undo import FILE, Past, acme, gave, gave_team, took, took_team, undone, why
from .world import held, remembered

THREE = ("mona", "moss", "mia")


def again(plan: Plan) -> list[tuple[str, str]]:
    return [(one.subject, one.text) for one in plan.notices if one.kind == "redone"]


def later(plan: Plan) -> list[str]:
    return [one.subject for one in plan.notices if one.kind == "taken_later"]


# --- done again -----------------------------------------------------------------------------------


def test_a_team_with_which_nobody_loses_a_seat_is_told_all_the_same() -> None:
    org = acme().team("new", "mona")
    known = remembered(org, accepted={"new": ["mona"]})
    found = undone(org, file(users=THREE, teams=["new"]), known, Past((gave_team(org, "new"),)))
    assert said(found) == ["delete team new: undone"]
    text = "create declared: declared with 1 member, and not assigned on GitHub"
    assert again(found) == [("team new", text)]


def test_everybody_whom_the_team_would_seat_again_is_counted() -> None:
    org = acme().team("old", "moe", "max", "mona").seat("moe", team="old", pending=True).nobody()
    found = undone(org, FILE, EMPTY, Past((took_team(org, "old", "moe"),)))
    assert said(found) == ["create team old: undone"]
    text = "delete undeclared: claimed by no line; 2 people lose a seat"
    assert again(found) == [("team old", text)]


def test_whose_hold_ended_with_the_undo_gets_a_seat_of_their_own_again() -> None:
    org = acme().team("old", "moe").seat("moe", team="old", pending=True)
    known = remembered(org, holds={"moe": held(org, ("user", "moe"))})
    past = Past((took_team(org, "old", "moe"),))
    found = undone(org, file(users=[*THREE, "moe"]), known, past)
    text = "delete undeclared: claimed by no line; 0 people lose a seat"
    assert again(found) == [("team old", text)]


def test_all_lines_that_say_so_are_listed() -> None:
    org = acme().seat("ada").team("data", "ada").nobody()
    written = file(users=[*THREE, "ada"], teams=[each("data")], everyone=True)
    ((subject, text),) = again(undone(org, written, EMPTY, Past((gave(org, "ada"),))))
    assert subject == "ada"
    assert text.endswith("; see also seats.yml:1:5, seats.yml:900:3")


def test_what_was_on_its_way_before_is_no_reason_to_keep_silent() -> None:
    org = acme().seat("stray", pending=True)
    sent = {Target(Resource.USER, Action.DELETE, org.id("stray")): "-1h"}
    found = undone(org, FILE, remembered(org, in_flight=sent), Past((took(org, "stray"),)))
    assert [subject for subject, _ in again(found)] == ["stray"]


def test_an_idle_seat_that_is_taken_again_is_not_given_a_third_time() -> None:
    org = acme().seat("ada", active="-80d")
    written = file(users=[*THREE, "ada"], rules=[rule(idle="60d")])
    found = undone(org, written, remembered(org), Past((gave(org, "ada"),)))
    assert said(found) == ["delete user ada: undone"]
    assert again(found) == []
    busy = file(users=[*THREE, "ada"], rules=[rule(idle="90d")])
    found = undone(org, busy, remembered(org), Past((gave(org, "ada"),)))
    text = "create renew: has an entry, and pending cancellation on 2026-12-01"
    assert again(found) == [("ada", text)]


def test_what_is_done_again_only_if_github_hides_a_row_is_told_with_that() -> None:
    """Whose entry is yet to begin keeps the team that shows them, and it may show one or both."""
    org = acme().team("old", "ada", "moe").team("new", "moe").nobody()
    org.seat("ada", team="old", pending=True).seat("moe", team="new")
    written = file(users=[*THREE, user("moe", since="2027-01-01")])
    found = undone(org, written, EMPTY, Past((took_team(org, "old", "ada"),)))
    assert said(found) == ["create team old: undone"]
    ((subject, text),) = again(found)
    assert subject == "team old"
    assert text.startswith("delete undeclared (if GitHub shows one seat a person): ")


# --- taken later ----------------------------------------------------------------------------------


def test_whom_a_team_seats_as_well_no_rule_takes_the_seat_of() -> None:
    org = acme().team("web", "ida").seat("ida", active="-80d", pending=True)
    past = Past((took(org, "ida", reason=Reason.IDLE),))
    known = remembered(org, holds={"ida": held(org, ("user", "ida"))})
    rules = [rule(idle="60d")]
    alone = file(users=[*THREE, "ida"], rules=rules)
    assert later(undone(org, alone, known, past)) == ["ida"]
    beside = file(users=[*THREE, "ida"], teams=["web"], rules=rules)
    assert later(undone(org, beside, known, past)) == []


def test_those_a_rule_will_take_from_stand_by_name_in_lower_case() -> None:
    org = acme()
    for login in ("zoea", "zoe_acme"):
        org.seat(login, active="-80d", pending=True)
    past = Past(tuple(took(org, login) for login in ("zoea", "zoe_acme")))
    written = file(users=[*THREE, "zoea", "zoe_acme"], rules=[rule(idle="60d")])
    assert later(undone(org, written, remembered(org), past)) == ["zoe_acme", "zoea"]


# --- seats beside teams ---------------------------------------------------------------------------


def test_a_team_that_a_later_apply_changed_stays_for_a_direct_seat_too() -> None:
    org = acme().team("new").seats("nia", team="new").seat("nia")
    deeds = (gave_team(org, "new", "nia", overtaken="fedcba9876543210"), gave(org, "nia"))
    found = undone(org, FILE, EMPTY, Past(deeds))
    assert said(found) == []
    assert why(found, "nia").startswith("seated through new, which stays")


def test_a_team_that_no_row_shows_and_that_github_has_seats_people_too() -> None:
    org = acme().team("docs", "ada").seat("ada")
    written = file(users=THREE, teams=["docs"])
    known = remembered(org, accepted={"docs": ["ada"]})
    found = undone(org, written, known, Past((gave(org, "ada"),)))
    assert said(found) == []
    assert why(found, "ada").startswith("seated through docs, which stays")
    (left,) = [one for one in found.decisions if one.resource is Resource.USER]
    assert (left.id, left.name) == (org.id("ada"), "ada")
