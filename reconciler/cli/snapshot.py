"""`snapshot`: all that planning reads, in one file."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler import config
from reconciler.cli import options
from reconciler.cli.logs import log
from reconciler.cli.session import Session, memory_of, talkative
from reconciler.observe import observe


@click.command("snapshot", short_help="Save all that planning reads, in one file.")
@options.one_file
@click.option(
    "-o",
    "--out",
    metavar="SNAP.json",
    type=click.Path(path_type=Path),
    required=True,
    help="Where to write the snapshot.",
)
@options.api
@options.state
@options.talk
def command(
    file: str,
    out: Path,
    api_url: str | None,
    state_dir: Path | None,
    no_state: bool,
    log_format: str,
    verbose: bool,
    quiet: bool,
) -> int:
    """Save what planning FILE reads of the live organisation, and every team and member.

    The snapshot is for `plan --live` (offline, on pull requests from forks), for `sandbox`
    (rehearse a change without touching anything) and for tests. It holds logins and activity times.
    """
    from reconciler import snapshot

    talkative(log_format, verbose, quiet)
    with Session(api_url, state_dir, no_state) as session:
        desired = config.load(file)
        ledger = session.ledger(desired)
        reader = session.reader(desired.org.text)
        observed = observe(desired, reader, memory_of(ledger), whole=True)
        session.require(desired, ledger, observed)
        snapshot.write(out, observed)
        log().info("snapshot written", path=str(out), rows=len(observed.rows))
    return 0
