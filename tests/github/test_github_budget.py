"""The client stays under GitHub's limits by itself, tells of it, and gives up in time."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass, field

import pytest
from github_fake import FakeGitHub, reader_of, seat, writer_of

from reconciler.errors import RateLimited
from reconciler.github import Patience
from reconciler.github.rate_limit import READ, WRITE, Budget


@dataclass
class Clock:
    """Time that goes on by waiting only, and what was asked when."""

    now: float = 0.0
    told: list[tuple[float, str]] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def patience(self, **options: float) -> Patience:
        return Patience(
            on_wait=lambda seconds, why: self.told.append((seconds, why)),
            sleep=self.sleep,
            budget=Budget(lambda: self.now),
            **options,
        )


def most_in_a_minute(asked: list[tuple[float, int]]) -> int:
    ends = [at for at, _ in asked]
    return max(sum(n for at, n in asked if end - 60 < at <= end) for end in ends)


@pytest.mark.parametrize("seed", range(5))
def test_no_minute_has_more_than_its_points(seed: int) -> None:
    chance, clock, asked = random.Random(seed), Clock(), []
    budget = Budget(lambda: clock.now)
    for _ in range(4000):
        clock.now += chance.choice((0.0, 0.01, 0.05, 0.2, 3.0)) * chance.random()
        points = chance.choice((READ, READ, READ, READ, READ, READ, READ, READ, READ, WRITE))
        clock.now += budget.reserve(points)
        asked.append((clock.now, points))
    assert most_in_a_minute(asked) <= 900
    assert most_in_a_minute([(at, 1) for at, points in asked if points == WRITE]) <= 80


def test_a_burst_is_not_slowed_down_before_the_limit() -> None:
    budget = Budget(lambda: 0.0)
    assert [budget.reserve(READ) for _ in range(900)] == [0.0] * 900
    assert budget.reserve(READ) == 61


def test_eighty_writes_fill_a_minute_before_their_points_do() -> None:
    budget = Budget(lambda: 0.0)
    assert [budget.reserve(WRITE) for _ in range(80)] == [0.0] * 80
    assert budget.reserve(READ) == 0
    assert budget.reserve(WRITE) == 61


def test_a_thousand_pages_wait_once_and_say_why() -> None:
    fake, clock = FakeGitHub(), Clock()
    fake.seats = [seat(number) for number in range(1, 95_001)]
    rows = reader_of(fake, patience=clock.patience()).seats().rows
    assert len(rows) == 95_000
    assert len(fake.requests) == 950
    assert [why for _, why in clock.told] == ["to stay under GitHub's limits"]
    assert clock.now == 61


def test_writes_are_paced_by_their_own_limit() -> None:
    fake, clock = FakeGitHub(), Clock()
    writer = writer_of(fake, patience=clock.patience())
    for number in range(81):
        writer.create_users([f"user-{number}"])
    assert clock.now == 61


def test_the_wait_is_bounded_and_then_a_clear_error() -> None:
    fake, clock = FakeGitHub(), Clock()
    fake.seats = [seat(number) for number in range(1, 95_001)]
    with pytest.raises(RateLimited, match=r"900 points a minute .* limited to 30 s .* --max-wait"):
        reader_of(fake, patience=clock.patience(max_wait=30.0)).seats()
    assert clock.now == 0
    assert len(fake.requests) == 900


def test_many_threads_wait_for_one_pause_not_one_each() -> None:
    clock = Clock()
    patience = clock.patience(max_wait=61.0)
    for _ in range(900):
        patience.turn()
    threads = [threading.Thread(target=patience.turn) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert clock.now == 61


def test_without_a_budget_nothing_waits() -> None:
    fake = FakeGitHub()
    fake.seats = [seat(number) for number in range(1, 95_001)]
    clock = Clock()
    patience = clock.patience()
    patience.budget = None
    assert len(reader_of(fake, patience=patience).seats().rows) == 95_000
    assert clock.told == []
