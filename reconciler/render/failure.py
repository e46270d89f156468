"""What failed, as GitHub's Markdown: so that a summary, a comment or an issue is never stale."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.model.diagnostics import Diagnostic, Severity
from reconciler.render.escape import code, prose
from reconciler.render.labels import count
from reconciler.render.markdown_tables import Part, Table, fit

LIMIT = 60_000

_LONGEST = 2_000
_MOST_LINES = 50


def failure_markdown(
    command: str, path: str, told: str, *, midway: bool = False, limit: int = LIMIT
) -> str:
    """Return that *command* failed for the file at *path*, and why, in the words *told*.

    *midway* says that something may have been done before.
    """
    lines = [prose(_clipped(line)) for line in told.splitlines() if line.strip()]
    left = len(lines) - _MOST_LINES
    if left > 0:
        lines[_MOST_LINES:] = [f"… and {count(left, 'more line')}: the log has all of it."]
    said = "".join(f"> {line}<br>\n" for line in lines).removesuffix("<br>\n")
    parts: list[Part] = [_heading(command, path), f"> [!CAUTION]\n{said or '> no more is known'}"]
    return _page(parts, _BEFORE if midway else "", limit)


def findings_markdown(
    command: str, path: str, diagnostics: Sequence[Diagnostic], *, limit: int = LIMIT
) -> str:
    """Return that *command* failed for the file at *path*, by what is wrong with the file."""
    parts: list[Part] = [_heading(command, path), *_findings(diagnostics)]
    return _page(parts, "", limit)


def diagnostics_markdown(
    files: int, diagnostics: Sequence[Diagnostic], *, limit: int = LIMIT
) -> str:
    """Return what is wrong with *files* files, errors first."""
    errors = _of(diagnostics, Severity.ERROR)
    warnings = _of(diagnostics, Severity.WARNING)
    said = f"{count(files, 'file')}: {count(len(errors), 'error')}"
    said += f", {count(len(warnings), 'warning')}" if warnings else ""
    parts: list[Part] = ["### Copilot seats: validate", f"**{said}.**", *_findings(diagnostics)]
    return _page(parts, "", limit)


def _page(parts: Sequence[Part], closing: str, limit: int) -> str:
    return fit(parts, closing, limit).rstrip("\n") + "\n"


_BEFORE = "What was done before that, if anything, is told above or in the log of the run."


def _heading(command: str, path: str) -> str:
    return f"### Copilot seats: {code(command)} failed for {code(_clipped(path))}"


def _findings(diagnostics: Sequence[Diagnostic]) -> list[Part]:
    return [
        Table(f"#### {title} ({len(found):,})", ("Where", "What"), tuple(map(_row, found)))
        for title, severity in (("Errors", Severity.ERROR), ("Warnings", Severity.WARNING))
        if (found := _of(diagnostics, severity))
    ]


def _of(diagnostics: Sequence[Diagnostic], severity: Severity) -> list[Diagnostic]:
    return [one for one in diagnostics if one.severity is severity]


def _row(found: Diagnostic) -> str:
    return f"| {code(_clipped(str(found.mark)))} | {prose(_clipped(found.message))} |"


def _clipped(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
