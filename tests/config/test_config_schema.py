"""The published schemas are right, and the program agrees with them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator

from reconciler.config import check, load
from reconciler.config.findings import Findings
from reconciler.config.overrides import ALLOWANCES, COUNTS, CURES, OVERRIDABLE, SWITCHES
from reconciler.config.schema import published
from reconciler.config.yaml import parse
from reconciler.guards import GUARDS
from reconciler.model.desired import SeatsFile
from reconciler.model.diagnostics import Severity

HERE = Path(__file__).parent
FILE, POLICY = published("file").root, published("policy").root
JUDGED = {
    *("$ref", "$defs", "$schema", "$id", "title", "description", "default", "examples", "format"),
    *("type", "enum", "const", "minimum", "maximum", "minLength", "maxLength", "minItems"),
    *("required", "properties", "additionalProperties", "items", "anyOf"),
}
FOR_EDITORS = {"pattern", "oneOf", "allOf", "if", "then"}


def subschemas(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield *schema* and all schemas in it."""
    yield schema
    for key in ("properties", "$defs"):
        for child in schema.get(key, {}).values():
            yield from subschemas(child)
    for key in ("anyOf", "oneOf", "allOf"):
        for child in schema.get(key, ()):
            yield from subschemas(child)
    for key in ("items", "if", "then"):
        if key in schema:
            yield from subschemas(schema[key])


@pytest.mark.parametrize("schema", [FILE, POLICY], ids=["file", "policy"])
def test_the_schema_is_one(schema: Mapping[str, Any]) -> None:
    Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("schema", [FILE, POLICY], ids=["file", "policy"])
def test_every_keyword_is_judged_by_the_program_or_known_to_be_for_editors(
    schema: Mapping[str, Any],
) -> None:
    used = {keyword for part in subschemas(schema) for keyword in part}

    assert used <= JUDGED | FOR_EDITORS


@pytest.mark.parametrize("schema", [FILE, POLICY], ids=["file", "policy"])
def test_every_mapping_is_closed_and_every_key_described(schema: Mapping[str, Any]) -> None:
    for part in subschemas(schema):
        if "properties" not in part or "description" not in part:
            continue
        assert part["additionalProperties"] is False, part["description"]
        for key, value in part["properties"].items():
            name = value.get("$ref", "").rpartition("/")[2]
            merged = {**schema["$defs"].get(name, {}), **value}
            assert merged.get("description", "").endswith("."), key


def test_what_both_schemas_define_they_define_alike() -> None:
    assert {name: FILE["$defs"][name] for name in POLICY["$defs"]} == POLICY["$defs"]


def test_every_example_is_valid() -> None:
    for part in subschemas(FILE):
        validator = Draft202012Validator({**part, "$defs": FILE["$defs"]})
        for example in part.get("examples", ()):
            assert validator.is_valid(example), example


def test_the_guards_are_those_of_the_planner() -> None:
    assert {*OVERRIDABLE, *CURES} == set(GUARDS)
    assert set(OVERRIDABLE) == COUNTS | ALLOWANCES | SWITCHES
    assert set(OVERRIDABLE) == set(FILE["$defs"]["override"]["properties"]["guard"]["enum"])


def data_of(text: str) -> Any:
    document = parse(text, "f", Findings())
    return None if document is None else document.data


def judged(folder: Path, text: str) -> tuple[bool, bool]:
    """Return whether jsonschema finds *text* valid, and whether we find no error in it."""
    path = folder / "seats.yml"
    path.write_text(text, encoding="utf-8")
    valid = Draft202012Validator(FILE).is_valid(data_of(text))
    errors = [found for found in check([path]) if found.severity is Severity.ERROR]
    return valid, not errors


