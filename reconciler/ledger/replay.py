"""Fold a ledger's events into what the planner may ask of it.

The fold only replays: whether a hold should end is the planner's to decide, but for the one ending
that needs no decision, a look at which nobody claims the person any more.

A change is *open* from its intent until it is known what became of it. While the answer is missing
(killed between the request and its answer) both may be true, so an open change is remembered in
the way that takes nothing from anybody: as our own create, as our own cancellation, as a hold.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias, assert_never

from reconciler.ledger import events as ev
from reconciler.model.desired import Kind
from reconciler.model.memory import AppliedPlan, ClaimLine, Hold, Memory, Refusal, Target
from reconciler.model.plan import Action, Reason, Resource
from reconciler.model.report import Result

IN_FLIGHT = timedelta(days=1)
"""How long a change that does not show may still be on its way."""

_Cancel: TypeAlias = tuple[datetime, bool]
"""When a seat was cancelled, and whether for another reason than being idle or unused."""

ACCEPTED = (Result.DONE, Result.UNCONFIRMED)
"""The results that say that GitHub took a change."""


def fold(events: Iterable[ev.Event]) -> Memory:
    """Replay *events*, the first of which is `begun`."""
    folding = Folding()
    for event in events:
        folding.add(event)
    return folding.memory()


@dataclass(slots=True)
class _Sent:
    """The last time a change was sent; `taken` once it counts as having happened."""

    at: datetime
    run: int
    people: frozenset[int]
    members: frozenset[int] = frozenset()
    holds: dict[int, ev.HoldToBe] = field(default_factory=dict)
    idle: bool = False
    """Whether a rule takes the seat."""
    taken: bool = False


class Folding:
    """A fold under way: a writer goes on with it line by line."""

    def __init__(self) -> None:
        self.organization_id = 0
        self.claimants: dict[int, frozenset[ClaimLine]] = {}
        self.live_teams: set[int] = set()
        self.live_users: set[int] = set()
        self.names: dict[tuple[Kind, str], int] = {}
        self.holds: dict[int, Hold] = {}
        self._warnings: dict[int, list[datetime]] = {}
        self._creates: dict[int, datetime] = {}
        self._cancelled: dict[int, _Cancel] = {}
        self._accepted: dict[int, frozenset[int]] = {}
        self._refusals: dict[Target, Refusal] = {}
        self._probed: dict[Target, datetime] = {}
        self._plans: dict[str, AppliedPlan] = {}
        self._last_look: datetime | None = None
        self._sent: dict[Target, _Sent] = {}
        self._open: dict[Target, _Sent] = {}
        self._run = 0

    def add(self, event: ev.Event) -> None:
        """Replay one more event."""
        match event:
            case ev.Begun():
                self.organization_id = event.organization_id
            case ev.Observed():
                self._observed(event)
            case ev.Resolved():
                self._resolved(event)
            case ev.Held():
                self.holds[event.user] = _hold(event, event.at)
            case ev.Released():
                self._end_hold(event.user)
            case ev.Warned():
                self._warned(event)
            case ev.ApplyStarted() | ev.ApplyFinished():
                self._apply(event)
            case ev.Intent():
                self._intent(event)
            case ev.Outcome():
                self._outcome(event)
            case _:
                assert_never(event)

    def memory(self, head: str = "") -> Memory:
        """Return what is remembered so far; later events don't change it."""
        unanswered = {target: sent for target, sent in self._open.items() if not sent.taken}
        creates, cancelled, holds = dict(self._creates), dict(self._cancelled), dict(self.holds)
        for target, sent in unanswered.items():
            _note_change(target, sent, sent.at, creates, cancelled)
            holds.update({user: _hold(hold, sent.at) for user, hold in sent.holds.items()})
        return Memory(
            organization_id=self.organization_id,
            names=dict(self.names),
            holds=holds,
            warnings={user: tuple(sorted(times)) for user, times in self._warnings.items()},
            creates=creates,
            cancelled={user: at for user, (at, _) in cancelled.items()},
            cancelled_idle=frozenset(user for user, (_, other) in cancelled.items() if not other),
            accepted=dict(self._accepted),
            refusals=dict(self._refusals),
            probed=dict(self._probed),
            in_flight={target: sent.at for target, sent in self._open.items()},
            claimants=dict(self.claimants),
            plans=dict(self._plans),
            last_look=self._last_look,
            head=head,
        )

    def holds_to_begin(self, target: Target) -> tuple[ev.HoldToBe, ...]:
        """Return the holds that begin when it is first said that GitHub accepted *target*."""
        sent = self._sent.get(target)
        return () if sent is None or sent.taken else tuple(sent.holds.values())

    def holds_to_end(self, target: Target) -> tuple[int, ...]:
        """Return whose hold ends when it is first said that GitHub accepted *target*."""
        sent = self._sent.get(target)
        untaken = sent is not None and not sent.taken
        return (target.id,) if untaken and _gives(target) and target.id in self.held() else ()

    def held(self) -> dict[int, datetime]:
        """Return since when everyone on hold is, those by an open change included."""
        held = {user: sent.at for sent in self._open.values() for user in sent.holds}
        return held | {user: hold.began for user, hold in self.holds.items()}

    # --- looks -------------------------------------------------------------------------------

    def _observed(self, look: ev.Observed) -> None:
        self._last_look = look.at
        self._claims(look)
        self.live_teams |= set(look.live_teams_gained)
        self.live_teams -= set(look.live_teams_lost)
        self.live_users |= set(look.live_users_gained)
        self.live_users -= set(look.live_users_lost)
        for target, sent in list(self._open.items()):
            self._look_for(target, sent, look.at)
        for team in self._accepted.keys() & self.live_teams:
            if self._sent[_team_create(team)].at <= look.at:
                del self._accepted[team]
        for user, began in self.held().items():
            if user not in self.claimants and began <= look.at:
                self._end_hold(user)

    def _claims(self, look: ev.Observed) -> None:
        changed: dict[int, set[ClaimLine]] = {}
        for person, claim in ev.pairs_of(look.claims_lost):
            changed.setdefault(person, set(self.claimants.get(person, ()))).discard(claim)
        for person, claim in ev.pairs_of(look.claims_gained):
            changed.setdefault(person, set(self.claimants.get(person, ()))).add(claim)
        for person, claims in changed.items():
            if claims:
                self.claimants[person] = frozenset(claims)
            else:
                self.claimants.pop(person, None)

    def _look_for(self, target: Target, sent: _Sent, at: datetime) -> None:
        """Close an open change whose effect shows, or which has had its time."""
        if at < sent.at:
            return  # a look from before it was sent, written down after
        if self._shows(target, sent):
            self._take(target, sent, sent.at)
            del self._open[target]
        elif at - sent.at >= IN_FLIGHT:
            del self._open[target]

    def _shows(self, target: Target, sent: _Sent) -> bool:
        if target.type == Resource.USER:
            return (target.id in self.live_users) is _is_create(target)
        if not _is_create(target):
            return target.id not in self.live_teams
        # GitHub shows one team a person: a team whose members all hold seats may show nowhere.
        all_live = bool(sent.members) and sent.members <= self.live_users
        return target.id in self.live_teams or all_live

    def _resolved(self, found: ev.Resolved) -> None:
        self.names |= {(Kind.USER, name): number for name, number in found.users.items()}
        self.names |= {(Kind.TEAM, name): number for name, number in found.teams.items()}

    # --- holds and warnings ----------------------------------------------------------------

    def _end_hold(self, user: int) -> None:
        self.holds.pop(user, None)
        for sent in self._open.values():
            sent.holds.pop(user, None)

    def _warned(self, warned: ev.Warned) -> None:
        for user in warned.users:
            self._warnings.setdefault(user, []).append(warned.at)

    # --- applies -----------------------------------------------------------------------------

    def _apply(self, event: ev.ApplyStarted | ev.ApplyFinished) -> None:
        plan = self._plans.get(event.plan_id, AppliedPlan(event.at, finished=False))
        if isinstance(event, ev.ApplyStarted):
            self._run += 1
        else:
            plan = AppliedPlan(plan.started, finished=True)
        self._plans[event.plan_id] = plan

    def _intent(self, intent: ev.Intent) -> None:
        for sending in intent.targets:
            self._sent[sending.target] = self._open[sending.target] = _Sent(
                at=intent.at,
                run=self._run,
                people=sending.who,
                members=sending.who.union(sending.members),
                holds={hold.user: hold for hold in sending.holds},
                idle=sending.reason in (Reason.IDLE, Reason.UNUSED),
            )
            if sending.type is Resource.TEAM and sending.action is Action.DELETE:
                self._accepted.pop(sending.id, None)

    def _outcome(self, outcome: ev.Outcome) -> None:
        for ending in outcome.targets:
            target = ending.target
            if ending.result in ACCEPTED:
                self._accept(target, outcome.at)
            if ending.result is Result.FAILED and ending.signature is not None:
                self._refusals[target] = Refusal(outcome.at, ending.signature, ending.code or "")
                self._probed.pop(target, None)
            elif ending.code == ev.PROBED:
                self._probed[target] = outcome.at
            if ending.code != ev.LOST and self._settles(target, ending.result):
                self._open.pop(target, None)

    def _settles(self, target: Target, result: Result) -> bool:
        """Say whether *result* ends the wait for *target*."""
        if result in (Result.DONE, Result.FAILED):
            return True
        # A run can say of its own intents that they were not sent; of an earlier run's it can't,
        # nor of what GitHub accepted.
        sent = self._open.get(target)
        return sent is not None and not sent.taken and sent.run == self._run

    def _accept(self, target: Target, at: datetime) -> None:
        self._refusals.pop(target, None)
        self._probed.pop(target, None)
        self._open.pop(_opposite(target), None)
        sent = self._sent.get(target)
        if sent is None:
            return
        self._take(target, sent, at)
        if target.type == Resource.TEAM and _is_create(target):
            self._accepted[target.id] = sent.members

    def _take(self, target: Target, sent: _Sent, at: datetime) -> None:
        """Count *sent* as having happened, once."""
        if sent.taken:
            return
        sent.taken = True
        _note_change(target, sent, at, self._creates, self._cancelled)
        self.holds.update({user: _hold(hold, at) for user, hold in sent.holds.items()})
        if _gives(target):
            self._end_hold(target.id)


def _note_change(
    target: Target,
    sent: _Sent,
    at: datetime,
    creates: dict[int, datetime],
    cancelled: dict[int, _Cancel],
) -> None:
    """Note for each person when the seat was given or cancelled, unless a later time is known."""
    for person in sent.people:
        if _is_create(target):
            creates[person] = max(at, creates.get(person, at))
        else:
            cancel = (at, not sent.idle)
            cancelled[person] = max(cancel, cancelled.get(person, cancel))


def _hold(hold: ev.Held | ev.HoldToBe, began: datetime) -> Hold:
    return Hold(began, hold.evidence, ev.claim_lines(hold.claims))


def _is_create(target: Target) -> bool:
    return target.action == Action.CREATE


def _gives(target: Target) -> bool:
    """Return whether it gives one person a seat, and so ends that person's hold."""
    return target.type == Resource.USER and _is_create(target)


def _team_create(team: int) -> Target:
    return Target(Resource.TEAM.value, Action.CREATE.value, team)


def _opposite(target: Target) -> Target:
    action = Action.DELETE if _is_create(target) else Action.CREATE
    return Target(target.type, action.value, target.id)
