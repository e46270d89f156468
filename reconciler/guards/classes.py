"""Guards that know before any decision: counts, settings, names, evidence, memory."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from reconciler.decide.names import Fate, is_enterprise
from reconciler.decide.state import Look
from reconciler.guards.checks import (
    NO_WAY,
    Blocks,
    Guard,
    Overrides,
    allow_true,
    check_of,
    deletes,
    everything,
    passing,
    rule_deletes,
    undeclared_deletes,
)
from reconciler.model.desired import Phase, Undeclared
from reconciler.model.diagnostics import Mark
from reconciler.model.observed import Counted
from reconciler.model.plan import Change, Resource, Status
from reconciler.wording.units import ago, length, plural


def class_guards(look: Look) -> tuple[Guard, ...]:
    """Evaluate the guards that block a class of changes whatever the plan is."""
    overrides = Overrides(look)
    return (
        _row_count(look, overrides),
        _seat_management(look),
        _empty(look, overrides),
        _unknown_team(look),
        _unknown_user(look),
        _unknown_name(look),
        _identity(look),
        _evidence(look),
        _memory(look),
    )


def _row_count(look: Look, overrides: Overrides) -> Guard:
    observed = look.observed
    said = observed.total if observed.total is not None else observed.billing.total
    numbers = (
        f"{plural(len(observed.rows), 'row')} of {plural(len(look.seats), 'person', 'people')} "
        f"read, GitHub counts {said if said is not None else 'nothing'}"
    )
    if observed.unread:
        return _unread_rows(look, overrides, numbers)
    if observed.counted is Counted.AGREES:
        return passing("row_count", numbers)
    unstable = observed.counted is Counted.UNSTABLE
    blocks: Blocks = everything if unstable else deletes
    twice = {Counted.UNSTABLE: "; two readings differ", Counted.DISAGREES: ", twice the same"}
    detail = numbers + twice.get(observed.counted, "")
    if overrides.lifts("row_count"):
        return passing("row_count", f"{detail}; overridden", overridden=True)
    status = Status.UNKNOWN if observed.counted is Counted.UNKNOWN else Status.FAIL
    return Guard(check_of(look, "row_count", status, detail, allow_true("row_count")), blocks)


def _unread_rows(look: Look, overrides: Overrides, numbers: str) -> Guard:
    """Return the guard where rows can't be understood: no override makes up for what they say."""
    observed = look.observed
    unstable = observed.counted is Counted.UNSTABLE and not overrides.lifts("row_count")
    unknown = any(row.anonymous for row in observed.unread)

    def blocks(change: Change) -> bool:
        if deletes(change) or unstable:
            return True
        if not _is_team(change) and change.id in look.unclear:
            return True
        # The seat may be theirs: whose it is can't be read.
        return unknown and any(one not in look.seats for one in change.person_ids)

    rows = plural(len(observed.unread), "row")
    reasons = "; ".join(sorted({row.why for row in observed.unread})[:3])
    detail = f"{numbers}; {rows} not understood: {reasons}"
    way_out = f"plan again later, and report it if it stays so; {NO_WAY}"
    return Guard(check_of(look, "row_count", Status.FAIL, detail, way_out), blocks)


def _seat_management(look: Look) -> Guard:
    setting = look.observed.billing.seat_management_setting
    if setting == "assign_selected":
        return passing("seat_management", "assign_selected")
    status = Status.UNKNOWN if setting is None else Status.FAIL
    detail = f"the organisation's setting is {setting or 'not told by GitHub'}, not assign_selected"
    way_out = (
        'in the organisation\'s Copilot settings choose "Enable for: selected members", '
        "then plan again"
    )
    return Guard(check_of(look, "seat_management", status, detail, way_out), everything)


def _empty(look: Look, overrides: Overrides) -> Guard:
    seats, today = look.file.seats, look.observed.today
    terms = [*(one.term for one in seats.teams), *(one.term for one in seats.users)]
    standing = any(term.phase(today) is Phase.STANDING for term in terms)
    if standing or seats.members is not None:
        return passing("empty", "the file claims somebody")
    claims = "no entry of the file is in effect today" if terms else "the file claims nobody"
    if seats.undeclared is Undeclared.KEEP:
        return passing("empty", f"{claims}, and undeclared seats are kept")
    detail = f"{claims}, and undeclared seats are cancelled"
    if overrides.lifts("empty"):
        return passing("empty", f"{detail}; overridden", overridden=True)
    way_out = f"claim somebody, or write `undeclared: keep`; {allow_true('empty')}"
    return Guard(check_of(look, "empty", Status.FAIL, detail, way_out), deletes)


def _names_guard(
    look: Look, guard: str, missing: Iterable[tuple[str, Mark]], what: str, blocks: Blocks
) -> Guard:
    """Make the guard that fires when names it is about do not exist."""
    found = sorted(set(missing), key=lambda one: one[1])
    if not found:
        return passing(guard, "every name is known")
    places = ", ".join(f"{text} ({mark.file}:{mark.line})" for text, mark in found[:5])
    more = f" and {len(found) - 5} more" if len(found) > 5 else ""
    detail = f"{plural(len(found), what)} not on GitHub: {places}{more}"
    way_out = "correct or remove the name (it may have been renamed); " + NO_WAY
    return Guard(check_of(look, guard, Status.FAIL, detail, way_out, found[0][1]), blocks)


