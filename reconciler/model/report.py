"""What became of a plan's changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from reconciler.model.observed import Organization
from reconciler.model.plan import Action, Check, Notice, Reason, Resource, Withheld


class Result(StrEnum):
    """What happened to a change."""

    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"
    NOT_TRIED = "not_tried"
    UNCONFIRMED = "unconfirmed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened to one planned change, and why; `request_id` is GitHub's for the request."""

    address: str
    action: Action
    reason: Reason
    result: Result
    text: str = ""
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class RefusedForAll:
    """A class of changes that GitHub refuses for everybody: `text` is its answer.

    `tried` were sent alone and refused in the same words, the others were left.
    """

    resource: Resource
    action: Action
    text: str
    request_id: str | None
    tried: int
    not_tried: int


@dataclass(frozen=True, slots=True)
class Report:
    """What happened to a plan: one outcome for each planned change, in the plan's order.

    `withheld` is what guards stopped, in that plan or when it was planned again, and `checks` what
    they found then.
    """

    organization: Organization
    plan_id: str
    started_at: datetime
    finished_at: datetime
    outcomes: tuple[Outcome, ...]
    withheld: tuple[Withheld, ...] = ()
    notices: tuple[Notice, ...] = ()
    ledger_head: str | None = None
    checks: tuple[Check, ...] = ()
    again: str = ""
    """The command that has again what is not done; empty where nobody said."""
    interrupted: bool = False
    """Whether the run ended before its end."""
    unfinished: bool = False
    """Whether the same plan goes on: something is left for trouble on the way."""
    refused_for_all: tuple[RefusedForAll, ...] = ()
    """What GitHub refuses for everybody."""

    def count(self, result: Result) -> int:
        return sum(outcome.result is result for outcome in self.outcomes)
