"""Tells which of our files a text is, by its top keys, where another one is wanted."""

from __future__ import annotations

import json
import re
from enum import StrEnum


class FileKind(StrEnum):
    """A kind of file that this program reads or writes, as it is called in messages."""

    SEATS = "a seats file"
    POLICY = "a policy"
    TEST = "a policy test"
    GUARDS = "a guards file"
    PLAN = "a plan file"
    SNAPSHOT = "a snapshot"
    LEDGER = "a ledger"
    REPORT = "a report of apply"


_USES = {
    FileKind.SEATS: "plan it with `copilot-seats plan {path}`",
    FileKind.POLICY: "name it in a seats file, under `inactivity`, as `policy: {path}`",
    FileKind.TEST: "run it with `copilot-seats test {path}`",
    FileKind.GUARDS: "name it in a seats file as `guards: {path}`",
    FileKind.PLAN: "apply it with `copilot-seats apply {path}`",
    FileKind.SNAPSHOT: "plan on it with `copilot-seats plan seats.yml --live {path}`",
    FileKind.LEDGER: "read it with `copilot-seats ledger show seats.yml`",
    FileKind.REPORT: "it is a record; to plan, name a seats file such as `seats.yml`",
}
_TOP = re.compile(r"""(?m)^["']?([A-Za-z_][A-Za-z0-9_-]*)["']?:(?=\s|$)""")
_GUARDS = frozenset(
    {"max_seats", "max_creations_per_cycle", "max_cancellations_per_cycle", "max_activity_age"}
)
_SEATS = frozenset({"org", "seats"})


def misplaced(text: str, wanted: FileKind, path: str) -> str | None:
    """Return the message for a *text* that is another kind of file than *wanted*, else None."""
    found = kind_of(text)
    if found is None or found is wanted:
        return None
    return f"this is {found}, not {wanted}: {_USES[found].format(path=path)}"


def kind_of(text: str) -> FileKind | None:
    """Return what kind of file *text* is, None where its top keys don't tell."""
    text = text.lstrip("\ufeff \t\r\n")
    if not text.startswith("{"):
        return _by_yaml(set(_TOP.findall(text)))
    try:
        first, _ = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return None
    return _by_json(first) if isinstance(first, dict) else None


def _by_json(data: dict[str, object]) -> FileKind | None:
    if {"event", "at", "previous"} <= data.keys():
        return FileKind.LEDGER
    if {"copilot_seats", "resource_changes"} <= data.keys():
        return FileKind.PLAN
    if {"plan_id", "outcomes"} <= data.keys():
        return FileKind.REPORT
    if "organization" in data and "seats" in data and "org" not in data:
        return FileKind.SNAPSHOT
    return _by_yaml(set(data))


def _by_yaml(keys: set[str]) -> FileKind | None:
    if keys & _SEATS:
        return FileKind.SEATS
    if "tests" in keys:
        return FileKind.TEST
    if "rules" in keys:
        return FileKind.POLICY
    return FileKind.GUARDS if keys and keys <= _GUARDS | {"overrides"} else None
