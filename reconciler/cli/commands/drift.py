"""`drift`: what a nightly run does: plan, tell by exit code, remember what was seen."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from reconciler.app.logs import log
from reconciler.app.session import Common, Looked, Session
from reconciler.cli import options, output
from reconciler.cli.commands.plan import exit_code, rendered, target_of
from reconciler.cli.files import Together, each
from reconciler.cli.summary import add, told_in
from reconciler.model.plan import Action, Plan
from reconciler.wording.units import plural, timestamp


@click.command("drift", short_help="Report drift, and remember what was seen.")
@options.files
@click.option(
    "--out",
    metavar="PLAN.json",
    type=click.Path(path_type=Path),
    help="Write the plan file, for `issue`; with several FILEs a folder.",
)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "markdown", "json"]),
    default="text",
    show_default=True,
    help="What stdout shows.",
)
@click.option(
    "--summary",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Add plan and heartbeat, or why there are none, as Markdown to this file.",
)
@options.common()
def command(
    common: Common,
    files: tuple[str, ...],
    out: Path | None,
    output_format: str,
    summary: Path | None,
) -> int:
    """Plan FILEs, and record in the ledger what was seen and whom a rule has warned.

    A warning is a line of this output, not a message to the person. The last line is a heartbeat.

    Exit codes: 0 no drift, 1 error, 2 changes pending, 3 a guard withheld changes.
    """

    def run(path: str) -> int:
        def last_line(page: str) -> str:
            return with_heartbeat(page, _beat_of_failure(session, path))

        with told_in(summary, "drift", path, last_line):
            if not many:
                clear(out)
            file = together.load(path)
            target = target_of(out, file.org.text, many=many)
            clear(target)
            looked = session.look(file)
            beat = heartbeat(looked.plan, _record(looked))
            _write(looked.plan, beat, target, summary)
            _print(looked.plan, beat, output_format)
            return exit_code(looked.plan, detailed=True)

    paths = files or (options.DEFAULT_FILE,)
    many = len(paths) > 1
    together = Together(paths)
    with Session(common) as session:
        return each(paths, run)


def clear(target: Path | None) -> None:
    """Remove an older plan at *target*: a run that fails leaves none that looks like its own."""
    if target is not None and output.begins(target, b"{"):
        output.remove(target)


def _write(plan: Plan, beat: str, target: Path | None, summary: Path | None) -> None:
    if target is not None:
        from reconciler import planfile

        output.write(target, planfile.dumps(plan))
    if summary is not None:
        from reconciler.render.markdown import plan_markdown

        room = len(with_heartbeat("", beat))
        add(summary, lambda most: with_heartbeat(plan_markdown(plan, limit=most - room), beat))


def with_heartbeat(page: str, beat: str) -> str:
    """Return the Markdown *page* with the heartbeat as its last line."""
    from reconciler.render.escape import code

    return f"{page}\n{code(beat)}\n"


def _print(plan: Plan, beat: str, output_format: str) -> None:
    if output_format == "json":
        from reconciler import planfile

        output.say(planfile.dumps(plan))
        log().info(beat)
    else:
        output.say(rendered(plan, output_format))
        output.say(beat)


def _record(looked: Looked) -> str | None:
    """Write into the ledger what the look found; return the new head."""
    if looked.ledger is None:
        log().warning("no ledger: nothing is remembered, nobody can be warned")
        return None
    with looked.ledger.writing("drift") as writer:
        writer.observed(looked.plan.records, looked.plan.made_at)
    return looked.ledger.head


def _beat_of_failure(session: Session, path: str) -> str:
    """Return the line that says that the run was, and failed: two failures differ by their time.

    It is GitHub's if GitHub answered; whose the file is may be unknown, where it can't be read.
    """
    from reconciler.config.organization import organization_of

    org = organization_of(path)
    at = session.answered_at(org) if org is not None else None
    return f"drift {org or path} {timestamp(at or datetime.now(UTC))}: failed"


def heartbeat(plan: Plan, head: str | None) -> str:
    """Return the one line that says that the run was, and what it saw."""
    creates = sum(one.action is Action.CREATE for one in plan.changes)
    deletes = len(plan.changes) - creates
    parts = (
        plural(plan.observed.seats, "seat"),
        f"{creates} to create",
        f"{deletes} to delete",
        f"{len(plan.withheld)} withheld",
        f"{plan.summary.warn} warned",
        f"ledger {head[:12]}" if head else "no ledger",
    )
    return f"drift {plan.organization.login} {timestamp(plan.made_at)}: {', '.join(parts)}"
