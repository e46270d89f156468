"""Options that several commands share."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar, cast

import click

from reconciler.app.logs import set_up, tell_requests
from reconciler.app.session import Common
from reconciler.model.times import CLOCKS, bounded, is_clocks

F = TypeVar("F", bound=Callable[..., Any])

DEFAULT_FILE = "seats.yml"

_SHARED = tuple(field.name for field in dataclasses.fields(Common))

MOST_WAIT = 7 * 24 * 3600
"""Seconds; a plan is good for a week."""


def _stack(*decorators: Callable[[F], F]) -> Callable[[F], F]:
    def decorate(function: F) -> F:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return decorate


def _talk(function: F) -> F:
    """Add the options about what is said on stderr."""
    return _stack(
        click.option(
            "--log-format",
            type=click.Choice(["text", "json"]),
            default="text",
            show_default=True,
            help="How messages on stderr look.",
        ),
        click.option("-v", "--verbose", is_flag=True, help="Tell every request on stderr."),
        click.option("-q", "--quiet", is_flag=True, help="Tell errors only."),
    )(function)


def _api(function: F) -> F:
    """Add the options about GitHub's address."""
    return _stack(
        click.option(
            "--api-url",
            metavar="URL",
            help="GitHub's API; else GITHUB_API_URL, else https://api.github.com.",
        ),
        click.option(
            "--max-wait",
            metavar="SECONDS",
            type=click.FloatRange(min=0, max=MOST_WAIT),
            help="How long to wait for GitHub in all, its limits above all.  [default: 900]",
        ),
    )(function)


def _state(function: F) -> F:
    """Add the options about the ledger."""
    return _stack(
        click.option(
            "--state",
            "state_dir",
            metavar="DIR",
            type=click.Path(path_type=Path),
            help="Where the ledgers are; by default `.copilot-seats/` beside the file.",
        ),
        click.option(
            "--state-branch",
            metavar="NAME",
            help="Keep the ledgers on this branch of `origin`: fetched before, pushed after.",
        ),
        click.option("--no-state", is_flag=True, help="Use no ledger: nothing is remembered."),
    )(function)


class Moment(click.ParamType[datetime]):
    """A moment in ISO 8601; without an offset it is UTC, a bare day is its first moment."""

    name = "moment"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no moment; write it as 2026-11-22T08:00:00Z", param, ctx)
        if not is_clocks(at):
            self.fail(f"{value!r} is out of range: {CLOCKS}", param, ctx)
        return bounded(at)


def files(function: F) -> F:
    """Add the FILE arguments."""
    return _stack(
        click.argument("files", nargs=-1, metavar="[FILE]...", type=click.Path(path_type=str))
    )(function)


def one_file(function: F) -> F:
    """Add one FILE argument."""
    return _stack(
        click.argument(
            "file", metavar="[FILE]", default=DEFAULT_FILE, type=click.Path(path_type=str)
        )
    )(function)


def _applying(function: F) -> F:
    """Add the options about how changes are made and told."""
    return _stack(
        click.option(
            "--pace",
            type=click.FloatRange(0, 3600),
            default=1.0,
            show_default=True,
            help="Seconds between requests that change something; GitHub asks for 1.",
        ),
        click.option(
            "--wait",
            type=click.FloatRange(0, 3600),
            default=60.0,
            show_default=True,
            help="Seconds to wait until GitHub shows what it accepted.",
        ),
        click.option(
            "--format",
            "output_format",
            type=click.Choice(["text", "markdown", "json"]),
            default="text",
            show_default=True,
            help="What stdout shows of the report.",
        ),
        click.option(
            "--summary",
            metavar="FILE",
            type=click.Path(path_type=Path),
            help="Add the report, or why there is none, as Markdown to this file.",
        ),
        click.option(
            "--report",
            "report_file",
            metavar="REPORT.json",
            type=click.Path(path_type=Path),
            help="Write the report as JSON.",
        ),
    )(function)


def applying(function: F) -> F:
    """Add the options about how changes are made and reported, and pass them on as `manner`."""

    @functools.wraps(function)
    def command(
        *arguments: Any,
        pace: float,
        wait: float,
        output_format: str,
        summary: Path | None,
        report_file: Path | None,
        **values: Any,
    ) -> Any:
        from reconciler.apply import Pace
        from reconciler.cli.report_output import Manner

        manner = Manner(Pace(pace, wait), output_format, summary, report_file)
        return function(*arguments, manner=manner, **values)

    return _applying(cast("F", command))


def org_id(function: F) -> F:
    """Add the option that says which organisation something is about, whatever its name is."""
    return click.option(
        "--org-id",
        metavar="N",
        type=click.IntRange(1, 2**63 - 1),
        help="The organisation's id, by which it is found after a renaming.",
    )(function)


def talk(function: F) -> F:
    """Add the options about what is said on stderr, and set it up by them."""

    @functools.wraps(function)
    def command(log_format: str, verbose: bool, quiet: bool, **values: Any) -> Any:
        set_up(log_format, verbose=verbose, quiet=quiet)
        return function(**values)

    return _talk(cast("F", command))


def common(*, api: bool = True, state: bool = True) -> Callable[[F], F]:
    """Add the options that commands share, and pass them on as one value, the first argument."""

    def decorate(function: F) -> F:
        @functools.wraps(function)
        def command(**values: Any) -> Any:
            shared = Common(**{name: values.pop(name) for name in _SHARED if name in values})
            set_up(shared.log_format, verbose=shared.verbose, quiet=shared.quiet)
            if shared.verbose:
                tell_requests()
            return function(shared, **values)

        added = [*([_api] if api else []), *([_state] if state else []), _talk]
        return _stack(*added)(cast("F", command))

    return decorate
