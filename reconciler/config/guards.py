"""Read the `guards` section and its overrides."""

from __future__ import annotations

from datetime import timedelta

from reconciler.config import duplicates, overrides
from reconciler.config.findings import Findings
from reconciler.config.node import Node
from reconciler.config.scalars import (
    read_allowance,
    read_count,
    read_duration,
    read_required_text,
    read_term,
)
from reconciler.config.syntax_errors import shorten
from reconciler.model.desired import Allowance, GuardSettings, Override
from reconciler.model.diagnostics import Mark

_KEYS = (
    "max_cancellations_per_cycle",
    "max_creations_per_cycle",
    "max_seats",
    "max_activity_age",
    "overrides",
)
_WHY = "say why, every plan shows it"
_DEFAULT_AGE = timedelta(hours=72)


def read_guards(node: Node | None, start: Mark, findings: Findings) -> GuardSettings:
    """Return what the section at *node* says; *start* is its place, or the file's without one."""
    if node is None:
        return GuardSettings(start)
    age = read_duration(node.get("max_activity_age"), findings)
    entries = node.entries("overrides")
    overrides = [_read_override(entry, findings) for entry in entries]
    _tell_twice(entries, findings)
    written = [(key, child) for key in _KEYS if (child := node.get(key)) is not None]
    return GuardSettings(
        mark=start,
        max_cancellations_per_cycle=read_allowance(
            node.get("max_cancellations_per_cycle"), findings
        ),
        max_creations_per_cycle=read_allowance(node.get("max_creations_per_cycle"), findings),
        max_seats=read_count(node.get("max_seats"), findings),
        max_activity_age=_DEFAULT_AGE if age is None else age,
        overrides=tuple(override for override in overrides if override is not None),
        marks={key: child.key_mark for key, child in written},
    )


def _read_override(entry: Node, findings: Findings) -> Override | None:
    guard, allow = entry.get("guard"), entry.get("allow")
    term = read_term(entry, findings)
    reason = read_required_text(entry.get("reason"), findings, _WHY)
    if guard is None or guard.text is None:
        return None
    allowed = None if allow is None else _read_allow(guard.text, allow, findings)
    if allowed is None:
        return None
    return Override(guard.text, allowed, term, reason, entry.mark)


def _read_allow(guard: str, allow: Node, findings: Findings) -> Allowance | bool | None:
    """Return what an override of *guard* allows; None, told, if it can't be that."""
    if guard in overrides.SWITCHES:
        if allow.value is True:
            return True
        wanted = "`true`"
    elif guard in overrides.COUNTS:
        if allow.number is not None:
            count = read_count(allow, findings)
            return None if count is None else Allowance(count=count)
        wanted = "a number of seats, like `600`"
    else:
        if not isinstance(allow.value, bool):
            return read_allowance(allow, findings)
        wanted = "a count, like `25`, or a percentage, like `40%`"
    shown = str(allow.value).lower() if isinstance(allow.value, bool) else str(allow.value)
    findings.error(
        allow.mark,
        "override",
        f"an override of `{guard}` allows {wanted}, not `{shorten(allow.raw or shown)}`",
    )
    allow.spoil()
    return None


def _tell_twice(entries: list[Node], findings: Findings) -> None:
    first: dict[str, Node] = {}
    for guard in (entry.get("guard") for entry in entries):
        if guard is None or guard.text is None:
            continue
        earlier = first.setdefault(guard.text, guard)
        if earlier is not guard:
            findings.error(
                guard.mark,
                "twice",
                f"`{guard.text}` is overridden twice, first "
                f"{duplicates.place(earlier.mark, guard.mark)}: keep one of them",
            )
