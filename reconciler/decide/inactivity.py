"""Judge one seat by the rules: is it idle, and since when?

The clock of a seat starts at the latest of: its last activity, the day it was given, the person's
last reinstatement, the end of an exemption, our own last create. A seat is idle when more than the
threshold has passed since. What GitHub's activity data can and can't tell is in
https://docs.github.com/en/copilot/reference/metrics-data
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from reconciler.decide.names import Fate, Names
from reconciler.decide.seats import Seat, is_ahead
from reconciler.model.desired import (
    Exemption,
    Mode,
    Phase,
    Rule,
    SeatsFile,
    Threshold,
    start_of,
)
from reconciler.model.memory import Memory
from reconciler.model.observed import Observed
from reconciler.model.plan import Verdict
from reconciler.wording.units import ago, day_of, length

FORGOTTEN_AFTER = timedelta(days=90)
"""GitHub forgets activity after 90 days: null then means "nothing for 90 days"."""

CANCELS = frozenset({Verdict.IDLE, Verdict.UNUSED})


class Start(StrEnum):
    """What can start a seat's idle clock."""

    ACTIVITY = "activity"
    GIVEN = "given"
    RESTART = "restart"
    """A reinstatement, or the end of an exemption."""
    CREATED = "created"
    """Our own last create."""


class Role(StrEnum):
    """What a rule is to one person."""

    GOVERNS = "governs"
    OBSERVES = "observes"
    LATER = "later"
    """It holds the person, and an earlier rule governs."""
    OUT_OF_SCOPE = "out_of_scope"


