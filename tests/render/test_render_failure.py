"""What failed, as Markdown: complete within its limit, and no word of others' is ever structure."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from render_hostile import words
from render_samples import DIAGNOSTICS
from test_render_markdown import assert_only_our_structure, parsed, words_of

from reconciler.model.diagnostics import Diagnostic, Mark, Severity
from reconciler.render.failure import (
    LIMIT,
    diagnostics_markdown,
    failure_markdown,
    findings_markdown,
)


def test_it_says_what_failed_and_why() -> None:
    text = failure_markdown("plan", "seats.yml", "the ledger is broken\nrestore it")
    assert text.startswith("### Copilot seats: `plan` failed for `seats.yml`\n")
    assert "> [!CAUTION]\n> the ledger is broken<br>\n> restore it\n" in text


def test_errors_come_before_warnings() -> None:
    warning = replace(DIAGNOSTICS[0], severity=Severity.WARNING, message="only this")
    error = replace(DIAGNOSTICS[0], severity=Severity.ERROR, message="this above all")
    text = diagnostics_markdown(1, [warning, error])
    assert "**1 file: 1 error, 1 warning.**" in text
    assert text.index("this above all") < text.index("only this")


def test_nothing_wrong_says_so() -> None:
    assert "**3 files: 0 errors.**" in diagnostics_markdown(3, [])


@given(words, words, words)
@settings(max_examples=60, deadline=None)
def test_no_word_does_harm(command: str, path: str, told: str) -> None:
    for text in (
        failure_markdown(command, path, told),
        findings_markdown(command, path, [Diagnostic(Mark(path, 1, 1), told, Severity.ERROR)]),
        diagnostics_markdown(1, [Diagnostic(Mark(path, 1, 1), told, Severity.WARNING)]),
    ):
        assert_only_our_structure(text)


@given(st.lists(words, max_size=5))
@settings(max_examples=40, deadline=None)
def test_every_line_stays_inside_the_box(lines: list[str]) -> None:
    text = failure_markdown("apply", "seats.yml", "\n".join(lines), midway=True)
    kinds = [token.type for token in parsed(text)]
    assert kinds.count("blockquote_open") == 1
    assert kinds.count("heading_open") == 1
    assert words_of(text).endswith("or in the log of the run.")


@pytest.mark.parametrize("number", [1, 51, 100_000])
def test_what_is_too_long_is_cut_and_says_so(number: int) -> None:
    text = failure_markdown("plan", "seats.yml", "\n".join(["x" * 3_000] * number))
    assert len(text) <= LIMIT
    found = [replace(DIAGNOSTICS[0], message="x" * 3_000) for _ in range(number)]
    told = findings_markdown("plan", "seats.yml", found)
    assert len(told) <= LIMIT
    assert ("more: the JSON output" in told) is (number > 50)
