"""What a guard finds, the classes of changes it can block, and the ways out it tells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from reconciler.decide.state import Look
from reconciler.model.desired import Override, Phase
from reconciler.model.diagnostics import Mark
from reconciler.model.plan import Action, Change, Check, Reason, Status

GUARDS = (
    "row_count",
    "seat_management",
    "empty",
    "unknown_team",
    "unknown_user",
    "unknown_name",
    "identity",
    "max_cancellations_per_cycle",
    "last_seat",
    "max_creations_per_cycle",
    "max_seats",
    "evidence",
    "memory",
)
"""All guards, in the order of section 5 of the design."""


_RULE_REASONS = (Reason.IDLE, Reason.UNUSED)
NO_WAY = "it can't be overridden: it is cured at its cause"

Blocks = Callable[[Change], bool]


def deletes(change: Change) -> bool:
    return change.action is Action.DELETE


def creates(change: Change) -> bool:
    return change.action is Action.CREATE


def everything(_: Change) -> bool:
    return True


def undeclared_deletes(change: Change) -> bool:
    return deletes(change) and change.reason is Reason.UNDECLARED


def rule_deletes(change: Change) -> bool:
    return deletes(change) and change.reason in _RULE_REASONS


def takes_a_seat(change: Change) -> bool:
    """Return whether somebody loses a seat: a team may go whose people all keep theirs."""
    return deletes(change) and bool(change.people)


@dataclass(frozen=True, slots=True)
class Guard:
    """A guard's finding together with the class of changes it blocks."""

    check: Check
    blocks: Blocks
    overridden: bool = False
    """Whether an override made the difference."""

    @property
    def fires(self) -> bool:
        return self.check.status is not Status.PASS


def passing(guard: str, detail: str, *, overridden: bool = False) -> Guard:
    """Return a guard that has nothing to block."""
    return Guard(Check(guard, Status.PASS, detail), everything, overridden)


@dataclass(frozen=True)
class Overrides:
    """The overrides of a file on the day of the look."""

    look: Look

    def of(self, guard: str) -> Override | None:
        """Return the override of *guard* that is in force."""
        today = self.look.observed.today
        for override in self.look.file.guards.overrides:
            if override.guard == guard and override.term.phase(today) is Phase.STANDING:
                return override
        return None

    def lifts(self, guard: str) -> bool:
        override = self.of(guard)
        return override is not None and override.allow is True


def check_of(
    look: Look, guard: str, status: Status, detail: str, way_out: str, mark: Mark | None = None
) -> Check:
    if status is Status.PASS:
        return Check(guard, status, detail)
    settings = look.file.guards
    return Check(guard, status, detail, way_out, mark or settings.marks.get(guard, settings.mark))


def raise_line(look: Look, guard: str, needed: int) -> str:
    """Say which line would let *needed* through."""
    mark = look.file.guards.marks.get(guard)
    line = f"raise `{guard}`" + (f" ({mark.file}:{mark.line})" if mark else " under `guards:`")
    until = look.observed.today + timedelta(days=7)
    override = f"{{guard: {guard}, allow: {needed}, until: {until}, reason: …}}"
    return f"{line} to {needed}, or for a while under `guards: overrides:` add `- {override}`"


def allow_true(guard: str) -> str:
    return f"or override it: `- {{guard: {guard}, allow: true, until: …, reason: …}}`"


def in_order(checks: Iterable[Check]) -> tuple[Check, ...]:
    """Return *checks* in the order of the design's table."""
    found: Mapping[str, Check] = {check.guard: check for check in checks}
    return tuple(found[guard] for guard in GUARDS)
