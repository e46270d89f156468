"""What a credential may do, and what it lacks, by the names under which GitHub grants it.

https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps and
https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What sort of credential it is, as far as its prefix tells."""

    APP = "GitHub App"
    CLASSIC = "classic personal access token"
    FINE_GRAINED = "fine-grained personal access token"
    INSTALLATION = "installation token of a GitHub App"
    USER_OF_APP = "user token of a GitHub App"
    OAUTH = "OAuth token"
    UNKNOWN = "token"


_PREFIXES = {
    "ghp_": Kind.CLASSIC,
    "github_pat_": Kind.FINE_GRAINED,
    "ghs_": Kind.INSTALLATION,
    "ghu_": Kind.USER_OF_APP,
    "gho_": Kind.OAUTH,
}


def kind_of(token: str) -> Kind:
    """Return what sort of token it is by GitHub's documented prefixes; only words depend on it."""
    found = (kind for prefix, kind in _PREFIXES.items() if token.startswith(prefix))
    return next(found, Kind.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Credential:
    """Who asks: `scopes` of a classic token, `permissions` of an App; None: GitHub does not say."""

    kind: Kind
    source: str
    login: str | None = None
    scopes: tuple[str, ...] | None = None
    permissions: Mapping[str, str] | None = None


class Answer(StrEnum):
    """Whether something is allowed."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Ability:
    """Something a command needs: `name` in words, the permissions one of which will do.

    Permissions are (GitHub's key, the name in its settings, level); scopes are of classic tokens.
    """

    name: str
    commands: str
    permissions: tuple[tuple[str, str, str], ...]
    scopes: tuple[str, ...]
    essential: bool = False

    @property
    def needs(self) -> str:
        """What to grant, by name."""
        _, title, level = self.permissions[0]
        return (
            f'organisation permission "{title}": {level} (classic scope {" or ".join(self.scopes)})'
        )


_SEATS = ("organization_copilot_seat_management", "GitHub Copilot Business")
_ADMINISTRATION = ("organization_administration", "Administration")

ORGANIZATION = Ability(
    "see the organisation", "everything", (("metadata", "Metadata", "read"),), ("read:org",), True
)
READ_SEATS = Ability(
    "read Copilot settings and seats",
    "plan, drift, apply",
    ((*_SEATS, "read"), (*_ADMINISTRATION, "read")),
    ("manage_billing:copilot", "read:org"),
    True,
)
READ_TEAMS = Ability(
    "read teams and members",
    "plan, drift, apply",
    (("members", "Members", "read"),),
    ("read:org",),
    True,
)
WRITE_SEATS = Ability(
    "give and take back seats",
    "apply, undo",
    ((*_SEATS, "write"), (*_ADMINISTRATION, "write")),
    ("manage_billing:copilot", "admin:org"),
)
READ_METRICS = Ability(
    "read usage metrics",
    "usage",
    (("organization_copilot_metrics", "Organization Copilot metrics", "read"),),
    ("read:org",),
)

READS = (ORGANIZATION, READ_SEATS, READ_TEAMS, READ_METRICS)
"""What can be tried without changing anything."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of trying an ability: GitHub's words where it was refused.

    `blocked` says that no permission would help.
    """

    answer: Answer
    why: str = ""
    blocked: bool = False


_NOT_TRIED = Tried(Answer.UNKNOWN, "not checked: GitHub refuses all access, for the reason above")


@dataclass(frozen=True, slots=True)
class Finding:
    """One ability with its answer, what is missing by name, and why."""

    ability: Ability
    answer: Answer
    missing: str = ""
    why: str = ""


def findings(credential: Credential, tried: Mapping[Ability, Tried]) -> tuple[Finding, ...]:
    """Return what *credential* may do, by what reading showed and what GitHub says of it."""
    found = [_of(ability, tried[ability]) for ability in READS if ability in tried]
    place = next((n for n, one in enumerate(found) if one.ability is READ_METRICS), len(found))
    shut = tried.get(ORGANIZATION)
    writing = _NOT_TRIED if shut is not None and shut.blocked else may_write(credential)
    found.insert(place, _of(WRITE_SEATS, writing))
    return tuple(found)


def _of(ability: Ability, tried: Tried) -> Finding:
    lacking = tried.answer is Answer.NO and not tried.blocked
    missing = ability.needs if lacking else ""
    return Finding(ability, tried.answer, missing, tried.why)


def may_write(credential: Credential) -> Tried:
    """Tell whether *credential* may write by what GitHub says of it; trying would change things."""
    if credential.permissions is not None:
        held = credential.permissions
        if any(held.get(key) in (level, "admin") for key, _, level in WRITE_SEATS.permissions):
            return Tried(Answer.YES, "by the permissions of the installation")
        shown = ", ".join(f"{key}: {level}" for key, level in sorted(held.items())) or "nothing"
        return Tried(Answer.NO, f"the installation has {shown}")
    if credential.scopes is not None:
        if any(scope in credential.scopes for scope in WRITE_SEATS.scopes):
            return Tried(Answer.YES, "by the token's scopes, if its owner owns the organisation")
        return Tried(Answer.NO, f"the token's scopes are {', '.join(credential.scopes) or 'none'}")
    return Tried(
        Answer.UNKNOWN,
        f"GitHub does not tell what a {credential.kind} may write, and trying would change"
        f" something; it takes the {WRITE_SEATS.needs}",
    )


def plannable(found: tuple[Finding, ...]) -> bool:
    """Tell whether everything that planning needs is there."""
    return all(one.answer is not Answer.NO for one in found if one.ability.essential)
