"""Say in words why something is decided, and which lines of YAML say so.

Plans, reports and explanations all take their words from here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reconciler.decide.claims import over_since
from reconciler.decide.state import Look
from reconciler.decide.tables import Answer
from reconciler.model.desired import Phase
from reconciler.model.diagnostics import Mark
from reconciler.model.memory import Source
from reconciler.model.observed import Team
from reconciler.model.plan import Action, Reason, Verdict
from reconciler.wording.units import day, day_of, plural

MEANINGS: Mapping[Reason, str] = {
    Reason.DECLARED: "the file claims it, GitHub has no live seat",
    Reason.RENEW: "pending cancellation, and claimed",
    Reason.RETURNED: "taken back once, and active again since",
    Reason.IDLE: "no activity for longer than the rule allows",
    Reason.UNUSED: "never active since the seat was given",
    Reason.UNDECLARED: "nothing in the file claims it",
    Reason.EXPIRED: "its entry in the file is over",
    Reason.REASSIGNED: "the entry now gives seats to the members, not through the team",
    Reason.UNDONE: "the opposite of what that apply did",
    Reason.HELD: "claimed, and there already",
    Reason.HELD_BY_TEAM: "seated through a team that stays",
    Reason.REDUNDANT: "a direct seat beside a team's claim: ending it would end nothing",
    Reason.ON_HOLD: "taken back by a rule and not reinstated: no seat is given",
    Reason.COVERED: "assigned already, though GitHub's rows don't name the team",
    Reason.IN_FLIGHT: "sent less than a day ago, and not seen on GitHub yet",
    Reason.REFUSED: "GitHub refused it, and nothing about it has changed since",
    Reason.UNMANAGEABLE: (
        "given by the enterprise, another organisation or a team that is not listed, without an "
        "assignee, or not understood: left alone"
    ),
    Reason.KEPT: "nothing to do, or left as it is",
}
"""What each reason means, whomever it is about."""

VERDICTS: Mapping[Verdict, str] = {
    Verdict.ACTIVE: "in use, or not idle for long enough",
    Verdict.WARNED: "idle for long enough to be warned about, and not to be taken back yet",
    Verdict.IDLE: "used once, and idle for longer than the rule allows: the rule says cancel",
    Verdict.UNUSED: "never used, for longer than the rule allows: the rule says cancel",
    Verdict.UNKNOWN: "GitHub's data can't tell: kept",
    Verdict.EXEMPT: "spared by an entry of `exempt`: kept",
    Verdict.OBSERVED: "held by observed rules only, which take nothing back",
    Verdict.UNGOVERNED: "held by no rule",
}
"""What each verdict of the rules means."""


_KEEPS = "what is there is kept, nothing is created"
_ENTERPRISE = "an enterprise team: it is assigned in the enterprise"


def person_text(look: Look, user_id: int, answer: Answer) -> str:
    """Return why *answer* is given for a person, as a clause without a full stop."""
    judgement = look.judgements.get(user_id)
    seat = look.seats.get(user_id)
    match answer.reason:
        case Reason.IDLE | Reason.UNUSED:
            return judgement.text if judgement is not None else ""
        case Reason.DECLARED:
            source = _source(look, user_id)
            if answer.line == "5c":
                return f"{source}; the team that gives the seat today goes"
            return f"{source}, and holds no seat"
        case Reason.RENEW:
            on = seat.pending_on if seat is not None else None
            return f"{_source(look, user_id)}, and pending cancellation on {day(on)}"
        case Reason.RETURNED:
            active = judgement.activity if judgement is not None else None
            since = f" ({day_of(active)})" if active is not None else ""
            return f"active again{since} after the seat was taken back"
        case Reason.UNDECLARED:
            return f"claimed by no line; {_use(look, user_id)}"
        case Reason.EXPIRED:
            last = day(over_since(look.claims.people.get(user_id, ())))
            return f"the entry ended on {last}; {_use(look, user_id)}"
        case _:
            return _no_op_text(look, user_id, answer)


def _source(look: Look, user_id: int) -> str:
    """Say by what kind of line a person is claimed who is given a seat."""
    line = look.claims.people[user_id][0].line
    match line.source:
        case Source.USER:
            return "has an entry"
        case Source.TEAM:
            return f"member of {look.team(line.id).slug}"
        case Source.MEMBERS:
            return "member of the organisation"


def _use(look: Look, user_id: int) -> str:
    """Say when a seat was last used."""
    seat = look.seats[user_id]
    if seat.last_activity_at is not None:
        return f"last active {day_of(seat.last_activity_at)}"
    if seat.ahead is not None:
        return f"given {day_of(seat.created_at)}, last activity dated {day_of(seat.ahead)}"
    return f"given {day_of(seat.created_at)}, no activity on record"


def _no_op_text(look: Look, user_id: int, answer: Answer) -> str:
    match answer.reason:
        case Reason.HELD:
            judgement = look.judgements[user_id]
            return judgement.evidence if look.in_standing_team(user_id) else judgement.text
        case Reason.HELD_BY_TEAM:
            return f"seated through {_seat_teams(look, user_id)}, which stays"
        case Reason.REDUNDANT:
            teams = _covering(look, user_id)
            return f"a direct seat beside the claim of {teams}: ending it would not end access"
        case Reason.ON_HOLD:
            return _hold_text(look, user_id)
        case Reason.UNMANAGEABLE:
            return _unmanageable_text(look, user_id)
        case Reason.IN_FLIGHT:
            return "sent less than a day ago, and not visible on GitHub yet"
        case _:
            return _kept_text(look, user_id, answer)


def _unmanageable_text(look: Look, user_id: int) -> str:
    unread = look.unclear.get(user_id)
    if unread is not None:
        return f"GitHub's row for this person is not understood: {unread.why}"
    if user_id in look.elsewhere:
        return "the seat is another organisation's"
    kinds = ["unlisted" if team.unlisted else "enterprise" for team in look.seats[user_id].teams]
    kind = kinds[0] if len(set(kinds)) == 1 else "enterprise and unlisted"
    return f"seated through {kind} team {_seat_teams(look, user_id)} only"


def _hold_text(look: Look, user_id: int) -> str:
    hold = look.hold(user_id)
    if hold is not None:
        return f"on hold since {day_of(hold.began)}: the seat was taken back for being idle"
    seat = look.seats[user_id]
    how = "the seat goes with the team that gives it" if seat.live else "pending, and not renewed"
    return f"{how}: {look.judgements[user_id].text}"


def _kept_text(look: Look, user_id: int, answer: Answer) -> str:
    seat = look.seats.get(user_id)
    phase = look.claims.phase(user_id)
    if phase is Phase.NOT_BEGUN:
        return f"the entry has not begun: {_KEEPS}"
    if phase is Phase.STANDING and answer.action is Action.NO_OP:
        return "claimed, but not an active member of the organisation: nothing is created"
    if look.claims.waits(user_id) and (seat is None or seat.direct or not seat.live):
        return f"the entry of {_to_come(look, user_id)} has not begun: {_KEEPS}"
    if seat is None:
        return _unseated_text(look, user_id)
    if not seat.live:
        claimed = f"claimed only by {_covering(look, user_id)}"
        who = claimed if look.in_standing_team(user_id) else "nobody claims it"
        return f"pending cancellation on {day(seat.pending_on)}, and {who}"
    if not seat.direct:
        return f"seated through {_seat_teams(look, user_id)}, which goes"
    return "undeclared, and kept"


def _unseated_text(look: Look, user_id: int) -> str:
    """Say why nothing is decided about somebody without a seat and without a claim that stands."""
    if look.in_standing_team(user_id):
        return f"no seat yet; claimed by {_covering(look, user_id)}, whose members GitHub seats"
    over = over_since(look.claims.people.get(user_id, ()))
    if over is not None:
        return f"the entry ended on {day(over)}, and there is no seat"
    return "claimed by no line, and there is no seat"


def _covering(look: Look, user_id: int) -> str:
    """Name the teams with a claim that the person is a member of."""
    return _teams(look, look.claims.covered.get(user_id, ()))


def _to_come(look: Look, user_id: int) -> str:
    """Name the person's teams whose team claim has not begun."""
    return _teams(look, look.claims.to_come.get(user_id, ()))


