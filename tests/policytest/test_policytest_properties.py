"""Whatever stands in a test file, it is run or told; whatever is said, JUnit's XML is whole."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft202012Validator
from policytest_support import HERE, ROOT, command

from reconciler.config import policytests
from reconciler.config.findings import Findings
from reconciler.config.policytest_cases import words
from reconciler.config.schema import published
from reconciler.config.yaml import parse
from reconciler.errors import FileError
from reconciler.model.diagnostics import Diagnostic, Mark
from reconciler.model.plan import Action, Reason, Verdict
from reconciler.policytest import Expectation, Found, Judged, Result, Suite, run
from reconciler.render.junit import junit
from reconciler.render.policytests import Run
from reconciler.render.policytests import json as shown_json
from reconciler.render.policytests import text as shown_text

SCHEMA = published("policy-test").root
RIGHT = sorted((ROOT / "policies" / "tests").glob("*.yml"))
LINES = (ROOT / "policies" / "tests" / "standard.yml").read_text(encoding="utf-8").splitlines()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a seats file and a policy to be tested in it."""
    made = tmp_path_factory.mktemp("properties")
    (made / "seats.yml").write_text(
        "version: 1\norg: acme\nseats: {teams: [platform, {team: x, assign: members}]}\n"
        "inactivity: {policy: standard}\nexempt: [{user: mona, reason: leave}]\n"
    )
    (made / "guards.yml").write_text("rules: [{name: everyone, idle: {cancel: 9d}}]\n")
    return made


def loaded(folder: Path, content: bytes) -> Suite | FileError:
    """Load a test file with that content and run it; only `FileError` may be raised."""
    path = folder / "x.test.yml"
    path.write_bytes(content)
    try:
        suite = policytests.load(path)
    except FileError as error:
        return error
    found = run([suite])
    shown = Run((str(path),), found, (), True)
    assert shown_text(shown)
    assert shown_json(shown)
    ElementTree.fromstring(junit(shown).encode())  # noqa: S314 (ours)
    return suite


# --- any document --------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(content=st.binary(max_size=200))
def test_any_bytes(folder: Path, content: bytes) -> None:
    loaded(folder, content)


PIECES = st.sampled_from(
    [
        *("policy: prompt\n", "now: 2026-11-22\n", "tests:\n", "  - name: a\n", "    seats:\n"),
        *("      - {user: mona, active: -40d, expect: idle}\n", "file: seats.yml\n", "- ", ": "),
        *("[", "]", "{", "}", "&a ", "*a", "!!str ", "<<: ", "'", '"', "|\n", "---\n", "\t", "\n"),
        *("null", "no", "007", "1e3", "-1d", "~", "\x00", "\x1b", "\u2028", "expect: ", "exempt: "),
    ]
)


@settings(max_examples=200, deadline=None)
@given(pieces=st.lists(PIECES, max_size=25))
def test_any_yaml_like_text(folder: Path, pieces: list[str]) -> None:
    loaded(folder, "".join(pieces).encode())


@settings(max_examples=200, deadline=None)
@given(
    lines=st.lists(st.integers(0, len(LINES) - 1), min_size=1, max_size=4),
    how=st.sampled_from(["drop", "double", "indent", "outdent", "cut", "swap"]),
    column=st.integers(0, 90),
    piece=PIECES,
)
def test_any_damage_to_a_right_file(
    folder: Path, lines: list[int], how: str, column: int, piece: str
) -> None:
    damaged = [line.replace("../standard.yml", "standard") for line in LINES]
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


SCALARS = st.sampled_from(
    [
        *("mona", "Mona", "lisa", "-x", "a b", "no", "x" * 40, "ent:a", "platform", "", " ", "\n"),
        *("-30d", "-30d1s", "-0d", "30d", "+3d", "-99999w", "never", "2026-11-22", "2026-02-30"),
        *("2026-11-22T08:00:00Z", "0001-01-01", "9999-12-31", "next-cycle", "+99999w", "-9d"),
        *("idle", "warned", "held", "on_hold", "idel", "create", "none", "direct", "everyone"),
        *("standard", "observe", "guards.yml", "seats.yml", "nowhere.yml", "../x.yml", "\x01"),
        *(0, 1, 2, -1, 10**18, True, False, None, 0.5),
    ]
)


def documents(schema: Mapping[str, Any], depth: int = 0) -> st.SearchStrategy[Any]:
    """Return documents that look like *schema*, some of them wrong in places."""
    while "$ref" in schema:
        merged = {**SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]], **schema}
        schema = {key: value for key, value in merged.items() if key != "$ref"}
    if "properties" in schema:
        optional = {key: documents(one, depth + 1) for key, one in schema["properties"].items()}
        needed = {key: optional.pop(key) for key in schema.get("required", ())}
        if "oneOf" in schema:
            about = optional.pop("policy"), optional.pop("file")
            policy = st.fixed_dictionaries({**needed, "policy": about[0]}, optional=optional)
            file = st.fixed_dictionaries({**needed, "file": about[1]}, optional=optional)
            return st.one_of(policy, file)
        return mostly(st.fixed_dictionaries(needed, optional=optional))
    if "items" in schema:
        return mostly(st.lists(documents(schema["items"], depth + 1), min_size=1, max_size=3))
    if "anyOf" in schema:
        return st.one_of(*(documents(one, depth + 1) for one in schema["anyOf"]))
    examples = list(schema.get("examples", ()))
    if examples == ["../seats.yml"]:
        examples = ["seats.yml"]
    words = next((one["enum"] for one in schema.get("allOf", ()) if "enum" in one), ())
    right = [*examples, *schema.get("enum", ()), *words]
    return mostly(st.sampled_from(right)) if right else SCALARS


