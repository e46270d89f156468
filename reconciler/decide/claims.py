"""Work out who is claimed by which line of the file, on the day of the look.

A *personal* claim is a user entry, membership of an `assign: members` team, or `members: all`; a
*team claim* is an `assign: team` entry. An entry that has not begun claims what exists and creates
nothing; one that is over claims nothing, and explains why a seat ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from reconciler.decide.names import Fate, Names, names_in
from reconciler.model.desired import Assign, Kind, Phase, SeatsFile, TeamEntry, Term
from reconciler.model.diagnostics import Mark
from reconciler.model.memory import ClaimLine, Memory, Source
from reconciler.model.observed import Observed

_RANK = {Phase.STANDING: 0, Phase.NOT_BEGUN: 1, Phase.OVER: 2}


@dataclass(frozen=True, slots=True)
class Claim:
    """One line of the file that names a person or team, with its phase on the day of the look."""

    line: ClaimLine
    mark: Mark
    phase: Phase
    term: Term = Term()


@dataclass(frozen=True, slots=True)
class TeamClaim:
    """The entry of a team, resolved."""

    entry: TeamEntry
    phase: Phase

    @property
    def mark(self) -> Mark:
        return self.entry.name.mark


@dataclass(frozen=True)
class Claims:
    """All claims of a file: `people` by user id, best claim first; `teams` by team id."""

    people: Mapping[int, tuple[Claim, ...]] = field(default_factory=dict)
    teams: Mapping[int, TeamClaim] = field(default_factory=dict)
    covered: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    """Ids of the teams whose `assign: team` entry stands that a person is a member of."""
    to_come: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    """Likewise, of those whose entry has not begun."""
    frozen_users: frozenset[int] = frozenset()
    frozen_teams: frozenset[int] = frozenset()

    def phase(self, user_id: int) -> Phase | None:
        """Return the phase of the person's best claim, None without any."""
        claims = self.people.get(user_id)
        return claims[0].phase if claims else None

    def standing(self, user_id: int) -> tuple[Claim, ...]:
        claims = self.people.get(user_id, ())
        return tuple(claim for claim in claims if claim.phase is Phase.STANDING)

    def lines(self, user_id: int) -> frozenset[ClaimLine]:
        """Return the claim lines that stand for a person."""
        claims = self.people.get(user_id, ())
        return frozenset([claim.line for claim in claims if claim.phase is Phase.STANDING])

    def waits(self, user_id: int) -> bool:
        """Return whether entries claim the person's seat, and none of them has begun."""
        phase = self.phase(user_id)
        if phase is Phase.STANDING or user_id in self.covered:
            return False
        return phase is Phase.NOT_BEGUN or user_id in self.to_come


def claims_of(file: SeatsFile, names: Names, observed: Observed, memory: Memory | None) -> Claims:
    """Work out every claim of *file*."""
    today = observed.today
    people: dict[int, list[Claim]] = {}
    for entry in file.seats.users:
        for user_id in names.of(entry.name).ids:
            line = ClaimLine(Source.USER, user_id)
            claim = Claim(line, entry.name.mark, entry.term.phase(today), entry.term)
            people.setdefault(user_id, []).append(claim)
    teams: dict[int, TeamClaim] = {}
    covered: dict[int, set[int]] = {}
    to_come: dict[int, set[int]] = {}
    for team in file.seats.teams:
        phase = team.term.phase(today)
        for team_id in names.of(team.name).ids:
            claimed = TeamClaim(team, phase)
            teams[team_id] = min(claimed, teams.get(team_id, claimed), key=_best_entry)
            if team.assign is Assign.MEMBERS:
                _claim_members(people, team, team_id, phase, names)
            elif phase is not Phase.OVER:
                found = covered if phase is Phase.STANDING else to_come
                for member in names.directory.members_of(team_id):
                    found.setdefault(member.id, set()).add(team_id)
    if file.seats.members is not None:
        everyone = ClaimLine(Source.MEMBERS, 0)
        for member in observed.members or ():
            claim = Claim(everyone, file.seats.members, Phase.STANDING)
            people.setdefault(member.id, []).append(claim)
    frozen_users, frozen_teams = _frozen(file, names, memory)
    return Claims(
        {user_id: _ordered(found) for user_id, found in people.items()},
        teams,
        {user_id: tuple(sorted(ids)) for user_id, ids in covered.items()},
        {user_id: tuple(sorted(ids)) for user_id, ids in to_come.items()},
        frozen_users,
        frozen_teams,
    )


def _ordered(found: list[Claim]) -> tuple[Claim, ...]:
    return tuple(found if len(found) == 1 else sorted(found, key=_best_first))


def _best_first(claim: Claim) -> tuple[int, int, Mark]:
    kinds = (Source.USER, Source.TEAM, Source.MEMBERS)
    return (_RANK[claim.phase], kinds.index(claim.line.source), claim.mark)


def _best_entry(claim: TeamClaim) -> tuple[int, bool, Mark]:
    """Order the entries that turn out to be one team, renamed: who would keep it comes first."""
    return (_RANK[claim.phase], claim.entry.assign is Assign.MEMBERS, claim.mark)


def _claim_members(
    people: dict[int, list[Claim]], entry: TeamEntry, team_id: int, phase: Phase, names: Names
) -> None:
    excluded = {user_id for name in entry.excluded for user_id in names.of(name).ids}
    claim = Claim(ClaimLine(Source.TEAM, team_id), entry.name.mark, phase, entry.term)
    for member in names.directory.members_of(team_id):
        if member.id not in excluded:
            people.setdefault(member.id, []).append(claim)


def _frozen(
    file: SeatsFile, names: Names, memory: Memory | None
) -> tuple[frozenset[int], frozenset[int]]:
    """Return the users and teams behind names that now have another id: frozen, both ways.

    Of a team that can't be read any more, the people are those whom its line claimed at the last
    look.
    """
    users: set[int] = set()
    teams: set[int] = set()
    for name in names_in(file):
        resolved = names.of(name)
        if resolved.fate is not Fate.REUSED:
            continue
        users |= names.people(name)
        if name.kind is Kind.TEAM:
            teams.update(resolved.ids)
            users |= _claimants(memory, resolved.ids)
    return frozenset(users), frozenset(teams)


def _claimants(memory: Memory | None, team_ids: Iterable[int]) -> set[int]:
    lines = {ClaimLine(Source.TEAM, team_id) for team_id in team_ids}
    remembered = memory.claimants if memory is not None else {}
    return {user_id for user_id, claims in remembered.items() if claims & lines}


def over_since(claims: Iterable[Claim]) -> date | None:
    """Return the last day of the latest entry that is over."""
    days = [claim.term.last for claim in claims if claim.phase is Phase.OVER and claim.term.last]
    return max(days, default=None)
