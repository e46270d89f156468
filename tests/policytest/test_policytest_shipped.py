"""The shipped policies have tests, which pass, and notice when a threshold moves."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from policytest_support import ROOT, Ran, command

from reconciler.config import policytests
from reconciler.policytest import run

POLICIES = sorted(path.stem for path in (ROOT / "policies").glob("*.yml"))


@pytest.fixture(autouse=True)
def _in_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "policies", tmp_path / "policies")
    monkeypatch.chdir(tmp_path)


def test_every_shipped_policy_has_tests_and_nothing_else_has() -> None:
    tests = [path.stem for path in Path("policies/tests").iterdir()]

    assert sorted(tests) == POLICIES
    assert all(
        policytests.load(f"policies/tests/{name}.yml").rules[0].mark.file == f"policies/{name}.yml"
        for name in POLICIES
    )


def test_they_pass_and_touch_every_edge() -> None:
    ran = command("test", "--strict")

    assert ran.code == 0, ran.out
    assert ran.err == ""


THRESHOLDS = [
    (name, found.start(), found[0])
    for name in POLICIES
    for found in re.finditer(
        r"(?:warn|cancel): \d+d", (ROOT / "policies" / f"{name}.yml").read_text(encoding="utf-8")
    )
]


@pytest.mark.parametrize(("name", "start", "threshold"), THRESHOLDS)
@pytest.mark.parametrize("hours", [-1, 1])
def test_a_threshold_that_moves_by_an_hour_is_noticed(
    name: str, start: int, threshold: str, hours: int
) -> None:
    key, _, days = threshold.rstrip("d").partition(": ")
    moved = 24 * int(days) + hours
    path = Path(f"policies/{name}.yml")
    text = path.read_text(encoding="utf-8")
    assert text[start:].startswith(threshold)
    path.write_text(text[:start] + f"{key}: {moved}h" + text[start + len(threshold) :])
    if name == "observe" and key == "warn":
        # A rule that only observes warns nobody: this is noticed by nothing, tests included.
        assert command("test").code == 0
        return

    assert noticed(command("test", f"policies/tests/{name}.yml"))


def noticed(ran: Ran) -> bool:
    """Whether a test failed, or the policy itself is refused (over 90 days)."""
    assert "FAILED" in ran.out or "too long" in ran.out
    return ran.code == 1


def test_the_installed_tests_find_their_policies_without_a_repository() -> None:
    """In a wheel or an unpacked archive there is no `.git` around them."""
    suites = [policytests.load(f"policies/tests/{name}.yml") for name in POLICIES]

    assert run(suites).failed == ()
