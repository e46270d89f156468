"""`comment`: keep one comment on a pull request up to date."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.app import exit_codes
from reconciler.app.session import Common
from reconciler.cli import options, output
from reconciler.errors import UsageError

if TYPE_CHECKING:
    from reconciler.github.repository import Repository

KEY = "plan"
"""The key of a comment, unless one is given."""

MOST_BYTES = 64 * 1024 * 1024

_PULL = re.compile(r"refs/pull/([1-9][0-9]{0,9})/(?:merge|head)", re.ASCII)


@click.command("comment", short_help="Keep one comment on a pull request up to date.")
@click.argument("body", metavar="BODY.md")
@click.option("--repo", metavar="OWNER/NAME", help="The repository; else GITHUB_REPOSITORY.")
@click.option(
    "--number",
    metavar="N",
    type=click.IntRange(1, 10**10),
    help="The pull request or issue; else that of the workflow's event.",
)
@click.option("--commit", metavar="SHA", help="The pull request that this commit was merged with.")
@click.option(
    "--key",
    metavar="KEY",
    default=KEY,
    show_default=True,
    help="Which comment it is: there is one for each key.",
)
@options.org_id
@click.option(
    "--instead-of",
    metavar="KEY",
    multiple=True,
    help="A comment that is out of date with this one: it leads there from now on. Repeatable.",
)
@click.option(
    "--keep-earlier",
    is_flag=True,
    help="Keep what the comment says already, folded, below BODY.md.",
)
@options.common(state=False)
def command(
    common: Common,
    body: str,
    repo: str | None,
    number: int | None,
    commit: str | None,
    key: str,
    org_id: int | None,
    instead_of: tuple[str, ...],
    keep_earlier: bool,
) -> int:
    """Let one comment say what BODY.md says (`-` reads stdin), and print its address.

    It is written once and changed in place from then on, found by a marker on its first line and
    by its author: no person's comment but ours is ever touched. An App's token is not told whose it
    is: what a bot marked is then ours, github-actions[bot]'s before others', or that of the first
    bot that did. More than GitHub takes (65,536 characters) is cut at a line end.

    The token comes from COPILOT_SEATS_REPOSITORY_TOKEN, GITHUB_TOKEN or GH_TOKEN, and takes the
    repository permission "Pull requests": write. `plan --summary FILE` adds what can be commented
    to a file, of a plan that failed too: begin each run without one.

    Exit codes: 0 done, or there is no merged pull request of that commit; 1 error.
    """
    from reconciler.app.conversation import keep_comment, repository

    if number is not None and commit is not None:
        raise UsageError("say --number or --commit, not both")
    text = read_body(body)
    with repository(common, repo) as there:
        where = number or (merged_with(there, commit) if commit else number_from(os.environ))
        if where is None:
            from reconciler.app.logs import log

            log().warning("no pull request was merged with that commit: nothing is commented")
            return exit_codes.DONE
        url = keep_comment(
            there,
            where,
            key,
            text,
            instead_of=instead_of,
            keep_earlier=keep_earlier,
            org_id=org_id,
        )
        output.say(url)
    return exit_codes.DONE


def read_body(path: str) -> str:
    """Return the text at *path*, or stdin's for `-`; what is no UTF-8 is shown as such."""
    try:
        if path == "-":
            content = sys.stdin.buffer.read(MOST_BYTES + 1)
        else:
            with Path(path).open("rb") as source:
                content = source.read(MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror or error}") from error
    if len(content) > MOST_BYTES:
        raise UsageError(f"{path} has more than {MOST_BYTES // 1024**2} MiB")
    text = content.decode("utf-8", "replace").removeprefix("\ufeff")
    if not text.strip():
        raise UsageError(f"{path} is empty: there is nothing to say")
    return text


def number_from(environ: Mapping[str, str]) -> int:
    """Return the number of the pull request that a workflow runs for; raise UsageError for none."""
    number = _from_event(environ.get("GITHUB_EVENT_PATH"))
    if number is not None:
        return number
    found = _PULL.fullmatch(environ.get("GITHUB_REF", ""))
    if found is not None:
        return int(found[1])
    raise UsageError(
        "say which pull request: --number N, or --commit SHA for the one that was merged with it;"
        " the workflow's event has none"
    )


def _from_event(path: str | None) -> int | None:
    if not path:
        return None
    try:
        event = json.loads(Path(path).read_bytes())
        number = event["pull_request"]["number"]
    except (OSError, ValueError, RecursionError, LookupError, TypeError):
        return None
    return number if type(number) is int and number > 0 else None


def merged_with(repository: Repository, commit: str) -> int | None:
    """Return the number of the pull request that was merged with *commit*, None without one."""
    merged = [one for one in repository.pulls_of(commit) if one.merged]
    exact = [one for one in merged if (one.merge_commit or "").lower() == commit.lower()]
    return max((one.number for one in exact or merged), default=None)
