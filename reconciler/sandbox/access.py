"""Tokens: whose they are, what they may do, and until when."""

from __future__ import annotations

import base64
import binascii
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from reconciler.sandbox.answers import ApiError

SEATS = "organization_copilot_seat_management"
ADMINISTRATION = "organization_administration"
MEMBERS = "members"

_LEVELS = {"read": 1, "write": 2, "admin": 3}
_LIFETIME = timedelta(hours=1)
"""Installation tokens are valid for an hour."""


OWNER_ID = 89_999_999
"""Id of the account behind a token; it is no member that the organisation's lists show."""


class Kind(StrEnum):
    """What sort of token it is; GitHub words its refusals by it."""

    CLASSIC = "classic"
    FINE_GRAINED = "fine-grained"
    INSTALLATION = "installation"
    APP = "app"


@dataclass(frozen=True, slots=True)
class Access:
    """What a token may do. `permissions` None means everything an owner may.

    `member` says whether the token's account is a member of the organisation.
    """

    permissions: Mapping[str, str] | None = None
    kind: Kind = Kind.CLASSIC
    login: str = "sandbox-owner"
    member: bool = True
    expires_at: datetime | None = None

    @classmethod
    def reading(cls, kind: Kind = Kind.FINE_GRAINED) -> Access:
        """Return access that reads everything and changes nothing."""
        return cls({SEATS: "read", ADMINISTRATION: "read", MEMBERS: "read"}, kind)

    def may(self, needs: Mapping[str, str]) -> bool:
        """Tell whether one of *needs* (permission to level) is met; no needs are always met."""
        if self.permissions is None or not needs:
            return True
        held = {name: _LEVELS.get(level, 0) for name, level in self.permissions.items()}
        return any(held.get(name, 0) >= _LEVELS[level] for name, level in needs.items())


class Tokens:
    """The tokens that are accepted; without any given, every non-empty one is an owner's."""

    def __init__(self, known: Mapping[str, Access] | None = None) -> None:
        self._known = None if known is None else dict(known)
        self._issued: dict[str, Access] = {}
        self._lock = threading.Lock()

    def access(self, authorization: str | None, now: datetime) -> Access:
        """Return what the `Authorization` header allows; raises 401 for a missing or bad token."""
        scheme, _, token = (authorization or "").strip().partition(" ")
        token = token.strip()
        if not authorization:
            raise ApiError(401, "Requires authentication")
        if scheme.lower() not in ("bearer", "token") or not token:
            raise ApiError(401, "Bad credentials")
        access = self._issued.get(token)
        if access is None:
            access = _anyone(token) if self._known is None else self._known.get(token)
        if access is None or (access.expires_at is not None and access.expires_at <= now):
            raise ApiError(401, "Bad credentials")
        return access

    def issue(self, permissions: Mapping[str, str] | None, now: datetime) -> tuple[str, datetime]:
        """Return a new installation token with its end."""
        with self._lock:
            token = f"ghs_sandbox{len(self._issued) + 1:030d}"
            access = Access(
                permissions, Kind.INSTALLATION, "sandbox-app[bot]", expires_at=now + _LIFETIME
            )
            self._issued[token] = access
            return token, now + _LIFETIME


def _anyone(token: str) -> Access:
    """Return an owner's access of the kind that the token's prefix says."""
    if token.startswith("ghs_"):
        return Access(kind=Kind.INSTALLATION, login="sandbox-app[bot]")
    if token.startswith("github_pat_"):
        return Access(kind=Kind.FINE_GRAINED)
    return Access(kind=Kind.APP if looks_like_jwt(token) else Kind.CLASSIC)


def looks_like_jwt(token: str) -> bool:
    """Tell whether *token* has the form of an App's JSON Web Token; its signature isn't checked."""
    parts = token.split(".")
    if len(parts) != 3:
        return False
    try:
        padded = parts[0] + "=" * (-len(parts[0]) % 4)
        head = json.loads(base64.urlsafe_b64decode(padded))
    except (ValueError, binascii.Error):
        return False
    return isinstance(head, dict) and "alg" in head


def require_app(access: Access) -> None:
    """Raise GitHub's 401 unless the token is an App's own."""
    if access.kind is not Kind.APP:
        raise ApiError(401, "A JSON web token could not be decoded")


def refuse(access: Access, needs: Mapping[str, str]) -> ApiError:
    """Return GitHub's 403 for a token that meets none of *needs*."""
    wordings = {
        Kind.CLASSIC: "You must be an organization owner to access this resource.",
        Kind.FINE_GRAINED: "Resource not accessible by personal access token",
        Kind.INSTALLATION: "Resource not accessible by integration",
        Kind.APP: "Resource not accessible by integration",
    }
    accepted = "; ".join(f"{name}={level}" for name, level in needs.items())
    return ApiError(403, wordings[access.kind], headers={"X-Accepted-GitHub-Permissions": accepted})
