"""Plans and reports made by hand, in the sizes in which people meet them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from reconciler.model.diagnostics import Diagnostic, Mark, Severity
from reconciler.model.observed import Organization
from reconciler.model.plan import (
    Action,
    Change,
    Check,
    Cost,
    Decision,
    Notice,
    ObservedSummary,
    Parts,
    Person,
    Plan,
    Reason,
    Resource,
    Status,
    Summary,
    Verdict,
    Withheld,
)
from reconciler.model.report import Outcome, Report, Result

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
ACME = Organization(9919, "acme", "https://api.github.com")
RULE = Mark("policies/standard.yml", 8, 5)
SEATS = "seats.yml"

FIRST = ["ada", "bert", "cora", "dino", "elin", "fritz", "gwen", "hugo"]
FIRST += ["ines", "jan", "kira", "lars", "mona", "nils", "olga", "pete"]
LAST = ["-archer", "-boswell", "-cole", "-de-vries", "-eriksson", "-fontane", "_acme"]


def login(number: int) -> str:
    """Return a login, another one for each number."""
    name = FIRST[number % len(FIRST)] + LAST[number // len(FIRST) % len(LAST)]
    turn = number // (len(FIRST) * len(LAST))
    return f"{name}{turn or ''}"


def person(number: int) -> Person:
    given = NOW - timedelta(days=60 + number % 300)
    return Person(48_000 + number, login(number), given, NOW - timedelta(days=31 + number % 50))


def user(number: int, action: Action, reason: Reason, text: str = "") -> Change:
    """Return a change of one person."""
    who = person(number)
    by_rule = reason in (Reason.IDLE, Reason.UNUSED)
    days = 31 + number % 50
    last = (NOW - timedelta(days=days)).date()
    texts = {
        Reason.IDLE: f"idle for {days} days (last active {last}); rule 'everyone' takes a seat back"
        " after 30 days",
        Reason.UNUSED: f"never used in {days} days; "
        "rule 'everyone' takes a seat back after 14 days",
        Reason.UNDECLARED: "no entry of the file claims this seat",
        Reason.EXPIRED: "the entry ended on 2026-10-31",
        Reason.DECLARED: "claimed by its entry",
        Reason.RENEW: "pending cancellation on 2026-12-01, and claimed by team data-science",
        Reason.RETURNED: "active on 2026-11-20, after the seat was taken back on 2026-11-02",
    }
    claim = Mark(SEATS, 10 + number % 90, 7)
    return Change(
        Resource.USER,
        action,
        who.id,
        who.login,
        reason,
        text or texts[reason],
        (who,),
        (RULE, claim) if by_rule else (claim,),
        "everyone" if by_rule else None,
    )


def team(slug: str, number: int, action: Action, reason: Reason, who: range, text: str) -> Change:
    """Return a change of a team, for the people of those numbers."""
    people = tuple(person(each) for each in who)
    mark = Mark(SEATS, 5 + number % 7, 7)
    return Change(Resource.TEAM, action, number, slug, reason, text, people, (mark,))


PASSED = (
    Check("row_count", Status.PASS, "310 rows of 310 people read, GitHub counts 310"),
    Check("seat_management", Status.PASS, "assign_selected"),
    Check("evidence", Status.PASS, "newest activity 1 hour ago"),
    Check("memory", Status.PASS, "the ledger remembers"),
)
CANCELLATIONS = Check(
    "max_cancellations_per_cycle", Status.PASS, "12 here + 4 pending of at most 31 (10% of 310)"
)
NOTICES = (
    Notice("exempt", "lisa", "exempt from every rule: parental leave", Mark(SEATS, 41, 5)),
    Notice("exempt", "on-call", "exempt from every rule: needed at night", Mark(SEATS, 42, 5)),
    Notice(
        "renamed", "octocat", "is octokitten now; the file still says octocat", Mark(SEATS, 9, 7)
    ),
    Notice("not_a_member", "guest", "invited, not a member yet: no create", Mark(SEATS, 12, 7)),
    Notice(
        "warn", "walter", "idle for 25 days; taken back after 2026-11-29 by rule 'everyone'", RULE
    ),
    Notice("warn", "wilma-de-vries", "never used in 9 days; taken back after 2026-12-03", RULE),
    Notice("unmanageable", "dora", "holds the seat through the enterprise team ent:all"),
    Notice("unmanageable", "", "a seat without assignee, given 2026-05-01"),
)


def decisions(no_op: int, changes: tuple[Change, ...]) -> tuple[Decision, ...]:
    """Return a decision for each of *changes*, and no-ops."""
    decided = [
        Decision(c.resource, c.id, c.name, c.action, c.reason, Verdict.ACTIVE, c.text)
        for c in changes
    ]
    for number in range(no_op):
        who = person(5000 + number)
        reason = Reason.ON_HOLD if number % 20 == 3 else Reason.HELD
        args = (Resource.USER, who.id, who.login, Action.NO_OP, reason, Verdict.ACTIVE, "held")
        decided.append(Decision(*args))
    return tuple(decided)


def plan(
    changes: tuple[Change, ...] = (),
    withheld: tuple[Withheld, ...] = (),
    checks: tuple[Check, ...] = (CANCELLATIONS, *PASSED),
    notices: tuple[Notice, ...] = (),
    no_op: int = 40,
) -> Plan:
    """Return a plan whose numbers fit its parts."""
    order = {
        (Action.CREATE, Resource.TEAM): 0,
        (Action.CREATE, Resource.USER): 1,
        (Action.DELETE, Resource.TEAM): 2,
        (Action.DELETE, Resource.USER): 3,
    }
    changes = tuple(sorted(changes, key=lambda c: (order[c.action, c.resource], c.name)))
    creates = sum(c.action is Action.CREATE for c in changes)
    gains = len({i for c in changes if c.action is Action.CREATE for i in c.person_ids})
    losses = len({i for c in changes if c.action is Action.DELETE for i in c.person_ids})
    kinds = [notice.kind for notice in notices]
    return Plan(
        organization=ACME,
        made_at=NOW,
        path=SEATS,
        config_sha256="c0ffee" * 10 + "cafe",
        changes=changes,
        withheld=withheld,
        checks=checks,
        notices=notices,
        decisions=decisions(no_op - kinds.count("unmanageable"), changes),
        observed=ObservedSummary(310, 4, NOW - timedelta(minutes=48), "0b5e55ed" * 8),
        summary=Summary(
            create=creates,
            delete=len(changes) - creates,
            no_op=no_op,
            withheld=len(withheld),
            warn=kinds.count("warn"),
            unmanageable=kinds.count("unmanageable"),
        ),
        cost=Cost(Decimal(310 * 19), Decimal((310 + gains - losses) * 19), "USD"),
        applyable=bool(changes),
        ledger_head="1ed9e4" * 10 + "beef",
    )


def nothing() -> Plan:
    return plan(notices=NOTICES[:1] + NOTICES[6:])


def small() -> Plan:
    """Three changes, one of each kind that matters most."""
    return plan(
        (
            user(1, Action.DELETE, Reason.IDLE),
            user(2, Action.DELETE, Reason.UNDECLARED),
            user(3, Action.CREATE, Reason.DECLARED),
        )
    )


def medium() -> Plan:
    """Fifteen changes, teams among them, with everything a plan can tell."""
    changes = (
        team("legacy", 71, Action.DELETE, Reason.UNDECLARED, range(20, 67), "no entry names it"),
        team("interns", 72, Action.DELETE, Reason.EXPIRED, range(80, 81), "ended on 2026-10-31"),
        team("payments", 73, Action.CREATE, Reason.DECLARED, range(90, 94), "claimed by its entry"),
        *(user(n, Action.DELETE, Reason.IDLE) for n in range(1, 6)),
        *(user(n, Action.DELETE, Reason.UNUSED) for n in range(6, 8)),
        user(8, Action.DELETE, Reason.EXPIRED),
        *(user(n, Action.CREATE, Reason.DECLARED) for n in range(9, 11)),
        user(11, Action.CREATE, Reason.RENEW),
        replace(user(12, Action.CREATE, Reason.RETURNED), depends_on=()),
    )
    changes = tuple(
        replace(c, depends_on=("copilot_seat_user.jan-archer",)) if c.name == "legacy" else c
        for c in changes
    )
    return plan(changes, notices=NOTICES, checks=(CANCELLATIONS, *PASSED), no_op=281)


def guarded() -> Plan:
    """Deletes stopped by a guard, one of them because it waits for another."""
    numbers = "35 here + 4 pending of at most 31 (10% of 310)"
    raised = "raise `guards: {max_cancellations_per_cycle: 39}`, or add an override until a day"
    over = Check("max_cancellations_per_cycle", Status.FAIL, numbers, raised, Mark(SEATS, 50, 3))
    unknown = Check("row_count", Status.UNKNOWN, "310 rows read, GitHub counts nothing", "wait")
    stopped = [user(n, Action.DELETE, Reason.IDLE) for n in range(1, 35)]
    gone = team("legacy", 71, Action.DELETE, Reason.UNDECLARED, range(20, 32), "no entry names it")
    refused = user(60, Action.CREATE, Reason.DECLARED)
    withheld = (
        Withheld(over.guard, gone, "waits for copilot_seat_user.pete-archer"),
        *(Withheld(over.guard, one, numbers) for one in stopped),
        Withheld("refused", refused, "GitHub refused this on 2026-11-20: Validation Failed"),
    )
    return plan((user(61, Action.CREATE, Reason.DECLARED),), withheld, (over, unknown, *PASSED[1:]))


BASE = "main/seats.yml"
UNMERGED = (
    Notice(
        "unmerged",
        "max_cancellations_per_cycle",
        "`max_cancellations_per_cycle: 40%` is new: it counts only once merged",
        Mark(SEATS, 50, 3),
    ),
    Notice(
        "unmerged",
        "lisa",
        "the exemption is gone from this file: it counts until that is merged",
        Mark(BASE, 41, 5),
    ),
)


def proposed() -> Plan:
    """The medium plan, held against a base file: most of it was due, and some is no longer."""
    made = medium()
    new = ("interns", "payments", "cora-archer", "kira-archer")
    due = frozenset(one.address for one in made.changes if one.name not in new)
    averted = (
        replace(user(13, Action.CREATE, Reason.DECLARED), provenance=(Mark(BASE, 23, 7),)),
        team("night", 74, Action.DELETE, Reason.UNDECLARED, range(95, 97), "no entry names it"),
        user(14, Action.DELETE, Reason.IDLE),
    )
    parts = Parts(BASE, "ba5e" * 16, due, averted)
    return replace(made, notices=(*UNMERGED, *made.notices), parts=parts)


def untouched() -> Plan:
    """A plan under guards to which the proposed file adds nothing."""
    made = guarded()
    due = frozenset(one.address for one in made.changes)
    return replace(made, parts=Parts(BASE, "ba5e" * 16, due))


def large(number: int = 400) -> Plan:
    """Hundreds of changes."""
    share = number // 10
    numbers = iter(range(number))

    def some(count: int, action: Action, reason: Reason) -> list[Change]:
        return [user(next(numbers), action, reason) for _ in range(count)]

    changes = (
        *some(share * 6, Action.DELETE, Reason.IDLE),
        *some(share, Action.DELETE, Reason.UNDECLARED),
        *some(share * 2, Action.CREATE, Reason.DECLARED),
        *some(number - share * 9, Action.CREATE, Reason.RENEW),
    )
    return plan(changes, notices=NOTICES, no_op=900)


def report(made: Plan, results: dict[Result, str] | None = None) -> Report:
    """Return a report on *made*: all done, or the *results* in turn with their texts."""
    turns = list((results or {Result.DONE: ""}).items())
    outcomes = tuple(
        Outcome(
            change.address,
            change.action,
            change.reason,
            (result := turns[number % len(turns)])[0],
            result[1],
            "C0DE:1A2B" if result[0] is Result.FAILED else None,
        )
        for number, change in enumerate(made.changes)
    )
    return Report(
        ACME,
        "5d41402abc4b2a76b9719d911017c592",
        NOW + timedelta(hours=1),
        NOW + timedelta(hours=1, seconds=94),
        outcomes,
        made.withheld,
        made.notices,
        made.ledger_head,
        made.checks,
        "copilot-seats plan seats.yml --out plan.json",
    )


MIXED = {
    Result.DONE: "",
    Result.SKIPPED: "no longer planned: active since",
    Result.FAILED: "422 Validation Failed: seat assignment could not be cancelled",
    Result.UNCONFIRMED: "",
    Result.NOT_TRIED: "waits for copilot_seat_user.jan-archer, which failed",
}

PLANS = {
    "nothing": nothing,
    "small": small,
    "medium": medium,
    "guarded": guarded,
    "proposed": proposed,
    "untouched": untouched,
    "large": large,
}


DIAGNOSTICS = (
    Diagnostic(
        Mark(SEATS, 4, 12), "unknown key 'temas'; did you mean 'teams'?", code="unknown-key"
    ),
    Diagnostic(Mark("a,b:c.yml", 9, 1), "100% wrong\nsee line 3", code="a:b,c"),
    Diagnostic(Mark(SEATS, 12, 7), "octocat stands twice", Severity.WARNING),
)
