"""Put everything together that there is to say of one person, from the look and its plan."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.decide.decisions import Draft
from reconciler.decide.names import Fate
from reconciler.decide.state import Look
from reconciler.decide.tables import PERSON_LINES
from reconciler.explain.claims import (
    claims_on,
    exemption_of,
    team_claims_on,
    undeclared_line,
)
from reconciler.explain.effect import effect_of
from reconciler.explain.evidence import clock_of, facts_of, remembered_of
from reconciler.explain.forecast import ahead
from reconciler.explain.lookup import names_of
from reconciler.explain.model import Explanation, Membership
from reconciler.explain.remedies import remedies_of
from reconciler.explain.rules import rules_on
from reconciler.guards import Guard, class_guards
from reconciler.model.desired import Phase
from reconciler.model.observed import Account
from reconciler.model.plan import Change, Decision, Notice, Plan, Reason, Resource, Verdict
from reconciler.wording.reasons import person_text

_ABOUT_NAMES = frozenset({"renamed", "identity", "wrong_id", "reinstate_ahead", "exemption_over"})
"""Kinds of notices that say something of a person which no other part says."""


def explain(look: Look, plan: Plan, user_id: int, asked: str) -> Explanation:
    """Explain the person *user_id*, whom the user *asked* for; *plan* was made on *look*."""
    guards = class_guards(look)
    decision = _decision(look, plan, guards, user_id)
    changes = _about(plan.changes, user_id)
    withheld = tuple(held for held in plan.withheld if user_id in held.change.person_ids)
    stopped = {held.guard for held in withheld}
    claims = claims_on(look, user_id)
    settled = changes or withheld or decision.reason is Reason.IN_FLIGHT
    return Explanation(
        asked=asked,
        account=Account(user_id, look.directory.login(user_id)),
        membership=_membership(look, user_id),
        teams=tuple(sorted(_teams(look, user_id), key=str.lower)),
        organization=plan.organization,
        path=plan.path,
        made_at=plan.made_at,
        effect=effect_of(look, changes, user_id),
        decision=decision,
        line=PERSON_LINES[decision.line],
        changes=changes,
        team_decisions=_team_decisions(look, plan, user_id),
        claims=claims,
        unclaimed=None
        if any(one.phase is not Phase.OVER and one.kind != "except" for one in claims)
        else undeclared_line(look),
        rows=tuple(look.rows_by_person.get(user_id, ())),
        rules=rules_on(look, user_id),
        exemption=exemption_of(look, user_id),
        facts=facts_of(look, user_id, plan.observed.newest_activity_at),
        clock=clock_of(look, user_id),
        remembered=remembered_of(look, plan, decision),
        ahead=() if settled else ahead(look, guards, user_id),
        remedies=remedies_of(look, decision),
        withheld=withheld,
        checks=tuple(check for check in plan.checks if check.guard in stopped),
        notices=_notices(look, plan, user_id),
    )


def _decision(look: Look, plan: Plan, guards: tuple[Guard, ...], user_id: int) -> Decision:
    """Return the plan's decision, or what the tables say of somebody no plan speaks of."""
    for one in plan.decisions:
        if one.resource is Resource.USER and one.id == user_id:
            return one
    draft = Draft(look, frozenset(guard.check.guard for guard in guards if guard.fires))
    answer = draft.answer(user_id)
    return Decision(
        resource=Resource.USER,
        id=user_id,
        name=look.directory.login(user_id),
        action=answer.action,
        reason=answer.reason,
        verdict=Verdict.UNGOVERNED,
        text=person_text(look, user_id, answer),
        seated=False,
        line=answer.line,
    )


def _about(changes: tuple[Change, ...], user_id: int) -> tuple[Change, ...]:
    return tuple(change for change in changes if user_id in change.person_ids)


def _membership(look: Look, user_id: int) -> Membership:
    observed = look.observed
    if user_id in look.directory.active:
        return Membership.ACTIVE
    if user_id in observed.invited:
        return Membership.INVITED
    if observed.members is not None or any(one.id == user_id for one in observed.accounts):
        return Membership.OUTSIDE
    return Membership.UNREAD


def _teams(look: Look, user_id: int) -> Iterator[str]:
    for team_id, members in look.observed.team_members.items():
        if any(member.id == user_id for member in members):
            yield look.team(team_id).slug


def _team_decisions(look: Look, plan: Plan, user_id: int) -> tuple[Decision, ...]:
    """Return what is decided for the teams of the person's rows and of the claims on them."""
    rows = look.rows_by_person.get(user_id, ())
    seated = {(not row.team.ours, row.team.id) for row in rows if row.team is not None}
    wanted = seated | {(False, team_id) for team_id, _ in team_claims_on(look, user_id)}
    return tuple(
        one
        for one in plan.decisions
        if one.resource is Resource.TEAM and (one.reason is Reason.UNMANAGEABLE, one.id) in wanted
    )


def _notices(look: Look, plan: Plan, user_id: int) -> tuple[Notice, ...]:
    """Return what the plan tells of the person's names."""
    names = {look.directory.login(user_id).lower()}
    names |= {name.text.lower() for name in names_of(look, user_id)}
    found = [
        one for one in plan.notices if one.kind in _ABOUT_NAMES and one.subject.lower() in names
    ]
    frozen = {
        name.text.lower()
        for name in names_of(look, user_id)
        if look.names.of(name).fate is Fate.REUSED
    }
    return tuple(one for one in found if one.kind != "identity" or one.subject.lower() in frozen)
