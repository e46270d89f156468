"""Write plans and reports as the JSON documents of the published schemas."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from reconciler import canonical_json
from reconciler.model.diagnostics import Mark
from reconciler.model.observed import Organization
from reconciler.model.plan import (
    Action,
    Change,
    Check,
    Notice,
    Person,
    Plan,
    Resource,
    Withheld,
)
from reconciler.model.report import Outcome, RefusedForAll, Report, Result
from reconciler.planfile.identity import FORMAT_VERSION, expiry, fingerprint, id_of

Json = dict[str, Any]


def dumps(plan: Plan) -> str:
    """Return the plan file's text. The same plan gives the same bytes."""
    return canonical_json.pretty(document(plan))


def document(plan: Plan) -> Json:
    """Return *plan* as a document of `plan.schema.json`."""
    content: Json = {
        "format_version": FORMAT_VERSION,
        "applyable": plan.applyable and bool(plan.changes),
        "complete": plan.complete,
        "errored": False,
        "timestamp": moment(plan.made_at),
        "resource_changes": [_resource_change(change) for change in plan.changes],
        "checks": [_check(check) for check in plan.checks],
        "copilot_seats": _particulars(plan),
    }
    content["copilot_seats"]["plan_id"] = id_of(content)
    return content


def plan_id(plan: Plan) -> str:
    """Name *plan* itself: its decisions, its moment and everything else in its file."""
    return str(document(plan)["copilot_seats"]["plan_id"])


def report_document(report: Report) -> Json:
    """Return *report* as a document of `report.schema.json`.

    The exit code is known to the command only, which adds it as `exit_code`.
    """
    people = frozenset(
        outcome.address.removeprefix(f"{Resource.USER}.").lower() for outcome in report.outcomes
    )
    counts = {result.value: report.count(result) for result in Result}
    return {
        "format_version": FORMAT_VERSION,
        "plan_id": report.plan_id,
        "org": _organization(report.organization),
        "started_at": moment(report.started_at),
        "finished_at": moment(report.finished_at),
        "outcomes": [_outcome(outcome) for outcome in report.outcomes],
        "counts": {"planned": len(report.outcomes), **counts},
        "withheld": [_withheld(held) for held in report.withheld],
        "checks": [_check(check) for check in report.checks],
        "notices": [_notice(notice, people) for notice in report.notices],
        "ledger_head": report.ledger_head,
        "finished": not report.unfinished,
        "refused_for_all": [_refused_for_all(refused) for refused in report.refused_for_all],
    }


def moment(value: datetime) -> str:
    """Return *value* in UTC with `Z`, to the second."""
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def _particulars(plan: Plan) -> Json:
    """Return the part of a plan's document that terraform's format has no place for."""
    users = [each.name.lower() for each in plan.decisions if each.resource is Resource.USER]
    people = frozenset(users)
    return {
        "fingerprint": fingerprint(plan),
        "expires_at": moment(expiry(plan.made_at)),
        "org": _organization(plan.organization),
        "config": {"path": plan.path, "sha256": plan.config_sha256},
        "observed": _observed(plan),
        "reasons": [_reason(change) for change in plan.changes],
        "withheld": [_withheld(held) for held in plan.withheld],
        "notices": [_notice(notice, people) for notice in plan.notices],
        "summary": _summary(plan),
        "cost": {
            "monthly_before": _money(plan.cost.before),
            "monthly_after": _money(plan.cost.after),
            "currency": plan.cost.currency,
            "estimate": True,
        },
        "ledger_head": plan.ledger_head,
        **_parts(plan),
    }


def _parts(plan: Plan) -> Json:
    """Return what of *plan* was already due, where it was held against a base file."""
    parts = plan.parts
    if parts is None:
        return {}
    this_change, already_due = parts.split(plan.changes)
    found = {
        "base": {"path": parts.base, "sha256": parts.base_sha256},
        "this_change": [change.address for change in this_change],
        "already_due": [change.address for change in already_due],
        "no_longer_due": [_averted(change) for change in parts.averted],
    }
    return {"parts": found}


