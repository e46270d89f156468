"""Every folder of `examples/` is complete: its files are valid, and its story ends well."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from e2e_support import ROOT, Cli, Serve, holders, schema

EXAMPLES = ROOT / "examples"
WORKFLOWS = EXAMPLES / "workflows"  # run by tests/action
FOLDERS = sorted(one for one in EXAMPLES.iterdir() if one.is_dir() and one != WORKFLOWS)


def seats_files(folder: Path) -> dict[str, str]:
    """Return the seats files below *folder* by the login of their organisation."""
    found = {}
    for path in sorted(folder.rglob("*.yml")):
        org = re.search(r"(?m)^org: *([\w-]+)", path.read_text(encoding="utf-8"))
        if org is not None:
            found[org[1].lower()] = path.relative_to(folder).as_posix()
    return found


def snapshots(folder: Path) -> dict[str, Path]:
    """Return the snapshots below *folder* by the login of their organisation."""
    found = {}
    for path in sorted(folder.rglob("*.json")):
        content = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(content, dict) and "organization" in content and "seats" in content:
            found[content["organization"]["login"].lower()] = path
    return found


def test_there_are_examples() -> None:
    assert EXAMPLES / "demo" in FOLDERS


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda one: one.name)
def test_an_example(cli: Cli, served: Serve, folder: Path) -> None:
    files, worlds = seats_files(folder), snapshots(folder)
    assert files, "an example has a seats file"
    assert set(files) <= set(worlds), "every organisation of an example has a snapshot"
    shutil.copytree(folder, cli.folder, dirs_exist_ok=True)
    assert cli("validate", *files.values(), code=0).out.endswith(": 0 errors\n")
    for org, file in files.items():
        content = json.loads(worlds[org].read_text(encoding="utf-8"))
        schema("snapshot").validate(content)
        ran = cli("plan", file, "--live", worlds[org], "--format", "json")
        assert ran.code in (0, 3)
        schema("plan").validate(ran.json)
        world = served(content)
        cli("ledger", "init", file, code=0)
        # Some examples show a guard: what it withholds stays so.
        planned = cli("plan", file, "--out", "plan.json").code
        assert planned in (0, 3)
        before = holders(world)
        cli("apply", "plan.json", "--pace", 0, code=planned)
        changed = bool(cli.load("plan.json")["resource_changes"])
        assert (holders(world) != before) == changed
        again = cli("plan", file, "--format", "json", "--detailed-exitcode", code=planned).json
        assert again["resource_changes"] == []
