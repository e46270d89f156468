"""What a proposed file changes of guards, overrides and exemptions: told, with its line."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model.desired import GuardSettings, SeatsFile, Term
from reconciler.model.diagnostics import Mark
from reconciler.model.plan import Notice
from reconciler.plan.proposal import UNMERGED, unmerged

from .build import allowance, day, exempt, file, override
from .world import span

HERE, SECTION = Mark("seats.yml", 40, 3), Mark("seats.yml", 39, 1)


def guards(**settings: object) -> SeatsFile:
    """Return a file with these settings, each at its own place."""
    settings.setdefault("marks", dict.fromkeys(settings, HERE))
    return replace(file(), guards=GuardSettings(SECTION, **settings))  # type: ignore[arg-type]


NOTHING = guards()


@pytest.mark.parametrize(
    ("settings", "guard", "said"),
    [
        (
            {"max_cancellations_per_cycle": allowance("10%")},
            "max_cancellations_per_cycle",
            "`max_cancellations_per_cycle: 10%`",
        ),
        (
            {"max_creations_per_cycle": allowance(7)},
            "max_creations_per_cycle",
            "`max_creations_per_cycle: 7`",
        ),
        ({"max_seats": 500}, "max_seats", "`max_seats: 500`"),
        ({"max_activity_age": span("96h")}, "evidence", "`max_activity_age: 96h`"),
    ],
)
def test_settings(settings: dict[str, object], guard: str, said: str) -> None:
    written = guards(**settings)
    new = f"{said} is new: it counts only once merged"
    assert unmerged(written, NOTHING) == (Notice(UNMERGED, guard, new, HERE),)
    gone = f"{said} is gone from this file: it counts until that is merged"
    assert unmerged(NOTHING, written) == (Notice(UNMERGED, guard, gone, HERE),)
    unplaced = guards(**settings, marks={})
    assert unmerged(unplaced, NOTHING) == (Notice(UNMERGED, guard, new, SECTION),)
    assert unmerged(written, unplaced) == ()


def test_settings_that_change() -> None:
    changed = "`max_seats: 9` counts only once merged, until then `max_seats: 5` (seats.yml:40)"
    found = unmerged(guards(max_seats=9), guards(max_seats=5))
    assert found == (Notice(UNMERGED, "max_seats", changed, HERE),)
    assert unmerged(guards(max_activity_age=span("72h")), NOTHING) == ()  # the default


def test_overrides() -> None:
    one = replace(override("empty"), term=Term(day("-2d"), day("+3d")))
    written = file(overrides=[one], guarded=True)
    base = file(overrides=[override("max_seats", 30, until="+9d")], guarded=True)
    line = Mark("seats.yml", 1, 5)
    new = "the override `allow: true` from 2026-11-20 until 2026-11-25"
    old = "the override `allow: 30` until 2026-12-01"
    assert unmerged(written, base) == (
        Notice(UNMERGED, "empty", f"{new} is new: it counts only once merged", line),
        Notice(
            UNMERGED,
            "max_seats",
            f"{old} is gone from this file: it counts until that is merged",
            line,
        ),
    )


def test_exemptions() -> None:
    head = file(exempt=[exempt("mona", until="+3d"), exempt("lisa"), exempt(team="calls")])
    base = file(exempt=[exempt("Mona"), exempt("LISA")])
    marks = [one.name.mark for one in head.exempt]
    mona = (
        "the exemption until 2026-11-25 counts only once merged, until then the exemption "
        f"(seats.yml:{base.exempt[0].name.mark.line})"
    )
    calls = "the exemption is new: it counts only once merged"
    assert unmerged(head, base) == (
        Notice(UNMERGED, "mona", mona, marks[0]),
        Notice(UNMERGED, "calls", calls, marks[2]),
    )
