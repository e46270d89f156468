"""Take the people out of a plan, so that it can be shown to anyone.

Logins, teams and ids become pseudonyms, the same ones throughout a plan, others in the next one;
every list is in their order, so that none tells an alphabet. What could lead back to a person goes
as well: times and numbers of days, lines of people's entries, texts that quote the file or GitHub,
what the ledger would remember, the digest over ids. Numbers, reasons, rules and guards stay. The
organisation stays too: who shows its plan shows that.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TypeVar

from reconciler.model.diagnostics import Mark
from reconciler.model.plan import (
    Change,
    Check,
    Decision,
    Notice,
    Parts,
    Person,
    Plan,
    Reason,
    Records,
    Resource,
    Withheld,
)
from reconciler.render.grouping import WARN
from reconciler.render.labels import REASONS

HIDDEN = "not shown here"

_BY_RULE = (Reason.IDLE, Reason.UNUSED)
"""Reasons that a rule gives: it is told, with its number of days, and nobody else's."""

_ALLOWED = re.compile(r"(?:allows|takes a seat back after) (\d+ (?:day|hour)s?)\Z")
_WARNED_BY = re.compile(r" by rule (['\"].*['\"])\Z")

_ABOUT_NAMES = frozenset({"unknown_team", "unknown_user", "unknown_name", "identity", "refused"})
"""Guards whose texts quote names from the file, or GitHub's words."""

_WORD = re.compile(r"\bcopilot_seat_(?P<kind>user|team)\.(?P<name>[\w-]+)|[\w-]+")
_ID = re.compile(r"\bid[ :=]*\d+")
_LINE = re.compile(r"(\.ya?ml)(?::\d+)+")

Key = tuple[Resource, str]
T = TypeVar("T")


def redact(plan: Plan) -> Plan:
    """Return *plan* without people; nothing can be applied from it."""
    cloak = Cloak.over(plan)
    return replace(
        plan,
        changes=cloak.ordered(map(cloak.change, plan.changes)),
        withheld=_by_name(
            map(cloak.withheld, plan.withheld),
            lambda one: (one.guard, *_run(one.change)),
            lambda one: one.change.name,
        ),
        checks=tuple(map(cloak.check, plan.checks)),
        notices=_by_name(
            map(cloak.notice, plan.notices), lambda one: one.kind, lambda one: one.subject
        ),
        decisions=_by_name(
            map(cloak.decision, plan.decisions), lambda one: one.resource, lambda one: one.name
        ),
        observed=replace(plan.observed, sha256=""),
        records=Records(),
        applyable=False,
        parts=None if plan.parts is None else cloak.parts(plan.parts),
    )


