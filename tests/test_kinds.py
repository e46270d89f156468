"""A file given where one of another kind belongs is told as what it is, with what to do with it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from reconciler.cli.program import program
from reconciler.errors import SeatsError
from reconciler.model.file_kinds import FileKind, kind_of

SMALL = Path(__file__).parents[1] / "examples" / "small"
LEDGER = '{"event":"begun","at":"2026-11-22T08:00:00Z","previous":"0"}\n{"event":"observed"}\n'
REPORT = '{"format_version": "1.0", "plan_id": "x", "outcomes": []}'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("seats.yml", "acme.json"):
        shutil.copy(SMALL / name, tmp_path / name)
    (tmp_path / "ledger.jsonl").write_text(LEDGER)
    (tmp_path / "report.json").write_text(REPORT)
    monkeypatch.chdir(tmp_path)
    arguments = ["plan", "seats.yml", "--live", "acme.json", "--no-state", "--out", "plan.json"]
    program.main(arguments, standalone_mode=False)
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("plan plan.json", "this is a plan file, not a seats file: apply it with `copilot-seats"),
        ("plan acme.json", "this is a snapshot, not a seats file: plan on it with"),
        ("plan ledger.jsonl", "this is a ledger, not a seats file"),
        ("plan report.json", "this is a report of apply, not a seats file"),
        ("explain plan.json mona", "this is a plan file, not a seats file"),
        ("plan seats.yml --live plan.json", "this is a plan file, not a snapshot"),
        ("plan seats.yml --live seats.yml", "this is a seats file, not a snapshot"),
        ("apply acme.json", "this is a snapshot, not a plan file"),
        ("apply report.json", "this is a report of apply, not a plan file"),
        ("apply ledger.jsonl", "this is a ledger, not a plan file"),
        ("sandbox plan.json", "this is a plan file, not a snapshot"),
        ("sandbox seats.yml", "this is a seats file, not a snapshot"),
    ],
)
def test_a_file_of_another_kind_is_told_as_what_it_is(
    folder: Path, arguments: str, words: str
) -> None:
    with pytest.raises(SeatsError) as caught:
        program.main(arguments.split(), standalone_mode=False)
    assert words in str(caught.value)
    assert (
        arguments.split()[-1].removesuffix(" mona") in str(caught.value) or "explain" in arguments
    )


def test_a_seats_file_in_json_is_applied_like_one_in_yaml(folder: Path) -> None:
    (folder / "seats.json").write_text(
        json.dumps({"version": 1, "org": "acme", "seats": {"users": ["mona"]}})
    )
    # Without a terminal nobody can agree, which is asked of a seats file alone.
    with pytest.raises(SeatsError, match="--auto-approve"):
        program.main(["apply", "seats.json", "--no-state"], standalone_mode=False)


@pytest.mark.parametrize("text", ["", "{", "[]", "7", "{}", '{"a": 1}', "a: b", "\ufeff", "\x00"])
def test_what_can_t_be_told_is_of_no_kind(text: str) -> None:
    assert kind_of(text) is None


def test_a_seats_file_with_a_stray_key_stays_one() -> None:
    assert kind_of("version: 1\norg: acme\nrules: []\ntests: []\n") is FileKind.SEATS
    assert kind_of("\ufeff\n{version: 1, org: acme}") is None
