"""One apply under way: what has become of every change so far."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from reconciler.apply.ceiling import Ceiling, as_planned
from reconciler.apply.protocols import Answered, Journal, Pace, Planner, Replanned, SeatWriter
from reconciler.errors import GitHubError, LedgerError
from reconciler.model.memory import Target
from reconciler.model.plan import CEILING, Action, Change, Plan, PlannedChange, Resource
from reconciler.model.report import Outcome, RefusedForAll, Report, Result

Kind: TypeAlias = tuple[Resource, Action]
"""A class of changes: one method on one endpoint."""


def kind_of(change: Change) -> Kind:
    """Return the class of *change*."""
    return change.resource, change.action


@dataclass
class Run:
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
    """Changes that GitHub accepted and that are not seen yet."""
    doubts: set[Target] = field(default_factory=set)
    """Changes that were sent once without an answer, and are not seen yet."""
    refused: list[Change] = field(default_factory=list)
    """Changes that were refused alone."""
    through: set[Kind] = field(default_factory=set)
    """Classes of which GitHub accepted something in this run."""
    ended: dict[Kind, GitHubError] = field(default_factory=dict)
    """Classes that GitHub refuses for everybody, with its words."""
    stopped: str = ""
    """Why nothing more is sent."""
    delayed: bool = False
    """Whether something was left because what it depends on does not show yet."""
    sent: bool = False
    """Whether anything was sent, so that the next request keeps the pace."""
    unanswered: set[Target] = field(default_factory=set)
    """Changes that are being sent, or were and nobody knows what became of them."""

    @property
    def plan(self) -> Plan:
        return self.now.plan

    def result(self, target: Target) -> Result | None:
        """Return what has become of *target* so far."""
        outcome = self.outcomes.get(target)
        return outcome.result if outcome is not None else None

    def leave(self, change: Change | PlannedChange, result: Result, text: str) -> None:
        """Give an outcome to a change that is not sent, or not any more."""
        self.outcomes[change.target] = _outcome(change, result, text)

    def stop(self, batch: Iterable[Change], why: str) -> None:
        """Send nothing more, *batch* included."""
        self.stopped = why
        for change in batch:
            self.leave(change, Result.NOT_TRIED, why)

    def accept(self, batch: Sequence[Change]) -> None:
        """Take note that GitHub accepted *batch*; whether it happened, a reading will show."""
        for change in batch:
            self.accepted[change.target] = change
            self.doubts.discard(change.target)
            self.through.add(kind_of(change))
        self.write(batch, Result.UNCONFIRMED, "accepted by GitHub")

    def done(self, changes: Sequence[Change], text: str = "") -> None:
        """Take note that *changes* show on GitHub."""
        for change in changes:
            self.accepted.pop(change.target, None)
            self.doubts.discard(change.target)
        if changes:
            self.write(changes, Result.DONE, text)

    def write(
        self,
        changes: Sequence[Change],
        result: Result,
        text: str,
        error: GitHubError | None = None,
        *,
        remembered: bool = False,
        probed: bool = False,
    ) -> None:
        """Write what became of *changes*, *error* being GitHub's answer."""
        request_id = error.request_id if error is not None else None
        answers = [
            Answered(
                change,
                _outcome(change, result, text, request_id),
                self.plan.records.signatures.get(change.address) if remembered else None,
                probed=probed,
                lost=change.target in self.doubts,
            )
            for change in changes
        ]
        self.outcomes.update({answer.change.target: answer.outcome for answer in answers})
        self.unanswered.difference_update(answer.change.target for answer in answers)
        try:
            self.journal.answer(answers, self.plan.made_at)
        except LedgerError as fault:
            self.stopped = self.stopped or f"the ledger can't be written: {fault}"

    def end_early(self) -> None:
        """Give an outcome to every change that the run, which ends here, has left open."""
        for planned in self.ceiling.changes:
            if planned.target in self.unanswered:
                text = "sent, or about to be, when the run ended: GitHub's answer is not known"
                self.leave(planned, Result.UNCONFIRMED, text)
            elif planned.target not in self.outcomes:
                self.leave(planned, Result.NOT_TRIED, "the run ended before its turn")

    def report(self, *, interrupted: bool = False) -> Report:
        """Return what has become of every change of the ceiling."""
        plan = self.plan
        return Report(
            organization=plan.organization,
            plan_id=self.ceiling.plan_id,
            started_at=plan.made_at,
            finished_at=plan.made_at,
            outcomes=tuple(
                as_planned(planned, self.outcomes[planned.target])
                for planned in self.ceiling.changes
            ),
            withheld=tuple(held for held in plan.withheld if held.guard != CEILING),
            notices=plan.told,
            checks=plan.checks,
            interrupted=interrupted,
            unfinished=interrupted or self.delayed or bool(self.stopped),
            refused_for_all=tuple(self._refused_for_all()),
        )

    def _refused_for_all(self) -> Iterable[RefusedForAll]:
        for (resource, action), error in self.ended.items():
            of_kind = [
                self.result(one.target)
                for one in self.plan.changes
                if kind_of(one) == (resource, action)
            ]
            yield RefusedForAll(
                resource=resource,
                action=action,
                text=str(error),
                request_id=error.request_id,
                tried=of_kind.count(Result.FAILED),
                not_tried=of_kind.count(Result.NOT_TRIED),
            )


def _outcome(
    change: Change | PlannedChange, result: Result, text: str, request_id: str | None = None
) -> Outcome:
    return Outcome(change.address, change.action, change.reason, result, text, request_id)
