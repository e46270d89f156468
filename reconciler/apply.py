"""Carry out a plan: what was reviewed is the ceiling, what is true now decides.

Apply plans again on a fresh reading and does what both plans say, creates before deletes, serially,
in batches, and reads back what became of it. It touches the world through three small protocols:
a planner, a writer of seats and a journal.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from reconciler.changes import Action, Change, Outcome, Plan, Report, Resource, Result
from reconciler.confirm import confirmed
from reconciler.errors import (
    GitHubError,
    LedgerError,
    NotFound,
    NotSent,
    Refused,
    Unreachable,
)
from reconciler.memory import Target
from reconciler.model import Observed, Row
from reconciler.plan import CEILING
from reconciler.planfile import PlannedChange
from reconciler.words import plural

BATCH = 50
"""Seats or teams in one request; GitHub documents no limit."""

STALE_AFTER = 60.0
"""Seconds after which the people of a batch of deletes are read again before it is sent."""

_PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)


@dataclass(frozen=True, slots=True)
class Replanned:
    """A plan together with the reading it was made on."""

    plan: Plan
    observed: Observed


class Planner(Protocol):
    """Plans again under the ceiling."""

    def recheck(self, changes: Sequence[Change], refused: Collection[Target] = ()) -> Replanned:
        """Read anew the people of *changes*, or the whole list if that is less work, and plan.

        Where GitHub has *refused* something the whole list is read, and guards count without that.
        """

    def rows(self) -> tuple[Row, ...]:
        """Read the seat list anew."""

    def alias(self, change: Change) -> str | None:
        """Return the team's display name if it is another word than its slug, and no other's."""


class SeatWriter(Protocol):
    """The four operations that change seats; none of them repeats a request by itself."""

    def ready(self) -> None:
        """Wait until another request may be sent."""

    def again(self, error: GitHubError) -> bool:
        """Wait as *error* asks, if the request certainly did nothing; tell whether to go on."""

    def create_users(self, logins: Sequence[str]) -> int: ...

    def delete_users(self, logins: Sequence[str]) -> int: ...

    def create_teams(self, slugs: Sequence[str]) -> int: ...

    def delete_teams(self, slugs: Sequence[str]) -> int: ...


@dataclass(frozen=True, slots=True)
class Answered:
    """A change with what became of it; `signature` belongs to a refusal that stood alone."""

    change: Change
    outcome: Outcome
    signature: str | None = None


class Journal(Protocol):
    """Where every step is written down before and after it is taken."""

    def intend(self, changes: Sequence[Change], now: Replanned) -> None:
        """Write that *changes* are about to be sent; nothing is sent unless this returns."""

    def answer(self, answers: Sequence[Answered], at: datetime) -> None:
        """Write what became of changes."""


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The most that may be done: the changes of a reviewed plan.

    `earlier` are the targets that an unfinished run of the same plan has sent already.
    """

    plan_id: str
    changes: tuple[PlannedChange, ...]
    earlier: frozenset[Target] = frozenset()

    def allows(self, change: Change) -> bool:
        """Tell whether the reviewed plan holds *change*: same type, action and id.

        A team's delete may take the seats of nobody who is not listed; a team's create may reach
        people who have joined since.
        """
        return any(self._covers(planned, change) for planned in self.changes)

    def _covers(self, planned: PlannedChange, change: Change) -> bool:
        if planned.target != change.target:
            return False
        return change.action is Action.CREATE or change.person_ids <= planned.people


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast to go: seconds between requests that change something, and to wait for their effect.

    GitHub asks for at least a second between changes:
    https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api
    """

    between: float = 1.0
    confirm: float = 60.0
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic


@dataclass
class _Run:
    """One apply under way."""

    ceiling: Ceiling
    planner: Planner
    writer: SeatWriter
    journal: Journal
    pace: Pace
    now: Replanned
    read_at: float
    outcomes: dict[Target, Outcome] = field(default_factory=dict)
    accepted: dict[Target, Change] = field(default_factory=dict)
    """Changes GitHub accepted, or may have, and that are not seen yet."""
    doubts: dict[Target, GitHubError] = field(default_factory=dict)
    """Of those, the ones whose answer was lost."""
    refused: list[Change] = field(default_factory=list)
    """Changes whose refusal stood alone."""
    stopped: str = ""
    """Why nothing more is sent."""
    sent: bool = False
    """Whether anything was sent, so that the next request keeps the pace."""
    unanswered: set[Target] = field(default_factory=set)
    """Changes that are being sent, or were and nobody knows what became of them."""


def apply(
    ceiling: Ceiling,
    now: Replanned,
    planner: Planner,
    writer: SeatWriter,
    journal: Journal,
    pace: Pace,
    last_words: Callable[[Report], None] = lambda _: None,
) -> Report:
    """Carry out what *ceiling* and *now*, the plan of a fresh reading under it, both say.

    The report has one outcome for each change of the ceiling. Where an exception ends the run
    *last_words* gets the report so far.
    """
    run = _Run(ceiling, planner, writer, journal, pace, now, pace.clock())
    todo = now.plan.changes
    _skip_the_rest(run, todo)
    try:
        for changes in _phases(todo):
            ready = _ready(run, changes)
            for batch in _batches(ready):
                _send_batch(run, batch)
        _confirm(run, run.accepted.values())
        _settle(run)
    except BaseException:
        _end_early(run)
        last_words(replace(_report(run), interrupted=True))
        raise
    return _report(run)


def _phases(changes: Sequence[Change]) -> Iterator[list[Change]]:
    """Yield changes of one type and action, in the order of execution."""
    for action in (Action.CREATE, Action.DELETE):
        for resource in (Resource.TEAM, Resource.USER):
            phase = [one for one in changes if one.action is action and one.resource is resource]
            if phase:
                yield phase


def _batches(changes: Sequence[Change]) -> Iterator[list[Change]]:
    for start in range(0, len(changes), BATCH):
        yield list(changes[start : start + BATCH])


# --- what is not done -------------------------------------------------------------------------


def _skip_the_rest(run: _Run, todo: Iterable[Change]) -> None:
    """Give an outcome to every planned change that the plan of today does not hold."""
    wanted = {change.target for change in todo}
    for planned in run.ceiling.changes:
        if planned.target in wanted:
            continue
        earlier = planned.target in run.ceiling.earlier
        if earlier and confirmed(planned, run.now.observed.rows, run.now.observed):
            result, text = Result.DONE, "done by an earlier run of this plan"
        else:
            result, text = Result.SKIPPED, _why_not(run.now.plan, planned)
        run.outcomes[planned.target] = _outcome(planned, result, text)


def _why_not(plan: Plan, planned: PlannedChange) -> str:
    """Say why the plan of today does not hold *planned*."""
    for held in plan.withheld:
        if held.change.target != planned.target:
            continue
        if held.guard != CEILING:
            return f"withheld by guard {held.guard}: {held.text}"
        more = len(held.change.person_ids - planned.people)
        if more:
            people = plural(more, "person", "people")
            return f"today it would also take the seat of {people} not in the reviewed plan"
        return f"{held.text}: plan again"
    for decision in plan.decisions:
        if decision.resource is planned.resource and decision.id == planned.id:
            return f"not any more: {decision.reason}, {decision.text}"
    return "not any more: neither the file nor GitHub's list has it"


def _ready(run: _Run, changes: list[Change]) -> list[Change]:
    """Return the changes whose dependencies are confirmed; the others are not tried."""
    needed = {address for change in changes for address in change.depends_on}
    _confirm(run, [one for one in run.accepted.values() if one.address in needed])
    done = {
        one.address
        for one in run.now.plan.changes
        if one.target in run.outcomes and run.outcomes[one.target].result is Result.DONE
    }
    ours = {one.address for one in run.now.plan.changes}
    ready = []
    for change in changes:
        missing = sorted((set(change.depends_on) & ours) - done)
        if missing:
            text = f"waits for {', '.join(missing)}, which is not done"
            run.outcomes[change.target] = _outcome(change, Result.NOT_TRIED, text)
        else:
            ready.append(change)
    return ready


# --- sending ----------------------------------------------------------------------------------


def _send_batch(run: _Run, batch: list[Change]) -> None:
    if run.stopped:
        _stop(run, batch, run.stopped)
        return
    _send(run, batch)


def _stop(run: _Run, batch: Sequence[Change], why: str) -> None:
    """Send nothing more, *batch* included."""
    run.stopped = why
    for change in batch:
        run.outcomes[change.target] = _outcome(change, Result.NOT_TRIED, why)


def _recheck(
    run: _Run, batch: list[Change], refused: frozenset[Target] = frozenset()
) -> list[Change]:
    """Read the people of *batch* again, and keep what still holds, even without what is *refused*.

    Guards have counted on every create: one that failed leaves fewer seats than they knew of.
    """
    try:
        fresh = run.planner.recheck(batch, refused)
    except GitHubError as error:
        _stop(run, batch, f"the seats could not be read again: {error}")
        return []
    run.read_at = run.pace.clock()
    still = {change.target: change for change in fresh.plan.changes}
    kept = []
    for change in batch:
        if change.target in still and still[change.target].person_ids <= change.person_ids:
            kept.append(change)
        else:
            text = _why_not(fresh.plan, PlannedChange.of(change))
            run.outcomes[change.target] = _outcome(change, Result.SKIPPED, text)
    return kept


def _send(run: _Run, batch: list[Change], alias: str | None = None) -> None:
    """Send *batch*; a refused batch is split until what is refused stands alone.

    *alias* is what a team that stands alone is called in the request instead of its slug.
    """
    try:
        batch = _prepare(run, batch)
    except LedgerError as error:
        _stop(run, batch, f"the ledger can't be written, and nothing is sent without it: {error}")
        return
    except GitHubError as error:
        _stop(run, batch, str(error))
        return
    if not batch:
        return
    run.sent = True
    run.unanswered.update(change.target for change in batch)
    try:
        _request(run.writer, batch, [alias] if alias else [change.name for change in batch])
    except (Refused, NotFound) as error:
        _refused(run, batch, error, last=alias is not None)
    except GitHubError as error:
        if run.writer.again(error):
            _write(run, batch, Result.NOT_TRIED, f"to be sent again: {error}")
            _send(run, batch, alias)
        else:
            _failed(run, batch, error)
    else:
        for change in batch:
            run.accepted[change.target] = change
        _write(run, batch, Result.UNCONFIRMED, "accepted by GitHub")


def _prepare(run: _Run, batch: list[Change]) -> list[Change]:
    """Wait for the pace and the limits, then look again if the reading has become old.

    The waiting comes first: nothing stands between the look and the request but the ledger.
    """
    if run.sent:
        run.pace.sleep(run.pace.between)
    run.writer.ready()
    if batch[0].action is Action.DELETE:
        refused = frozenset(one.target for one in run.refused if one.action is Action.CREATE)
        if refused or run.pace.clock() - run.read_at > STALE_AFTER:
            batch = _recheck(run, batch, refused)
    if batch:
        run.journal.intend(batch, run.now)
    return batch


def _request(writer: SeatWriter, batch: Sequence[Change], names: list[str]) -> None:
    match batch[0].resource, batch[0].action:
        case Resource.USER, Action.CREATE:
            writer.create_users(names)
        case Resource.USER, Action.DELETE:
            writer.delete_users(names)
        case Resource.TEAM, Action.CREATE:
            writer.create_teams(names)
        case _:
            writer.delete_teams(names)


def _refused(run: _Run, batch: list[Change], error: GitHubError, *, last: bool) -> None:
    """Split a refused batch; try a refused team once more by its name, unless this was the *last*.

    GitHub asks for "team names", and its examples look like slugs.
    """
    if len(batch) > 1:
        middle = len(batch) // 2
        _write(run, batch, Result.NOT_TRIED, "refused together with others")
        for half in (batch[:middle], batch[middle:]):
            if run.stopped:
                _stop(run, half, run.stopped)
            else:
                _send(run, half)
        return
    change = batch[0]
    alias = None if last else _alias(run, change)
    if alias is not None:
        _write(run, batch, Result.NOT_TRIED, "refused by its slug")
        _send(run, batch, alias)
        return
    run.refused.append(change)
    signature = run.now.plan.records.signatures.get(change.address)
    _write(run, batch, Result.FAILED, str(error), error.request_id, signature)


def _alias(run: _Run, change: Change) -> str | None:
    if change.resource is not Resource.TEAM:
        return None
    try:
        return run.planner.alias(change)
    except GitHubError:
        return None


def _failed(run: _Run, batch: list[Change], error: GitHubError) -> None:
    """Take note of an error that is not about one item.

    After a lost answer or a fault of the server's the change may have happened: the seats are
    read back before anything is said, and nothing more is sent.
    """
    run.stopped = f"an earlier request failed: {error}"
    if _may_have_happened(error):
        for change in batch:
            run.accepted[change.target] = change
            run.doubts[change.target] = error
        return
    _write(run, batch, Result.FAILED, str(error), error.request_id)


def _may_have_happened(error: GitHubError) -> bool:
    if isinstance(error, NotSent):
        return False
    return isinstance(error, Unreachable) or error.status is None or error.status >= 500


# --- reading back -----------------------------------------------------------------------------


def _confirm(run: _Run, changes: Iterable[Change]) -> None:
    """Read the seats back until *changes* show, for as long as the pace allows."""
    waiting = {change.target: change for change in changes}
    pauses, waited = iter(_PAUSES), 0.0
    while waiting:
        rows = _rows(run)
        seen = [one for one in waiting.values() if rows is not None and _shows(run, one, rows)]
        for change in seen:
            del waiting[change.target], run.accepted[change.target]
        if seen:
            _write(run, seen, Result.DONE, "")
        pause = next(pauses, _PAUSES[-1])
        if not waiting or waited + pause > run.pace.confirm:
            return
        run.pace.sleep(pause)
        waited += pause


def _rows(run: _Run) -> tuple[Row, ...] | None:
    try:
        return run.planner.rows()
    except GitHubError as error:
        run.stopped = run.stopped or f"the seats could not be read back: {error}"
        return None


def _shows(run: _Run, change: Change, rows: tuple[Row, ...]) -> bool:
    accepted = change.target in run.accepted and change.target not in run.doubts
    return confirmed(PlannedChange.of(change), rows, run.now.observed, accepted=accepted)


def _settle(run: _Run) -> None:
    """Give an outcome to what was sent and is not seen, and to what was refused and is seen."""
    rows = _rows(run) if run.refused else None
    shown = [one for one in run.refused if rows is not None and _shows(run, one, rows)]
    if shown:
        _write(run, shown, Result.DONE, "refused, and already so on GitHub")
    for target, change in run.accepted.items():
        error = run.doubts.get(target)
        if error is None:
            text = "accepted by GitHub, whose list does not show it yet"
            run.outcomes[target] = _outcome(change, Result.UNCONFIRMED, text)
        else:
            _write(run, [change], Result.FAILED, str(error), error.request_id)


# --- outcomes ---------------------------------------------------------------------------------


def _write(
    run: _Run,
    changes: Sequence[Change],
    result: Result,
    text: str,
    request_id: str | None = None,
    signature: str | None = None,
) -> None:
    answers = [
        Answered(change, _outcome(change, result, text, request_id), signature)
        for change in changes
    ]
    run.outcomes.update({answer.change.target: answer.outcome for answer in answers})
    run.unanswered.difference_update(answer.change.target for answer in answers)
    try:
        run.journal.answer(answers, run.now.plan.made_at)
    except LedgerError as error:
        run.stopped = run.stopped or f"the ledger can't be written: {error}"


def _end_early(run: _Run) -> None:
    """Give an outcome to every change that the run, which ends here, has left open."""
    for planned in run.ceiling.changes:
        if planned.target in run.unanswered:
            text = "sent, or about to be, when the run ended: GitHub's answer is not known"
            run.outcomes[planned.target] = _outcome(planned, Result.UNCONFIRMED, text)
        elif planned.target not in run.outcomes:
            text = "the run ended before its turn"
            run.outcomes[planned.target] = _outcome(planned, Result.NOT_TRIED, text)


def _outcome(
    change: Change | PlannedChange, result: Result, text: str, request_id: str | None = None
) -> Outcome:
    return Outcome(change.address, change.action, change.reason, result, text, request_id)


def _as_planned(planned: PlannedChange, outcome: Outcome) -> Outcome:
    """Return *outcome* under the address of the reviewed plan: names change hands, ids don't."""
    if outcome.address == planned.address:
        return outcome
    now = f"{planned.name} is called {outcome.address.partition('.')[2]} now"
    text = f"{outcome.text}; {now}" if outcome.text else now
    return replace(outcome, address=planned.address, text=text)


def _report(run: _Run) -> Report:
    now = run.now
    return Report(
        organization=now.plan.organization,
        plan_id=run.ceiling.plan_id,
        started_at=now.plan.made_at,
        finished_at=now.plan.made_at,
        outcomes=tuple(
            _as_planned(planned, run.outcomes[planned.target]) for planned in run.ceiling.changes
        ),
        withheld=tuple(held for held in now.plan.withheld if held.guard != CEILING),
        notices=now.plan.told,
        checks=now.plan.checks,
    )
