"""The program and its commands; a command's module is imported when it is called, not before."""

from __future__ import annotations

import importlib

import click

from reconciler import __version__
from reconciler.cli import output

COMMANDS = {
    "init": (
        "reconciler.cli.init",
        "Write a file for the live organisation, and begin its ledger.",
    ),
    "validate": ("reconciler.cli.validate", "Check files offline, and tell everything at once."),
    "test": ("reconciler.cli.policytest", "Run policy tests, offline."),
    "plan": ("reconciler.cli.plan", "Show what would change, and why; never write."),
    "apply": ("reconciler.cli.apply", "Carry out a reviewed plan, or plan, ask and apply."),
    "undo": ("reconciler.cli.undo", "Undo what an apply did, as far as it still stands."),
    "drift": (
        "reconciler.cli.drift",
        "Plan, report drift by exit code, and remember what was seen.",
    ),
    "comment": (
        "reconciler.cli.comment",
        "Keep one comment on a pull request up to date.",
    ),
    "issue": ("reconciler.cli.issue", "Keep one issue of an organisation up to date."),
    "explain": ("reconciler.cli.explain", "Say why one person has a seat or has none."),
    "snapshot": ("reconciler.cli.snapshot", "Save all that planning reads, in one file."),
    "ledger": ("reconciler.cli.ledger", "Begin, read or check the ledger."),
    "usage": ("reconciler.cli.usage", "Show how much Copilot is used, day by day."),
    "auth": ("reconciler.cli.auth", "Tell who you are to GitHub, and what you may do."),
    "schema": ("reconciler.cli.schema", "Print the published JSON Schemas."),
    "sandbox": ("reconciler.cli.sandbox", "Serve a stand-in for GitHub's API on this machine."),
    "demo": ("reconciler.cli.demo", "Tell the whole story on the sandbox; no account needed."),
    "action": ("reconciler.cli.action", "What action.yml runs: one of these, inside a workflow."),
}
"""Module and help of each command, in the order of a first day's work."""


class _Lazy(click.Group):
    """A group that imports a command when it is called: `--help` stays fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(COMMANDS[cmd_name][0]).command
        assert isinstance(command, click.Command)  # noqa: S101 (ours)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            import difflib

            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            if not near:
                raise
            raise click.UsageError(f"{error.message} Did you mean '{near[0]}'?", ctx) from None


@click.group(
    cls=_Lazy,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "terminal_width": max(50, min(output.columns(), 100) - 2),
    },
    epilog="Exit codes: 0 done, 1 error, 2 changes pending, 3 a guard withheld changes, "
    "4 plan file may not be applied, 5 apply is incomplete.",
)
@click.version_option(__version__, "-V", "--version", message="copilot-seats %(version)s")
def program() -> None:
    """GitHub Copilot seats as code.

    A file says who holds a seat and when an idle one is taken back; `plan` shows exactly what would
    change and why; `apply` does that and nothing more.
    """
