"""Short ways to make what the ledger's tests are about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from reconciler.ledger import events as ev
from reconciler.model.memory import ClaimLine, Source, Target
from reconciler.model.observed import Organization
from reconciler.model.plan import Action, Change, Person, Reason, Resource
from reconciler.model.report import Result

ACME = Organization(id=9919, login="Acme", host="https://api.github.com")
START = datetime(2026, 11, 1, 2, 0, tzinfo=UTC)

TEAM_7 = ClaimLine(Source.TEAM, 7)
USER_1 = ClaimLine(Source.USER, 1)
EVERYONE = ClaimLine(Source.MEMBERS, 0)


def day(number: float) -> datetime:
    """Return a moment *number* days after the start."""
    return START + timedelta(days=number)


def user(action: str, number: int) -> Target:
    return Target("copilot_seat_user", action, number)


def team(action: str, number: int) -> Target:
    return Target("copilot_seat_team", action, number)


def change(target: Target, *people: int, reason: Reason | None = None) -> Change:
    """Return the change behind *target*; its name is its id, told by kind."""
    resource, action = Resource(target.type), Action(target.action)
    named = "person" if resource is Resource.USER else "team"
    return Change(
        resource=resource,
        action=action,
        id=target.id,
        name=f"{named}-{target.id}",
        reason=reason or (Reason.DECLARED if action is Action.CREATE else Reason.IDLE),
        text="",
        people=tuple(Person(number, f"person-{number}") for number in people or (target.id,)),
    )


def begun() -> ev.Begun:
    return ev.Begun(at=START, version=1, organization_id=9919, host=ACME.host)


def intent(
    at: datetime,
    target: Target,
    *,
    people: tuple[int, ...] = (),
    members: tuple[int, ...] = (),
    holds: tuple[ev.HoldToBe, ...] = (),
    reason: Reason = Reason.DECLARED,
    plan: str = "p1",
) -> ev.Intent:
    sending = ev.Sending(
        type=Resource(target.type),
        action=Action(target.action),
        id=target.id,
        reason=reason,
        people=people,
        members=members,
        holds=holds,
    )
    return ev.Intent(at=at, plan_id=plan, targets=(sending,))


def outcome(
    at: datetime,
    target: Target,
    result: Result,
    *,
    signature: str | None = None,
    code: str | None = None,
    plan: str = "p1",
) -> ev.Outcome:
    ending = ev.Ending(
        type=Resource(target.type),
        action=Action(target.action),
        id=target.id,
        result=result,
        signature=signature,
        code=code,
    )
    return ev.Outcome(at=at, plan_id=plan, targets=(ending,))


def started(at: datetime, plan: str = "p1", *, undoes: str = "") -> ev.ApplyStarted:
    return ev.ApplyStarted(at=at, plan_id=plan, fingerprint="sha256:f", undoes=undoes)


def finished(at: datetime, plan: str = "p1") -> ev.ApplyFinished:
    return ev.ApplyFinished(at=at, plan_id=plan)


def held(at: datetime, number: int, *claims: str) -> ev.Held:
    return ev.Held(at=at, user=number, evidence=None, claims=claims or ("team:7",))


def hold_to_be(number: int) -> ev.HoldToBe:
    return ev.HoldToBe(user=number, evidence=None, claims=("team:7",))
