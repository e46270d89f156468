"""Find the edges of thresholds that tests touch: within a day before, and within a day after."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from reconciler.decide.inactivity import FORGOTTEN_AFTER, Judgement, Policy
from reconciler.decide.seats import Seat
from reconciler.model.desired import Mode, Rule, Threshold
from reconciler.model.plan import Verdict
from reconciler.policytest.results import Edge

NEAR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Side:
    """One side of one threshold; the rule stands as the policy has it, whoever names that."""

    rule: Rule
    kind: str
    side: str


def touched(policy: Policy, seat: Seat) -> Iterator[Side]:
    """Yield the sides of edges that decide about *seat*.

    A seat is on a side of an edge only where moving the edge over it would show.
    """
    if seat.user_id in policy.exempt:
        return
    for rule, judgement in policy.considered(seat):
        for kind, side in _sides(rule, judgement, policy.now):
            yield Side(_as_written(rule), kind, side)


def _sides(rule: Rule, judgement: Judgement, now: datetime) -> Iterator[tuple[str, str]]:
    threshold = judgement.threshold
    if threshold is None:
        return
    unused = rule.unused is not None and threshold.mark == rule.unused.mark
    kind = "unused" if unused else "idle"
    over = now - judgement.clock - threshold.cancel
    binding = judgement.due == judgement.clock + threshold.cancel and not judgement.needs_warning
    if judgement.cancels and timedelta() < over <= NEAR:
        yield f"{kind}.cancel", "after"
    elif not judgement.cancels and binding and -NEAR <= over <= timedelta():
        yield f"{kind}.cancel", "before"
    if threshold.warn is None:
        return
    over = now - judgement.clock - threshold.warn
    if judgement.verdict is Verdict.WARNED and timedelta() < over <= NEAR:
        yield f"{kind}.warn", "after"
    elif judgement.verdict is Verdict.ACTIVE and -NEAR <= over <= timedelta():
        yield f"{kind}.warn", "before"


def gaps(rules: Iterable[Rule], sides: Iterable[Side]) -> Iterator[Edge]:
    """Yield the edges of *rules* that *sides* don't touch on both sides, each once."""
    found = frozenset(sides)
    for rule in dict.fromkeys(map(_as_written, rules)):
        for edge in _edges(rule):
            before, after = (Side(rule, edge.kind, side) in found for side in ("before", "after"))
            edge = replace(edge, before=before, after=edge.after or after)
            if edge.missing:
                yield edge


def _edges(rule: Rule) -> Iterator[Edge]:
    for kind, threshold in (("idle", rule.idle), ("unused", rule.unused)):
        if threshold is None:
            continue
        if threshold.warn is not None and rule.mode is Mode.ENFORCE:
            # A rule that only observes warns nobody.
            yield Edge(rule, f"{kind}.warn", threshold.warn, threshold.mark, False, False)
        yield _end(rule, kind, threshold)


def _end(rule: Rule, kind: str, threshold: Threshold) -> Edge:
    """Return the edge at which a seat goes; whoever is beyond 90 days is idle, never unused."""
    no_after = kind == "unused" and threshold.cancel >= FORGOTTEN_AFTER
    return Edge(rule, f"{kind}.cancel", threshold.cancel, threshold.mark, False, no_after)


def _as_written(rule: Rule) -> Rule:
    return replace(rule, named_at=None)
