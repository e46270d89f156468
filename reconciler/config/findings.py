"""Collect what is wrong with the user's files, each finding once, up to a limit."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.model import Diagnostic, Mark, Severity

LIMIT = 1000
"""Findings told of one file: nobody reads more, and explaining each costs time."""


class TooMany(Exception):
    """The limit is reached; looking further would not help anybody."""


class Findings:
    """The findings about one document, in the order they were made."""

    def __init__(self) -> None:
        self._found: dict[Diagnostic, None] = {}

    def error(self, mark: Mark, code: str, message: str) -> None:
        """Add an error at *mark*; raises `TooMany` at the limit."""
        self._add(Diagnostic(mark, message, Severity.ERROR, code))

    def warning(self, mark: Mark, code: str, message: str) -> None:
        """Add a warning at *mark*; raises `TooMany` at the limit."""
        self._add(Diagnostic(mark, message, Severity.WARNING, code))

    def _add(self, diagnostic: Diagnostic) -> None:
        self._found[diagnostic] = None
        if len(self._found) == LIMIT:
            text = f"{LIMIT:,} findings: the rest is not looked at; correct these first"
            self._found[Diagnostic(diagnostic.mark, text, Severity.ERROR, "too-many")] = None
        if len(self._found) >= LIMIT:
            raise TooMany

    @property
    def all(self) -> tuple[Diagnostic, ...]:
        """Everything found, ordered by file, line and column."""
        return tuple(sorted(self._found))

    @property
    def failed(self) -> bool:
        """Whether there is an error; warnings don't count."""
        return any(found.severity is Severity.ERROR for found in self._found)

    def named_by(self, mark: Mark, others: Iterable[Diagnostic]) -> None:
        """Add *others*, found in a file that is named at *mark*, at their place and at *mark*."""
        for other in others:
            self._add(other)
            text = f"in {other.mark.file}, line {other.mark.line}: {other.message}"
            self._add(Diagnostic(mark, text, other.severity, other.code))
