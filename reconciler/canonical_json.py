"""JSON as text: written in one canonical form, read strictly from anywhere.

Strictly means: no floats, no NaN, no duplicate keys, no integers beyond 64 bits, no bottomless
nesting, no endless file. A document that passes has exactly one canonical form.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

MAX_BYTES = 128 * 1024 * 1024
"""A plan that takes 100,000 seats away has less than this."""

_MAX_DIGITS = 18


class NotStrictError(ValueError):
    """The text is not JSON as this module reads it; the message says why."""


def pretty(value: object) -> str:
    """Return *value* as canonical JSON for a file: sorted keys, two spaces, ASCII only."""
    return json.dumps(value, sort_keys=True, indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def compact(value: object) -> str:
    """Return *value* as canonical JSON for hashing: what `jq -caS .` prints, on one line."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False
    )


def strict(text: str | bytes) -> Any:
    """Read *text* as strict JSON, or raise NotStrictError and nothing else."""
    if len(text) > MAX_BYTES:
        raise NotStrictError(f"it has more than {MAX_BYTES // 1024**2} MiB")
    try:
        return json.loads(
            _decoded(text),
            object_pairs_hook=_object,
            parse_float=_no_float,
            parse_constant=_no_float,
            parse_int=_integer,
        )
    except json.JSONDecodeError as error:
        raise NotStrictError(
            f"it is not JSON: {error.msg} at line {error.lineno}, column {error.colno}"
        ) from None
    except RecursionError:
        raise NotStrictError("it is nested too deeply") from None


def _decoded(text: str | bytes) -> str:
    if isinstance(text, bytes):
        try:
            text = text.decode()
        except UnicodeDecodeError as error:
            raise NotStrictError(f"it is not UTF-8 text (byte {error.start})") from None
    return text.removeprefix("\ufeff")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise NotStrictError(f"the key {key[:40]!a} stands twice in one object")
        found[key] = value
    return found


def _no_float(text: str) -> NoReturn:
    raise NotStrictError(f"{text[:40]} is no whole number, and there are no others in it")


def _integer(text: str) -> int:
    if len(text.lstrip("-")) > _MAX_DIGITS:
        raise NotStrictError(f"the number {text[:40]} is too big")
    return int(text)
