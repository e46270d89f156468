"""Finds what was mistyped in the lines of a YAML text, where YAML's own words would mislead."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from reconciler.config.schema import published
from reconciler.config.syntax_errors import shorten

_MOST = 10
_CONFLICT = re.compile(r"(?m)^(?:<{7}|>{7}|\|{7})(?=[ \r]|$)|^={7}(?=\r?$)")
_DASH = re.compile(r"""(\s*)-([A-Za-z_"'{\[@][^\r\n]*)""")
_BULLET = re.compile(
    "([ \\t\u00a0]*)(?:[\u2010-\u2015\u2022\u2212*+][ \\t\u00a0]+|-\u00a0\\s*|(?<=\u00a0)- *)"
    r"([A-Za-z0-9_\"'{\[@][^\r\n]*)"
)
_COLON = re.compile(r"(?:^\s*(?:-\s+)?|[{,]\s*)([a-z_]+):([^\s:,}\]][^,}\]\r\n]*)")
_BLOCK = re.compile(r"(?:^|[\s:-])[|>][-+0-9]*\s*(?:#.*)?$")


@dataclass(frozen=True, slots=True)
class Slip:
    """A mistake at a line and column, counted from 0, with its message."""

    line: int
    column: int
    code: str
    message: str


def conflicts(text: str) -> tuple[Slip, ...]:
    """Return every unresolved merge conflict, each where its first marker stands."""
    found: list[Slip] = []
    opened = False
    for marker in _CONFLICT.finditer(text):
        begins = marker.group()[0] == "<"
        if begins or not opened:
            line = text.count("\n", 0, marker.start())
            words = _CONFLICT_WORDS if begins else _MARKER_WORDS
            found.append(Slip(line, 0, "conflict", words))
        opened = begins or (opened and marker.group()[0] != ">")
    return tuple(found[:_MOST])


_CONFLICT_WORDS = (
    "a merge conflict begins here and is not resolved: keep the lines that are right, and remove "
    "those that begin with `<<<<<<<`, `=======` and `>>>>>>>`"
)

_MARKER_WORDS = "a line of a merge conflict is left here: remove it"


def blanks(text: str) -> tuple[Slip, ...]:
    """Return every place where a space is probably missing after a dash or a colon.

    A text may look like that and be right, so these explain errors and are none by themselves.
    """
    return tuple(_blanks(text))


def _blanks(text: str) -> Iterator[Slip]:
    block: int | None = None
    for number, line in enumerate(text.split("\n")):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        indent = len(line) - len(line.lstrip())
        if block is not None and indent > block:
            continue
        block = indent if _BLOCK.search(line) else None
        if (dash := _DASH.match(line)) is not None:
            entry = shorten(_spaced(dash[2].rstrip()))
            message = f"a space is missing after the dash: write `- {entry}`"
            yield Slip(number, len(dash[1]), "space-missing", message)
            continue
        if (bullet := _BULLET.match(line)) is not None:
            entry = shorten(bullet[2].rstrip())
            message = f"a list entry begins with spaces, a hyphen and a space: write `- {entry}`"
            yield Slip(number, len(bullet[1]), "bullet", message)
            continue
        if (key := line.strip()) in known_keys():
            yield Slip(number, indent, "colon-missing", f"a colon is missing: write `{key}:`")
            continue
        for colon in _COLON.finditer(line):
            if colon[1] in known_keys():
                message = (
                    f"a space is missing after the colon: write `{shorten(_written(colon, line))}`"
                )
                yield Slip(number, colon.start(1), "space-missing", message)


def _written(colon: re.Match[str], line: str) -> str:
    """Return the key and its value with a space between; inside `{...}` only up to the comma."""
    value = colon[2] if colon.group()[0] in "{," else line[colon.start(2) :]
    return f"{colon[1]}: {value.rstrip()}"


def _spaced(entry: str) -> str:
    found = re.fullmatch(r"([a-z_]+):(\S.*)", entry)
    return f"{found[1]}: {found[2]}" if found is not None and found[1] in known_keys() else entry


@cache
def known_keys() -> frozenset[str]:
    """Return every key that a file of ours can hold."""
    schemas = [published(name).root for name in ("file", "policy", "policy-test")]
    parts = [part for root in schemas for part in (root, *root["$defs"].values())]
    return frozenset(key for part in parts for key in part.get("properties", ()))
