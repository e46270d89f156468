"""Lay Markdown out within a limit: tables get the rows there is room for, and say what is left.

That something is left out stands below the opening too, where nobody misses it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

OPEN_ROWS = 20
"""A longer table is folded."""

FAIR_ROWS = 5
"""What a table gets before an earlier one gets all its rows."""

_LEFT_OUT = "… and there is more: the JSON output has it all."
_CUT = "**Cut short**: {left} not shown here. The JSON output has it all."
_SLACK = len(_LEFT_OUT) + len(_CUT) + 50


@dataclass(frozen=True, slots=True)
class Table:
    """A table: `caption` stands above it, `rows` are its lines, all of it finished Markdown.

    `counts` says how many a row is about, where that is not one. A table that comes `first` gets up
    to half of the room before tables above it get more than their first rows.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[str, ...]
    folded: bool = False
    counts: tuple[int, ...] = ()
    first: bool = False

    @property
    def size(self) -> int:
        """How many the whole table is about."""
        return self.left(0)

    def left(self, number: int) -> int:
        """Return how many are left out where the first *number* rows are shown."""
        return sum(self.counts[number:]) if self.counts else len(self.rows) - number

    def render(self, number: int) -> str:
        """Return the table with its first *number* rows, and how many more there are."""
        head = [f"| {' | '.join(self.columns)} |", f"|{' :-- |' * len(self.columns)}"]
        left = self.left(number)
        more = f"… and {left:,} more: the JSON output has them all." if left else ""
        body = "\n".join([*head, *self.rows[:number]]) if number else ""
        return "\n\n".join(part for part in (self.caption, self._fold(body), more) if part)

    def _fold(self, body: str) -> str:
        if body and (self.folded or self.size > OPEN_ROWS):
            summary = f"Show {self.size:,}"
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

    What is no row comes first, then the first rows of every table, then those tables that come
    first, then earlier tables get theirs. Parts that don't fit even without rows are left out, from
    the end. Whatever is left out is said where it is missing, and below the first part.
    """
    kept = _fitting(parts, limit - len(tail) - _SLACK)
    pages = [part if isinstance(part, str) else part.render(0) for part in kept]
    shown = [0] * len(kept)
    room = limit - len(tail) - _SLACK - sum(len(page) + 2 for page in pages)
    half = room // 2
    rounds = ((FAIR_ROWS, room, False), (sys.maxsize, half, True), (sys.maxsize, room, False))
    for at_most, portion, only_first in rounds:
        for place, part in enumerate(kept):
            if isinstance(part, Table) and (part.first or not only_first):
                room += len(pages[place]) - len(part.render(0))
                found = part.fitting(min(room, portion), at_most)
                shown[place] = max(shown[place], found)
                pages[place] = part.render(shown[place])
                room -= len(pages[place]) - len(part.render(0))
    left_out = [] if len(kept) == len(parts) else [_LEFT_OUT]
    shown += [0] * (len(parts) - len(kept))
    missing = sum(
        part.left(number)
        for part, number in zip(parts, shown, strict=True)
        if isinstance(part, Table)
    )
    if missing or left_out:
        are = "1 entry is" if missing == 1 else f"{missing:,} entries are"
        pages.insert(1, _CUT.format(left=are if missing else "some of it is"))
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
