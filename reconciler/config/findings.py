"""Collect what is wrong with the user's files, each finding once, up to a limit."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.model.diagnostics import Diagnostic, Mark, Severity

LIMIT = 1000
"""Findings told of one file: nobody reads more, and explaining each costs time."""


class TooMany(Exception):
    """The limit is reached; looking further would not help anybody."""


class Findings:
    """The findings about one document, in the order they were made."""

    def __init__(self) -> None:
        self._found: dict[Diagnostic, None] = {}
        self._causes: dict[tuple[str, int], Diagnostic] = {}
        self.organization: str | None = None
        """Whose file it is, as far as that was read: for advice about its names."""

    def explain_by(self, causes: Iterable[Diagnostic]) -> None:
        """Add a cause in place of every later error on its line, and of the syntax error.

        YAML tells a syntax error at or below the line that is wrong.
        """
        self._causes.update({(cause.mark.file, cause.mark.line): cause for cause in causes})

    def error(self, mark: Mark, code: str, message: str) -> None:
        """Add an error at *mark*; raises `TooMany` at the limit."""
        self._add(Diagnostic(mark, message, Severity.ERROR, code))

    def warning(self, mark: Mark, code: str, message: str) -> None:
        """Add a warning at *mark*; raises `TooMany` at the limit."""
        self._add(Diagnostic(mark, message, Severity.WARNING, code))

    def _causes_of(self, error: Diagnostic) -> list[Diagnostic]:
        file, line = error.mark.file, error.mark.line
        if error.code == "syntax":
            near = [one for one in self._causes if one[0] == file and one[1] in (line, line - 1)]
            return list(self._causes.values()) if near else []
        found = []
        # The lines below are most often the same list, written alike.
        while (cause := self._causes.get((file, line))) is not None:
            found.append(cause)
            line += 1
        return found

    def _add(self, diagnostic: Diagnostic) -> None:
        causes = self._causes_of(diagnostic) if diagnostic.severity is Severity.ERROR else []
        for one in causes or [diagnostic]:
            self._found[one] = None
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
