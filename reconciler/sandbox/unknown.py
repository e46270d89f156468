"""Says that a name is unknown, which one was probably meant, and which there are."""

from __future__ import annotations

import difflib
from collections.abc import Sequence


def unknown(what: str, name: str, known: Sequence[str]) -> str:
    """Return the words for *name*, which is none of *known*; *what* begins them."""
    folded = name.lower().replace("-", "_")
    near = difflib.get_close_matches(folded[:60], known, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return f"{what} {name[:60]!r}.{hint} There are {', '.join(known)}"
