"""Every wrong file in `cases/` gives exactly the diagnostics beside it.

A new case is a new file: `cases/<name>.yml` with the expected lines in `cases/<name>.txt`. Running
this module as a program writes the text of the cases that have none yet; read it as one who has to
correct the file would.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from reconciler.config import check, load
from reconciler.errors import FileError
from reconciler.model.diagnostics import Severity

FOLDER = Path(__file__).parent / "cases"
CASES = sorted(path.stem for path in FOLDER.glob("*.yml"))


def told(name: str) -> str:
    return "".join(f"{diagnostic}\n" for diagnostic in check([f"{name}.yml"]))


@pytest.fixture(autouse=True)
def _in_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FOLDER)


def test_there_is_a_text_for_every_case_and_a_case_for_every_text() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.txt")) == CASES


@pytest.mark.parametrize("name", CASES)
def test_a_wrong_file_is_told_as_its_text_says(name: str) -> None:
    assert told(name) == (FOLDER / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", CASES)
def test_loading_a_wrong_file_raises_all_that_checking_it_tells(name: str) -> None:
    with pytest.raises(FileError) as caught:
        load(f"{name}.yml")

    assert caught.value.diagnostics == check([f"{name}.yml"])
    assert any(found.severity is Severity.ERROR for found in caught.value.diagnostics)
    assert all(found.code for found in caught.value.diagnostics)


COLUMNS = {"user-reasons", "exempt-and-reinstate-surprises"}
"""Cases in which the two loaders differ by a column: where nothing is, nothing has a place."""


@pytest.mark.parametrize("name", [name for name in CASES if name not in COLUMNS])
def test_without_libyaml_the_same_is_told(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(yaml, "CLoader", raising=False)

    assert told(name) == (FOLDER / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", CASES)
def test_no_message_speaks_python_or_jsonschema(name: str) -> None:
    text = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").replace("python/object", "")

    for word in (
        "None",
        "True",
        "False",
        "is not of type",
        "schema",
        "python",
        "properties",
        "dict",
    ):
        assert word not in text


if __name__ == "__main__":
    import os

    os.chdir(FOLDER)
    for case in CASES:
        text = FOLDER / f"{case}.txt"
        if not text.exists():
            text.write_text(told(case), encoding="utf-8")
