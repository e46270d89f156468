"""Tell from a ledger what became of one plan: what was sent, to whom, and how it ended."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from reconciler.ledger import events as ev
from reconciler.model.memory import Target
from reconciler.model.plan import Reason
from reconciler.model.report import Result


@dataclass(frozen=True, slots=True)
class Entry:
    """One change of a plan. `people` are those who gain or lose a seat by it.

    Without a `result` nobody knows whether it was sent: the run ended between request and answer.
    `sent` is None for a change that never was (skipped, not tried). `overtaken` is the last other
    plan that changed the seat of the same team, or of one of these people, after it.
    """

    target: Target
    reason: Reason | None
    people: frozenset[int]
    sent: datetime | None
    result: Result | None = None
    request_id: str | None = None
    overtaken: str | None = None


@dataclass(frozen=True, slots=True)
class Journal:
    """What an apply did, over all the runs it took. `started` is when the first began.

    `seated` are those who held a live seat then. `undoes` is the plan that this one undid, if any.
    """

    plan_id: str
    fingerprint: str
    started: datetime
    finished: datetime | None
    entries: tuple[Entry, ...]
    seated: frozenset[int] = frozenset()
    undoes: str | None = None

    @property
    def unanswered(self) -> tuple[Entry, ...]:
        """The changes of which nobody knows whether they were sent."""
        return tuple(entry for entry in self.entries if entry.result is None)


@dataclass(frozen=True, slots=True)
class Applied:
    """A plan whose apply was begun, and when."""

    plan_id: str
    started: datetime
    undoes: str | None = None


def applies(events: Iterable[ev.Event]) -> tuple[Applied, ...]:
    """Return every plan applied, in the order in which they were begun."""
    found: dict[str, Applied] = {}
    for event in events:
        if isinstance(event, ev.ApplyStarted) and event.plan_id not in found:
            found[event.plan_id] = Applied(event.plan_id, event.at, event.undoes or None)
    return tuple(found.values())


def latest(events: Iterable[ev.Event]) -> str | None:
    """Return the id of the plan whose apply was begun last."""
    return next(
        (event.plan_id for event in reversed(tuple(events)) if isinstance(event, ev.ApplyStarted)),
        None,
    )


def journal(events: Iterable[ev.Event], plan_id: str) -> Journal | None:
    """Gather what was done for *plan_id*, in the order of sending; None for a plan never begun."""
    lines = tuple(events)
    mine = [event for event in lines if getattr(event, "plan_id", None) == plan_id]
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
        entries=tuple(_overtaken(entries.values(), lines, plan_id)),
        seated=_seated(lines, plan_id),
        undoes=starts[0].undoes or None,
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
        if ending.code == ev.LOST:
            continue  # nobody knows yet
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


# --- before and after ---------------------------------------------------------------------------


def _seated(lines: Sequence[ev.Event], plan_id: str) -> frozenset[int]:
    """Return who held a live seat at the last look before the apply was begun."""
    live: set[int] = set()
    for event in lines:
        if isinstance(event, ev.ApplyStarted) and event.plan_id == plan_id:
            break
        if isinstance(event, ev.Observed):
            live |= set(event.live_users_gained)
            live -= set(event.live_users_lost)
    return frozenset(live)


@dataclass(frozen=True, slots=True)
class _Other:
    """A change of another plan, in whose line it was sent."""

    line: int
    plan_id: str
    sending: ev.Sending

    def concerns(self, entry: Entry) -> bool:
        target = self.sending.target
        same = (target.type, target.id) == (entry.target.type, entry.target.id)
        return same or not self.sending.who.isdisjoint(entry.people)


def _overtaken(
    entries: Iterable[Entry], lines: Sequence[ev.Event], plan_id: str
) -> Iterator[Entry]:
    """Yield *entries* with the last other plan that changed something about them since.

    What undid this very plan, or a part of it, does not stand in the way of the rest.
    """
    sent = {
        target.target: number
        for number, event in enumerate(lines)
        if isinstance(event, ev.Intent) and event.plan_id == plan_id
        for target in event.targets
    }
    undoing = {one.plan_id for one in applies(lines) if one.undoes == plan_id}
    others = _others(lines, {plan_id, *undoing})
    for entry in entries:
        line = sent.get(entry.target, len(lines))
        since = (one for one in others if one.line > line and one.concerns(entry))
        last = max(since, key=lambda one: one.line, default=None)
        yield entry if last is None else replace(entry, overtaken=last.plan_id)


def _others(lines: Iterable[ev.Event], mine: Collection[str]) -> list[_Other]:
    """Return the changes of plans other than *mine* that happened, or may have."""
    found: dict[tuple[str, Target], _Other] = {}
    accepted: set[tuple[str, Target]] = set()
    for number, event in enumerate(lines):
        if isinstance(event, ev.Intent) and event.plan_id not in mine:
            for sending in event.targets:
                found[event.plan_id, sending.target] = _Other(number, event.plan_id, sending)
        elif isinstance(event, ev.Outcome) and event.plan_id not in mine:
            for ending in event.targets:
                key = (event.plan_id, ending.target)
                if ending.result in (Result.DONE, Result.UNCONFIRMED):
                    accepted.add(key)
                elif key not in accepted and ending.code != ev.LOST:
                    found.pop(key, None)
    return list(found.values())
