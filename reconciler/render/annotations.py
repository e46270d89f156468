"""Diagnostics as text, as JSON, and as workflow commands that GitHub shows on the lines."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler import canonical_json
from reconciler.model.diagnostics import Diagnostic, Severity
from reconciler.render.columns import Paint
from reconciler.render.escape import command_data, command_property, inert, visible


def text(diagnostics: Sequence[Diagnostic], *, colour: bool = False) -> str:
    """Return one line for each of *diagnostics*: `file:line:column: error: message`."""
    return "".join(f"{_line(diagnostic, Paint(colour))}\n" for diagnostic in diagnostics)


def json(diagnostics: Sequence[Diagnostic]) -> str:
    """Return *diagnostics* as a JSON document, with how many errors and warnings they are."""
    severities = [diagnostic.severity for diagnostic in diagnostics]
    return canonical_json.pretty(
        {
            "format_version": "1.0",
            "diagnostics": [item(diagnostic) for diagnostic in diagnostics],
            "errors": severities.count(Severity.ERROR),
            "warnings": severities.count(Severity.WARNING),
        }
    )


def github(diagnostics: Sequence[Diagnostic]) -> str:
    """Return *diagnostics* as workflow commands, one a line.

    Source: https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
    """
    return "".join(f"{_command(diagnostic)}\n" for diagnostic in diagnostics)


def _line(diagnostic: Diagnostic, paint: Paint) -> str:
    error = diagnostic.severity is Severity.ERROR
    severity = (paint.red if error else paint.yellow)(diagnostic.severity)
    place = paint.bold(visible(str(diagnostic.mark)))
    return inert(f"{place}: {severity}: {visible(diagnostic.message)}")


def item(diagnostic: Diagnostic) -> dict[str, str | int]:
    """Return *diagnostic* as an object of a JSON document."""
    return {
        "file": diagnostic.mark.file,
        "line": diagnostic.mark.line,
        "column": diagnostic.mark.column,
        "severity": diagnostic.severity.value,
        "code": diagnostic.code,
        "message": diagnostic.message,
    }


def _command(diagnostic: Diagnostic) -> str:
    mark = diagnostic.mark
    properties = {
        "file": mark.file,
        "line": str(mark.line),
        "col": str(mark.column),
        "title": diagnostic.code or "copilot-seats",
    }
    named = ",".join(
        f"{key}={command_property(_plain(value))}" for key, value in properties.items()
    )
    return f"::{diagnostic.severity} {named}::{command_data(_plain(diagnostic.message))}"


def _plain(words: str) -> str:
    """Keep the line ends, which a workflow command can carry, and make the rest visible."""
    return "\n".join(map(visible, words.replace("\r\n", "\n").split("\n")))
