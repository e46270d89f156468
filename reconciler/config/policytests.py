"""Find policy test files, and read one with the policy or seats file that it is about."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from reconciler.config import files
from reconciler.config.inactivity import tell_one_name, tell_out_of_reach
from reconciler.config.instants import read_moment
from reconciler.config.node import Node
from reconciler.config.policytest_cases import read_cases, tell_said_there
from reconciler.config.schema import published
from reconciler.config.seatsfile import (
    Reading,
    judge_document,
    limited,
    open_document,
    read,
    read_policy,
    shown_path,
)
from reconciler.errors import FileError, UsageError
from reconciler.model.desired import Inactivity, Rule, SeatsFile
from reconciler.model.diagnostics import Severity
from reconciler.model.file_kinds import FileKind
from reconciler.policytest import Suite

FOLDER = "tests"
"""Every YAML file right in a folder of this name is a test file."""
SUFFIXES = (".test.yml", ".test.yaml")
"""How the name of a test file ends anywhere else."""

_TELLING = ("policy", "file", "now", "tests")
"""Keys by one of which a test file can be told from other YAML files."""
_YAML = (".yml", ".yaml")
_NO_MOMENT = datetime(2026, 11, 22, 8, tzinfo=UTC)
"""Stands for a moment that can't be read, so that the rest of the file is read all the same."""


def find(path: Path) -> list[Path]:
    """Return *path* itself unless it is a folder, else the test files in it, in order.

    What begins with a dot, and links to folders, are passed over.
    """
    try:
        is_folder = path.is_dir()
    except OSError:  # no file can have such a name: told when it is read
        is_folder = False
    return sorted(_below(path)) if is_folder else [path]


def _below(folder: Path) -> Iterator[Path]:
    for where, folders, found in os.walk(folder, onerror=_unreadable):
        folders[:] = [one for one in folders if not one.startswith(".")]
        in_tests = Path(where).absolute().name == FOLDER
        for name in found:
            if _is_test(name.lower(), in_tests=in_tests):
                yield Path(where) / name


def _is_test(name: str, *, in_tests: bool) -> bool:
    if name.startswith("."):
        return False
    return name.endswith(SUFFIXES) or (in_tests and name.endswith(_YAML))


def _unreadable(error: OSError) -> NoReturn:
    raise UsageError(f"{error.filename} can't be read: {error.strerror or error}") from error


def load(path: str | Path) -> Suite:
    """Return the tests in the file at *path*, or raise `FileError` with all that is wrong."""
    reading = Reading(os.fspath(path), _root(Path(path)))
    suite = None
    with limited():
        suite = _read(reading)
    if suite is None or reading.findings.failed:
        raise FileError(reading.findings.all)
    return suite


def _root(file: Path) -> Path:
    """Return the folder that a test file's paths may not leave: the repository.

    Without one it is the file's own folder, or that around it where it is called `tests`.
    """
    root = files.repository(file)
    alone = root.name == FOLDER and not (root / ".git").exists()
    return root.parent if alone else root


def _read(reading: Reading) -> Suite | None:
    findings = reading.findings
    path = Path(reading.path)
    document = open_document(path, reading.path, reading, findings, FileKind.TEST)
    if document is None:
        return None
    node = Node(document)
    if isinstance(node.value, dict) and not any(map(node.has, _TELLING)):
        message = (
            "this is no policy test: a test file names a `policy` or a seats `file`, "
            "and has a moment, `now`, and `tests`"
        )
        findings.error(node.mark, "no-test", message)
        return None
    judge_document(document, published("policy-test"), findings)
    about, rules = _read_about(node, reading)
    now = read_moment(node.get("now"), findings) or _NO_MOMENT
    cases = read_cases(node.entries("tests"), about, now, findings)
    return None if about is None else Suite(reading.path, about, cases, rules)


def _read_about(
    node: Node, reading: Reading
) -> tuple[Inactivity | SeatsFile | None, tuple[Rule, ...]]:
    """Return what the tests are about, and the rules whose edges they should touch."""
    policy, file, counts = map(node.get, ("policy", "file", "authentication_counts"))
    if node.has("policy") and node.has("file"):
        message = "a test file is about a `policy` or about a whole seats `file`: keep one of them"
        mark = node.mark if file is None else file.key_mark
        reading.findings.error(mark, "about", message)
        return None, ()
    if policy is not None and policy.text is not None:
        return _read_rules(policy, counts, reading)
    if file is not None and file.text is not None:
        if counts is not None:
            tell_said_there(counts, reading.findings)
        return _read_file(file, reading)
    if isinstance(node.value, dict) and not node.has("policy") and not node.has("file"):
        message = (
            "what is tested is missing: write `policy: standard`, the path of a policy "
            "(`policy: ../own.yml`), or that of a seats file (`file: ../seats.yml`)"
        )
        reading.findings.error(node.mark, "missing-key", message)
    return None, ()


def _read_rules(
    named: Node, counts: Node | None, reading: Reading
) -> tuple[Inactivity | None, tuple[Rule, ...]]:
    found = read_policy(named, reading)
    tell_one_name(found, reading.findings)
    tell_out_of_reach(found, reading.findings)
    rules = tuple(one.rule for one in found)
    if not rules:  # told: there is no such policy, or it is no list of rules
        return None, ()
    return Inactivity(rules, named.text, counts is not None and counts.value is True), rules


def _read_file(named: Node, reading: Reading) -> tuple[SeatsFile | None, tuple[Rule, ...]]:
    """Return the seats file, and its rules without a shipped policy's: those have own tests."""
    path, text = Path(reading.path), named.text or ""
    root = reading.root or _root(path)
    try:
        files.locate(text, path, root)
    except files.Unreadable as error:
        reading.findings.error(named.mark, "file", str(error))
        named.spoil()
        return None, ()
    inner = read(shown_path(text, path), root)
    if inner.file is None:
        errors = (one for one in inner.findings.all if one.severity is Severity.ERROR)
        reading.findings.named_by(named.mark, errors)
        return None, ()
    inactivity = inner.file.inactivity or Inactivity()
    shipped = inactivity.policy is not None and not files.is_path(inactivity.policy)
    own = (rule for rule in inactivity.rules if rule.named_at is None or not shipped)
    return inner.file, tuple(own)
