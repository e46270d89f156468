"""Look ahead: what will be decided of one person, and when, if nobody does anything.

The days to come are not calculated here. At every moment at which something could change the same
tables decide as they will on that day, and what they say is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property

from reconciler.decide.decisions import Draft
from reconciler.decide.inactivity import FORGOTTEN_AFTER
from reconciler.decide.records import records_of
from reconciler.decide.state import Look
from reconciler.decide.tables import Answer
from reconciler.explain.claims import team_claims_on
from reconciler.explain.effect import effect_of
from reconciler.explain.model import Step
from reconciler.guards import Guard
from reconciler.model.desired import Term, start_of
from reconciler.model.diagnostics import Mark
from reconciler.model.memory import Memory
from reconciler.model.observed import Account, Observed
from reconciler.model.plan import Change, Verdict
from reconciler.plan.notices import at_risk
from reconciler.wording.reasons import person_text

_MOST = 24
"""Moments to look at, at most: few have more than five."""

_MOMENT_AFTER = timedelta(seconds=1)
"""A seat is idle when *more than* the threshold has passed."""


@dataclass(frozen=True, slots=True)
class _Turn:
    """A moment at which something could change, and what happens then."""

    at: datetime
    cause: str = ""
    mark: Mark | None = None


@dataclass(frozen=True)
class _Scene:
    """What the tables say of one person at one moment."""

    look: Look
    user_id: int
    guards: tuple[Guard, ...]

    @cached_property
    def draft(self) -> Draft:
        firing = (guard.check.guard for guard in self.guards if guard.fires)
        return Draft(self.look, frozenset(firing))

    @cached_property
    def answer(self) -> Answer:
        return self.draft.answer(self.user_id)

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """The changes that give this person a seat or take it."""
        return tuple(one for one in self.draft.changes if self.user_id in one.person_ids)

    @property
    def verdict(self) -> Verdict:
        judgement = self.look.judgements.get(self.user_id)
        return judgement.verdict if judgement is not None else Verdict.UNGOVERNED

    @property
    def telling(self) -> tuple[object, ...]:
        """What must differ from the scene before for a step to be worth telling."""
        at_risk_now = at_risk(self.look, self.user_id, self.answer)
        verdict = self.verdict if at_risk_now else None
        changes = tuple((change.address, change.action) for change in self.changes)
        return (
            self.answer.action,
            self.answer.reason,
            verdict,
            changes,
            self.user_id in self.look.seats,
        )


def ahead(look: Look, guards: Iterable[Guard], user_id: int) -> tuple[Step, ...]:
    """Return what will change by itself for a person, until a seat is given or taken.

    *guards* are those of today that know before any decision: they are taken to stand as they do.
    `drift` is taken to look whenever something changes: it warns, and remembers.
    """
    observed = _nearby(look, user_id)
    scene = _Scene(replace(look, observed=observed), user_id, tuple(guards))
    steps: list[Step] = []
    for _ in range(_MOST):
        turn = min(_turns(scene.look, user_id), key=lambda one: one.at, default=None)
        if scene.changes or turn is None:
            break
        then = _then(scene, turn)
        if then.telling != scene.telling:
            steps.append(_step(then, turn))
        scene = then
    return tuple(steps)


def _then(scene: _Scene, turn: _Turn) -> _Scene:
    """Return the scene right after *turn*, without the rows that have ended by then."""
    observed, at = scene.look.observed, turn.at + _MOMENT_AFTER
    rows = tuple(row for row in observed.rows if row.pending is None or row.pending > at.date())
    look = Look(scene.look.file, replace(observed, now=at, rows=rows), _having_looked(scene))
    return replace(scene, look=look)


def _having_looked(scene: _Scene) -> Memory | None:
    """Return the memory after `drift` has looked: whom it warned, and which holds begin or end."""
    memory, user_id = scene.look.memory, scene.user_id
    if memory is None:
        return None
    records = records_of(scene.draft)
    holds = {one: hold for one, hold in memory.holds.items() if one not in records.released}
    warnings = dict(memory.warnings)
    if user_id in records.warned:
        warnings[user_id] = (*warnings.get(user_id, ()), scene.look.observed.now)
    return replace(memory, holds={**holds, **records.held}, warnings=warnings)


def _step(scene: _Scene, turn: _Turn) -> Step:
    answer = scene.answer
    return Step(
        at=turn.at,
        cause=turn.cause,
        effect=effect_of(scene.look, scene.changes, scene.user_id),
        action=answer.action,
        reason=answer.reason,
        verdict=scene.verdict,
        text=person_text(scene.look, scene.user_id, answer),
        withheld_by=tuple(
            guard.check.guard
            for guard in scene.guards
            if guard.fires and any(guard.blocks(change) for change in scene.changes)
        ),
        mark=turn.mark,
    )


# --- moments ----------------------------------------------------------------------------------


def _turns(look: Look, user_id: int) -> Iterator[_Turn]:
    """Yield the moments to come at which something could change for the person."""
    for turn in (*_days(look, user_id), *_thresholds(look, user_id)):
        if turn.at + _MOMENT_AFTER > look.observed.now:
            yield turn


def _days(look: Look, user_id: int) -> Iterator[_Turn]:
    """Yield the days that the file and GitHub name."""
    for claim in look.claims.people.get(user_id, ()):
        yield from _ends(claim.term, "the entry", claim.mark)
    for _, team in team_claims_on(look, user_id):
        yield from _ends(team.entry.term, "the team's entry", team.mark)
    for exemption in look.file.exempt:
        if user_id in look.names.people(exemption.name):
            yield from _ends(exemption.term, "the exemption", exemption.name.mark)
    for entry in look.file.reinstate:
        if user_id in look.names.of(entry.name).ids:
            yield _Turn(start_of(entry.on), "the reinstatement counts", entry.name.mark)
    seat = look.seats.get(user_id)
    if seat is not None and seat.pending_on is not None:
        yield _Turn(start_of(seat.pending_on), "GitHub ends the seat")


def _ends(term: Term, what: str, mark: Mark) -> Iterator[_Turn]:
    if term.first is not None:
        yield _Turn(start_of(term.first), f"{what} begins", mark)
    if term.end is not None:
        yield _Turn(term.end, f"{what} ends", mark)


def _thresholds(look: Look, user_id: int) -> Iterator[_Turn]:
    """Yield the moments at which the governing rule could say something else."""
    judgement, seat = look.judgements.get(user_id), look.seats.get(user_id)
    if judgement is None or seat is None:
        return
    if judgement.activity is None:
        yield _Turn(seat.created_at + FORGOTTEN_AFTER)
    threshold = judgement.threshold
    if threshold is None:
        return
    if judgement.due is not None and not judgement.cancels:
        yield _Turn(judgement.due, mark=threshold.mark)
    yield _Turn(judgement.clock + threshold.cancel, mark=threshold.mark)
    if threshold.warn is not None:
        yield _Turn(judgement.clock + threshold.warn, mark=threshold.mark)
    if seat.last_authenticated_at is not None:
        yield _Turn(seat.last_authenticated_at + threshold.cancel, mark=threshold.mark)


# --- only those who matter --------------------------------------------------------------------


def _nearby(look: Look, user_id: int) -> Observed:
    """Return the observation with none but those who can matter for the person.

    Those are all who are tied to the person through teams. All others keep their names, since
    names decide whom a line means.
    """
    observed = look.observed
    people = _tied_to(look, user_id)
    teams = observed.team_members
    members = observed.members
    return replace(
        observed,
        rows=tuple(row for one in sorted(people) for row in look.rows_by_person.get(one, ())),
        team_members={one: _among(people, teams[one]) for one in teams},
        members=None if members is None else _among(people, members),
        accounts=tuple(dict.fromkeys(_everybody(observed))),
    )


def _tied_to(look: Look, user_id: int) -> set[int]:
    people, teams, new = {user_id}, set[int](), {user_id}
    while new:
        found = {team_id for one in new for team_id in _teams_of(look, one)} - teams
        teams |= found
        new = {one for team_id in found for one in _people_of(look, team_id)} - people
        people |= new
    return people


def _among(people: set[int], accounts: Iterable[Account]) -> tuple[Account, ...]:
    return tuple(account for account in accounts if account.id in people)


def _everybody(observed: Observed) -> Iterator[Account]:
    """Yield everybody seen, the surest source of a login last."""
    yield from (row.account for row in observed.rows if row.account is not None)
    yield from (one for members in observed.team_members.values() for one in members)
    yield from observed.accounts
    yield from observed.members or ()


def _teams_of(look: Look, user_id: int) -> Iterator[int]:
    yield from look.claims.covered.get(user_id, ())
    yield from look.claims.to_come.get(user_id, ())
    for row in look.rows_by_person.get(user_id, ()):
        if row.team is not None and row.team.ours:
            yield row.team.id


def _people_of(look: Look, team_id: int) -> Iterator[int]:
    yield from (member.id for member in look.directory.members_of(team_id))
    for row in look.rows_by_team.get(team_id, ()):
        if row.account is not None:
            yield row.account.id
