"""Take rows out of the tables of a finished Markdown page, so that every table keeps some.

A page is written once, and shown where there is room for all of it and where there is not.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from functools import cached_property

from reconciler.render.labels import WARNED
from reconciler.render.markdown_tables import FAIR_ROWS

_RULER = re.compile(r"\|(?: ?:?-+:? ?\|)+\Z")
_HEADING = re.compile(r"#{1,6} ")
_ENOUGH_FOR_MORE = 40


@dataclass(frozen=True)
class _Piece:
    """A line that stays, or the rows of one table; those of the warned come first."""

    lines: tuple[str, ...]
    rows: bool = False
    first: bool = False

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        return tuple(length(line) + 1 for line in self.lines)

    def kept(self, number: int) -> list[str]:
        """Return the first *number* rows, and how many rows are left."""
        left = len(self.lines) - number
        if not self.rows or not left:
            return list(self.lines)
        return [*self.lines[:number], "", f"… and {left:,} more row{'s' if left > 1 else ''}."]

    def fitting(self, room: int, at_most: int) -> int:
        """Return how many rows fit into *room*, *at_most* so many."""
        for number, size in enumerate(self.sizes[:at_most]):
            room -= size
            if room < 0:
                return number
        return min(at_most, len(self.sizes))


def shortened(text: str, room: int) -> str:
    """Return *text* with as many rows of its tables as *room* characters hold.

    Every table gets its first rows, then the table of the warned up to half of the room, then
    earlier ones get theirs. Where what is no row is too long alone, that is left as it is.
    """
    pieces = _pieces(text)
    tables = [place for place, piece in enumerate(pieces) if piece.rows]
    shown = dict.fromkeys(tables, 0)
    room -= sum(sum(piece.sizes) for piece in pieces if not piece.rows)
    room -= _ENOUGH_FOR_MORE * len(tables)
    half = room // 2
    rounds = ((FAIR_ROWS, room, False), (sys.maxsize, half, True), (sys.maxsize, room, False))
    for at_most, portion, only_first in rounds:
        for place in tables:
            piece, before = pieces[place], shown[place]
            if piece.first or not only_first:
                taken = sum(piece.sizes[:before])
                shown[place] = max(before, piece.fitting(min(room + taken, portion), at_most))
                room -= sum(piece.sizes[before : shown[place]])
    kept = (line for place, piece in enumerate(pieces) for line in piece.kept(shown.get(place, 0)))
    return "\n".join(kept)


def length(text: str) -> int:
    """Return the length of *text* as counted most: what is beyond 16 bits counts twice."""
    return len(text) + sum(character > "\uffff" for character in text)


def _pieces(text: str) -> list[_Piece]:
    found: list[_Piece] = []
    rows: list[str] = []
    in_table = first = False
    for line in text.split("\n"):
        if in_table and line.startswith("|"):
            rows.append(line)
            continue
        if rows:
            found.append(_Piece(tuple(rows), rows=True, first=first))
            rows = []
        in_table = _RULER.match(line) is not None
        if _HEADING.match(line):
            first = line.partition(" ")[2].startswith(WARNED)
        found.append(_Piece((line,)))
    return [*found, _Piece(tuple(rows), rows=True, first=first)] if rows else found
