"""`issue`: keep one issue of an organisation up to date, open while there is something to do."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from reconciler import canonical_json
from reconciler.app import exit_codes
from reconciler.app.session import Common
from reconciler.cli import options, output
from reconciler.cli.commands.comment import read_body
from reconciler.errors import UsageError
from reconciler.render.conversation import (
    IssueState,
    failed_state,
    issue_key,
    issue_state,
    organization_id_of,
    organization_of,
)


@click.command("issue", short_help="Keep one issue of an organisation up to date.")
@click.argument("plan_file", metavar="[PLAN.json]", required=False)
@click.option(
    "--body",
    "body_file",
    metavar="BODY.md",
    required=True,
    help="What the issue says: what `drift --summary` wrote.",
)
@click.option("--org", metavar="ORG", help="The organisation; needed without a PLAN.json.")
@options.org_id
@click.option("--repo", metavar="OWNER/NAME", help="The repository; else GITHUB_REPOSITORY.")
@click.option(
    "--label",
    metavar="NAME",
    default="copilot-seats",
    show_default=True,
    help="The issue's label; GitHub makes it.",
)
@options.common(state=False)
def command(
    common: Common,
    plan_file: str | None,
    body_file: str,
    org: str | None,
    org_id: int | None,
    repo: str | None,
    label: str,
) -> int:
    """Let one issue say what a drift found, and print its address.

    PLAN.json is what `drift --out` wrote (`-` reads stdin). The issue is open while something is
    due, is withheld, or somebody is warned, and closed as completed otherwise; a closed one is
    opened again, and none is made as long as there is nothing to tell. Without PLAN.json, or if
    there is no such file and --org says whose it would be, the nightly run failed: the issue is
    open, and BODY.md says why.

    It is found by a marker on its first line and by its author: no person's issue but ours is ever
    touched. An App's token is not told whose it is: what a bot marked is then ours,
    github-actions[bot]'s before others', or that of the first bot that did.

    The token comes from COPILOT_SEATS_REPOSITORY_TOKEN, GITHUB_TOKEN or GH_TOKEN, and takes the
    repository permission "Issues": write.

    Exit codes: 0 done, 1 error.
    """
    from reconciler.app.conversation import keep_issue, repository

    if plan_file == "-" and body_file == "-":
        raise UsageError("stdin can be the plan or the body, not both")
    whose, number, state = _state(plan_file, org, org_id)
    body = read_body(body_file)
    with repository(common, repo) as there:
        key, checked = issue_key(whose), _checked(label)
        url = keep_issue(there, key, state, body, label=checked, org_id=number)
    if url is not None:
        output.say(url)
    return exit_codes.DONE


def _state(
    plan_file: str | None, org: str | None, org_id: int | None
) -> tuple[str, int | None, IssueState]:
    """Return whose issue it is, that organisation's id, and what it should be."""
    missing = plan_file is None or (plan_file != "-" and not Path(plan_file).exists())
    if missing and org is not None:
        return org, org_id, failed_state(org)
    if plan_file is None:
        raise UsageError("name the PLAN.json that `drift --out` wrote, or --org if it wrote none")
    document = _document(plan_file)
    whose = organization_of(document)
    if org is not None and org.lower() != whose.lower():
        raise UsageError(f"{plan_file} is a plan for {whose}, not for {org}")
    return whose, organization_id_of(document) or org_id, issue_state(document)


def _document(path: str) -> object:
    try:
        if path == "-":
            content = sys.stdin.buffer.read(canonical_json.MAX_BYTES + 1)
        else:
            with Path(path).open("rb") as source:
                content = source.read(canonical_json.MAX_BYTES + 1)
        return canonical_json.strict(content)
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror or error}") from error
    except canonical_json.NotStrictError as error:
        raise UsageError(f"{path} can't be read as a plan: {error}") from error


def _checked(label: str) -> str:
    """Return *label*; GitHub takes a comma in a filter for two labels."""
    if not label.strip() or "," in label or not label.isprintable() or len(label) > 50:
        raise UsageError("--label is one name of at most 50 characters, without a comma")
    return label
