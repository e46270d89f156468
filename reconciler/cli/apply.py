"""`apply`: carry out a reviewed plan, or plan, show, ask and apply."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click

from reconciler import config, planfile
from reconciler.apply import Ceiling, Pace, apply
from reconciler.changes import Action, Change, Plan, Reason, Report, Resource, Result, Withheld
from reconciler.cli import exits, options, output
from reconciler.cli.live import LedgerJournal, LivePlanner, NoJournal
from reconciler.cli.logs import log
from reconciler.cli.manner import Manner
from reconciler.cli.plan import rendered
from reconciler.cli.session import Session, talkative
from reconciler.errors import Declined, LedgerError, PlanFileError, UsageError
from reconciler.ledger import Ledger
from reconciler.model import Organization, SeatsFile
from reconciler.plan import CEILING
from reconciler.planfile import PlanFile, PlannedChange
from reconciler.words import plural

_NOT_DONE = (Result.FAILED, Result.NOT_TRIED, Result.UNCONFIRMED)
_SENT = (Result.DONE, Result.FAILED, Result.UNCONFIRMED)


@click.command("apply", short_help="Carry out a reviewed plan, or plan, ask and apply.")
@click.argument("plan_or_file", metavar="PLAN.json|FILE", default=options.DEFAULT_FILE)
@click.option("--config", "config_file", metavar="FILE", help="The seats file of PLAN.json.")
@click.option(
    "--only",
    type=click.Choice(["idle"]),
    help="Only take idle and unused seats back, and give returned people theirs (with FILE).",
)
@click.option("--auto-approve", is_flag=True, help="Do not ask (with FILE).")
@click.option(
    "--pace",
    type=click.FloatRange(0, 3600),
    default=1.0,
    show_default=True,
    help="Seconds between requests that change something; GitHub asks for 1.",
)
@click.option(
    "--wait",
    type=click.FloatRange(0, 3600),
    default=60.0,
    show_default=True,
    help="Seconds to wait until GitHub shows what it accepted.",
)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "markdown", "json"]),
    default="text",
    show_default=True,
    help="What stdout shows of the report.",
)
@click.option(
    "--summary",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Add the report as Markdown to this file ($GITHUB_STEP_SUMMARY).",
)
@click.option(
    "--report",
    "report_file",
    metavar="REPORT.json",
    type=click.Path(path_type=Path),
    help="Write the report as JSON.",
)
@options.api
@options.state
@options.talk
def command(
    plan_or_file: str,
    config_file: str | None,
    only: str | None,
    auto_approve: bool,
    pace: float,
    wait: float,
    output_format: str,
    summary: Path | None,
    report_file: Path | None,
    api_url: str | None,
    state_dir: Path | None,
    no_state: bool,
    log_format: str,
    verbose: bool,
    quiet: bool,
) -> int:
    """Carry out PLAN.json, or plan FILE (`seats.yml` by default), show the plan, ask and apply it.

    A reviewed plan is a ceiling: apply plans again from the file on a fresh reading, and carries
    out what both plans say. A plan file is used once, and within 7 days.

    Exit codes: 0 done, 1 error or declined, 3 a guard withheld changes and the rest was done,
    4 this plan file may not be applied, 5 something was sent and not all of it is done.
    """
    talkative(log_format, verbose, quiet)
    manner = Manner(Pace(pace, wait), output_format, summary, report_file)
    with Session(api_url, state_dir, no_state) as session:
        plan_text = _plan_text(plan_or_file)
        if plan_text is not None:
            if only or auto_approve:
                raise UsageError("--only and --auto-approve go with a seats file, not a plan file")
            return _apply_plan_file(session, planfile.parse(plan_text), config_file, manner)
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
            is_plan = braces or name.endswith(".json")
            return start + source.read() if is_plan else None
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror or error}") from error


# --- a plan file ------------------------------------------------------------------------------


def _apply_plan_file(
    session: Session, plan: PlanFile, config_file: str | None, manner: Manner
) -> int:
    file = config.load(config_file or _own_path(plan))
    if file.org.text.lower() != plan.organization.login.lower():
        raise PlanFileError(
            f"the plan is for organisation {plan.organization.login}, and {file.path} is for "
            f"{file.org.text}; nothing was done"
        )
    if not plan.changes:
        code = exits.WITHHELD if plan.withheld else exits.DONE
        if manner.output_format == "text":
            output.say("No changes: the plan is empty.")
        nothing = _nothing_done(plan.organization, plan.plan_id, datetime.now(UTC))
        manner.tell(nothing, code, aloud=manner.output_format != "text")
        return code
    if not plan.applyable:
        raise PlanFileError(
            "this plan was made with --now or redacted: it is to be looked at, not applied; "
            "nothing was done"
        )
    _require_target(session, plan)
    ledger = _ledger(session, file)
    _require_unused(ledger, plan.plan_id)
    return _carry_out(
        session,
        file,
        ledger,
        Ceiling(plan.plan_id, plan.changes),
        plan.fingerprint,
        manner,
        file_withheld=bool(plan.withheld),
    )


def _own_path(plan: PlanFile) -> str:
    """Return the plan's own path, which counts only inside the working directory."""
    here = Path.cwd().resolve()
    if not (here / plan.config_path).resolve().is_relative_to(here):
        raise UsageError(
            f"the plan names {plan.config_path}, outside the working directory: "
            "say which file it is with --config FILE"
        )
    return plan.config_path