@pytest.mark.parametrize("path", sorted((HERE / "cases").glob("*.yml")), ids=lambda path: path.stem)
def test_what_the_schema_refuses_the_program_refuses(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert Draft202012Validator(FILE).is_valid(data_of(text)) or check([path])


@pytest.mark.parametrize("path", sorted((HERE / "right").glob("*.yml")), ids=lambda path: path.stem)
def test_right_files_are_valid(path: Path) -> None:
    errors = Draft202012Validator(FILE).iter_errors(data_of(path.read_text(encoding="utf-8")))

    assert [error.message for error in errors] == []


@pytest.mark.parametrize("path", sorted((HERE / "../../policies").glob("*.yml")), ids=str)
def test_shipped_policies_are_valid(path: Path) -> None:
    errors = Draft202012Validator(POLICY).iter_errors(data_of(path.read_text(encoding="utf-8")))

    assert [error.message for error in errors] == []


WORDS = st.sampled_from(
    [
        *("acme", "octocat", "Octocat", "-x", "a b", "no", "x" * 40, "ent:a", "", " ", "\n", "é"),
        *("2026-11-22", "2026-02-30", "1999-01-01", "30d", "1d", "91d", "0d", "36h", "072h"),
        *("10%", "101%", "10.123%", "100.00%", "team", "members", "all", "cancel", "keep"),
        *("enforce", "observe", "max_seats", "empty", "evidence", "standard", "./x.yml", "USD"),
    ]
)
SCALARS = st.one_of(
    WORDS,
    st.sampled_from([0, 1, 2, -1, 500, 10**7 + 1, 10**18, True, False, None, 0.5, 19.5, 1e300]),
)


def documents(schema: Mapping[str, Any], depth: int = 0) -> st.SearchStrategy[Any]:
    """Return documents that look like *schema*, most of them wrong in places."""
    while "$ref" in schema:
        schema = FILE["$defs"][schema["$ref"].rpartition("/")[2]]
    if depth > 6:
        return SCALARS
    if "properties" in schema:
        optional = {key: documents(value, depth + 1) for key, value in schema["properties"].items()}
        needed = {key: optional.pop(key) for key in schema.get("required", ())}
        right = st.fixed_dictionaries(needed, optional=optional)
        return mostly(right, st.dictionaries(WORDS, SCALARS, max_size=2))
    if "items" in schema:
        items = st.lists(documents(schema["items"], depth + 1), max_size=3)
        return mostly(items, SCALARS)
    if "anyOf" in schema:
        return st.one_of(*(documents(one, depth + 1) for one in schema["anyOf"]), SCALARS)
    right = [*schema.get("examples", ()), *schema.get("enum", ())]
    return mostly(st.sampled_from(right), SCALARS) if right else SCALARS


def mostly(right: st.SearchStrategy[Any], wrong: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.integers(0, 7).flatmap(lambda chance: wrong if chance == 0 else right)


@settings(max_examples=300, deadline=None)
@given(document=documents(FILE))
def test_the_program_accepts_nothing_that_the_schema_refuses_and_loses_nothing(
    document: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.getbasetemp()
    valid, accepted = judged(folder, json.dumps(document, ensure_ascii=False))

    assert valid or not accepted
    if accepted:
        assert written(document) == read(load(folder / "seats.yml"))


def written(document: Any) -> list[int]:
    """Return how many entries stand in each list of *document*."""
    seats, guards = document["seats"], document.get("guards", {})
    return [
        len(seats.get("teams", ())),
        len(seats.get("users", ())),
        len(document.get("reinstate", ())),
        len(document.get("exempt", ())),
        len(document.get("inactivity", {}).get("rules", ())),
        len(guards.get("overrides", ())) if isinstance(guards, dict) else 0,
    ]


def read(file: SeatsFile) -> list[int]:
    """Return how many of each came of them."""
    rules = file.inactivity.rules if file.inactivity else ()
    return [
        len(file.seats.teams),
        len(file.seats.users),
        len(file.reinstate),
        len(file.exempt),
        sum(rule.named_at is None for rule in rules),
        len(file.guards.overrides),
    ]
