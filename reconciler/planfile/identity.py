"""What names a plan: the fingerprint of its decisions and the id of its document."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from reconciler import canonical_json
from reconciler.model.observed import Organization
from reconciler.model.plan import Plan, PlannedChange

FORMAT_VERSION = "1.0"
LIFETIME = timedelta(days=7)
ID_DIGITS = 32

# A fingerprint is about decisions; a guard's detail may tell the time as well as its numbers.
_TIMES = re.compile(
    r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:\.\d+)?(?: ?(?:Z|UTC))?)?"
    r"|\b\d+(?:\.\d+)? ?(?:s|m|min|h|d|w|seconds?|minutes?|hours?|days?|weeks?)\b"
)


def expiry(made_at: datetime) -> datetime:
    """Return the last moment at which a plan made at *made_at* may be applied."""
    try:
        return made_at + LIFETIME
    except OverflowError:  # planned with --now at the end of the calendar
        return datetime.max.replace(microsecond=0, tzinfo=UTC)


def fingerprint(plan: Plan) -> str:
    """Name the decisions of *plan*: equal decisions, equal fingerprint, whenever they were made."""
    return fingerprint_of(
        plan.organization,
        map(PlannedChange.of, plan.changes),
        ((held.guard, PlannedChange.of(held.change)) for held in plan.withheld),
        ((check.guard, check.status.value, check.detail) for check in plan.checks),
    )


def fingerprint_of(
    organization: Organization,
    changes: Iterable[PlannedChange],
    withheld: Iterable[tuple[str, PlannedChange]],
    checks: Iterable[tuple[str, str, str]],
) -> str:
    """Return the fingerprint of decisions, in whatever order they come.

    It covers ids and reason codes, neither names nor texts: a renamed account is no new decision.
    """
    content = {
        "host": organization.host,
        "organization": organization.id,
        "changes": sorted(map(_decision, changes)),
        "withheld": sorted([guard, *_decision(change)] for guard, change in withheld),
        "guards": sorted([name, status, _TIMES.sub("", text)] for name, status, text in checks),
    }
    return f"sha256:{_digest(content)}"


def id_of(content: dict[str, Any]) -> str:
    """Return the `plan_id` that belongs to a document: a hash over all of it but the id itself."""
    inner = {key: value for key, value in content["copilot_seats"].items() if key != "plan_id"}
    return _digest({**content, "copilot_seats": inner})[:ID_DIGITS]


def _decision(change: PlannedChange) -> list[Any]:
    return [
        change.resource.value,
        change.action.value,
        change.id,
        change.reason.value,
        sorted(change.people),
    ]


def _digest(content: object) -> str:
    return hashlib.sha256(canonical_json.compact(content).encode()).hexdigest()
