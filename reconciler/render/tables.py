"""Lay Markdown out within a limit: tables get the rows there is room for, and say what is left."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

OPEN_ROWS = 20
"""A longer table is folded."""

FAIR_ROWS = 5
"""What a table gets before an earlier one gets all its rows."""

_LEFT_OUT = "… and there is more: the JSON output has it all."
_SLACK = len(_LEFT_OUT) + 10


@dataclass(frozen=True, slots=True)
class Table:
    """A table: `caption` stands above it, `rows` are its lines, all of it finished Markdown."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[str, ...]
    folded: bool = False

    def render(self, number: int) -> str:
        """Return the table with its first *number* rows, and how many more there are."""
        head = [f"| {' | '.join(self.columns)} |", f"|{' :-- |' * len(self.columns)}"]
        left = len(self.rows) - number
        more = f"… and {left:,} more: the JSON output has them all." if left else ""
        body = "\n".join([*head, *self.rows[:number]]) if number else ""
        return "\n\n".join(part for part in (self.caption, self._fold(body), more) if part)

    def _fold(self, body: str) -> str:
        if body and (self.folded or len(self.rows) > OPEN_ROWS):
            summary = f"Show {len(self.rows):,}"
            return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>"
        return body

    def fitting(self, room: int, at_most: int) -> int:
        """Return how many rows fit where *room* characters are left beside the bare table."""
        if not self.rows:
            return 0
        room -= len(self.render(1)) - len(self.render(0)) - len(self.rows[0])
        for number, row in enumerate(self.rows[:at_most]):
            room -= len(row) + 1
            if room < 0:
                return number
        return min(at_most, len(self.rows))


Part = str | Table


def fit(parts: Sequence[Part], tail: str, limit: int) -> str:
    """Return *parts* and *tail* as one page of at most *limit* characters.

    What is no row comes first, then the first rows of every table, then earlier tables get theirs.
    Parts that don't fit even without rows are left out, from the end, and that is said.
    """
    kept = _fitting(parts, limit - len(tail) - _SLACK)
    pages = [part if isinstance(part, str) else part.render(0) for part in kept]
    room = limit - len(tail) - _SLACK - sum(len(page) + 2 for page in pages)
    for at_most in (FAIR_ROWS, sys.maxsize):
        for place, part in enumerate(kept):
            if isinstance(part, Table):
                room += len(pages[place]) - len(part.render(0))
                pages[place] = part.render(part.fitting(room, at_most))
                room -= len(pages[place]) - len(part.render(0))
    left_out = [] if len(kept) == len(parts) else [_LEFT_OUT]
    return "\n\n".join([*pages, *left_out, tail]) + "\n"


def _fitting(parts: Sequence[Part], room: int) -> list[Part]:
    """Return the parts that fit when tables have no rows."""
    kept: list[Part] = []
    for part in parts:
        room -= len(part if isinstance(part, str) else part.render(0)) + 2
        if room < 0:
            break
        kept.append(part)
    return kept
