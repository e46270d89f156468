"""How much Copilot was used, day by day: the nouns of GitHub's metrics, and what they add up to.

Metrics count members of the organisation, not seats, and leave some of what people do out (chat on
GitHub.com and on mobiles). So they can be a reason to keep a seat, and never one to cancel it.
https://docs.github.com/en/copilot/concepts/copilot-metrics
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date, timedelta

from reconciler.model.observed import Row

Names = tuple[str, ...]

HISTORY = timedelta(days=365)
"""How far back GitHub keeps metrics."""


@dataclass(frozen=True, slots=True)
class Share:
    """A language or an editor: the people who used it, or without them how often it was used.

    `people` None means that GitHub does not say.
    """

    name: str
    people: int | None = None
    suggestions: int = 0


@dataclass(frozen=True, slots=True)
class UsageDay:
    """One day; `active` saw Copilot do something, `engaged` accepted or asked for something."""

    day: date
    active: int | None
    engaged: int | None = None
    languages: tuple[Share, ...] = ()
    editors: tuple[Share, ...] = ()
    suggestions: int | None = None
    acceptances: int | None = None
    credits: float | None = None


@dataclass(frozen=True, slots=True)
class UserDay:
    """What one person did on one day; there is none for days without activity."""

    day: date
    user_id: int
    login: str
    engaged: bool
    languages: tuple[str, ...] = ()
    editors: tuple[str, ...] = ()
    suggestions: int = 0
    acceptances: int = 0
    credits: float | None = None


@dataclass(frozen=True, slots=True)
class TeamDay:
    """One person in one team on one day, active or not."""

    day: date
    user_id: int
    team_id: int | None
    slug: str


@dataclass(frozen=True, slots=True)
class Report:
    """The first and last day of one of GitHub's reports, and how many of its rows are unreadable.

    `reason` says why the first of them is.
    """

    first: date
    last: date
    unread: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SeatUse:
    """Seats held now, against the people among them who were active in the days shown.

    `used` is by the metrics (None: they name nobody), `seen` by the seat list's last activity.
    """

    held: int
    used: int | None
    seen: int


@dataclass(frozen=True, slots=True)
class Usage:
    """What `usage` shows: `sources` are the operations that answered, `notes` what to mind."""

    organization: str
    team: str | None
    sources: tuple[str, ...]
    days: tuple[UsageDay, ...]
    seats: SeatUse | None
    languages: tuple[Share, ...] = ()
    editors: tuple[Share, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """The days asked for; None is open."""

    since: date | None = None
    until: date | None = None

    def holds(self, day: date) -> bool:
        """Tell whether *day* is one of them."""
        return (self.since or day) <= day <= (self.until or day)

    def before(self, first: date) -> tuple[date, ...]:
        """Return the days asked for that come before *first*, newest first, as far as kept."""
        if self.since is None:
            return ()
        at_most = min(HISTORY.days, (first - date.min).days)
        days = (first - timedelta(days=back) for back in range(1, at_most + 1))
        return tuple(day for day in days if self.holds(day))


# --- from people to days ------------------------------------------------------------------------


@dataclass(slots=True)
class _Sums:
    """The sums of one day."""

    people: set[int] = field(default_factory=set)
    engaged: int = 0
    suggestions: int = 0
    acceptances: int = 0
    credits: float | None = None
    languages: Counter[Names] = field(default_factory=Counter)
    editors: Counter[Names] = field(default_factory=Counter)


class People:
    """Sums of what people did on the days of *span*, row by row; the rows are not kept.

    *among* are the days and people to count, None all of them.
    """

    def __init__(
        self, span: Span = Span(), among: AbstractSet[tuple[date, int]] | None = None
    ) -> None:
        self._span = span
        self._among = among
        self._days: dict[date, _Sums] = {}
        self._languages: defaultdict[Names, set[int]] = defaultdict(set)
        self._editors: defaultdict[Names, set[int]] = defaultdict(set)

    def add(self, row: UserDay) -> None:
        """Count *row*, unless that person is counted on that day."""
        if not self._span.holds(row.day):
            return
        if self._among is not None and (row.day, row.user_id) not in self._among:
            return
        sums = self._days.get(row.day)
        if sums is None:
            sums = self._days[row.day] = _Sums()
        if row.user_id in sums.people:
            return
        sums.people.add(row.user_id)
        sums.engaged += row.engaged
        sums.suggestions += row.suggestions
        sums.acceptances += row.acceptances
        if row.credits is not None:
            sums.credits = (sums.credits or 0.0) + row.credits
        # By what a row names together: of that there is little, and of rows there is much.
        sums.languages[row.languages] += 1
        sums.editors[row.editors] += 1
        self._languages[row.languages].add(row.user_id)
        self._editors[row.editors].add(row.user_id)

    def ids(self) -> frozenset[int]:
        """Return who was active on any day."""
        return frozenset().union(*(sums.people for sums in self._days.values()))

    def days(self) -> tuple[UsageDay, ...]:
        """Return one day for each on which somebody was active, oldest first."""
        return tuple(
            UsageDay(
                day=day,
                active=len(sums.people),
                engaged=sums.engaged,
                languages=_counted(sums.languages),
                editors=_counted(sums.editors),
                suggestions=sums.suggestions,
                acceptances=sums.acceptances,
                credits=None if sums.credits is None else round(sums.credits, 6),
            )
            for day, sums in sorted(self._days.items())
        )

    def languages(self) -> tuple[Share, ...]:
        """Return how many different people used each language, most first."""
        return _people(self._languages)

    def editors(self) -> tuple[Share, ...]:
        """Return how many different people used each editor, most first."""
        return _people(self._editors)


def _counted(together: Mapping[Names, int]) -> tuple[Share, ...]:
    counts: Counter[str] = Counter()
    for names, count in together.items():
        for name in names:
            counts[name] += count
    return _most_first(Share(name, count) for name, count in counts.items())


def _people(together: Mapping[Names, AbstractSet[int]]) -> tuple[Share, ...]:
    people: defaultdict[str, set[int]] = defaultdict(set)
    for names, ids in together.items():
        for name in names:
            people[name] |= ids
    return _most_first(Share(name, len(ids)) for name, ids in people.items())


def shares_of_days(shares: Iterable[Sequence[Share]]) -> tuple[Share, ...]:
    """Return the shares of a span from those of its days: people as on the day with most of them.

    The same people come back on other days, so they can't be added up.
    """
    people: dict[str, int | None] = {}
    suggestions: dict[str, int] = {}
    for share in (one for day in shares for one in day):
        known, here = people.get(share.name), share.people
        people[share.name] = here if known is None else max(known, here or 0)
        suggestions[share.name] = suggestions.get(share.name, 0) + share.suggestions
    return _most_first(Share(name, people[name], suggestions[name]) for name in people)


def _most_first(shares: Iterable[Share]) -> tuple[Share, ...]:
    return tuple(sorted(shares, key=lambda one: (-(one.people or 0), -one.suggestions, one.name)))


def merged(totals: Iterable[UsageDay], people: Iterable[UsageDay]) -> tuple[UsageDay, ...]:
    """Return the days of both: how many were active from GitHub's own totals, people the rest.

    The totals can be behind the people of the same day; `active` is never below those seen.
    """
    days = {day.day: day for day in people}
    for total in totals:
        known = days.get(total.day)
        days[total.day] = _both(total, known or UsageDay(total.day, None, _nobody(total)))
    return tuple(days[day] for day in sorted(days))


def _nobody(total: UsageDay) -> int | None:
    """Return 0 for a day on which nobody was active, None where that can't be said."""
    return 0 if total.active == 0 else None


