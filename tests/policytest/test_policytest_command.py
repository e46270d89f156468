"""`copilot-seats test` from end to end: what it finds, what it says, how it ends.

Running this module as a program writes what is printed of `runs/` anew; read it as a user would.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest
from policytest_support import HERE, ROOT, Ran, a_file, command

from reconciler import policytest
from reconciler.config import policytests
from reconciler.render.policytests import Run, text

MIXED = HERE / "runs" / "mixed"
PRINTED = ("out.txt", "strict.txt", "out.json", "junit.xml")


def printed() -> dict[str, str]:
    """Run the tests in the working directory in every way."""
    junit = Path(os.environ.get("TMPDIR", "/tmp")) / f"junit-{os.getpid()}.xml"  # noqa: S108
    ran = {
        "out.txt": command("test"),
        "strict.txt": command("test", "--strict", "--junit", junit),
        "out.json": command("test", "--format", "json"),
    }
    assert {one.code for one in ran.values()} == {1}
    assert {one.err for one in ran.values()} == {""}
    found = {name: one.out for name, one in ran.items()}
    found["junit.xml"] = junit.read_text(encoding="utf-8")
    junit.unlink()
    return found


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", PRINTED)
def test_a_run_in_which_all_goes_wrong(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(MIXED)

    assert printed()[name] == (MIXED / name).read_text(encoding="utf-8")


def test_where_all_is_well_it_is_short_and_ends_with_0(here: Path) -> None:
    a_file(
        "user: mona, active: -3d, expect: active",
        policy="rules: [{name: a, unused: {cancel: 90d}}]",
    )
    Path("x").mkdir()
    Path("own.test.yml").rename("x/own.test.yml")
    Path("own.yml").rename("x/own.yml")
    ran = command("test", "x")

    assert ran.code == 0
    assert ran.out.splitlines()[-2:] == [
        "x/own.test.yml: 1 passed",
        "1 file: 1 passed; 1 side of thresholds without a test",
    ]


# --- what is found -------------------------------------------------------------------------------


def suite(path: str) -> None:
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(
        "policy: prompt\nnow: 2026-11-22\n"
        "tests: [{name: a, seats: [{user: mona, active: -1d, expect: active}]}]\n"
    )


def files(*paths: str) -> list[str]:
    ran = command("test", *paths, "--format", "json")
    assert ran.code == 0, ran.err
    found: list[str] = ran.json["files"]
    assert {one["file"] for one in ran.json["results"]} == set(found)
    return found


def test_a_folder_is_searched_for_test_files(here: Path) -> None:
    for name in (
        *("policies/own.test.yml", "policies/OWN2.Test.YAML", "policies/tests/any.yml"),
        *("policies/deep/er/tests/any.yaml", "policies/deep/b.test.yml"),
    ):
        suite(name)
    for name in (
        *("policies/own.yml", "policies/test.yml", "policies/tests/.hidden.yml"),
        *("policies/tests/deeper/any.yml", "policies/.git/x.test.yml", "policies/tests/a.txt"),
        *("policies/.b.test.yml", "other.test.yml", "tests/own.yml"),
    ):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text("not: {a: test")

    assert files() == [
        "policies/OWN2.Test.YAML",
        "policies/deep/b.test.yml",
        "policies/deep/er/tests/any.yaml",
        "policies/own.test.yml",
        "policies/tests/any.yml",
    ]


def test_the_working_directory_may_be_the_folder_of_tests(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    suite("policies/tests/any.yml")
    monkeypatch.chdir("policies/tests")

    assert files(".") == ["any.yml"]


def test_a_file_that_is_named_may_be_called_anything_and_is_run_once(here: Path) -> None:
    suite("x/some.thing")
    suite("x/a.test.yml")

    assert files("x/some.thing", "x", "./x/../x/a.test.yml") == ["x/some.thing", "x/a.test.yml"]


def test_links_to_folders_are_not_followed(here: Path) -> None:
    suite("x/a.test.yml")
    Path("x/loop").symlink_to("..", target_is_directory=True)

    assert files("x") == ["x/a.test.yml"]


def test_without_policies_it_says_where_it_looked_and_how_to_name_a_file(here: Path) -> None:
    ran = command("test")

    assert (ran.code, ran.out) == (1, "")
    assert ran.err == (
        "error: there is no folder `policies` here to look for policy tests in; name a folder or "
        "a test file; the name of a test file ends in `.test.yml`, or it is a `.yml` file right "
        "in a folder called `tests`\n"
    )


@pytest.mark.parametrize("others", [(), ("full",)])
def test_a_folder_without_tests_is_an_error(here: Path, others: tuple[str, ...]) -> None:
    """Otherwise a folder that was renamed would pass for ever."""
    Path("empty").mkdir()
    suite("full/a.test.yml")
    ran = command("test", *others, "empty")

    assert (ran.code, ran.out) == (1, "")
    assert "no policy test in the folder `empty`; the name of a test file ends in" in ran.err


@pytest.mark.parametrize("path", ["nowhere.yml", "x" * 5000, ""])
def test_a_path_to_nothing_is_told(here: Path, path: str) -> None:
    ran = command("test", path)

    assert ran.code == 1
    assert ": error: " in ran.out + ran.err or "no policy test" in ran.err


def test_a_folder_that_may_not_be_read_is_told(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied", "policies")

    Path("policies").mkdir()
    monkeypatch.setattr(os, "scandir", refuse)
    ran = command("test")

    assert (ran.code, ran.err) == (1, "error: policies can't be read: Permission denied\n")


EMPTY = (
    "policies/bad.test.yml:2:8: error: `tests` is empty: write at least one entry below it, "
    "indented"
)


# --- what is said --------------------------------------------------------------------------------


def test_a_broken_file_does_not_stop_the_others(here: Path) -> None:
    suite("policies/good.test.yml")
    Path("policies/bad.test.yml").write_text("policy: prompt\ntests: []\n")
    ran = command("test")

    assert ran.code == 1
    assert ran.out.splitlines() == [
        "policies/bad.test.yml:1:1: error: `now` is missing: write `now: 2026-11-22T08:00:00Z`",
        EMPTY,
        "",
        *ran.out.splitlines()[3:-3],
        "",
        "policies/good.test.yml: 1 passed",
        "2 files: 1 passed, 2 errors; 4 sides of thresholds without a test",
    ]


def test_a_policy_that_is_wrong_is_told_once_however_many_tests_name_it(here: Path) -> None:
    for name in ("a", "b"):
        a_file("user: mona", policy="rules: [{name: a}]")
        Path("own.test.yml").rename(f"{name}.test.yml")
    ran = command("test", ".")

    assert [line.partition(": ")[0] for line in ran.out.splitlines()[:3]] == [
        "a.test.yml:1:9",
        "own.yml:1:9",
        "b.test.yml:1:9",
    ]


def test_strict_fails_for_an_edge_that_is_not_touched(here: Path) -> None:
    path = a_file("user: mona, active: -3d, expect: active")

    assert command("test", path).code == 0
    ran = command("test", path, "--strict")
    assert ran.code == 1
    assert "FAILED own.yml:3:5: rule everyone, idle.warn (30d): no test within a day" in ran.out
    assert command("test", path, "--strict", "--format", "json").json["passed"] is False


def test_the_examples_of_a_missing_test_are_tests_that_are_missing(here: Path) -> None:
    """Whoever writes what the note says has nothing left to write."""
    path = a_file("user: mona, active: -3d, expect: active")
    lines = [line for line in command("test", path).out.splitlines() if line.startswith("note: ")]
    examples = [part.partition(")")[0] for line in lines for part in line.split("it (")[1:]]
    assert len(examples) == 6

    path = a_file(*(f"user: u{n}, {one}, expect: active" for n, one in enumerate(examples)))
    assert command("test", path, "--format", "json").json["untouched"] == []


def test_verbose_tells_every_expectation_on_stderr(here: Path) -> None:
    path = a_file(
        "user: mona, active: -3d, expect: active", "user: lisa, active: -3d, expect: idle"
    )

    assert command("test", path).err == ""
    ran = command("test", path, "-v", "--log-format", "json")
    said = [json.loads(line) for line in ran.err.splitlines()]
    assert [(one["event"], one["test"]) for one in said] == [
        ("passed", "a case: mona"),
        ("failed", "a case: lisa"),
    ]


def test_hostile_words_are_made_visible(here: Path) -> None:
    policy = 'rules: [{name: "a ::error::x \u00e9", idle: {cancel: 30d}}]'
    path = a_file("user: mona, active: -31d, exempt: '##[error]x', expect: idle", policy=policy)
    path.write_text(path.read_text().replace("a case", '"::warning::x <b>&\\"]]>"'))
    ran = command("test", path, "--junit", "j.xml")

    assert ran.code == 1
    assert not any(line.lstrip().startswith("::") for line in ran.out.splitlines())
    assert "##[" not in ran.out
    (case,) = ElementTree.parse("j.xml").getroot().iter("testcase")  # noqa: S314 (ours)
    assert case.get("name") == '::warning::x <b>&"]]>: mona'


def test_on_a_terminal_it_is_coloured_and_wrapped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(MIXED)
    paths = ("policies/own.test.yml", "policies/tests/fine.yml")
    run = Run(paths, policytest.run(policytests.load(path) for path in paths))
    shown = text(run, colour=True, width=60)
    plain = re.sub(r"\x1b\[\d+m", "", shown)

    assert shown.count("\x1b[31mFAILED\x1b[0m") == 5
    assert shown.count("\x1b[33mnote:\x1b[0m") == 2
    assert all(len(line) <= 60 for line in plain.splitlines() if line.startswith("    "))
    assert plain.split() == text(run).split()


# --- JUnit ---------------------------------------------------------------------------------------


def junit(*arguments: object) -> tuple[Ran, ElementTree.Element]:
    ran = command("test", *arguments, "--junit", "reports/junit.xml")
    return ran, ElementTree.parse("reports/junit.xml").getroot()  # noqa: S314 (ours)


def counts(element: ElementTree.Element) -> tuple[int, ...]:
    return tuple(int(element.get(key, "-1")) for key in ("tests", "failures", "errors"))


def test_junit_has_a_case_for_every_expectation_and_everything_unexpected(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(MIXED / "policies", here / "policies")
    ran, root = junit()

    assert ran.code == 1
    assert counts(root) == (10, 5, 1)
    assert [(suite.get("name"), counts(suite)) for suite in root] == [
        ("policies/own.test.yml", (7, 5, 0)),
        ("policies/tests/broken.yml", (1, 0, 1)),
        ("policies/tests/fine.yml", (2, 0, 0)),
    ]
    names = [case.get("name") for case in root.iter("testcase")]
    assert len(set(names)) == len(names)


def test_junit_of_a_strict_run_has_a_case_for_every_edge(here: Path) -> None:
    path = a_file("user: mona, active: -3d, expect: active")

    assert counts(junit(path)[1]) == (1, 0, 0)
    assert counts(junit(path, "--strict")[1]) == (4, 3, 0)


def test_junit_that_can_not_be_written_is_told(here: Path) -> None:
    path = a_file("user: mona, active: -3d, expect: active")
    Path("file").write_text("")
    ran = command("test", path, "--junit", "file/junit.xml")

    assert ran.code == 1
    assert ran.err.startswith("error: file/junit.xml can't be written: ")


# --- the rest ------------------------------------------------------------------------------------


def test_the_schema_is_published() -> None:
    ran = command("schema", "policy-test")

    assert ran.json == json.loads(
        (ROOT / "reconciler/schemas/policy-test.schema.json").read_text(encoding="utf-8")
    )


def test_json_counts_what_it_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(MIXED)
    found: dict[str, Any] = command("test", "--format", "json").json

    listed = {
        "files": len(found["files"]),
        "passed": sum(one["passed"] for one in found["results"]),
        "failed": sum(bool(one["expected"]) and not one["passed"] for one in found["results"]),
        "unexpected": sum(one["expected"] is None for one in found["results"]),
        "untouched": sum(len(one["missing"]) for one in found["untouched"]),
        "errors": len(found["diagnostics"]),
    }
    assert found["summary"] == listed
    assert all(listed.values())


if __name__ == "__main__":
    os.chdir(MIXED)
    for name, shown in printed().items():
        (MIXED / name).write_text(shown, encoding="utf-8")
