"""Say where an unknown key belongs, or which known one is meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from itertools import takewhile

from reconciler.config.schema import Fault, published
from reconciler.config.syntax_errors import shorten

_PLACES: Mapping[str, str] = {
    "file": "at the top level",
    "policy": "in a policy file",
    "seats": "under `seats`",
    "inactivity": "under `inactivity`",
    "guards": "under `guards`",
    "prices": "under `prices`",
    "user_entry": "in this user entry",
    "team_entry": "in this team entry",
    "rule": "in this rule",
    "threshold": "in `idle` and `unused`",
    "reinstatement": "in this entry of `reinstate`",
    "exemption": "in this entry of `exempt`",
    "override": "in this override",
    "policy-test": "in a policy test file",
    "case": "in this test",
    "seat": "in this seat",
    "exempted": "in `exempt`",
    "expectation": "in `expect`",
}
_ENTERPRISE = frozenset({"enterprise", "enterprises", "enterprise_slug", "enterprise-slug"})
_TEXTS = frozenset({"reason", "name", "description"})
_WRAPPED = frozenset({("policy", "inactivity"), ("guards", "guards")})
_SECTIONS = ("seats", "inactivity", "guards", "prices")
_OTHER_WORDS: Mapping[str, tuple[str, ...]] = {
    "login": ("user",),
    "username": ("user",),
    "name": ("user", "team"),
    "slug": ("team",),
    "group": ("team",),
    "organization": ("org",),
    "organisation": ("org",),
    "owner": ("org",),
    "exclude": ("except",),
    "excluding": ("except",),
    "excluded": ("except",),
    "expires": ("until",),
    "end": ("until",),
    "to": ("until",),
    "till": ("until",),
    "start": ("from",),
    "since": ("from", "on"),
    "date": ("on", "until"),
    "day": ("on",),
    "why": ("reason",),
    "comment": ("reason",),
    "note": ("reason",),
    "because": ("reason",),
    "after": ("cancel",),
    "remove": ("cancel",),
    "delete": ("cancel",),
    "revoke": ("cancel",),
    "warning": ("warn",),
    "limits": ("guards",),
    "exemptions": ("exempt",),
    "value": ("allow",),
    "user_id": ("id",),
    "inactive": ("inactivity", "idle"),
    "never_used": ("unused",),
    "created": ("given", "renewed"),
    "created_at": ("given",),
    "granted": ("given",),
    "last_activity": ("active",),
    "last_activity_at": ("active",),
    "last_active": ("active",),
    "last_authenticated_at": ("signed_in",),
    "sign_in": ("signed_in",),
    "team": ("teams", "through"),
    "on_hold": ("held",),
    "cases": ("tests",),
    "people": ("seats",),
    "users": ("seats",),
    "text": ("says",),
    "decision": ("action",),
}
"""Words that people write for ours."""


def place(name: str) -> str:
    """Return in words where a key of the definition *name* stands."""
    return _PLACES[name]


def unknown(fault: Fault) -> str:
    """Return the message for the unknown key of *fault*."""
    key = shorten(fault.key)
    if fault.name in ("file", "seats") and fault.key.lower() in _ENTERPRISE:
        return (
            f"`{key}` can't stand {place(fault.name)}: a file is for one organisation, and no "
            "seats are managed for an enterprise; write `org: ` with the login of an organisation, "
            "and a file for each"
        )
    if (other := _misfiled(fault)) is not None:
        return other
    if not fault.path and (fault.name, fault.key) in _WRAPPED:
        return (
            f"a {fault.name} file holds no `{key}:`: "
            "take it away, and the indentation of what stands below it"
        )
    if (home := _home(fault)) is not None:
        return f"`{key}` can't stand {place(fault.name)}: it belongs {home}"
    if (near := meant(fault, fault.key)) is not None:
        return f"unknown key `{key}`; did you mean `{near}`?"
    if _is_name(fault):
        kind = fault.name.removesuffix("_entry")
        return (
            f"unknown key `{key}`: an entry is written `- {key}`, "
            f"or `- {kind}: {key}` with further keys below it"
        )
    known = listed(fault.properties)
    return f"unknown key `{key}`: the keys {place(fault.name)} are {known}"


def cut_text(fault: Fault) -> tuple[str, list[str]] | None:
    """Return the key whose text probably goes on in the unknown key of *fault*, and its parts.

    That is so in `{reason: a, b}`, where a comma ends a text without quotes.
    """
    written = list(fault.value)
    before = [key for key in written[: written.index(fault.key)] if key in fault.properties]
    if not before or before[-1] not in _TEXTS or not isinstance(fault.value[before[-1]], str):
        return None
    after = written[written.index(before[-1]) + 1 :]
    return before[-1], list(takewhile(lambda key: key not in fault.properties, after))


def meant(fault: Fault, key: str) -> str | None:
    """Return the known key that the unknown *key* probably stands for."""
    free = [one for one in fault.properties if one not in fault.value]
    for word in _OTHER_WORDS.get(key.lower(), ()):
        if word in free:
            return word
    return nearest(key, free) or nearest(key, fault.properties)


def stands_in(fault: Fault) -> bool:
    """Whether the message for an unknown key already says what to do about a missing one."""
    strangers = [key for key in fault.value if key not in fault.properties]
    if fault.key == "org" and any(key.lower() in _ENTERPRISE for key in strangers):
        return True
    for key in strangers:
        stranger = replace(fault, key=key)
        if _misfiled(stranger) or _is_name(stranger) or meant(stranger, key) == fault.key:
            return True
        if fault.name == "policy" and key == "inactivity":
            return True
    return False


def _misfiled(fault: Fault) -> str | None:
    """Return the message for a key that makes the whole entry one of another kind."""
    match fault.name, fault.key:
        case ("user_entry", "team") if "user" not in fault.value:
            return (
                "a team can't stand in `seats.users`: "
                "move this entry to `seats.teams`, or write `- user: octocat`"
            )
        case ("team_entry", "user") if "team" not in fault.value:
            return (
                "a user can't stand in `seats.teams`: "
                "move this entry to `seats.users`, or write `- team: platform`"
            )
        case ("reinstatement", "team") if "user" not in fault.value:
            return "a team can't be reinstated, only its people: write `user: mona`"
        case _:
            return None


def _is_name(fault: Fault) -> bool:
    """Whether the unknown key is a login or slug that was written as a key."""
    if fault.name not in ("user_entry", "team_entry"):
        return False
    if fault.name.removesuffix("_entry") in fault.value:
        return False
    first = next(iter(fault.value))
    return bool(
        fault.key == first
        and (fault.value[first] is None or isinstance(fault.value[first], dict))
        and meant(fault, fault.key) is None
    )


def _home(fault: Fault) -> str | None:
    """Return where else the key is known: most often only the indentation is wrong."""
    schema = published("file")
    root = schema.root["properties"]
    key, name = fault.key, fault.name
    if name == "inactivity" and key in schema.root["$defs"]["rule"]["properties"]:
        return "in a rule: write `rules:` and below it `- name: ...`"
    if name == "rule" and key in schema.root["$defs"]["threshold"]["properties"]:
        return f"under `idle` or `unused`, as in `idle: {{{key}: 30d}}`"
    if name == "policy" and key in root:
        return "in the seats file, not in a policy file"
    if name not in ("file", *_SECTIONS):
        return None
    for section in _SECTIONS:
        if name != section and key in schema.root["$defs"][section]["properties"]:
            return f"under `{section}`, indented"
    return "at the top level of the seats file" if name != "file" and key in root else None


_LONGEST = 60
"""Longer words are no slips of the pen, and comparing takes the square of the length."""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the one of *known* that looks most like *word*, None if none does."""
    return _nearest(word, tuple(known)) if len(word) <= _LONGEST else None


@lru_cache(maxsize=512)
def _nearest(word: str, known: tuple[str, ...]) -> str | None:
    folded = {one.lower().replace("-", "_"): one for one in known}
    found = difflib.get_close_matches(word.lower().replace("-", "_"), folded, n=1, cutoff=0.65)
    return folded[found[0]] if found else None


def listed(words: Iterable[str], last: str = "and") -> str:
    """Return *words* in code style as an English list."""
    shown = [f"`{word}`" for word in words]
    if len(shown) < 2:
        return "".join(shown)
    return f"{', '.join(shown[:-1])} {last} {shown[-1]}"
