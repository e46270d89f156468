"""The words in which a document's values are spoken of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.config.syntax_errors import shorten
from reconciler.config.unknown_keys import listed
from reconciler.config.yaml import Path

FORMS: Mapping[str, str] = {
    "threshold": "{warn: 30d, cancel: 60d}",
    "rule": "{name: contractors, idle: {cancel: 30d}}",
    "reinstatement": "{user: mona, on: 2026-11-22}",
    "exemption": "{user: lisa, reason: parental leave}",
    "override": "{guard: max_seats, allow: 600, until: 2026-12-01, reason: reorganisation}",
    "seats": "{teams: [platform]}",
    "inactivity": "{policy: standard}",
    "guards": "{max_seats: 500}",
    "prices": "{business: 19}",
    "case": "{name: idle people are warned, seats: [...]}",
    "seat": "{user: mona, active: -40d, expect: warned}",
    "exempted": "{until: -5d}",
    "expectation": "{verdict: warned, due: +30d}",
}
"""How a mapping is written, by the name of its definition in the schema."""
SECTIONS = frozenset({"seats", "inactivity", "guards", "guards_or_path", "prices"})
QUOTED = frozenset({"login", "user", "slug", "team", "organization", "name", "text"})
"""Where any text may stand, so that quotes make one of what YAML takes for something else."""

_NOUNS: Mapping[str, str] = {
    "login": "a login",
    "user": "a login",
    "slug": "a team's slug",
    "team": "a team's slug",
    "organization": "the organisation's login",
    "account_id": "the account's number",
    "day": "a day",
    "duration": "a duration",
    "text": "a text",
    "name": "a name",
    "path": "a name or a path",
    "count": "a whole number",
    "percentage": "a percentage",
    "allowance": "a count or a percentage",
    "allow": "a count, a percentage or `true`",
    "price": "a number",
    "moment": "a moment",
    "time": "a time",
    "time_or_never": "a time",
    "near_day": "a day",
    "cycle_day": "a day",
    "exempt": "a reason or a mapping",
    "expect": "a word or a mapping",
    "word": "a verdict or a reason",
    "guards_or_path": "a mapping, or the path of a file that holds it",
}
_TYPES: Mapping[str, str] = {
    "object": "a mapping",
    "array": "a list",
    "string": "a text",
    "integer": "a whole number",
    "boolean": "`true` or `false`",
}


def label(path: Path) -> str:
    """Return what the value at *path* is called: its keys since the last list, or its list."""
    tail: list[str] = []
    for part in reversed(path):
        if isinstance(part, int):
            break
        tail.insert(0, part)
    if tail:
        return f"`{shorten('.'.join(tail))}`"
    return f"an entry of {label(path[:-1])}" if path else "the file"


def wanted(name: str, schema: Mapping[str, Any]) -> str:
    """Return what must stand where *schema*, the definition *name*, holds."""
    if "enum" in schema:
        return listed(schema["enum"], "or")
    if "const" in schema:
        return f"`{flow(schema['const'])}`"
    return _NOUNS.get(name) or _TYPES[schema["type"]]


def example(schema: Mapping[str, Any]) -> str:
    """Return the first example that *schema* gives, as YAML; empty if there is none."""
    examples = schema.get("examples")
    return flow(examples[0]) if examples else ""


def like(schema: Mapping[str, Any]) -> str:
    """Return ", like" and an example, where words alone would not do."""
    shown = "" if "enum" in schema or "const" in schema else example(schema)
    return f", like `{shown}`" if shown else ""


def flow(value: Any) -> str:
    """Return *value* as YAML on one line."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(flow(item) for item in value)}]"
    return str(value)


def shown(value: Any, raw: str | None = None) -> str:
    """Return what stands there: the kind of a list or mapping, anything else as it is written."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return f"`{shorten(raw or flow(value))}`"
