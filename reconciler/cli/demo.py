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

from reconciler.cli import exits, output
from reconciler.cli.sandbox import world_of

_FILES = ("acme.json", "seats.yml")


@click.command("demo", short_help="Tell the whole story on the sandbox.")
def command() -> int:
    """Serve an organisation of 300 seats on this machine, plan, apply and end without drift.

    No account, no token, no network: everything happens on 127.0.0.1 and in a temporary folder.
    """
    with tempfile.TemporaryDirectory(prefix="copilot-seats-demo-") as folder, _inside(folder):
        for name in _FILES:
            Path(name).write_bytes((_source() / name).read_bytes())
        from reconciler.sandbox import serve

        with serve(world_of(Path("acme.json"))) as sandbox:
            environment = {"GITHUB_API_URL": sandbox.url, "GITHUB_TOKEN": "sandbox"}
            with _environment(environment):
                return _story()


def _story() -> int:
    _tell(
        "An organisation of 300 seats is served on this machine. `seats.yml` says who should hold "
        "one; the ledger will remember what was taken back, and who was warned."
    )
    _run("ledger", "init", "seats.yml")
    _tell("What would change, and why? `plan` only reads.")
    _run("plan", "seats.yml", "--out", "plan.json")
    _tell(
        "That plan is reviewed, as on a pull request. `apply` plans again from the file, and does "
        "what both plans say: nothing more. Creates come before the deletes that need them."
    )
    applied = _run("apply", "plan.json", "--pace", "0")
    _tell("Every night `drift` looks again, warns, and remembers. Has anything drifted?")
    drifted = _run("drift", "seats.yml")
    if applied != exits.DONE or drifted != exits.DONE:
        output.say("\nThe demo did not end as it should: this is a bug in copilot-seats.")
        return exits.ERROR
    output.say("\nNo changes: the organisation is as the file says.")
    return exits.DONE


def _tell(text: str) -> None:
    width = min(output.width() or 88, 88)
    output.say("\n" + click.wrap_text(text, width, "# ", "# "))


def _run(*arguments: str) -> int:
    """Run one command as a user would, showing it first."""
    from reconciler.cli.program import program

    output.say(f"\n$ copilot-seats {' '.join(arguments)}\n")
    code = program.main([*arguments], prog_name="copilot-seats", standalone_mode=False)
    return code if isinstance(code, int) else exits.DONE


def _source() -> Traversable:
    """Return the folder of the demo's files: in the package, or in a checkout of the repository."""
    packaged = resources.files("reconciler") / "_demo"
    if packaged.is_dir():
        return packaged
    return Path(__file__).parents[2] / "examples" / "demo"


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
