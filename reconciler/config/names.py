"""Read logins and team slugs, and say what is wrong with one that can't exist."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from reconciler.config.findings import Findings
from reconciler.config.syntax import shorten
from reconciler.config.tree import Node
from reconciler.model import Kind, Name

_LOGIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*")
_SLUG = re.compile(r"(?:(?i:ent):)?[A-Za-z0-9_][A-Za-z0-9_-]*")
_MAX_LOGIN = 39
_MAX_SLUG = 255
ENTERPRISE_PREFIX = "ent:"
"""GitHub's prefix for the slug of an enterprise team."""


def read_user(node: Node | None, findings: Findings, id_: int | None = None) -> Name | None:
    """Return the login at *node* with its pin, or None if there is none that could exist."""
    return _read(node, findings, Kind.USER, "a login", _login_problem, id_)


def read_team(node: Node | None, findings: Findings) -> Name | None:
    """Return the team slug at *node*, or None if there is none that could exist."""
    return _read(node, findings, Kind.TEAM, "a team's slug", _slug_problem)


def read_organization(node: Node | None, findings: Findings) -> Name | None:
    """Return the organisation's login at *node*, or None if there is none that could exist."""
    return _read(node, findings, Kind.USER, "a login", _organization_problem)


def is_enterprise(name: Name) -> bool:
    """Whether the slug is that of an enterprise team."""
    return name.text.lower().startswith(ENTERPRISE_PREFIX)


def surprise(node: Node, noun: str) -> str | None:
    """Return what to do about a plain text that other YAML readers take for something else."""
    raw = node.raw
    if raw is None:
        return None
    if raw.lower() in ("yes", "on", "no", "off"):
        taken = "true" if raw.lower() in ("yes", "on") else "false"
    elif re.match(r"[0-9]{4}-[0-9]", raw):
        taken = "a date"
    else:
        taken = "a number"
    return f'`{raw}` is {taken} to many YAML readers: if it is {noun}, put it in quotes, "{raw}"'


def _read(
    node: Node | None,
    findings: Findings,
    kind: Kind,
    noun: str,
    problem: Callable[[str], str | None],
    id_: int | None = None,
) -> Name | None:
    if node is None or node.text is None:
        return None
    message = surprise(node, noun) or problem(node.text)
    if message is None:
        return Name(kind, node.text, node.mark, id_)
    findings.error(node.mark, "name", message)
    node.spoil()
    return None


def _login_problem(text: str) -> str | None:
    if _LOGIN.fullmatch(text) and len(text) <= _MAX_LOGIN:
        return None
    return (
        _blank(text, "a login, like `octocat`")
        or _address(text, 0)
        or _at_sign(text)
        or _slash_in_login(text)
        or _application(text)
        or _common(text, "login", _MAX_LOGIN)
    )


def _slug_problem(text: str) -> str | None:
    if _SLUG.fullmatch(text) and len(text) <= _MAX_SLUG:
        return None
    return (
        _blank(text, "a team's slug, like `platform`")
        or _address(text, -1)
        or _slash_in_slug(text)
        or _at_sign(text)
        or _display_name(text)
        or _common(text, "slug", _MAX_SLUG)
    )


def _organization_problem(text: str) -> str | None:
    if _LOGIN.fullmatch(text) and len(text) <= _MAX_LOGIN:
        return None
    return (
        _blank(text, "the organisation's login, like `acme`")
        or _enterprise(text)
        or _address(text, 0)
        or _at_sign(text)
        or _organization_slash(text)
        or _organization_spaces(text)
        or _common(text, "login", _MAX_LOGIN)
    )


def _blank(text: str, wanted: str) -> str | None:
    return None if text.strip() else f"nothing is written in the quotes: write {wanted}"


def _address(text: str, position: int) -> str | None:
    """Return the message for an address; the name in it is the first or the last of its parts."""
    if not re.match(r"(?i)\s*(?:[a-z]+://|(?:www\.)?github\.com/|git@)", text):
        return None
    path = re.sub(r"(?i)^\s*(?:[a-z]+://)?[^/:]*[/:]", "", text)
    parts = [part for part in re.split(r"[/?#\s]+", path) if _LOGIN.fullmatch(part)]
    parts = [part for part in parts if part not in ("orgs", "enterprises", "users", "teams")]
    write = f", `{shorten(parts[position])}`" if parts else ""
    return f"`{shorten(text)}` is an address: write only the name{write}"


def _at_sign(text: str) -> str | None:
    if text.startswith("@") and _LOGIN.fullmatch(text[1:]):
        return f"a name is written without `@`: `{shorten(text[1:])}`"
    if re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", text):
        return f"`{shorten(text)}` is an e-mail address: write the GitHub login"
    return None


def _slash_in_login(text: str) -> str | None:
    if re.fullmatch(r"@?[^/\s]+/[^/\s]+", text):
        return (
            f"`{shorten(text)}` looks like a team: a team stands under `teams`, "
            f"as `{shorten(text.rpartition('/')[2])}`"
        )
    return None


def _application(text: str) -> str | None:
    if text.lower().endswith("[bot]"):
        return f"`{shorten(text)}` is an app: apps hold no seats, take this entry out"
    return None


def _slash_in_slug(text: str) -> str | None:
    if re.fullmatch(r"@?[^/\s]+/[^/\s]+", text):
        return (
            "a team is written without the organisation: "
            f"`{shorten(text.rpartition('/')[2])}`, not `{shorten(text)}`"
        )
    return None


def _display_name(text: str) -> str | None:
    slug = _slug(text)
    if not re.search(r"[\s.&,+()]", text) or not slug or len(slug) > _MAX_SLUG:
        return None
    return f"`{shorten(text)}` is a team's display name: write its slug, probably `{shorten(slug)}`"


def _slug(text: str) -> str:
    """Return what GitHub would probably make of a team's display name."""
    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9_]+", "-", plain).strip("-")


def _organization_slash(text: str) -> str | None:
    if "/" not in text:
        return None
    return f"write only the organisation's login, not `{shorten(text)}`"


def _enterprise(text: str) -> str | None:
    if not re.search(r"(?i)(?:^|/)enterprises/", text):
        return None
    return f"`{shorten(text)}` is an enterprise: write the login of one of its organisations"


def _organization_spaces(text: str) -> str | None:
    if re.search(r"\s", text.strip()):
        return (
            f"`{shorten(text)}` is a display name: write the login, "
            "as it stands in https://github.com/LOGIN"
        )
    return None


def _common(text: str, noun: str, most: int) -> str:
    if re.search(r"\s", text):
        return f"`{shorten(text)}` holds a space: write the {noun}, not a name for display"
    if text.startswith("-"):
        return f"a {noun} can't begin with a hyphen: `{shorten(text)}`"
    strange = re.search(r"[^A-Za-z0-9_-]", text)
    if strange is not None:
        return (
            f"a {noun} holds only letters a to z, digits, `-` and `_`: "
            f"`{strange.group()}` in `{shorten(text)}` can't be"
        )
    return f"a {noun} has at most {most} characters, this one has {len(text):,}"
