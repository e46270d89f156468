"""`explain`: why one person has a seat or has none, and what would change that; never write."""

from __future__ import annotations

import difflib
import re
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler import config
from reconciler.app.session import Common, Looked, Session, memory_of
from reconciler.cli import options, output
from reconciler.errors import SeatsError, SnapshotError, UsageError

if TYPE_CHECKING:
    from reconciler.decide.state import Look
    from reconciler.explain import Explanation
    from reconciler.model.observed import Account
    from reconciler.plan.reading import Reader

_LOGIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,99}")


@click.command("explain", short_help="Say why one person has a seat or has none.")
@click.argument("file", metavar="FILE", type=click.Path(path_type=str))
@click.argument("login", metavar="LOGIN")
@click.option(
    "--live",
    "snapshot_file",
    metavar="SNAPSHOT",
    type=click.Path(path_type=Path),
    help="Explain on a snapshot, offline, instead of the live organisation.",
)
@click.option(
    "--now", metavar="T", type=options.Moment(), help="Explain as if it were this moment."
)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="What stdout shows.",
)
@options.common()
def command(
    common: Common,
    file: str,
    login: str,
    snapshot_file: Path | None,
    now: datetime | None,
    output_format: str,
) -> int:
    """Say why the person with LOGIN has a seat or has none, and what would change that.

    The decision with its reason; the lines of FILE that claim a seat; the rows GitHub shows; every
    rule, and why it governs or does not; the evidence, and what it can't tell; what will change by
    itself and when; what would change it. Nothing is written, to GitHub or to the ledger.

    Exit codes: 0 explained, 1 error (also for a login that does not exist).
    """
    _require_login(login)
    with Session(common) as session:
        desired = config.load(file)
        with session.reading(desired, _offline(snapshot_file)) as reader:
            told = _explained(session.look(desired, reader, now=now), reader, login)
        output.say(_shown(told, output_format))
    return 0


def _require_login(login: str) -> None:
    """Raise where *login* can't be one, with what to write instead."""
    if _LOGIN.fullmatch(login):
        return
    bare = login.removeprefix("@")
    if bare != login and _LOGIN.fullmatch(bare):
        raise UsageError(f"write the login without `@`: {bare}")
    raise UsageError(
        f"{login!r} is no login: write it as it stands in https://github.com/LOGIN, "
        "not a name, a team or an e-mail address"
    )


def _offline(snapshot_file: Path | None) -> Reader | None:
    if snapshot_file is None:
        return None
    from reconciler import snapshot

    return snapshot.load(snapshot_file)


def _explained(looked: Looked, reader: Reader, login: str) -> Explanation:
    """Explain the person with *login*, who is looked up where planning did not need them."""
    from reconciler.decide.state import Look
    from reconciler.explain import explain, find, with_account

    look = Look(looked.file, looked.observed, memory_of(looked.ledger))
    user_id = find(look, login)
    if user_id is None:
        account = _looked_up(look, reader, login)
        user_id = account.id
        if user_id not in look.directory.logins:
            look = with_account(look, account, reader.membership(account.login))
    return explain(look, looked.plan, user_id, login)


def _looked_up(look: Look, reader: Reader, login: str) -> Account:
    """Return the account with *login*; raise where there is none."""
    try:
        account = reader.user(login)
    except SnapshotError as error:
        raise SnapshotError(
            f"nobody in this snapshot is called {login}: no seat, no member of a team that was "
            f"read; whether the account exists it can't tell{_near(look, login)}"
        ) from error
    if account is not None:
        return account
    raise SeatsError(_unknown(look, login))


def _unknown(look: Look, login: str) -> str:
    """Say that nobody is called *login*, and what that means where the file names them."""
    from reconciler.explain import places

    text = f"nobody on GitHub is called {login}{_near(look, login)}"
    named = places(look, login)
    if not named:
        return text
    marks = ", ".join(str(name.mark) for name in named)
    return (
        f"{text}\n  the file names them all the same: {marks}\n"
        "  the account may have been renamed or deleted; correct the name, or take it out"
    )


def _near(look: Look, login: str) -> str:
    near = difflib.get_close_matches(login.lower(), look.directory.user_ids, n=1, cutoff=0.75)
    if not near:
        return ""
    return f"; did you mean {look.directory.login(look.directory.user_ids[near[0]])}?"


def _shown(told: Explanation, output_format: str) -> str:
    if output_format == "json":
        from reconciler import canonical_json
        from reconciler.render.explanation_json import document

        return canonical_json.pretty(document(told))
    from reconciler.render.explanation import explanation_text

    return explanation_text(told, colour=output.colour(), width=output.width())
