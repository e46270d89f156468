"""Show a case to the planner as an organisation of the people it lists, and no others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from itertools import count

from reconciler.decide.decisions import Draft
from reconciler.decide.names import is_enterprise, names_in
from reconciler.decide.state import Look
from reconciler.model.desired import (
    GuardSettings,
    Kind,
    Name,
    Reinstatement,
    Seats,
    SeatsFile,
    Undeclared,
    UserEntry,
)
from reconciler.model.memory import Hold, Memory
from reconciler.model.observed import Account, Billing, Observed, Organization, Row, Team
from reconciler.model.plan import Change, Decision, Resource
from reconciler.policytest.cases import Case, Sample, Suite

_ORGANIZATION_ID = 1


@dataclass(frozen=True)
class Excerpt:
    """A case, ready to be decided.

    Guards take no part: what they count is a whole organisation. There is always a ledger.
    """

    suite: Suite
    case: Case

    @cached_property
    def file(self) -> SeatsFile:
        """The suite's seats file, or for a policy alone one with an entry for everybody listed."""
        about, samples = self.suite.about, self.case.samples
        if isinstance(about, SeatsFile):
            return about
        mark = self.case.mark
        return SeatsFile(
            path=self.suite.path,
            sha256="",
            org=Name(Kind.USER, "policy-test", mark),
            seats=Seats(
                users=tuple(UserEntry(sample.name) for sample in samples),
                undeclared=Undeclared.KEEP,
            ),
            guards=GuardSettings(mark),
            inactivity=about,
            reinstate=tuple(
                Reinstatement(sample.name, sample.reinstated)
                for sample in samples
                if sample.reinstated is not None
            ),
            exempt=tuple(sample.exempt for sample in samples if sample.exempt is not None),
        )

    # whom and what it names

    @cached_property
    def _accounts(self) -> Mapping[str, Account]:
        """Everybody listed, by login in lower case; ids that the file pins are kept."""
        pins = {
            name.text.lower(): name.id
            for name in names_in(self.file)
            if name.kind is Kind.USER and name.id is not None
        }
        taken = frozenset(pins.values())
        free = (number for number in count(1) if number not in taken)
        logins = {sample.name.text.lower(): sample.name.text for sample in self.case.samples}
        return {key: Account(pins.get(key) or next(free), text) for key, text in logins.items()}

    @cached_property
    def _teams(self) -> Mapping[str, Team]:
        """Every team that the case names, by slug in lower case."""
        named = {
            name.text.lower(): name for sample in self.case.samples for name in sample.memberships
        }
        return {
            key: Team(number, name.text, name.text, is_enterprise(name))
            for number, (key, name) in enumerate(named.items(), start=1)
        }

    def id(self, sample: Sample) -> int:
        return self._account(sample).id

    def _account(self, sample: Sample) -> Account:
        return self._accounts[sample.name.text.lower()]

    def _team(self, name: Name) -> Team:
        return self._teams[name.text.lower()]

    # what GitHub and the ledger say

    @cached_property
    def observed(self) -> Observed:
        samples = self.case.samples
        rows = tuple(self._row(sample) for sample in samples if sample.seated)
        members: dict[int, list[Account]] = {team.id: [] for team in self._teams.values()}
        for sample in samples:
            for team in dict.fromkeys(map(self._team, sample.memberships)):
                members[team.id].append(self._account(sample))
        return Observed(
            now=self.case.now,
            organization=Organization(_ORGANIZATION_ID, self.file.org.text, ""),
            billing=Billing("assign_selected"),
            rows=rows,
            total=len(rows),
            teams=tuple(team for team in self._teams.values() if not team.enterprise),
            team_members={number: tuple(accounts) for number, accounts in members.items()},
            members=tuple(self._accounts.values()),
        )

    def _row(self, sample: Sample) -> Row:
        return Row(
            account=self._account(sample),
            created_at=sample.given,
            team=None if sample.through is None else self._team(sample.through),
            pending=sample.pending,
            last_activity_at=sample.active,
            last_authenticated_at=sample.signed_in,
        )

    @cached_property
    def memory(self) -> Memory:
        samples = [(self.id(sample), sample) for sample in self.case.samples]
        memory = Memory(
            organization_id=_ORGANIZATION_ID,
            warnings={number: (one.warned,) for number, one in samples if one.warned is not None},
            creates={number: one.renewed for number, one in samples if one.renewed is not None},
        )
        claims = Look(self.file, self.observed, memory).claims
        holds = {
            number: Hold(one.held, _known_at(one.held, one.active), claims.lines(number))
            for number, one in samples
            if one.held is not None
        }
        return replace(memory, holds=holds)

    # what follows

    @cached_property
    def look(self) -> Look:
        return Look(self.file, self.observed, self.memory)

    @cached_property
    def _draft(self) -> Draft:
        return Draft(self.look, firing=frozenset())

    @cached_property
    def decisions(self) -> Mapping[int, Decision]:
        """What is decided for each person with a seat or a claim, by id."""
        decisions = self._draft.decisions(frozenset())
        return {one.id: one for one in decisions if one.resource is Resource.USER}

    @cached_property
    def changes(self) -> Mapping[int, Change]:
        """The change by which each person gains or loses a seat: their own before a team's."""
        own_last = sorted(self._draft.changes, key=lambda one: one.resource is Resource.USER)
        return {number: change for change in own_last for number in change.person_ids}


def _known_at(moment: datetime, activity: datetime | None) -> datetime | None:
    """Return the newest activity that a decision of that *moment* knew of, as far as is said."""
    return activity if activity is not None and activity <= moment else None