def _require_target(session: Session, plan: PlanFile) -> None:
    """Raise unless GitHub answers for the organisation of the plan, in the plan's lifetime."""
    reader = session.reader(plan.organization.login)
    organization = reader.organization()
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


def _require_unused(ledger: Ledger | None, plan_id: str) -> None:
    applied = ledger.memory().plans.get(plan_id) if ledger is not None else None
    if applied is not None and applied.finished:
        raise PlanFileError(
            f"this plan was applied on {applied.started:%Y-%m-%d %H:%M} UTC, and a plan is used "
            "once; nothing was done. Make a new one: copilot-seats plan FILE --out PLAN.json"
        )


# --- a seats file -----------------------------------------------------------------------------


def _apply_file(
    session: Session, path: str, only: str | None, auto_approve: bool, manner: Manner
) -> int:
    if not auto_approve and not sys.stdin.isatty():
        raise UsageError(
            "there is no terminal to ask on; say --auto-approve, or apply a reviewed plan file"
        )
    file = config.load(path)
    _ledger(session, file)
    looked = session.look(file, allowed=_idle_only if only else None)
    shown = replace(looked.plan, withheld=_guarded(looked.plan))
    if manner.output_format == "text":
        output.say(rendered(shown, "text"))
    if not looked.plan.changes:
        nothing = _nothing_done(shown.organization, planfile.plan_id(shown), shown.made_at)
        report = replace(
            nothing,
            withheld=shown.withheld,
            notices=shown.notices,
            ledger_head=shown.ledger_head,
        )
        code = exit_code(report, withheld=False)
        manner.tell(report, code, aloud=manner.output_format != "text")
        return code
    if not auto_approve:
        if manner.output_format != "text":
            # stdout is for the report alone, but nobody agrees to what they have not seen.
            click.echo(rendered(shown, "text"), err=True)
        _ask(looked.plan)
    ceiling = Ceiling(
        planfile.plan_id(looked.plan),
        tuple(PlannedChange.of(change) for change in looked.plan.changes),
    )
    fingerprint = planfile.fingerprint(looked.plan)
    return _carry_out(
        session, file, looked.ledger, ceiling, fingerprint, manner, shown=shown.withheld
    )


def _idle_only(change: Change) -> bool:
    """Tell whether `--only idle` lets *change* through."""
    if change.resource is not Resource.USER:
        return False
    if change.action is Action.DELETE:
        return change.reason in (Reason.IDLE, Reason.UNUSED)
    return change.reason is Reason.RETURNED


def _ask(plan: Plan) -> None:
    count = plural(len(plan.changes), "change")
    question = f"\nApply {count} to {plan.organization.login}? Only 'yes' is accepted: "
    click.echo(question, nl=False, err=True)
    if sys.stdin.readline().strip() != "yes":
        raise Declined("declined; nothing was done")


