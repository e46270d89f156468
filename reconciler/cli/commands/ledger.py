"""`ledger`: begin, read and check the memory of an organisation."""

from __future__ import annotations

import json
from contextlib import suppress

import click

from reconciler import config
from reconciler.app.logs import log
from reconciler.app.session import Common, Session
from reconciler.cli import options, output
from reconciler.errors import GitHubError, LedgerError, UsageError
from reconciler.ledger import Ledger, as_json, path_of
from reconciler.model.desired import SeatsFile
from reconciler.wording.units import plural, timestamp


@click.group("ledger", short_help="Begin, read or check the ledger.")
def command() -> None:
    """Begin, read or check the ledger: what was taken back and why, who was warned, what was sent.

    One file an organisation, in `.copilot-seats/` beside the seats file unless --state says
    otherwise. It holds ids, names of the file, dates and codes, and is only ever added to.
    """


@command.command("init")
@options.one_file
@options.common()
def init(common: Common, file: str) -> int:
    """Begin the ledger of FILE's organisation, with what is seen of it now."""
    with _session(common) as session:
        desired = config.load(file)
        ledger = begin(session, desired)
        output.say(f"ledger {ledger.place} begun")
        if advice := to_commit(session, ledger):
            log().info(advice)
    return 0


def to_commit(session: Session, ledger: Ledger) -> str:
    """Return whether to commit the folder of a new ledger; nothing where an option names one."""
    if session.common.state_branch is not None or session.common.state_dir is not None:
        return ""
    return (
        f"Commit {ledger.path.parent}/, and again after each drift and apply: the next run "
        "needs it. For CI, keep it on a branch of its own instead: --state-branch NAME."
    )


def begin(session: Session, file: SeatsFile) -> Ledger:
    """Begin the ledger of *file*'s organisation and record a first look."""
    looked = session.look(file)
    if looked.ledger is not None:
        raise LedgerError(f"ledger {looked.ledger.place} exists already; `ledger show` reads it")
    plan = looked.plan
    ledger = session.begin_ledger(file, looked.observed.organization, plan.made_at)
    with ledger.writing("ledger init") as writer:
        writer.observed(plan.records, plan.made_at)
    return ledger


@command.command("show")
@options.one_file
@click.option("--format", "output_format", type=click.Choice(["text", "json"]), default="text")
@options.common(api=False)
def show(common: Common, file: str, output_format: str) -> int:
    """Print the events of the ledger, oldest first."""
    with _session(common) as session:
        ledger = _existing(session, config.load(file))
    if output_format == "json":
        for event in ledger.events:
            output.say(json.dumps(as_json(event), sort_keys=True))
        return 0
    for event in ledger.events:
        fields = as_json(event)
        at, kind = fields.pop("at"), fields.pop("event")
        rest = json.dumps({key: fields[key] for key in sorted(fields) if fields[key]})
        output.say(f"{at}  {kind:<15} {rest}")
    output.say(f"head {ledger.head}")
    return 0


@command.command("verify")
@options.one_file
@options.common(api=False)
def verify(common: Common, file: str) -> int:
    """Check every line of the ledger against the one before it."""
    with _session(common) as session:
        ledger = _existing(session, config.load(file))
        ledger.verify()
    last = f", last {timestamp(ledger.events[-1].at)}" if ledger.events else ""
    torn = "; the last line is torn and will be repaired" if ledger.torn else ""
    output.say(f"{ledger.place}: whole, {plural(len(ledger.events), 'event')}{last}{torn}")
    output.say(f"head {ledger.head}")
    return 0


def _session(common: Common) -> Session:
    if common.no_state:
        raise LedgerError("--no-state means no ledger, and this command is about it")
    return Session(common)


def _existing(session: Session, file: SeatsFile) -> Ledger:
    ledger = session.ledger(file, ask=False)
    if ledger is None:
        with suppress(
            GitHubError, UsageError
        ):  # GitHub knows the organisation's id, and perhaps a newer name
            ledger = session.ledger(file)
    if ledger is None:
        path = path_of(session.state_of(file.path), file.org.text)
        branch = session.common.state_branch
        where = f"at {path}" if branch is None else f"{path.name} on branch {branch}"
        raise LedgerError(
            f"there is no ledger {where}; `copilot-seats ledger init {file.path}"
            f"{session.state_options}` begins it"
        )
    return ledger
