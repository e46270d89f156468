"""`test`: run policy tests."""

from __future__ import annotations

from collections.abc import Sequence
from os.path import normpath
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.app import exit_codes
from reconciler.app.logs import log
from reconciler.cli import options, output
from reconciler.errors import FileError, UsageError

if TYPE_CHECKING:
    from reconciler.model.diagnostics import Diagnostic
    from reconciler.render.policytests import Run

DEFAULT_FOLDER = "policies"

_NAMING = (
    "the name of a test file ends in `.test.yml`, "
    "or it is a `.yml` file right in a folder called `tests`"
)


@click.command("test", short_help="Run policy tests.")
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(path_type=Path))
@click.option(
    "--junit",
    "junit_file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write the results as JUnit XML to this file.",
)
@click.option(
    "--strict",
    is_flag=True,
    help="Fail as well when no test is within a day before and after each threshold.",
)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="What stdout shows.",
)
@options.talk
def command(
    paths: tuple[Path, ...],
    junit_file: Path | None,
    strict: bool,
    output_format: str,
) -> int:
    """Run the policy tests in PATHs, by default in `policies/` of the working directory.

    A PATH is a test file, or a folder that is searched for them: a test file's name ends in
    `.test.yml`, or the file stands in a folder called `tests`. What is decided about each seat is
    held against what the test expects; a seat without `expect` must stay as it is. Offline.

    Exit codes: 0 everything is as expected, 1 something is not, or an error.
    """
    from reconciler.render import policytests

    run = _run(_found(paths), strict=strict)
    for result in run.judged.results:
        log().debug("passed" if result.passed else "failed", test=policytests.title(result))
    if junit_file is not None:
        from reconciler.render.junit import junit

        output.write(junit_file, junit(run))
    if output_format == "json":
        output.say(policytests.json(run))
    else:
        output.say(policytests.text(run, colour=output.colour(), width=output.width()))
    return exit_codes.DONE if run.passed else exit_codes.ERROR


def _found(paths: Sequence[Path]) -> tuple[str, ...]:
    """Return all test files of *paths*, each once; raise for a folder that has none."""
    from reconciler.config import policytests

    if not paths and not Path(DEFAULT_FOLDER).is_dir():
        raise UsageError(
            f"there is no folder `{DEFAULT_FOLDER}` here to look for policy tests in; "
            f"name a folder or a test file; {_NAMING}"
        )
    found: dict[str, str] = {}
    for path in paths or (Path(DEFAULT_FOLDER),):
        there = policytests.find(path)
        if not there:
            raise UsageError(f"there is no policy test in the folder `{path}`; {_NAMING}")
        for one in there:
            found.setdefault(normpath(one.absolute()), str(one))
    return tuple(found.values())


def _run(paths: Sequence[str], *, strict: bool) -> Run:
    """Read and run the files; one that can't be read does not stop the others."""
    from reconciler import policytest
    from reconciler.config import policytests
    from reconciler.render.policytests import Run

    suites: list[policytest.Suite] = []
    diagnostics: list[Diagnostic] = []
    for path in paths:
        try:
            suites.append(policytests.load(path))
        except FileError as error:
            diagnostics += error.diagnostics
    return Run(tuple(paths), policytest.run(suites), tuple(dict.fromkeys(diagnostics)), strict)
