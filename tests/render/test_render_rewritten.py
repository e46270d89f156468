"""A seats file written anew reads as the same value."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

from reconciler import config
from reconciler.errors import FileError
from reconciler.model.desired import Inactivity, SeatsFile
from reconciler.model.diagnostics import Mark
from reconciler.render.seatsfile_dump import rewritten

ROOT = Path(__file__).parents[2]
FILES = [
    *sorted((ROOT / "tests" / "config" / "right").glob("*.yml")),
    *sorted((ROOT / "examples").rglob("seats.yml")),
]


def said(found: Any) -> Any:
    """Return what a value says, without places, digests and how a policy is named."""
    if isinstance(found, Mark):
        return "somewhere"
    if isinstance(found, Inactivity):
        return said((found.rules, found.authentication_counts))
    if is_dataclass(found) and not isinstance(found, type):
        left_out = {"path", "sha256", "mark", "marks", "named_at", "warnings"}
        return {
            one.name: said(getattr(found, one.name))
            for one in fields(found)
            if one.name not in left_out
        }
    return tuple(map(said, found)) if isinstance(found, tuple) else found


def load(path: Path) -> SeatsFile | None:
    try:
        return config.load(path)
    except FileError:
        return None


VALID = [path for path in FILES if load(path) is not None]


def test_there_are_files_with_the_whole_grammar() -> None:
    assert "whole-grammar.yml" in [path.name for path in VALID]
    assert len(VALID) >= 6


@pytest.mark.parametrize("path", VALID, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_file_written_anew_says_the_same(path: Path, tmp_path: Path) -> None:
    file = config.load(path)
    copy = tmp_path / "copy.yml"
    text = rewritten(file, "A copy.\n\nOf something.")
    copy.write_text(text, encoding="utf-8")
    assert text.startswith("# A copy.\n#\n# Of something.\nversion: 1\n")
    assert said(config.load(copy)) == said(file)
    assert rewritten(config.load(copy), "A copy.\n\nOf something.") == text
