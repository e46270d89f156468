"""Plans and reports as GitHub's Markdown: for comments on pull requests and job summaries.

Logins and teams stand in code font and everything from outside is escaped, so that nobody is
mentioned, nothing linked and no structure broken.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from reconciler.model.diagnostics import Mark
from reconciler.model.plan import (
    Action,
    Change,
    Check,
    Notice,
    Plan,
    Resource,
    Status,
    Withheld,
)
from reconciler.model.report import Outcome, Report, Result
from reconciler.planfile import plan_id
from reconciler.render import grouping, labels
from reconciler.render.escape import code, prose
from reconciler.render.grouping import AVERTED, TOGETHER, Due, Group, Stopped, Told, sections
from reconciler.render.markdown_tables import OPEN_ROWS, Part, Table, fit

LIMIT = 60_000
"""GitHub takes comments of up to 65,536 characters."""

NAMED_PEOPLE = 10
"""How many people of a team are named; the plan file has them all."""

TOGETHER_IN_A_ROW = 25
"""How many people who are warned alike share a row."""

_WARNING_UNDATED = "These seats will be taken back by a rule, unless used before then."
_LONGEST_NAME = 100
_LONGEST_TEXT = 400
_SIGNS = {Action.DELETE: "−", Action.CREATE: "+", Action.NO_OP: "·"}


def plan_markdown(plan: Plan, *, limit: int = LIMIT) -> str:
    """Return *plan* as Markdown of at most *limit* characters, with what is taken away first."""
    parts: list[Part] = [
        _opening(plan),
        *_alarm(plan.withheld),
        *_sections(plan),
        *_withheld(plan.withheld, plan.checks),
        *_notices(plan.notices, grouping.unmanageable(plan.told)),
        *_checks(plan.checks),
    ]
    return fit(parts, _closing(plan), limit)


def report_markdown(report: Report, *, limit: int = LIMIT) -> str:
    """Return *report* as Markdown of at most *limit* characters, with what needs a look first."""
    parts: list[Part] = [
        f"### Copilot seats of {_name(report.organization.login)}: apply",
        *(f"**{prose(text)}**" for text in labels.refused_for_all(report)),
        f"**{labels.report_verdict(report)}**",
        *_rest(report),
        *_alarm(report.withheld),
        *_outcomes(report),
        *_withheld(report.withheld, report.checks),
        *_notices(report.notices, grouping.unmanageable(report.notices)),
    ]
    took = labels.span(report.started_at, report.finished_at)
    return fit(parts, f"It took {took}.\n\n{_names(report.plan_id, report.ledger_head)}", limit)


# --- the parts of a plan ------------------------------------------------------------------------


def _opening(plan: Plan) -> str:
    source = f"{_name(plan.path)} against {_name(plan.organization.login)}"
    guards = f" Guards and exemptions of {_name(plan.parts.base)}." if plan.parts else ""
    return (
        f"### Copilot seats of {_name(plan.organization.login)}\n\n"
        f"**{labels.verdict(plan)}**\n\n"
        f"{source}, read {labels.minute(plan.made_at)}. {labels.seats(plan)}.{guards}"
    )


def _alarm(withheld: Sequence[Withheld]) -> list[Part]:
    if not withheld:
        return []
    are = labels.count(len(withheld), "change is", "changes are")
    return [f"> [!WARNING]\n> {are} withheld by guards; see below for the way out."]


def _sections(plan: Plan) -> list[Part]:
    parts: list[Part] = []
    for section in sections(plan):
        if section.title:
            parts.append(f"### {section.title}")
        parts += _changes(section.changes, Action.DELETE)
        parts += _changes(section.changes, Action.CREATE)
        parts += _averted(section.averted)
        if section.nothing:
            parts.append(section.nothing)
    return [*parts, f"### {TOGETHER}"] if plan.parts is not None else parts


def _averted(changes: Sequence[Change]) -> list[Part]:
    if not changes:
        return []
    caption = f"#### {AVERTED.format(number=labels.count(len(changes), 'change'))}"
    rows = tuple(_change(change, change.text, "", averted=True) for change in changes)
    return [Table(caption, ("", "Who", "What", "Where"), rows)]


def _changes(changes: Sequence[Change], action: Action) -> list[Part]:
    groups = grouping.groups(changes, action)
    if not groups:
        return []
    title = labels.reach(action, grouping.size(groups), grouping.reach(groups))
    return [f"#### {title}", *map(_group, groups)]


def _group(group: Group, besides: Callable[[Change], str] = lambda _: "") -> Table:
    rule = f" by rule {_name(group.unnamed_rule)}" if group.unnamed_rule else ""
    caption = _caption(_name(group.reason) + rule, len(group.changes), group.meaning)
    rows = [_change(change, group.own(change), besides(change)) for change in group.changes]
    return Table(caption, ("", "Who", "Why", "Where"), tuple(rows))


def _caption(name: str, number: int, meaning: str) -> str:
    return f"**{name}** ({number:,}): {_text(meaning)}".removesuffix(": ")


def _change(change: Change, text: str, more: str, *, averted: bool = False) -> str:
    team = change.resource is Resource.TEAM
    who = f"team {_name(change.name)}" if team else _name(change.name)
    people = _people(change) if team else ""
    why = "<br>".join(part for part in (_text(text), people, _text(more)) if part)
    where = _place(change.provenance[0]) if change.provenance else ""
    if averted:
        what = f"{change.action} {_name(change.reason)}: {why}".removesuffix(": ")
        return _row(_SIGNS[Action.NO_OP], who, what, where)
    return _row(_SIGNS[change.action], who, why, where)


def _people(change: Change) -> str:
    names = sorted((person.login for person in change.people if person.login), key=str.lower)
    number = labels.people(len(change.people))
    if not names:
        return number
    left = len(names) - NAMED_PEOPLE
    more = f" and {left:,} more" if left > 0 else ""
    return f"{number}: {', '.join(map(_name, names[:NAMED_PEOPLE]))}{more}"


def _withheld(withheld: Sequence[Withheld], checks: Sequence[Check]) -> list[Part]:
    found = grouping.stopped(withheld, checks)
    if not found:
        return []
    title = f"#### Withheld: {labels.count(len(withheld), 'change')}"
    return [title, *(part for one in found for part in _stopped(one))]


def _stopped(one: Stopped) -> list[Part]:
    head = _caption(_name(one.guard), grouping.size(one.groups), one.detail)
    if one.check and one.check.way_out:
        place = f" ({_place(one.check.mark)})" if one.check.mark else ""
        head = f"{head}<br>The way out: {_text(one.check.way_out)}{place}"
    return [
        head,
        *(
            _group(group, lambda change: one.besides.get(change.address, ""))
            for group in one.groups
        ),
    ]


def _notices(notices: Sequence[Notice], unmanageable: Sequence[Notice]) -> list[Part]:
    parts: list[Part] = []
    for each in grouping.warned(notices):
        parts.append(_warned(each))
    told = grouping.told(notices, unmanageable)
    if told:
        rows = tuple(_notice(one, _text(each.title)) for each in told for one in each.notices)
        caption = f"#### Notices ({len(rows):,})"
        parts.append(Table(caption, ("", "Who", "What", "Where"), rows, folded=True))
    return parts


def _warned(told: Told) -> Table:
    """Return who is warned, a row each; many by the day, so that all of them have room."""
    days = grouping.due(told.notices)
    warning = labels.WARNING if any(each.day for each in days) else _WARNING_UNDATED
    caption = f"#### {told.title} ({len(told.notices):,})\n\n{warning}"
    if len(told.notices) <= OPEN_ROWS:
        rows = tuple(_notice(one) for one in told.notices)
        return Table(caption, ("Who", "What", "Where"), rows, first=True)
    found = [
        (each, each.names[start : start + TOGETHER_IN_A_ROW])
        for each in days
        for start in range(0, len(each.names), TOGETHER_IN_A_ROW)
    ]
    rows = tuple(_due(each, names) for each, names in found)
    counts = tuple(len(names) for _, names in found)
    return Table(caption, ("When", "Who"), rows, counts=counts, first=True)


def _due(each: Due, names: Sequence[str]) -> str:
    day = f"**{each.day}**" if each.day else ""
    place = f"({_place(each.mark)})" if each.mark else ""
    when = " ".join(part for part in (day, _text(each.text), place) if part)
    return _row(when, ", ".join(filter(None, map(_name, names))))


def _notice(notice: Notice, *first: str) -> str:
    place = _place(notice.mark) if notice.mark else ""
    return _row(*first, _name(notice.subject), _text(notice.text), place)


def _checks(checks: Sequence[Check]) -> list[Part]:
    if not checks:
        return []
    failing = [check.guard for check in checks if check.status is not Status.PASS]
    said = f"{', '.join(map(_name, failing))} did not pass" if failing else "all passed"
    rows = tuple(map(_check, checks))
    return [Table(f"#### Guards: {said}", ("Guard", "Status", "Numbers"), rows, folded=True)]


def _check(check: Check) -> str:
    status = f"**{check.status}**" if check.status is not Status.PASS else str(check.status)
    return _row(_name(check.guard), status, _text(check.detail))


def _closing(plan: Plan) -> str:
    unchanged = labels.unchanged(grouping.unchanged(plan))
    no_op = f"No-op: {unchanged}.\n\n" if unchanged else ""
    fees = f"{_text(labels.fees(plan.cost))} {labels.ESTIMATE}"
    return f"---\n\n{no_op}{fees}\n\n{_names(plan_id(plan), plan.ledger_head)}"


def _names(plan_name: str, head: str | None) -> str:
    ledger = f"ledger head {_name(head)}" if head else "no ledger"
    return f"Plan {_name(plan_name)}, {ledger}"


# --- the parts of a report ----------------------------------------------------------------------


def _rest(report: Report) -> list[Part]:
    rest = labels.rest(report, code)
    return [rest] if rest else []


def _outcomes(report: Report) -> list[Part]:
    return [
        Table(
            f"#### {labels.result(result).capitalize()} ({len(found):,}): {labels.RESULTS[result]}",
            ("", "Who", "Why", "Request"),
            tuple(map(_outcome, found)),
            folded=result is Result.DONE,
        )
        for result, found in grouping.results(report).items()
    ]


def _outcome(outcome: Outcome) -> str:
    kind, _, name = outcome.address.partition(".")
    who = f"team {_name(name)}" if kind == Resource.TEAM else _name(name)
    why = ": ".join(part for part in (_name(outcome.reason), _text(outcome.text)) if part)
    return _row(_SIGNS[outcome.action], who, why, _name(outcome.request_id or ""))


# --- cells --------------------------------------------------------------------------------------


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _name(text: str) -> str:
    return code(_clipped(text, _LONGEST_NAME))


def _text(text: str) -> str:
    return prose(_clipped(text, _LONGEST_TEXT))


def _place(mark: Mark) -> str:
    return _name(f"{mark.file}:{mark.line}")


def _clipped(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"
