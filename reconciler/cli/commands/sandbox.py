"""`sandbox`: a stand-in for GitHub's API on this machine."""

from __future__ import annotations

import gc
import json
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.app.logs import log
from reconciler.cli import options, output
from reconciler.errors import SnapshotError, UsageError
from reconciler.render.escape import visible
from reconciler.wording.units import plural

if TYPE_CHECKING:
    from reconciler.sandbox import Fault, Sandbox, Switches, World

_LOGIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,38}")
_MOST = 1_000_000

_CONTROL = """\b
While it runs, paths that GitHub doesn't have move it; they need no token:
  GET  /_sandbox                     the clock, the organisations, all ACTIONs
  POST /_sandbox/clock               {"advance": "30d"}, {"now": "2026-12-01T00:00:00Z"}
  GET  /_sandbox/orgs/ORG            the organisation as it is now, as a snapshot
  POST /_sandbox/orgs/ORG/ACTION     something happens: use {"user": "mona"}, live-on {},
                                     join-team {"user": "mona", "team": "docs"}, ...
  GET  /_sandbox/orgs/ORG/switches   what nobody knows of GitHub, as it is set
  POST /_sandbox/orgs/ORG/switches   {"rows": "several"}
  POST /_sandbox/faults              {"operation": "POST *", "status": 502, "times": 2}
  GET, DELETE /_sandbox/faults       the rules with their counts; an end of all of them
  GET  /_sandbox/repos/OWNER/NAME    issues, pull requests and comments, and who wrote them
  POST /_sandbox/repos/OWNER/NAME/pulls      {"number": 7}: a pull request to comment on

\b
Seats end, and cycles begin, on the 1st at 00:00 UTC. The clock stands until it is moved, and is the
clock of every command that talks to the sandbox. `copilot-seats init --org ORG` writes a seats file
for an organisation that has none. docs/sandbox.md has more."""


@click.command(
    "sandbox", short_help="Serve a stand-in for GitHub's API on this machine.", epilog=_CONTROL
)
@click.argument("snapshots", nargs=-1, metavar="[SNAPSHOT]...", type=click.Path(path_type=Path))
@click.option(
    "--generate",
    "count",
    metavar="N",
    type=click.IntRange(1, _MOST),
    help="Make up an organisation of N seats, in place of a SNAPSHOT.",
)
@click.option(
    "--seed",
    metavar="S",
    type=click.IntRange(0),
    help="The same seed, the same organisation (default 0).",
)
@click.option("--org", metavar="LOGIN", help="The made-up organisation's login (default acme).")
@click.option(
    "--port",
    metavar="N",
    type=click.IntRange(0, 65535),
    default=0,
    help="Port on 127.0.0.1; by default any that is free.",
)
@click.option(
    "--switch",
    "switches",
    metavar="NAME=VALUE",
    multiple=True,
    help="Set what nobody knows of GitHub otherwise than by default; may be repeated.",
)
@click.option(
    "--faults",
    "faults_file",
    metavar="FILE.json",
    type=click.Path(path_type=Path),
    help="Let requests go wrong: a rule, or a list of them, as POST /_sandbox/faults takes it.",
)
@click.option(
    "--repository",
    "repositories",
    metavar="OWNER/NAME",
    multiple=True,
    help="A repository to comment on, beside those of the organisations; may be repeated.",
)
@options.talk
def command(
    snapshots: tuple[Path, ...],
    count: int | None,
    seed: int | None,
    org: str | None,
    port: int,
    switches: tuple[str, ...],
    faults_file: Path | None,
    repositories: tuple[str, ...],
) -> int:
    """Serve the organisation in SNAPSHOT over HTTP on 127.0.0.1, until Ctrl-C.

    Teams, members, seats, billing cycles and pending cancellations behave as GitHub documents them.
    Nothing leaves this machine, and SNAPSHOT is not changed: rehearse a policy there before you
    merge it. Several SNAPSHOTs are several organisations at one address, with one clock.

    A ledger that began on GitHub is not written by a rehearsal: `cp -r .copilot-seats rehearsal`,
    and let commands use the copy with `--state rehearsal`.
    """
    from reconciler.sandbox import serve

    chosen = _switches(switches)
    faults = [] if faults_file is None else _faults(faults_file)
    if count is not None:
        worlds = [_made_up(snapshots, count, seed or 0, org or "acme", chosen)]
    else:
        worlds = _given(snapshots, seed, org, chosen)
    gc.enable()  # unlike a plan, this goes on for days
    with serve(worlds, port, faults=faults, repositories=repositories) as sandbox:
        sandbox.tell(_tell_request)
        _introduce(sandbox)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            output.say("sandbox: ended")
    return 0


