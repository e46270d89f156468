"""What a plan tells besides its changes: warnings, exemptions, names, and what can't be managed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from reconciler.decide.inactivity import ahead_text
from reconciler.decide.names import FORGOTTEN, Fate, is_enterprise, is_suspended, names_in
from reconciler.decide.state import Look
from reconciler.decide.tables import Answer
from reconciler.model.desired import Kind, Name, Phase
from reconciler.model.plan import Decision, Notice, Reason, Resource, Verdict
from reconciler.wording.reasons import foreign_team_text
from reconciler.wording.units import day_of, plural

_NAMED = 20
"""How many people are named where the same holds for all of them."""


def notices_of(look: Look, decisions: Iterable[Decision]) -> tuple[Notice, ...]:
    """Return everything there is to tell, by kind and subject."""
    listed = tuple(decisions)
    people = tuple(one for one in listed if one.resource is Resource.USER)
    teams = tuple(one for one in listed if one.resource is Resource.TEAM)
    found = {
        *_warnings(look, people),
        *_people(look, people),
        *_teams(look, teams),
        *_exemptions(look),
        *_names(look),
        *_reinstatements(look),
        *_overrides(look),
        *_unassigned(look),
        *_members_unread(look),
        *_organization(look),
        *_unread(look),
        *_future(look),
    }
    return tuple(sorted(found, key=_by_kind))


def _by_kind(notice: Notice) -> tuple[object, ...]:
    place = (notice.mark is not None, notice.mark)
    subject = (notice.subject.lower(), notice.subject)
    return (notice.kind != "warn", notice.kind, *subject, notice.text, *place)


def _warnings(look: Look, people: Iterable[Decision]) -> Iterator[Notice]:
    """Tell whose seat a rule will take back, and whose it would if it could warn."""
    unwarnable = 0
    for decision in people:
        if decision.verdict is not Verdict.WARNED or not at_risk(look, decision.id, decision):
            continue
        judgement = look.judgements[decision.id]
        if look.memory is None:
            unwarnable += 1
            continue
        mark = judgement.threshold.mark if judgement.threshold is not None else None
        yield Notice("warn", decision.name, judgement.text, mark)
    if unwarnable:
        text = (
            f"{plural(unwarnable, 'seat')} would be warned about, but there is no ledger to record "
            "it: a rule with `warn` then never cancels"
        )
        yield Notice("needs_ledger", "", text)


def at_risk(look: Look, user_id: int, decision: Decision | Answer) -> bool:
    """Return whether a rule that says cancel would take this person's seat."""
    if decision.reason is Reason.HELD:
        return not look.in_standing_team(user_id)
    kept = decision.line == "6" and decision.reason is Reason.KEPT
    return kept and user_id not in look.claims.to_come


def _people(look: Look, people: Iterable[Decision]) -> Iterator[Notice]:
    for decision in people:
        judgement = look.judgements.get(decision.id)
        mark = decision.claims[0] if decision.claims else None
        if decision.reason is Reason.UNMANAGEABLE:
            yield Notice("unmanageable", decision.name, decision.text)
        elif decision.reason is Reason.HELD_BY_TEAM and judgement is not None and judgement.cancels:
            text = f"idle, but {decision.text}: {judgement.text}"
            yield Notice("held_by_team", decision.name, text, mark)
        if judgement is not None and judgement.observed:
            rules = ", ".join(rule.name for rule in judgement.observed)
            facts = _observed_text(look, decision.id)
            text = f"observed rule {rules} would take the seat back: {facts}"
            yield Notice("observed", decision.name, text)
        if decision.reason is Reason.ON_HOLD:
            yield Notice("on_hold", decision.name, decision.text, mark)
        if decision.reason is Reason.IN_FLIGHT:
            yield Notice("in_flight", decision.name, decision.text, mark)


def _observed_text(look: Look, user_id: int) -> str:
    seat = look.seats[user_id]
    activity = look.judgements[user_id].activity
    if activity is not None:
        return f"last active {day_of(activity)}"
    return f"given {day_of(seat.created_at)}, no activity on record"


