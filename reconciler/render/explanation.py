"""An explanation as a person reads it in a terminal or a log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reconciler.explain import Claimed, Effect, Explanation, Fact, Membership, Ruled, Stance, Step
from reconciler.explain.claims import phase_text
from reconciler.explain.evidence import hold_text
from reconciler.model.diagnostics import Mark
from reconciler.model.observed import Row as SeatRow
from reconciler.model.plan import Action, Notice, Resource, Verdict, Withheld
from reconciler.render import labels
from reconciler.render.columns import Paint, Row, finish, name_column, paragraph, rows
from reconciler.render.escape import visible
from reconciler.render.seatsfile import entry
from reconciler.wording.units import day, day_of, length

Block = list[str]

_TITLES = {
    Effect.KEEPS: "{login} keeps the seat in {org}",
    Effect.LOSES: "{login} loses the seat in {org} with the next apply",
    Effect.GAINS: "{login} gets a seat in {org} with the next apply",
    Effect.RENEWS: "{login} keeps the seat in {org}: the next apply renews it",
    Effect.ENDS: "{login} loses the seat in {org} on {end}: it is pending cancellation",
    Effect.NONE: "{login} has no seat in {org}, and the next apply gives none",
}
_WITHHELD = {
    Effect.KEEPS: "{login} keeps the seat in {org} for now: a guard withholds the change",
    Effect.ENDS: "{login} loses the seat in {org} on {end}: a guard withholds its renewal",
    Effect.NONE: "{login} has no seat in {org}: a guard withholds giving one",
}
_MEMBERSHIPS = {
    Membership.ACTIVE: "an active member of the organisation",
    Membership.INVITED: "invited to the organisation, and not a member yet",
    Membership.OUTSIDE: "not an active member of the organisation",
    Membership.UNREAD: "whose membership was not read",
}
_FACTS = {
    "last_activity_at": "last activity",
    "last_authenticated_at": "last sign-in",
    "created_at": "given",
    "newest_activity_at": "newest of all",
}
_BECOMES = {
    Effect.KEEPS: "the seat stays",
    Effect.LOSES: "the seat is taken back",
    Effect.GAINS: "a seat is given",
    Effect.RENEWS: "the seat is renewed",
    Effect.ENDS: "the seat is left to end",
    Effect.NONE: "no seat",
}
_STEP_SIGNS = {Effect.LOSES: "-", Effect.GAINS: "+", Effect.RENEWS: "+"}
_SIGNS = {Action.DELETE: "-", Action.CREATE: "+", Action.NO_OP: "*"}
_CYCLE = "GitHub's documentation says that a cancelled seat works until the billing cycle ends."


def explanation_text(explanation: Explanation, *, colour: bool, width: int | None = None) -> str:
    """Return *explanation* as text: the answer first, then what it rests on.

    Without *width* no line is broken, which suits files and logs.
    """
    page = _Page(Paint(colour), width)
    told = explanation
    return finish(
        [
            _opening(told, page),
            page.section("Withheld by guards", [_withheld(told, one) for one in told.withheld]),
            page.section("Names", [_notice(one) for one in told.notices]),
            _claims(told, page),
            _rows(told, page),
            _rules(told, page),
            _evidence(told, page),
            _memory(told, page),
            _ahead(told, page),
            _remedies(told, page),
        ]
    )


@dataclass(frozen=True, slots=True)
class _Page:
    """What every section needs to know of the paper."""

    paint: Paint
    width: int | None

    def section(self, title: str, lines: Sequence[Row], more: Sequence[str] = ()) -> Block:
        """Return a title with its list, and *more* paragraphs below; nothing without either."""
        if not lines and not more:
            return []
        listed = rows(lines, self.paint, self.width, name_column(lines)) if lines else []
        said = [line for text in more for line in paragraph(visible(text), self.width, 4)]
        return [self.paint.bold(title), *listed, *said]


def _opening(told: Explanation, page: _Page) -> Block:
    titles = _WITHHELD if told.withheld and told.effect in _WITHHELD else _TITLES
    ends = day(max((row.pending for row in told.rows if row.pending), default=None))
    login, org = visible(told.account.login), visible(told.organization.login)
    title = titles[told.effect].format(login=login, org=org, end=ends)
    decision, organization = told.decision, told.organization
    read = f"{organization.login} on {organization.host}, read {labels.minute(told.made_at)}"
    facts = [
        f"{decision.reason}: {decision.text}",
        *_through(told),
        f"Line {decision.line} of the decision table: {told.line}.",
        _who(told),
        f"{told.path} against {read}",
    ]
    paint = page.paint.red if told.effect in (Effect.LOSES, Effect.ENDS) else page.paint.bold
    return [
        *(paint(line) for line in paragraph(title, page.width)),
        *(line for fact in facts for line in paragraph(visible(fact), page.width, 2)),
    ]


def _through(told: Explanation) -> Iterator[str]:
    """Yield what to know of the changes beside the decision: a team's, what is waited for."""
    for change in told.changes:
        if change.resource is Resource.TEAM:
            yield f"team {change.name}, {change.action} {change.reason}: {change.text}"
        elif change.depends_on:
            yield f"It waits for {', '.join(change.depends_on)}."
    if told.effect is Effect.LOSES:
        yield _CYCLE