def _both(total: UsageDay, known: UsageDay) -> UsageDay:
    return UsageDay(
        day=total.day,
        active=max(
            (count for count in (total.active, known.active) if count is not None), default=None
        ),
        engaged=_first(known.engaged, total.engaged),
        languages=known.languages or total.languages,
        editors=known.editors or total.editors,
        suggestions=_first(total.suggestions, known.suggestions),
        acceptances=_first(total.acceptances, known.acceptances),
        credits=total.credits if total.credits is not None else known.credits,
    )


def _first(one: int | None, other: int | None) -> int | None:
    return one if one is not None else other


# --- seats --------------------------------------------------------------------------------------


def seat_use(
    rows: Iterable[Row],
    days: Sequence[UsageDay],
    active: frozenset[int] | None,
    among: frozenset[int] | None = None,
) -> SeatUse:
    """Hold seats against use: of everybody with a row, or of those *among* them.

    *active* are the people whom the metrics name, None where they name nobody.
    """
    held: dict[int, list[Row]] = {}
    for row in rows:
        if row.account is not None and (among is None or row.account.id in among):
            held.setdefault(row.account.id, []).append(row)
    first = days[0].day if days else None
    return SeatUse(
        held=len(held),
        used=None if active is None else len(active & held.keys()),
        seen=sum(_seen(found, first) for found in held.values()),
    )


def _seen(rows: Iterable[Row], first: date | None) -> bool:
    """Tell whether the last activity is on *first* or later; GitHub keeps only the last one."""
    times = (row.last_activity_at for row in rows if row.last_activity_at is not None)
    return first is not None and any(time.date() >= first for time in times)


# --- several days at once -----------------------------------------------------------------------


def average(numbers: Iterable[int | None]) -> float | None:
    """Return the average of the numbers there are, None without any."""
    known = [number for number in numbers if number is not None]
    return sum(known) / len(known) if known else None
