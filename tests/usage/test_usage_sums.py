"""Days, people and seats add up, and nobody is counted twice."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime

from reconciler.model.observed import Account, Row, Team
from reconciler.model.usage import (
    People,
    SeatUse,
    Share,
    Span,
    Usage,
    UsageDay,
    UserDay,
    average,
    merged,
    seat_use,
    shares_of_days,
)
from reconciler.render import usage as render

MON, TUE = date(2026, 11, 16), date(2026, 11, 17)


def did(user: int, day: date = MON, *, engaged: bool = True, editor: str = "vscode") -> UserDay:
    return UserDay(day, user, f"user-{user}", engaged, ("go",), (editor,), 10, 4)


def summed(rows: Iterable[UserDay], *arguments: object) -> People:
    people = People(*arguments)  # type: ignore[arg-type]
    for row in rows:
        people.add(row)
    return people


def test_a_day_counts_its_people() -> None:
    people = summed([did(1), did(2, engaged=False, editor="vim"), did(1, TUE)])
    days = people.days()
    assert [(one.day, one.active, one.engaged) for one in days] == [(MON, 2, 1), (TUE, 1, 1)]
    assert days[0].editors == (Share("vim", 1), Share("vscode", 1))
    assert (days[0].suggestions, days[0].acceptances) == (20, 8)
    assert people.ids() == {1, 2}


def test_people_who_come_back_are_counted_once() -> None:
    people = summed([did(1), did(1, TUE), did(2, TUE, editor="vim")])
    assert people.languages() == (Share("go", 2),)
    assert people.editors() == (Share("vim", 1), Share("vscode", 1))


def test_a_row_that_comes_again_is_counted_once() -> None:
    [day] = summed([did(1), did(1), did(1)]).days()
    assert (day.active, day.engaged, day.suggestions) == (1, 1, 10)
    assert day.languages == (Share("go", 1),)


def test_credits_are_added_up_where_they_are_known() -> None:
    rows = [replace(did(1), credits=0.1), replace(did(2), credits=0.2), did(3), did(4, TUE)]
    assert [day.credits for day in summed(rows).days()] == [0.3, None]


def test_shares_of_days_without_people_take_the_busiest_day() -> None:
    days = [[Share("go", 3), Share("c", 1)], [Share("go", 5)], [Share("x", None, 7)]]
    assert shares_of_days(days) == (Share("go", 5), Share("c", 1), Share("x", None, 7))


def test_github_s_totals_say_how_many_were_active() -> None:
    [day] = merged([UsageDay(MON, 9, None, suggestions=99)], summed([did(1), did(2)]).days())
    assert (day.active, day.engaged, day.suggestions, day.acceptances) == (9, 2, 99, 8)
    [behind] = merged([UsageDay(MON, 1)], summed([did(1), did(2)]).days())
    assert behind.active == 2
    [unknown] = merged([UsageDay(MON, None)], summed([did(1)]).days())
    assert unknown.active == 1
    [quiet] = merged([UsageDay(MON, 0)], [])
    assert quiet.engaged == 0
    [unnamed] = merged([UsageDay(MON, 3)], [])
    assert unnamed.engaged is None


def test_only_the_days_and_people_asked_for_are_counted() -> None:
    rows = [did(1), did(1, TUE), did(2)]
    people = summed(rows, Span(), frozenset({(MON, 1), (TUE, 2)}))
    assert [(day.day, day.active) for day in people.days()] == [(MON, 1)]
    assert people.ids() == {1}
    assert [day.day for day in summed(rows, Span(since=TUE)).days()] == [TUE]


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
    assert Span(since=MON).before(date(2026, 11, 18)) == (TUE, MON)
    assert len(Span(since=date.min).before(date(2026, 11, 18))) == 365
    assert Span(until=TUE).before(date(2026, 11, 18)) == ()
    assert Span(since=date.min).before(date.min) == ()


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


def test_csv_has_credits_and_no_seats_of_past_days() -> None:
    days = (UsageDay(MON, 1, credits=1234567.5), UsageDay(TUE, 1))
    shown = render.as_csv(Usage("acme", None, ("reports/users-28-day",), days, SeatUse(9, 1, 1)))
    rows = list(csv.DictReader(io.StringIO(shown)))
    assert [row["ai_credits_used"] for row in rows] == ["1234567.5", ""]
    assert [row["seats_held"] for row in rows] == ["", ""]


def test_no_data_is_said_without_plots_or_seats() -> None:
    text = render.as_text(Usage("acme", None, (), (), SeatUse(9, None, 0), notes=("No data.",)))
    assert "Note: No data." in text
    assert "Languages" not in text
    assert "of them" not in text


def test_no_days_are_said() -> None:
    empty = Usage("acme", None, ("copilot/usage (retired)",), (), None)
    assert "No day of those asked for is in the metrics." in render.as_text(empty)
    assert render.as_csv(empty).count("\n") == 1
