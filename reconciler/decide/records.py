"""What a look finds that the ledger should keep: claims, names, holds, releases, warnings."""

from __future__ import annotations

from reconciler.decide.decisions import Draft
from reconciler.decide.names import FORGOTTEN, Fate, names_in
from reconciler.decide.signatures import signature
from reconciler.decide.state import Look
from reconciler.model.desired import Kind
from reconciler.model.memory import Hold, Target
from reconciler.model.plan import Action, Records, Resource


def records_of(draft: Draft) -> Records:
    """Return what the ledger should keep of this look."""
    look = draft.look
    held, by_change = _new_holds(draft)
    return Records(
        claimants={one: lines for one in look.claims.people if (lines := look.claims.lines(one))},
        live_teams=look.live_teams,
        live_users=frozenset(one for one, seat in look.seats.items() if seat.live),
        resolved=_resolved(look),
        held=held,
        holds_by_change=by_change,
        released=_released(draft),
        warned=frozenset(one for one, each in look.judgements.items() if each.needs_warning),
        signatures={change.address: signature(look, change) for change in draft.changes},
    )


def _new_holds(draft: Draft) -> tuple[dict[int, Hold], dict[str, dict[int, Hold]]]:
    """Return the holds that begin with this look, and those that begin with each change.

    Where a guard blocks idle deletes no answer takes anything back, and none begins at once.
    """
    at_once: dict[int, Hold] = {}
    by_change: dict[str, dict[int, Hold]] = {}
    look = draft.look
    for user_id, answer in draft.person_answers.items():
        if answer.action is not Action.DELETE and not answer.takes_back:
            continue
        lines = look.claims.lines(user_id)
        if not lines:
            continue
        hold = Hold(look.observed.now, look.judgements[user_id].activity, lines)
        if answer.action is Action.DELETE:
            address = f"{Resource.USER}.{look.directory.login(user_id)}"
            by_change.setdefault(address, {})[user_id] = hold
        elif answer.line == "5d":
            if user_id not in look.claims.frozen_users:  # guard `identity` blocks theirs
                at_once[user_id] = hold
        elif not draft.keeping_teams(user_id):
            for team in look.seats[user_id].teams:
                address = f"{Resource.TEAM}.{look.team(team.id).slug}"
                by_change.setdefault(address, {})[user_id] = hold
    return at_once, by_change


def _released(draft: Draft) -> frozenset[int]:
    """Return whose remembered hold is over at this look.

    A live direct row tells that somebody gave the seat back, unless GitHub has not shown yet that
    it was taken: then it is the old row still.
    """
    look, memory = draft.look, draft.look.memory
    if memory is None:
        return frozenset()
    answers = draft.person_answers

    def given_back(user_id: int) -> bool:
        taken = Target(Resource.USER, Action.DELETE, user_id)
        answer = answers.get(user_id)
        return answer is not None and answer.ends_hold and taken not in memory.in_flight

    return frozenset(one for one in memory.holds if look.hold(one) is None or given_back(one))


def _resolved(look: Look) -> dict[tuple[Kind, str], int]:
    """Return the ids to remember: of names that are who they were, under their file's spelling.

    A name that the file does not hold any more is forgotten: that is how a slug that changed
    hands is accepted. No account and no team has id 0.
    """
    remembered = look.memory.names if look.memory is not None else {}
    written = {name.key for name in names_in(look.file)}
    found = {key: FORGOTTEN for key, known in remembered.items() if known and key not in written}
    for name in names_in(look.file):
        resolved = look.names.of(name)
        if resolved.fate in (Fate.KNOWN, Fate.RENAMED) and resolved.id is not None:
            found[name.key] = resolved.id
    return found
