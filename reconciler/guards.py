"""Guards: each stops one class of changes and says how to let it through.

The guards that know before any decision (the count of rows, the organisation's setting, names,
evidence, memory) come first; the counting guards (`max_*`, `last_seat`) come last and count what is
left. Withholding a change withholds what depends on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from reconciler.changes import Action, Change, Check, Reason, Resource, Status, Withheld
from reconciler.look import Look
from reconciler.model import Allowance, Counted, Mark, Override, Phase, Undeclared, start_of
from reconciler.names import Fate, is_enterprise
from reconciler.words import ago, length, plural

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

BLOCK_IDLE = frozenset(
    {"row_count", "seat_management", "empty", "unknown_team", "unknown_name", "evidence", "memory"}
)
"""Guards under which nobody counts as idle where a team's delete would take the seat (line 5c)."""

IN_FLIGHT_FOR = timedelta(days=1)
"""How long an unconfirmed change is waited for before it is planned again."""

_RULE_REASONS = (Reason.IDLE, Reason.UNUSED)
_NO_WAY = "it can't be overridden: it is cured at its cause"

Blocks = Callable[[Change], bool]


def _deletes(change: Change) -> bool:
    return change.action is Action.DELETE


def _creates(change: Change) -> bool:
    return change.action is Action.CREATE


def _everything(_: Change) -> bool:
    return True


def _undeclared_deletes(change: Change) -> bool:
    return _deletes(change) and change.reason is Reason.UNDECLARED


def _rule_deletes(change: Change) -> bool:
    return _deletes(change) and change.reason in _RULE_REASONS


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


# --- guards that know before any decision -----------------------------------------------------


def class_guards(look: Look) -> tuple[Guard, ...]:
    """Evaluate the guards that block a class of changes whatever the plan is."""
    overrides = Overrides(look)
    return (
        _row_count(look, overrides),
        _seat_management(look),
        _empty(look, overrides),
        _unknown_team(look),
        _unknown_user(look),
        _unknown_name(look),
        _identity(look),
        _evidence(look),
        _memory(look),
    )


def _row_count(look: Look, overrides: Overrides) -> Guard:
    observed = look.observed
    said = observed.total if observed.total is not None else observed.billing.total
    numbers = (
        f"{plural(len(observed.rows), 'row')} of {plural(len(look.seats), 'person', 'people')} "
        f"read, GitHub counts {said if said is not None else 'nothing'}"
    )
    if observed.counted is Counted.AGREES:
        return Guard(Check("row_count", Status.PASS, numbers), _everything)
    unstable = observed.counted is Counted.UNSTABLE
    blocks: Blocks = _everything if unstable else _deletes
    twice = {Counted.UNSTABLE: "; two readings differ", Counted.DISAGREES: ", twice the same"}
    detail = numbers + twice.get(observed.counted, "")
    if overrides.lifts("row_count"):
        return Guard(Check("row_count", Status.PASS, f"{detail}; overridden"), blocks, True)
    status = Status.UNKNOWN if observed.counted is Counted.UNKNOWN else Status.FAIL
    return Guard(_check(look, "row_count", status, detail, _allow_true("row_count")), blocks)


def _seat_management(look: Look) -> Guard:
    setting = look.observed.billing.seat_management_setting
    if setting == "assign_selected":
        return Guard(Check("seat_management", Status.PASS, "assign_selected"), _everything)
    status = Status.UNKNOWN if setting is None else Status.FAIL
    detail = f"the organisation's setting is {setting or 'not told by GitHub'}, not assign_selected"
    way_out = (
        'in the organisation\'s Copilot settings choose "Enable for: selected members", '
        "then plan again"
    )
    return Guard(_check(look, "seat_management", status, detail, way_out), _everything)


def _empty(look: Look, overrides: Overrides) -> Guard:
    seats = look.file.seats
    if seats.undeclared is Undeclared.KEEP or not look.claims.nobody:
        return Guard(Check("empty", Status.PASS, "the file claims somebody"), _deletes)
    detail = "the file claims nobody, and undeclared seats are cancelled"
    if overrides.lifts("empty"):
        return Guard(Check("empty", Status.PASS, f"{detail}; overridden"), _deletes, True)
    way_out = f"claim somebody, or write `undeclared: keep`; {_allow_true('empty')}"
    return Guard(_check(look, "empty", Status.FAIL, detail, way_out), _deletes)


