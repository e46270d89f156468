"""One person of every kind, explained byte for byte as somebody last saw and approved it.

After a change that is meant: `UPDATE_GOLDEN=1 python -m pytest tests/explain`, then read the
difference.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import jsonschema
import pytest
from explain_support import FILE, run, write_acme, write_ledger

GOLDEN = Path(__file__).parent / "golden"
SCHEMA = Path(__file__).parents[2] / "reconciler" / "schemas" / "explanation.schema.json"
PLENTY = FILE.replace("max_cancellations_per_cycle: 90%", "max_cancellations_per_cycle: 0")

TEXTS = {
    "octocat": "used and claimed: kept",
    "hubot": "an entry that ends",
    "wanda": "warned",
    "wendy": "to be warned tonight",
    "ida": "idle: taken back",
    "bo": "idle by the rule of a team",
    "cora": "never used yet",
    "una": "unknown: no activity, but a sign-in",
    "lisa": "exempt",
    "holly": "on hold, no row",
    "petra": "on hold, pending cancellation",
    "rhea": "on hold, and active again",
    "tess": "held by a team, idle",
    "tia": "held by a team whose entry ends",
    "redd": "a direct seat beside a team's",
    "ned": "only in a team, without a row",
    "ent-only": "seated by the enterprise",
    "stray": "undeclared",
    "goer": "seated through a team that goes",
    "expi": "expired",
    "nora": "not begun",
    "iris": "invited",
    "olaf": "an outsider with a seat",
    "old-name": "renamed",
    "build-bot": "left out by an exception",
    "gone-er": "somebody outside, in no line",
    "newbie": "about to be given a seat",
}
DOCUMENTS = ("wanda", "holly", "lisa", "goer", "tess")


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The organisation with its ledger."""
    folder = tmp_path_factory.mktemp("acme")
    write_acme(folder)
    write_ledger(folder)
    return folder


def _held_to(name: str, found: str) -> None:
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("login", TEXTS)
def test_as_text(acme: Path, login: str) -> None:
    ran = run(acme, "explain", "seats.yml", login, "--live", "acme.json")
    assert (ran.code, ran.err) == (0, "")
    _held_to(f"{login}.txt", ran.out)


@pytest.mark.parametrize("login", DOCUMENTS)
def test_as_json(acme: Path, login: str) -> None:
    ran = run(acme, "explain", "seats.yml", login, "--live", "acme.json", "--format", "json")
    assert (ran.code, ran.err) == (0, "")
    _held_to(f"{login}.json", ran.out)


@pytest.mark.parametrize("login", TEXTS)
def test_every_document_is_valid(acme: Path, login: str) -> None:
    ran = run(acme, "explain", "seats.yml", login, "--live", "acme.json", "--format", "json")
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(ran.json)


def test_what_a_guard_withholds(tmp_path: Path) -> None:
    write_acme(tmp_path, PLENTY)
    write_ledger(tmp_path)
    ran = run(tmp_path, "explain", "seats.yml", "ida", "--live", "acme.json")
    _held_to("ida.withheld.txt", ran.out)


def test_without_a_ledger(tmp_path: Path) -> None:
    write_acme(tmp_path)
    ran = run(tmp_path, "explain", "seats.yml", "bo", "--live", "acme.json", "--no-state")
    _held_to("bo.no-ledger.txt", ran.out)


def test_another_day(acme: Path) -> None:
    later = ("--live", "acme.json", "--now", "2026-12-07")
    _held_to("wanda.later.txt", run(acme, "explain", "seats.yml", "wanda", *later).out)


def test_no_golden_file_is_left_over() -> None:
    known = {f"{login}.txt" for login in TEXTS} | {f"{login}.json" for login in DOCUMENTS}
    known |= {"ida.withheld.txt", "bo.no-ledger.txt", "wanda.later.txt"}
    assert {path.name for path in GOLDEN.iterdir()} == known
