"""`auth`: who am I to GitHub, what may I do, what is missing; changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.app import exit_codes
from reconciler.app.session import Common, Session
from reconciler.cli import options, output

if TYPE_CHECKING:
    from reconciler.model.permissions import Credential, Finding


@click.group("auth", short_help="Tell who you are to GitHub, and what you may do.")
def command() -> None:
    """Tell who you are to GitHub, and what you may do.

    A token comes from GITHUB_TOKEN or GH_TOKEN. To act as a GitHub App set GITHUB_APP_ID and
    GITHUB_APP_PRIVATE_KEY (the key or the path of its file), which come before a token;
    GITHUB_APP_INSTALLATION_ID is found by the organisation if it is not set.
    """


@command.command("check")
@options.one_file
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="What stdout shows.",
)
@options.common(state=False)
def check(common: Common, file: str, output_format: str) -> int:
    """Try all that planning FILE reads, and tell what is missing by name; change nothing.

    Writing can't be tried without writing: it is told by a classic token's scopes or an App's
    permissions, and of other tokens GitHub says nothing.

    Exit codes: 0 planning is possible, 1 it is not.
    """
    from reconciler import config
    from reconciler.github.access_check import Probing
    from reconciler.model.permissions import findings, plannable

    org = config.load(file).org.text
    with Session(common) as session:
        client = session.connection(org)
        probing = Probing(client, org, session.patience)
        known = session.credential(org)
        credential = known if known.permissions is not None else probing.credential(known)
        found = findings(credential, probing.tried())
        host = session.url
    ready = plannable(found)
    render = _document if output_format == "json" else _text
    output.say(render(credential, org, host, found, ready))
    return exit_codes.DONE if ready else exit_codes.ERROR


def _text(
    credential: Credential, org: str, host: str, found: tuple[Finding, ...], ready: bool
) -> str:
    from reconciler.render.auth import text

    return text(credential, org, host, found, ready)


def _document(
    credential: Credential, org: str, host: str, found: tuple[Finding, ...], ready: bool
) -> str:
    from reconciler.render.auth import document

    return document(credential, org, host, found, ready)