def _names_guard(
    look: Look, guard: str, missing: Iterable[tuple[str, Mark]], what: str, blocks: Blocks
) -> Guard:
    """Make the guard that fires when names it is about do not exist."""
    found = sorted(set(missing), key=lambda one: one[1])
    if not found:
        return Guard(Check(guard, Status.PASS, "every name is known"), blocks)
    places = ", ".join(f"{text} ({mark.file}:{mark.line})" for text, mark in found[:5])
    more = f" and {len(found) - 5} more" if len(found) > 5 else ""
    detail = f"{plural(len(found), what)} not on GitHub: {places}{more}"
    way_out = "correct or remove the name (it may have been renamed); " + _NO_WAY
    return Guard(_check(look, guard, Status.FAIL, detail, way_out, found[0][1]), blocks)


def _unknown_team(look: Look) -> Guard:
    today = look.observed.today
    missing = [
        (entry.name.text, entry.name.mark)
        for entry in look.file.seats.teams
        if look.names.of(entry.name).fate is Fate.UNKNOWN
        and not is_enterprise(entry.name)
        and entry.term.phase(today) is not Phase.OVER
    ]
    return _names_guard(look, "unknown_team", missing, "claimed team", _deletes)


def _unknown_user(look: Look) -> Guard:
    today = look.observed.today
    missing = [
        (entry.name.text, entry.name.mark)
        for entry in look.file.seats.users
        if look.names.of(entry.name).fate is Fate.UNKNOWN
        and entry.term.phase(today) is not Phase.OVER
    ]
    return _names_guard(look, "unknown_user", missing, "claimed login", _undeclared_deletes)


def _unknown_name(look: Look) -> Guard:
    today = look.observed.today
    names = [
        exemption.name
        for exemption in look.file.exempt
        if exemption.term.phase(today) is Phase.STANDING
    ]
    for rule in look.file.inactivity.rules if look.file.inactivity else ():
        names += [*rule.teams, *rule.users]
    missing = [
        (name.text, name.mark)
        for name in names
        if look.names.of(name).fate is Fate.UNKNOWN and not is_enterprise(name)
    ]
    return _names_guard(look, "unknown_name", missing, "exempted or scoped name", _rule_deletes)


def _identity(look: Look) -> Guard:
    users, teams = look.claims.frozen_users, look.claims.frozen_teams
    reused = [
        f"{kind} {text}"
        for (kind, text), found in look.names.table.items()
        if found.fate is Fate.REUSED
    ]

    def blocks(change: Change) -> bool:
        if _is_team(change):
            return change.id in teams or _takes_from(change, users)
        return change.id in users

    if not reused:
        return Guard(Check("identity", Status.PASS, "every name is who it was"), blocks)
    detail = f"another account or team now stands under: {', '.join(sorted(reused))}"
    way_out = (
        "see who it is: pin the right `id` in a user's entry; take a team's entry out, let `drift` "
        "look once, and write it again; " + _NO_WAY
    )
    return Guard(_check(look, "identity", Status.FAIL, detail, way_out), blocks)


def _is_team(change: Change) -> bool:
    return change.resource is Resource.TEAM


def _takes_from(change: Change, users: frozenset[int]) -> bool:
    return _deletes(change) and not users.isdisjoint(change.person_ids)