def world_of(path: Path, switches: Switches | None = None) -> World:
    """Return the world that the snapshot at *path* describes."""
    from reconciler import canonical_json
    from reconciler.model.file_kinds import FileKind, misplaced
    from reconciler.sandbox import World

    with _told_of(path):
        with path.open("rb") as source:
            data = source.read(canonical_json.MAX_BYTES + 1)
        try:
            return World.from_snapshot(canonical_json.strict(data), switches=switches)
        except (canonical_json.NotStrictError, SnapshotError) as error:
            message = misplaced(data.decode("utf-8", "replace"), FileKind.SNAPSHOT, str(path))
            raise SnapshotError(message or str(error)) from error


def _given(
    snapshots: Sequence[Path], seed: int | None, org: str | None, switches: Switches
) -> list[World]:
    if not snapshots:
        raise click.UsageError("Name a SNAPSHOT (`copilot-seats snapshot`), or say --generate N.")
    if seed is not None or org is not None:
        option = "--org" if seed is None else "--seed"
        raise click.UsageError(f"{option} belongs to --generate: a SNAPSHOT says it itself.")
    return [world_of(path, switches) for path in snapshots]


def _made_up(
    snapshots: Sequence[Path], count: int, seed: int, org: str, switches: Switches
) -> World:
    from reconciler.sandbox import World, generate

    if snapshots:
        raise click.UsageError("Either a SNAPSHOT is served, or one is made up with --generate.")
    if not _LOGIN.fullmatch(org):
        raise click.UsageError(f"--org: {org[:60]!r} can't be an organisation's login.")
    return World.from_snapshot(generate(count, seed, org), switches=switches)


def _switches(stated: Sequence[str]) -> Switches:
    from reconciler.sandbox import Switches

    values: dict[str, object] = {}
    for text in stated:
        name, equals, value = text.partition("=")
        if not equals:
            raise click.UsageError(f"--switch: write NAME=VALUE, not {text[:60]!r}.")
        if values.setdefault(name, value) != value:
            raise click.UsageError(f"--switch: {name} is set twice, and differently.")
    return Switches.of(values)


def _faults(path: Path) -> list[Fault]:
    """Return the rules in the file at *path*; unlike a snapshot it may have fractions."""
    from reconciler.sandbox.faults import rules_of

    with _told_of(path):
        try:
            content = json.loads(path.read_bytes())
        except json.JSONDecodeError as error:
            where = f"line {error.lineno}, column {error.colno}"
            raise UsageError(f"it is not JSON: {error.msg} at {where}") from None
        except (ValueError, RecursionError):
            raise UsageError("it is no JSON that can be read") from None
        return rules_of(content)


@contextmanager
def _told_of(path: Path) -> Iterator[None]:
    """Put *path* before whatever is found wrong with the file there."""
    try:
        yield
    except OSError as error:
        raise UsageError(f"{path}: it can't be read: {error.strerror or error}") from error
    except SnapshotError as error:
        raise SnapshotError(f"{path}: {str(error).removeprefix('snapshot: ')}") from error
    except UsageError as error:
        raise UsageError(f"{path}: {str(error).removeprefix('sandbox: ')}") from error


def _tell_request(line: str) -> None:
    log().debug(visible(line))


def _introduce(sandbox: Sandbox) -> None:
    logins = " and ".join(world.login for world in sandbox.worlds)
    noun = "organisation" if len(sandbox.worlds) == 1 else "organisations"
    rows = sum(len(world.reading(begins=False).rows) for world in sandbox.worlds)
    now = f"{sandbox.world.now:%Y-%m-%d %H:%M} UTC"
    what = f"{noun} {logins} at {sandbox.url}: {plural(rows, 'seat')}, {now}"
    output.say(f"sandbox: {what}; Ctrl-C ends it")
    output.say("In another terminal (`copilot-seats sandbox --help` tells how to move the clock):")
    output.say(f"  export GITHUB_API_URL={sandbox.url}")
    output.say("  export GITHUB_TOKEN=sandbox")
