"""Time the planner alone, per seat, for organisations of growing size.

    python bench/planner.py 1000 10000 100000

Prints seconds and microseconds per seat; the ratio of the last to the first should be near 1.
"""

from __future__ import annotations

import gc
import sys
import time
from datetime import UTC, datetime, timedelta

from reconciler.model.desired import (
    Assign,
    GuardSettings,
    Inactivity,
    Kind,
    Name,
    Rule,
    Seats,
    SeatsFile,
    TeamEntry,
    Threshold,
)
from reconciler.model.diagnostics import Mark
from reconciler.model.memory import Memory
from reconciler.model.observed import Account, Billing, Observed, Organization, Row, Team
from reconciler.plan.planner import make_plan

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
MARK = Mark("seats.yml", 1, 1)


def organisation(seats: int) -> Observed:
    """Return an organisation in which every person has a direct seat through one big team."""
    team = Team(7, "engineering", "Engineering")
    accounts = tuple(Account(number, f"user-{number:07}") for number in range(1, seats + 1))
    rows = tuple(
        Row(
            account,
            created_at=NOW - timedelta(days=200),
            last_activity_at=NOW - timedelta(days=account.id % 61, hours=1),
        )
        for account in accounts
    )
    return Observed(
        now=NOW,
        organization=Organization(1, "acme", "https://api.github.com"),
        billing=Billing("assign_selected", "business", seats, 0, 0),
        rows=rows,
        total=seats,
        teams=(team,),
        team_members={7: accounts},
    )


def desired() -> SeatsFile:
    """Return a file that claims the team's members and takes idle seats back."""
    entry = TeamEntry(Name(Kind.TEAM, "engineering", MARK), Assign.MEMBERS)
    rule = Rule("everyone", MARK, idle=Threshold(timedelta(days=60), None, MARK))
    org = Name(Kind.USER, "acme", MARK)
    seats = Seats(teams=(entry,), mark=MARK)
    settings = GuardSettings(MARK)
    return SeatsFile("seats.yml", "0" * 64, org, seats, settings, Inactivity((rule,)))


def main(sizes: list[int]) -> None:
    gc.disable()  # as the command does
    first = 0.0
    for size in sizes:
        observed, file, memory = organisation(size), desired(), Memory(1)
        start = time.perf_counter()
        plan = make_plan(file, observed, memory)
        seconds = time.perf_counter() - start
        each = seconds / size * 1e6
        first = first or each
        print(
            f"{size:>9} seats  {seconds:7.2f} s  {each:6.1f} us a seat  x{each / first:.2f}", end=""
        )
        print(f"  ({len(plan.changes)} changes, {len(plan.withheld)} withheld)")


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [1_000, 10_000, 100_000])
