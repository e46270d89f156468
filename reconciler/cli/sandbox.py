"""`sandbox`: a stand-in for GitHub's API on this machine."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli import output
from reconciler.errors import SnapshotError

if TYPE_CHECKING:
    from reconciler.sandbox import World


@click.command("sandbox", short_help="Serve a stand-in for GitHub's API on this machine.")
@click.argument("snapshot", type=click.Path(path_type=Path))
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="Port on 127.0.0.1; 0 takes any."
)
def command(snapshot: Path, port: int) -> int:
    """Serve the organisation in SNAPSHOT over HTTP on 127.0.0.1, until Ctrl-C.

    Teams, members, seats, billing cycles and pending cancellations behave as GitHub documents them;
    nothing leaves this machine, and SNAPSHOT is not changed.
    """
    from reconciler.sandbox import serve

    with serve(world_of(snapshot), port) as sandbox:
        login = sandbox.world.login
        output.say(f"sandbox: organisation {login} at {sandbox.url}; Ctrl-C ends it")
        output.say("In another terminal:")
        output.say(f"  export GITHUB_API_URL={sandbox.url}")
        output.say("  export GITHUB_TOKEN=sandbox")
        sys.stdout.flush()
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            output.say("sandbox: ended")
    return 0


def world_of(path: Path) -> World:
    """Return the world that the snapshot at *path* describes."""
    from reconciler import jsontext
    from reconciler.sandbox import World

    try:
        return World.from_snapshot(jsontext.strict(path.read_bytes()))
    except OSError as error:
        raise SnapshotError(f"{path}: can't be read: {error.strerror or error}") from error
    except jsontext.NotStrictError as error:
        raise SnapshotError(f"{path}: {error}") from error
