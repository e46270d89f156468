"""Agree on a plan, carry it out under its ceiling, and tell what happened: `apply` and `undo`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from reconciler import planfile
from reconciler.app import exit_codes
from reconciler.app.journal import LedgerJournal, NoJournal
from reconciler.app.logs import log
from reconciler.app.replan import LivePlanner
from reconciler.app.session import Session
from reconciler.apply import Ceiling, Pace, apply
from reconciler.errors import LedgerError, PlanFileError, SeatsError
from reconciler.ledger import Ledger
from reconciler.model.desired import SeatsFile
from reconciler.model.memory import Target
from reconciler.model.observed import Organization
from reconciler.model.plan import Check, Plan, PlannedChange, Withheld
from reconciler.model.report import Report, Result

_NOT_DONE = (Result.FAILED, Result.NOT_TRIED, Result.UNCONFIRMED)
_SENT = (Result.DONE, Result.FAILED, Result.UNCONFIRMED)


# --- agreeing ---------------------------------------------------------------------------------


def nothing_done(organization: Organization, plan_id: str, at: datetime) -> Report:
    """Return the report of an apply that had nothing to do."""
    return Report(organization, plan_id, at, at, ())


def ceiling_of(plan: Plan) -> Ceiling:
    """Return the ceiling that *plan*, once agreed to, is."""
    changes = tuple(PlannedChange.of(change) for change in plan.changes)
    return Ceiling(planfile.plan_id(plan), changes)


# --- carrying out -----------------------------------------------------------------------------


def require_unused(ledger: Ledger | None, plan_id: str) -> None:
    """Raise PlanFileError for a plan whose apply has come to its end: a plan is used once."""
    applied = ledger.memory().plans.get(plan_id) if ledger is not None else None
    if applied is not None and applied.finished:
        raise PlanFileError(
            f"this plan was applied on {applied.started:%Y-%m-%d %H:%M} UTC, and a plan is used "
            "once; nothing was done. Make a new one: copilot-seats plan FILE --out PLAN.json"
        )


@dataclass(frozen=True, slots=True)
class Errand:
    """What was agreed on, and how it is planned again.

    `planner` gets the ceiling and the changes of an unfinished run whose answers are not known.
    `withheld` is what the plan that was agreed on had withheld, and `checks` what its guards found:
    the plan under the ceiling doesn't know of it. `again` is the command that has again what is not
    done, and `goes_on` another one that goes on with an apply that trouble has stopped.
    """

    command: str
    ceiling: Ceiling
    fingerprint: str
    planner: Callable[[Ceiling, frozenset[Target]], LivePlanner]
    journal: type[LedgerJournal] = LedgerJournal
    undoes: str = ""
    withheld: tuple[Withheld, ...] = ()
    checks: tuple[Check, ...] = ()
    again: str = ""
    goes_on: str = ""


class ReportOutput(Protocol):
    """Where the report of an apply goes; `pace` is how fast to go."""

    @property
    def pace(self) -> Pace: ...

    def require_writable(self) -> None:
        """Raise UsageError unless the report can be written where it is wanted."""

    def tell(self, report: Report, code: int) -> None:
        """Write *report*."""

    def tell_of(self, command: str, path: str, trouble: SeatsError) -> None:
        """Report what went wrong besides what the report says."""


def carry_out(
    session: Session, file: SeatsFile, ledger: Ledger | None, errand: Errand, manner: ReportOutput
) -> int:
    """Do what was agreed on and still holds, tell what happened, and return the exit code."""
    from reconciler.github import Writer as SeatWriter

    seats = SeatWriter(
        session.connection(file.org.text), file.org.text, patience=session.patience, patient=False
    )
    manner.require_writable()
    troubles: list[SeatsError] = []  # told after the report of what was done, which they don't hide
    early: list[Report] = []  # what was done in a run that something ended
    ceiling = errand.ceiling
    try:
        if ledger is None:
            planner = errand.planner(ceiling, frozenset())
            now = planner.again()
            journal = NoJournal()
            report = apply(ceiling, now, planner, seats, journal, manner.pace, early.append)
        else:
            with ledger.writing(errand.command) as writer:
                require_unused(ledger, ceiling.plan_id)
                ceiling, lost = _resumed(ledger, ceiling)
                planner = errand.planner(ceiling, lost)
                now = planner.again()
                writer.observed(now.plan.records, now.plan.made_at)
                writer.apply_started(
                    ceiling.plan_id, errand.fingerprint, now.plan.made_at, undoes=errand.undoes
                )
                noted = errand.journal(writer)
                report = apply(ceiling, now, planner, seats, noted, manner.pace, early.append)
                try:
                    noted.require_whole()
                    if not report.unfinished:
                        writer.apply_finished(planner.latest or now.plan.made_at)
                except LedgerError as error:
                    troubles.append(error)
                troubles.extend(ledger.share())
    except BaseException as end:
        # The ledger comes first: it is whole, and shared, before anything is told.
        for report in early:
            report = _with_agreed(report, errand, planner, ledger)
            with suppress(SeatsError):
                manner.tell(report, _code_of(end))
        raise
    report = _with_agreed(report, errand, planner, ledger)
    code = exit_code(report)
    try:
        manner.tell(report, code)
    except SeatsError as error:
        troubles.append(error)
    for trouble in troubles:
        manner.tell_of(errand.command, file.path, trouble)
    return exit_codes.worst((code, *(trouble.exit_code for trouble in troubles)))


def _code_of(end: BaseException) -> int:
    """Return the exit code of a run that *end* ended."""
    if isinstance(end, Exception):
        return exit_codes.ERROR
    return exit_codes.INTERRUPTED if isinstance(end, KeyboardInterrupt) else exit_codes.TERMINATED


def _with_agreed(
    report: Report, errand: Errand, planner: LivePlanner, ledger: Ledger | None
) -> Report:
    """Return *report* with what the plan that was agreed on had withheld, and how it goes on.

    What is withheld now too is told as it is now.
    """
    known = {held.change.target for held in report.withheld}
    before = tuple(held for held in errand.withheld if held.change.target not in known)
    theirs = {held.guard for held in before} - {held.guard for held in report.withheld}
    found = {check.guard: check for check in report.checks}
    found |= {check.guard: check for check in errand.checks if check.guard in theirs}
    return replace(
        report,
        finished_at=planner.latest or report.finished_at,
        withheld=(*report.withheld, *before),
        checks=tuple(found.values()),
        ledger_head=ledger.head if ledger is not None else None,
        again=(report.unfinished and errand.goes_on) or errand.again,
    )


def _resumed(ledger: Ledger, ceiling: Ceiling) -> tuple[Ceiling, frozenset[Target]]:
    """Return the ceiling with what is remembered of its changes: what an unfinished run of the same
    plan has sent, and what of that has no answer."""
    ceiling = replace(ceiling, probed=ledger.memory().probed)
    journal = ledger.journal(ceiling.plan_id)
    if journal is None:
        return ceiling, frozenset()
    sent = frozenset(entry.target for entry in journal.entries if entry.sent is not None)
    lost = frozenset(entry.target for entry in journal.unanswered)
    log().info("an earlier run of this plan did not finish: going on", sent=len(sent))
    return replace(ceiling, earlier=sent, lost=lost), lost


def exit_code(report: Report) -> int:
    """Return what an apply's exit code is."""
    results = {outcome.result for outcome in report.outcomes}
    codes = [exit_codes.DONE]
    if results.intersection(_NOT_DONE):
        codes.append(exit_codes.INCOMPLETE if results.intersection(_SENT) else exit_codes.ERROR)
    if report.withheld:
        codes.append(exit_codes.WITHHELD)
    return exit_codes.worst(codes)