def _who(told: Explanation) -> str:
    asked = ""
    if told.asked.lower() != told.account.login.lower():
        asked = f"{told.asked} is now {told.account.login}: "
    teams = f"; in {', '.join(f'team {one}' for one in told.teams)}" if told.teams else ""
    who = f"{told.account.login} (id {told.account.id})"
    return f"{asked}{who}, {_MEMBERSHIPS[told.membership]}{teams}"


def _withheld(told: Explanation, held: Withheld) -> Row:
    change = held.change
    team = "team " if change.resource is Resource.TEAM else ""
    text = f"{change.action} of {team}{change.name} ({change.reason}): {held.text}"
    check = next((one for one in told.checks if one.guard == held.guard), None)
    below = (f"the way out: {visible(check.way_out)}",) if check and check.way_out else ()
    return Row(
        "!", visible(held.guard), visible(text), _place(check.mark if check else None), below
    )


def _notice(notice: Notice) -> Row:
    return Row("!", visible(notice.subject), visible(notice.text), _place(notice.mark))


# --- what it rests on ---------------------------------------------------------------------------


def _claims(told: Explanation, page: _Page) -> Block:
    listed = [_claim(one) for one in told.claims]
    if told.unclaimed is not None:
        listed.append(_claim(told.unclaimed, name="no claim stands"))
    return page.section("What the file says", listed)


def _claim(claimed: Claimed, name: str = "") -> Row:
    reason = f" ({claimed.reason})" if claimed.reason else ""
    text = visible(f"{claimed.text}{reason}")
    return Row("*", name or phase_text(claimed), text, _place(claimed.mark))


def _rows(told: Explanation, page: _Page) -> Block:
    listed = [_row(one) for one in told.rows]
    listed += [
        Row(_SIGNS[one.action], f"team {visible(one.name)}", visible(f"{one.reason}: {one.text}"))
        for one in told.team_decisions
    ]
    none = [] if told.rows else ["GitHub lists no seat for this person."]
    return page.section("What GitHub shows", listed, none)


def _row(row: SeatRow) -> Row:
    name = "direct seat"
    if row.team is not None:
        kind = "enterprise " if row.team.enterprise else "unlisted " if row.team.unlisted else ""
        name = f"through {kind}team {visible(row.team.slug)}"
    state = "live" if row.pending is None else f"pending cancellation on {day(row.pending)}"
    used = (
        f"last active {day_of(row.last_activity_at)}"
        if row.last_activity_at
        else "no activity on record"
    )
    plan = f"; plan {visible(row.plan_type)}" if row.plan_type else ""
    return Row("*", name, f"{state}; given {day_of(row.created_at)}; {used}{plan}")


