"""Guards that count what is left of a plan: cancellations, creations, seats."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from reconciler.decide.limits import IN_FLIGHT_FOR
from reconciler.decide.state import Look
from reconciler.guards.checks import (
    Blocks,
    Guard,
    Overrides,
    allow_true,
    check_of,
    creates,
    deletes,
    passing,
    raise_line,
    rule_deletes,
    takes_a_seat,
)
from reconciler.model.desired import Allowance, start_of
from reconciler.model.plan import Action, Change, Reason, Resource, Status, Withheld
from reconciler.wording.units import plural


@dataclass
class Sieve:
    """Takes changes out of a plan, and with each what depends on it."""

    kept: list[Change]
    withheld: list[Withheld] = field(default_factory=list)

    def block(self, guard: str, blocks: Blocks, text: str) -> None:
        """Withhold what *blocks* fits and what depends on it."""
        stopped = {change.address: text for change in self.kept if blocks(change)}
        while stopped:
            gone = [change for change in self.kept if change.address in stopped]
            self.withheld += [Withheld(guard, one, stopped[one.address]) for one in gone]
            self.kept = [change for change in self.kept if change.address not in stopped]
            names = {change.address for change in gone}
            stopped = {
                change.address: f"waits for {', '.join(waits)}"
                for change in self.kept
                if (waits := sorted(names.intersection(change.depends_on)))
            }


@dataclass(frozen=True)
class Numbers:
    """The counts that the counting guards are about."""

    look: Look
    live: frozenset[int]
    """People who hold a live seat that the organisation manages."""
    pending: frozenset[int]
    """People whose rows are all pending cancellation."""
    cancelled: frozenset[int]
    """People cancelled by us since the 1st of the month who are not live again."""
    leaving: frozenset[int]
    """People whose rows are live because our cancellation of today does not show yet."""
    ruled: frozenset[int]
    """People whose last cancellation by us was for idleness, since the 1st of the month."""

    @classmethod
    def of(cls, look: Look) -> Numbers:
        seats = look.seats
        live = frozenset(one for one, seat in seats.items() if seat.live and seat.manageable)
        pending = frozenset(one for one, seat in seats.items() if not seat.live)
        leaving = frozenset(one for one in _cancels_in_flight(look) if one in live)
        ours = _cancelled_this_cycle(look)
        again = frozenset(one for one in ours if one in seats and seats[one].live)
        cancelled = (ours - again) | leaving
        ruled = ours & look.memory.cancelled_idle if look.memory is not None else frozenset()
        return cls(look, live, pending, cancelled, leaving, ruled)

    def losing(self, changes: Iterable[Change]) -> frozenset[int]:
        return frozenset(one for change in changes if deletes(change) for one in change.person_ids)

    def gaining(self, changes: Iterable[Change]) -> frozenset[int]:
        """People without a live row who get a live seat here."""
        gaining = (one for change in changes if creates(change) for one in change.person_ids)
        return frozenset(one for one in gaining if one not in self.live)

    def created(self, changes: Iterable[Change]) -> frozenset[int]:
        """People whose new seat bills from today: seats given back in their cycle are paid for."""
        paid = (Reason.RENEW, Reason.RETURNED, Reason.UNDONE)
        new = [one for one in changes if one.reason not in paid]
        renewed = self.gaining(one for one in changes if one.reason in paid)
        return self.gaining(new) | frozenset(one for one in renewed if one not in self.look.seats)

    def after(self, changes: list[Change]) -> frozenset[int]:
        """Return who holds a live seat after *changes*."""
        return (self.live - self.losing(changes)) | self.gaining(changes)


def _cancelled_this_cycle(look: Look) -> frozenset[int]:
    """Return everybody whose seat we cancelled since the 1st of the month."""
    if look.memory is None:
        return frozenset()
    cycle = start_of(look.observed.today.replace(day=1))
    return frozenset(user_id for user_id, at in look.memory.cancelled.items() if at >= cycle)


def _cancels_in_flight(look: Look) -> Iterator[int]:
    """Yield everybody of a delete that was sent less than a day ago and does not show yet."""
    memory, now = look.memory, look.observed.now
    if memory is None:
        return
    for target, sent in memory.in_flight.items():
        if target.action != Action.DELETE or now - sent >= IN_FLIGHT_FOR:
            continue
        if target.type == Resource.USER:
            yield target.id
            continue
        rows = look.rows_by_team.get(target.id, ())
        named = {row.account.id for row in rows if row.account is not None}
        yield from (one for one in named if memory.cancelled.get(one, sent - IN_FLIGHT_FOR) >= sent)


def counting_guards(look: Look, sieve: Sieve) -> tuple[Guard, ...]:
    """Evaluate the counting guards on what is left in *sieve*, and take out what they block.

    The creates are counted before the deletes that depend on them; withheld creates can leave a
    plan that would take the last seat, so that is looked at once more at the end.
    """
    numbers, overrides = Numbers.of(look), Overrides(look)
    creations = _max_creations(look, overrides, numbers, sieve.kept)
    _stop(sieve, creations)
    seats = _max_seats(look, overrides, numbers, sieve.kept)
    _stop(sieve, seats)
    cancellations = _max_cancellations(look, overrides, numbers, sieve.kept)
    _stop(sieve, cancellations)
    if cancellations.fires and not seats.fires:
        # Deletes that now stay away leave more seats than were counted.
        seats = _max_seats(look, overrides, numbers, sieve.kept)
        _stop(sieve, seats)
    last = _last_seat(look, overrides, numbers, sieve.kept)
    _stop(sieve, last)
    return cancellations, last, creations, seats


def _stop(sieve: Sieve, guard: Guard) -> None:
    if guard.fires:
        sieve.block(guard.check.guard, guard.blocks, guard.check.detail)


@dataclass(frozen=True, slots=True)
class Limit:
    """How many a guard allows, where that comes from, and how many it would without override."""

    allowed: int
    source: str
    otherwise: int

    def overridden(self, count: int) -> bool:
        """Tell whether *count* would fare otherwise without the override."""
        return (count <= self.allowed) != (count <= self.otherwise)


def _limit(
    overrides: Overrides, guard: str, stated: Allowance | None, default: int, seats: int
) -> Limit:
    """Return the limit of *guard* for an organisation of *seats*."""
    if stated is None:
        otherwise, source = default, f"default for {plural(seats, 'seat')}"
    else:
        percent = f"{stated} of {plural(seats, 'seat')}"
        otherwise, source = stated.of(seats), percent if stated.percent is not None else "stated"
    override = overrides.of(guard)
    if override is None or not isinstance(override.allow, Allowance):
        return Limit(otherwise, source, otherwise)
    until = f"override until {override.term.last}"
    return Limit(override.allow.of(seats), until, otherwise)


def default_cancellations(seats: int) -> int:
    """Return the default allowance: 10 %, but at least 5 seats and then at most 25 %, and 1."""
    return max(seats // 10, min(5, seats // 4), 1)


def default_creations(seats: int) -> int:
    """Return the default allowance: 20 %, at least 25."""
    return max(25, seats // 5)


def _max_cancellations(
    look: Look, overrides: Overrides, numbers: Numbers, changes: list[Change]
) -> Guard:
    """Count in two steps, so that reviewed removals do not wait for idle ones.

    First everything but idle and unused deletes, without our own of this month: over the allowance
    all deletes wait. Then all of them: over the allowance only idle and unused ones wait.
    """
    guard, seats = "max_cancellations_per_cycle", look.manageable
    stated = look.file.guards.max_cancellations_per_cycle
    limit = _limit(overrides, guard, stated, default_cancellations(seats), seats)
    renewed = numbers.gaining(changes)
    other = [change for change in changes if not rule_deletes(change)]
    first = _Ending.of(numbers, renewed | numbers.ruled, numbers.losing(other))
    both = _Ending.of(numbers, renewed, numbers.losing(changes))
    allowed = f" of at most {limit.allowed} ({limit.source})"
    way_out, blocks = raise_line(look, guard, both.count), takes_a_seat
    if first.count > limit.allowed:
        detail = first.text + allowed
        if both.count > first.count:
            detail += ", idle and unused cancellations not counted"
            way_out += f"; {first.count} is enough for all but idle and unused cancellations"
    else:
        detail, blocks = both.text + allowed, rule_deletes
        if both.count > limit.allowed and first.here < both.here:
            detail += ", so idle and unused cancellations wait"
    status = Status.FAIL if both.count > limit.allowed else Status.PASS
    overridden = limit.overridden(first.count) or limit.overridden(both.count)
    return Guard(check_of(look, guard, status, detail, way_out), blocks, overridden)


@dataclass(frozen=True, slots=True)
class _Ending:
    """How many people's seats are ending: here, pending, and cancelled by us without a row left."""

    here: int
    pending: int
    gone: int

    @classmethod
    def of(cls, numbers: Numbers, left_out: frozenset[int], losing: frozenset[int]) -> _Ending:
        earlier = (numbers.pending | numbers.cancelled) - left_out - losing
        gone = len(earlier - numbers.pending)
        return cls(len(losing), len(earlier) - gone, gone)

    @property
    def count(self) -> int:
        return self.here + self.pending + self.gone

    @property
    def text(self) -> str:
        gone = f" + {self.gone} cancelled this month" if self.gone else ""
        return f"{self.here} here + {self.pending} pending{gone}"


