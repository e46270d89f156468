"""The page about the sandbox: its commands are run in a shell, and print what it shows.

`UPDATE_DOCS=1` writes what they print anew. A line of dots stands for anything.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
from pairwise import domains

from reconciler.sandbox import Fault, control

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "sandbox.md"
CONSOLE = re.compile(r"(?<=^```console\n).*?(?=^```$)", re.DOTALL | re.MULTILINE)
PORT = "8080"
DOTS = "..."


def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return str(server.getsockname()[1])


@dataclass
class Shell:
    """Runs the page's commands in a folder, on a port that is free."""

    folder: Path
    variables: dict[str, str]
    port: str = field(default_factory=free_port)
    served: subprocess.Popen[str] | None = None

    def run(self, line: str) -> list[str]:
        """Return what *line* prints; a sandbox runs on until the next one."""
        line = line.replace(PORT, self.port)
        if line.startswith("copilot-seats sandbox"):
            printed = self._serve(line)
        else:
            done = subprocess.run(
                ["sh", "-c", line],
                cwd=self.folder,
                env=self.variables,
                capture_output=True,
                text=True,
                timeout=120,
                check=True,
            )
            printed = done.stdout
        return printed.replace(self.port, PORT).splitlines()

    def _serve(self, line: str) -> str:
        self.close()
        self.served = subprocess.Popen(
            ["sh", "-c", f"exec {line}"],
            cwd=self.folder,
            env=self.variables,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.served.stdout is not None
        lines = [self.served.stdout.readline() for _ in range(4)]
        for found in re.finditer(r"export (\w+)=(\S+)", "".join(lines)):
            self.variables[found[1]] = found[2]
        return "".join(lines)

    def close(self) -> None:
        if self.served is not None:
            self.served.send_signal(signal.SIGTERM)
            self.served.communicate(timeout=30)


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    if shutil.which("curl") is None:
        pytest.skip("the page's examples need curl")
    folder = tmp_path / "work"
    shutil.copytree(ROOT / "examples" / "demo", folder)
    program = tmp_path / "bin" / "copilot-seats"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m reconciler "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    path = f"{program.parent}:{os.environ['PATH']}"
    variables = {"PATH": path, "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    running = Shell(folder, variables)
    yield running
    running.close()


def played(block: str, shell: Shell) -> str:
    """Return *block* with what its commands print; dots stay where they are right."""
    lines: list[str] = []
    for part in re.split(r"^(?=\$ )", block, flags=re.MULTILINE):
        command, *shown = part.splitlines() or [""]
        if command:
            printed = shell.run(command.removeprefix("$ "))
            lines += [command, *(shown if shown == [DOTS] and printed else printed)]
    return "".join(f"{line}\n" for line in lines)


def test_the_page_shows_what_is_printed(shell: Shell) -> None:
    page = PAGE.read_text(encoding="utf-8")
    blocks = CONSOLE.findall(page)
    assert len(blocks) >= 8
    printed = CONSOLE.sub(lambda found: played(found[0], shell), page)
    if os.environ.get("UPDATE_DOCS"):
        PAGE.write_text(printed, encoding="utf-8")
    assert printed == page


def test_the_page_s_python_runs(capsys: pytest.CaptureFixture[str]) -> None:
    page = PAGE.read_text(encoding="utf-8")
    [script] = re.findall(r"^```python\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    exec(compile(script, str(PAGE), "exec"), {})  # noqa: S102 (our own page)
    assert capsys.readouterr().out.startswith("http://127.0.0.1:")


def rows(heading: str) -> Mapping[str, Sequence[str]]:
    """Return the table under *heading*: by the words of its first column, those of the second."""
    page = PAGE.read_text(encoding="utf-8")
    table = page.partition(heading)[2].partition("\n\n")[0]
    found = {}
    for line in table.splitlines()[2:]:
        first, *others = line.strip("| ").split("|")
        for name in re.findall(r"`([\w-]+)`", first):
            found[name] = re.findall(r"`([\w.-]+)`", others[0]) if others else []
    return found


def test_every_action_is_told_with_what_it_takes() -> None:
    told = rows("| ACTION | takes ")
    assert told.keys() == control.ACTIONS.keys()
    for name, fields in told.items():
        taken = Recorded()
        control.ACTIONS[name](AnyWorld(), taken)  # type: ignore[arg-type]
        assert set(fields) == taken.asked, name


class Recorded:
    """Fields that take note of what is asked for."""

    def __init__(self) -> None:
        self.asked: set[str] = set()

    def __getattr__(self, _: str) -> object:
        return lambda name: self.asked.add(name)


class AnyWorld:
    """A world that takes everything."""

    now = None

    def __getattr__(self, _: str) -> object:
        return lambda *_, **__: None


def test_every_switch_is_told_with_its_values() -> None:
    told = rows("| switch | values ")
    expected = {name: [str(one).lower() for one in values] for name, values in domains().items()}
    assert {name: list(values) for name, values in told.items()} == expected


def test_every_field_of_a_fault_is_told() -> None:
    told = rows("| strikes |").keys() | rows("| does |").keys()
    hints = get_type_hints(Fault)
    assert told == hints.keys()
    page = PAGE.read_text(encoding="utf-8")
    for word in (*get_args(hints["drop"]), *get_args(hints["limit"])):
        for value in get_args(word):
            assert f"`{value}`" in page
