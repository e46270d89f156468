"""Say in plain English what is wrong with a document's shape, and what to write instead."""

from __future__ import annotations

from reconciler.config import type_errors, unknown_keys
from reconciler.config.common_mistakes import known_keys
from reconciler.config.nouns import (
    FORMS,
    SECTIONS,
    example,
    flow,
    label,
    like,
    shown,
    wanted,
)
from reconciler.config.overrides import CURES, OVERRIDABLE, SWITCHES
from reconciler.config.schema import Fault
from reconciler.config.syntax_errors import shorten
from reconciler.config.unknown_keys import listed, nearest
from reconciler.config.yaml import Document
from reconciler.model.diagnostics import Mark

_NAMES = frozenset({"login", "slug", "organization", "user", "team", "name"})


def explain(fault: Fault, document: Document) -> tuple[Mark, str, str] | None:
    """Return the place, code and message of *fault*; None if another fault's message covers it."""
    if fault.keyword == "additionalProperties":
        mark = document.key_mark((*fault.path, fault.key))
        message = _unknown(fault, document, mark)
        return None if message is None else (mark, "unknown-key", message)
    mark = document.mark(fault.path)
    if fault.keyword == "required":
        return None if unknown_keys.stands_in(fault) else (mark, "missing-key", _missing(fault))
    if fault.value is None:
        return mark, "null", _nothing(fault, document.raw.get(fault.path, ""))
    if fault.keyword == "type":
        return mark, "type", type_errors.explain(fault, document.raw.get(fault.path))
    return mark, "value", _wrong_value(fault)


def _unknown(fault: Fault, document: Document, mark: Mark) -> str | None:
    """Return the message for an unknown key, None where it is part of a text that is told."""
    found = unknown_keys.cut_text(fault)
    if found is None or document.key_mark((*fault.path, found[0])).line != mark.line:
        return unknown_keys.unknown(fault)
    key, parts = found
    values = [(part, fault.value[part]) for part in parts]
    rest = [part if value is None else f"{part}: {flow(value)}" for part, value in values]
    cure = f'`{key}: "{shorten(", ".join([fault.value[key], *rest]))}"`'
    if fault.value[fault.key] is not None:
        told = unknown_keys.unknown(fault)
        if (
            key == "name"
            or fault.key in known_keys()
            or unknown_keys.meant(fault, fault.key) is not None
        ):
            return told
        return f"{told}; if it belongs to the text before it, put that in quotes: {cure}"
    if fault.key != parts[0]:
        return None
    return f"a comma inside `{{...}}` ends a text without quotes: write {cure}"


def _missing(fault: Fault) -> str:
    key = fault.key
    if key == "seats" and fault.name == "file":
        return (
            "`seats` is missing: say who holds a seat "
            "(`seats: {undeclared: keep}` claims nobody and takes nothing away)"
        )
    if key == "rules":
        return "`rules` is missing: a policy is a list of rules"
    if key in ("tests", "seats"):
        form = FORMS["case" if key == "tests" else "seat"]
        return f"`{key}` is missing{_where(fault)}: write `{key}:` and below it `- {form}`"
    write = example(fault.properties[key])
    if key == "allow" and fault.value.get("guard") in SWITCHES:
        write = "true"
    return f"`{key}` is missing{_where(fault)}: write `{key}: {write}`"


def _where(fault: Fault) -> str:
    if not fault.path:
        return ""
    if fault.name == "threshold":
        return f" in `{fault.path[-1]}`"
    return f" {unknown_keys.place(fault.name)}"


def _nothing(fault: Fault, raw: str) -> str:
    """Return the message for null where a value belongs."""
    name, key = label(fault.path), fault.path[-1] if fault.path else ""
    end = "" if fault.needed else ", or take the line away"
    said = "no value" if raw in ("", "~") else f"no value (`{raw}` means that in YAML)"
    quotes = ""
    if raw not in ("", "~") and fault.name in _NAMES:
        quotes = f', or "{raw}" in quotes if that is the name'
    if isinstance(key, int):
        return f"this {name.removeprefix('an ')} has {said}: write it behind `- `{quotes}{end}"
    if fault.name == "allow":
        return f"{name} has {said}: write {wanted(fault.name, fault.schema)}"
    if fault.name in SECTIONS or fault.schema.get("type") == "array":
        inside = "keys" if fault.name in SECTIONS else "entries"
        return f"{name} is empty: write its {inside} below it, indented{end}"
    write = FORMS.get(fault.name) or example(fault.schema)
    return f"{name} has {said}: write `{key}: {write}`{quotes}{end}"


def _wrong_value(fault: Fault) -> str:
    value, name = fault.value, label(fault.path)
    match fault.keyword:
        case "enum" if fault.path[-1] == "guard":
            return _guard(value)
        case "enum":
            near = nearest(value, fault.schema["enum"])
            hint = f"; did you mean `{near}`?" if near else ""
            return f"{name} must be {wanted(fault.name, fault.schema)}, not {shown(value)}{hint}"
        case "const":
            return _constant(fault)
        case "minItems":
            return _empty_list(fault)
        case "minimum":
            least = "positive" if fault.schema["minimum"] == 1 else "0 or more"
            return f"{name} must be {least}, not `{value}`"
        case "maximum":
            return f"{name} is far too large: at most {fault.schema['maximum']:,}"
        case "minLength":
            return f"{name} is empty: write {wanted(fault.name, fault.schema)}{like(fault.schema)}"
        case _:
            most = fault.schema["maxLength"]
            return f"{name} is too long: {len(value):,} characters, at most {most} are allowed"


def _constant(fault: Fault) -> str:
    match fault.path[-1]:
        case "version" if fault.value > 1:
            return (
                f"version {fault.value} of the file's grammar is newer than this program, "
                "which knows version 1: use a newer copilot-seats"
            )
        case "version":
            return f"`version` must be 1: write `version: 1`, not `{fault.value}`"
        case "members":
            return (
                f"{label(fault.path)} can only be `all`, not {shown(fault.value)}: "
                "single people stand under `users`"
            )
        case _:
            return (
                f"{label(fault.path)} can't be {shown(fault.value)}: "
                "to override nothing, take the whole entry away"
            )


def _empty_list(fault: Fault) -> str:
    name, key = label(fault.path), fault.path[-1]
    if key == "rules":
        return f"{name} is empty: a policy is a list of at least one rule"
    if key in ("tests", "seats"):
        return f"{name} is empty: write at least one entry below it, indented"
    return (
        f"{name} is empty: write whom the rule is for, "
        f"or take `{key}` away (with neither `teams` nor `users` it is for everyone)"
    )


def _guard(name: str) -> str:
    if name in CURES:
        return f"the guard `{name}` can't be overridden: {CURES[name]}"
    if name == "max_activity_age":
        return "`max_activity_age` is no guard but a setting: change it itself, under `guards`"
    near = nearest(name, (*OVERRIDABLE, *CURES))
    hint = f"did you mean `{near}`?" if near else f"an override names {listed(OVERRIDABLE, 'or')}"
    return f"there is no guard `{shorten(name)}`; {hint}"
