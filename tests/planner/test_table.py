"""Every combination has exactly one answer, and it is the one that section 4 of the design gives.

The lines below are written from the design's words, not from the code: a list of what fits and what
follows, of which the first that fits decides.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import fields, replace

from reconciler.decide.tables import (
    Answer,
    Held,
    Situation,
    TeamSituation,
    decide_person,
    decide_team,
)
from reconciler.model.desired import Phase, Undeclared
from reconciler.model.plan import Verdict

STANDING, NOT_BEGUN, OVER = Phase.STANDING, Phase.NOT_BEGUN, Phase.OVER
PHASES = (None, STANDING, NOT_BEGUN, OVER)
FLAG = (False, True)

Line = tuple[str, Callable[[Situation], bool], Callable[[Situation], str]]
TeamLine = tuple[str, Callable[[TeamSituation], bool], str]


# --- people ------------------------------------------------------------------------------------


def idle(at: Situation) -> bool:
    """*Idle* means: the governing rule says cancel."""
    return at.verdict in (Verdict.IDLE, Verdict.UNUSED)


def claimed(at: Situation) -> bool:
    """A personal claim; one of an entry not yet begun keeps the seat that is there."""
    return at.claim in (STANDING, NOT_BEGUN)


def creatable(at: Situation) -> bool:
    """An entry not yet begun creates nothing, nor is anybody created who is no active member."""
    return at.claim is STANDING and at.eligible


def taken(at: Situation) -> bool:
    """No rule judges a seat before its entry begins."""
    return at.claim is STANDING and idle(at)


def on_hold(at: Situation) -> bool:
    """A hold ends when no personal claim stands."""
    return at.held is not Held.NO and at.claim is STANDING


def no_row(at: Situation) -> bool:
    return not (at.direct or at.staying_team or at.going_team or at.pending)


def delete_by_rule(at: Situation) -> str:
    return "delete unused" if at.verdict is Verdict.UNUSED else "delete idle"


def always(answer: str) -> Callable[[Situation], str]:
    return lambda _: answer


def created(reason: str) -> Callable[[Situation], str]:
    return lambda at: f"create {reason}" if creatable(at) else "no-op kept"


PEOPLE: list[Line] = [
    ("1", lambda at: not at.manageable, always("no-op unmanageable")),
    ("2", lambda at: at.staying_team, always("no-op held_by_team")),
    (
        "3",
        lambda at: at.direct and at.team_claim and (not claimed(at) or idle(at)),
        always("no-op redundant"),
    ),
    (
        "4",  # a live direct row ends the hold: those go on
        lambda at: (
            on_hold(at)
            and not at.direct
            and at.held is Held.RETURNED
            and not idle(at)
            and not no_row(at)
            and at.eligible
        ),
        always("create returned"),
    ),
    ("4", lambda at: on_hold(at) and not at.direct, always("no-op on_hold")),
    ("5a", lambda at: claimed(at) and no_row(at), created("declared")),
    ("5b", lambda at: claimed(at) and at.direct and taken(at), delete_by_rule),
    ("5b", lambda at: at.claim is STANDING and at.direct, always("no-op held")),
    ("5b", lambda at: claimed(at) and at.direct, always("no-op kept")),
    (
        "5c",
        lambda at: claimed(at) and at.going_team and taken(at) and not at.idle_blocked,
        always("no-op on_hold, taken back"),
    ),
    ("5c", lambda at: claimed(at) and at.going_team, created("declared")),
    (
        "5d",
        lambda at: claimed(at) and at.pending and taken(at),
        lambda at: "no-op on_hold" + ("" if at.idle_blocked else ", taken back"),
    ),
    ("5d", lambda at: claimed(at) and at.pending, created("renew")),
    ("6", lambda at: at.direct and at.claim is OVER, always("delete expired")),
    ("6", lambda at: at.direct and at.team_to_come, always("no-op kept")),
    (
        "6",
        lambda at: at.direct and at.undeclared is Undeclared.CANCEL,
        always("delete undeclared"),
    ),
    ("6", lambda at: at.direct and idle(at), delete_by_rule),
    ("6", lambda at: at.direct, always("no-op kept")),
    ("7", lambda _: True, always("no-op kept")),
]


def situations() -> Iterator[Situation]:
    """Yield every combination, those that no file and world can bring about included."""
    values = {
        "claim": PHASES,
        "verdict": tuple(Verdict),
        "held": tuple(Held),
        "undeclared": tuple(Undeclared),
    }
    names = [field.name for field in fields(Situation)]
    for chosen in itertools.product(*(values.get(name, FLAG) for name in names)):
        yield Situation(**dict(zip(names, chosen, strict=True)))


def said(answer: Answer) -> str:
    taken = ", taken back" if answer.takes_back else ""
    return f"{answer.line} {answer.action} {answer.reason}{taken}"


def test_every_situation_of_a_person_gets_the_answer_of_the_first_line_that_fits() -> None:
    reached = set()
    for at in situations():
        number, (line, _, answer) = next((n, each) for n, each in enumerate(PEOPLE) if each[1](at))
        reached.add(number)
        assert said(decide_person(at)) == f"{line} {answer(at)}", at
    assert reached == set(range(len(PEOPLE))), "a line that nothing reaches says nothing"


def test_a_hold_ends_by_the_table_only_with_a_live_direct_row_under_a_claim() -> None:
    for at in situations():
        ends = decide_person(at).ends_hold
        # Lines 1 to 3 decide before a hold is looked at.
        earlier = not at.manageable or at.staying_team or (at.team_claim and idle(at))
        assert ends == (on_hold(at) and at.direct and not earlier), at


def test_nobody_idle_is_created_unless_a_guard_makes_everybody_count_as_not_idle() -> None:
    for at in situations():
        if idle(at) and decide_person(at).action == "create":
            assert no_row(at) or (at.going_team and at.idle_blocked), at


def test_no_verdict_but_idle_and_unused_ever_makes_a_difference() -> None:
    for at in situations():
        if not idle(at):
            assert decide_person(at) == decide_person(replace(at, verdict=Verdict.ACTIVE)), at


# --- teams -------------------------------------------------------------------------------------


def team_kept(at: TeamSituation) -> bool:
    """An entry not yet begun keeps what its people or team have (section 3)."""
    return NOT_BEGUN in (at.claim, at.members_claim) or at.anchored


TEAMS: list[TeamLine] = [
    ("1", lambda at: at.enterprise, "no-op unmanageable"),
    ("2", lambda at: at.claim is STANDING and at.live, "no-op held"),
    ("3", lambda at: at.claim is STANDING and at.renewable, "create renew"),
    (
        "4",
        lambda at: at.claim is STANDING and at.members and not at.accepted,
        "create declared",
    ),
    ("4", lambda at: at.claim is STANDING and at.members, "no-op covered"),
    ("5", lambda at: at.claim is STANDING, "no-op kept"),
    ("6", lambda at: at.live and team_kept(at), "no-op kept"),
    ("6", lambda at: at.live and OVER in (at.claim, at.members_claim), "delete expired"),
    ("6", lambda at: at.live and at.members_claim is STANDING, "delete reassigned"),
    ("6", lambda at: at.live and at.undeclared is Undeclared.CANCEL, "delete undeclared"),
    ("6", lambda at: at.live, "no-op kept"),
    ("7", lambda _: True, "no-op kept"),
]


def team_situations() -> Iterator[TeamSituation]:
    """Yield every combination; a team has one entry, so at most one of its claims is there."""
    values = {"claim": PHASES, "members_claim": PHASES, "undeclared": tuple(Undeclared)}
    names = [field.name for field in fields(TeamSituation)]
    for chosen in itertools.product(*(values.get(name, FLAG) for name in names)):
        at = TeamSituation(**dict(zip(names, chosen, strict=True)))
        if at.claim is None or at.members_claim is None:
            yield at


def test_every_situation_of_a_team_gets_the_answer_of_the_first_line_that_fits() -> None:
    reached = set()
    for at in team_situations():
        number, (line, _, answer) = next((n, each) for n, each in enumerate(TEAMS) if each[1](at))
        reached.add(number)
        assert said(decide_team(at)) == f"{line} {answer}", at
    assert reached == set(range(len(TEAMS)))
