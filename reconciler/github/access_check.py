"""Finds out what a credential may do, by reading and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import httpx

from reconciler.errors import (
    AccessBlocked,
    AuthenticationError,
    GitHubError,
    NotFound,
    PermissionDenied,
    Refused,
)
from reconciler.github import app_wire
from reconciler.github.retry import Patience, may_repeat_read
from reconciler.github.transport import Ask, Channel, understood
from reconciler.github.urls import path
from reconciler.model.permissions import (
    ORGANIZATION,
    READ_METRICS,
    READ_SEATS,
    READ_TEAMS,
    Ability,
    Answer,
    Credential,
    Tried,
)

_SCOPES = "x-oauth-scopes"
_ONE = {"per_page": 1, "page": 1}


@dataclass
class Probing:
    """Tries every ability of *organization* over *client* that only reads."""

    client: httpx.Client
    organization: str
    patience: Patience

    def __post_init__(self) -> None:
        self._channel = Channel(self.client, frozenset({"GET"}))

    def credential(self, known: Credential) -> Credential:
        """Return *known* with its login and scopes; raise AuthenticationError for a bad token."""
        ask = Ask("GET", "/user", "a valid token of a person")
        try:
            response = self._sent(ask)
        except (PermissionDenied, NotFound):
            return known  # an installation is nobody
        header = response.headers.get(_SCOPES)
        # Only classic and OAuth tokens have scopes; GitHub sends no header for the others.
        scopes = (
            None if header is None else tuple(s.strip() for s in header.split(",") if s.strip())
        )
        return replace(known, login=understood(ask, response, app_wire.viewer), scopes=scopes)

    def tried(self) -> Mapping[Ability, Tried]:
        """Return what came of every reading; only the organisation's if that is not seen.

        Members are told by the teams: without the permission GitHub lists public members still.
        """
        org, copilot = ("orgs", self.organization), ("orgs", self.organization, "copilot")
        found = {ORGANIZATION: self._try(Ask("GET", path(*org), "access to the organisation"))}
        if found[ORGANIZATION].answer is not Answer.YES:
            return found
        found[READ_SEATS] = self._try(Ask("GET", path(*copilot, "billing"), READ_SEATS.needs))
        if found[READ_SEATS].answer is Answer.YES:
            seats = Ask("GET", path(*copilot, "billing", "seats"), READ_SEATS.needs, _ONE)
            found[READ_SEATS] = self._try(seats)
        teams = Ask("GET", path(*org, "teams"), READ_TEAMS.needs, _ONE)
        found[READ_TEAMS] = self._try(teams)
        report = path(*copilot, "metrics", "reports", "organization-28-day", "latest")
        found[READ_METRICS] = self._try(Ask("GET", report, READ_METRICS.needs))
        return found

    def _try(self, ask: Ask) -> Tried:
        try:
            self._sent(ask)
        except AccessBlocked as error:
            return Tried(Answer.NO, str(error), blocked=True)
        except (PermissionDenied, NotFound) as error:
            return Tried(Answer.NO, str(error))
        except Refused as error:
            return Tried(Answer.UNKNOWN, str(error))
        except AuthenticationError:
            raise
        except GitHubError as error:
            if error.status is None:
                raise
            return Tried(Answer.UNKNOWN, str(error))
        return Tried(Answer.YES)

    def _sent(self, ask: Ask) -> httpx.Response:
        return self.patience.persist(lambda: self._channel.send(ask), may_repeat_read)
