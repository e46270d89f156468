"""Decide for every person and team, and turn the decisions into changes; guards come after."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from functools import cached_property

from reconciler.decide.in_flight import in_flight
from reconciler.decide.limits import BLOCK_IDLE
from reconciler.decide.state import Look
from reconciler.decide.tables import (
    Answer,
    Held,
    Situation,
    TeamSituation,
    decide_person,
    decide_team,
)
from reconciler.model.desired import Assign, Phase
from reconciler.model.diagnostics import Mark
from reconciler.model.observed import Team
from reconciler.model.plan import (
    Action,
    Change,
    Decision,
    Person,
    Reason,
    Resource,
    Verdict,
)
from reconciler.wording.reasons import foreign_team_text, person_text, provenance, team_text


@dataclass(frozen=True)
class Draft:
    """All decisions of a look and the changes they ask for, before any guard.

    `firing` are the names of the guards that fire whatever the plan is.
    """

    look: Look
    firing: frozenset[str]

    @property
    def idle_blocked(self) -> bool:
        return bool(self.firing & BLOCK_IDLE)

    # teams

    @cached_property
    def team_ids(self) -> tuple[int, ...]:
        """Teams that rows name or that the file claims."""
        return tuple(sorted(self.look.row_teams.keys() | self.look.claims.teams.keys()))

    @cached_property
    def going(self) -> frozenset[int]:
        """Ids of the teams this plan deletes, guards aside; all others stay."""
        candidates = frozenset(one for one in self.look.live_teams if self._would_go(one))
        return candidates - self._anchored(candidates)

    def _would_go(self, team_id: int) -> bool:
        answer = decide_team(self._team_situation(team_id, renewable=False, anchored=False))
        return answer.action is Action.DELETE

    def _anchored(self, going: frozenset[int]) -> frozenset[int]:
        """Return teams that must stay, since somebody's own claim keeps the seat they give.

        An entry not yet begun creates nothing, nor may anybody be created who is not an active
        member; what they hold through a team is kept all the same.
        """
        anchored: set[int] = set()
        for user_id, seat in self.look.seats.items():
            stays = seat.direct or any(_stays(team, going) for team in seat.teams)
            if not stays and self._irreplaceable(user_id):
                anchored |= {team.id for team in seat.teams}
        return frozenset(anchored)

    def _irreplaceable(self, user_id: int) -> bool:
        """Tell whether a claim keeps the person's seat while nothing here may give another."""
        look, phase = self.look, self.look.claims.phase(user_id)
        if look.in_standing_team(user_id):
            return False  # that team gives the seat
        if phase is Phase.NOT_BEGUN:
            return True
        if phase is not Phase.STANDING or look.eligible(user_id) or look.hold(user_id) is not None:
            return False
        return self.idle_blocked or not look.judgements[user_id].cancels

    @cached_property
    def team_answers(self) -> Mapping[int, Answer]:
        answers = {}
        for team_id in self.team_ids:
            anchored = team_id in self.look.live_teams and team_id not in self.going
            situation = self._team_situation(
                team_id, renewable=self._renewable(team_id), anchored=anchored
            )
            answers[team_id] = decide_team(situation)
        return answers

    def _team_situation(self, team_id: int, *, renewable: bool, anchored: bool) -> TeamSituation:
        look = self.look
        claim = look.claims.teams.get(team_id)
        members_claim = claim is not None and claim.entry.assign is Assign.MEMBERS
        return TeamSituation(
            claim=claim.phase if claim is not None and not members_claim else None,
            members_claim=claim.phase if claim is not None and members_claim else None,
            live=team_id in look.live_teams,
            renewable=renewable,
            members=bool(look.directory.members_of(team_id)),
            accepted=team_id not in look.live_teams and self._accepted(team_id),
            anchored=anchored,
            undeclared=look.file.seats.undeclared,
        )

    def _renewable(self, team_id: int) -> bool:
        """Tell whether current members have pending rows and hold nothing that stays."""
        for member in self.look.directory.members_of(team_id):
            seat = self.look.seats.get(member.id)
            if seat is not None and seat.pending_on and not self._holds_what_stays(member.id):
                return True
        return False

    def _accepted(self, team_id: int) -> bool:
        """Tell whether GitHub has the team, although no row names it.

        Rows show one team only. The ledger's last word on the team counts; without a ledger it is
        covered when all its members hold live rows. Rows of teams that go cover nobody: were the
        team not assigned after all, its members would lose their seats unlisted.
        """
        members = frozenset(one.id for one in self.look.directory.members_of(team_id))
        if self.look.memory is not None:
            accepted = self.look.memory.accepted.get(team_id)
            return accepted is not None and members <= accepted
        return all(self._holds_what_stays(one) for one in members)

    def _holds_what_stays(self, user_id: int) -> bool:
        seat = self.look.seats.get(user_id)
        if seat is None:
            return False
        return seat.direct or any(_stays(team, self.going) for team in seat.teams)

    # people

    @cached_property
    def person_answers(self) -> Mapping[int, Answer]:
        return {one: self.answer(one) for one in self.look.everybody}

    def answer(self, user_id: int) -> Answer:
        """Return what follows for one person, be it somebody without a row or a claim."""
        return decide_person(self._situation(user_id))

    def _situation(self, user_id: int) -> Situation:
        look = self.look
        seat = look.seats.get(user_id)
        judgement = look.judgements.get(user_id)
        teams = seat.teams if seat is not None else ()
        return Situation(
            manageable=look.manages(user_id),
            direct=seat is not None and seat.direct,
            staying_team=any(_stays(team, self.going) for team in teams),
            going_team=any(not _stays(team, self.going) for team in teams),
            pending=seat is not None and seat.pending_on is not None,
            team_claim=look.in_standing_team(user_id),
            team_to_come=user_id in look.claims.to_come,
            claim=look.claims.phase(user_id),
            verdict=judgement.verdict if judgement is not None else Verdict.UNGOVERNED,
            held=self._held(user_id),
            undeclared=look.file.seats.undeclared,
            idle_blocked=self.idle_blocked,
            eligible=look.eligible(user_id),
        )

    def _held(self, user_id: int) -> Held:
        hold = self.look.hold(user_id)
        if hold is None:
            return Held.NO
        judgement = self.look.judgements.get(user_id)
        activity = judgement.activity if judgement is not None else None
        newer = activity is not None and (hold.evidence is None or activity > hold.evidence)
        return Held.RETURNED if newer else Held.YES

    # changes

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """Every change that the decisions ask for."""
        teams = [self._team_change(one, answer) for one, answer in self.team_answers.items()]
        users = [self._user_change(one, answer) for one, answer in self.person_answers.items()]
        return tuple(change for change in (*teams, *users) if change is not None)

    @cached_property
    def in_flight(self) -> tuple[Change, ...]:
        """Changes sent less than a day ago that GitHub does not show yet: not to be repeated."""
        return tuple(one for one in self.changes if in_flight(self.look, one))

    def person(self, user_id: int) -> Person:
        seat = self.look.seats.get(user_id)
        login = self.look.directory.login(user_id)
        if seat is None:
            return Person(user_id, login)
        return Person(user_id, login, seat.created_at, seat.last_activity_at)

    def _user_change(self, user_id: int, answer: Answer) -> Change | None:
        if answer.action is Action.NO_OP:
            return None
        judgement = self.look.judgements.get(user_id)
        ruled = answer.reason in (Reason.IDLE, Reason.UNUSED)
        rule = judgement.rule if judgement is not None and ruled else None
        person = self.person(user_id)
        return Change(
            resource=Resource.USER,
            action=answer.action,
            id=user_id,
            name=person.login,
            reason=answer.reason,
            text=person_text(self.look, user_id, answer),
            people=(person,),
            provenance=provenance(self.look, user_id, answer),
            rule=rule.name if rule is not None else None,
            depends_on=self._user_waits_for(user_id, answer),
        )

    def _user_waits_for(self, user_id: int, answer: Answer) -> tuple[str, ...]:
        """A user's delete waits for the deletes of the teams in that person's rows."""
        seat = self.look.seats.get(user_id)
        if answer.action is not Action.DELETE or seat is None:
            return ()
        teams = (*seat.teams, *seat.pending_teams)
        waits = {team.id for team in teams if not _stays(team, self.going)}
        return tuple(sorted(self._team_address(team_id) for team_id in waits))

    def _team_change(self, team_id: int, answer: Answer) -> Change | None:
        if answer.action is Action.NO_OP:
            return None
        create = answer.action is Action.CREATE
        people = self._gaining(team_id) if create else self._losing(team_id)
        claim = self.look.claims.teams.get(team_id)
        undeclared = self.look.file.seats.mark
        return Change(
            resource=Resource.TEAM,
            action=answer.action,
            id=team_id,
            name=self.look.team(team_id).slug,
            reason=answer.reason,
            text=team_text(self.look, team_id, answer, len(people)),
            people=tuple(self.person(one) for one in people),
            provenance=_marks(claim.mark if claim is not None else undeclared),
            depends_on=self._team_waits_for(team_id),
        )

    def _team_address(self, team_id: int) -> str:
        return f"{Resource.TEAM}.{self.look.team(team_id).slug}"

    def _gaining(self, team_id: int) -> list[int]:
        """Members of a team who hold no live row."""
        seats = self.look.seats
        members = (member.id for member in self.look.directory.members_of(team_id))
        return sorted(one for one in members if one not in seats or not seats[one].live)

    @cached_property
    def _through(self) -> Mapping[int, list[int]]:
        """People whose live rows name a team of the organisation, by its id."""
        found: dict[int, list[int]] = {}
        for user_id, seat in self.look.seats.items():
            for team in seat.teams:
                if team.ours:
                    found.setdefault(team.id, []).append(user_id)
        return found

    def _losing(self, team_id: int) -> list[int]:
        """People whom a team's delete leaves without a seat.

        Whoever has a live direct row keeps that until a delete of their own.
        """
        return [one for one in self._through.get(team_id, ()) if not self._keeps(one)]

    def _keeps(self, user_id: int) -> bool:
        return (
            self._holds_what_stays(user_id)
            or self.person_answers[user_id].action is Action.CREATE
            or bool(self.keeping_teams(user_id))
        )

    def keeping_teams(self, user_id: int) -> list[int]:
        """Teams with a team claim that the person is in, and that GitHub has or is given."""
        keeping = (Reason.HELD, Reason.COVERED, Reason.DECLARED, Reason.RENEW)
        answers = self.team_answers
        claims = self.look.claims
        teams = (*claims.covered.get(user_id, ()), *claims.to_come.get(user_id, ()))
        return [
            team_id
            for team_id in teams
            if answers[team_id].reason in keeping
            or (team_id in self.look.live_teams and team_id not in self.going)
        ]

    def _team_waits_for(self, team_id: int) -> tuple[str, ...]:
        """A team's delete waits for the creates of those who keep a seat; before its create no row
        names a team."""
        waits: set[str] = set()
        for user_id in self._through.get(team_id, ()):
            if self.person_answers[user_id].action is Action.CREATE:
                waits.add(f"{Resource.USER}.{self.look.directory.login(user_id)}")
            elif not self._holds_what_stays(user_id):
                keeping = self.keeping_teams(user_id)
                creates = [t for t in keeping if self.team_answers[t].action is Action.CREATE]
                if creates == keeping:  # else a team that GitHub has keeps the seat
                    waits.update(map(self._team_address, creates))
        return tuple(sorted(waits))

    # what to tell

    def decisions(self, in_flight: frozenset[str]) -> tuple[Decision, ...]:
        """Return every decision, no-ops included: teams by slug, then people by login."""
        teams = [self._team_decision(one, in_flight) for one in self.team_ids]
        teams += [self._foreign_decision(team) for team in self.look.foreign_teams]
        people = [self._person_decision(one, in_flight) for one in self.look.everybody]
        key = _decision_order
        return (*sorted(teams, key=key), *sorted(people, key=key))

    def _person_decision(self, user_id: int, in_flight: frozenset[str]) -> Decision:
        answer = _waiting(
            self.person_answers[user_id],
            f"{Resource.USER}.{self.look.directory.login(user_id)}" in in_flight,
        )
        judgement = self.look.judgements.get(user_id)
        return Decision(
            resource=Resource.USER,
            id=user_id,
            name=self.look.directory.login(user_id),
            action=answer.action,
            reason=answer.reason,
            verdict=judgement.verdict if judgement is not None else Verdict.UNGOVERNED,
            text=person_text(self.look, user_id, answer),
            claims=tuple(claim.mark for claim in self.look.claims.people.get(user_id, ())),
            rule=judgement.rule.name if judgement is not None and judgement.rule else None,
            seated=user_id in self.look.seats,
            line=answer.line,
        )

    def _team_decision(self, team_id: int, in_flight: frozenset[str]) -> Decision:
        answer = _waiting(self.team_answers[team_id], self._team_address(team_id) in in_flight)
        claim = self.look.claims.teams.get(team_id)
        people = self._losing(team_id) if answer.action is Action.DELETE else []
        return Decision(
            resource=Resource.TEAM,
            id=team_id,
            name=self.look.team(team_id).slug,
            action=answer.action,
            reason=answer.reason,
            verdict=Verdict.UNGOVERNED,
            text=team_text(self.look, team_id, answer, len(people)),
            claims=_marks(claim.mark if claim is not None else None),
            seated=team_id in self.look.row_teams,
            line=answer.line,
        )

    def _foreign_decision(self, team: Team) -> Decision:
        answer = decide_team(TeamSituation(enterprise=True))
        return Decision(
            resource=Resource.TEAM,
            id=team.id,
            name=team.slug,
            action=answer.action,
            reason=answer.reason,
            verdict=Verdict.UNGOVERNED,
            text=foreign_team_text(team),
            line=answer.line,
        )


def _stays(team: Team, going: Container[int]) -> bool:
    """Tell whether *team* stays: one that is not the organisation's always does."""
    return not team.ours or team.id not in going


def _waiting(answer: Answer, in_flight: bool) -> Answer:
    return Answer(answer.line, Action.NO_OP, Reason.IN_FLIGHT) if in_flight else answer


def _decision_order(decision: Decision) -> tuple[str, int]:
    return (decision.name.lower(), decision.id)


def _marks(mark: Mark | None) -> tuple[Mark, ...]:
    return () if mark is None else (mark,)
