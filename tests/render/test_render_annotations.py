"""Diagnostics: one line each, and nothing in them that a terminal or a runner obeys."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given, settings
from render_hostile import names, words
from render_samples import DIAGNOSTICS

from reconciler.model.diagnostics import Diagnostic, Mark, Severity
from reconciler.render import annotations

PLACE = Mark("seats.yml", 4, 12)


def test_text_is_file_line_column_severity_message() -> None:
    shown = annotations.text((Diagnostic(PLACE, "unknown key"),))

    assert shown == "seats.yml:4:12: error: unknown key\n"


def test_colour_changes_no_letter() -> None:
    coloured = annotations.text(DIAGNOSTICS, colour=True)

    assert re.sub(r"\x1b\[\d+m", "", coloured) == annotations.text(DIAGNOSTICS)
    assert "\x1b[31merror\x1b[0m" in coloured
    assert "\x1b[33mwarning\x1b[0m" in coloured


def test_nothing_to_tell_is_nothing() -> None:
    assert (annotations.text(()), annotations.github(())) == ("", "")
    assert json.loads(annotations.json(())) == {
        "format_version": "1.0",
        "diagnostics": [],
        "errors": 0,
        "warnings": 0,
    }


def test_json_has_every_part() -> None:
    warning = Diagnostic(PLACE, "twice\n", Severity.WARNING, "duplicate")
    found = json.loads(annotations.json((warning,)))

    assert found["diagnostics"] == [
        {
            "file": "seats.yml",
            "line": 4,
            "column": 12,
            "severity": "warning",
            "code": "duplicate",
            "message": "twice\n",
        }
    ]
    assert (found["errors"], found["warnings"]) == (0, 1)


@pytest.mark.parametrize(
    ("diagnostic", "command"),
    [
        (
            Diagnostic(PLACE, "wrong"),
            "::error file=seats.yml,line=4,col=12,title=copilot-seats::wrong",
        ),
        (
            Diagnostic(PLACE, "wrong", Severity.WARNING, "rule-unreachable"),
            "::warning file=seats.yml,line=4,col=12,title=rule-unreachable::wrong",
        ),
        (
            Diagnostic(Mark("a,b:.yml", 1, 2), "100%: a,b\r\n::error::x", code="a,b:c"),
            "::error file=a%2Cb%3A.yml,line=1,col=2,title=a%2Cb%3Ac::100%25: a,b%0A::error::x",
        ),
    ],
)
def test_workflow_commands_are_escaped(diagnostic: Diagnostic, command: str) -> None:
    assert annotations.github((diagnostic,)) == command + "\n"


def _unescaped(text: str) -> str:
    for escaped, plain in (("%0A", "\n"), ("%0D", "\r"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(escaped, plain)
    return text


@given(names, words, words)
@settings(max_examples=150)
def test_a_hostile_diagnostic_is_one_line_of_each(file: str, message: str, code: str) -> None:
    found = (Diagnostic(Mark(file, 3, 4), message, code=code),)
    (line,) = annotations.text(found).splitlines()
    (command,) = annotations.github(found).splitlines()

    assert ":3:4: error: " in line
    assert not line.lstrip().startswith("::")
    assert "##[" not in line
    match = re.fullmatch(r"::error file=([^:,]*),line=3,col=4,title=([^:,]+)::(.*)", command)
    assert match is not None
    assert json.loads(annotations.json(found))["diagnostics"][0]["message"] == message
    if message.isprintable():
        assert _unescaped(match[3]) == message
