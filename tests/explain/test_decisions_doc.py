"""docs/decisions.md says what the code decides: written anew it is the same, and it is whole."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from reconciler.decide.tables import (
    PERSON_LINES,
    TEAM_LINES,
    Held,
    decide_person,
    decide_team,
)
from reconciler.model.desired import Phase
from reconciler.model.plan import Reason, Verdict
from reconciler.wording.reasons import MEANINGS, VERDICTS

SCRIPT = Path(__file__).parents[2] / "docs" / "decisions.py"


@pytest.fixture(scope="module")
def decisions() -> ModuleType:
    """The script that writes the page."""
    spec = importlib.util.spec_from_file_location("decisions", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["decisions"] = module
    spec.loader.exec_module(module)
    return module


def test_the_page_is_up_to_date(decisions: ModuleType) -> None:
    written = decisions.PAGE.read_text(encoding="utf-8")
    assert written == decisions.page(), "out of date: run `make docs`"


def fits(line: object, case: tuple[str, ...]) -> bool:
    pairs = zip(line.fits, case, strict=True)  # type: ignore[attr-defined]
    return all(values is None or value in values for values, value in pairs)


@pytest.mark.parametrize("kind", ["people", "teams"])
def test_every_situation_is_in_exactly_one_line_with_its_answer(
    decisions: ModuleType, kind: str
) -> None:
    people = kind == "people"
    questions = decisions.PEOPLE if people else decisions.TEAMS
    rows = decisions.ROWS if people else decisions.TEAM_ROWS
    decide = decisions._decided if people else decide_team
    found = list(decisions.people() if people else decisions.teams())
    cases = decisions.answered(found, decide, (rows, *questions))
    tables = {
        shown: decisions.lines_of({case[1:]: cases[case] for case in cases if case[0] == shown})
        for shown in {case[0] for case in cases}
    }
    for situation in found:
        shown, *case = (question.ask(situation) for question in (rows, *questions))
        matching = [line for line in tables[shown] if fits(line, tuple(case))]
        assert [line.answer for line in matching] == [decide(situation)]


def test_a_hold_is_over_where_the_page_says(decisions: ModuleType) -> None:
    for at in decisions.people():
        answer = decide_person(at)
        held = at.held is not Held.NO and at.claim is Phase.STANDING
        if answer.line == "5b":
            assert answer.ends_hold == held
        else:
            assert not answer.ends_hold


def test_every_line_reason_and_verdict_has_words(decisions: ModuleType) -> None:
    assert {decide_person(at).line for at in decisions.people()} == set(PERSON_LINES)
    assert {decide_team(at).line for at in decisions.teams()} == set(TEAM_LINES)
    assert set(MEANINGS) == set(Reason)
    assert set(VERDICTS) == set(Verdict)
    page = decisions.page()
    assert all(f"| `{code}` |" in page for code in (*Reason, *Verdict))


def test_a_missing_question_is_noticed(decisions: ModuleType) -> None:
    with pytest.raises(ValueError, match="has two answers"):
        decisions.answered(decisions.people(), decide_person, decisions.PEOPLE[1:])
