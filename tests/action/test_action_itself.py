"""The Action's own self-test workflow, and its step that installs, run as they stand."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path

from action_act import Act, require
from action_support import FILE, ROOT

SELF_TEST = ROOT / ".github" / "workflows" / "self-test.yml"


def test_the_self_test_passes(act: Act) -> None:
    require("curl", "the workflow asks the sandbox with it")
    files = [ROOT / "action.yml", *(ROOT / "examples" / "small").glob("*")]
    for folder in ("reconciler", "policies", "requirements"):
        files += [one for one in (ROOT / folder).rglob("*") if "__pycache__" not in one.parts]
    act.origin.commit(
        "main",
        {
            one.relative_to(ROOT).as_posix(): one.read_text(encoding="utf-8")
            for one in files
            if one.is_file()
        },
    )
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    act(SELF_TEST.read_text(encoding="utf-8").replace(":8731", f":{port}"), "push")


CHECK = """\
on: push
jobs:
  check:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v7
      - id: first
        uses: copilot-seats/copilot-seats@main
        with: {command: validate}
      - id: second
        uses: copilot-seats/copilot-seats@main
        with: {command: validate}
"""


def test_it_installs_what_is_pinned_and_once_a_job(act: Act) -> None:
    act.ready = None
    act.origin.commit("main", {"seats.yml": FILE})
    ran = act(CHECK, "push")
    assert ran.outputs("first") == ran.outputs("second")
    took = [
        one["executionTime"]
        for one in ran.events
        if "Install copilot-seats" in one.get("msg", "") and "executionTime" in one
    ]
    assert took[1] < took[0] / 3


def test_a_package_that_was_altered_is_not_installed(act: Act, tmp_path: Path) -> None:
    act.ready = None
    act.wheels = Path(shutil.copytree(act.wheels, tmp_path / "wheels"))
    (click,) = act.wheels.glob("click-*.whl")
    click.write_bytes(click.read_bytes() + b"\0")
    act.origin.commit("main", {"seats.yml": FILE})
    ran = act(CHECK, "push", code=1)
    assert "DO NOT MATCH THE HASHES" in ran.text
    assert ran.outputs("first")["exitcode"] == ""
