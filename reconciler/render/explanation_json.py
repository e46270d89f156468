"""An explanation as a JSON document of the published schema."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from reconciler.explain import (
    Claimed,
    Explanation,
    Fact,
    Remedy,
    Remembered,
    Ruled,
    Step,
)
from reconciler.explain.evidence import hold_text
from reconciler.model.diagnostics import Mark
from reconciler.model.observed import Row
from reconciler.model.plan import Decision, Resource, Withheld
from reconciler.planfile.writing import moment
from reconciler.render.seatsfile import entry

Json = dict[str, Any]

FORMAT_VERSION = "1.0"


def document(told: Explanation) -> Json:
    """Return *told* as a document of `explanation.schema.json`."""
    organization = told.organization
    return {
        "format_version": FORMAT_VERSION,
        "timestamp": moment(told.made_at),
        "org": {
            "login": organization.login,
            "id": organization.id,
            "host": organization.host,
        },
        "config": {"path": told.path},
        "asked": told.asked,
        "user": {
            "login": told.account.login,
            "id": told.account.id,
            "membership": told.membership.value,
            "teams": list(told.teams),
        },
        "effect": told.effect.value,
        "decision": {**_decision(told.decision), "verdict": told.decision.verdict.value},
        "line": {"number": told.decision.line, "text": told.line},
        "changes": [
            {
                "address": change.address,
                "actions": [change.action.value],
                "action_reason": change.reason.value,
                "text": change.text,
                "rule": change.rule,
                "depends_on": list(change.depends_on),
            }
            for change in told.changes
        ],
        "withheld": [_withheld(told, one) for one in told.withheld],
        "claims": [_claimed(one) for one in told.claims],
        "unclaimed": None if told.unclaimed is None else _claimed(told.unclaimed),
        "rows": [_row(one) for one in told.rows],
        "teams": [_decision(one) for one in told.team_decisions],
        "rules": [_ruled(one) for one in told.rules],
        "exemption": None if told.exemption is None else _claimed(told.exemption),
        "evidence": [_fact(one) for one in told.facts],
        "clock": _clock(told),
        "ledger": None if told.remembered is None else _remembered(told.remembered),
        "ahead": [_step(one) for one in told.ahead],
        "remedies": [_remedy(one) for one in told.remedies],
        "notices": [
            {"kind": one.kind, "subject": one.subject, "text": one.text, **_place(one.mark)}
            for one in told.notices
        ],
    }


def _decision(decision: Decision) -> Json:
    team = decision.resource is Resource.TEAM
    return {
        "address": f"{decision.resource}.{decision.name}",
        "team_id" if team else "user_id": decision.id,
        "actions": [decision.action.value],
        "action_reason": decision.reason.value,
        "text": decision.text,
        **({} if team else {"rule": decision.rule}),
    }


def _withheld(told: Explanation, held: Withheld) -> Json:
    check = next((one for one in told.checks if one.guard == held.guard), None)
    return {
        "guard": held.guard,
        "address": held.change.address,
        "actions": [held.change.action.value],
        "action_reason": held.change.reason.value,
        "text": held.text,
        "detail": check.detail if check is not None else None,
        "way_out": check.way_out if check is not None else None,
    }


def _claimed(claimed: Claimed) -> Json:
    return {
        "kind": claimed.kind,
        "text": claimed.text,
        "phase": claimed.phase.value,
        "from": _day(claimed.term.first),
        "until": _day(claimed.term.last),
        "reason": claimed.reason,
        **_place(claimed.mark),
    }


def _row(row: Row) -> Json:
    team = row.team
    return {
        "team": None
        if team is None
        else {"id": team.id, "slug": team.slug, "enterprise": team.enterprise},
        "created_at": moment(row.created_at),
        "pending_cancellation_date": _day(row.pending),
        "last_activity_at": _moment(row.last_activity_at),
        "last_authenticated_at": _moment(row.last_authenticated_at),
        "plan_type": row.plan_type,
    }


def _ruled(ruled: Ruled) -> Json:
    rule = ruled.rule
    return {
        "name": rule.name,
        "mode": rule.mode.value,
        "stance": ruled.stance.value,
        "text": ruled.text,
        "terms": ruled.terms,
        "named_at": None if rule.named_at is None else _place(rule.named_at),
        **_place(rule.mark),
    }


def _fact(fact: Fact) -> Json:
    return {
        "name": fact.name,
        "at": _moment(fact.at),
        "text": fact.text,
        "meaning": fact.meaning,
    }


def _clock(told: Explanation) -> Json | None:
    clock = told.clock
    if clock is None:
        return None
    return {
        "started_at": moment(clock.started),
        "started_by": clock.text,
        "idle_seconds": int(clock.idle_for.total_seconds()),
    }


def _remembered(known: Remembered) -> Json:
    hold = known.hold
    return {
        "hold": None
        if hold is None
        else {
            "began_at": moment(hold.began),
            "evidence_at": _moment(hold.evidence),
            "stands": known.over is None,
            "text": hold_text(known),
        },
        "warnings": [{"at": moment(one.at), "counts": one.counts} for one in known.warnings],
        "to_warn": known.to_warn,
        "created_at": _moment(known.created),
        "cancelled_at": _moment(known.cancelled),
    }


def _step(step: Step) -> Json:
    return {
        "at": moment(step.at),
        "cause": step.cause,
        "effect": step.effect.value,
        "actions": [step.action.value],
        "action_reason": step.reason.value,
        "verdict": step.verdict.value,
        "text": step.text,
        "withheld_by": list(step.withheld_by),
        **_place(step.mark),
    }


def _remedy(remedy: Remedy) -> Json:
    return {
        "text": remedy.text,
        "section": remedy.section,
        "yaml": entry(remedy.entry) if remedy.section is not None else None,
        **_place(remedy.mark),
    }


def _place(mark: Mark | None) -> Json:
    return {} if mark is None else {"file": mark.file, "line": mark.line, "column": mark.column}


def _moment(at: datetime | None) -> str | None:
    return None if at is None else moment(at)


def _day(on: date | None) -> str | None:
    return None if on is None else on.isoformat()
