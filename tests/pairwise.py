"""Settings of the switches such that every pair of values occurs in at least one of them.

A client must hold under every combination. All of them are too many to try; faults come from two
circumstances meeting, so all pairs are tried.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from itertools import combinations
from typing import Any, Literal, get_args, get_origin, get_type_hints

from reconciler.sandbox.switches import Switches

_NUMBERS = {"stale_readings": (0, 2), "activity_lag_hours": (24, 0)}

Setting = tuple[str, object]
Pair = frozenset[Setting]


def domains() -> dict[str, tuple[object, ...]]:
    """Return the values of every switch, its default first."""
    hints = get_type_hints(Switches)
    return {field.name: _values(field.name, hints[field.name]) for field in fields(Switches)}


def _values(name: str, hint: Any) -> tuple[object, ...]:
    default = getattr(Switches(), name)
    if hint is bool:
        return (default, not default)
    if get_origin(hint) is Literal:
        return (default, *(value for value in get_args(hint) if value != default))
    return _NUMBERS[name]


def all_pairs() -> tuple[Switches, ...]:
    """Return switches, the defaults first, in which every pair of values occurs."""
    values = domains()
    rows: list[dict[str, object]] = [{name: options[0] for name, options in values.items()}]
    left = _pairs(values) - _pairs_of(rows[0])
    while left:
        row = _row(values, left)
        rows.append(row)
        left -= _pairs_of(row)
    return tuple(Switches.of(row) for row in rows)


def _pairs(values: Mapping[str, Sequence[object]]) -> set[Pair]:
    return {
        frozenset({(one, a), (other, b)})
        for one, other in combinations(values, 2)
        for a in values[one]
        for b in values[other]
    }


def _pairs_of(row: Mapping[str, object]) -> set[Pair]:
    return {frozenset(pair) for pair in combinations(row.items(), 2)}


def _row(values: Mapping[str, Sequence[object]], left: set[Pair]) -> dict[str, object]:
    """Return a row built on one missing pair, each further value chosen to bring the most."""
    row = dict(min(left, key=lambda pair: sorted(map(repr, pair))))
    for name, options in values.items():
        if name not in row:
            row[name] = max(options, key=lambda value: _brought(row, (name, value), left))
    return {name: row[name] for name in values}


def _brought(row: Mapping[str, object], setting: Setting, left: set[Pair]) -> int:
    return sum(frozenset({setting, other}) in left for other in row.items())