@dataclass(frozen=True, slots=True)
class Cloak:
    """The pseudonyms of one plan: a number for each name, by kind and name in lower case."""

    numbers: dict[Key, int]
    paths: frozenset[str]
    """The seats files: what a line of theirs says of a person is hidden."""
    guards: frozenset[str]

    @classmethod
    def over(cls, plan: Plan) -> Cloak:
        """Number everyone in *plan*, in an order that depends on all of it and on no alphabet."""
        guards = frozenset(check.guard for check in plan.checks)
        keys = {(kind, name.lower()) for kind, name in _names(plan)}
        known = {name for _, name in keys}
        keys |= {
            (Resource.USER, subject)
            for subject in (notice.subject.lower() for notice in plan.notices)
            if subject and subject not in known and subject not in guards
        }
        seed = _seed(plan)
        shuffled = sorted(keys, key=lambda key: _shuffle(seed, key))
        base = [plan.parts.base] if plan.parts is not None else []
        paths = frozenset([plan.path, *base])
        return cls({key: number for number, key in enumerate(shuffled, 1)}, paths, guards)

    def name(self, kind: Resource, name: str) -> str:
        """Return the pseudonym of a name that stands in a field of its own."""
        digits = len(str(len(self.numbers)))
        noun = "team" if kind is Resource.TEAM else "user"
        return f"{noun}-{self.numbers[kind, name.lower()]:0{digits}}"

    def text(self, text: str) -> str:
        """Return *text* with pseudonyms for names and without ids and lines of the file."""
        text = _LINE.sub(r"\1", _ID.sub(f"id {HIDDEN}", text))
        return _WORD.sub(self._word, text)

    def _word(self, match: re.Match[str]) -> str:
        word = match[0]
        if match["kind"]:
            return self.address(word)
        bare = word.strip("-")
        for candidate in (word, bare):
            for kind in Resource:
                if (kind, candidate.lower()) in self.numbers:
                    return word.replace(candidate, self.name(kind, candidate), 1)
        return word

    def change(self, change: Change) -> Change:
        number = self.numbers[change.resource, change.name.lower()]
        people = sorted(map(self.person, change.people), key=lambda one: one.id)
        return replace(
            change,
            id=number,
            name=self.name(change.resource, change.name),
            text=self._why(change),
            people=tuple(people),
            provenance=self._provenance(change),
            rule=None if change.rule is None else self.text(change.rule),
            depends_on=tuple(sorted(map(self.address, change.depends_on))),
        )

    def _why(self, change: Change) -> str:
        """Return the reason, with the rule where one gives it; the person's own days are left out.

        The rule stands in a clause of its own, as it does in every plan.
        """
        found = _ALLOWED.search(change.text)
        if change.reason not in _BY_RULE or found is None or change.rule is None:
            return REASONS.get(change.reason, HIDDEN)
        rule = self.text(change.rule)
        return f"{change.reason}; rule {rule!r} takes a seat back after {found[1]}"

    def _provenance(self, change: Change) -> tuple[Mark, ...]:
        """Return the lines that are about nobody: the rule's, which comes first, and policies'."""
        rules = 1 if change.reason in _BY_RULE else 0
        others = (mark for mark in change.provenance[rules:] if mark.file not in self.paths)
        return (*change.provenance[:rules], *others)

    def parts(self, parts: Parts) -> Parts:
        averted = self.ordered(map(self.change, parts.averted))
        return replace(parts, due=frozenset(map(self.address, parts.due)), averted=averted)

    def person(self, person: Person) -> Person:
        name = self.name(Resource.USER, person.login)
        return Person(self.numbers[Resource.USER, person.login.lower()], name)

    def address(self, address: str) -> str:
        kind, name = _split(address)
        known = (kind, name.lower()) in self.numbers
        return f"{kind}.{self.name(kind, name) if known else 'hidden'}"

    def withheld(self, held: Withheld) -> Withheld:
        return Withheld(held.guard, self.change(held.change), self._guarded(held.guard, held.text))

    def check(self, check: Check) -> Check:
        detail = self._guarded(check.guard, check.detail)
        mark = None if check.guard in _ABOUT_NAMES else check.mark
        return replace(check, detail=detail, way_out=self.text(check.way_out), mark=mark)

    def _guarded(self, guard: str, text: str) -> str:
        waits = text.startswith("waits for ")
        return HIDDEN if guard in _ABOUT_NAMES and not waits else self.text(text)

    def notice(self, notice: Notice) -> Notice:
        subject = self._subject(notice.subject)
        if notice.kind != WARN:
            return Notice(notice.kind, subject, HIDDEN, self._mark(notice.mark))
        by = _WARNED_BY.search(notice.text)
        text = f"warned by rule {self.text(by[1])}" if by is not None else "warned by a rule"
        return Notice(notice.kind, subject, text, notice.mark)

    def _subject(self, subject: str) -> str:
        kinds = [kind for kind in Resource if (kind, subject.lower()) in self.numbers]
        return self.name(kinds[0], subject) if kinds else subject

    def _mark(self, mark: Mark | None) -> Mark | None:
        return None if mark is None or mark.file in self.paths else mark

    def decision(self, decision: Decision) -> Decision:
        return replace(
            decision,
            id=self.numbers[decision.resource, decision.name.lower()],
            name=self.name(decision.resource, decision.name),
            text=HIDDEN,
            claims=(),
            rule=None if decision.rule is None else self.text(decision.rule),
        )

    def ordered(self, changes: Iterable[Change]) -> tuple[Change, ...]:
        """Put changes by name again within the order of execution."""
        return _by_name(changes, _run, lambda change: change.name)


def _run(change: Change) -> tuple[object, ...]:
    return change.action, change.resource


def _by_name(
    items: Iterable[T], kind: Callable[[T], object], name: Callable[[T], str]
) -> tuple[T, ...]:
    """Put each run of items of one *kind* in the order of their pseudonyms."""
    return tuple(one for _, run in groupby(items, key=kind) for one in sorted(run, key=name))


def _changes(plan: Plan) -> list[Change]:
    averted = plan.parts.averted if plan.parts is not None else ()
    return [*plan.changes, *(held.change for held in plan.withheld), *averted]


def _names(plan: Plan) -> Iterator[Key]:
    for change in _changes(plan):
        yield change.resource, change.name
        yield from ((Resource.USER, person.login) for person in change.people)
        yield from (_split(address) for address in change.depends_on)
    for decision in plan.decisions:
        yield decision.resource, decision.name


def _split(address: str) -> Key:
    kind, _, name = address.partition(".")
    return Resource(kind), name


def _seed(plan: Plan) -> str:
    """Return a digest over what is hidden of *plan*: every time and day, and its own moment.

    Whoever only knows who has a seat can't find the order again, and the next plan has another.
    """
    people = {person for change in _changes(plan) for person in change.people}
    said = [change.text for change in plan.changes]
    said += [notice.text for notice in plan.notices]
    said += [decision.text for decision in plan.decisions]
    times = sorted(f"{one.id} {one.created_at} {one.last_activity_at}" for one in people)
    content = "\n".join([plan.observed.sha256, plan.made_at.isoformat(), *times, *said])
    return hashlib.sha256(content.encode("utf-8", "backslashreplace")).hexdigest()


def _shuffle(seed: str, key: Key) -> str:
    kind, name = key
    return hashlib.sha256(f"{seed} {kind} {name}".encode("utf-8", "backslashreplace")).hexdigest()
