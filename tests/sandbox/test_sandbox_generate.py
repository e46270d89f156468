"""Organisations made to any size."""

from __future__ import annotations

import json
from collections import Counter
from importlib.resources import files

import jsonschema
import pytest

from reconciler.sandbox import World
from reconciler.sandbox.generate import generate


@pytest.mark.parametrize("seats", [0, 1, 9, 10, 250, 3000])
def test_an_organisation_has_the_seats_asked_for(seats: int) -> None:
    made = World.from_snapshot(generate(seats, 7))
    assert len(made.reading().rows) == made.reading().total == seats
    assert len(made.directory.members()) == seats + seats // 5


def test_the_same_seed_makes_the_same_organisation() -> None:
    assert json.dumps(generate(300, 7)) == json.dumps(generate(300, 7))
    assert json.dumps(generate(300, 7)) != json.dumps(generate(300, 8))


def test_an_organisation_has_something_of_everything() -> None:
    made = World.from_snapshot(generate(1000, 7))
    rows = made.reading().rows
    kinds = Counter(
        (
            "none" if row.person is None else "direct" if row.team is None else "team",
            bool(row.pending),
        )
        for row in rows
    )
    assert set(kinds) >= {("direct", False), ("direct", True), ("team", False), ("team", True)}
    assert kinds["none", False] == 1
    assert any(isinstance(row.team, dict) for row in rows)
    active = [row for row in rows if row.usage.seen(made.now, made.lag)]
    assert 600 < len(active) < 950
    assert any(team.parent is not None for team in made.directory.teams.values())


def test_it_is_a_valid_snapshot() -> None:
    text = files("reconciler").joinpath("schemas/snapshot.schema.json").read_text("utf-8")
    jsonschema.Draft202012Validator(json.loads(text)).validate(generate(100, 1))