def _evidence(look: Look) -> Guard:
    """The feed of activity is probably frozen when everybody stopped working at once."""
    if not look.policy.rules:
        return Guard(Check("evidence", Status.PASS, "no rule asks for activity"), _rule_deletes)
    now, limit = look.observed.now, look.file.guards.max_activity_age
    times = [look.policy.activity(seat) for seat in look.seats.values()]
    known = [time for time in times if time is not None]
    newest = max(known, default=None)
    month = sum(now - time <= timedelta(days=30) for time in known)
    week = sum(now - time <= timedelta(days=7) for time in known)
    mark = look.file.guards.marks.get("max_activity_age")
    way_out = (
        "see whether GitHub's activity data is delayed, and wait; if it is right, raise "
        "`guards: {max_activity_age: …}`"
    )
    if newest is None or now - newest > limit:
        seen = (
            "there is no activity at all"
            if newest is None
            else (f"the newest activity of all seats was {ago(newest, now)}")
        )
        detail = f"{seen}, at most {length(limit)} are trusted"
        return Guard(_check(look, "evidence", Status.FAIL, detail, way_out, mark), _rule_deletes)
    if month >= 20 and week * 10 < month:
        detail = (
            f"of {month} people active in 30 days only {week} were in the last 7: "
            "the feed is probably frozen"
        )
        wait = "see whether GitHub's activity data is delayed, and wait; " + _NO_WAY
        return Guard(_check(look, "evidence", Status.FAIL, detail, wait, mark), _rule_deletes)
    detail = f"newest activity {ago(newest, now)}"
    return Guard(Check("evidence", Status.PASS, detail), _rule_deletes)


def _memory(look: Look) -> Guard:
    def blocks(change: Change) -> bool:
        claimed = look.claims.phase(change.id) in (Phase.STANDING, Phase.NOT_BEGUN)
        return _rule_deletes(change) and not _is_team(change) and claimed

    if look.memory is not None:
        return Guard(Check("memory", Status.PASS, "the ledger remembers"), blocks)
    detail = "there is no ledger: nothing would keep a claimed seat cancelled"
    way_out = f"begin one: `copilot-seats ledger init {look.file.path}`"
    if look.policy.rules:
        return Guard(_check(look, "memory", Status.FAIL, detail, way_out), blocks)
    return Guard(Check("memory", Status.PASS, "no ledger, and no rule that needs one"), blocks)


# --- counting guards --------------------------------------------------------------------------