def _teams(look: Look, teams: Iterable[Decision]) -> Iterator[Notice]:
    for decision in teams:
        mark = decision.claims[0] if decision.claims else None
        if decision.line == "5":
            yield Notice("empty_team", decision.name, decision.text, mark)
        elif decision.reason is Reason.IN_FLIGHT or "own entry keeps" in decision.text:
            yield Notice(decision.reason.value, decision.name, decision.text, mark)
    for team in look.foreign_teams:
        if team.unlisted:
            yield Notice("unmanageable", team.slug, foreign_team_text(team))
    for entry in look.file.seats.teams:
        if is_enterprise(entry.name):
            text = (
                "an enterprise team is assigned in the enterprise, not here: the entry does nothing"
            )
            yield Notice("enterprise_team", entry.name.text, text, entry.name.mark)


def _exemptions(look: Look) -> Iterator[Notice]:
    today = look.observed.today
    for exemption in look.file.exempt:
        name, last = exemption.name, exemption.term.last
        if exemption.term.phase(today) is Phase.OVER:
            text = f"the exemption ended on {last}"
            yield Notice("exemption_over", name.text, text, name.mark)
            continue
        until = f" until {last}" if last is not None else ""
        who = "team " if name.kind is Kind.TEAM else ""
        yield Notice("exempt", name.text, f"{who}exempt{until}: {exemption.reason}", name.mark)


def _names(look: Look) -> Iterator[Notice]:
    """Tell of names that do not stand for who they stood for, or for an active member."""
    today, seats = look.observed.today, look.file.seats
    over = {one.name.mark for one in seats.users if one.term.phase(today) is Phase.OVER}
    over |= {one.name.mark for one in seats.teams if one.term.phase(today) is Phase.OVER}
    told: set[tuple[str, str]] = set()
    own = look.file.path
    for name in sorted(names_in(look.file), key=lambda one: (one.mark.file != own, one.mark)):
        if name.mark in over or is_enterprise(name) or name.key in told:
            continue
        told.add(name.key)
        yield from _name(look, name)
    for entry in look.file.seats.users:
        if entry.name.mark not in over:
            yield from _membership(look, entry.name)


_CORRECT = "correct the id, or the login if the other account is meant"


def _is_mistake(look: Look, name: Name) -> bool:
    """Tell whether the id in the file is not the login's, rather than that of its new login.

    The ledger knows the login by another id, or the file names the account by its own login too.
    """
    resolved = look.names.of(name)
    if not resolved.unproved:
        return False
    known = look.memory.names.get(name.key, FORGOTTEN) if look.memory is not None else FORGOTTEN
    table = look.names.table.items()
    named = (key for key, one in table if one.fate is Fate.KNOWN and one.ids == resolved.ids)
    return known != FORGOTTEN or any(kind is name.kind for kind, _ in named)


def _name(look: Look, name: Name) -> Iterator[Notice]:
    resolved = look.names.of(name)
    what = "login" if name.kind is Kind.USER else "team"
    match resolved.fate:
        case Fate.UNKNOWN:
            text = f"{what} {name.text} does not exist on GitHub; it may have been renamed"
            if name.kind is Kind.USER and any(map(is_suspended, look.directory.logins.values())):
                text += ", or suspended, which hides a managed user's login"
            yield Notice(f"unknown_{name.kind}", name.text, text, name.mark)
        case Fate.RENAMED:
            assert resolved.id is not None  # noqa: S101 (a renamed name has its id)
            now = (
                look.directory.login(resolved.id)
                if name.kind is Kind.USER
                else look.team(resolved.id).slug
            )
            text = f"{what} {name.text} is now {now} (id {resolved.id}): change the entry"
            if _is_mistake(look, name):
                text = f"there is no login {name.text}, and id {resolved.id} is {now}'s: {_CORRECT}"
                yield Notice("wrong_id", name.text, text, name.mark)
            elif name.kind is Kind.TEAM or not is_suspended(now):
                yield Notice("renamed", name.text, text, name.mark)
            elif not any(name.mark == entry.name.mark for entry in look.file.seats.users):
                yield Notice("not_a_member", name.text, _suspended(now, resolved.id), name.mark)
        case Fate.REUSED:
            old, new = resolved.ids
            text = f"{what} {name.text} was id {old} and is now id {new}: the entry is frozen"
            if resolved.unproved:
                other = look.directory.logins.get(old)
                whose = "nobody's" if other is None else f"{other}'s"
                text = (
                    f"login {name.text} has id {new}, and the id in the file, {old}, is {whose}: "
                    f"the entry is frozen; {_CORRECT}"
                )
            yield Notice(
                "wrong_id" if _is_mistake(look, name) else "identity", name.text, text, name.mark
            )
        case Fate.GONE:
            text = f"{what} {name.text} no longer exists: the entry stands for nobody, remove it"
            if resolved.unproved:
                text = (
                    f"neither login {name.text} nor the id in the file exists on GitHub: the entry "
                    "stands for nobody, correct or remove it"
                )
            yield Notice("gone", name.text, text, name.mark)
        case Fate.KNOWN:
            return


