"""The first page of help, written without click, whose import takes longer than all of it."""

from __future__ import annotations

import os
import sys

COMMANDS = {
    "init": (
        "reconciler.cli.commands.init",
        "Write a file for the live organisation, and begin its ledger.",
    ),
    "validate": (
        "reconciler.cli.commands.validate",
        "Check files offline, and tell everything at once.",
    ),
    "test": ("reconciler.cli.commands.policytest", "Run policy tests, offline."),
    "plan": ("reconciler.cli.commands.plan", "Show what would change, and why; never write."),
    "apply": (
        "reconciler.cli.commands.apply",
        "Carry out a reviewed plan, or plan, ask and apply.",
    ),
    "undo": ("reconciler.cli.commands.undo", "Undo what an apply did, as far as it still stands."),
    "drift": (
        "reconciler.cli.commands.drift",
        "Plan, report drift by exit code, and remember what was seen.",
    ),
    "comment": (
        "reconciler.cli.commands.comment",
        "Keep one comment on a pull request up to date.",
    ),
    "issue": ("reconciler.cli.commands.issue", "Keep one issue of an organisation up to date."),
    "explain": ("reconciler.cli.commands.explain", "Say why one person has a seat or has none."),
    "snapshot": ("reconciler.cli.commands.snapshot", "Save all that planning reads, in one file."),
    "ledger": ("reconciler.cli.commands.ledger", "Begin, read or check the ledger."),
    "usage": ("reconciler.cli.commands.usage", "Show how much Copilot is used, day by day."),
    "auth": ("reconciler.cli.commands.auth", "Tell who you are to GitHub, and what you may do."),
    "schema": ("reconciler.cli.commands.schema", "Print the published JSON Schemas."),
    "sandbox": (
        "reconciler.cli.commands.sandbox",
        "Serve a stand-in for GitHub's API on this machine.",
    ),
    "demo": (
        "reconciler.cli.commands.demo",
        "Tell the whole story on the sandbox; no account needed.",
    ),
    "action": ("reconciler.action.step", "What action.yml runs: one of these, inside a workflow."),
}
"""Module and help of each command, in the order of a first day's work."""

_ABOUT = """\
GitHub Copilot seats as code.

A file says who holds a seat and when an idle one is taken back; `plan` shows exactly what would \
change and why; `apply` does that and nothing more."""

_OPTIONS = {
    "-V, --version": "Show the version and exit.",
    "-h, --help": "Show this message and exit.",
}

_EXITS = """\
Exit codes: 0 done, 1 error, 2 changes pending, 3 a guard withheld changes, 4 plan file may not be \
applied, 5 apply is incomplete."""

_WIDEST = 100


def page() -> str:
    """Return the page, as wide as the terminal, in click's shape."""
    import textwrap

    width = max(50, min(columns(), _WIDEST) - 2)

    def paragraphs(text: str) -> list[str]:
        filler = textwrap.TextWrapper(width, initial_indent="  ", subsequent_indent="  ")
        return [line for one in text.split("\n\n") for line in (filler.fill(one), "")]

    def table(title: str, rows: dict[str, str]) -> list[str]:
        left = max(map(len, rows)) + 4
        lines = [f"{title}:"]
        for name, text in rows.items():
            first, *more = textwrap.wrap(text, width - left)
            lines.append(f"  {name}".ljust(left) + first)
            lines += (" " * left + line for line in more)
        return [*lines, ""]

    return "\n".join(
        [
            "Usage: copilot-seats [OPTIONS] COMMAND [ARGS]...",
            "",
            *paragraphs(_ABOUT),
            *table("Options", _OPTIONS),
            *table("Commands", {name: text for name, (_, text) in COMMANDS.items()}),
            *paragraphs(_EXITS),
        ]
    )


def columns() -> int:
    """Return the terminal's width, 80 for a pipe; COLUMNS overrules both.

    As `shutil` has it, whose import takes longer.
    """
    stated = os.environ.get("COLUMNS", "")
    if stated.isdecimal() and int(stated) > 0:
        return int(stated)
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or 80
    except (AttributeError, ValueError, OSError):
        return 80