def _rules(told: Explanation, page: _Page) -> Block:
    exemption = told.exemption
    listed = [] if exemption is None else [_exemption(exemption)]
    listed += [_rule(one) for one in told.rules]
    none = [] if told.rules else ["The file has no rules: no seat is taken back for being idle."]
    return page.section("What the rules say", listed, none)


def _exemption(claimed: Claimed) -> Row:
    text = f"{phase_text(claimed)}: {claimed.text} ({claimed.reason})"
    return Row(">", "exemption", visible(text), _place(claimed.mark))


def _rule(ruled: Ruled) -> Row:
    rule = ruled.rule
    sign = ">" if ruled.stance is Stance.GOVERNS else "*"
    named = f" (named at {rule.named_at})" if rule.named_at is not None else ""
    below = (visible(ruled.terms + named),)
    return Row(sign, visible(rule.name), visible(ruled.text), _place(rule.mark), below)


def _evidence(told: Explanation, page: _Page) -> Block:
    listed = [_fact(one) for one in told.facts]
    if told.clock is not None:
        since = f"{labels.minute(told.clock.started)}, {told.clock.text}"
        ran = f"idle for {length(told.clock.idle_for)}"
        listed.append(Row(">", "idle clock", f"started {since}: {ran}"))
    return page.section("What is known of its use", listed)


def _fact(fact: Fact) -> Row:
    said = f"{labels.minute(fact.at)}, {fact.text}" if fact.at is not None else fact.text
    return Row("*", _FACTS[fact.name], said, below=(fact.meaning,))


def _memory(told: Explanation, page: _Page) -> Block:
    known = told.remembered
    if known is None:
        without = "There is no ledger: nobody can be warned, and nothing keeps a taken seat away."
        return page.section("What the ledger remembers", [], [without])
    listed = []
    if known.hold is not None:
        listed.append(Row("*", "on hold" if known.over is None else "hold", hold_text(known)))
    for warned in known.warnings:
        void = "the idle clock has started anew since: it counts no more"
        text = "on record, and it counts" if warned.counts else void
        listed.append(Row("*", "warned", f"{day_of(warned.at)}: {text}"))
    if known.to_warn:
        text = "not yet: the next `drift` or `apply` records it, and from then the time runs"
        listed.append(Row("!", "warned", text))
    if known.created is not None:
        listed.append(Row("*", "given", f"{day_of(known.created)}, from here"))
    if known.cancelled is not None:
        listed.append(Row("*", "taken back", f"{day_of(known.cancelled)}, from here"))
    none = [] if listed else ["Nothing: no hold, no warning, and no change from here."]
    return page.section("What the ledger remembers", listed, none)


# --- what comes ---------------------------------------------------------------------------------


def _ahead(told: Explanation, page: _Page) -> Block:
    listed = [_step(one, told.remembered is not None) for one in told.ahead]
    return page.section("What will change by itself, if nobody does anything", listed)


def _step(step: Step, ledger: bool) -> Row:
    warns = ledger and step.verdict is Verdict.WARNED and step.effect is Effect.KEEPS
    cause = f"{step.cause}; " if step.cause else ""
    guards = ", ".join(step.withheld_by)
    below = (f"guard {guards} withholds it for as long as it stands",) if guards else ()
    becomes = "warned" if warns else _BECOMES[step.effect]
    if step.effect is Effect.LOSES and step.action is Action.NO_OP:
        becomes = "the seat goes with its team"
    text = f"{cause}{becomes} ({step.reason}): {step.text}"
    sign = "!" if warns else _STEP_SIGNS.get(step.effect, "*")
    return Row(sign, day_of(step.at), visible(text), _place(step.mark), below)


def _remedies(told: Explanation, page: _Page) -> Block:
    listed = []
    for remedy in told.remedies:
        below: tuple[str, ...] = ()
        if remedy.section is not None:
            below = (f"under `{remedy.section}:` add", entry(remedy.entry))
        listed.append(Row("*", "", visible(remedy.text), _place(remedy.mark), below))
    return page.section("What would change it", listed)


def _place(mark: Mark | None) -> str:
    return "" if mark is None else visible(str(mark))
