"""Arrange a plan for reading, the same for every output: what goes together, and in which order."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from reconciler.model.diagnostics import Mark
from reconciler.model.plan import (
    Action,
    Change,
    Check,
    Notice,
    Plan,
    Reason,
    Resource,
    Status,
    Withheld,
)
from reconciler.model.report import Outcome, Report, Result
from reconciler.render.labels import REASONS, RESULTS, UNMANAGED, WARNED, heading

WARN = "warn"
UNMANAGEABLE = "unmanageable"

_CLAUSE = "; "
_DUE = re.compile(r"taken back after (\d{4}-\d{2}-\d{2})\b(.*)\Z", re.DOTALL)
_RANKS = {reason: rank for rank, reason in enumerate(Reason)}


@dataclass(frozen=True, slots=True)
class Group:
    """Changes with one reason, by one rule: teams first, then by name.

    `shared` is the last clause of their texts where all have the same, told once for all of them.
    """

    reason: Reason
    rule: str | None
    changes: tuple[Change, ...]
    shared: str = ""

    def own(self, change: Change) -> str:
        """Return what the text of *change* says beyond the shared clause."""
        return change.text.removesuffix(_CLAUSE + self.shared) if self.shared else change.text

    @property
    def cause(self) -> str:
        return f"{self.reason} by rule {self.unnamed_rule}" if self.unnamed_rule else self.reason

    @property
    def unnamed_rule(self) -> str | None:
        """The rule, where the shared clause does not speak of it."""
        return None if self.shared else self.rule

    @property
    def meaning(self) -> str:
        return self.shared or REASONS.get(self.reason, "")


@dataclass(frozen=True, slots=True)
class Stopped:
    """What one guard withheld; `text` is said of most of it, and so told once.

    `besides` holds, by address, what is said of one change only.
    """

    guard: str
    check: Check | None
    text: str
    deletes: tuple[Group, ...]
    creates: tuple[Group, ...]
    besides: Mapping[str, str]

    @property
    def detail(self) -> str:
        """The guard's numbers, or what is said of most of what it withheld."""
        return self.check.detail if self.check else self.text

    @property
    def groups(self) -> tuple[Group, ...]:
        return (*self.deletes, *self.creates)


@dataclass(frozen=True, slots=True)
class Told:
    """Notices of one kind, with their sign and heading."""

    sign: str
    title: str
    notices: tuple[Notice, ...]


def groups(changes: Iterable[Change], action: Action) -> tuple[Group, ...]:
    """Return the changes of one action by reason and rule, in the order of the reasons' codes."""
    found: defaultdict[tuple[int, str], list[Change]] = defaultdict(list)
    for change in changes:
        if change.action is action:
            found[_RANKS[change.reason], change.rule or ""].append(change)
    return tuple(_group(found[key]) for key in sorted(found))


def _group(changes: list[Change]) -> Group:
    first = changes[0]
    shared = _shared_clause([change.text for change in changes])
    return Group(first.reason, first.rule, tuple(sorted(changes, key=_order)), shared)


def _shared_clause(texts: Sequence[str]) -> str:
    """Return the clause with which all of *texts* end, each after something of its own."""
    heads, separators, clauses = zip(*(text.rpartition(_CLAUSE) for text in texts), strict=True)
    alike = len(texts) > 1 and all(heads) and all(separators) and len(set(clauses)) == 1
    return clauses[0] if alike else ""


def size(groups: Sequence[Group]) -> int:
    return sum(len(group.changes) for group in groups)


def reach(groups: Sequence[Group]) -> int:
    """Return how many people *groups* give a seat to or take one from; nobody counts twice."""
    return len({each for group in groups for one in group.changes for each in one.person_ids})


def stopped(withheld: Sequence[Withheld], checks: Sequence[Check] = ()) -> tuple[Stopped, ...]:
    """Return what was withheld by guard, in the order of the checks."""
    found: defaultdict[str, list[Withheld]] = defaultdict(list)
    for held in withheld:
        found[held.guard].append(held)
    known = {check.guard: check for check in checks}
    order = [guard for guard in known if guard in found]
    order += [guard for guard in found if guard not in known]
    return tuple(_stopped(guard, known.get(guard), found[guard]) for guard in order)


def _stopped(guard: str, check: Check | None, items: list[Withheld]) -> Stopped:
    (common, _), *_ = Counter(held.text for held in items).most_common(1)
    told = {"", common, check.detail if check else common}
    changes = [held.change for held in items]
    return Stopped(
        guard,
        check,
        common,
        groups(changes, Action.DELETE),
        groups(changes, Action.CREATE),
        {held.change.address: held.text for held in items if held.text not in told},
    )


