"""Write what happens into a ledger, each event on disk before the call returns."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from reconciler.ledger import events as ev
from reconciler.ledger.replay import ACCEPTED, Folding
from reconciler.model.desired import Kind
from reconciler.model.memory import ClaimLine, Hold, Target
from reconciler.model.observed import Account
from reconciler.model.plan import Action, Change, Records, Resource
from reconciler.model.report import Result

_NO_MEMBERS: Mapping[int, Collection[Account]] = {}
_NO_HOLDS: Mapping[str, Mapping[int, Hold]] = {}


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one change, as a ledger keeps it.

    `signature` belongs to a refusal that is remembered: what the planner knows it by
    (`Records.signatures`). `code` is one of those of `events.Ending`, never GitHub's words.
    """

    target: Target
    result: Result
    request_id: str | None = None
    signature: str | None = None
    code: str | None = None


class Writer:
    """The one writer of a ledger, for as long as `Ledger.writing` lasts.

    `repaired` tells that the ledger ended in a torn line, which was cut off.
    """

    def __init__(
        self,
        append: Callable[[list[ev.Event]], None],
        publish: Callable[[str, bool], None],
        folding: Folding,
        *,
        repaired: bool,
    ) -> None:
        self.repaired = repaired
        self._append = append
        self._publish = publish
        self._folding = folding
        self._plan_id = ""

    def observed(self, records: Records, at: datetime) -> None:
        """Write what a look found: claims, live seats, names, holds ended and begun, warnings.

        Only what differs from the ledger is written, so a quiet night is one short line.
        """
        at = ev.utc(at)
        state = self._folding
        lines: list[ev.Event] = [_look(records, state, at)]
        lines += _resolved(records, state, at)
        lines += [
            ev.Released(at=at, user=user) for user in sorted(records.released & state.held().keys())
        ]
        lines += [
            _held(user, hold, at)
            for user, hold in sorted(records.held.items())
            if user in records.released or not _same(hold, state.holds.get(user))
        ]
        if records.warned:
            lines.append(ev.Warned(at=at, users=tuple(sorted(records.warned))))
        self._append(lines)

    def apply_started(
        self, plan_id: str, fingerprint: str, at: datetime, *, undoes: str = ""
    ) -> None:
        """Write that the apply of this plan begins or goes on; what follows belongs to it.

        Send nothing unless this returns: where the ledger is shared, everybody knows it then.
        *undoes* is the plan whose inverse it is, where it is one.
        """
        started = ev.ApplyStarted(
            at=ev.utc(at), plan_id=plan_id, fingerprint=fingerprint, undoes=undoes
        )
        self._append([started])
        self._plan_id = plan_id
        self._publish(plan_id, False)

    def intent(
        self,
        changes: Iterable[Change],
        at: datetime,
        *,
        team_members: Mapping[int, Collection[Account]] = _NO_MEMBERS,
        holds: Mapping[str, Mapping[int, Hold]] = _NO_HOLDS,
    ) -> None:
        """Write that *changes* are about to be sent; send nothing unless this returns.

        *team_members* has all members of each team to create (`Observed.team_members`), *holds*
        by address the holds that begin when the change happens (`Records.holds_by_change`): kept
        here, they are known even if nothing can be written after the request.
        """
        targets = tuple(
            _sending(change, team_members, holds.get(change.address, {})) for change in changes
        )
        at = ev.utc(at)
        self._append([ev.Intent(at=at, plan_id=self._plan_id, targets=targets)])
        try:
            self._publish(self._plan_id, True)
        except BaseException:
            # Whoever reads the line all the same must not wait for what was never sent.
            untried = tuple(_ending(Answer(one.target, Result.NOT_TRIED)) for one in targets)
            self._append([ev.Outcome(at=at, plan_id=self._plan_id, targets=untried)])
            raise

    def outcome(self, answers: Iterable[Answer], at: datetime) -> None:
        """Write what became of changes, with the holds that begin and end by it."""
        at = ev.utc(at)
        answers = tuple(answers)
        # The holds first: torn between the two, the change is still open, and holds either way.
        lines: list[ev.Event] = [
            ev.Held(at=at, user=hold.user, evidence=hold.evidence, claims=hold.claims)
            for answer in answers
            if answer.result in ACCEPTED
            for hold in self._folding.holds_to_begin(answer.target)
        ]
        lines += [
            ev.Released(at=at, user=user)
            for answer in answers
            if answer.result in ACCEPTED
            for user in self._folding.holds_to_end(answer.target)
        ]
        endings = tuple(_ending(answer) for answer in answers)
        lines.append(ev.Outcome(at=at, plan_id=self._plan_id, targets=endings))
        self._append(lines)

    def released(self, people: Iterable[int], at: datetime) -> None:
        """Write that the holds of *people* are over; of those who have none nothing is written."""
        over = sorted(self._folding.held().keys() & set(people))
        if over:
            self._append([ev.Released(at=ev.utc(at), user=user) for user in over])

    def apply_finished(self, at: datetime) -> None:
        """Write that the apply has come to its end: this plan is used up."""
        self._append([ev.ApplyFinished(at=ev.utc(at), plan_id=self._plan_id)])


