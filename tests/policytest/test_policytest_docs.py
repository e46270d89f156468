"""The page about policy tests: what it shows is run, and gives what it shows.

`UPDATE_DOCS=1` writes the output of the commands anew.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from policytest_support import ROOT, command

from reconciler.config.schema import published

PAGE = ROOT / "docs" / "policy-tests.md"
FENCE = re.compile(
    r"(?:<!-- (?P<name>[^ ]+) -->\n)?```(?P<kind>\w+)\n(?P<text>.*?)```\n", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: a file, or a command with what it prints."""

    name: str | None
    kind: str
    text: str
    start: int
    end: int


def blocks(page: str) -> Iterator[Block]:
    for found in FENCE.finditer(page):
        yield Block(found["name"], found["kind"], found["text"], *found.span("text"))


def test_the_page_shows_what_is_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = PAGE.read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    shown, printed, at = [], [], 0
    for block in blocks(page):
        if block.kind == "yaml" and block.name is not None:
            path = Path(block.name)
            path.parent.mkdir(exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
        if block.kind != "console":
            continue
        line = block.text.splitlines()[0]
        assert line.startswith("$ copilot-seats test")
        ran = command(*shlex.split(line)[2:])
        assert ran.err == ""
        printed += [page[at : block.start], f"{line}\n{ran.out}"]
        shown.append(ran.code)
        at = block.end
    printed.append(page[at:])

    assert shown == [0, 0, 1]
    if os.environ.get("UPDATE_DOCS"):
        PAGE.write_text("".join(printed), encoding="utf-8")
    else:
        assert "".join(printed) == page


def test_the_page_tells_every_key_and_every_verdict() -> None:
    page = PAGE.read_text(encoding="utf-8")
    definitions = published("policy-test").root["$defs"]
    table = page.partition("| key |")[2].partition("\n\n")[0]

    assert set(re.findall(r"`([a-z_]+)(?:: none)?`", table)) >= set(
        definitions["seat"]["properties"]
    )
    for key in definitions["expectation"]["properties"]:
        assert f"{key}: " in page
    for word in definitions["expectation"]["properties"]["verdict"]["enum"]:
        assert f"`{word}`" in page