def _membership(look: Look, name: Name) -> Iterator[Notice]:
    user_id = look.names.of(name).id
    observed = look.observed
    if user_id is None or user_id in look.directory.active:
        return
    if look.names.of(name).fate is Fate.REUSED:
        return  # whom the entry means is told, and not yet known
    subject = look.directory.login(user_id)
    if user_id in observed.invited:
        text = "invited to the organisation and not a member yet: no seat is created"
    elif is_suspended(look.directory.login(user_id)):
        subject = name.text
        text = f"{_suspended(look.directory.login(user_id), user_id)}: no seat is created"
    elif observed.members is not None or any(one.id == user_id for one in observed.accounts):
        text = "not an active member of the organisation: no seat is created"
    else:
        return
    if user_id in look.seats:
        text = text.replace("no seat is created", "the seat counts as claimed, none is created")
    yield Notice("not_a_member", subject, text, name.mark)


def _suspended(login: str, user_id: int) -> str:
    return f"not an active member: suspended in the enterprise (GitHub shows {login}, id {user_id})"


def _reinstatements(look: Look) -> Iterator[Notice]:
    for entry in look.file.reinstate:
        if entry.on > look.observed.today:
            text = f"the reinstatement is for {entry.on}, a day to come: it ends nothing yet"
            yield Notice("reinstate_ahead", entry.name.text, text, entry.name.mark)


def _overrides(look: Look) -> Iterator[Notice]:
    today = look.observed.today
    for override in look.file.guards.overrides:
        if override.term.phase(today) is Phase.OVER:
            text = f"the override of {override.guard} ended on {override.term.last}: remove it"
            yield Notice("override_expired", override.guard, text, override.mark)


def unused_overrides(look: Look, needed: frozenset[str]) -> tuple[Notice, ...]:
    """Tell of overrides in force whose guard would pass without them; *needed* are the others."""
    return tuple(
        Notice("override_unused", one.guard, f"the override of {one.guard} is not needed", one.mark)
        for one in look.file.guards.overrides
        if one.guard not in needed and one.term.phase(look.observed.today) is Phase.STANDING
    )


def _organization(look: Look) -> Iterator[Notice]:
    org, written = look.observed.organization, look.file.org
    if org.login.lower() != written.text.lower():
        text = f"organisation {written.text} is now {org.login} (id {org.id}): change `org:`"
        yield Notice("renamed", written.text, text, written.mark)


def _members_unread(look: Look) -> Iterator[Notice]:
    if look.observed.members_unread:
        text = (
            "the organisation's members can't be read, so nobody knows who of the claimed people "
            'has left; it takes the organisation permission "Members": read'
        )
        yield Notice("members_unread", "", text)


def _unread(look: Look) -> Iterator[Notice]:
    """Report rows that are not understood and name nobody; the others are decisions."""
    known = {id(row) for row in look.unclear.values()}
    whys = Counter(row.why for row in look.observed.unread if id(row) not in known)
    for why, count in whys.items():
        text = f"{plural(count, 'row')} of GitHub's list not understood: {why}"
        yield Notice("unread_row", "", text)


def _future(look: Look) -> Iterator[Notice]:
    """Yield whose activity GitHub dates in the future, the first few by name."""
    if not look.policy.rules:
        return
    found = [(seat, at) for seat in look.seats.values() if (at := look.policy.ahead(seat))]
    found.sort(key=lambda one: (one[0].login.lower(), one[0].user_id))
    for seat, at in found[:_NAMED]:
        yield Notice("future_activity", seat.login, ahead_text(at))
    if len(found) > _NAMED:
        more = plural(len(found) - _NAMED, "more person", "more people")
        yield Notice("future_activity", "", f"the same holds for {more}")


def _unassigned(look: Look) -> Iterator[Notice]:
    if look.unassigned:
        text = f"{plural(look.unassigned, 'row')} of GitHub's list has no assignee: left alone"
        if look.unassigned > 1:
            text = text.replace("has no", "have no")
        yield Notice("unmanageable", "", text)
