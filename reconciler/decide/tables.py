"""The decision tables: for every situation of a person or team exactly one answer.

These are section 4 of the design, line by line and in its order. A situation is what file, world
and ledger say about one person or team, reduced to what the tables ask for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from reconciler.model.desired import Phase, Undeclared
from reconciler.model.plan import Action, Reason, Verdict

PERSON_LINES: Mapping[str, str] = {
    "1": (
        "live only through enterprise teams, teams that the organisation does not list, or another "
        "organisation, or in a row that is not understood: the organisation can't end that"
    ),
    "2": "a live row of a team that stays: a cancel of the person's own could not end it",
    "3": (
        "a live direct row, while in a team with a claim, and no personal claim or idle: "
        "a cancel would end nothing"
    ),
    "4": (
        "on hold, with a personal claim and no live direct row: no seat is given until there is "
        "activity newer than what the hold stood on"
    ),
    "5a": (
        "a personal claim and no row: a seat is given, if the entry has begun and the person is an "
        "active member of the organisation"
    ),
    "5b": (
        "a personal claim and a live direct row: taken back if idle and the entry has begun, "
        "else kept"
    ),
    "5c": (
        "a personal claim, and live only through teams that go: if idle the seat goes with them, "
        "else a direct one is given as in 5a"
    ),
    "5d": "a personal claim, and only pending rows: renewed as in 5a, unless idle",
    "6": (
        "no personal claim, and a live direct row: cancelled if an entry is over, kept if the "
        "entry of a team of theirs has not begun; else cancelled, with `undeclared: keep` only "
        "if idle"
    ),
    "7": "nothing to decide: no personal claim, and no live direct row",
}
"""The lines of the table for people in words; *idle* means that the governing rule says cancel."""

TEAM_LINES: Mapping[str, str] = {
    "1": "an enterprise team: it is assigned in the enterprise",
    "2": "claimed, and a live row names it",
    "3": "claimed, and members without another seat that stays have pending rows: renewed",
    "4": "claimed, and it has members: assigned, unless GitHub has it already",
    "5": "claimed, and it has no members",
    "6": (
        "live rows, and no standing team claim: taken away, unless an entry is to begin, a "
        "member's own claim needs it, or `undeclared: keep` keeps what no entry names"
    ),
    "7": "nothing to decide",
}
"""The lines of the table for teams in words."""


class Held(StrEnum):
    """Whether a person's seat is on hold."""

    NO = "no"
    YES = "yes"
    RETURNED = "returned"
    """On hold, with activity newer than the evidence the hold stood on."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What the table for people asks about one person.

    `team_claim`: a member of a team whose team claim stands, `team_to_come`: of one whose has not
    begun. `claim` is the phase of the best personal claim, None without any. `verdict` is `idle` or
    `unused` where the governing rule says cancel. `idle_blocked`: a guard blocks idle deletes.
    `eligible`: an active member of the organisation, whom GitHub would not have to invite.
    """

    manageable: bool
    direct: bool
    staying_team: bool
    going_team: bool
    pending: bool
    team_claim: bool
    team_to_come: bool
    claim: Phase | None
    verdict: Verdict
    held: Held
    undeclared: Undeclared
    idle_blocked: bool
    eligible: bool

    @property
    def idle(self) -> bool:
        return self.verdict in (Verdict.IDLE, Verdict.UNUSED)

    @property
    def personal(self) -> bool:
        """Whether a personal claim stands, or is still to begin and keeps what is there."""
        return self.claim in (Phase.STANDING, Phase.NOT_BEGUN)


@dataclass(frozen=True, slots=True)
class Answer:
    """What is decided, with the line of the table that decided it.

    `takes_back`: a rule takes the seat back here without a change of its own; `ends_hold`: the
    hold is over.
    """

    line: str
    action: Action
    reason: Reason
    takes_back: bool = False
    ends_hold: bool = False


def decide_person(at: Situation) -> Answer:
    """Return what follows for one person: the first line that fits decides."""
    if not at.manageable:
        return Answer("1", Action.NO_OP, Reason.UNMANAGEABLE)
    if at.staying_team:
        return Answer("2", Action.NO_OP, Reason.HELD_BY_TEAM)
    if at.direct and at.team_claim and (not at.personal or at.idle):
        return Answer("3", Action.NO_OP, Reason.REDUNDANT)
    held = at.held is not Held.NO and at.claim is Phase.STANDING
    if held and not at.direct:
        any_row = at.going_team or at.pending  # the other kinds have been answered above
        if at.held is Held.RETURNED and not at.idle and any_row and at.eligible:
            return Answer("4", Action.CREATE, Reason.RETURNED)
        return Answer("4", Action.NO_OP, Reason.ON_HOLD)
    if at.claim is Phase.NOT_BEGUN:
        return _not_begun(at)
    if at.claim is Phase.STANDING:
        return _claimed(at, ends_hold=held)
    if at.direct:
        return _unclaimed(at)
    return Answer("7", Action.NO_OP, Reason.KEPT)


