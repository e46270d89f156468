"""`schema`: the published JSON Schemas."""

from __future__ import annotations

from importlib import resources

import click

from reconciler.cli import options, output
from reconciler.errors import UsageError

_SUFFIX = ".schema.json"


def names() -> list[str]:
    """Return the names of the published schemas."""
    folder = resources.files("reconciler") / "schemas"
    found = (one.name for one in folder.iterdir() if one.name.endswith(_SUFFIX))
    return sorted(name.removesuffix(_SUFFIX) for name in found)


@click.command("schema", short_help="Print the published JSON Schemas.")
@click.argument("name", required=False)
@options.talk
def command(name: str | None) -> int:
    """Print the JSON Schema (2020-12) called NAME; without NAME list them.

    For editors, put this first in a seats file:
    `# yaml-language-server: $schema=PATH`, with the output of `schema file` in PATH.
    """
    known = names()
    if name is None:
        output.say("\n".join(known))
        return 0
    if name not in known:
        raise UsageError(f"there is no schema {name!r}; there are: {', '.join(known)}")
    folder = resources.files("reconciler") / "schemas"
    output.say((folder / f"{name}{_SUFFIX}").read_text(encoding="utf-8"))
    return 0
