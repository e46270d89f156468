"""What an apply did, as undoing asks for it, and what else of GitHub that needs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from reconciler.decide.names import Directory
from reconciler.model.memory import Target
from reconciler.model.observed import Observed
from reconciler.model.plan import Action, Reason, Resource
from reconciler.model.report import Result
from reconciler.model.rows import marked
from reconciler.plan.reading import Reader


class Deed(Protocol):
    """One change of an apply; without a `result` nobody knows whether it happened."""

    @property
    def target(self) -> Target: ...

    @property
    def reason(self) -> Reason | None: ...

    @property
    def people(self) -> frozenset[int]:
        """Those who gained or lost a seat by it."""

    @property
    def sent(self) -> datetime | None: ...

    @property
    def result(self) -> Result | None: ...

    @property
    def overtaken(self) -> str | None:
        """The last other plan that changed something about it since."""


class Past(Protocol):
    """An apply that is over, or was interrupted."""

    @property
    def plan_id(self) -> str: ...

    @property
    def started(self) -> datetime: ...

    @property
    def finished(self) -> datetime | None: ...

    @property
    def entries(self) -> Sequence[Deed]: ...

    @property
    def seated(self) -> frozenset[int]:
        """Those who held a live seat when it began."""


_MAY_HAVE_HAPPENED = (Result.DONE, Result.UNCONFIRMED, None)


def done(past: Past, resource: Resource, action: Action) -> Iterator[Deed]:
    """Yield the changes of one kind that the apply made, or may have made."""
    for deed in past.entries:
        kind = (deed.target.type, deed.target.action)
        sent = deed.sent is not None and deed.result in _MAY_HAVE_HAPPENED
        if sent and kind == (resource.value, action.value):
            yield deed


def look_closer(observed: Observed, reader: Reader, past: Past) -> Observed:
    """Read what undoing needs beyond what planning needs: who may get back what they lost.

    That are the teams of today with the members of those to be given back, the active members of
    the organisation, since GitHub may invite whoever is none, and the names of those who have left.
    """
    return _with_people(_with_teams(observed, reader, past), reader, past)


def _with_teams(observed: Observed, reader: Reader, past: Past) -> Observed:
    lost = {deed.target.id for deed in done(past, Resource.TEAM, Action.DELETE)}
    given = {deed.target.id for deed in done(past, Resource.TEAM, Action.CREATE)}
    if not lost and not given:
        return observed
    teams = tuple(team for team in reader.teams() if team.ours)
    members = dict(observed.team_members)
    for team in teams:
        if team.id in lost and team.id not in members:
            members[team.id] = reader.team_members(team.slug) or ()
    listed = tuple(sorted(teams, key=lambda team: team.id))
    rows = marked(observed.rows, [team.id for team in teams])
    return replace(observed, rows=rows, teams=listed, team_members=members)


def _with_people(observed: Observed, reader: Reader, past: Past) -> Observed:
    everybody = {one for deed in past.entries for one in deed.people}
    if observed.members is None and not everybody <= Directory(observed).active:
        observed = replace(observed, members=reader.members())
    strangers = sorted(everybody - Directory(observed).logins.keys())
    found = (reader.user_by_id(one) for one in strangers)
    left = tuple(account for account in found if account is not None)
    return replace(observed, accounts=(*observed.accounts, *left))
