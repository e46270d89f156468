"""Hold what the planner decides against what is expected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconciler.decide.inactivity import CANCELS
from reconciler.model.plan import Action, Reason, Resource, Verdict
from reconciler.plan.notices import at_risk
from reconciler.policytest.boundaries import Side, gaps, touched
from reconciler.policytest.cases import Expectation, Sample, Suite
from reconciler.policytest.excerpt import Excerpt
from reconciler.policytest.results import Found, Judged, Result

UNEXPECTED = "unexpected"


def run(suites: Iterable[Suite]) -> Judged:
    """Run every case of *suites*, in their order."""
    listed = tuple(suites)
    results: list[Result] = []
    sides: list[Side] = []
    for suite in listed:
        for case in suite.cases:
            excerpt = Excerpt(suite, case)
            results += _results(excerpt)
            sides += _sides(excerpt)
    rules = (rule for suite in listed for rule in suite.rules)
    return Judged(tuple(results), tuple(gaps(rules, sides)))


def _results(excerpt: Excerpt) -> Iterator[Result]:
    """Yield what was found of everybody with an expectation, and what nobody expected."""
    for sample in excerpt.case.samples:
        found = _found(excerpt, sample)
        wrong = _wrong(found, sample.expected)
        if sample.expected is None and not wrong:
            continue
        yield Result(
            path=excerpt.suite.path,
            case=excerpt.case.name,
            login=sample.name.text,
            mark=sample.name.mark,
            expected=sample.expected,
            found=found,
            wrong=wrong,
        )


def _sides(excerpt: Excerpt) -> Iterator[Side]:
    """Yield the sides of edges on which somebody with an expectation is."""
    for sample in excerpt.case.samples:
        seat = excerpt.look.seats.get(excerpt.id(sample))
        if seat is not None and sample.expected is not None:
            yield from touched(excerpt.look.policy, seat)


def _found(excerpt: Excerpt, sample: Sample) -> Found:
    user_id = excerpt.id(sample)
    decision, change = excerpt.decisions.get(user_id), excerpt.changes.get(user_id)
    judgement = excerpt.look.judgements.get(user_id)
    verdict, action, reason = Verdict.UNGOVERNED, Action.NO_OP, Reason.KEPT
    texts = []
    if decision is not None:
        verdict, action, reason = decision.verdict, decision.action, decision.reason
        texts.append(decision.text)
    if change is not None and change.resource is Resource.TEAM:
        action, reason = change.action, change.reason
        texts.append(f"team {change.name}: {change.text}")
    if judgement is None:
        texts = texts or [_without_seat(excerpt, user_id)]
        return Found(verdict, action, reason, _together(texts))
    risk = decision is None or at_risk(excerpt.look, user_id, decision)
    rule, threshold = judgement.rule, judgement.threshold
    place = threshold or rule
    return Found(
        verdict=verdict,
        action=action,
        reason=reason,
        text=_together([*texts, judgement.text if risk else judgement.evidence]),
        rule=rule,
        mark=None if place is None else place.mark,
        due=None if judgement.due is None else judgement.due.date(),
        observed=frozenset(one.name for one in judgement.observed),
    )


def _without_seat(excerpt: Excerpt, user_id: int) -> str:
    """Say why nothing is decided for a person without a seat."""
    teams = excerpt.look.claims.covered.get(user_id, ())
    if not teams:
        return "holds no seat, and no line claims one"
    slugs = ", ".join(excerpt.look.team(one).slug for one in teams)
    return f"holds no seat; GitHub itself seats the members of {slugs}"


def _together(texts: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(text for text in texts if text))


def _wrong(found: Found, expected: Expectation | None) -> tuple[str, ...]:
    """Return the names of what differs; without an expectation a seat must stay as it is."""
    if expected is None:
        changes = found.action is not Action.NO_OP or found.verdict in CANCELS
        return (UNEXPECTED,) if changes else ()
    rule = found.rule.name if found.rule is not None else None
    asked = (
        ("verdict", expected.verdict, found.verdict),
        ("action", expected.action, found.action),
        ("reason", expected.reason, found.reason),
        ("rule", expected.rule, rule),
        ("due", expected.due, found.due),
        ("observed", expected.observed, found.observed),
    )
    wrong = [name for name, wanted, got in asked if wanted is not None and wanted != got]
    if expected.says is not None and expected.says not in found.text:
        wrong.append("says")
    return tuple(wrong)
