"""Ask a person for approval before anything is changed."""

from __future__ import annotations

import shlex
import sys
from dataclasses import replace

import click

from reconciler import planfile
from reconciler.app.apply import exit_code, nothing_done
from reconciler.cli import output
from reconciler.cli.commands.plan import rendered
from reconciler.cli.report_output import Manner
from reconciler.errors import Declined, UsageError
from reconciler.model.plan import Plan
from reconciler.wording.units import plural


def demand_somebody(auto_approve: bool) -> None:
    """Raise UsageError unless somebody can be asked, or has approved beforehand."""
    if not auto_approve and not sys.stdin.isatty():
        raise UsageError(
            "there is no terminal to ask on; say --auto-approve, or apply a reviewed plan file"
        )


def agree(plan: Plan, manner: Manner, auto_approve: bool) -> int | None:
    """Show *plan* and ask whether to do it.

    Return None for yes, and the exit code if there is nothing to do; raise Declined for no.
    """
    if manner.output_format == "text":
        output.say(rendered(plan, "text"))
    if not plan.changes:
        report = replace(
            nothing_done(plan.organization, planfile.plan_id(plan), plan.made_at),
            withheld=plan.withheld,
            checks=plan.checks,
            notices=plan.told,
            ledger_head=plan.ledger_head,
        )
        code = exit_code(report)
        manner.tell(report, code, aloud=manner.output_format != "text")
        return code
    if not auto_approve:
        if manner.output_format != "text":
            # stdout is for the report alone, but nobody agrees to what they have not seen.
            click.echo(rendered(plan, "text"), err=True)
        _ask(plan)
    return None


def _ask(plan: Plan) -> None:
    count = plural(len(plan.changes), "change")
    question = f"\nApply {count} to {plan.organization.login}? Only 'yes' is accepted: "
    click.echo(question, nl=False, err=True)
    if sys.stdin.readline().strip() != "yes":
        raise Declined("declined; nothing was done")


def command_line(*words: str) -> str:
    """Return the command of this program as it is typed in a shell."""
    return shlex.join(["copilot-seats", *words])
