"""`apply`: carry out a reviewed plan, or plan, show, ask and apply."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

import click

from reconciler import canonical_json, config, planfile
from reconciler.app import base_branch as bases
from reconciler.app.apply import (
    Errand,
    carry_out,
    ceiling_of,
    exit_code,
    nothing_done,
    require_unused,
)
from reconciler.app.logs import log
from reconciler.app.replan import LivePlanner, MergedPlanner
from reconciler.app.session import Common, Session
from reconciler.apply import Ceiling
from reconciler.cli import options, output
from reconciler.cli.approve import agree, command_line, demand_somebody
from reconciler.cli.report_output import Manner
from reconciler.cli.summary import told_in
from reconciler.errors import LedgerError, NotFound, PlanFileError, UsageError
from reconciler.ledger import Ledger
from reconciler.model.desired import SeatsFile
from reconciler.model.memory import Target
from reconciler.model.plan import CEILING, Action, Change, Plan, Reason, Resource, Withheld
from reconciler.planfile import PlanFile


@click.command("apply", short_help="Carry out a reviewed plan, or plan, ask and apply.")
@click.argument("plan_or_file", metavar="PLAN.json|FILE", default=options.DEFAULT_FILE)
@click.option("--config", "config_file", metavar="FILE", help="The seats file of PLAN.json.")
@click.option(
    "--base",
    "base_file",
    metavar="BASEFILE",
    help="The seats file as it was before the merge: its guards and exemptions protect as well.",
)
@click.option(
    "--only",
    type=click.Choice(["idle"]),
    help="Only take idle and unused seats back, and give returned people theirs (with FILE).",
)
@click.option("--auto-approve", is_flag=True, help="Do not ask (with FILE).")
@options.applying
@options.common()
def command(
    common: Common,
    plan_or_file: str,
    config_file: str | None,
    base_file: str | None,
    only: str | None,
    auto_approve: bool,
    manner: Manner,
) -> int:
    """Carry out PLAN.json, or plan FILE (`seats.yml` by default), show the plan, ask and apply it.

    A reviewed plan is a ceiling: apply plans again from the file on a fresh reading, and carries
    out what both plans say. A plan file is used once, and within 7 days.

    With --base, after a merge, the file has just replaced BASEFILE, in a checkout of its own. What
    the guards, overrides and exemptions of either withhold is not done, so that no change raises a
    guard and uses it, whatever PLAN.json says. From the next plan on the file's own count alone.

    Exit codes: 0 done, 1 error or declined, 3 a guard withheld changes and the rest was done,
    4 this plan file may not be applied, 5 something was sent and not all of it is done.
    """
    with (
        told_in(manner.summary, "apply", plan_or_file),
        Session(common) as session,
    ):
        plan_text = _plan_text(plan_or_file)
        if plan_text is not None:
            if only or auto_approve:
                raise UsageError("--only and --auto-approve go with a seats file, not a plan file")
            plan = planfile.parse(plan_text)
            return _apply_plan_file(session, plan, config_file, base_file, manner)
        if base_file is not None:
            raise UsageError("--base goes with a plan file; nothing was done")
        if config_file is not None:
            raise UsageError("--config goes with a plan file; name the seats file as the argument")
        return _apply_file(session, plan_or_file, only, auto_approve, manner)


def _plan_text(path: str) -> bytes | None:
    """Return the content of *path* if it is a plan file, None if it is a seats file."""
    try:
        with Path(path).open("rb") as source:
            start = source.read(64)
            name = path.lower()
            braces = start.lstrip().startswith(b"{") and not name.endswith((".yml", ".yaml"))
            if not braces and not name.endswith(".json"):
                return None
            content = start + source.read(canonical_json.MAX_BYTES)
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror or error}") from error
    from reconciler.model.file_kinds import FileKind, kind_of, misplaced

    text = content.decode("utf-8", "replace")
    if kind_of(text) is FileKind.SEATS:
        return None  # JSON is YAML
    if (message := misplaced(text, FileKind.PLAN, path)) is not None:
        raise UsageError(f"{path}: {message}; nothing was done")
    return content


# --- a plan file ------------------------------------------------------------------------------


def _apply_plan_file(
    session: Session,
    plan: PlanFile,
    config_file: str | None,
    base_file: str | None,
    manner: Manner,
) -> int:
    file = config.load(config_file or _own_path(plan))
    base = bases.load(base_file, file) if base_file is not None else None
    if plan.changes and not plan.applyable:
        raise PlanFileError(
            "this plan was made with --now or redacted: it is to be looked at, not applied; "
            "nothing was done"
        )
    now = _require_target(session, file, plan)
    if base is not None:
        bases.require_one_organization(session, file, base, session.reader(file.org.text, file))
    if not plan.changes:
        return _tell_nothing(session, file, plan, now, manner)
    ledger = _ledger(session, file)
    require_unused(ledger, plan.plan_id)
    _require_anchor(ledger, plan)
    errand = Errand(
        command="apply",
        ceiling=Ceiling(plan.plan_id, plan.changes),
        fingerprint=plan.fingerprint,
        planner=partial(_planner, session, file, ledger, base=base),
        withheld=plan.withheld,
        checks=plan.checks,
        again=command_line("plan", file.path, "--out", "plan.json"),
        goes_on=command_line("apply", "plan.json", "--config", file.path),
    )
    return carry_out(session, file, ledger, errand, manner)


def _tell_nothing(
    session: Session, file: SeatsFile, plan: PlanFile, now: datetime, manner: Manner
) -> int:
    """Tell that *plan* has no changes, and what it withheld; return the exit code."""
    ledger = None if session.common.no_state else session.ledger(file)
    report = replace(
        nothing_done(plan.organization, plan.plan_id, now),
        withheld=plan.withheld,
        checks=plan.checks,
        ledger_head=ledger.head if ledger is not None else None,
    )
    code = exit_code(report)
    empty = manner.output_format == "text" and not plan.withheld
    if empty:
        output.say("No changes: the plan is empty.")
    manner.tell(report, code, aloud=not empty)
    return code


def _own_path(plan: PlanFile) -> str:
    """Return the plan's own path, which counts only inside the working directory."""
    here = Path.cwd().resolve()
    if not (here / plan.config_path).resolve().is_relative_to(here):
        raise UsageError(
            f"the plan names {plan.config_path}, outside the working directory: "
            "say which file it is with --config FILE"
        )
    return plan.config_path