@dataclass(frozen=True, slots=True)
class Scoped:
    """A rule with the people in its scope; None is everyone."""

    rule: Rule
    people: frozenset[int] | None

    def holds(self, user_id: int) -> bool:
        return self.people is None or user_id in self.people


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the rules say of one seat, and why in words.

    `rule` governs, `threshold` is the one that was applied. `due` is when the seat will be taken
    back if nothing happens; `needs_warning` says that no warning since `clock` is on record.
    `observed` are observe rules that would take the seat back. `evidence` is *text* without what
    the rule says will follow, for seats that something else decides about.
    """

    verdict: Verdict
    text: str
    clock: datetime
    activity: datetime | None
    rule: Rule | None = None
    threshold: Threshold | None = None
    due: datetime | None = None
    needs_warning: bool = False
    observed: tuple[Rule, ...] = ()
    since: str = ""

    @property
    def evidence(self) -> str:
        return self.since or self.text

    @property
    def cancels(self) -> bool:
        return self.verdict in CANCELS


@dataclass(frozen=True)
class Policy:
    """The rules of a file, ready to judge seats at one moment."""

    now: datetime
    rules: tuple[Scoped, ...] = ()
    authentication_counts: bool = False
    exempt: Mapping[int, Exemption] = field(default_factory=dict)
    """Exemptions that stand, by person."""
    restarts: Mapping[int, datetime] = field(default_factory=dict)
    """The latest reinstatement or end of an exemption, by person."""
    waiting: frozenset[int] = frozenset()
    """People whom only entries not yet begun claim: until then no rule judges their seats."""
    memory: Memory | None = None

    def activity(self, seat: Seat) -> datetime | None:
        """Return the newest time that counts as activity, None where there is none."""
        signed_in = seat.last_authenticated_at
        if not self.authentication_counts or signed_in is None or is_ahead(signed_in, self.now):
            return seat.last_activity_at
        return max(signed_in, seat.last_activity_at or signed_in)

    def ahead(self, seat: Seat) -> datetime | None:
        """Return a time of activity that is too far in the future to prove anything."""
        signed_in = seat.last_authenticated_at
        if seat.ahead is None and self.authentication_counts and signed_in is not None:
            return signed_in if is_ahead(signed_in, self.now) else None
        return seat.ahead

    def clock(self, seat: Seat) -> datetime:
        """Return when the seat's idle clock last started."""
        return max(self.starts(seat).values())

    def starts(self, seat: Seat) -> dict[Start, datetime]:
        """Return all that could have started the seat's idle clock; the latest did."""
        times = {Start.GIVEN: seat.created_at}
        activity = self.activity(seat)
        if activity is not None:
            times[Start.ACTIVITY] = activity
        if seat.user_id in self.restarts:
            times[Start.RESTART] = self.restarts[seat.user_id]
        if self.memory is not None and seat.user_id in self.memory.creates:
            times[Start.CREATED] = self.memory.creates[seat.user_id]
        return times

    def judge(self, seat: Seat) -> Judgement:
        """Judge *seat*: the first enforced rule whose scope holds the person governs."""
        clock, activity = self.clock(seat), self.activity(seat)
        exemption = self.exempt.get(seat.user_id)
        if exemption is not None:
            text = f"exempt from every rule: {exemption.reason}"
            return Judgement(Verdict.EXEMPT, text, clock, activity)
        if seat.user_id in self.waiting:
            text = "no rule judges the seat before its entry begins"
            return Judgement(Verdict.UNGOVERNED, text, clock, activity)
        seen: list[Rule] = []
        watched = False
        for rule, judgement in self._considered(seat, clock, activity):
            if rule.mode is Mode.ENFORCE:
                return replace(judgement, observed=tuple(seen)) if seen else judgement
            watched = True
            if judgement.cancels:
                seen.append(rule)
        if watched:
            text = "only watched: no enforced rule holds this person"
            return Judgement(Verdict.OBSERVED, text, clock, activity, observed=tuple(seen))
        return Judgement(Verdict.UNGOVERNED, "no rule holds this person", clock, activity)

    def considered(self, seat: Seat) -> Iterator[tuple[Rule, Judgement]]:
        """Return every rule that holds the person with what it says alone, the governing one last.

        Only the governing rule warns, so an observed one says what it would once it had.
        """
        return self._considered(seat, self.clock(seat), self.activity(seat))

    def _considered(
        self, seat: Seat, clock: datetime, activity: datetime | None
    ) -> Iterator[tuple[Rule, Judgement]]:
        for rule, role in self.roles(seat.user_id):
            if role is Role.GOVERNS:
                yield rule, self._apply(rule, seat, clock, activity)
                return
            if role is Role.OBSERVES:
                yield rule, self._apply(_after_warnings(rule), seat, clock, activity)

    def roles(self, user_id: int) -> Iterator[tuple[Rule, Role]]:
        """Yield every rule in its order with what it is to the person, exemptions aside."""
        governed = False
        for scoped in self.rules:
            if not scoped.holds(user_id):
                yield scoped.rule, Role.OUT_OF_SCOPE
            elif governed:
                yield scoped.rule, Role.LATER
            elif scoped.rule.mode is Mode.ENFORCE:
                governed = True
                yield scoped.rule, Role.GOVERNS
            else:
                yield scoped.rule, Role.OBSERVES

    def _apply(
        self, rule: Rule, seat: Seat, clock: datetime, activity: datetime | None
    ) -> Judgement:
        """Judge *seat* by *rule* alone."""
        kind = Verdict.IDLE
        threshold = rule.idle
        if activity is None and self.now - seat.created_at <= FORGOTTEN_AFTER:
            kind, threshold = Verdict.UNUSED, rule.unused or rule.idle
        if threshold is None:
            return self._unjudged(rule, seat, clock, activity)
        told = threshold.cancel if threshold.warn is None else threshold.warn
        idle_for = self.now - clock
        since = self._since(seat, clock, activity)
        if idle_for <= told:
            due = clock + threshold.cancel
            return Judgement(Verdict.ACTIVE, since, clock, activity, rule, threshold, due)
        ahead = self.ahead(seat)
        if ahead is not None:
            return Judgement(Verdict.UNKNOWN, ahead_text(ahead), clock, activity, rule, threshold)
        if activity is None and self._signed_in(seat, threshold):
            text = (
                f"no activity on record, but a sign-in {ago(seat.last_authenticated_at, self.now)}"
            )
            return Judgement(Verdict.UNKNOWN, text, clock, activity, rule, threshold)
        if threshold.warn is not None:
            warned = self._warned(rule, threshold, seat, clock, activity, since)
            if warned is not None:
                return warned
        text = f"{since}; rule {rule.name!r} allows {length(threshold.cancel)}"
        return Judgement(kind, text, clock, activity, rule, threshold, due=self.now)

    def _unjudged(
        self, rule: Rule, seat: Seat, clock: datetime, activity: datetime | None
    ) -> Judgement:
        """Judge a seat about which *rule*, which is only about unused ones, can't say anything."""
        if activity is not None:
            text = f"was used, and rule {rule.name!r} is about unused seats only"
            return Judgement(Verdict.ACTIVE, text, clock, activity, rule)
        ahead = self.ahead(seat)
        if ahead is not None:
            return Judgement(Verdict.UNKNOWN, ahead_text(ahead), clock, activity, rule)
        text = (
            f"given over 90 days ago and without activity on record: GitHub forgets after 90 days, "
            f"and rule {rule.name!r} is about unused seats only"
        )
        return Judgement(Verdict.UNKNOWN, text, clock, activity, rule)

    def _signed_in(self, seat: Seat, threshold: Threshold) -> bool:
        signed_in = seat.last_authenticated_at
        return signed_in is not None and self.now - signed_in <= threshold.cancel

    def _warned(
        self,
        rule: Rule,
        threshold: Threshold,
        seat: Seat,
        clock: datetime,
        activity: datetime | None,
        since: str,
    ) -> Judgement | None:
        """Return the judgement of a seat that still has time, None once its warning has run out."""
        assert threshold.warn is not None  # noqa: S101 (the caller asks only then)
        notice = threshold.cancel - threshold.warn
        warnings = self.memory.warnings.get(seat.user_id, ()) if self.memory is not None else ()
        first = min((warning for warning in warnings if warning >= clock), default=None)
        due = max(clock + threshold.cancel, (first or self.now) + notice)
        over = self.now - clock > threshold.cancel
        if first is not None and over and self.now - first >= notice:
            return None
        if self.memory is None:
            text = f"{since}; without a ledger nobody can be warned, so nothing is taken back"
            return Judgement(Verdict.WARNED, text, clock, activity, rule, threshold, since=since)
        text = f"{since}; to be taken back after {day_of(due)} by rule {rule.name!r}"
        judgement = Judgement(Verdict.WARNED, text, clock, activity, rule, threshold, due)
        return replace(judgement, needs_warning=first is None, since=since)

    def _since(self, seat: Seat, clock: datetime, activity: datetime | None) -> str:
        """Say in words since when nothing happened, and what the clock started with."""
        days = length(self.now - clock)
        if activity is not None and clock == activity:
            return f"idle for {days} (last active {day_of(activity)})"
        known = f"last active {day_of(activity)}" if activity is not None else "never used since"
        if activity is None and self.now - seat.created_at > FORGOTTEN_AFTER:
            known = "no activity in GitHub's 90 days"
        if clock == seat.created_at:
            given = f"given {day_of(clock)}"
            if known == "never used since":
                return f"never used in {days} ({given})"
            return f"idle for {days} ({given}, {known})"
        started = f"clock restarted {day_of(clock)}"
        return f"idle for {days} ({started}; {known.removesuffix(' since')})"