def _last_seat(look: Look, overrides: Overrides, numbers: Numbers, changes: list[Change]) -> Guard:
    left = len(numbers.after(changes) - numbers.leaving)
    detail = f"{plural(left, 'live seat')} would remain"
    if left > 0 or not numbers.losing(changes):
        return passing("last_seat", detail)
    detail = "no live seat would remain, and GitHub then cancels the organisation's plan"
    if overrides.lifts("last_seat"):
        return passing("last_seat", f"{detail}; overridden", overridden=True)
    way_out = f"claim at least one seat; {allow_true('last_seat')}"
    return Guard(check_of(look, "last_seat", Status.FAIL, detail, way_out), deletes)


def _max_creations(
    look: Look, overrides: Overrides, numbers: Numbers, changes: list[Change]
) -> Guard:
    guard, seats = "max_creations_per_cycle", look.manageable
    stated = look.file.guards.max_creations_per_cycle
    limit = _limit(overrides, guard, stated, default_creations(seats), seats)
    here, added = len(numbers.created(changes)), _added_this_cycle(look)
    detail = f"{here} here + {added} added this cycle of at most {limit.allowed} ({limit.source})"
    status = Status.FAIL if here + added > limit.allowed else Status.PASS
    check = check_of(look, guard, status, detail, raise_line(look, guard, here + added))
    return Guard(check, creates, limit.overridden(here + added))


def _added_this_cycle(look: Look) -> int:
    """Return GitHub's count, or else our own of the seats given since the 1st of the month."""
    if look.observed.billing.added_this_cycle is not None:
        return look.observed.billing.added_this_cycle
    cycle = start_of(look.observed.today.replace(day=1))
    return sum(seat.created_at >= cycle for seat in look.seats.values())


def _max_seats(look: Look, overrides: Overrides, numbers: Numbers, changes: list[Change]) -> Guard:
    guard, stated = "max_seats", look.file.guards.max_seats
    after = len(numbers.after(changes))
    if stated is None:
        detail = f"{plural(after, 'live seat')} after the plan, no limit set"
        return passing(guard, detail)
    limit = _limit(overrides, guard, Allowance(count=stated), 0, look.manageable)
    detail = f"{plural(after, 'live seat')} after the plan of at most {limit.allowed}"
    gains = bool(numbers.gaining(changes))
    status = Status.FAIL if gains and after > limit.allowed else Status.PASS
    check = check_of(
        look, guard, status, f"{detail} ({limit.source})", raise_line(look, guard, after)
    )
    return Guard(check, creates, gains and limit.overridden(after))
