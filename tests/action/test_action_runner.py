"""What is said to the runner: nothing in a value becomes another output, variable or command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import pytest
from action_support import outputs, pull_request
from hypothesis import given
from hypothesis import strategies as st

from reconciler.action.runner import Event, Runner
from reconciler.errors import UsageError
from reconciler.model.diagnostics import Diagnostic, Mark


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    return runner_in(tmp_path)


def runner_in(folder: Path, event: Any = None, name: str = "push") -> Runner:
    (folder / "event.json").write_text(json.dumps(event or {}))
    return Runner.of(
        {
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": name,
            "GITHUB_EVENT_PATH": str(folder / "event.json"),
            "GITHUB_OUTPUT": str(folder / "output"),
            "GITHUB_STEP_SUMMARY": str(folder / "summary"),
            "RUNNER_TEMP": str(folder),
        }
    )


@pytest.mark.parametrize(
    "value",
    ["", "plain", "a=b", "x\nexitcode=0", "x\nend\nexitcode=0", "x<<end\nend\n", "::set-output::"],
)
def test_no_value_becomes_another_output(runner: Runner, tmp_path: Path, value: str) -> None:
    runner.set("matrix", value)
    runner.set("last", "1")
    assert outputs(tmp_path / "output") == {"matrix": value, "last": "1"}


@given(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\r"), max_size=60))
def test_no_value_at_all(tmp_path_factory: pytest.TempPathFactory, value: str) -> None:
    folder = tmp_path_factory.mktemp("runner")
    runner = runner_in(folder)
    runner.set("matrix", value)
    assert outputs(folder / "output") == {"matrix": value}


def test_delimiters_can_t_be_guessed(runner: Runner, tmp_path: Path) -> None:
    for _ in range(20):
        runner.set("name", "value")
    ends = {line for line in (tmp_path / "output").read_text().splitlines() if "<<" in line}
    assert len(ends) == 20


def test_what_is_quoted_is_no_command(runner: Runner, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        with runner.quoting():
            click.echo("::error::boo")
    first, _, end, again, *_ = capsys.readouterr().out.splitlines()
    assert first == f"::stop-commands::{end.strip(':')}"
    assert first != again
    assert len(end) > 30


def test_quoting_ends_when_something_goes_wrong(
    runner: Runner, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UsageError), runner.quoting():
        raise UsageError("wrong")
    first, last = capsys.readouterr().out.splitlines()
    assert first.removeprefix("::stop-commands::") == last.strip(":")


def test_an_annotation_is_one_command(runner: Runner, capsys: pytest.CaptureFixture[str]) -> None:
    runner.tell("error", "a,b::c\n", "100%\n::error::boo\x1b[2J")
    (line,) = capsys.readouterr().out.splitlines()
    assert line == r"::error title=a%2Cb%3A%3Ac\n::100%25%0A::error::boo\x1b[2J"


def test_a_finding_is_shown_at_its_path_in_the_repository(
    runner: Runner,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = tmp_path / "checkout" / "copilot"
    folder.mkdir(parents=True)
    (tmp_path / "checkout" / ".git").mkdir()
    monkeypatch.chdir(folder)
    runner.annotate([Diagnostic(Mark("seats.yml", 3, 1), "wrong", code="x")])
    assert capsys.readouterr().out == "::error file=copilot/seats.yml,line=3,col=1,title=x::wrong\n"


def test_a_summary_that_is_too_long_is_told_and_the_rest_stays(
    runner: Runner, tmp_path: Path
) -> None:
    runner.summarize("first\n")
    runner.summarize("x" * 1_000_000)
    text = (tmp_path / "summary").read_text()
    assert text.startswith("first\n")
    assert "no room" in text
    assert len(text.encode()) < 1024 * 1024


def test_elsewhere_than_in_a_workflow_it_says_what_to_use() -> None:
    with pytest.raises(UsageError, match="the commands themselves"):
        Runner.of({})


EVENTS = [
    (pull_request(), "pull_request", True, False, False),
    (pull_request(fork=True), "pull_request", True, True, False),
    (pull_request(fork=True), "pull_request_target", True, False, False),
    (pull_request(author="dependabot[bot]"), "pull_request", True, False, True),
    (
        {"pull_request": {"head": {"repo": None}, "base": pull_request()["pull_request"]["base"]}},
        "pull_request",
        True,
        True,
        False,
    ),
    ({}, "push", False, False, False),
    ([], "push", False, False, False),
    ({"pull_request": 7}, "schedule", False, False, False),
]


@pytest.mark.parametrize(("event", "name", "is_pull_request", "fork", "dependabot"), EVENTS)
def test_what_the_run_is_for(
    tmp_path: Path, event: Any, name: str, is_pull_request: bool, fork: bool, dependabot: bool
) -> None:
    found = runner_in(tmp_path, event, name).event
    assert (found.is_pull_request, found.from_a_fork, found.of_dependabot) == (
        *(is_pull_request, fork, dependabot),
    )


def test_an_event_that_can_t_be_read_is_none(tmp_path: Path) -> None:
    assert Event() == Runner.of({"GITHUB_ACTIONS": "true", "RUNNER_TEMP": str(tmp_path)}).event