def troubled(plan: Plan) -> tuple[Check, ...]:
    """Return the checks that did not pass and are not told together with what they withheld."""
    told = {held.guard for held in plan.withheld}
    return tuple(
        check
        for check in plan.checks
        if check.status is not Status.PASS and check.guard not in told
    )


def told(notices: Sequence[Notice], unmanageable: Sequence[Notice]) -> tuple[Told, ...]:
    """Return what is told by kind, in the order given, with the unmanageable last."""
    found: defaultdict[str, list[Notice]] = defaultdict(list)
    for notice in notices:
        if notice.kind not in (WARN, UNMANAGEABLE):
            found[notice.kind].append(notice)
    kinds = [Told("*", heading(kind), tuple(of_kind)) for kind, of_kind in found.items()]
    return (*kinds, *([Told("?", UNMANAGED, tuple(unmanageable))] if unmanageable else []))


def warned(notices: Sequence[Notice]) -> tuple[Told, ...]:
    """Return the warnings, or nothing where nobody is warned."""
    found = tuple(notice for notice in notices if notice.kind == WARN)
    return (Told("!", WARNED, found),) if found else ()


@dataclass(frozen=True, slots=True)
class Due:
    """People who are warned alike: until when, by what rule or in what words, and where it stands.

    `day` is empty where none is named.
    """

    day: str
    text: str
    mark: Mark | None
    names: tuple[str, ...]


def due(notices: Sequence[Notice]) -> tuple[Due, ...]:
    """Return the warned by the day named, by rule and by line; the earliest day first."""
    found: defaultdict[tuple[str, str, Mark | None], list[str]] = defaultdict(list)
    for notice in notices:
        named = _DUE.search(notice.text)
        day, text = (named[1], named[2].strip()) if named else ("", notice.text)
        found[day, text, notice.mark].append(notice.subject)
    order = sorted(found, key=lambda key: (not key[0], *key[:2], str(key[2] or "")))
    return tuple(Due(*key, tuple(found[key])) for key in order)


def unmanageable(notices: Sequence[Notice]) -> tuple[Notice, ...]:
    """Return what can't be managed from here."""
    return tuple(notice for notice in notices if notice.kind == UNMANAGEABLE)


def unchanged(plan: Plan) -> dict[Reason, int]:
    """Return the people on whose seats nothing is done, by reason.

    Seats without an assignee have no decision of their own: they are what the summary counts as
    unmanageable beyond the decisions. Where it all does not add up there is nothing to return.
    """
    found = Counter(
        each.reason
        for each in plan.decisions
        if each.action is Action.NO_OP and each.resource is Resource.USER
    )
    found[Reason.UNMANAGEABLE] = max(found[Reason.UNMANAGEABLE], plan.summary.unmanageable)
    if found.total() != plan.summary.no_op:
        return {}
    return {reason: found[reason] for reason in Reason if found[reason]}


def results(report: Report) -> dict[Result, tuple[Outcome, ...]]:
    """Return the outcomes by result: what needs a look first, each in the plan's order."""
    found = {result: tuple(o for o in report.outcomes if o.result is result) for result in RESULTS}
    return {result: outcomes for result, outcomes in found.items() if outcomes}


def name_of(outcome: Outcome) -> str:
    """Return whom an outcome is about, a team as `team platform`."""
    kind, _, name = outcome.address.partition(".")
    return f"team {name}" if kind == Resource.TEAM else name


def _order(change: Change) -> tuple[bool, str, int]:
    return (change.resource is not Resource.TEAM, change.name.lower(), change.id)


TOGETHER = "Both together"
"""The heading over what is told of the plan as a whole."""


AVERTED = "No longer due: {number}, which would be made without this change"


@dataclass(frozen=True, slots=True)
class Section:
    """Changes that are told together; a plan without parts is one section without a title.

    `averted` are those that are not made any more, `nothing` what is said where there is neither.
    """

    title: str
    changes: tuple[Change, ...]
    averted: tuple[Change, ...] = ()
    nothing: str = ""


def sections(plan: Plan) -> tuple[Section, ...]:
    """Return all changes of *plan* in sections, what the proposed change does first."""
    parts = plan.parts
    if parts is None:
        return (Section("", plan.changes),)
    this_change, already_due = parts.split(plan.changes)
    aside = " What guards withhold is told below." if plan.withheld else ""
    none = "" if this_change or parts.averted else f"Nobody gains or loses a seat by it.{aside}"
    nothing = "" if already_due else f"Nothing.{aside}"
    return (
        Section("What this change does", this_change, parts.averted, none),
        Section("What was already due", already_due, (), nothing),
    )
