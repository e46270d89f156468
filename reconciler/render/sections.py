"""Divide a plan for reading: what a proposed change does, and what was already due."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.plan import Change, Plan

TOGETHER = "Both together"
"""The heading over what is told of the plan as a whole."""

AVERTED = "No longer due: {number}, which would be made without this change"


@dataclass(frozen=True, slots=True)
class Section:
    """Changes that are told together; a plan without parts is one section without a title.

    `averted` are those that are not made any more, `nothing` what is said where there is neither.
    """

    title: str
    changes: tuple[Change, ...]
    averted: tuple[Change, ...] = ()
    nothing: str = ""


def sections(plan: Plan) -> tuple[Section, ...]:
    """Return all changes of *plan* in sections, what the proposed change does first."""
    parts = plan.parts
    if parts is None:
        return (Section("", plan.changes),)
    this_change, already_due = parts.split(plan.changes)
    aside = " What guards withhold is told below." if plan.withheld else ""
    none = "" if this_change or parts.averted else f"Nobody gains or loses a seat by it.{aside}"
    nothing = "" if already_due else f"Nothing.{aside}"
    return (
        Section("What this change does", this_change, parts.averted, none),
        Section("What was already due", already_due, (), nothing),
    )
