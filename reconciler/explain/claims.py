"""Say which lines of the file claim a seat for a person, spare them, or leave them out."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.decide.claims import Claim, TeamClaim
from reconciler.decide.state import Look
from reconciler.explain.model import Claimed
from reconciler.model.desired import (
    Assign,
    Kind,
    Phase,
    TeamEntry,
    Term,
    Undeclared,
    UserEntry,
)
from reconciler.model.diagnostics import Mark
from reconciler.model.memory import Source
from reconciler.wording.units import day

_KINDS = {
    Source.USER: "user",
    Source.TEAM: "members_of_team",
    Source.MEMBERS: "all_members",
}


def claims_on(look: Look, user_id: int) -> tuple[Claimed, ...]:
    """Return every line that claims a seat for the person, whatever its day, the best first."""
    personal = [_personal(look, claim) for claim in look.claims.people.get(user_id, ())]
    return (*personal, *_team_claims(look, user_id), *_exceptions(look, user_id))


def _personal(look: Look, claim: Claim) -> Claimed:
    source = claim.line.source
    match source:
        case Source.USER:
            text = "an entry of their own"
        case Source.TEAM:
            text = f"member of team {look.team(claim.line.id).slug}: a direct seat for each member"
        case Source.MEMBERS:
            text = "`members: all`: a direct seat for every active member"
    reason = _reason(look, claim.mark)
    return Claimed(_KINDS[source], text, claim.mark, claim.phase, claim.term, reason)


def team_claims_on(look: Look, user_id: int) -> Iterator[tuple[int, TeamClaim]]:
    """Yield the `assign: team` claims of teams that the person is in or seated through."""
    rows = look.rows_by_person.get(user_id, ())
    seated = {row.team.id for row in rows if row.team is not None and row.team.ours}
    for team_id, claim in sorted(look.claims.teams.items()):
        member = any(one.id == user_id for one in look.directory.members_of(team_id))
        if claim.entry.assign is Assign.TEAM and (member or team_id in seated):
            yield team_id, claim


def _team_claims(look: Look, user_id: int) -> Iterator[Claimed]:
    for team_id, claim in team_claims_on(look, user_id):
        entry, slug = claim.entry, look.team(team_id).slug
        member = any(one.id == user_id for one in look.directory.members_of(team_id))
        text = f"member of team {slug}: GitHub gives its members seats"
        if not member:
            text = f"seated through team {slug}, and not a member of it"
        yield Claimed("team", text, claim.mark, claim.phase, entry.term, entry.reason)


def _exceptions(look: Look, user_id: int) -> Iterator[Claimed]:
    today = look.observed.today
    for entry in look.file.seats.teams:
        for name in entry.excluded:
            if user_id in look.names.of(name).ids:
                text = f"left out of team {entry.name.text} by its `except`"
                phase = entry.term.phase(today)
                yield Claimed("except", text, name.mark, phase, entry.term, entry.reason)


def _reason(look: Look, mark: Mark) -> str | None:
    entries: tuple[UserEntry | TeamEntry, ...] = (*look.file.seats.users, *look.file.seats.teams)
    return next((entry.reason for entry in entries if entry.name.mark == mark), None)


def undeclared_line(look: Look) -> Claimed | None:
    """Return what the file says of seats that nobody claims."""
    seats = look.file.seats
    if seats.mark is None:
        return None
    text = "`undeclared: cancel`: a seat that no line claims is taken back"
    if seats.undeclared is Undeclared.KEEP:
        text = "`undeclared: keep`: a seat that no line claims is kept, and only rules take it back"
    return Claimed("undeclared", text, seats.mark, Phase.STANDING)


def exemption_of(look: Look, user_id: int) -> Claimed | None:
    """Return the exemption that spares the person from every rule."""
    exemption = look.policy.exempt.get(user_id)
    if exemption is None:
        return None
    name = exemption.name
    text = "spared by every rule"
    if name.kind is Kind.TEAM:
        text = f"member of team {name.text}, which is spared by every rule"
    term = exemption.term
    return Claimed("exempt", text, name.mark, Phase.STANDING, term, exemption.reason)


def phase_text(claimed: Claimed) -> str:
    """Say in words how *claimed* stands today."""
    return _phase_text(claimed.phase, claimed.term)


def _phase_text(phase: Phase, term: Term) -> str:
    match phase:
        case Phase.NOT_BEGUN:
            return f"begins on {day(term.first)}"
        case Phase.OVER:
            return f"ended on {day(term.last)}"
        case Phase.STANDING:
            return "stands" if term.last is None else f"stands until {day(term.last)}"