def _not_begun(at: Situation) -> Answer:
    """Return line 5 for a claim not yet begun: what is there is kept, idle or not."""
    held_by = ((at.direct, "5b"), (at.going_team, "5c"), (at.pending, "5d"))
    line = next((line for holds, line in held_by if holds), "5a")
    return Answer(line, Action.NO_OP, Reason.KEPT)


def _claimed(at: Situation, *, ends_hold: bool) -> Answer:
    """Return line 5 for a personal claim that stands."""
    if at.direct:
        if at.idle:
            return Answer("5b", Action.DELETE, _rule_reason(at), ends_hold=ends_hold)
        return Answer("5b", Action.NO_OP, Reason.HELD, ends_hold=ends_hold)
    if at.going_team:
        if at.idle and not at.idle_blocked:
            return Answer("5c", Action.NO_OP, Reason.ON_HOLD, takes_back=True)
        if at.eligible:
            return Answer("5c", Action.CREATE, Reason.DECLARED)
        return Answer("5c", Action.NO_OP, Reason.KEPT)
    if at.pending:
        if at.idle:
            return Answer("5d", Action.NO_OP, Reason.ON_HOLD, takes_back=not at.idle_blocked)
        if at.eligible:
            return Answer("5d", Action.CREATE, Reason.RENEW)
        return Answer("5d", Action.NO_OP, Reason.KEPT)
    if at.eligible:
        return Answer("5a", Action.CREATE, Reason.DECLARED)
    return Answer("5a", Action.NO_OP, Reason.KEPT)


def _unclaimed(at: Situation) -> Answer:
    """Line 6: no personal claim, and a live direct row."""
    if at.claim is Phase.OVER:
        return Answer("6", Action.DELETE, Reason.EXPIRED)
    if at.team_to_come:
        return Answer("6", Action.NO_OP, Reason.KEPT)
    if at.undeclared is Undeclared.CANCEL:
        return Answer("6", Action.DELETE, Reason.UNDECLARED)
    if at.idle:
        return Answer("6", Action.DELETE, _rule_reason(at))
    return Answer("6", Action.NO_OP, Reason.KEPT)


def _rule_reason(at: Situation) -> Reason:
    return Reason.UNUSED if at.verdict is Verdict.UNUSED else Reason.IDLE


@dataclass(frozen=True, slots=True)
class TeamSituation:
    """What the table for teams asks about one team.

    `claim` is the phase of its `assign: team` entry, `members_claim` that of its
    `assign: members` entry; at most one of them is there. `renewable`: current members have pending
    rows and nothing that stays. `accepted`: GitHub has accepted it with at least these members, or,
    without a ledger, all members hold live rows. `anchored`: it gives a seat to somebody whose own
    claim keeps it and can't create it.
    """

    enterprise: bool = False
    claim: Phase | None = None
    members_claim: Phase | None = None
    live: bool = False
    renewable: bool = False
    members: bool = False
    accepted: bool = False
    anchored: bool = False
    undeclared: Undeclared = Undeclared.CANCEL


def decide_team(at: TeamSituation) -> Answer:
    """Return what follows for one team: the first line that fits decides."""
    if at.enterprise:
        return Answer("1", Action.NO_OP, Reason.UNMANAGEABLE)
    if at.claim is Phase.STANDING:
        return _claimed_team(at)
    if at.live:
        return _unclaimed_team(at)
    return Answer("7", Action.NO_OP, Reason.KEPT)


def _claimed_team(at: TeamSituation) -> Answer:
    if at.live:
        return Answer("2", Action.NO_OP, Reason.HELD)
    if at.renewable:
        return Answer("3", Action.CREATE, Reason.RENEW)
    if not at.members:
        return Answer("5", Action.NO_OP, Reason.KEPT)
    if at.accepted:
        return Answer("4", Action.NO_OP, Reason.COVERED)
    return Answer("4", Action.CREATE, Reason.DECLARED)


def _unclaimed_team(at: TeamSituation) -> Answer:
    """Line 6: live rows, and no team claim that stands."""
    phases = (at.claim, at.members_claim)
    if Phase.NOT_BEGUN in phases or at.anchored:
        return Answer("6", Action.NO_OP, Reason.KEPT)
    if Phase.OVER in phases:
        return Answer("6", Action.DELETE, Reason.EXPIRED)
    if at.members_claim is Phase.STANDING:
        return Answer("6", Action.DELETE, Reason.REASSIGNED)
    if at.undeclared is Undeclared.CANCEL:
        return Answer("6", Action.DELETE, Reason.UNDECLARED)
    return Answer("6", Action.NO_OP, Reason.KEPT)
