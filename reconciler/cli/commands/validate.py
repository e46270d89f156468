"""`validate`: every diagnostic of every file, offline."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler import config
from reconciler.app import exit_codes
from reconciler.cli import options, output
from reconciler.model.diagnostics import Severity
from reconciler.wording.units import plural


@click.command("validate", short_help="Check files offline.")
@options.files
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    show_default=True,
    help="What stdout shows; `github` makes annotations of a workflow.",
)
@click.option(
    "--summary",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Add what was found as Markdown to this file ($GITHUB_STEP_SUMMARY).",
)
@options.talk
def command(files: tuple[str, ...], output_format: str, summary: Path | None) -> int:
    """Check FILEs (`seats.yml` by default) and tell everything that is wrong, at once.

    Exit codes: 0 nothing wrong (warnings included), 1 at least one error.
    """
    from reconciler.render import annotations

    paths = files or (options.DEFAULT_FILE,)
    found = config.check(paths)
    errors = sum(one.severity is Severity.ERROR for one in found)
    if summary is not None:
        from reconciler.render.failure import diagnostics_markdown

        output.append(summary, diagnostics_markdown(len(paths), found))
    if output_format == "text":
        if found:
            output.say(annotations.text(found))
        warnings = len(found) - errors
        told = f"{plural(len(paths), 'file')}: {plural(errors, 'error')}"
        output.say(told + (f", {plural(warnings, 'warning')}" if warnings else ""))
    else:
        render = annotations.json if output_format == "json" else annotations.github
        text = render(found)
        if text:
            output.say(text)
    return exit_codes.ERROR if errors else exit_codes.DONE
