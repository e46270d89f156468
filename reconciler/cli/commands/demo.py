"""`demo`: the whole story on the sandbox, in one command, no account needed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

import click

from reconciler.app import exit_codes
from reconciler.cli import options, output
from reconciler.cli.commands.sandbox import world_of

_FILES = ("acme.json", "seats.yml")


@click.command("demo", short_help="Tell the whole story on the sandbox.")
@options.talk
def command() -> int:
    """Serve an organisation of 305 seats on this machine, and live through six weeks with it.

    A plan is made, reviewed and applied; somebody is warned at night, loses an idle seat a month
    later, comes back and gets it again. No account, no token, no network: everything happens on
    127.0.0.1 and in a temporary folder. Exits 1 if the story does not go as it is told.
    """
    from reconciler.cli.commands.demo_script import OffScript, tell
    from reconciler.sandbox import serve

    with tempfile.TemporaryDirectory(prefix="copilot-seats-demo-") as folder, _inside(folder):
        for name in _FILES:
            Path(name).write_bytes((_source() / name).read_bytes())
        with serve(world_of(Path("acme.json"))) as sandbox:
            environment = {"GITHUB_API_URL": sandbox.url, "GITHUB_TOKEN": "sandbox"}
            with _environment(environment):
                try:
                    tell(sandbox.world)
                except OffScript as error:
                    output.say(f"\nThe story did not go as told: {error}.")
                    output.say("This is a bug in copilot-seats.")
                    return exit_codes.ERROR
    return exit_codes.DONE


def _source() -> Traversable:
    """Return the folder of the demo's files: in the package, or in a checkout of the repository."""
    packaged = resources.files("reconciler") / "_demo"
    if packaged.is_dir():
        return packaged
    return Path(__file__).parents[3] / "examples" / "demo"


@contextmanager
def _inside(folder: str) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
