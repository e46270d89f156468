"""The page about security names tests that exist."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)


@cache
def names_in(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def test_every_test_that_the_page_names_exists() -> None:
    assert len(NAMED) > 40
    assert [name for path, name in NAMED if name not in names_in(path)] == []


def test_every_attempt_has_its_test() -> None:
    attempts = PAGE.partition("## What could be tried")[2].partition("## Personal data")[0]
    rows = [line for line in attempts.splitlines() if line.startswith("| ") and "---" not in line]
    headings = [line for line in rows if line.endswith("| test |")]
    assert len(rows) - len(headings) > 30
    assert [line for line in rows if "::test_" not in line and line not in headings] == []
