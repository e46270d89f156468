"""Gives seats and takes them back, through the four operations GitHub has for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import httpx
import msgspec

from reconciler.errors import GitHubError
from reconciler.github import wire
from reconciler.github.rate_limit import WRITE
from reconciler.github.retry import Course, Patience, may_repeat_write
from reconciler.github.transport import Ask, Channel
from reconciler.github.urls import path

_COPILOT = 'the organisation permission "GitHub Copilot Business": write'


class Writer:
    """Changes seats of *organization* over *client*.

    A write is repeated only when it certainly did nothing: GitHub answered with a rate limit, or
    no connection was made (NotSent). After Unreachable or a status of 5xx it may have happened:
    read back and decide. What an answer of success says is not needed; the counts in it are None
    where it has none. Source of all four:
    https://docs.github.com/en/rest/copilot/copilot-user-management

    With *patient* False nothing is repeated here: `ready` before a request and `again` after one
    that failed do the waiting, so that the caller can look again before it sends.
    """

    def __init__(
        self,
        client: httpx.Client,
        organization: str,
        *,
        patience: Patience | None = None,
        patient: bool = True,
    ) -> None:
        self._channel = Channel(client, frozenset({"POST", "DELETE"}))
        self._billing = path("orgs", organization, "copilot", "billing")
        self._patience = patience if patience is not None else Patience()
        self._patient = patient
        self._course = self._begin()

    def ready(self) -> None:
        """Wait until GitHub's limits let another write through."""
        self._course.begin()

    def again(self, error: GitHubError) -> bool:
        """Wait as *error* asks, if the request certainly did nothing; tell whether to go on."""
        return self._course.decide(error) is not False

    def _begin(self) -> Course:
        return Course(self._patience, may_repeat_write, WRITE)

    def create_users(self, logins: Sequence[str]) -> int | None:
        """Give each of *logins* a direct seat; return how many seats were created or refreshed."""
        return self._send(
            "POST", "selected_users", "selected_usernames", logins, wire.seats_created
        )

    def delete_users(self, logins: Sequence[str]) -> int | None:
        """Take back direct seats; return how many are now pending cancellation.

        GitHub refuses the request if one of them holds a seat through a team.
        """
        return self._send(
            "DELETE", "selected_users", "selected_usernames", logins, wire.seats_cancelled
        )

    def create_teams(self, slugs: Sequence[str]) -> int | None:
        """Give every member of each team a seat; return how many were created or refreshed."""
        return self._send("POST", "selected_teams", "selected_teams", slugs, wire.seats_created)

    def delete_teams(self, slugs: Sequence[str]) -> int | None:
        """Take back the seats of teams; return how many are now pending cancellation."""
        return self._send("DELETE", "selected_teams", "selected_teams", slugs, wire.seats_cancelled)

    def _send(
        self,
        method: str,
        operation: str,
        key: str,
        names: Sequence[str],
        decode: Callable[[bytes], int | None],
    ) -> int | None:
        if not names:
            return 0
        body = msgspec.json.encode({key: list(names)})
        ask = Ask(method, f"{self._billing}/{operation}", _COPILOT, body=body)
        response = self._deliver(ask)
        self._course = self._begin()
        return decode(response.content)

    def _deliver(self, ask: Ask) -> httpx.Response:
        if not self._patient:
            return self._channel.send(ask)
        return self._patience.persist(lambda: self._channel.send(ask), may_repeat_write, WRITE)
