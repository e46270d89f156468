"""The words that every output shares: for reasons, notices, results, numbers, times and money."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal

from reconciler.model.plan import Action, Cost, Plan, Reason, Resource, Undoes
from reconciler.model.report import Report, Result
from reconciler.render.escape import visible
from reconciler.wording.reasons import MEANINGS

REASONS: Mapping[Reason, str] = MEANINGS
"""What each reason for a change means; every no-op's reason speaks in its own text."""

RESULTS = {
    Result.FAILED: "GitHub refused or did not do it",
    Result.UNCONFIRMED: "sent and accepted, but the seats do not show it yet",
    Result.NOT_TRIED: "never sent",
    Result.SKIPPED: "no longer called for",
    Result.DONE: "done and seen",
}
"""What each result means, in the order of telling: what needs a look comes first."""

NOTICES = {
    "empty_team": "Claimed teams without members",
    "enterprise_team": "Enterprise teams",
    "exempt": "Spared by every rule",
    "exemption_over": "Exemptions that are over",
    "future_activity": "Activity dated in the future",
    "gone": "Gone from GitHub",
    "held_by_team": "Held by a team",
    "held_up": "Due without this change, and withheld with it",
    "identity": "Names and ids that do not match",
    "in_flight": "Sent and not seen yet",
    "members_unread": "Not read",
    "merged": "Changed by the merge: for this apply guards and exemptions of before count as well",
    "needs_ledger": "Missing for want of a ledger",
    "not_a_member": "Not active members of the organisation",
    "not_undone": "Not undone",
    "observed": "What observed rules would do",
    "on_hold": "On hold",
    "override_expired": "Overrides that are over",
    "override_unused": "Overrides that nothing needs",
    "redone": "The next plan does this again, unless the file is changed",
    "reinstate_ahead": "Reinstatements to come",
    "renamed": "Renamed",
    "taken_later": "Taken back again later",
    "unfinished": "Unfinished",
    "unknown_name": "Names that GitHub does not know",
    "unknown_team": "Teams that GitHub does not know",
    "unknown_user": "Logins that GitHub does not know",
    "unread_row": "Rows of GitHub's list that are not understood",
    "unmerged": "Guards and exemptions that count only once merged",
    "wrong_id": "Ids in the file that are not the login's",
}
"""Headings for notices; a kind that is not here is its own heading."""

WARNED = "Warned: taken back later by a rule, unless used"
WARNING = "These seats will be taken back on the day named or soon after, unless used before then."
UNMANAGED = "Can't be managed from here"

ESTIMATE = (
    "An estimate of fees of the seats managed here, so without those of enterprise teams and"
    " without assignee, and without taxes, discounts and usage."
    " What is cancelled is paid for until the billing cycle ends."
)


def count(number: int, noun: str, many: str | None = None) -> str:
    """Return *number* with *noun* in the right number: `1 seat`, `1,200 seats`."""
    return f"{number:,} {noun if number == 1 else many or noun + 's'}"


def people(number: int) -> str:
    return count(number, "person", "people") if number else "nobody"


def reach(action: Action, changes: int, who: int) -> str:
    """Return the title over all changes of one action: how many, and for how many people."""
    effect = "taking seats from" if action is Action.DELETE else "giving seats to"
    return f"{action.capitalize()}: {count(changes, 'change')}, {effect} {people(who)}"


def result(code: Result) -> str:
    return code.replace("_", " ")


def minute(at: datetime) -> str:
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "minutes") + " UTC"


def span(started: datetime, finished: datetime) -> str:
    """Return how long something took: `34 s`, `2 min 5 s`."""
    minutes, seconds = divmod(max(0, round((finished - started).total_seconds())), 60)
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


def fees(cost: Cost) -> str:
    """Return the licence fees before and after."""
    if cost.before == cost.after:
        return f"Licence fees a month: {_amount(cost.before)} {cost.currency}, as before."
    return (
        f"Licence fees a month: {_amount(cost.before)} -> {_amount(cost.after)} {cost.currency}"
        f" ({cost.after - cost.before:+,.2f})."
    )


def _amount(amount: Decimal) -> str:
    return f"{amount:,.2f}"


def seats(plan: Plan) -> str:
    """Return how many seats were read and how fresh their activity is."""
    newest = plan.observed.newest_activity_at
    activity = f"newest activity {minute(newest)}" if newest else "no activity on record"
    pending = f"{plan.observed.pending_cancellation:,} pending cancellation"
    return f"{count(plan.observed.seats, 'seat')}, {pending}; {activity}"