def _averted(change: Change) -> Json:
    return {
        "address": change.address,
        "actions": [change.action.value],
        "action_reason": change.reason.value,
    }


def _resource_change(change: Change) -> Json:
    state = _team_state(change) if change.resource is Resource.TEAM else _user_state(change)
    deletes = change.action is Action.DELETE
    return {
        "address": change.address,
        "type": change.resource.value,
        "name": change.name,
        "change": {
            "actions": [change.action.value],
            "before": state if deletes else None,
            "after": None if deletes else state,
        },
        "action_reason": change.reason.value,
    }


def _team_state(change: Change) -> Json:
    return {"team_id": change.id, "slug": change.name, "user_ids": sorted(change.person_ids)}


def _user_state(change: Change) -> Json:
    state: Json = {"user_id": change.id, "login": change.name}
    if change.action is Action.DELETE:
        person = change.people[0] if change.people else Person(change.id, change.name)
        state["created_at"] = _moment_or_none(person.created_at)
        state["last_activity_at"] = _moment_or_none(person.last_activity_at)
    return state


def _reason(change: Change) -> Json:
    return {
        "address": change.address,
        "text": change.text,
        "rule": change.rule,
        "provenance": [_place(mark) for mark in change.provenance],
        "depends_on": list(change.depends_on),
    }


def _withheld(held: Withheld) -> Json:
    change = held.change
    team = change.resource is Resource.TEAM
    ids: Json = {"team_id": change.id, "user_ids": sorted(change.person_ids)}
    return {
        "guard": held.guard,
        "address": change.address,
        "actions": [change.action.value],
        "action_reason": change.reason.value,
        "text": held.text,
        **(ids if team else {"user_id": change.id}),
    }


def _notice(notice: Notice, people: frozenset[str]) -> Json:
    person = notice.kind == "warn" or notice.subject.lower() in people
    return {
        "kind": notice.kind,
        "user" if person else "subject": notice.subject,
        "text": notice.text,
        **({} if notice.mark is None else _place(notice.mark)),
    }


def _outcome(outcome: Outcome) -> Json:
    kind, _, name = outcome.address.partition(".")
    return {
        "address": outcome.address,
        "type": kind,
        "name": name,
        "actions": [outcome.action.value],
        "action_reason": outcome.reason.value,
        "result": outcome.result.value,
        "text": outcome.text,
        "request_id": outcome.request_id,
    }


def _refused_for_all(refused: RefusedForAll) -> Json:
    return {
        "type": refused.resource.value,
        "actions": [refused.action.value],
        "text": refused.text,
        "request_id": refused.request_id,
        "tried": refused.tried,
        "not_tried": refused.not_tried,
    }


def _check(check: Check) -> Json:
    return {
        "name": check.guard,
        "status": check.status.value,
        "detail": check.detail,
        **({"way_out": check.way_out} if check.way_out else {}),
        **({} if check.mark is None else _place(check.mark)),
    }


def _summary(plan: Plan) -> Json:
    summary = plan.summary
    return {
        "create": summary.create,
        "delete": summary.delete,
        "no_op": summary.no_op,
        "withheld": summary.withheld,
        "warn": summary.warn,
        "unmanageable": summary.unmanageable,
    }


def _observed(plan: Plan) -> Json:
    return {
        "seats": plan.observed.seats,
        "pending_cancellation": plan.observed.pending_cancellation,
        "newest_activity_at": _moment_or_none(plan.observed.newest_activity_at),
        "sha256": plan.observed.sha256,
    }


def _organization(organization: Organization) -> Json:
    return {"login": organization.login, "id": organization.id, "host": organization.host}


def _place(mark: Mark) -> Json:
    return {"file": mark.file, "line": mark.line, "column": mark.column}


def _moment_or_none(value: datetime | None) -> str | None:
    return None if value is None else moment(value)


def _money(value: Decimal) -> str:
    return f"{value:.2f}"
