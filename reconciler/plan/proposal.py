"""Hold a proposed file against the base file it is to replace: whose guards count, what was due.

A pull request may change what is desired, not what protects against it: until it is merged, guards,
overrides and exemptions are the base file's. So nobody can raise a guard, add an override or drop
an exemption and use that in the same plan, nor in the apply that follows the merge.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from reconciler.model.desired import Allowance, GuardSettings, Override, SeatsFile, Term
from reconciler.model.diagnostics import Mark
from reconciler.model.plan import Change, Notice, Parts, Plan
from reconciler.wording.units import plural

UNMERGED = "unmerged"
HELD_UP = "held_up"
MERGED = "merged"


def under(head: SeatsFile, base: SeatsFile) -> SeatsFile:
    """Return *head* with the guards, overrides and exemptions of *base*."""
    return replace(head, guards=base.guards, exempt=base.exempt)


def parted(plan: Plan, base_plan: Plan, head: SeatsFile, base: SeatsFile) -> Plan:
    """Return *plan*, which is of *head* under *base*, with its parts and what there is to tell.

    *base_plan* is the plan of *base* on the same reading. A change was already due if base's plan
    holds it for the same reason, and takes seats from nobody less. What is due as before, but
    withheld now, is not averted: it is among what *plan* withholds.
    """
    before = {(change.target, change.reason): change for change in base_plan.changes}
    due = frozenset(
        change.address
        for change in plan.changes
        if (known := before.get((change.target, change.reason))) is not None
        and change.person_ids <= known.person_ids
    )
    wanted = {change.target for change in (*plan.changes, *(one.change for one in plan.withheld))}
    averted = tuple(change for change in base_plan.changes if change.target not in wanted)
    told = (*unmerged(head, base), *_held_up(plan, base_plan.changes))
    parts = Parts(base.path, base.sha256, due, averted)
    return replace(plan, parts=parts, notices=(*told, *plan.notices))


def _held_up(plan: Plan, before: Iterable[Change]) -> Iterator[Notice]:
    """Tell how much that base's plan would do *plan* withholds."""
    targets = {change.target for change in before}
    stopped = Counter(one.guard for one in plan.withheld if one.change.target in targets)
    for guard, number in sorted(stopped.items()):
        changes = plural(number, "change")
        text = f"{changes} would be made without this change, and with it the guard stops them"
        yield Notice(HELD_UP, guard, text)


# --- just merged ------------------------------------------------------------------------------


def changed_by_merge(head: SeatsFile, base: SeatsFile) -> tuple[Notice, ...]:
    """Tell in what guards, overrides and exemptions *head* differs from *base*, just replaced."""
    return tuple(_merged(here, there) for here, there in _differences(head, base))


def _merged(here: _Line | None, there: _Line | None) -> Notice:
    if here is None:
        assert there is not None  # noqa: S101 (a difference has a side)
        return Notice(MERGED, there.subject, f"{there.said} is gone from the file", there.mark)
    place = f" was {there.said} ({there.mark.file}:{there.mark.line})" if there else " is new"
    return Notice(MERGED, here.subject, here.said + place, here.mark)


# --- what counts only once merged -------------------------------------------------------------


def unmerged(head: SeatsFile, base: SeatsFile) -> tuple[Notice, ...]:
    """Tell in what guards, overrides and exemptions *head* differs from *base*, which counts."""
    return tuple(_difference(here, there) for here, there in _differences(head, base))


def _differences(head: SeatsFile, base: SeatsFile) -> Iterator[tuple[_Line | None, _Line | None]]:
    here, there = dict(_protection(head)), dict(_protection(base))
    for key in (*here, *(key for key in there if key not in here)):
        if _said(key, here) != _said(key, there):
            yield here.get(key), there.get(key)


@dataclass(frozen=True, slots=True)
class _Line:
    """A line that protects: whom or what it is about, what it says in effect, and where."""

    subject: str
    said: str
    mark: Mark


def _said(key: object, lines: Mapping[object, _Line]) -> str:
    return lines[key].said if key in lines else ""


def _difference(here: _Line | None, there: _Line | None) -> Notice:
    if here is None:
        assert there is not None  # noqa: S101 (a difference has a side)
        text = f"{there.said} is gone from this file: it counts until that is merged"
        return Notice(UNMERGED, there.subject, text, there.mark)
    if there is None:
        text = f"{here.said} is new: it counts only once merged"
    else:
        place = f"{there.mark.file}:{there.mark.line}"
        text = f"{here.said} counts only once merged, until then {there.said} ({place})"
    return Notice(UNMERGED, here.subject, text, here.mark)


def _protection(file: SeatsFile) -> Iterator[tuple[object, _Line]]:
    yield from _settings(file.guards)
    for override in file.guards.overrides:
        said = f"the override {_allowed(override)}{_term(override.term)}"
        yield ("override", override.guard), _Line(override.guard, said, override.mark)
    for exemption in file.exempt:
        said = f"the exemption{_term(exemption.term)}"
        yield exemption.name.key, _Line(exemption.name.text, said, exemption.name.mark)


def _settings(guards: GuardSettings) -> Iterator[tuple[object, _Line]]:
    """Yield the settings that are not the defaults."""
    default = GuardSettings(guards.mark)
    found: tuple[tuple[str, Allowance | int | timedelta | None, object], ...] = (
        ("max_cancellations_per_cycle", guards.max_cancellations_per_cycle, None),
        ("max_creations_per_cycle", guards.max_creations_per_cycle, None),
        ("max_seats", guards.max_seats, None),
        ("max_activity_age", guards.max_activity_age, default.max_activity_age),
    )
    for key, value, usual in found:
        if value != usual:
            guard = "evidence" if key == "max_activity_age" else key
            mark = guards.marks.get(key, guards.mark)
            yield key, _Line(guard, f"`{key}: {_written(value)}`", mark)


def _written(value: object) -> str:
    if isinstance(value, timedelta):
        return f"{value.total_seconds() / 3600:g}h"
    return str(value)


def _allowed(override: Override) -> str:
    return "`allow: true`" if override.allow is True else f"`allow: {override.allow}`"


def _term(term: Term) -> str:
    first = f" from {term.first}" if term.first is not None else ""
    last = f" until {term.last}" if term.last is not None else ""
    return first + last
