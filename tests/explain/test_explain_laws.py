"""Laws of explanations over random organisations, files and memories."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from unittest import mock

import jsonschema
from hypothesis import given
from hypothesis import strategies as st
from planner import worlds
from planner.worlds import Case, examples

from reconciler.decide.decisions import Draft
from reconciler.decide.records import records_of
from reconciler.decide.state import Look
from reconciler.explain import Effect, Explanation, Membership, Remedy, explain
from reconciler.guards import class_guards
from reconciler.model.desired import (
    Exemption,
    Kind,
    Name,
    Phase,
    Reinstatement,
    SeatsFile,
    UserEntry,
    start_of,
)
from reconciler.model.diagnostics import Mark
from reconciler.model.plan import Action, Plan, Resource
from reconciler.plan.planner import make_plan
from reconciler.render.explanation import explanation_text
from reconciler.render.explanation_json import document
from reconciler.wording.reasons import person_text

SCHEMA = Path(__file__).parents[2] / "reconciler" / "schemas" / "explanation.schema.json"
VALID = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))

DAYS = ((None, None), (None, "-90d"), (None, "+12d"), ("+3d", None), ("+9d", "+40d"))
"""Entries with days that pass soon."""


@st.composite
def soon(draw: st.DrawFn) -> Case:
    """Return a case in whose file days will pass."""
    with mock.patch.object(worlds, "TERMS", DAYS):
        return draw(worlds.cases())


def looked(case: Case) -> tuple[Look, Plan]:
    observed = case.org.look(case.file, case.memory)
    return Look(case.file, observed, case.memory), make_plan(case.file, observed, case.memory)


def everybody(look: Look, plan: Plan) -> Iterable[Explanation]:
    for user_id, login in sorted(look.directory.logins.items()):
        yield explain(look, plan, user_id, login)


@given(worlds.cases(unguarded=False, shaken=True))
@examples(60)
def test_everybody_can_be_explained_and_the_answer_is_the_plans(case: Case) -> None:
    look, plan = looked(case)
    losing = {
        one
        for change in plan.changes
        if change.action is Action.DELETE
        for one in change.person_ids
    }
    for told in everybody(look, plan):
        VALID.validate(document(told))
        assert explanation_text(told, colour=False, width=80)
        assert (told.effect is Effect.LOSES) == (told.account.id in losing)
        seated = any(row.live for row in told.rows)
        assert seated or told.effect is not Effect.KEEPS
        mine = [one for one in plan.decisions if one.id == told.account.id]
        people = [one for one in mine if one.resource is Resource.USER]
        assert people in ([], [told.decision])


def remembering(look: Look) -> Look:
    """Return *look* with all that `drift` would record of it."""
    if look.memory is None:
        return look
    guards = class_guards(look)
    draft = Draft(look, frozenset(one.check.guard for one in guards if one.fires))
    records = records_of(draft)
    memory = look.memory
    holds = {one: hold for one, hold in memory.holds.items() if one not in records.released}
    warnings = {one: (*memory.warnings.get(one, ()), look.observed.now) for one in records.warned}
    return replace(
        look,
        memory=replace(
            memory,
            holds={**holds, **records.held},
            warnings={**memory.warnings, **warnings},
        ),
    )


def on_the_day(look: Look, moment: datetime) -> Look:
    """Return how things look right after *moment*, everybody included, if `drift` saw them now.

    Whoever had a row that has ended keeps the name: names decide whom a line means.
    """
    at, observed = moment + timedelta(seconds=1), look.observed
    rows = tuple(row for row in observed.rows if row.pending is None or row.pending > at.date())
    named = (row.account for row in observed.rows if row.account is not None)
    accounts = tuple(dict.fromkeys((*observed.accounts, *named)))
    then = replace(observed, now=at, rows=rows, accounts=accounts)
    return Look(look.file, then, remembering(look).memory)


def turns(file: SeatsFile) -> list[datetime]:
    """Return when entries of *file* begin and end: `drift` has looked on those days as well."""
    terms = [one.term for one in (*file.seats.teams, *file.seats.users, *file.exempt)]
    begin = [start_of(term.first) for term in terms if term.first is not None]
    return sorted({*begin, *(term.end for term in terms if term.end is not None)})


@given(soon())
@examples(100)
def test_the_tables_of_that_day_say_what_was_foretold(case: Case) -> None:
    look, plan = looked(case)
    firing = frozenset(one.check.guard for one in class_guards(look) if one.fires)
    for told in everybody(look, plan):
        then = look
        for step in told.ahead:
            for moment in turns(look.file):
                if then.observed.now < moment < step.at:
                    then = on_the_day(then, moment)
            then = on_the_day(then, step.at)
            draft = Draft(then, firing)
            answer = draft.answer(told.account.id)
            text = person_text(then, told.account.id, answer)
            assert (answer.action, answer.reason, text) == (step.action, step.reason, step.text)
            mine = [one for one in draft.changes if told.account.id in one.person_ids]
            assert (step.effect is Effect.LOSES) == any(one.action is Action.DELETE for one in mine)


NOWHERE = Mark("seats.yml", 1, 1)


def with_line(file: SeatsFile, remedy: Remedy) -> SeatsFile:
    """Return *file* with the line that *remedy* offers."""
    values = dict(remedy.entry)
    name = Name(Kind.USER, str(values["user"]), NOWHERE, values.get("id"))  # type: ignore[arg-type]
    match remedy.section:
        case "reinstate":
            entry = Reinstatement(name, values["on"])  # type: ignore[arg-type]
            return replace(file, reinstate=(*file.reinstate, entry))
        case "exempt":
            return replace(file, exempt=(*file.exempt, Exemption(name, "because")))
        case _:
            seats = replace(file.seats, users=(*file.seats.users, UserEntry(name)))
            return replace(file, seats=seats)


def offered(told: Explanation) -> list[Remedy]:
    return [] if told.withheld else [one for one in told.remedies if one.section is not None]


def with_lines(case: Case, told: Explanation, remedies: list[Remedy]) -> Explanation:
    """Return the explanation of the same person by a file with the lines of *remedies*."""
    file = case.file
    for remedy in remedies:
        file = with_line(file, remedy)
    look, plan = looked(replace(case, file=file))
    return explain(look, plan, told.account.id, told.asked)


@given(worlds.cases())
@examples(100)
def test_every_line_that_is_offered_changes_the_decision(case: Case) -> None:
    for told in everybody(*looked(case)):
        for remedy in offered(told):
            if remedy.text.endswith("too"):  # beside another line only
                continue
            then = with_lines(case, told, [remedy])
            assert (then.decision, then.effect) != (told.decision, told.effect)


def begun(told: Explanation) -> bool:
    """Tell whether no more than the lines is asked for: no earlier `from:`."""
    return all(one.phase is not Phase.NOT_BEGUN for one in told.claims)


@given(worlds.cases())
@examples(100)
def test_whoever_follows_all_that_is_offered_loses_no_seat(case: Case) -> None:
    for told in everybody(*looked(case)):
        if offered(told):
            then = with_lines(case, told, offered(told))
            if then.membership is Membership.ACTIVE and not then.withheld and begun(then):
                assert then.effect not in (Effect.LOSES, Effect.ENDS)
