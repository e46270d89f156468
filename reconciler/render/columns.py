"""Lay lines out for a terminal: aligned columns, wrapped where a width is given, colour if told."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

from reconciler.render.escape import inert

INDENT = 4
_NAME_LIMIT = 36
_TEXT_LIMIT = 110
_GAP = 2
_ENOUGH_TEXT = 40
_NARROWEST = 24


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list: sign, name, text, place; `below` are lines of their own beneath it.

    Without a name the text begins where names do.
    """

    sign: str
    name: str
    text: str = ""
    place: str = ""
    below: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Paint:
    """Colours, or none at all."""

    on: bool

    def bold(self, text: str) -> str:
        return self._in("1", text)

    def dim(self, text: str) -> str:
        return self._in("2", text)

    def red(self, text: str) -> str:
        return self._in("31", text)

    def green(self, text: str) -> str:
        return self._in("32", text)

    def yellow(self, text: str) -> str:
        return self._in("33", text)

    def sign(self, sign: str) -> str:
        """Return *sign* in the colour that goes with it."""
        return {"-": self.red, "+": self.green, "!": self.yellow}.get(sign, self.dim)(sign)

    def _in(self, number: str, text: str) -> str:
        return f"\x1b[{number}m{text}\x1b[0m" if self.on and text else text


def _widest(texts: Sequence[str], limit: int) -> int:
    """Return the width of the widest of *texts* that keeps to *limit*; the others stick out."""
    widths = [cells(text) for text in texts]
    return max((width for width in widths if width <= limit), default=min([limit, *widths]))


def cells(text: str) -> int:
    """Return how many columns of a terminal *text* takes."""
    if text.isascii():
        return len(text)
    return sum(_cells(character) for character in text)


def _cells(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def name_column(lines: Sequence[Row]) -> int:
    """Return how wide the names of *lines* are, so that several lists can share the column."""
    return _widest([row.name for row in lines], _NAME_LIMIT)


def rows(lines: Sequence[Row], paint: Paint, width: int | None, name: int) -> list[str]:
    """Return *lines* as lines of text: in columns if the text has room, else below the name."""
    text = _widest([row.text for row in lines], _TEXT_LIMIT)
    if width is not None:
        place = max((cells(row.place) + _GAP for row in lines if row.place), default=0)
        room = width - (INDENT + 2 + name + _GAP) - place
        if room < min(text, _ENOUGH_TEXT):
            return _crowded(lines, paint, width, name)
        text = min(text, room)
    return [line for row in lines for line in _columns(row, paint, width, name, text)]


def _crowded(lines: Sequence[Row], paint: Paint, width: int, name: int) -> list[str]:
    """Return lines without room side by side: a common place is said once, else all stacked."""
    places = {row.place for row in lines}
    if len(lines) > 1 and len(places) == 1 and places != {""}:
        said = paragraph(f"all by {lines[0].place}", width, INDENT)
        bare = [replace(row, place="") for row in lines]
        return [*map(paint.dim, said), *rows(bare, paint, width, name)]
    return [line for row in lines for line in _stacked(row, paint, width, name)]


def _columns(row: Row, paint: Paint, width: int | None, name: int, text: int) -> list[str]:
    named = _pad(row.name, name) + " " * _GAP if row.name else ""
    room = text if row.name else name + _GAP + text
    chunks = wrap(row.text, None if width is None else room)
    first = f"{' ' * INDENT}{paint.sign(row.sign)} {named}"
    lines = [f"{first}{_pad(chunks[0], room)}{' ' * _GAP}{paint.dim(row.place)}"]
    beside = " " * (INDENT + 2 + cells(named))
    lines += [beside + chunk for chunk in chunks[1:]]
    return lines + _below(row, width)


def _stacked(row: Row, paint: Paint, width: int, name: int) -> list[str]:
    first = f"{' ' * INDENT}{paint.sign(row.sign)} {_pad(row.name, name)}"
    lines = [f"{first}{' ' * _GAP}{paint.dim(row.place)}"]
    lines += paragraph(row.text, width, INDENT + 4) if row.text else []
    return lines + _below(row, width)


def _below(row: Row, width: int | None) -> list[str]:
    return [line for text in row.below for line in paragraph(text, width, INDENT + 4)]


def paragraph(text: str, width: int | None, indent: int = 0) -> list[str]:
    """Return *text* as indented lines."""
    margin = " " * indent
    return [margin + chunk for chunk in wrap(text, None if width is None else width - indent)]


def wrap(text: str, width: int | None) -> list[str]:
    """Break *text* between words; a word that is longer than *width* sticks out, to be copied."""
    if width is None:
        return [text.strip()]
    width = max(width, _NARROWEST)
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False) or [""]


def finish(blocks: Sequence[Sequence[str]]) -> str:
    """Return blocks of lines as text: an empty line between them, none with spaces at its end."""
    paragraphs = ["\n".join(inert(line).rstrip() for line in block) for block in blocks if block]
    return "\n\n".join(paragraphs) + "\n"


def _pad(text: str, width: int) -> str:
    return text + " " * max(0, width - cells(text))
