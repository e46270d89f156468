"""`plan`: show what would change, and why; never write, to GitHub or to the ledger."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.app import exit_codes
from reconciler.app.session import Common, Session
from reconciler.cli import options, output
from reconciler.cli.files import Together, each
from reconciler.cli.summary import add, told_in
from reconciler.errors import SeatsError, UsageError

if TYPE_CHECKING:
    from reconciler.model.desired import SeatsFile
    from reconciler.model.plan import Plan


@click.command("plan", short_help="Show what would change, and why.")
@options.files
@click.option(
    "--live",
    "snapshot_file",
    metavar="SNAPSHOT",
    type=click.Path(path_type=Path),
    help="Plan on a snapshot, offline, instead of the live organisation.",
)
@click.option("--now", metavar="T", type=options.Moment(), help="Plan as if it were this moment.")
@click.option(
    "--out",
    metavar="PLAN.json",
    type=click.Path(path_type=Path),
    help="Write the plan file; with several FILEs a folder.",
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
    help="Add the plan, or why there is none, as Markdown to this file ($GITHUB_STEP_SUMMARY).",
)
@click.option(
    "--redact", is_flag=True, help="Show pseudonyms for people; the plan can't be applied."
)
@click.option(
    "--base",
    "base_file",
    metavar="BASEFILE",
    help="Hold FILE against the file it is to replace: guards and exemptions from there.",
)
@click.option("--detailed-exitcode", is_flag=True, help="Exit 2 when changes are pending.")
@options.common()
def command(
    common: Common,
    files: tuple[str, ...],
    snapshot_file: Path | None,
    now: datetime | None,
    out: Path | None,
    output_format: str,
    summary: Path | None,
    redact: bool,
    base_file: str | None,
    detailed_exitcode: bool,
) -> int:
    """Show what would change in the live organisation, and why.

    FILE is `seats.yml` by default; several FILEs are several organisations. Nothing is written, to
    GitHub or to the ledger.

    With --base, FILE is a proposal, and BASEFILE the file as it stands on the base branch, in a
    checkout of it. The plan then says what the proposal does and what was already due, and what it
    changes of guards and exemptions counts only once merged.

    Exit codes: 0 planned (also when changes are pending), 1 error, 2 changes pending (only with
    --detailed-exitcode), 3 a guard withheld changes.
    """
    paths = files or (options.DEFAULT_FILE,)
    if base_file is not None and len(paths) > 1:
        raise UsageError("--base goes with one FILE: plan the others one by one")
    results: list[dict[str, object]] = []

    def run(path: str) -> int:
        with told_in(summary, "plan", path):
            return planned(path)

    def planned(path: str) -> int:
        try:
            plan = _plan(session, together.load(path), base_file, snapshot_file, now)
        except SeatsError as error:
            if output_format == "json":
                results.append({"file": path, "exit_code": error.exit_code, "error": str(error)})
            raise
        if redact:
            from reconciler.render.redact import redact as redacted

            plan = redacted(plan)
        code = exit_code(plan, detailed=detailed_exitcode)
        target = target_of(out, plan.organization.login, many=len(paths) > 1)
        _write(plan, target, summary)
        if output_format == "json":
            from reconciler import planfile

            results.append({"file": path, "exit_code": code, "plan": planfile.document(plan)})
        else:
            output.say(rendered(plan, output_format))
        return code

    together = Together(paths)
    with Session(common) as session:
        try:
            return each(paths, run)
        finally:
            _say_json(results, many=len(paths) > 1)


def _plan(
    session: Session,
    file: SeatsFile,
    base_file: str | None,
    snapshot_file: Path | None,
    now: datetime | None,
) -> Plan:
    reader = None
    if snapshot_file is not None:
        from reconciler import snapshot

        reader = snapshot.load(snapshot_file)
    if base_file is not None:
        from reconciler.app import base_branch

        return base_branch.plan(session, file, base_branch.load(base_file, file), reader, now=now)
    return session.look(file, reader, now=now).plan


def exit_code(plan: Plan, *, detailed: bool) -> int:
    """Return what a plan's exit code is: 3 withheld, 2 changes pending if asked, else 0."""
    if plan.withheld:
        return exit_codes.WITHHELD
    return exit_codes.CHANGES if detailed and plan.changes else exit_codes.DONE


def rendered(plan: Plan, output_format: str) -> str:
    """Return *plan* as text for this terminal or pipe, or as Markdown."""
    if output_format == "markdown":
        from reconciler.render.markdown import plan_markdown

        return plan_markdown(plan)
    from reconciler.render.text import plan_text

    return plan_text(plan, colour=output.colour(), width=output.width())


def target_of(out: Path | None, org: str, *, many: bool) -> Path | None:
    """Return where the plan for *org* is written; with several files *out* is a folder."""
    if out is None or not many:
        return out
    return out / f"{org.lower()}.json"


def _write(plan: Plan, target: Path | None, summary: Path | None) -> None:
    if target is not None:
        from reconciler import planfile

        output.write(target, planfile.dumps(plan))
    if summary is not None:
        from reconciler.render.markdown import plan_markdown

        add(summary, lambda most: plan_markdown(plan, limit=most))


def _say_json(results: list[dict[str, object]], *, many: bool) -> None:
    """Print the plan document, or with several files each with its own exit code."""
    from reconciler import canonical_json

    if many and results:
        output.say(canonical_json.pretty({"format_version": "1.0", "results": results}))
    elif results and "plan" in results[0]:
        output.say(canonical_json.pretty(results[0]["plan"]))
