"""The shapes of GitHub's answers about Apps and accounts, as far as they are needed.

Sources: https://docs.github.com/en/rest/apps/apps, https://docs.github.com/en/rest/users/users.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec


@dataclass(frozen=True, slots=True)
class Token:
    """An installation token: until when it is good, and for what."""

    token: str = field(repr=False)
    expires_at: datetime
    permissions: Mapping[str, str]


class _Token(msgspec.Struct):
    token: str
    expires_at: datetime
    permissions: dict[str, str] | None = None


class _Installation(msgspec.Struct):
    id: int


class _Viewer(msgspec.Struct):
    login: str


_read_token = msgspec.json.Decoder(_Token).decode
_read_installation = msgspec.json.Decoder(_Installation).decode
_read_viewer = msgspec.json.Decoder(_Viewer).decode


def token(body: bytes) -> Token:
    """Decode an installation token."""
    found = _read_token(body)
    end = found.expires_at
    end = end if end.tzinfo else end.replace(tzinfo=UTC)
    return Token(found.token, end.astimezone(UTC), found.permissions or {})


def installation(body: bytes) -> str:
    """Decode the id of an installation."""
    return str(_read_installation(body).id)


def viewer(body: bytes) -> str:
    """Decode whose token it is."""
    return _read_viewer(body).login
