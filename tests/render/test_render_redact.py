"""Redaction: nobody is left in a plan, and everything that can be counted is."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from render_hostile import plans
from render_samples import BASE, PLANS, SEATS, guarded, medium, plan, proposed, small, user

from reconciler import planfile
from reconciler.model.diagnostics import Mark
from reconciler.model.plan import (
    Action,
    Change,
    Check,
    Notice,
    Plan,
    Reason,
    Records,
    Resource,
    Status,
)
from reconciler.render.markdown import plan_markdown
from reconciler.render.redact import HIDDEN, Cloak, redact
from reconciler.render.text import plan_text

every_plan = pytest.mark.parametrize("made", list(PLANS.values()), ids=list(PLANS))


def changes_in(made: Plan) -> list[Change]:
    averted = made.parts.averted if made.parts is not None else ()
    return [*made.changes, *(held.change for held in made.withheld), *averted]


def names_in(made: Plan) -> set[str]:
    guards = {check.guard for check in made.checks}
    return {
        *(change.name for change in changes_in(made)),
        *(person.login for change in changes_in(made) for person in change.people),
        *(decision.name for decision in made.decisions),
        *(notice.subject for notice in made.notices if notice.subject not in {"", *guards}),
    }


def outputs(made: Plan) -> list[str]:
    return [planfile.dumps(made), plan_text(made, colour=False), plan_markdown(made)]


@every_plan
def test_no_name_is_left_in_any_output(made: Callable[[], Plan]) -> None:
    known = {name.lower() for name in names_in(made())}
    for output in outputs(redact(made())):
        assert known.isdisjoint(re.findall(r"[\w-]+", output.lower()))


@every_plan
def test_no_id_of_a_person_or_team_is_left(made: Callable[[], Plan]) -> None:
    ids = {person.id for change in changes_in(made()) for person in change.people}
    shown = redact(made())
    left = {change.id for change in changes_in(shown)} | {
        person.id for change in changes_in(shown) for person in change.people
    }

    assert max(left, default=0) <= len(names_in(made()))
    assert ids.isdisjoint(map(int, re.findall(r'_ids?": (\d+)', planfile.dumps(shown))))
    assert ids.isdisjoint(decision.id for decision in shown.decisions)


def kinds(changes: Iterable[Change]) -> Counter[object]:
    return Counter((c.action, c.resource, c.reason, len(c.person_ids)) for c in changes)


@every_plan
def test_numbers_and_the_order_of_execution_stay(made: Callable[[], Plan]) -> None:
    told, shown = made(), redact(made())

    assert (shown.summary, shown.cost) == (told.summary, told.cost)
    assert kinds(shown.changes) == kinds(told.changes)
    assert kinds(changes_in(shown)) == kinds(changes_in(told))
    assert [(c.action, c.resource) for c in shown.changes] == [
        (c.action, c.resource) for c in told.changes
    ]
    assert [(c.guard, c.status) for c in shown.checks] == [(c.guard, c.status) for c in told.checks]
    assert [held.guard for held in shown.withheld] == [held.guard for held in told.withheld]
    assert [notice.kind for notice in shown.notices] == [notice.kind for notice in told.notices]


def test_one_person_is_one_pseudonym_throughout() -> None:
    both = Notice("warn", "BERT-archer", "Bert-Archer is idle")
    shown = redact(plan((user(1, Action.DELETE, Reason.IDLE),), notices=(both,)))
    (change,), (notice,) = shown.changes, shown.notices

    assert change.name == notice.subject == change.people[0].login
    assert notice.text == "warned by a rule"
    assert re.fullmatch(r"user-\d+", change.name)


def test_dependencies_lead_to_the_same_changes() -> None:
    made = medium()
    shown = redact(made)
    (waits,) = [change for change in shown.changes if change.depends_on]
    (awaited,) = [change for change in shown.changes if change.address in waits.depends_on]

    assert waits.resource == "copilot_seat_team"
    assert (awaited.action, awaited.reason) == (Action.CREATE, Reason.DECLARED)


def test_what_a_withheld_change_waits_for_is_told_by_pseudonym() -> None:
    text = redact(guarded()).withheld[0].text

    assert re.fullmatch(r"waits for copilot_seat_user\.user-\d+", text)


def test_an_address_that_nothing_else_names_is_hidden() -> None:
    made = guarded()
    odd = replace(made.withheld[0], text="waits for copilot_seat_user.zoe and copilot_seat_team.x")
    (held,) = redact(replace(made, withheld=(odd,))).withheld

    assert held.text == "waits for copilot_seat_user.hidden and copilot_seat_team.hidden"


def test_texts_that_quote_the_file_or_github_are_hidden() -> None:
    check = Check("unknown_user", Status.FAIL, "1 claimed login not on GitHub: zoe (seats.yml:3)")
    notices = (Notice("exempt", "lisa", "exempt from every rule: parental leave of Zoe"),)
    made = replace(guarded(), notices=notices, checks=(check, *guarded().checks))
    shown = redact(made)

    for output in outputs(shown):
        assert "zoe" not in output.lower()
        assert "parental" not in output
        assert "Validation Failed" not in output
    assert shown.checks[0].detail == HIDDEN


def test_lines_of_the_seats_file_are_hidden_and_those_of_policies_are_not() -> None:
    for output in outputs(redact(medium())):
        assert not re.search(rf"{re.escape(SEATS)}:\d", output)
    assert "policies/standard.yml:8" in plan_text(redact(medium()), colour=False)


def test_lines_of_the_base_file_are_hidden_too() -> None:
    assert f"{BASE}:41" in plan_text(proposed(), colour=False)
    for output in outputs(redact(proposed())):
        assert BASE in output
        assert not re.search(rf"{re.escape(BASE)}:\d", output)


def test_the_parts_of_a_plan_keep_their_changes() -> None:
    told, shown = proposed(), redact(proposed())
    assert told.parts is not None
    assert shown.parts is not None
    for before, after in zip(
        told.parts.split(told.changes), shown.parts.split(shown.changes), strict=True
    ):
        assert kinds(before) == kinds(after)
    assert kinds(told.parts.averted) == kinds(shown.parts.averted)


def test_texts_lose_lines_and_ids() -> None:
    said = "wait for id 1001 (seats.yml:14:7)"
    check = Check("row_count", Status.FAIL, said, said)
    (shown,) = redact(plan(checks=(check,))).checks

    assert shown.detail == shown.way_out == f"wait for id {HIDDEN} (seats.yml)"


_DAYS = re.compile(r"\d{4}-\d{2}-\d{2}|\b\d+ (?:day|hour)s?\b")


def days_in(text: str) -> set[str]:
    return set(_DAYS.findall(text))


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (Reason.IDLE, "idle for 82 days (last active 2026-08-27); rule 'everyone' allows 30 days"),
        (
            Reason.IDLE,
            "idle for 82 days (given 2026-01-20, never used since); rule 'everyone' allows 30 days",
        ),
        (Reason.UNUSED, "never used in 82 days (given 2026-01-20); rule 'it' allows 30 days"),
        (Reason.IDLE, "idle for 82 days (last active 2026-08-27), in words of tomorrow"),
    ],
)
def test_no_day_of_a_person_is_told_and_the_rule_is(reason: Reason, said: str) -> None:
    warn = (
        "idle for 41 days (last active 2026-10-12); to be taken back after 2026-12-01 by rule 'x'"
    )
    made = plan((user(1, Action.DELETE, reason, said),), notices=(Notice("warn", "zoe", warn),))
    shown = redact(made)

    told = [shown.changes[0].text, shown.notices[0].text]
    assert days_in(" ".join(told)) <= {"30 days"}
    assert told[1] == "warned by rule 'x'"
    if "rule" in said:
        assert told[0] == f"{reason}; rule 'everyone' takes a seat back after 30 days"
    for output in outputs(shown):
        assert days_in(output) & {"82 days", "41 days", "2026-08-27", "2026-01-20"} == set()


@every_plan
def test_every_list_is_in_the_order_of_pseudonyms(made: Callable[[], Plan]) -> None:
    shown = redact(made())
    runs: dict[tuple[object, ...], list[str]] = {}
    for held in shown.withheld:
        kind = (held.guard, held.change.action, held.change.resource)
        runs.setdefault(kind, []).append(held.change.name)
    for notice in shown.notices:
        runs.setdefault((notice.kind,), []).append(notice.subject)
    for change in changes_in(shown):
        runs[change.id, "people"] = [person.login for person in change.people]
    guards = {check.guard for check in made().checks}
    for kind, names in runs.items():
        people = [name for name in names if name not in guards]
        assert people == sorted(people), kind


def test_the_next_plan_has_other_pseudonyms() -> None:
    first = plan(tuple(user(n, Action.DELETE, Reason.IDLE) for n in range(40)))
    later = replace(first, made_at=first.made_at + timedelta(days=1))
    seen = [Cloak.over(one).numbers for one in (first, later)]

    assert seen[0].keys() == seen[1].keys()
    assert seen[0] != seen[1]


def test_the_line_of_a_rule_stays_where_the_rule_stands_in_the_seats_file() -> None:
    rule, claim = Mark(SEATS, 20, 7), Mark(SEATS, 31, 7)
    made = replace(user(1, Action.DELETE, Reason.IDLE), provenance=(rule, claim))
    claimed = replace(user(2, Action.DELETE, Reason.EXPIRED), provenance=(claim,))
    shown = redact(plan((made, claimed), notices=(Notice("warn", "zoe", "idle", rule),)))

    assert {change.reason: change.provenance for change in shown.changes} == {
        Reason.IDLE: (rule,),
        Reason.EXPIRED: (),
    }
    assert shown.notices[0].mark == rule


def test_times_of_people_and_what_the_ledger_would_remember_are_gone() -> None:
    made = replace(small(), records=Records(warned=frozenset({7})))
    shown = redact(made)

    assert shown.records == Records()
    assert {(p.created_at, p.last_activity_at) for c in shown.changes for p in c.people} == {
        (None, None)
    }
    assert shown.observed.sha256 == ""


def test_a_redacted_plan_is_stable_and_can_not_be_applied() -> None:
    assert redact(medium()) == redact(medium())
    assert redact(medium()).applyable is False
    assert json.loads(planfile.dumps(redact(medium())))["applyable"] is False


def test_the_order_of_pseudonyms_tells_no_alphabet() -> None:
    made = plan(tuple(user(n, Action.DELETE, Reason.IDLE) for n in range(40)))
    logins = sorted(change.name for change in made.changes)
    numbers = Cloak.over(made).numbers
    pseudonyms = [numbers[Resource.USER, login.lower()] for login in logins]

    assert pseudonyms != sorted(pseudonyms)
    assert pseudonyms != sorted(pseudonyms, reverse=True)


@given(plans())
@settings(max_examples=60, deadline=None)
def test_no_field_keeps_a_name_whatever_the_names(made: Plan) -> None:
    shown = redact(made)
    guards = {check.guard.lower() for check in made.checks}
    for name in names_in(shown) - {notice.subject for notice in shown.notices}:
        assert re.fullmatch(r"(user|team)-\d+", name)
    for notice in shown.notices:
        assert re.fullmatch(r"(user|team)-\d+|", notice.subject) or notice.subject.lower() in guards
