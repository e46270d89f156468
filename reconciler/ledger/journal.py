"""Tell from a ledger what became of one plan: what was sent, to whom, and how it ended."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from reconciler.changes import Reason, Result
from reconciler.ledger import events as ev
from reconciler.memory import Target


@dataclass(frozen=True, slots=True)
class Entry:
    """One change of a plan. `people` are those who gain or lose a seat by it.

    Without a `result` nobody knows whether it was sent: the run ended between request and answer.
    `sent` is None for a change that never was (skipped, not tried).
    """

    target: Target
    reason: Reason | None
    people: frozenset[int]
    sent: datetime | None
    result: Result | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Journal:
    """What an apply did, over all the runs it took. `started` is when the first began."""

    plan_id: str
    fingerprint: str
    started: datetime
    finished: datetime | None
    entries: tuple[Entry, ...]

    @property
    def unanswered(self) -> tuple[Entry, ...]:
        """The changes of which nobody knows whether they were sent."""
        return tuple(entry for entry in self.entries if entry.result is None)


def latest(events: Iterable[ev.Event]) -> str | None:
    """Return the id of the plan whose apply was begun last."""
    return next(
        (event.plan_id for event in reversed(tuple(events)) if isinstance(event, ev.ApplyStarted)),
        None,
    )


def journal(events: Iterable[ev.Event], plan_id: str) -> Journal | None:
    """Gather what was done for *plan_id*, in the order of sending; None for a plan never begun."""
    mine = [event for event in events if getattr(event, "plan_id", None) == plan_id]
    starts = [event for event in mine if isinstance(event, ev.ApplyStarted)]
    if not starts:
        return None
    finished = [event.at for event in mine if isinstance(event, ev.ApplyFinished)]
    entries: dict[Target, Entry] = {}
    for event in mine:
        if isinstance(event, ev.Intent):
            _send(entries, event)
        elif isinstance(event, ev.Outcome):
            _end(entries, event)
    return Journal(
        plan_id=plan_id,
        fingerprint=starts[0].fingerprint,
        started=starts[0].at,
        finished=finished[-1] if finished else None,
        entries=tuple(entries.values()),
    )


def _send(entries: dict[Target, Entry], intent: ev.Intent) -> None:
    for sending in intent.targets:
        entries[sending.target] = Entry(
            target=sending.target,
            reason=sending.reason,
            people=sending.who,
            sent=intent.at,
        )


def _end(entries: dict[Target, Entry], outcome: ev.Outcome) -> None:
    for ending in outcome.targets:
        before = entries.get(ending.target, Entry(ending.target, None, frozenset(), None))
        if _stands(before.result, ending.result):
            continue
        entries[ending.target] = Entry(
            target=ending.target,
            reason=before.reason,
            people=before.people,
            sent=before.sent,
            result=ending.result,
            request_id=ending.request_id,
        )


def _stands(before: Result | None, now: Result) -> bool:
    """Say whether what an earlier run did outweighs what a later one finds: it did not send it."""
    if before is Result.DONE:
        return True
    return before is Result.UNCONFIRMED and now in (Result.SKIPPED, Result.NOT_TRIED)
