"""Whatever stands in a file, the answer is a value or diagnostics, and it comes at all."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import example, given, settings

from reconciler.config import load
from reconciler.errors import FileError
from reconciler.model.desired import SeatsFile

WHOLE = (Path(__file__).parent / "right" / "whole-grammar.yml").read_text(encoding="utf-8")
LINES = WHOLE.splitlines()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("properties")


def loaded(folder: Path, content: bytes) -> SeatsFile | FileError:
    """Load a file with that content; any other exception than `FileError` fails the test."""
    path = folder / "seats.yml"
    path.write_bytes(content)
    started = time.process_time()
    result = loaded_or_told(path)
    # No measure of speed: what explodes takes minutes or never ends.
    assert time.process_time() - started < 60
    assert isinstance(result, SeatsFile) or str(result).encode()
    return result


def loaded_or_told(path: Path) -> SeatsFile | FileError:
    try:
        return load(path)
    except FileError as error:
        return error


@settings(max_examples=200, deadline=None)
@given(content=st.binary(max_size=200))
@example(content=b"a: !!python/object/apply:os.system [ls]")
@example(content=b'a: "\\uD800"')
@example(content=b"%YAML 99999999999999999999.1\n---\na: 1")
@example(content=b"? ? ? a")
@example(content=b"&a [*a]")
@example(content=b"{<<: &a {<<: *a}}")
def test_any_bytes(folder: Path, content: bytes) -> None:
    loaded(folder, content)


SNIPPETS = st.sampled_from(
    [
        *("version: 1\n", "org: acme\n", "seats:\n", "  users:\n", "    - octocat\n", "- ", ": "),
        *("[", "]", "{", "}", "&a ", "*a", "!!str ", "<<: ", "'", '"', "|\n", ">\n", "#", "---\n"),
        *(
            "...\n",
            "\t",
            "  ",
            "\n",
            "\r\n",
            "null",
            "no",
            "007",
            "1e3",
            ".inf",
            "~",
            "@x",
            "`",
            "%",
        ),
        *("? ", "\\", "\ufeff", "\u2028", "\x85", "é", "\x00", "\x1b", "inactivity: ", "policy: "),
    ]
)


@settings(max_examples=300, deadline=None)
@given(pieces=st.lists(SNIPPETS, max_size=30))
def test_any_yaml_like_text(folder: Path, pieces: list[str]) -> None:
    loaded(folder, "".join(pieces).encode())


@settings(max_examples=200, deadline=None)
@given(
    document=st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text(st.characters(exclude_categories=["Cs"])),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=20), inner),
        max_leaves=30,
    )
)
def test_any_json_document(folder: Path, document: Any) -> None:
    loaded(folder, json.dumps(document, ensure_ascii=False).encode())


@settings(max_examples=300, deadline=None)
@given(
    lines=st.lists(st.integers(0, len(LINES) - 1), min_size=1, max_size=4),
    how=st.sampled_from(["drop", "double", "indent", "outdent", "cut", "swap"]),
    column=st.integers(0, 60),
    piece=SNIPPETS,
)
def test_any_damage_to_a_right_file(
    folder: Path, lines: list[int], how: str, column: int, piece: str
) -> None:
    damaged = list(LINES)
    for number in lines:
        line = damaged[number]
        damaged[number] = {
            "drop": "",
            "double": f"{line}\n{line}",
            "indent": f" {line}",
            "outdent": line[1:],
            "cut": line[:column],
            "swap": line[:column] + piece + line[column + 1 :],
        }[how]
    loaded(folder, "\n".join(damaged).encode())


@pytest.mark.parametrize(
    "content",
    [
        "[" * 500_000,
        "{a: " * 200_000,
        "- " * 500_000,
        "a: [" + "a," * 500_000 + "]",
        "a: &a [x]\nb: [" + "*a," * 300_000 + "]",
        "a: " + "9" * 1_000_000,
        "version: " + "1" * 5_000,
        '"' + "k" * 1_000_000 + '": 1',
        "#" * 1_000_000,
        "\x01" * 1_000_000,
        "{" + "".join(f"k{number}: 1," for number in range(60_000)) + "}",
        "version: 1\norg: acme\nseats: {users: [" + "octocat," * 60_000 + "]}",
        "version: 1\norg: acme\nseats: {users: [{user: '" + " a" * 400_000 + "'}]}",
        "version: 1\norg: acme\nseats: {}\nguards: {max_activity_age: '" + " 0" * 400_000 + "'}",
    ],
    ids=lambda content: content[:20].replace("\n", " ") if isinstance(content, str) else None,
)
def test_hostile_files_are_answered(folder: Path, content: str) -> None:
    assert isinstance(loaded(folder, content.encode()), FileError)


def test_twenty_thousand_entries_are_read(folder: Path) -> None:
    users = "".join(
        f"    - {{user: user-{number}, id: {number + 1}, until: 2026-12-01, reason: x}}\n"
        for number in range(20_000)
    )
    result = loaded(folder, f"version: 1\norg: acme\nseats:\n  users:\n{users}".encode())

    assert isinstance(result, SeatsFile)
    assert len(result.seats.users) == 20_000


def test_importing_the_door_imports_neither_yaml_nor_jsonschema() -> None:
    import subprocess
    import sys

    code = (
        "import sys, reconciler.config; print(*({'yaml', 'jsonschema', 'json'} & {*sys.modules}))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert run.stdout.strip() == ""