@dataclass
class Sieve:
    """Takes changes out of a plan, and with each what depends on it."""

    kept: list[Change]
    withheld: list[Withheld] = field(default_factory=list)

    def block(self, guard: str, blocks: Blocks, text: str) -> bool:
        """Withhold what *blocks* fits and what depends on it; tell whether anything was."""
        stopped = {change.address: text for change in self.kept if blocks(change)}
        if not stopped:
            return False
        self._drop(guard, stopped)
        return True

    def _drop(self, guard: str, stopped: dict[str, str]) -> None:
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

    @classmethod
    def of(cls, look: Look) -> Numbers:
        seats = look.seats
        live = frozenset(one for one, seat in seats.items() if seat.live and seat.manageable)
        pending = frozenset(one for one, seat in seats.items() if not seat.live)
        leaving = frozenset(one for one in _cancels_in_flight(look) if one in live)
        return cls(look, live, pending, _cancelled_this_cycle(look) | leaving, leaving)

    def losing(self, changes: Iterable[Change]) -> frozenset[int]:
        return frozenset(one for change in changes if _deletes(change) for one in change.person_ids)

    def gaining(self, changes: Iterable[Change]) -> frozenset[int]:
        """People without a live row who get a live seat here."""
        gaining = (one for change in changes if _creates(change) for one in change.person_ids)
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
    if look.memory is None:
        return frozenset()
    cycle = start_of(look.observed.today.replace(day=1))
    return frozenset(
        user_id
        for user_id, at in look.memory.cancelled.items()
        if at >= cycle and not (user_id in look.seats and look.seats[user_id].live)
    )


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
    """Return the default allowance: 10 %, but at least 5 seats and then at most 25 %."""
    tenth = seats // 10
    return tenth if tenth >= 5 else min(5, seats // 4)


def default_creations(seats: int) -> int:
    """Return the default allowance: 20 %, at least 25."""
    return max(25, seats // 5)


def _max_cancellations(
    look: Look, overrides: Overrides, numbers: Numbers, changes: list[Change]
) -> Guard:
    guard, seats = "max_cancellations_per_cycle", look.manageable
    stated = look.file.guards.max_cancellations_per_cycle
    limit = _limit(overrides, guard, stated, default_cancellations(seats), seats)
    losing = numbers.losing(changes)
    renewed = numbers.gaining(changes)
    earlier = (numbers.pending | numbers.cancelled) - renewed - losing
    count = len(losing | earlier)
    gone = len(earlier - numbers.pending)
    numbers_here = f"{len(losing)} here + {len(earlier) - gone} pending"
    if gone:
        numbers_here += f" + {gone} cancelled this month"
    detail = f"{numbers_here} of at most {limit.allowed} ({limit.source})"
    status = Status.FAIL if count > limit.allowed else Status.PASS
    check = _check(look, guard, status, detail, _raise(look, guard, count))
    return Guard(check, _deletes, limit.overridden(count))


def _last_seat(look: Look, overrides: Overrides, numbers: Numbers, changes: list[Change]) -> Guard:
    left = len(numbers.after(changes) - numbers.leaving)
    detail = f"{plural(left, 'live seat')} would remain"
    if left > 0 or not numbers.losing(changes):
        return Guard(Check("last_seat", Status.PASS, detail), _deletes)
    detail = "no live seat would remain, and GitHub then cancels the organisation's plan"
    if overrides.lifts("last_seat"):
        return Guard(Check("last_seat", Status.PASS, f"{detail}; overridden"), _deletes, True)
    way_out = f"claim at least one seat; {_allow_true('last_seat')}"
    return Guard(_check(look, "last_seat", Status.FAIL, detail, way_out), _deletes)


def _max_creations(
    look: Look, overrides: Overrides, numbers: Numbers, changes: list[Change]
) -> Guard:
    guard, seats = "max_creations_per_cycle", look.manageable
    stated = look.file.guards.max_creations_per_cycle
    limit = _limit(overrides, guard, stated, default_creations(seats), seats)
    here, added = len(numbers.created(changes)), _added_this_cycle(look)
    detail = f"{here} here + {added} added this cycle of at most {limit.allowed} ({limit.source})"
    status = Status.FAIL if here + added > limit.allowed else Status.PASS
    check = _check(look, guard, status, detail, _raise(look, guard, here + added))
    return Guard(check, _creates, limit.overridden(here + added))


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
        return Guard(Check(guard, Status.PASS, detail), _creates)
    limit = _limit(overrides, guard, Allowance(count=stated), 0, look.manageable)
    detail = f"{plural(after, 'live seat')} after the plan of at most {limit.allowed}"
    creates = bool(numbers.gaining(changes))
    status = Status.FAIL if creates and after > limit.allowed else Status.PASS
    check = _check(look, guard, status, f"{detail} ({limit.source})", _raise(look, guard, after))
    return Guard(check, _creates, creates and limit.overridden(after))


# --- words and ways out -----------------------------------------------------------------------


def _check(
    look: Look, guard: str, status: Status, detail: str, way_out: str, mark: Mark | None = None
) -> Check:
    if status is Status.PASS:
        return Check(guard, status, detail)
    settings = look.file.guards
    return Check(guard, status, detail, way_out, mark or settings.marks.get(guard, settings.mark))


def _raise(look: Look, guard: str, needed: int) -> str:
    """Say which line would let *needed* through."""
    mark = look.file.guards.marks.get(guard)
    line = f"raise `{guard}`" + (f" ({mark.file}:{mark.line})" if mark else " under `guards:`")
    until = look.observed.today + timedelta(days=7)
    override = f"{{guard: {guard}, allow: {needed}, until: {until}, reason: …}}"
    return f"{line} to {needed}, or for a while under `guards: overrides:` add `- {override}`"


def _allow_true(guard: str) -> str:
    return f"or override it: `- {{guard: {guard}, allow: true, until: …, reason: …}}`"


def in_order(checks: Iterable[Check]) -> tuple[Check, ...]:
    """Return *checks* in the order of the design's table."""
    found: Mapping[str, Check] = {check.guard: check for check in checks}
    return tuple(found[guard] for guard in GUARDS)
