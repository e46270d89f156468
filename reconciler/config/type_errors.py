"""Say what to write where a value of another type stands."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from reconciler.config.nouns import FORMS, QUOTED, flow, label, like, shown, wanted
from reconciler.config.schema import Fault
from reconciler.config.syntax_errors import shorten

_YES = frozenset({"yes", "on", "true", "y"})
_NO = frozenset({"no", "off", "false", "n"})
_IN_FORMS = {
    "rule": "contractors",
    "reinstatement": "mona",
    "exemption": "lisa",
    "seat": "mona",
}
"""The name in a form for which the one that was written may stand."""


def explain(fault: Fault, raw: str | None) -> str:
    """Return the message for a value of the wrong type; *raw* is its text where that differs."""
    kind = fault.schema.get("type", "")
    if not fault.path:
        what = "a list" if isinstance(fault.value, list) else "a single value"
        return f"the file must hold keys with values, like `version: 1`, not {what}"
    if kind == "array":
        return _list_wanted(fault)
    if fault.name in FORMS:
        return _mapping_wanted(fault)
    if isinstance(fault.value, dict | list):
        return _plainly(fault, raw)
    if fault.name in QUOTED:
        return _quotes_wanted(fault, raw)
    special = _SPECIAL.get(fault.name or kind)
    return (special(fault, raw) if special else None) or _plainly(fault, raw)


def _plainly(fault: Fault, raw: str | None) -> str:
    return (
        f"{label(fault.path)} must be {wanted(fault.name, fault.schema)}{like(fault.schema)}, "
        f"not {shown(fault.value, raw)}"
    )


def _list_wanted(fault: Fault) -> str:
    name = label(fault.path)
    item = fault.schema["items"].get("$ref", "").rpartition("/")[2]
    form = FORMS.get(item)
    if isinstance(fault.value, dict):
        entry = form or ("platform" if item in ("team", "slug") else "octocat")
        more = f", or `- {item}: {entry}` with further keys below it"
        return (
            f"{name} must be a list, not a mapping: begin each entry with `- `, "
            f"like `- {entry}`{more if item in ('user', 'team') else ''}"
        )
    if form:
        return f"{name} must be a list: begin each entry with `- `, like `- {form}`"
    words = [word for word in re.split(r"[\s,]+", flow(fault.value)) if word]
    return f"{name} must be a list: write `{fault.path[-1]}: [{shorten(', '.join(words))}]`"


def _mapping_wanted(fault: Fault) -> str:
    key = fault.path[-1]
    write = f"`{key}: " if isinstance(key, str) else "`- "
    if isinstance(fault.value, list):
        what, form = "a list", FORMS[fault.name]
    else:
        text = shorten(flow(fault.value))
        what, form = f"`{text}`", _form(fault.name, text)
    return f"{label(fault.path)} must be a mapping, not {what}: write {write}{form}`"


def _form(name: str, text: str) -> str:
    """Return how the mapping *name* is written, with *text* in it where that is what was meant."""
    found = re.fullmatch(r"([0-9]{1,3})([hdw]?)", text)
    if name == "threshold" and found is not None:
        return f"{{cancel: {found[1]}{found[2] or 'd'}}}"
    if name == "inactivity" and re.search(r"[a-z]", text) and text not in ("true", "false"):
        return f"{{policy: {text}}}"
    if name in _IN_FORMS and re.fullmatch(r"[A-Za-z0-9_-]{1,39}", text):
        return FORMS[name].replace(_IN_FORMS[name], text)
    return FORMS[name]


def _quotes_wanted(fault: Fault, raw: str | None) -> str:
    text = raw or flow(fault.value)
    what = "true or false" if isinstance(fault.value, bool) else "a number"
    noun = wanted(fault.name, fault.schema)
    return f'`{text}` is {what} to YAML, not {noun}: put it in quotes, "{text}"'


def _duration(fault: Fault, raw: str | None) -> str | None:
    number = fault.value
    if type(number) is not int or number <= 0:
        return None
    return f"`{raw or number}` has no unit: write `{number}d` for days or `{number}h` for hours"


def _day(fault: Fault, raw: str | None) -> str | None:
    text = raw or flow(fault.value)
    if not re.fullmatch(r"2[0-9]{7}", text):
        return None
    return f"a day is written with hyphens: `{text[:4]}-{text[4:6]}-{text[6:]}`"


def _integer(fault: Fault, raw: str | None) -> str | None:
    value, name = fault.value, label(fault.path)
    if fault.path[-1] == "version":
        found = f'"{shorten(value)}" in quotes' if isinstance(value, str) else shown(value, raw)
        return f"`version` must be the number 1: write `version: 1`, not {found}"
    if isinstance(value, str) and raw is not None:
        return f"{name} is a whole number: write it with digits only, not `{raw}`"
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,15}", value):
        return f"{name} is a number: write `{int(value)}` without quotes"
    if isinstance(value, str) and value.endswith("%"):
        return f"{name} is a whole number{like(fault.schema)}, not a percentage"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return f"{name} is a whole number: write `{int(value)}`, not `{raw}`"
    return None


def _boolean(fault: Fault, _: str | None) -> str | None:
    text = str(fault.value).lower()
    if text in _YES:
        return f"{label(fault.path)} must be `true` or `false`: write `true`, without quotes"
    if text in _NO:
        return f"{label(fault.path)} must be `true` or `false`: write `false`, without quotes"
    return None


def _price(fault: Fault, _: str | None) -> str | None:
    value = fault.value
    if not isinstance(value, str):
        return None
    if re.fullmatch(r"[0-9]{1,7}(\.[0-9]{1,4})?", value):
        return f"{label(fault.path)} is a number: write `{value}` without quotes"
    return (
        f"{label(fault.path)} must be a number like `19` or `19.50`, not `{shorten(value)}`; "
        "the currency has a key of its own, `currency`"
    )


_SPECIAL: Mapping[str, Callable[[Fault, str | None], str | None]] = {
    "duration": _duration,
    "day": _day,
    "account_id": _integer,
    "count": _integer,
    "integer": _integer,
    "boolean": _boolean,
    "price": _price,
}
"""What is often written instead, by definition or type."""