def mostly(right: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.integers(0, 11).flatmap(lambda chance: SCALARS if chance == 0 else right)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(document=documents(SCHEMA))
def test_what_the_schema_refuses_the_program_refuses(folder: Path, document: Any) -> None:
    text = json.dumps(document, ensure_ascii=False)
    result = loaded(folder, text.encode())

    if isinstance(result, Suite):
        assert [one.message for one in Draft202012Validator(SCHEMA).iter_errors(document)] == []
        seats = [len(case["seats"]) for case in document["tests"]]
        assert [len(case.samples) for case in result.cases] == seats


# --- any result ----------------------------------------------------------------------------------

ANY = st.text(st.characters(), max_size=20)
MARKS = st.builds(Mark, ANY, st.integers(1, 99), st.integers(1, 99))
FOUND = st.builds(
    Found, st.sampled_from(Verdict), st.sampled_from(Action), st.sampled_from(Reason), ANY
)
RESULTS = st.builds(
    Result,
    path=st.just("a"),
    case=ANY,
    login=ANY,
    mark=MARKS,
    expected=st.none() | st.builds(Expectation, mark=MARKS, text=ANY),
    found=FOUND,
    wrong=st.sampled_from([(), ("verdict",), ("due", "says")]),
)
DIAGNOSTICS = st.builds(Diagnostic, st.builds(Mark, st.just("b"), st.just(1), st.just(1)), ANY)


@settings(max_examples=300, deadline=None)
@given(
    results=st.lists(RESULTS, max_size=4),
    diagnostics=st.lists(DIAGNOSTICS, max_size=3),
    path=ANY,
)
def test_junit_is_well_formed_whatever_the_words_are(
    results: list[Result], diagnostics: list[Diagnostic], path: str
) -> None:
    shown = Run(("a", "b", path), Judged(tuple(results), ()), tuple(diagnostics))
    root = ElementTree.fromstring(junit(shown).encode())  # noqa: S314 (ours)

    failed = sum(not one.passed for one in results)
    cases = len(list(root.iter("testcase")))
    assert int(root.get("tests", "")) == cases >= len(results)
    assert int(root.get("failures", "")) >= failed
    assert len(list(root.iter("failure"))) == int(root.get("failures", ""))
    said = shown_text(shown)
    assert said.encode()
    assert not any(line.lstrip().startswith("::") for line in said.splitlines())


# --- the schema ----------------------------------------------------------------------------------


def test_the_schema_is_one_and_knows_what_the_program_knows() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    definitions = SCHEMA["$defs"]
    asked = definitions["expectation"]["properties"]

    assert asked["verdict"]["enum"] == [one.value for one in Verdict]
    assert set(words()) == {*asked["verdict"]["enum"], *asked["reason"]["enum"]}
    # What `undo` does is never decided by the plan of a file.
    reasons = {one.value for one in Reason}
    assert reasons - {"undone"} <= set(asked["reason"]["enum"]) <= reasons
    assert asked["action"]["enum"] == [one.value for one in Action]


def test_what_it_has_in_common_with_the_seats_file_it_defines_alike() -> None:
    shared = SCHEMA["$defs"].keys() & published("file").root["$defs"].keys()

    assert shared == {"login", "name", "path", "slug", "text"}
    for name in shared:
        assert SCHEMA["$defs"][name] == published("file").root["$defs"][name]


def test_every_mapping_is_closed_and_every_key_described() -> None:
    mappings = [SCHEMA, *(one for one in SCHEMA["$defs"].values() if "properties" in one)]

    assert len(mappings) == 5
    for mapping in mappings:
        assert mapping["additionalProperties"] is False
        for key, value in mapping["properties"].items():
            name = value.get("$ref", "").rpartition("/")[2]
            merged = {**SCHEMA["$defs"].get(name, {}), **value}
            assert merged.get("description", "").endswith("."), key


@pytest.mark.parametrize("path", RIGHT, ids=lambda path: path.stem)
def test_the_shipped_tests_are_valid(path: Path) -> None:
    document = parse(path.read_text(encoding="utf-8"), "f", Findings())
    assert document is not None

    assert [one.message for one in Draft202012Validator(SCHEMA).iter_errors(document.data)] == []


@pytest.mark.parametrize("path", sorted((HERE / "wrong").glob("*.yml")), ids=lambda path: path.stem)
def test_wrong_files_exit_1_with_the_place(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parent)
    ran = command("test", path.name)

    assert ran.code == 1
    assert ran.err == ""
    assert f"{path.name}:" in ran.out
