"""Redaction: nobody is left in a plan, and everything that can be counted is."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from render_hostile import plans
from render_samples import BASE, PLANS, SEATS, guarded, medium, plan, proposed, small, user

from reconciler import planfile
from reconciler.changes import Action, Change, Check, Notice, Plan, Reason, Records, Status
from reconciler.render.markdown import plan_markdown
from reconciler.render.redact import HIDDEN, redact
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
    assert notice.text == f"{change.name} is idle"
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
    made = user(1, Action.DELETE, Reason.IDLE, "idle 40 days, id 1001 (seats.yml:14:7)")
    (change,) = redact(plan((made,))).changes

    assert change.text == f"idle 40 days, id {HIDDEN} (seats.yml)"


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
    pseudonyms = [decision.name for decision in redact(made).decisions[:40]]

    assert [decision.name for decision in made.decisions[:40]] == [c.name for c in made.changes]
    assert pseudonyms != sorted(pseudonyms)
    assert sorted(pseudonyms) == [change.name for change in redact(made).changes]


@given(plans())
@settings(max_examples=60, deadline=None)
def test_no_field_keeps_a_name_whatever_the_names(made: Plan) -> None:
    shown = redact(made)
    guards = {check.guard.lower() for check in made.checks}
    for name in names_in(shown) - {notice.subject for notice in shown.notices}:
        assert re.fullmatch(r"(user|team)-\d+", name)
    for notice in shown.notices:
        assert re.fullmatch(r"(user|team)-\d+|", notice.subject) or notice.subject.lower() in guards