def _unknown_team(look: Look) -> Guard:
    today = look.observed.today
    missing = [
        (entry.name.text, entry.name.mark)
        for entry in look.file.seats.teams
        if look.names.of(entry.name).fate is Fate.UNKNOWN
        and not is_enterprise(entry.name)
        and entry.term.phase(today) is not Phase.OVER
    ]
    return _names_guard(look, "unknown_team", missing, "claimed team", deletes)


def _unknown_user(look: Look) -> Guard:
    today = look.observed.today
    missing = [
        (entry.name.text, entry.name.mark)
        for entry in look.file.seats.users
        if look.names.of(entry.name).fate is Fate.UNKNOWN
        and entry.term.phase(today) is not Phase.OVER
    ]
    return _names_guard(look, "unknown_user", missing, "claimed login", undeclared_deletes)


def _unknown_name(look: Look) -> Guard:
    today = look.observed.today
    names = [
        exemption.name
        for exemption in look.file.exempt
        if exemption.term.phase(today) is Phase.STANDING
    ]
    for rule in look.file.inactivity.rules if look.file.inactivity else ():
        names += [*rule.teams, *rule.users]
    missing = [
        (name.text, name.mark)
        for name in names
        if look.names.of(name).fate is Fate.UNKNOWN and not is_enterprise(name)
    ]
    return _names_guard(look, "unknown_name", missing, "exempted or scoped name", rule_deletes)


def _identity(look: Look) -> Guard:
    users, teams = look.claims.frozen_users, look.claims.frozen_teams
    reused = [
        (found.unproved, f"{kind} {text}")
        for (kind, text), found in look.names.table.items()
        if found.fate is Fate.REUSED
    ]

    def blocks(change: Change) -> bool:
        if _is_team(change):
            return change.id in teams or _takes_from(change, users)
        return change.id in users

    if not reused:
        return passing("identity", "every name is who it was")
    texts = (
        (False, "another account or team now stands under"),
        (True, "the id in the file is not that of"),
    )
    detail = "; ".join(
        f"{text}: {', '.join(sorted(named))}"
        for unproved, text in texts
        if (named := [one for wrong, one in reused if wrong is unproved])
    )
    way_out = (
        "see who it is: pin the right `id` in a user's entry; take a team's entry out, let `drift` "
        "look once, and write it again; " + NO_WAY
    )
    return Guard(check_of(look, "identity", Status.FAIL, detail, way_out), blocks)


def _is_team(change: Change) -> bool:
    return change.resource is Resource.TEAM


def _takes_from(change: Change, users: frozenset[int]) -> bool:
    return deletes(change) and not users.isdisjoint(change.person_ids)


def _evidence(look: Look) -> Guard:
    """The feed of activity is probably frozen when everybody stopped working at once.

    Sign-ins do not count: they are not part of that feed.
    """
    if not look.policy.rules:
        return passing("evidence", "no rule asks for activity")
    now, limit = look.observed.now, look.file.guards.max_activity_age
    times = [seat.last_activity_at for seat in look.seats.values()]
    known = [time for time in times if time is not None]
    ahead = sum(seat.ahead is not None for seat in look.seats.values())
    aside = f" ({plural(ahead, 'time')} in the future not counted)" if ahead else ""
    newest = max(known, default=None)
    month = sum(now - time <= timedelta(days=30) for time in known)
    week = sum(now - time <= timedelta(days=7) for time in known)
    mark = look.file.guards.marks.get("max_activity_age")
    way_out = (
        "see whether GitHub's activity data is delayed, and wait; if it is right, raise "
        "`guards: {max_activity_age: …}`"
    )
    if newest is None or now - newest > limit:
        seen = (
            "there is no activity at all"
            if newest is None
            else (f"the newest activity of all seats was {ago(newest, now)}")
        )
        detail = f"{seen}{aside}, at most {length(limit)} are trusted"
        return Guard(check_of(look, "evidence", Status.FAIL, detail, way_out, mark), rule_deletes)
    if month >= 20 and week * 10 < month:
        detail = (
            f"of {month} people active in 30 days only {week} were in the last 7: "
            f"the feed is probably frozen{aside}"
        )
        wait = "see whether GitHub's activity data is delayed, and wait; " + NO_WAY
        return Guard(check_of(look, "evidence", Status.FAIL, detail, wait, mark), rule_deletes)
    return passing("evidence", f"newest activity {ago(newest, now)}{aside}")


def _memory(look: Look) -> Guard:
    def blocks(change: Change) -> bool:
        claimed = look.claims.phase(change.id) in (Phase.STANDING, Phase.NOT_BEGUN)
        return rule_deletes(change) and not _is_team(change) and claimed

    if look.memory is not None:
        return passing("memory", "the ledger remembers")
    detail = "there is no ledger: nothing would keep a claimed seat cancelled"
    way_out = f"begin one: `copilot-seats ledger init {look.file.path}{look.state_options}`"
    if look.policy.rules:
        return Guard(check_of(look, "memory", Status.FAIL, detail, way_out), blocks)
    return passing("memory", "no ledger, and no rule that needs one")
