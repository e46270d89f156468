"""`undo`: plan the opposite of what an apply did, from the ledger; show, ask, apply."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import click

from reconciler import config, planfile
from reconciler.app.apply import Errand, carry_out, ceiling_of
from reconciler.app.journal import LedgerJournal
from reconciler.app.replan import LivePlanner
from reconciler.app.session import Common, Session
from reconciler.apply import Answered, Ceiling
from reconciler.cli import options
from reconciler.cli.approve import agree, command_line, demand_somebody
from reconciler.cli.report_output import Manner
from reconciler.cli.summary import told_in
from reconciler.errors import LedgerError, UsageError
from reconciler.ledger import Journal, Ledger
from reconciler.model.desired import SeatsFile
from reconciler.model.memory import Memory, Target
from reconciler.model.observed import Observed
from reconciler.model.plan import Action, Change, Plan
from reconciler.model.report import Result
from reconciler.plan.reading import Reader
from reconciler.undo import look_closer, plan_undo
from reconciler.wording.units import timestamp


@click.command("undo", short_help="Undo what an apply did, as far as it still stands.")
@click.argument("file", metavar="[FILE]", default=options.DEFAULT_FILE)
@click.argument("plan_id", metavar="[PLAN_ID]", required=False)
@click.option("--auto-approve", is_flag=True, help="Do not ask.")
@options.applying
@options.common()
def command(
    common: Common,
    file: str,
    plan_id: str | None,
    auto_approve: bool,
    manner: Manner,
) -> int:
    """Give back what an apply took, and take back what it gave; show that, ask, and do it.

    PLAN_ID, or its beginning, names the plan that was applied; without it the last apply that was
    no undo is undone. What was done comes from the ledger, and only what still stands is undone:
    no seat that has ended with its billing cycle, nobody who has left, nothing that a later apply
    changed. The guards of FILE count.

    FILE itself stays as it is, and the next plan does what it says: the lines that would do the
    same again are told.

    Exit codes: 0 done, 1 error or declined, 3 a guard withheld changes and the rest was done,
    5 something was sent and not all of it is done.
    """
    if common.no_state:
        raise UsageError("--no-state means no ledger, and undo knows from the ledger what was done")
    with told_in(manner.summary, "undo", file), Session(common) as session:
        return _undo(session, file, plan_id, auto_approve, manner)


def _undo(
    session: Session, path: str, plan_id: str | None, auto_approve: bool, manner: Manner
) -> int:
    demand_somebody(auto_approve)
    file = config.load(path)
    ledger = session.ledger(file)
    if ledger is None:
        raise LedgerError(
            f"there is no ledger in {session.place_of(file.path)}, and undo knows only from there "
            "what was done; --state names another directory"
        )
    undone = _which(ledger, plan_id)
    plan = UndoPlanner(session, file, ledger, undone, None).again().plan
    nothing = agree(plan, manner, auto_approve)
    if nothing is not None:
        return nothing

    def planner(ceiling: Ceiling, unanswered: frozenset[Target]) -> LivePlanner:
        return UndoPlanner(session, file, ledger, undone, ceiling.allows, unanswered)

    errand = Errand(
        command="undo",
        ceiling=ceiling_of(plan),
        fingerprint=planfile.fingerprint(plan),
        planner=planner,
        journal=UndoJournal,
        undoes=undone,
        withheld=plan.withheld,
        checks=plan.checks,
        again=command_line("undo", path, undone),
    )
    return carry_out(session, file, ledger, errand, manner)


def _which(ledger: Ledger, wanted: str | None) -> str:
    """Return the id of the plan to undo; raise UsageError with those there are."""
    applies = ledger.applies()
    if wanted is None:
        found = [one.plan_id for one in applies if one.undoes is None][-1:]
    else:
        found = [one.plan_id for one in applies if one.plan_id.startswith(wanted.lower())]
    if len(found) == 1:
        return found[0]
    if not applies:
        raise UsageError(f"ledger {ledger.place} knows of no apply: there is nothing to undo")
    what = "several plans begin" if found else "no apply of a plan begins"
    known = "\n".join(
        f"  {one.plan_id}  {timestamp(one.started)}{'  (an undo)' if one.undoes else ''}"
        for one in applies
    )
    raise UsageError(f"{what} with {wanted!r}; the ledger knows of:\n{known}")


class UndoPlanner(LivePlanner):
    """Plans the inverse of the apply of plan `undone` on fresh readings, under a ceiling."""

    def __init__(
        self,
        session: Session,
        file: SeatsFile,
        ledger: Ledger,
        undone: str,
        allowed: Callable[[Change], bool] | None,
        unanswered: frozenset[Target] = frozenset(),
    ) -> None:
        super().__init__(session, file, ledger, allowed, unanswered)
        self._undone = undone
        self._from = ledger

    def _past(self) -> Journal:
        past = self._from.journal(self._undone)
        if past is None:
            raise LedgerError(
                f"ledger {self._from.place} knows no apply of plan {self._undone} any more: it was "
                "rewritten while it was being read"
            )
        return past

    def see(self, reader: Reader, memory: Memory | None) -> Observed:
        """Read what planning needs, and whom undoing could give a seat back."""
        return look_closer(super().see(reader, memory), reader, self._past())

    def make(self, observed: Observed, memory: Memory | None) -> Plan:
        """Plan the inverse on what was read."""
        known = memory or self._from.memory()
        return plan_undo(self._file, observed, known, self._past(), allowed=self._allowed)


class UndoJournal(LedgerJournal):
    """Ends a hold as soon as the seat is given back."""

    def _write(self, answers: Sequence[Answered], at: datetime) -> None:
        accepted = (Result.DONE, Result.UNCONFIRMED)
        back = [one.change for one in answers if one.outcome.result in accepted]
        people = {
            who for change in back if change.action is Action.CREATE for who in change.person_ids
        }
        self._writer.released(people, at)
        super()._write(answers, at)
