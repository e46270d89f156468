"""The program and its commands; a command's module is imported when it is called, not before."""

from __future__ import annotations

import importlib

import click

from reconciler import __version__
from reconciler.cli.help import COMMANDS, columns, page


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

    def get_help(self, ctx: click.Context) -> str:
        return page().removesuffix("\n")

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
        "terminal_width": max(50, min(columns(), 100) - 2),
    },
)
@click.version_option(__version__, "-V", "--version", message="copilot-seats %(version)s")
def program() -> None:
    """GitHub Copilot seats as code."""