def unchanged(numbers: Mapping[Reason, int]) -> str:
    """Return how many no-ops there are of each reason: `290 held, 5 on hold`."""
    return ", ".join(f"{n:,} {code.replace('_', ' ')}" for code, n in numbers.items())


def heading(kind: str) -> str:
    """Return the heading for notices of *kind*."""
    return NOTICES.get(kind) or kind.replace("_", " ").capitalize()


def totals(plan: Plan) -> str:
    """Return a plan's totals as terraform's users know them."""
    summary = plan.summary
    parts = [f"{summary.create:,} to create", f"{summary.delete:,} to delete"]
    if summary.withheld:
        parts.append(f"{summary.withheld:,} withheld")
    return ", ".join([*parts, f"{summary.no_op:,} no-op"])


def title(plan: Plan) -> str:
    """Return what *plan* is and for whom."""
    what = "Plan" if plan.undoes is None else "Undo"
    return f"{what} for {visible(plan.organization.login)}"


def undoes(undone: Undoes) -> str:
    """Say which apply is undone."""
    return f"undoes the apply of {minute(undone.started)}, plan {undone.plan_id}"


def verdict(plan: Plan) -> str:
    """Return the one sentence that says what a plan comes to."""
    if plan.changes:
        return f"{'Plan' if plan.undoes is None else 'Undo'}: {totals(plan)}."
    if plan.withheld:
        all_of_it = count(len(plan.withheld), "change is", "changes are")
        return f"Nothing may be done: {all_of_it} withheld by guards."
    if plan.undoes is not None:
        return "Nothing to undo."
    sent = sum(one.reason is Reason.IN_FLIGHT for one in plan.decisions)
    if sent:
        return f"No changes now: {count(sent, 'change')} sent, and not visible on GitHub yet."
    return "No changes. The seats are as the file says."


def headline(plan: Plan) -> str:
    """Return a plan as half a line, for heartbeats and logs: `acme: no changes, 298 no-op`."""
    if plan.changes or plan.withheld:
        return f"{visible(plan.organization.login)}: {totals(plan)}"
    return f"{visible(plan.organization.login)}: no changes, {plan.summary.no_op:,} no-op"


def result_counts(report: Report) -> str:
    """Return how many outcomes there are of each result that occurs: `12 done, 1 failed`."""
    counts = [(report.count(code), code) for code in reversed(RESULTS)]
    return ", ".join(f"{number:,} {result(code)}" for number, code in counts if number)


def report_verdict(report: Report) -> str:
    """Return what an apply came to, and how much of it guards withheld."""
    planned, withheld = len(report.outcomes), len(report.withheld)
    held = f"{count(withheld, 'change is', 'changes are')} withheld by guards."
    if not planned:
        return f"Nothing was done: {held}" if withheld else "Nothing to do: no change was planned."
    said = f"{count(planned, 'change')} planned: {result_counts(report)}."
    if report.count(Result.DONE) == planned:
        said = f"Done: {count(planned, 'change', 'changes')}, each one seen on GitHub."
    return f"{said} {held}" if withheld else said


_REFUSED_KINDS = {
    (Resource.USER, Action.CREATE): "to assign seats to users",
    (Resource.USER, Action.DELETE): "to cancel seats of users",
    (Resource.TEAM, Action.CREATE): "to assign seats to teams",
    (Resource.TEAM, Action.DELETE): "to cancel seats of teams",
}


def refused_for_all(report: Report) -> tuple[str, ...]:
    """Return what GitHub refused for everybody, each in its words and with what was left."""
    return tuple(
        f"GitHub refused {_REFUSED_KINDS[one.resource, one.action]}, whoever they are for. "
        f"{visible(one.text)} Tried alone: {one.tried:,}. Not tried: {one.not_tried:,}."
        for one in report.refused_for_all
    )


_LEFT = (Result.FAILED, Result.NOT_TRIED, Result.UNCONFIRMED)


def rest(report: Report, shown: Callable[[str], str]) -> str:
    """Say what becomes of what an apply left, with the command as *shown*; nothing for no rest."""
    if not any(map(report.count, _LEFT)):
        return ""
    stays = "What is done stays done; the" if report.count(Result.DONE) else "The"
    said = f"{stays} next plan has the rest again"
    if report.unfinished:
        done = "What is done stays done. " if report.count(Result.DONE) else ""
        said = f"{done}An error stopped the rest. To finish it, run"
    if report.interrupted:
        said = f"The run ended before its end. {stays} rest goes on when it is run again"
    return f"{said}: {shown(report.again)}" if report.again else f"{said}."
