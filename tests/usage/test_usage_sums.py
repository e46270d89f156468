"""Days, people and seats add up, and nobody is counted twice."""

from __future__ import annotations

from datetime import UTC, date, datetime

from reconciler.model import Account, Row, Team
from reconciler.render import usage as render
from reconciler.usage import (
    SeatUse,
    Share,
    Span,
    TeamDay,
    Usage,
    UsageDay,
    UserDay,
    average,
    days_of_people,
    in_team,
    merged,
    seat_use,
    shares_of,
    shares_of_days,
)

MON, TUE = date(2026, 11, 16), date(2026, 11, 17)


def did(user: int, day: date = MON, *, engaged: bool = True, editor: str = "vscode") -> UserDay:
    return UserDay(day, user, f"user-{user}", engaged, ("go",), (editor,), 10, 4)


def test_a_day_counts_its_people() -> None:
    days = days_of_people([did(1), did(2, engaged=False, editor="vim"), did(1, TUE)])
    assert [(one.day, one.active, one.engaged) for one in days] == [(MON, 2, 1), (TUE, 1, 1)]
    assert days[0].editors == (Share("vim", 1), Share("vscode", 1))
    assert (days[0].suggestions, days[0].acceptances) == (20, 8)


def test_people_who_come_back_are_counted_once() -> None:
    rows = [did(1), did(1, TUE), did(2, TUE, editor="vim")]
    assert shares_of(rows, lambda row: row.languages) == (Share("go", 2),)


def test_shares_of_days_without_people_take_the_busiest_day() -> None:
    days = [[Share("go", 3), Share("c", 1)], [Share("go", 5)], [Share("x", None, 7)]]
    assert shares_of_days(days) == (Share("go", 5), Share("c", 1), Share("x", None, 7))


def test_github_s_totals_say_how_many_were_active() -> None:
    [day] = merged([UsageDay(MON, 9, None, suggestions=99)], days_of_people([did(1), did(2)]))
    assert (day.active, day.engaged, day.suggestions, day.acceptances) == (9, 2, 99, 8)
    [quiet] = merged([UsageDay(MON, 0)], [])
    assert quiet.engaged == 0
    [unnamed] = merged([UsageDay(MON, 3)], [])
    assert unnamed.engaged is None


def test_a_team_is_who_was_in_it_on_the_day() -> None:
    rows = [did(1), did(1, TUE), did(2)]
    teams = [TeamDay(MON, 1, 7, "Core"), TeamDay(TUE, 2, 7, "core"), TeamDay(MON, 2, 8, "other")]
    assert in_team(rows, teams, "core") == (did(1),)


def test_seats_are_people_whatever_their_rows() -> None:
    start, seen = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 11, 16, 1, tzinfo=UTC)
    one, two, three = (Account(number, f"user-{number}") for number in (1, 2, 3))
    rows = [
        Row(one, start, last_activity_at=seen),
        Row(one, start, Team(7, "core", "Core")),
        Row(two, start, last_activity_at=start),
        Row(three, start),
        Row(None, start, last_activity_at=seen),
    ]
    days = [UsageDay(MON, 2)]
    assert seat_use(rows, days, frozenset({2, 99})) == SeatUse(held=3, used=1, seen=1)
    assert seat_use(rows, days, None, frozenset({2})) == SeatUse(held=1, used=None, seen=0)
    assert seat_use(rows, [], frozenset()) == SeatUse(held=3, used=0, seen=0)


def test_a_span_is_open_where_nothing_is_said() -> None:
    assert Span().holds(MON)
    assert not Span(since=TUE).holds(MON)
    assert not Span(until=MON).holds(TUE)
    assert Span(since=MON).before(date(2026, 11, 18), 365) == (TUE, MON)
    assert Span(since=MON).before(date(2026, 11, 18), 1) == (TUE,)
    assert Span(until=TUE).before(date(2026, 11, 18), 365) == ()


def test_averages_leave_unknown_days_out() -> None:
    assert average([1, None, 2]) == 1.5
    assert average([None]) is None


# --- rendering ----------------------------------------------------------------------------------

HOSTILE = Usage(
    organization="acme",
    team="\x1b[31mred",
    sources=("reports/users-28-day",),
    days=(UsageDay(MON, 3, 2, (Share("=1+1", 2),), (Share("::error::x", None, 4),)),),
    seats=SeatUse(0, None, 0),
    languages=(Share("\u202ego", 2),),
    editors=tuple(Share(f"editor-{number}", number) for number in range(20, 0, -1)),
    notes=("line\nbreak",),
)


def test_text_from_outside_is_harmless() -> None:
    text = render.as_text(HOSTILE)
    assert r"\x1b[31mred" in text
    assert r"\u202ego" in text
    assert r"Note: line\nbreak" in text
    assert "and 8 more" in text
    assert "'=1+1=2" in render.as_csv(HOSTILE)


def test_plots_without_block_characters_are_ascii() -> None:
    assert "#" in render.as_text(HOSTILE, blocks=False)
    assert render.as_text(HOSTILE, blocks=False).isascii()


def test_the_longest_bar_is_the_largest_number() -> None:
    lines = render.as_text(HOSTILE).splitlines()
    bars = [line.count("█") for line in lines if "editor-" in line]
    assert bars == sorted(bars, reverse=True)
    assert bars[0] == 30


def test_no_days_are_said() -> None:
    empty = Usage("acme", None, ("copilot/usage (retired)",), (), None)
    assert "No day of those asked for is in the metrics." in render.as_text(empty)
    assert render.as_csv(empty).count("\n") == 1
