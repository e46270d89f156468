"""`init`: write a file for the live organisation whose first plan has no changes."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from reconciler import config
from reconciler.app.session import Common, Session
from reconciler.cli import options, output
from reconciler.cli.commands.ledger import to_commit
from reconciler.errors import UsageError
from reconciler.model.desired import SeatsFile, Undeclared
from reconciler.model.diagnostics import Severity
from reconciler.model.observed import Observed
from reconciler.plan.observe import observe
from reconciler.plan.planner import make_plan
from reconciler.plan.reading import Cached, Reader
from reconciler.render.seatsfile import named_on, scalar, seats_file


@click.command("init", short_help="Write a file for the live organisation.")
@click.option("--org", required=True, metavar="ORG", help="The organisation's login.")
@click.option(
    "-o",
    "--out",
    metavar="FILE",
    type=click.Path(path_type=Path),
    default=Path(options.DEFAULT_FILE),
    show_default=True,
    help="The file to write; an existing one is left alone.",
)
@options.common()
def command(common: Common, org: str, out: Path) -> int:
    """Write a file that says what ORG's seats are today, and begin its ledger.

    The first plan of that file has no changes. What it can't express is said in its comments.
    """
    if out.exists():
        raise UsageError(f"{out} exists; write to another file with -o, or move it away")
    with Session(common) as session:
        _require_login(org)
        reader = Cached(session.reader(org))
        text, observed = _matching(org, reader)
        output.write(out, text)
        output.say(f"{out}: written, {observed.organization.login} as it is today")
        _begin_ledger(session, config.load(out), reader)
    output.say(f"next: copilot-seats plan {out}{session.state_options}")
    return 0


def _require_login(org: str) -> None:
    """Raise if *org* could not be an organisation's login."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "seats.yml"
        path.write_text(f"version: 1\norg: {scalar(org)}\nseats: {{}}\n", encoding="utf-8")
        if config.check([str(path)]):
            raise UsageError(f"{org!r} is no organisation's login")


def _matching(org: str, reader: Reader) -> tuple[str, Observed]:
    """Return a file's text whose plan is empty; undeclared seats are kept if nothing else helps."""
    text, observed = "", None
    for undeclared in Undeclared:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "seats.yml"
            path.write_text(f"version: 1\norg: {scalar(org)}\nseats: {{}}\n", encoding="utf-8")
            if observed is None:
                observed = observe(config.load(path), reader, None)
            text = seats_file(observed, undeclared)
            path.write_text(text, encoding="utf-8")
            refused = _refused(path, text)
            if refused:
                text = seats_file(observed, undeclared, refused)
                path.write_text(text, encoding="utf-8")
            file = config.load(path)
        plan = make_plan(file, observe(file, reader, None), None)
        if not plan.changes and not plan.withheld:
            kinds = ("unknown_team", "gone")
            unlisted = tuple(one.subject for one in plan.notices if one.kind in kinds)
            if unlisted:
                text = seats_file(observed, undeclared, refused, unlisted)
            return text, observed
    raise UsageError(f"no file gives {org} an empty plan: it changes while it is read; try again")


def _refused(path: Path, text: str) -> frozenset[str]:
    """Return the names in *text*, which stands in *path*, that no file may hold."""
    lines = text.splitlines()
    found = config.check([str(path)])
    return frozenset(
        named_on(lines[one.mark.line - 1]) for one in found if one.severity is Severity.ERROR
    )


def _begin_ledger(session: Session, file: SeatsFile, reader: Reader) -> None:
    if session.common.no_state:
        return
    existing = session.ledger(file, reader)
    if existing is not None:
        output.say(f"ledger {existing.place}: kept, it exists already")
        return
    looked = session.look(file, reader)
    plan = looked.plan
    ledger = session.begin_ledger(file, plan.organization, plan.made_at)
    with ledger.writing("init") as writer:
        writer.observed(plan.records, plan.made_at)
    output.say(f"ledger {ledger.place}: begun")
    if advice := to_commit(session, ledger):
        output.say(advice)
