"""`snapshot`: all that planning reads, in one file."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler import config
from reconciler.app.logs import log
from reconciler.app.session import Common, Session, memory_of
from reconciler.cli import options
from reconciler.plan.observe import observe
from reconciler.plan.reading import Reader


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
@click.option(
    "--live",
    "snapshot_file",
    metavar="SNAPSHOT",
    type=click.Path(path_type=Path),
    help="Read an earlier snapshot instead of the live organisation, to anonymize that.",
)
@click.option(
    "--anonymize",
    is_flag=True,
    help="Put pseudonyms for people, teams and the organisation, so that others may see it.",
)
@click.option(
    "--with-file",
    "file_out",
    metavar="OUT.yml",
    type=click.Path(path_type=Path),
    help="With --anonymize: write FILE and its ledger under the same pseudonyms.",
)
@options.common()
def command(
    common: Common,
    file: str,
    out: Path,
    snapshot_file: Path | None,
    anonymize: bool,
    file_out: Path | None,
) -> int:
    """Save what planning FILE reads of the live organisation, and every team and member.

    The snapshot is for `plan --live` (offline, on pull requests from forks), for `sandbox`
    (rehearse a change without touching anything) and for tests. It holds logins and activity times.

    For a bug report, in a folder of its own:

    \b
      copilot-seats snapshot seats.yml -o report/snapshot.json --anonymize \\
          --with-file report/seats.yml
      copilot-seats plan report/seats.yml --live report/snapshot.json     # the same plan

    With --anonymize no login, team, name of the organisation, id or e-mail address is left, nor
    comments, reasons, prices and names of rules. A person has one pseudonym in all three files,
    another one each time they are made. Times and counts stay as they are: they are the evidence.
    Whoever knows an exact time from elsewhere may know a person by it.
    """
    from reconciler import snapshot

    if file_out is not None and not anonymize:
        raise click.UsageError("--with-file belongs to --anonymize.")
    if snapshot_file is not None and snapshot_file.resolve() == out.resolve():
        raise click.UsageError("--live and --out are one file: choose another name for --out.")
    with Session(common) as session:
        desired = config.load(file)
        if snapshot_file is not None:
            reader: Reader = snapshot.load(snapshot_file)
        else:
            reader = session.reader(desired.org.text, desired)
        ledger = session.ledger(desired, reader)
        observed = observe(desired, reader, memory_of(ledger), whole=True)
        session.require(desired, ledger, observed)
        if anonymize:
            from reconciler.anonymize import case
            from reconciler.cli import output

            output.say(case.write(out, file_out, desired, observed, ledger, output.write))
        else:
            snapshot.write(out, observed)
        log().info("snapshot written", path=str(out), rows=len(observed.rows))
    return 0
