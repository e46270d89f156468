"""What a comment said before, kept below what it says now: folded, and once."""

from __future__ import annotations

from reconciler.render.sticky import same

_BEGIN = "<!-- copilot-seats:earlier -->"
_END = "<!-- copilot-seats:earlier-end -->"
_TITLE = "What was told here before"


def above(now: str, before: str) -> str:
    """Return *now* with what *before*, the body of a comment, told: below and folded.

    Of a comment that has such a fold already only what is in it is kept.
    """
    kept = _earlier_part(before)
    if not kept or same(kept, now):
        return now
    fold = f"<details><summary>{_TITLE}</summary>\n\n{_BEGIN}\n{kept}\n{_END}\n\n</details>"
    return f"{now.rstrip()}\n\n{fold}\n"


def _earlier_part(before: str) -> str:
    text = before.replace("\r\n", "\n").partition("\n")[2]
    _, folded, inner = text.partition(f"{_BEGIN}\n")
    if not folded:
        return text.strip("\n")
    kept, whole, _ = inner.partition(f"\n{_END}")
    # The end of what was too long is cut off, and what was open closed there.
    return kept if whole else kept.rstrip("\n").removesuffix("</details>").strip("\n")
