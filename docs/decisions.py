"""Write decisions.md: every decision there can be, from the code that decides.

    python docs/decisions.py

Every situation is put to the tables of `reconciler/decide/tables.py`. Situations that are answered
alike are put together, and what makes no difference is left out: what remains, a person can read.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from reconciler.decide.tables import (
    PERSON_LINES,
    TEAM_LINES,
    Answer,
    Held,
    Situation,
    TeamSituation,
    decide_person,
    decide_team,
)
from reconciler.model.desired import Phase, Undeclared
from reconciler.model.plan import Reason, Verdict
from reconciler.wording.reasons import MEANINGS, VERDICTS

PAGE = Path(__file__).with_name("decisions.md")

ANY = "–"
Case = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """Something a situation answers in words: one column of a table."""

    title: str
    ask: Callable[[Any], str]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table: for each question the answers that fit, None for any."""

    fits: tuple[tuple[str, ...] | None, ...]
    answer: Answer


# --- people -------------------------------------------------------------------------------------


def _rows(at: Situation) -> str:
    if not at.manageable:
        return "live only through enterprise teams"
    if at.staying_team:
        return "a live row of a team that stays"
    if at.direct:
        return "a live direct row"
    if at.going_team:
        return "live only through teams that go"
    return "only pending rows" if at.pending else "no row"


def _claim(at: Situation) -> str:
    if at.claim is None:
        return "none"
    if at.claim is not Phase.STANDING:
        return {Phase.NOT_BEGUN: "not begun", Phase.OVER: "over"}[at.claim]
    return "stands" if at.eligible else "stands, not a member"


def _hold(at: Situation) -> str:
    return {Held.NO: "no", Held.YES: "yes", Held.RETURNED: "yes, and active since"}[at.held]


def _yes(title: str, ask: Callable[[Any], bool]) -> Question:
    return Question(title, lambda at: "yes" if ask(at) else "no")


PEOPLE = (
    _yes("in a claimed team", lambda at: at.team_claim),
    _yes("in a team whose entry has not begun", lambda at: at.team_to_come),
    Question("claim of their own", _claim),
    Question("on hold", _hold),
    Question("`undeclared`", lambda at: str(at.undeclared)),
    Question("the rule says", lambda at: str(at.verdict) if at.idle else "not idle"),
    _yes("guarded", lambda at: at.idle_blocked),
)
ROWS = Question("GitHub shows", _rows)


# --- teams --------------------------------------------------------------------------------------


def _shows(at: TeamSituation) -> str:
    if at.enterprise:
        return "an enterprise team"
    return "a live row names it" if at.live else "no live row names it"


def _entry(at: TeamSituation) -> str:
    if at.claim is None and at.members_claim is None:
        return "none"
    assign, phase = ("team", at.claim) if at.claim is not None else ("members", at.members_claim)
    said = {Phase.STANDING: "stands", Phase.NOT_BEGUN: "not begun", Phase.OVER: "over"}
    return f"`assign: {assign}`, {said[phase or Phase.STANDING]}"


TEAMS = (
    Question("entry", _entry),
    _yes("members without another seat pending", lambda at: at.renewable),
    _yes("has members", lambda at: at.members),
    _yes("GitHub has it", lambda at: at.accepted),
    _yes("a member's own claim needs it", lambda at: at.anchored),
    Question("`undeclared`", lambda at: str(at.undeclared)),
)
TEAM_ROWS = Question("GitHub shows", _shows)


# --- enumerate and put together -----------------------------------------------------------------


def situations(kind: type, values: Mapping[str, Sequence[object]]) -> Iterator[Any]:
    """Yield every combination of a situation's fields; those not in *values* are flags."""
    names = [field.name for field in fields(kind)]
    for chosen in itertools.product(*(values.get(name, (False, True)) for name in names)):
        yield kind(**dict(zip(names, chosen, strict=True)))


def people() -> Iterator[Situation]:
    """Yield every situation of a person."""
    phases = (None, *Phase)
    yield from situations(
        Situation,
        {
            "claim": phases,
            "verdict": tuple(Verdict),
            "held": tuple(Held),
            "undeclared": tuple(Undeclared),
        },
    )


def teams() -> Iterator[TeamSituation]:
    """Yield every situation of a team: it has one entry at most."""
    phases = (None, *Phase)
    found = situations(
        TeamSituation,
        {"claim": phases, "members_claim": phases, "undeclared": tuple(Undeclared)},
    )
    yield from (one for one in found if one.claim is None or one.members_claim is None)


def answered(
    found: Iterable[Any], decide: Callable[[Any], Answer], questions: Sequence[Question]
) -> dict[Case, Answer]:
    """Return the answer for every case: what *questions* make of every situation.

    Two situations that are one case and are answered otherwise show that a question is missing.
    """
    cases: dict[Case, Answer] = {}
    for one in found:
        case = tuple(question.ask(one) for question in questions)
        answer = decide(one)
        if cases.setdefault(case, answer) != answer:
            raise ValueError(f"{case} has two answers: {cases[case]} and {answer}")
    return cases


