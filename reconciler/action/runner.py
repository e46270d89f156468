"""A workflow's runner, as its environment shows it: the event, annotations, outputs, the summary.

Sources: https://docs.github.com/en/actions/reference/workflows-and-actions/variables and
https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

import json
import os
import secrets
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import click

from reconciler.cli import output
from reconciler.config.files import repository
from reconciler.errors import UsageError
from reconciler.model.diagnostics import Diagnostic
from reconciler.render.annotations import github
from reconciler.render.escape import command_data, command_property, visible

_MOST_IN_SUMMARY = 1_000_000
"""Bytes; GitHub drops a step's whole summary if it has more than 1 MiB."""

_PULL_REQUESTS = ("pull_request", "pull_request_target")


@dataclass(frozen=True, slots=True)
class Event:
    """What the workflow runs for."""

    name: str = ""
    content: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_pull_request(self) -> bool:
        return self.name in _PULL_REQUESTS

    @property
    def from_a_fork(self) -> bool:
        """Whether the run is for a pull request whose branch is another repository's."""
        if self.name != "pull_request":
            return False
        head, base = (_at(self.content, "pull_request", end, "repo") for end in ("head", "base"))
        # A fork that is gone has no name.
        return bool(_at(head, "full_name") != _at(base, "full_name"))

    @property
    def of_dependabot(self) -> bool:
        return bool(_at(self.content, "pull_request", "user", "login") == "dependabot[bot]")


@dataclass(frozen=True, slots=True)
class Runner:
    """Talks to the runner; `folder` is this step's own and new."""

    event: Event
    folder: Path
    sha: str = ""
    _output: Path | None = None
    _summary: Path | None = None

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Runner:
        """Return the runner that *environ* tells of; raise UsageError if it tells of none."""
        if environ.get("GITHUB_ACTIONS") != "true":
            raise UsageError(
                "this is what action.yml runs, inside a workflow (GITHUB_ACTIONS is not set): "
                "elsewhere use the commands themselves, which do the same"
            )
        temporary = environ.get("RUNNER_TEMP") or tempfile.gettempdir()
        event = _event(environ.get("GITHUB_EVENT_PATH"))
        return cls(
            Event(environ.get("GITHUB_EVENT_NAME", ""), event),
            Path(tempfile.mkdtemp(prefix="copilot-seats-", dir=temporary)),
            environ.get("GITHUB_SHA", ""),
            _path(environ, "GITHUB_OUTPUT"),
            _path(environ, "GITHUB_STEP_SUMMARY"),
        )

    def set(self, name: str, value: str) -> None:
        """Set the step's output *name*, whatever *value* holds.

        Nobody can guess the delimiter, so no line of the value ends it and begins another output.
        """
        if self._output is not None:
            end = f"end-{secrets.token_hex(16)}"
            output.append(self._output, f"{name}<<{end}\n{value}\n{end}\n")

    def summarize(self, markdown: str) -> None:
        """Add *markdown* to the job's summary, as long as there is room for it."""
        if self._summary is None or not markdown:
            return
        used = self._summary.stat().st_size if self._summary.exists() else 0
        if used + len(markdown.encode()) > _MOST_IN_SUMMARY:
            markdown = "The summary has no room for more: see the log and the artefact.\n"
        output.append(self._summary, f"{markdown.rstrip()}\n\n")

    def annotate(self, findings: Sequence[Diagnostic]) -> None:
        """Show *findings* on the lines of their files, as the repository has them."""
        shown = github([_placed(one) for one in findings])
        if shown:
            output.say(shown)

    def tell(self, severity: str, title: str, message: str) -> None:
        """Show an annotation of the whole run: *severity* is error, warning or notice."""
        head = f"::{severity} title={command_property(visible(title))}::"
        output.say(head + command_data("\n".join(map(visible, message.split("\n")))))

    @contextmanager
    def quoting(self) -> Iterator[None]:
        """Let the runner obey nothing that is printed meanwhile.

        Whatever is shown is harmless already; this holds if somebody finds a way around that.
        """
        pause = secrets.token_hex(16)
        _flush()
        click.echo(f"::stop-commands::{pause}")
        _flush()
        try:
            yield
        finally:
            _flush()
            click.echo(f"::{pause}::")
            _flush()


def _flush() -> None:
    """Keep stdout and stderr in order: the runner reads both as one."""
    sys.stdout.flush()
    sys.stderr.flush()


def _placed(finding: Diagnostic) -> Diagnostic:
    """Return *finding* with its path from the top of the repository, as annotations have it."""
    path = Path(os.path.realpath(finding.mark.file))
    top = repository(path)
    return replace(finding, mark=replace(finding.mark, file=path.relative_to(top).as_posix()))


def _path(environ: Mapping[str, str], name: str) -> Path | None:
    return Path(environ[name]) if environ.get(name) else None


def _event(path: str | None) -> Mapping[str, Any]:
    if not path:
        return {}
    try:
        found = json.loads(Path(path).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _at(node: Any, *keys: str) -> Any:
    """Return what stands under *keys*, None where there is nothing."""
    for key in keys:
        node = node.get(key) if isinstance(node, Mapping) else None
    return node
