"""Acts as a GitHub App: a signed JSON Web Token buys installation tokens, each good for an hour."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import httpx

from reconciler.errors import AuthenticationError, GitHubError, NotFound, UsageError
from reconciler.github import app_wire
from reconciler.github.connection import connect
from reconciler.github.credentials import ID, INSTALLATION, KEY, App
from reconciler.github.errors import date_of
from reconciler.github.rate_limit import READ, WRITE
from reconciler.github.retry import Patience, may_repeat_read
from reconciler.github.transport import Ask, Channel, understood
from reconciler.github.urls import path

_NEEDS = "a GitHub App and its private key"
_JWT_LIFETIME = 540
"""Seconds; GitHub takes ten minutes at most."""

_BACKDATED = 60
"""Seconds, as GitHub advises, for clocks that differ."""

_RENEW_BEFORE = 300.0
_SHORTEST = 30.0


class AppToken:
    """The installation token for *organization*, renewed before its hour ends; call it to have it.

    Its length and look are GitHub's business. How long it is good for is counted from the answer's
    own `Date`. Only the signature goes by this machine's clock, and by GitHub's if that fails.
    """

    def __init__(
        self,
        api_url: str,
        app: App,
        organization: str,
        *,
        patience: Patience | None = None,
        transport: httpx.BaseTransport | None = None,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._organization = organization
        self._patience = patience if patience is not None else Patience()
        self._elapsed = elapsed
        self._lock = threading.Lock()
        self._ahead = 0.0
        self._token: app_wire.Token | None = None
        self._good_until = 0.0
        self._installation = app.installation
        _sign({}, app.key)  # a missing library or a wrong key is told before any request
        self._client = connect(api_url, self._jwt, transport=transport)
        self._channel = Channel(self._client, frozenset({"GET", "POST"}))

    def __call__(self) -> str:
        """Return a token that is good for some minutes yet."""
        return self._current().token

    def __repr__(self) -> str:
        return f"<installation token of App {self._app.id} for {self._organization}>"

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    @property
    def permissions(self) -> Mapping[str, str]:
        """What the installation may do, by GitHub's own names: read, write or admin."""
        return self._current().permissions

    def _current(self) -> app_wire.Token:
        with self._lock:
            if self._token is None or self._elapsed() >= self._good_until:
                self._token = self._renewed()
            return self._token

    def _renewed(self) -> app_wire.Token:
        asked_at = self._elapsed()
        installation = self._installation or self._found()
        place = path("app", "installations", installation, "access_tokens")
        response = self._answer(Ask("POST", place, _NEEDS, body=b"{}"), _unknown_installation)
        self._installation = installation
        token = understood(Ask("POST", place, _NEEDS), response, app_wire.token)
        now = date_of(response) or datetime.now(UTC)
        lifetime = (token.expires_at - now).total_seconds()
        self._good_until = asked_at + max(lifetime - _RENEW_BEFORE, _SHORTEST)
        return token

    def _found(self) -> str:
        """Return the App's installation in the organisation.

        Source: https://docs.github.com/en/rest/apps/apps#get-an-organization-installation-for-the-authenticated-app
        """
        ask = Ask("GET", path("orgs", self._organization, "installation"), _NEEDS)
        return understood(ask, self._answer(ask, self._not_installed), app_wire.installation)

    def _not_installed(self) -> str:
        return (
            f"The App {self._app.id} is not installed in {self._organization}, or there is no such"
            " organisation. An owner installs it under the organisation's settings, GitHub Apps."
        )

    def _answer(self, ask: Ask, missing: Callable[[], str]) -> httpx.Response:
        try:
            return self._sent(ask)
        except NotFound as error:
            raise _worded(NotFound, missing(), error) from error
        except AuthenticationError as error:
            raise _worded(
                AuthenticationError,
                f"GitHub does not take the signature of App {self._app.id}: {ID} and {KEY} don't"
                " belong together, the key was deleted, or this machine's clock is wrong.",
                error,
            ) from error

    def _sent(self, ask: Ask) -> httpx.Response:
        def send() -> httpx.Response:
            cost = READ if ask.method == "GET" else WRITE
            return self._patience.persist(lambda: self._channel.send(ask), may_repeat_read, cost)

        try:
            return send()
        except AuthenticationError:
            if not self._channel.answered or self._ahead:
                raise
            self._ahead = self._channel.now().timestamp() - time.time()
            if abs(self._ahead) < _BACKDATED / 2:
                raise
            return send()

    def _jwt(self) -> str:
        now = int(time.time() + self._ahead)
        claims = {"iat": now - _BACKDATED, "exp": now + _JWT_LIFETIME, "iss": self._app.id}
        return _sign(claims, self._app.key)


def _unknown_installation() -> str:
    return f"The App has no such installation: look at {INSTALLATION}, or leave it out."


def _worded(kind: type[GitHubError], words: str, error: GitHubError) -> GitHubError:
    return kind(f"{words} ({error})", status=error.status, request_id=error.request_id)


def _sign(claims: dict[str, Any], key: str) -> str:
    """Return *claims* as a JSON Web Token signed with *key*.

    Source: https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
    """
    try:
        import jwt
        from jwt.algorithms import has_crypto
    except ImportError:
        has_crypto = False
    if not has_crypto:
        raise UsageError(
            "To act as a GitHub App, install the extra: pip install 'copilot-seats[app]'"
            " (PyJWT with cryptography)."
        )
    try:
        return jwt.encode(claims, key, algorithm="RS256")
    except Exception:  # whatever the libraries raise may show the key
        raise AuthenticationError(
            f"{KEY} can't be read as an RSA private key in PEM, as GitHub gives it. (It is not"
            " shown here.)"
        ) from None