def ahead_text(ahead: datetime) -> str:
    """Say that a time of activity is in the future, and what follows."""
    return (
        f"GitHub dates the last activity {ahead:%Y-%m-%d %H:%M}, which is in the future: "
        "it proves nothing, and no rule cancels the seat"
    )


def _after_warnings(rule: Rule) -> Rule:
    """Return *rule* as it judges whoever was warned long ago."""
    idle, unused = (one and replace(one, warn=None) for one in (rule.idle, rule.unused))
    return replace(rule, idle=idle, unused=unused)


def policy_of(file: SeatsFile, names: Names, observed: Observed, memory: Memory | None) -> Policy:
    """Make the rules of *file* ready to judge seats at the moment of the look."""
    inactivity = file.inactivity
    return Policy(
        now=observed.now,
        rules=tuple(_scoped(rule, names) for rule in inactivity.rules) if inactivity else (),
        authentication_counts=inactivity.authentication_counts if inactivity else False,
        exempt=_exempt(file, names, observed),
        restarts=_restarts(file, names, observed),
        memory=memory,
    )


def _scoped(rule: Rule, names: Names) -> Scoped:
    if not rule.scoped:
        return Scoped(rule, None)
    scope = (*rule.teams, *rule.users)
    return Scoped(rule, frozenset(one for name in scope for one in names.people(name)))


def _exempt(file: SeatsFile, names: Names, observed: Observed) -> dict[int, Exemption]:
    exempt: dict[int, Exemption] = {}
    for exemption in file.exempt:
        if exemption.term.phase(observed.today) is Phase.STANDING:
            for user_id in names.people(exemption.name):
                exempt.setdefault(user_id, exemption)
    return exempt


def _restarts(file: SeatsFile, names: Names, observed: Observed) -> dict[int, datetime]:
    """Return when clocks restarted: with reinstatements, and with exemptions that ended.

    A reinstatement gives the person the whole of its day; a name that is somebody else's now gives
    nothing.
    """
    restarts: dict[int, datetime] = {}

    def restart(user_id: int, at: datetime) -> None:
        restarts[user_id] = max(at, restarts.get(user_id, at))

    for reinstatement in file.reinstate:
        if (
            reinstatement.on <= observed.today
            and names.of(reinstatement.name).fate is not Fate.REUSED
        ):
            for user_id in names.people(reinstatement.name):
                restart(user_id, min(observed.now, start_of(reinstatement.on) + timedelta(days=1)))
    for exemption in file.exempt:
        end = exemption.term.end
        if end is not None and end <= observed.now:
            for user_id in names.people(exemption.name):
                restart(user_id, end)
    return restarts
