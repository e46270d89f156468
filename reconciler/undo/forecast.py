"""What the next plan would do to what an undo did, as long as the file says what it says.

The undo is played on what was observed and is remembered, and the file is planned on the outcome:
that is the next plan, as far as one can know it today.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from reconciler.decide.state import Look
from reconciler.model.desired import SeatsFile
from reconciler.model.memory import Memory
from reconciler.model.observed import Account, Observed, Row, Team
from reconciler.model.plan import Action, Change, Notice, Plan, Resource
from reconciler.plan.notices import at_risk
from reconciler.plan.planner import make_plan
from reconciler.wording.units import day_of

REDONE = "redone"
TAKEN_LATER = "taken_later"

_HIDDEN = " (if GitHub shows one seat a person)"


def redone(
    file: SeatsFile, observed: Observed, memory: Memory, undo: Iterable[Change]
) -> tuple[Notice, ...]:
    """Tell what of *undo* the next plan would reverse, with the lines of the file that say so."""
    changes = tuple(undo)
    if not changes:
        return ()
    played = _played(observed, memory, changes)
    plan = make_plan(file, played.observed, played.memory)
    told: set[str] = set()
    found = [*_reversals(plan, changes, told)]
    seen = {played.observed.rows}
    for moves in _ONE_ROW:
        other = _played(observed, memory, changes, moves)
        if other.observed.rows not in seen:
            seen.add(other.observed.rows)
            again = make_plan(file, other.observed, other.memory)
            found += _reversals(again, changes, told, _HIDDEN)
    return (*found, *_later(file, played, plan, changes))


def _reversals(
    plan: Plan, changes: Iterable[Change], told: set[str], condition: str = ""
) -> Iterator[Notice]:
    """Tell what *plan* reverses of *changes*, but for the addresses *told* already."""
    again = (*plan.changes, *(held.change for held in plan.withheld))
    for change in changes:
        for one in again:
            if one.address in told or not _reverses(one, change):
                continue
            told.add(one.address)
            first, *more = one.provenance or (None,)
            also = f"; see also {', '.join(map(str, more))}" if more else ""
            text = f"{one.action} {one.reason}{condition}: {one.text}{also}"
            yield Notice(REDONE, _subject(one), text, first)


def _reverses(one: Change, change: Change) -> bool:
    if one.action is change.action:
        return False
    same = (one.resource, one.id) == (change.resource, change.id)
    return same or not one.person_ids.isdisjoint(change.person_ids)


def _later(
    file: SeatsFile, played: _Played, plan: Plan, changes: Iterable[Change]
) -> Iterator[Notice]:
    """Tell when a rule would take a seat back again that is given back now."""
    look = Look(file, played.observed, played.memory)
    given = {one for change in changes if change.action is Action.CREATE for one in change.people}
    decided = {one.id: one for one in plan.decisions if one.resource is Resource.USER}
    for person in sorted(given, key=lambda one: one.login.lower()):
        decision, judgement = decided.get(person.id), look.judgements.get(person.id)
        if decision is None or not at_risk(look, person.id, decision):
            continue
        if judgement is None or judgement.due is None or judgement.threshold is None:
            continue
        rule = judgement.rule.name if judgement.rule is not None else ""
        text = f"after {day_of(judgement.due)} by rule {rule!r}, unless it is used or exempt"
        yield Notice(TAKEN_LATER, person.login, text, judgement.threshold.mark)


def _subject(change: Change) -> str:
    return f"team {change.name}" if change.resource is Resource.TEAM else change.name


# --- playing it ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Played:
    observed: Observed
    memory: Memory


_Moves = Callable[[Row, Team], bool]
"""Tells whether the only row of a person shows the team that is given back, instead of the rest."""

_ONE_ROW: tuple[_Moves, ...] = (
    lambda _row, _team: False,
    lambda row, _team: row.direct,
    lambda row, team: row.team is None or team.id < row.team.id,
    lambda _row, _team: True,
)
"""What GitHub may show of a person who has several seats: the first, a team, the lowest, the last.

Which it is can decide whether a team is seen at all, and who seems to need it.
"""


def _played(
    observed: Observed, memory: Memory, changes: Iterable[Change], moves: _Moves | None = None
) -> _Played:
    """Return the organisation and the memory as they are once *changes* are done.

    Nobody knows whether GitHub shows every row of a person, or one only that *moves*.
    """
    rows, creates = list(observed.rows), dict(memory.creates)
    holds, accepted = dict(memory.holds), dict(memory.accepted)
    for change in changes:
        gives = change.action is Action.CREATE
        rows = _given(rows, observed, change, moves) if gives else _taken(rows, observed, change)
        for user_id in change.person_ids if gives else ():
            creates[user_id] = observed.now
            holds.pop(user_id, None)
        if change.resource is Resource.TEAM:
            accepted.pop(change.id, None)  # rows that name it are a newer word
    after = replace(memory, creates=creates, holds=holds, accepted=accepted, in_flight={})
    return _Played(replace(observed, rows=tuple(rows)), after)


def _given(rows: list[Row], observed: Observed, change: Change, moves: _Moves | None) -> list[Row]:
    """Let everybody whom *change* reaches have a live row, directly or through the team.

    That are a team's members with another seat, too; with one row a person, *moves* tells whose.
    """
    team = _team(observed, change)
    newest = _newest_rows(rows)
    reached = {person.id: Account(person.id, person.login) for person in change.people}
    if team is not None:
        reached |= {one.id: one for one in observed.team_members.get(team.id, ())}
    if moves is not None:
        seated = {_of(row): row for row in rows if row.live}
        stay = {one for one, row in seated.items() if team is None or not moves(row, team)}
        reached = {one: account for one, account in reached.items() if one not in stay}
    given = [
        replace(newest.get(one) or Row(account, observed.now), team=team, pending=None)
        for one, account in reached.items()
    ]
    every = moves is None
    kept = (row for row in rows if _of(row) not in reached or (every and row.live))
    return [*kept, *given]


def _taken(rows: list[Row], observed: Observed, change: Change) -> list[Row]:
    """Let the rows of *change* be pending: a person's direct one, or all that name the team."""
    until = _next_cycle(observed.today)
    user = change.resource is Resource.USER

    def ends(row: Row) -> bool:
        if user:
            return _of(row) == change.id and row.direct
        return row.team is not None and row.team.id == change.id and row.team.ours

    return [replace(row, pending=until) if row.live and ends(row) else row for row in rows]


def _team(observed: Observed, change: Change) -> Team | None:
    """Return the team that is given back: only one that still exists is."""
    if change.resource is Resource.USER:
        return None
    return next(team for team in observed.teams if team.id == change.id)


def _newest_rows(rows: Iterable[Row]) -> Mapping[int, Row]:
    """Return each person's row that was given last."""
    ordered = sorted(rows, key=lambda row: row.created_at)
    return {row.account.id: row for row in ordered if row.account is not None}


def _of(row: Row) -> int | None:
    return row.account.id if row.account is not None else None


def _next_cycle(today: date) -> date:
    """Return the first day of the next month, when GitHub's next billing cycle begins."""
    return (today.replace(day=1) + timedelta(days=31)).replace(day=1)
