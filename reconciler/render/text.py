"""Plans and reports as a person reads them in a terminal or a log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from reconciler.model.diagnostics import Mark
from reconciler.model.plan import Action, Change, Check, Notice, Plan, Resource, Withheld
from reconciler.model.report import Outcome, Report, Result
from reconciler.planfile import plan_id
from reconciler.render import grouping, labels
from reconciler.render.columns import (
    Paint,
    Row,
    cells,
    finish,
    name_column,
    paragraph,
    rows,
)
from reconciler.render.escape import visible
from reconciler.render.grouping import AVERTED, TOGETHER, Group, sections

NAMED_PEOPLE = 10
"""How many people of a team are named; the plan file has them all."""

_SIGNS = {Action.DELETE: "-", Action.CREATE: "+", Action.NO_OP: "*"}

Block = list[str]


def plan_text(plan: Plan, *, colour: bool, width: int | None = None) -> str:
    """Return *plan* as text: what is taken away first, then what is given, then all that is told.

    Without *width* no line is broken, which suits files and logs.
    """
    page = _Page(Paint(colour), width)
    return finish(
        [
            _opening(plan, page),
            *_sections(plan, page),
            *_withheld(plan.withheld, plan.checks, page),
            *_troubled(grouping.troubled(plan), page),
            *_notices(plan.notices, grouping.unmanageable(plan.told), page),
            _totals(plan, page),
            _names(plan_id(plan), plan.ledger_head, page),
        ]
    )


def report_text(report: Report, *, colour: bool, width: int | None = None) -> str:
    """Return *report* as text: what needs a look first, and every change once."""
    page = _Page(Paint(colour), width)
    return finish(
        [
            [page.paint.bold(f"Apply to {visible(report.organization.login)}")],
            *(
                list(map(page.paint.red, paragraph(text, page.width)))
                for text in labels.refused_for_all(report)
            ),
            *_outcomes(report, page),
            *_withheld(report.withheld, report.checks, page),
            *_notices(report.notices, grouping.unmanageable(report.notices), page),
            _result(report, page),
            _names(report.plan_id, report.ledger_head, page),
        ]
    )


@dataclass(frozen=True, slots=True)
class _Page:
    """What every section needs to know of the paper."""

    paint: Paint
    width: int | None

    def title(self, text: str) -> Block:
        return [self.paint.bold(line) for line in paragraph(text, self.width)]

    def headline(self, text: str) -> Block:
        """Return the heading over a part of the page: underlined, to stand above titles."""
        return [self.paint.bold(text), self.paint.dim("=" * cells(text))]

    def subtitle(self, name: str, number: int, meaning: str, indent: int = 2) -> Block:
        """Return the line above a list: a name, how many there are, and what it means."""
        head = f"{visible(name)} ({number:,})"
        lines = paragraph(f"{head}  {visible(meaning)}", self.width, indent)
        return [lines[0].replace(head, self.paint.bold(head), 1), *lines[1:]]

    def groups(
        self, groups: Sequence[Group], besides: Mapping[str, str] | None = None, indent: int = 2
    ) -> list[Block]:
        """Return one block for each group of changes, with what is said *besides* of some."""
        heads = [
            self.subtitle(group.cause, len(group.changes), group.meaning, indent)
            for group in groups
        ]
        lists = [
            [
                _change(one, group.own(one), (besides or {}).get(one.address))
                for one in group.changes
            ]
            for group in groups
        ]
        return self.lists(heads, lists)

    def lists(self, heads: Sequence[Block], lists: Sequence[Sequence[Row]]) -> list[Block]:
        """Return one block for each head with its list; all lists share the column of names."""
        name = name_column([row for each in lists for row in each])
        return [
            [*head, *rows(each, self.paint, self.width, name)]
            for head, each in zip(heads, lists, strict=True)
        ]


# --- the parts of a plan ------------------------------------------------------------------------


def _opening(plan: Plan, page: _Page) -> Block:
    nothing = not plan.changes and not plan.withheld
    title = labels.verdict(plan) if nothing else labels.title(plan)
    paint = page.paint.green if nothing else page.paint.bold
    organization = f"{plan.organization.login} on {plan.organization.host}"
    source = f"{plan.path} against {organization}, read {labels.minute(plan.made_at)}"
    facts = [visible(source), labels.seats(plan)]
    if plan.undoes is not None:
        facts.insert(0, visible(labels.undoes(plan.undoes)))
    if plan.parts is not None:
        facts.append(f"guards and exemptions of {visible(plan.parts.base)}")
    return [
        *(paint(line) for line in paragraph(title, page.width)),
        *(line for fact in facts for line in paragraph(fact, page.width, 2)),
    ]


def _sections(plan: Plan, page: _Page) -> list[Block]:
    blocks: list[Block] = []
    for section in sections(plan):
        if section.title:
            blocks.append(page.headline(section.title))
        blocks += _changes(section.changes, Action.DELETE, page)
        blocks += _changes(section.changes, Action.CREATE, page)
        blocks += _averted(section.averted, page)
        if section.nothing:
            blocks.append(paragraph(section.nothing, page.width, 2))
    return [*blocks, page.headline(TOGETHER)] if plan.parts is not None else blocks


def _averted(changes: Sequence[Change], page: _Page) -> list[Block]:
    if not changes:
        return []
    head = page.title(AVERTED.format(number=labels.count(len(changes), "change")))
    found = [
        replace(row, text=f"{one.action} {one.reason}: {row.text}", sign=_SIGNS[Action.NO_OP])
        for one in changes
        for row in [_change(one, one.text, None)]
    ]
    return page.lists([head], [found])


def _changes(changes: Sequence[Change], action: Action, page: _Page) -> list[Block]:
    groups = grouping.groups(changes, action)
    if not groups:
        return []
    title = labels.reach(action, grouping.size(groups), grouping.reach(groups))
    return [page.title(title), *page.groups(groups)]


def _change(change: Change, text: str, more: str | None) -> Row:
    people = [_people(change)] if change.resource is Resource.TEAM else []
    return Row(
        _SIGNS[change.action],
        _name(change),
        visible(text),
        _place(change.provenance[0]) if change.provenance else "",
        (*people, *([visible(more)] if more else [])),
    )


def _name(change: Change) -> str:
    team = change.resource is Resource.TEAM
    name = visible(change.name).strip() or "(no name)"
    return f"team {name}" if team else name


def _people(change: Change) -> str:
    names = sorted((visible(one.login) for one in change.people if one.login), key=str.lower)
    number = labels.people(len(change.people))
    if not names:
        return number
    shown = ", ".join(names[:NAMED_PEOPLE])
    left = len(names) - NAMED_PEOPLE
    more = f" and {left:,} more: see the JSON plan" if left > 0 else ""
    return f"{number}: {shown}{more}"


def _withheld(withheld: Sequence[Withheld], checks: Sequence[Check], page: _Page) -> list[Block]:
    found = grouping.stopped(withheld, checks)
    if not found:
        return []
    number = labels.count(len(withheld), "change")
    title = page.title(f"Withheld: {number}, stopped by {labels.count(len(found), 'guard')}")
    blocks = [[page.paint.yellow(line) for line in title]]
    for one in found:
        head = [
            *page.subtitle(one.guard, grouping.size(one.groups), one.detail),
            *_way_out(one.check, page),
        ]
        lists = page.groups(one.groups, one.besides, indent=4)
        blocks.append([*head, *(line for each in lists for line in each)])
    return blocks


def _way_out(check: Check | None, page: _Page) -> Block:
    if check is None or not check.way_out:
        return []
    place = f" ({_place(check.mark)})" if check.mark else ""
    return paragraph(f"The way out: {visible(check.way_out)}{place}", page.width, 4)


def _troubled(checks: Sequence[Check], page: _Page) -> list[Block]:
    if not checks:
        return []
    found = [
        Row("!", visible(check.guard), f"{check.status}: {visible(check.detail)}", below=way)
        for check in checks
        for way in [tuple(line.strip() for line in _way_out(check, _Page(page.paint, None)))]
    ]
    return page.lists([page.title("Guards that did not pass, and had nothing to stop")], [found])


def _notices(notices: Sequence[Notice], unmanageable: Sequence[Notice], page: _Page) -> list[Block]:
    found = (*grouping.warned(notices), *grouping.told(notices, unmanageable))
    heads = [page.title(f"{visible(each.title)} ({len(each.notices):,})") for each in found]
    return page.lists(heads, [[_notice(each.sign, one) for one in each.notices] for each in found])


def _notice(sign: str, notice: Notice) -> Row:
    place = _place(notice.mark) if notice.mark else ""
    return Row(sign, visible(notice.subject).strip(), visible(notice.text), place)


def _totals(plan: Plan, page: _Page) -> Block:
    nothing = not plan.changes and not plan.withheld
    unchanged = labels.unchanged(grouping.unchanged(plan))
    return [
        *([] if nothing else page.title(labels.verdict(plan))),
        *(paragraph(f"No-op: {unchanged}.", page.width) if unchanged else []),
        *paragraph(visible(labels.fees(plan.cost)), page.width),
        *map(page.paint.dim, paragraph(labels.ESTIMATE, page.width)),
    ]


def _names(plan_name: str, head: str | None, page: _Page) -> Block:
    ledger = f"Ledger head {visible(head)}" if head else "No ledger"
    return [page.paint.dim(line) for line in (f"Plan {visible(plan_name)}", ledger)]


def _place(mark: Mark) -> str:
    return f"{visible(mark.file)}:{mark.line}"


# --- the parts of a report ----------------------------------------------------------------------


def _outcomes(report: Report, page: _Page) -> list[Block]:
    found = grouping.results(report)
    heads = [
        page.subtitle(labels.result(result), len(outcomes), labels.RESULTS[result])
        for result, outcomes in found.items()
    ]
    return page.lists(heads, [[_outcome(one) for one in each] for each in found.values()])


def _outcome(outcome: Outcome) -> Row:
    named = outcome.request_id is None or outcome.request_id in outcome.text
    request = "" if named else f"request {visible(outcome.request_id or '')}"
    text = f"{outcome.reason}: {visible(outcome.text)}" if outcome.text else str(outcome.reason)
    return Row(_SIGNS[outcome.action], visible(grouping.name_of(outcome)), text, request)


def _result(report: Report, page: _Page) -> Block:
    paint = page.paint.yellow if report.withheld else page.paint.green
    if report.count(Result.DONE) + report.count(Result.SKIPPED) < len(report.outcomes):
        paint = page.paint.red
    took = labels.span(report.started_at, report.finished_at)
    rest = labels.rest(report, visible)
    return [
        *map(paint, paragraph(labels.report_verdict(report), page.width)),
        *(paragraph(rest, page.width) if rest else []),
        *paragraph(f"It took {took}.", page.width),
    ]
