"""Find the known word that an unknown one probably stands for."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from functools import lru_cache

_LONGEST = 60
"""Longer words are no slips of the pen, and comparing takes the square of the length."""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the one of *known* that looks most like *word*, None if none does."""
    return _nearest(word, tuple(known)) if len(word) <= _LONGEST else None


@lru_cache(maxsize=512)
def _nearest(word: str, known: tuple[str, ...]) -> str | None:
    folded = {one.lower().replace("-", "_"): one for one in known}
    found = difflib.get_close_matches(word.lower().replace("-", "_"), folded, n=1, cutoff=0.65)
    return folded[found[0]] if found else None


def listed(words: Iterable[str], last: str = "and") -> str:
    """Return *words* in code style as an English list."""
    shown = [f"`{word}`" for word in words]
    if len(shown) < 2:
        return "".join(shown)
    return f"{', '.join(shown[:-1])} {last} {shown[-1]}"
