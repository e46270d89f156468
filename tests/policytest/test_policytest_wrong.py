"""Every wrong test file in `wrong/` gives exactly the diagnostics beside it, all at once.

A new case is a new file: `wrong/<name>.yml`. Running this module as a program writes the text of
the cases that have none yet; read it as one who has to correct the file would.
"""

from __future__ import annotations

import re

import pytest
from policytest_support import HERE, told

FOLDER = HERE / "wrong"
CASES = sorted(path.stem for path in FOLDER.glob("*.yml"))


@pytest.fixture(autouse=True)
def _in_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FOLDER)


def text(name: str) -> str:
    return "".join(f"{line}\n" for line in told(f"{name}.yml"))


def test_there_is_a_text_for_every_case_and_a_case_for_every_text() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.txt")) == CASES


@pytest.mark.parametrize("name", CASES)
def test_a_wrong_file_is_told_as_its_text_says(name: str) -> None:
    assert text(name) == (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    assert text(name) != ""


@pytest.mark.parametrize("name", CASES)
def test_no_message_speaks_python(name: str) -> None:
    words = set(re.findall(r"\w+", text(name)))

    assert not words & {
        "None",
        "True",
        "False",
        "schema",
        "python",
        "properties",
        "dict",
        "Verdict",
    }


if __name__ == "__main__":
    import os

    os.chdir(FOLDER)
    for case in CASES:
        path = FOLDER / f"{case}.txt"
        if not path.exists():
            path.write_text(text(case), encoding="utf-8")