# --- carrying out -----------------------------------------------------------------------------


def _ledger(session: Session, file: SeatsFile) -> Ledger | None:
    """Return the ledger that apply writes; None only when --no-state says so."""
    if session.no_state:
        log().warning("--no-state: nothing of this apply is remembered")
        return None
    ledger = session.ledger(file)
    if ledger is None:
        raise LedgerError(
            f"apply needs the ledger, and there is none in {session.state_of(file.path)}: begin it "
            f"with `copilot-seats ledger init {file.path}`, or say --no-state"
        )
    return ledger


def _carry_out(
    session: Session,
    file: SeatsFile,
    ledger: Ledger | None,
    ceiling: Ceiling,
    fingerprint: str,
    manner: Manner,
    *,
    file_withheld: bool = False,
    shown: tuple[Withheld, ...] = (),
) -> int:
    """Apply under *ceiling* and tell what happened.

    *file_withheld* says that the plan file had withheld something, *shown* what the plan that was
    just shown had: the plan under the ceiling doesn't know of either.
    """
    from reconciler.github import Writer

    seats = Writer(session.connection(file.org.text), file.org.text, patience=session.patience)
    unwritten: LedgerError | None = None
    if ledger is None:
        planner = LivePlanner(session, file, None, ceiling.allows)
        report = apply(ceiling, planner.again(), planner, seats, NoJournal(), manner.pace)
    else:
        with ledger.writing("apply") as writer:
            _require_unused(ledger, ceiling.plan_id)
            ceiling, planner = _resumed(session, file, ledger, ceiling)
            now = planner.again()
            writer.observed(now.plan.records, now.plan.made_at)
            writer.apply_started(ceiling.plan_id, fingerprint, now.plan.made_at)
            report = apply(ceiling, now, planner, seats, LedgerJournal(writer), manner.pace)
            try:
                writer.apply_finished(planner.latest or now.plan.made_at)
            except LedgerError as error:
                unwritten = error  # told after the report of what was done, which it must not hide
    known = {held.change.target for held in report.withheld}
    report = replace(
        report,
        finished_at=planner.latest or report.finished_at,
        withheld=(
            *report.withheld,
            *(held for held in shown if held.change.target not in known),
        ),
        ledger_head=ledger.head if ledger is not None else None,
    )
    code = exit_code(report, withheld=file_withheld)
    manner.tell(report, code)
    if unwritten is not None:
        from reconciler.cli.boundary import show

        show(unwritten)
        return exits.worst((code, exits.ERROR))
    return code


def _nothing_done(organization: Organization, plan_id: str, at: datetime) -> Report:
    return Report(organization, plan_id, at, at, ())


def _resumed(
    session: Session, file: SeatsFile, ledger: Ledger, ceiling: Ceiling
) -> tuple[Ceiling, LivePlanner]:
    """Return ceiling and planner with what an unfinished run of the same plan has sent."""
    journal = ledger.journal(ceiling.plan_id)
    if journal is None:
        return ceiling, LivePlanner(session, file, ledger, ceiling.allows)
    sent = frozenset(entry.target for entry in journal.entries if entry.sent is not None)
    lost = frozenset(entry.target for entry in journal.unanswered)
    ceiling = replace(ceiling, earlier=sent)
    log().info("an earlier run of this plan did not finish: going on", sent=len(sent))
    return ceiling, LivePlanner(session, file, ledger, ceiling.allows, lost)


def exit_code(report: Report, *, withheld: bool) -> int:
    """Return what an apply's exit code is; *withheld* tells of the reviewed plan."""
    results = {outcome.result for outcome in report.outcomes}
    codes = [exits.DONE]
    if results.intersection(_NOT_DONE):
        codes.append(exits.INCOMPLETE if results.intersection(_SENT) else exits.ERROR)
    if withheld or report.withheld:
        codes.append(exits.WITHHELD)
    return exits.worst(codes)


def _guarded(plan: Plan) -> tuple[Withheld, ...]:
    """Return what guards withheld, without what `--only` leaves out."""
    return tuple(held for held in plan.withheld if held.guard != CEILING)
