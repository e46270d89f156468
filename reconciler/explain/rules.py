"""Say of every rule what it is to a person: it governs, or why it does not."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.decide.inactivity import Role
from reconciler.decide.state import Look
from reconciler.explain.model import Ruled, Stance
from reconciler.model.desired import Kind, Mode, Name, Rule, Threshold
from reconciler.wording.units import length

_NAMED = 5


def rules_on(look: Look, user_id: int) -> tuple[Ruled, ...]:
    """Return every rule in the order of trying, with what it is to the person."""
    return tuple(_ruled(look, user_id))


def _ruled(look: Look, user_id: int) -> Iterator[Ruled]:
    exempt = user_id in look.policy.exempt
    governing = ""
    for rule, role in look.policy.roles(user_id):
        stance = Stance(role.value)
        if exempt and role is not Role.OUT_OF_SCOPE:
            stance = Stance.EXEMPT
        if stance is Stance.GOVERNS:
            governing = rule.name
        yield Ruled(rule, stance, _why(look, user_id, rule, stance, governing), terms_of(rule))


def _why(look: Look, user_id: int, rule: Rule, stance: Stance, governing: str) -> str:
    match stance:
        case Stance.GOVERNS:
            verb = "governs" if user_id in look.seats else "would govern a seat"
            if user_id in look.policy.waiting:
                verb = "governs once the entry begins"
            return f"{verb}: it is the first enforced rule that holds {_held(look, user_id, rule)}"
        case Stance.OBSERVES:
            return f"only observed, it takes nothing back: {_observed(look, user_id, rule)}"
        case Stance.LATER:
            return f"comes later: rule {governing!r} governs"
        case Stance.OUT_OF_SCOPE:
            return f"not in scope: it holds only {_scope(rule)}"
        case Stance.EXEMPT:
            return "spared: an exemption stands before every rule"


def _held(look: Look, user_id: int, rule: Rule) -> str:
    """Say by which name a rule holds the person."""
    names = (name for name in (*rule.users, *rule.teams) if user_id in look.names.people(name))
    name = next(names, None)
    if name is None:
        return "this person, as it holds everyone"
    by = f"a member of team {name.text}" if name.kind is Kind.TEAM else f"{name.text} by name"
    return f"this person, as {by}" if name.kind is Kind.TEAM else by


def _observed(look: Look, user_id: int, rule: Rule) -> str:
    judgement = look.judgements.get(user_id)
    if judgement is None:
        return "there is no seat to judge"
    if rule in judgement.observed:
        return "it would take the seat back"
    return "it would take nothing back today either"


def _scope(rule: Rule) -> str:
    names: tuple[Name, ...] = (*rule.teams, *rule.users)
    shown = [f"team {one.text}" if one.kind is Kind.TEAM else one.text for one in names[:_NAMED]]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(shown) + more


def terms_of(rule: Rule) -> str:
    """Say when a rule warns and takes back."""
    parts = []
    if rule.idle is not None:
        parts.append(f"idle: {_threshold(rule.idle)}")
    if rule.unused is not None:
        parts.append(f"never used: {_threshold(rule.unused)}")
    observed = " (observed only)" if rule.mode is Mode.OBSERVE else ""
    return "; ".join(parts) + observed


def _threshold(threshold: Threshold) -> str:
    back = f"taken back after {length(threshold.cancel)}"
    return back if threshold.warn is None else f"warned after {length(threshold.warn)}, {back}"
