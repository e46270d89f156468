"""Files that can't be read are diagnosed too, and no path leads out of the repository."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.config import check, load
from reconciler.config import yaml as config_yaml
from reconciler.model.diagnostics import Mark

MINIMAL = "version: 1\norg: acme\nseats: {undeclared: keep}\n"
POLICY = "rules: [{name: a, idle: {cancel: 9d}}]\n"

Tell = Callable[..., str]


@pytest.fixture(autouse=True)
def _in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "repository").mkdir()
    monkeypatch.chdir(tmp_path / "repository")


def told(content: bytes | str, path: str = "seats.yml") -> tuple[Mark, str]:
    """Return place and message of the only finding about a file with that content."""
    file = Path(path)
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    (finding,) = check([path])
    return finding.mark, finding.message


@pytest.mark.parametrize(
    ("content", "place", "words"),
    [
        (b"", (1, 1), "the file is empty"),
        (b"\xef\xbb\xbf", (1, 1), "the file is empty"),
        (b"a: 1\nb: caf\xe9\n", (1, 1), "line 2 holds the byte 0xe9; save it as UTF-8"),
        (MINIMAL.encode("utf-16"), (1, 1), "UTF-16: save it as UTF-8"),
        (b"\x7fELF\x00\x01\n", (1, 1), "not a text file"),
        (b"a: 1\nb\x00: 2\n", (2, 1), "a NUL byte on this line"),
        (b"a: 1\nb: x\x1b[31m\n", (2, 5), "can't be seen stands here (U+001B)"),
        ("a: left\u202eright\n".encode(), (1, 8), "(U+202E)"),
        ("a: \ufeffb\n".encode(), (1, 4), "(U+FEFF)"),
        (b"\xed\xa0\x80", (1, 1), "the file is not UTF-8"),
    ],
)
def test_what_is_no_text_is_told(content: bytes, place: tuple[int, int], words: str) -> None:
    mark, message = told(content)

    assert (mark.line, mark.column) == place
    assert words in message


def test_a_missing_file_is_told() -> None:
    (finding,) = check(["nowhere.yml"])

    assert str(finding) == "nowhere.yml:1:1: error: there is no such file"


@pytest.mark.parametrize("name", ["a\0b.yml", "x" * 5000, ""])
def test_names_no_file_can_have_are_told(name: str) -> None:
    (finding,) = check([name])

    assert finding.mark.file == name
    assert finding.message


def test_a_folder_is_told() -> None:
    (finding,) = check(["."])

    assert finding.message == "this is a folder: name a file in it, like `seats.yml`"


def test_a_file_that_may_not_be_read_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    Path("seats.yml").write_text(MINIMAL)
    monkeypatch.setattr(Path, "open", refuse)
    (finding,) = check(["seats.yml"])

    assert finding.message == "the file can't be read: Permission denied"


def test_a_file_without_end_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reconciler.config.files.MAX_BYTES", 2048)
    _, message = told(b"#" * 4096)

    assert message.startswith("the file is too large")


def test_a_file_with_too_many_values_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config_yaml, "MAX_NODES", 100)
    mark, message = told("a: [" + "x, " * 200 + "]")

    assert message == "the file holds more than 100 values"
    assert mark.column > 200


def test_telling_ends_somewhere() -> None:
    Path("seats.yml").write_text(MINIMAL + "exempt: [" + "7," * 5000 + "]")
    findings = check(["seats.yml"])

    assert len(findings) == 1001
    assert any("1,000 findings: the rest is not looked at" in one.message for one in findings)


def named(path: str, key: str = "policy") -> str:
    """Load a file that names *path*, and return what was wrong with that; empty if nothing."""
    line = f'inactivity: {{policy: "{path}"}}\n' if key == "policy" else f'guards: "{path}"\n'
    Path("seats.yml").write_text(MINIMAL + line)
    findings = check(["seats.yml"])
    assert {found.mark.line for found in findings} <= {4}
    return findings[0].message if findings else ""


@pytest.mark.parametrize("key", ["policy", "guards"])
@pytest.mark.parametrize(
    "path",
    ["../outside.yml", "sub/../../outside.yml", "link.yml", "folder/outside.yml", "OUTSIDE"],
)
def test_no_path_leads_out_of_the_repository(key: str, path: str) -> None:
    content = POLICY if key == "policy" else "max_seats: 5\n"
    outside = Path("../outside.yml").resolve()
    outside.write_text(content)
    Path("sub").mkdir()
    Path("link.yml").symlink_to(outside)
    Path("folder").symlink_to(outside.parent)

    message = named(str(outside) if path == "OUTSIDE" else path, key)

    assert "leads out of the repository" in message or "is not relative" in message


@pytest.mark.parametrize("path", ["own.yml", "./own.yml", "sub/../own.yml", "link.yml", "own.yaml"])
def test_paths_inside_the_repository_are_followed(path: str) -> None:
    Path("sub").mkdir()
    Path("own.yml").write_text(POLICY)
    Path("own.yaml").write_text(POLICY)
    Path("link.yml").symlink_to("own.yml")

    assert named(path) == ""


def test_the_repository_is_where_git_is() -> None:
    Path("orgs").mkdir()
    Path("own.yml").write_text(POLICY)
    Path("orgs/seats.yml").write_text(MINIMAL + "inactivity: {policy: ../own.yml}\n")
    (alone,) = check(["orgs/seats.yml"])
    Path(".git").touch()

    assert "leads out of the repository" in alone.message
    assert check(["orgs/seats.yml"]) == ()


def test_another_root_can_be_given() -> None:
    Path("orgs").mkdir()
    Path("own.yml").write_text(POLICY)
    Path("orgs/seats.yml").write_text(MINIMAL + "inactivity: {policy: ../own.yml}\n")

    assert load("orgs/seats.yml", root=Path()).inactivity is not None


@pytest.mark.parametrize("path", ["loop.yml", "loop/own.yml", "x" * 900 + "/own.yml"])
def test_paths_that_lead_nowhere_are_told(path: str) -> None:
    Path("loop.yml").symlink_to("loop.yml")
    Path("loop").symlink_to("loop")

    assert named(path)


def test_a_policy_of_ones_own_is_not_named_like_a_shipped_one() -> None:
    Path("policies").mkdir()
    Path("policies/keys.yml").write_text(POLICY)

    assert named("keys").endswith("for the file of that name write `policies/keys.yml`")


def test_an_installed_package_brings_its_policies_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "_policies").mkdir()
    (tmp_path / "_policies/packaged.yml").write_text(POLICY)
    monkeypatch.setattr("importlib.resources.files", lambda _: tmp_path)

    assert named("packaged") == ""
    assert "There are `packaged`;" in named("standard")


def test_a_policy_that_is_no_text_is_told_at_both_places() -> None:
    Path("own.yml").write_bytes(b"\xff\xfe")
    Path("seats.yml").write_text(MINIMAL + "inactivity: {policy: own.yml}\n")
    own, naming = check(["seats.yml"])

    assert str(own) == "own.yml:1:1: error: the file is written in UTF-16: save it as UTF-8"
    assert naming.mark == Mark("seats.yml", 4, 22)
    assert naming.message == f"in own.yml, line 1: {own.message}"


def test_two_files_for_one_organisation_are_told_at_the_second() -> None:
    Path("a.yml").write_text(MINIMAL)
    Path("b.yml").write_text(MINIMAL.replace("acme", "other"))
    Path("c.yml").write_text(MINIMAL.replace("acme", "Acme") + "colour: blue\n")
    two, unknown = check(["a.yml", "b.yml", "c.yml"])

    assert str(two) == (
        "c.yml:2:6: error: two files for one organisation, `Acme`: "
        "the other is a.yml, line 2; put them together"
    )
    assert unknown.mark == Mark("c.yml", 4, 1)


def test_a_file_that_is_given_twice_is_told() -> None:
    Path("a.yml").write_text(MINIMAL)
    (finding,) = check(["a.yml", Path("a.yml")])

    assert str(finding) == "a.yml:2:6: error: this file is given twice"


def test_one_bad_file_does_not_hide_another() -> None:
    Path("a.yml").write_text("[\n")
    Path("b.yml").write_text(MINIMAL + "colour: blue\n")

    assert [found.mark.file for found in check(["a.yml", "b.yml", "c.yml"])] == [
        "a.yml",
        "b.yml",
        "c.yml",
    ]
