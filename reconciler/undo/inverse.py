"""The opposite of what an apply did, change by change, and what of it can't be undone and why."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property

from reconciler.decide.decisions import Draft
from reconciler.decide.in_flight import is_sent
from reconciler.decide.seats import Seat
from reconciler.decide.state import Look
from reconciler.model.plan import Action, Change, Reason, Resource
from reconciler.undo.applied import Deed, Past, done
from reconciler.wording.units import day, day_of, plural

_WAIT = "sent less than a day ago, and GitHub's list does not show it yet: undo it once it does"
SHOWN = 12
"""Digits of a plan's id that are shown; `undo` takes the beginning of an id."""


@dataclass(frozen=True, slots=True)
class Left:
    """A change of the apply that is not undone; `so` where GitHub is as undoing would make it."""

    resource: Resource
    id: int
    name: str
    text: str
    so: bool = False


@dataclass(frozen=True)
class Inverse:
    """The inverse of *past*; `draft` is what the file says on the same look."""

    look: Look
    draft: Draft
    past: Past

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """Return the changes that would undo what still stands, before any guard."""
        return tuple(one for one in self._answers if isinstance(one, Change))

    @cached_property
    def left(self) -> tuple[Left, ...]:
        """Return what is not undone."""
        return (
            *(one for one in self._answers if isinstance(one, Left)),
            *self._left_behind(),
        )

    @cached_property
    def back_already(self) -> frozenset[int]:
        """Return those whose seat the apply took, and who hold a live one again."""
        taken = (
            *done(self.past, Resource.TEAM, Action.DELETE),
            *done(self.past, Resource.USER, Action.DELETE),
        )
        seats, lost = self.look.seats, set[int]()
        for deed in taken:
            if deed.overtaken is None and not is_sent(self.look, deed.target):
                lost |= deed.people
        return frozenset(one for one in lost if one in seats and seats[one].live)

    @property
    def _answers(self) -> tuple[Change | Left, ...]:
        return (*self._teams_back, *self._people_back, *self._teams_away, *self._people_away)

    # --- given back: what the apply took --------------------------------------------------------

    @cached_property
    def _teams_back(self) -> tuple[Change | Left, ...]:
        return tuple(map(self._team_back, done(self.past, Resource.TEAM, Action.DELETE)))

    def _team_back(self, deed: Deed) -> Change | Left:
        look, team_id = self.look, deed.target.id
        if self._assigned(team_id):
            if is_sent(look, deed.target):
                return self._left(deed, _WAIT)
            return self._left(deed, "assigned again already", so=True)
        if team_id not in look.directory.teams:
            return self._left(deed, "the team no longer exists: it can't be assigned again")
        if deed.overtaken is not None:
            return self._left(deed, _overtaken(deed.overtaken))
        gaining = self._gaining(team_id)
        renewed = [one for one in gaining if one in deed.people and one in look.seats]
        if deed.people and not renewed:
            text = "nobody who lost a seat with it has one left to renew in this team"
            return self._left(
                deed, f"{text}: they ended with the billing cycle, or were given back"
            )
        others = [one for one in gaining if one not in renewed]
        too = f", and {plural(len(others), 'other member')} one" if others else ""
        people = plural(len(renewed), "person gets", "people get")
        return self._change(deed, f"{_taken(deed)}; {people} the seat back{too}", gaining)

    def _gaining(self, team_id: int) -> list[int]:
        """Return the team's members who hold no live row."""
        seats = self.look.seats
        members = {one.id for one in self.look.directory.members_of(team_id)}
        return sorted(one for one in members if one not in seats or not seats[one].live)

    @cached_property
    def _given_by_team(self) -> dict[int, str]:
        """Return the members of the teams that are given back, each with such a team's address."""
        return {
            member.id: change.address
            for change in self._teams_back
            if isinstance(change, Change)
            for member in self.look.directory.members_of(change.id)
        }

    def _left_behind(self) -> Iterable[Left]:
        """Tell who lost a seat with a team that is given back, and does not get it back by that."""
        back = {change.id: change for change in self._teams_back if isinstance(change, Change)}
        for deed in done(self.past, Resource.TEAM, Action.DELETE):
            if deed.target.id not in back:
                continue
            change = back[deed.target.id]
            for user_id in sorted(deed.people - change.person_ids):
                seat = self.look.seats.get(user_id)
                if seat is None or not seat.live:
                    text = f"not in team {change.name} any more, whose seats are given back"
                    yield Left(Resource.USER, user_id, self._login(user_id), text)

    @cached_property
    def _people_back(self) -> tuple[Change | Left, ...]:
        return tuple(map(self._person_back, done(self.past, Resource.USER, Action.DELETE)))

    def _person_back(self, deed: Deed) -> Change | Left:
        look, user_id = self.look, deed.target.id
        seat = look.seats.get(user_id)
        if seat is not None and seat.live:
            if seat.direct and is_sent(look, deed.target):
                return self._left(deed, _WAIT)
            return self._left(deed, f"holds a live seat already, {_source(seat)}", so=True)
        if deed.overtaken is not None:
            return self._left(deed, _overtaken(deed.overtaken))
        if not look.eligible(user_id):
            text = "not an active member of the organisation any more: GitHub would invite them"
            return self._left(deed, text)
        if seat is None:
            text = "no seat is left to renew: it ended with the billing cycle"
            return self._left(deed, f"{text}; a new one would be billed anew")
        if deed.sent is not None and seat.created_at > deed.sent:
            text = f"somebody gave it anew on {day_of(seat.created_at)} and cancelled that since"
            return self._left(deed, text)
        text = f"{_taken(deed)}; pending cancellation on {day(seat.pending_on)}"
        return self._change(deed, text, [user_id])

    # --- taken away: what the apply gave --------------------------------------------------------

    @cached_property
    def _teams_away(self) -> tuple[Change | Left, ...]:
        return tuple(map(self._team_away, done(self.past, Resource.TEAM, Action.CREATE)))

    @cached_property
    def going(self) -> frozenset[int]:
        """Ids of the teams that go again: a team that seats whom it should not take from stays."""
        going = frozenset(
            deed.target.id
            for deed in done(self.past, Resource.TEAM, Action.CREATE)
            if self._assigned(deed.target.id)
            and deed.overtaken is None
            and not self._is_unseen(deed)
        )
        while stay := {one for one in going if self._seated_before(one, going)}:
            going -= stay
        return going

    def _assigned(self, team_id: int) -> bool:
        memory = self.look.memory
        accepted = memory is not None and team_id in memory.accepted
        listed = team_id in self.look.directory.teams
        return team_id in self.look.live_teams or (accepted and listed)

    def _is_unseen(self, deed: Deed) -> bool:
        """Tell whether the team was given, and whom it seats does not show yet."""
        return deed.target.id not in self.look.live_teams and is_sent(self.look, deed.target)

    def _seated_before(self, team_id: int, going: Collection[int]) -> list[int]:
        """Return who would lose a seat with the team and had one before the apply, too."""
        return [one for one in self._losing(team_id, going) if one in self.past.seated]

    def _team_away(self, deed: Deed) -> Change | Left:
        team_id = deed.target.id
        if self._is_unseen(deed):
            return self._left(deed, _WAIT)
        if not self._assigned(team_id):
            return self._left(deed, "not assigned any more", so=True)
        if deed.overtaken is not None:
            return self._left(deed, _overtaken(deed.overtaken))
        if team_id not in self.going:
            people = plural(len(self._seated_before(team_id, {team_id})), "person", "people")
            text = f"it would take the seat of {people} who had one before that apply, too"
            return self._left(deed, text)
        losing = self._losing(team_id, self.going)
        since = sum(one not in deed.people for one in losing)
        joined = f", {since} of them seated by it since" if since else ""
        people = plural(len(losing), "person loses", "people lose")
        waits = {
            self._given_by_team[one] for one in self._through(team_id) if one in self._given_by_team
        }
        text = f"{_given(deed)}; {people} a seat{joined}"
        return self._change(deed, text, losing, depends_on=tuple(sorted(waits)))

    def _through(self, team_id: int) -> list[int]:
        """Return those whose live rows name the team."""
        return [
            user_id
            for user_id, seat in self.look.seats.items()
            if any(team.id == team_id and team.ours for team in seat.teams)
        ]

    def _losing(self, team_id: int, going: Collection[int]) -> list[int]:
        """Return whom the team's delete leaves without a seat when all of *going* go."""
        return sorted(
            one
            for one in self._through(team_id)
            if not self.look.seats[one].direct
            and one not in self._given_by_team
            and not self._staying(one, going)
        )

    def _staying(self, user_id: int, going: Collection[int]) -> list[str]:
        """Return the teams that seat the person and do not go, those that no row shows included."""
        look, draft = self.look, self.draft
        shown = look.seats[user_id].teams
        rows = [team.slug for team in shown if not team.ours or team.id not in going]
        there = (Reason.HELD, Reason.COVERED)
        claimed = [
            look.team(one).slug
            for one in draft.keeping_teams(user_id)
            if one not in going
            and (one in look.live_teams or draft.team_answers[one].reason in there)
        ]
        return sorted({*rows, *claimed})

    @cached_property
    def _people_away(self) -> tuple[Change | Left, ...]:
        return tuple(map(self._person_away, done(self.past, Resource.USER, Action.CREATE)))

    def _person_away(self, deed: Deed) -> Change | Left:
        user_id = deed.target.id
        seat = self.look.seats.get(user_id)
        if seat is None or not seat.live:
            if is_sent(self.look, deed.target):
                return self._left(deed, _WAIT)
            ends = f"ends on {day(seat.pending_on)} already" if seat is not None else "is gone"
            return self._left(deed, f"the seat {ends}", so=True)
        if deed.overtaken is not None:
            return self._left(deed, _overtaken(deed.overtaken))
        if user_id in self.past.seated:
            return self._left(deed, "had a seat before that apply, too: it stays")
        teams = self._staying(user_id, self.going)
        if user_id in self._given_by_team:
            teams.append(self._given_by_team[user_id].partition(".")[2])
        if teams:
            text = f"seated through {', '.join(teams)}, which stays"
            return self._left(deed, f"{text}: a cancel of their own would end nothing")
        if not seat.direct:
            return self._left(deed, f"seated only {_source(seat)}, as far as GitHub shows")
        waits = {self._team_address(team.id) for team in seat.teams}
        return self._change(deed, _given(deed), [user_id], depends_on=tuple(sorted(waits)))

    # --- what both have in common ---------------------------------------------------------------

    def _change(
        self, deed: Deed, text: str, people: Iterable[int], depends_on: tuple[str, ...] = ()
    ) -> Change:
        creates = deed.target.action == Action.DELETE
        return Change(
            resource=Resource(deed.target.type),
            action=Action.CREATE if creates else Action.DELETE,
            id=deed.target.id,
            name=self._name(deed),
            reason=Reason.UNDONE,
            text=text,
            people=tuple(map(self.draft.person, people)),
            depends_on=depends_on,
        )

    def _left(self, deed: Deed, text: str, *, so: bool = False) -> Left:
        return Left(Resource(deed.target.type), deed.target.id, self._name(deed), text, so)

    def _name(self, deed: Deed) -> str:
        if deed.target.type == Resource.TEAM:
            return self.look.team(deed.target.id).slug
        return self._login(deed.target.id)

    def _login(self, user_id: int) -> str:
        return self.look.directory.login(user_id)

    def _team_address(self, team_id: int) -> str:
        return f"{Resource.TEAM}.{self.look.team(team_id).slug}"


def _source(seat: Seat) -> str:
    if seat.direct:
        return "a direct one"
    return f"through {', '.join(team.slug for team in seat.teams)}"


def _taken(deed: Deed) -> str:
    return f"taken on {_when(deed)}"


def _given(deed: Deed) -> str:
    return f"given on {_when(deed)}"


def _when(deed: Deed) -> str:
    on = day_of(deed.sent) if deed.sent is not None else "an unknown day"
    return f"{on} ({deed.reason})" if deed.reason is not None else on


def _overtaken(plan_id: str) -> str:
    return f"a later apply changed it since: undo that one, plan {plan_id[:SHOWN]}"