def _require_target(session: Session, file: SeatsFile, plan: PlanFile) -> datetime:
    """Raise unless GitHub answers for the organisation of the plan, in the plan's lifetime.

    Return GitHub's time. The organisation may have been renamed since: its id counts.
    """
    reader = session.reader(file.org.text, file)
    renamed = file.org.text.lower() != plan.organization.login.lower()
    other = PlanFileError(
        f"the plan is for organisation {plan.organization.login}, and {file.path} is for "
        f"{file.org.text}; nothing was done"
    )
    try:
        organization = reader.organization()
    except NotFound as error:
        raise other if renamed else error from error
    if renamed and organization.id != plan.organization.id:
        raise other
    if (organization.id, organization.host) != (plan.organization.id, plan.organization.host):
        raise PlanFileError(
            f"the plan is for organisation {plan.organization.login} (id {plan.organization.id}) "
            f"at {plan.organization.host}, and {organization.host} answers for id "
            f"{organization.id}; nothing was done"
        )
    if plan.expired(reader.now()):
        raise PlanFileError(
            f"the plan expired on {plan.expires_at:%Y-%m-%d %H:%M} UTC; nothing was done. "
            "Make a new one: copilot-seats plan FILE --out PLAN.json"
        )
    return reader.now()


def _require_anchor(ledger: Ledger | None, plan: PlanFile) -> None:
    """Raise unless the ledger still holds the line that the plan was made on."""
    if ledger is not None and plan.ledger_head is not None and not ledger.has(plan.ledger_head):
        raise LedgerError(
            f"ledger {ledger.place} does not hold the line with hash {plan.ledger_head[:12]}, on "
            "which the plan was made: it is another ledger, or was rewritten; nothing was done. "
            "Restore the ledger, or plan again with this one"
        )


# --- a seats file -----------------------------------------------------------------------------


def _apply_file(
    session: Session, path: str, only: str | None, auto_approve: bool, manner: Manner
) -> int:
    demand_somebody(auto_approve)
    file = config.load(path)
    _ledger(session, file)
    looked = session.look(file, allowed=_idle_only if only else None)
    shown = replace(looked.plan, withheld=_guarded(looked.plan))
    nothing = agree(shown, manner, auto_approve)
    if nothing is not None:
        return nothing
    errand = Errand(
        command="apply",
        ceiling=ceiling_of(looked.plan),
        fingerprint=planfile.fingerprint(looked.plan),
        planner=partial(_planner, session, file, looked.ledger),
        withheld=shown.withheld,
        checks=shown.checks,
        again=command_line("apply", path, *(["--only", only] if only else [])),
    )
    return carry_out(session, file, looked.ledger, errand, manner)


def _idle_only(change: Change) -> bool:
    """Tell whether `--only idle` lets *change* through."""
    if change.resource is not Resource.USER:
        return False
    if change.action is Action.DELETE:
        return change.reason in (Reason.IDLE, Reason.UNUSED)
    return change.reason is Reason.RETURNED


# --- both -------------------------------------------------------------------------------------


def _planner(
    session: Session,
    file: SeatsFile,
    ledger: Ledger | None,
    ceiling: Ceiling,
    unanswered: frozenset[Target],
    *,
    base: SeatsFile | None = None,
) -> LivePlanner:
    if base is not None:
        return MergedPlanner(session, file, base, ledger, ceiling.allows, unanswered)
    return LivePlanner(session, file, ledger, ceiling.allows, unanswered)


def _ledger(session: Session, file: SeatsFile) -> Ledger | None:
    """Return the ledger that apply writes; None only when --no-state says so."""
    if session.common.no_state:
        log().warning("--no-state: nothing of this apply is remembered")
        return None
    ledger = session.ledger(file)
    if ledger is None:
        raise LedgerError(
            f"apply needs the ledger, and there is none in {session.place_of(file.path)}: begin it "
            f"with `copilot-seats ledger init {file.path}{session.state_options}`, "
            "or say --no-state"
        )
    return ledger


def _guarded(plan: Plan) -> tuple[Withheld, ...]:
    """Return what guards withheld, without what `--only` leaves out."""
    return tuple(held for held in plan.withheld if held.guard != CEILING)