def _look(records: Records, state: Folding, at: datetime) -> ev.Observed:
    before, now = _pairs(state.claimants), _pairs(records.claimants)
    return ev.Observed(
        at=at,
        claims_gained=ev.by_claim(now - before),
        claims_lost=ev.by_claim(before - now),
        live_teams_gained=tuple(sorted(records.live_teams - state.live_teams)),
        live_teams_lost=tuple(sorted(state.live_teams - records.live_teams)),
        live_users_gained=tuple(sorted(records.live_users - state.live_users)),
        live_users_lost=tuple(sorted(state.live_users - records.live_users)),
    )


def _pairs(claimants: Mapping[int, Iterable[ClaimLine]]) -> set[tuple[int, ClaimLine]]:
    return {(person, claim) for person, claims in claimants.items() for claim in claims}


def _resolved(records: Records, state: Folding, at: datetime) -> list[ev.Event]:
    new: dict[Kind, dict[str, int]] = {Kind.USER: {}, Kind.TEAM: {}}
    for (kind, name), number in sorted(records.resolved.items()):
        if state.names.get((kind, name.lower())) != number:
            new[kind][name.lower()] = number
    if not any(new.values()):
        return []
    return [ev.Resolved(at=at, users=new[Kind.USER], teams=new[Kind.TEAM])]


def _same(hold: Hold, before: Hold | None) -> bool:
    return before is not None and hold.evidence == before.evidence and hold.claims == before.claims


def _held(user: int, hold: Hold, at: datetime) -> ev.Held:
    return ev.Held(at=at, user=user, evidence=_evidence(hold), claims=ev.claim_texts(hold.claims))


def _evidence(hold: Hold) -> datetime | None:
    return None if hold.evidence is None else ev.utc(hold.evidence)


def _sending(
    change: Change, team_members: Mapping[int, Collection[Account]], holds: Mapping[int, Hold]
) -> ev.Sending:
    is_team = change.resource is Resource.TEAM
    is_creation = change.action is Action.CREATE
    members = team_members.get(change.id, ()) if is_team and is_creation else ()
    return ev.Sending(
        type=change.resource,
        action=change.action,
        id=change.id,
        reason=change.reason,
        people=tuple(sorted(change.person_ids)) if is_team else (),
        members=tuple(sorted({account.id for account in members})),
        holds=tuple(
            ev.HoldToBe(user=user, evidence=_evidence(hold), claims=ev.claim_texts(hold.claims))
            for user, hold in sorted(holds.items())
        ),
    )


def _ending(answer: Answer) -> ev.Ending:
    return ev.Ending(
        type=Resource(answer.target.type),
        action=Action(answer.target.action),
        id=answer.target.id,
        result=answer.result,
        request_id=ev.code(answer.request_id),
        signature=answer.signature,
        code=ev.code(answer.code),
    )
