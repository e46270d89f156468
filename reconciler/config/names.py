"""Read logins and team slugs, and say what is wrong with one that can't exist."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from reconciler.config.findings import Findings
from reconciler.config.node import Node
from reconciler.config.syntax_errors import shorten
from reconciler.decide.names import is_suspended
from reconciler.model.desired import Kind, Name

_LOGIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*")
_SLUG = re.compile(r"(?:(?i:ent):)?[A-Za-z0-9_][A-Za-z0-9_-]*")
_OLD_LOGIN = re.compile(r"[A-Za-z0-9_-]+")
"""Names that GitHub once allowed, or makes itself: with a hyphen first, or longer than today's."""

_MAX_LOGIN = 39
_MAX_OLD = 100
_MAX_SLUG = 255
_NAME = r"([a-z0-9_-]+)"
_LOGIN_PLACE = re.compile(rf"(?i)(?:orgs/[^/]+/people/)?{_NAME}")
_ORGANIZATION_PLACE = re.compile(
    rf"(?i)(?!(?:enterprises|settings|users|sponsors)(?:/|$))(?:orgs/|organizations/)?{_NAME}(?:/.*)?"
)
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
    problem: Callable[[str, int, str | None], str | None],
    id_: int | None = None,
) -> Name | None:
    if node is None or node.text is None:
        return None
    old = _MAX_OLD if id_ is not None else 0 if _is_short_entry(node) else _MAX_LOGIN
    message = surprise(node, noun) or problem(node.text, old, findings.organization)
    if message is None:
        return Name(kind, node.text, node.mark, id_)
    findings.error(node.mark, "name", message)
    node.spoil()
    return None


def _is_short_entry(node: Node) -> bool:
    """Tell whether *node* is an entry of `seats: users` that has no place for an id."""
    return node.path[:2] == ("seats", "users") and node.path[-1] != "user"


def _login_problem(text: str, old: int, org: str | None) -> str | None:
    if (_LOGIN.fullmatch(text) and len(text) <= _MAX_LOGIN) or is_suspended(text):
        return None
    if _OLD_LOGIN.fullmatch(text) and len(text) <= old:
        return None
    return (
        _blank(text, "a login, like `octocat`")
        or _address(text, _LOGIN_PLACE)
        or _at_sign(text)
        or _slash_in_login(text, org)
        or _application(text)
        or _common(text, "login", _MAX_LOGIN)
    )


def _slug_problem(text: str, _old: int, org: str | None) -> str | None:
    if _SLUG.fullmatch(text) and len(text) <= _MAX_SLUG:
        return None
    return (
        _blank(text, "a team's slug, like `platform`")
        or _address(text, _team_place(org))
        or _slash_in_slug(text, org)
        or _at_sign(text)
        or _display_name(text)
        or _common(text, "slug", _MAX_SLUG)
    )


def _organization_problem(text: str, _old: int, _org: str | None) -> str | None:
    if _OLD_LOGIN.fullmatch(text) and len(text) <= _MAX_LOGIN:
        return None
    return (
        _blank(text, "the organisation's login, like `acme`")
        or _enterprise(text)
        or _address(text, _ORGANIZATION_PLACE)
        or _at_sign(text)
        or _organization_slash(text)
        or _organization_spaces(text)
        or _common(text, "login", _MAX_LOGIN)
    )


def _blank(text: str, wanted: str) -> str | None:
    return None if text.strip() else f"nothing is written in the quotes: write {wanted}"


def _address(text: str, place: re.Pattern[str]) -> str | None:
    """Return the message for an address, with the name that stands at *place* in it."""
    if not re.match(r"(?i)\s*(?:[a-z]+://|(?:www\.)?github\.com/|git@)", text):
        return None
    path = re.sub(r"(?i)^\s*(?:[a-z]+://)?[^/:]*[/:]", "", text)
    found = place.fullmatch(re.split(r"[?#\s]", path)[0].strip("/"))
    write = f", `{shorten(found[1])}`" if found else ""
    return f"`{shorten(text)}` is an address: write only the name{write}"


def _team_place(org: str | None) -> re.Pattern[str]:
    """Return where an address of a team has its slug; another organisation's is none of ours."""
    return re.compile(rf"(?i)orgs/{re.escape(org or '')}/teams/([a-z0-9_][a-z0-9_-]*)(?:/.*)?")


def _at_sign(text: str) -> str | None:
    if text.startswith("@") and _LOGIN.fullmatch(text[1:]):
        return f"a name is written without `@`: `{shorten(text[1:])}`"
    if re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", text):
        return f"`{shorten(text)}` is an e-mail address: write the GitHub login"
    return None


def _slash_in_login(text: str, org: str | None) -> str | None:
    owner, _, slug = text.removeprefix("@").partition("/")
    if org is not None and owner.lower() == org.lower() and _SLUG.fullmatch(slug):
        return f"`{text}` looks like a team: a team stands under `teams`, as `{slug}`"
    if re.fullmatch(r"@?[^/\s]+/[^/\s]+", text):
        return f"`{shorten(text)}` is not a login; if it is a team, write its slug under `teams`"
    return None


def _application(text: str) -> str | None:
    if text.lower().endswith("[bot]"):
        return f"`{shorten(text)}` is an app: apps hold no seats, take this entry out"
    return None


def _slash_in_slug(text: str, org: str | None) -> str | None:
    owner, slash, slug = text.removeprefix("@").partition("/")
    if not slash or not _SLUG.fullmatch(slug):
        return None
    mentioned = org is None and text.startswith("@")  # a policy test is for any organisation
    if mentioned or (org is not None and owner.lower() == org.lower()):
        return f"a team is written without the organisation: `{slug}`, not `{shorten(text)}`"
    return (
        f"a slug holds no `/`: `{shorten(text)}` is a display name, or names a team of another "
        "organisation; write the slug of a team of this one, "
        f"as it stands in https://github.com/orgs/{org or 'ORG'}/teams"
    )


def _display_name(text: str) -> str | None:
    slug = _slug(text)
    if slug is None and not _address(text, _ORGANIZATION_PLACE):
        where = "as it stands in the address of the team's page"
        return f"`{shorten(text)}` is a team's display name: write its slug, {where}"
    if not re.search(r"[\s.&,+()]", text) or not slug or len(slug) > _MAX_SLUG:
        return None
    return f"`{shorten(text)}` is a team's display name: write its slug, probably `{shorten(slug)}`"


def _slug(text: str) -> str | None:
    """Return what GitHub would probably make of a team's display name, None if nobody can say."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    kept = [one for one in plain if one.isascii() or not unicodedata.combining(one)]
    if any(not one.isascii() and one.isalnum() for one in kept):
        return None
    return re.sub(r"[^a-z0-9_]+", "-", "".join(kept).encode("ascii", "ignore").decode()).strip("-")


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
        said = f"a {noun} can't begin with a hyphen: `{shorten(text)}`"
        if noun == "login" and _OLD_LOGIN.fullmatch(text):
            said += f'; if this one does, write it with its id: `{{user: "{text}", id: …}}`'
        return said
    strange = re.search(r"[^A-Za-z0-9_-]", text)
    if strange is not None:
        return (
            f"a {noun} holds only letters a to z, digits, `-` and `_`: "
            f"`{strange.group()}` in `{shorten(text)}` can't be"
        )
    return f"a {noun} has at most {most} characters, this one has {len(text):,}"
