"""Carry out a plan: what was reviewed is the ceiling, what is true now decides."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from reconciler.apply.ceiling import Ceiling, why_not
from reconciler.apply.confirm import confirmed
from reconciler.apply.protocols import Journal, Pace, Planner, Replanned, SeatWriter
from reconciler.apply.reading import confirm, settle
from reconciler.apply.sending import submit
from reconciler.apply.state import Run
from reconciler.model.plan import Action, Change, PlannedChange, Reason, Resource
from reconciler.model.report import Report, Result

BATCH = 50
"""Seats or teams in one request; GitHub documents no limit."""


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
    run = Run(ceiling, planner, writer, journal, pace, now, pace.clock(), doubts=set(ceiling.lost))
    todo = now.plan.changes
    _skip_the_rest(run, todo)
    try:
        for changes in _phases(todo):
            ready = _ready(run, changes)
            for batch in _batches(ready):
                submit(run, batch)
        confirm(run, list(run.accepted.values()))
        settle(run)
    except BaseException:
        run.end_early()
        last_words(run.report(interrupted=True))
        raise
    return run.report()


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


def _skip_the_rest(run: Run, todo: Iterable[Change]) -> None:
    """Give an outcome to every planned change that the plan of today does not hold."""
    wanted = {change.target for change in todo}
    observed, ceiling = run.now.observed, run.ceiling
    for planned in ceiling.changes:
        if planned.target in wanted:
            continue
        accepted = planned.target not in ceiling.lost
        earlier = planned.target in ceiling.earlier
        if earlier and confirmed(planned, observed.rows, observed, accepted=accepted):
            run.leave(planned, Result.DONE, "done by an earlier run of this plan")
        elif earlier and _in_flight(run, planned):
            text = "accepted by GitHub in an earlier run, and its list does not show it yet"
            run.leave(planned, Result.UNCONFIRMED, text)
        else:
            run.leave(planned, Result.SKIPPED, why_not(run.plan, planned))


def _in_flight(run: Run, planned: PlannedChange) -> bool:
    return any(
        one.reason is Reason.IN_FLIGHT and (one.resource, one.id) == (planned.resource, planned.id)
        for one in run.plan.decisions
    )


def _ready(run: Run, changes: list[Change]) -> list[Change]:
    """Return the changes whose dependencies are confirmed; the others are not tried.

    Those come last of whom is known only that they were refused together with everybody tried.
    """
    needed = {address for change in changes for address in change.depends_on}
    confirm(run, [one for one in run.accepted.values() if one.address in needed])
    results = {one.address: run.result(one.target) for one in run.plan.changes}
    ready = []
    for change in changes:
        missing = sorted(
            address
            for address in set(change.depends_on) & results.keys()
            if results[address] is not Result.DONE
        )
        if missing:
            text = f"waits for {', '.join(missing)}, which is not done"
            run.leave(change, Result.NOT_TRIED, text)
            waiting = any(results[one] is Result.UNCONFIRMED for one in missing)
            run.delayed = run.delayed or waiting
        else:
            ready.append(change)
    return sorted(ready, key=lambda change: change.target in run.ceiling.probed)
