"""Plans whose every word was written by somebody who means harm."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st
from render_samples import NOW, RULE, medium, report

from reconciler.model.diagnostics import Mark
from reconciler.model.observed import Organization
from reconciler.model.plan import (
    Action,
    Change,
    Check,
    Decision,
    Notice,
    Parts,
    Person,
    Plan,
    Reason,
    Resource,
    Status,
    Verdict,
    Withheld,
)
from reconciler.model.report import Report, Result

TRICKS = (
    "@octocat",
    "@acme/admins",
    "#12",
    "GH-12",
    "acme/repo#3",
    "https://evil.example/x",
    "www.evil.example",
    "me@evil.example",
    "![x](https://evil.example/x.png)",
    "[x](javascript:alert(1))",
    "[x]: https://evil.example",
    "<!-- copilot-seats -->",
    "-->",
    "<img src=x onerror=y>",
    "</details>",
    "&lt;script&gt;",
    "&#64;octocat",
    "`",
    "``",
    "```",
    "~~~",
    "|",
    "\\",
    "\\|",
    "**",
    "__",
    "$x$",
    "\n",
    "\r\n",
    "\n\n# heading\n",
    "\n- item",
    "\n::error::x",
    "::add-mask::x",
    "##[add-mask]x",
    "\x1b[2J",
    "\x9b31m",
    "\x07",
    "\t",
    "\x00",
    "\u202e",
    "\u2066",
    "\u200b",
    "\ufeff",
    "\u2028",
    "\ud800",
    "\U000e0041",
    "  ",
    "1. ",
    "- ",
    "+ ",
    "> ",
    "---",
    "日本語",
    "é",
    "; ",
)

words = st.lists(st.sampled_from(TRICKS) | st.text(max_size=4), max_size=5).map("".join)
names = words.filter(bool)
ids = st.integers(1, 9999)
marks = st.builds(Mark, names, st.integers(1, 999), st.integers(1, 99)) | st.just(RULE)
people = st.builds(Person, ids, names)


@st.composite
def changes(draw: st.DrawFn) -> Change:
    """A change with its own id, so that two are never the same."""
    resource = draw(st.sampled_from(Resource))
    reason = draw(st.sampled_from(list(Reason)[:8]))
    action = Action.CREATE if list(Reason).index(reason) < 3 else Action.DELETE
    name, number = draw(names), draw(ids)
    who = (Person(number, name),)
    if resource is Resource.TEAM:
        who = tuple(draw(st.lists(people, max_size=12)))
    return Change(
        resource,
        action,
        number,
        name,
        reason,
        draw(words),
        who,
        tuple(draw(st.lists(marks, max_size=2))),
        draw(st.none() | words),
    )


statuses = st.sampled_from(Status)
checks = st.builds(Check, names, statuses, words, words, st.none() | marks)
kinds = st.sampled_from(["warn", "exempt", "unmanageable"]) | names
notices = st.builds(Notice, kinds, words, words, st.none() | marks)
decisions = st.builds(
    Decision,
    st.sampled_from(Resource),
    ids,
    names,
    st.just(Action.NO_OP),
    st.just(Reason.UNMANAGEABLE),
    st.just(Verdict.UNGOVERNED),
    words,
)


def few(strategy: st.SearchStrategy) -> st.SearchStrategy:
    return st.lists(strategy, max_size=4).map(tuple)


@st.composite
def parts(draw: st.DrawFn, found: tuple[Change, ...]) -> Parts:
    """Parts of a plan with the changes *found*."""
    due = draw(st.lists(st.sampled_from(found))) if found else []
    addresses = frozenset(change.address for change in due)
    return Parts(draw(names), "0" * 64, addresses, draw(few(changes())))


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    found = draw(few(changes()))
    base = medium()
    return replace(
        base,
        organization=Organization(9919, draw(names), draw(names)),
        path=draw(names),
        changes=found,
        withheld=tuple(
            Withheld(draw(names), change, draw(words)) for change in draw(few(changes()))
        ),
        checks=draw(few(checks)),
        notices=draw(few(notices)),
        decisions=draw(few(decisions)),
        cost=replace(base.cost, currency=draw(names)),
        ledger_head=draw(st.none() | names),
        parts=draw(st.none() | parts(found)),
    )


@st.composite
def reports(draw: st.DrawFn) -> Report:
    made = report(draw(plans()), {draw(st.sampled_from(Result)): draw(words) for _ in range(3)})
    outcomes = tuple(replace(one, request_id=draw(st.none() | words)) for one in made.outcomes)
    return replace(made, outcomes=outcomes, plan_id=draw(names), finished_at=NOW)