def lines_of(cases: Mapping[Case, Answer], question: int = 0) -> list[Line]:
    """Return lines that say what *cases* say, each case in exactly one of them.

    One question is asked after the other, and what makes no difference is not asked.
    """
    width = len(next(iter(cases)))
    answers = set(cases.values())
    if len(answers) == 1:
        return [Line((None,) * width, answers.pop())]
    branches: dict[str, dict[Case, Answer]] = {}
    for case, answer in cases.items():
        branches.setdefault(case[question], {})[case] = answer
    groups: list[tuple[tuple[str, ...], list[Line]]] = []
    for value, branch in branches.items():
        below = lines_of(branch, question + 1)
        same = next((n for n, (_, lines) in enumerate(groups) if lines == below), None)
        if same is None:
            groups.append(((value,), below))
        else:
            groups[same] = ((*groups[same][0], value), below)
    if len(groups) == 1:
        return groups[0][1]
    return [_with(line, question, values) for values, lines in groups for line in lines]


def _with(line: Line, question: int, values: tuple[str, ...]) -> Line:
    fits = (*line.fits[:question], values, *line.fits[question + 1 :])
    return Line(fits, line.answer)


def _decided(at: Situation) -> Answer:
    """Return what is decided; that a hold is over besides has lines of its own."""
    return replace(decide_person(at), ends_hold=False)


# --- write --------------------------------------------------------------------------------------


_INTRODUCTION = f"""\
# Decisions

<!-- Written by docs/decisions.py from the code that decides; don't edit it here. -->

What is decided for every person and every team, and why. The tables are made by putting every
situation there can be to the code that decides; each situation is in exactly one line, and `{ANY}`
means that it makes no difference. Guards come after all decisions and are not in here.
`copilot-seats explain FILE LOGIN` says which line decided for one person, and what it rests on.
"""

_FIRST = "The first of these lines that fits decides:"

_WORDS = """\
*Idle* means that the governing rule says cancel (`idle` or `unused`). *Guarded* means that a guard
blocks taking back idle seats at the moment. A team *goes* if this plan deletes it, else it *stays*.
An entry not yet begun creates nothing and keeps what is there; no rule judges those seats until the
entry begins, unless another entry of the person stands. *Taken back* means that a rule
takes the seat here without a change of its own: the person is on hold from then on. A hold is over
where somebody on hold, with a claim that stands, has a live direct row: the seat was given back."""


def page() -> str:
    """Return the whole page."""
    return "\n".join(_page()) + "\n"


def _page() -> Iterator[str]:
    yield from (_INTRODUCTION, "## People", "", _FIRST, "")
    yield from _numbered(PERSON_LINES)
    yield from ("", _WORDS)
    yield from _tables(answered(people(), _decided, (ROWS, *PEOPLE)), PEOPLE)
    yield from ("", "## Teams", "", _FIRST, "")
    yield from _numbered(TEAM_LINES)
    yield from _tables(answered(teams(), decide_team, (TEAM_ROWS, *TEAMS)), TEAMS)
    yield from ("", "## Reasons", "", *_codes(Reason, MEANINGS))
    yield from ("", "## Verdicts", "", "What the rules say of a seat, beside each reason.", "")
    yield from _codes(Verdict, VERDICTS)


def _codes(codes: Iterable[StrEnum], meanings: Mapping[Any, str]) -> Iterator[str]:
    yield from ("| code | meaning |", "| :-- | :-- |")
    yield from (f"| `{code}` | {meanings[code]} |" for code in codes)


def _numbered(lines: Mapping[str, str]) -> Iterator[str]:
    yield from (f"- **{number}**: {text}" for number, text in lines.items())


def _tables(cases: Mapping[Case, Answer], questions: Sequence[Question]) -> Iterator[str]:
    """Yield one table for each answer to the first question, which is what GitHub shows."""
    shown: dict[str, dict[Case, Answer]] = {}
    for case, answer in cases.items():
        shown.setdefault(case[0], {})[case[1:]] = answer
    for rows, below in sorted(shown.items(), key=lambda one: min(a.line for a in one[1].values())):
        yield from ("", f"### {rows[0].upper()}{rows[1:]}", "")
        yield from _table(below, questions)


def _table(cases: Mapping[Case, Answer], questions: Sequence[Question]) -> Iterator[str]:
    """Yield a table without the columns that make no difference in it."""
    lines = lines_of(cases)
    asked = [n for n in range(len(questions)) if any(line.fits[n] for line in lines)]
    every = [tuple(dict.fromkeys(case[n] for case in cases)) for n in range(len(questions))]
    titles = [*(questions[n].title for n in asked), "decision", "line"]
    yield f"| {' | '.join(titles)} |"
    yield f"|{' :-- |' * len(titles)}"
    for line in lines:
        cells = [_cell(line.fits[n], every[n]) for n in asked]
        yield f"| {' | '.join([*cells, _said(line.answer), line.answer.line])} |"


def _cell(values: tuple[str, ...] | None, every: tuple[str, ...]) -> str:
    if values is None:
        return ANY
    left = [one for one in every if one not in values]
    return f"all but {' / '.join(left)}" if len(values) > 3 else " / ".join(values)


def _said(answer: Answer) -> str:
    more = ", taken back" if answer.takes_back else ""
    return f"{answer.action} `{answer.reason}`{more}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