def _teams(look: Look, team_ids: Iterable[int]) -> str:
    return "team " + ", ".join(look.team(one).slug for one in team_ids)


def _seat_teams(look: Look, user_id: int) -> str:
    return ", ".join(team.slug for team in look.seats[user_id].teams)


def provenance(look: Look, user_id: int, answer: Answer) -> tuple[Mark, ...]:
    """Return the lines of YAML behind a person's change, the most telling first."""
    claims = tuple(claim.mark for claim in look.claims.people.get(user_id, ()))
    judgement = look.judgements.get(user_id)
    if answer.reason in (Reason.IDLE, Reason.UNUSED) and judgement is not None:
        marks = [judgement.threshold.mark if judgement.threshold is not None else None]
        if judgement.rule is not None:
            marks.append(judgement.rule.named_at)
        return (*(mark for mark in marks if mark is not None), *claims)
    if answer.reason is Reason.UNDECLARED and look.file.seats.mark is not None:
        return (look.file.seats.mark,)
    return claims


def team_text(look: Look, team_id: int, answer: Answer, people: int) -> str:
    """Return why *answer* is given for a team; *people* is how many lose a seat by a delete."""
    claim = look.claims.teams.get(team_id)
    members = len(look.directory.members_of(team_id))
    losing = f"; {plural(people, 'person loses', 'people lose')} a seat"
    match answer.reason:
        case Reason.DECLARED:
            return f"declared with {plural(members, 'member')}, and not assigned on GitHub"
        case Reason.RENEW:
            return "declared, and its seats are pending cancellation"
        case Reason.UNDECLARED:
            return f"claimed by no line{losing}"
        case Reason.EXPIRED:
            last = claim.entry.term.last if claim is not None else None
            return f"the entry ended on {day(last)}{losing}"
        case Reason.REASSIGNED:
            return f"the entry now gives direct seats to the members{losing}"
        case Reason.HELD:
            return "assigned"
        case Reason.COVERED:
            return "assigned, though no row of GitHub's list names it"
        case Reason.UNMANAGEABLE:
            return _ENTERPRISE
        case Reason.IN_FLIGHT:
            return "sent less than a day ago, and not visible on GitHub yet"
        case _:
            return _kept_team_text(look, team_id, answer)


def foreign_team_text(team: Team) -> str:
    """Return why nothing is done about a team that the organisation does not assign."""
    if not team.unlisted:
        return _ENTERPRISE
    return f"the organisation's list of teams has no team with this id ({team.id or 'none given'})"


def _kept_team_text(look: Look, team_id: int, answer: Answer) -> str:
    claim = look.claims.teams.get(team_id)
    if answer.line == "5":
        return "claimed, but it has no members"
    if claim is not None and claim.phase is Phase.NOT_BEGUN:
        return f"the entry has not begun: {_KEEPS}"
    if team_id in look.live_teams and claim is None and look.file.seats.undeclared == "keep":
        return "undeclared, and kept"
    if team_id in look.live_teams:
        return "kept: a member's own entry keeps the seat it gives, and can't create another"
    return "nothing to do"
