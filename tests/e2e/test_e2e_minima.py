"""The lowest versions that pyproject.toml allows are enough: installed, and used."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
import venv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from e2e_support import ROOT, Cli, holders, row, snapshot

from reconciler.sandbox import Fault, World

_INSTALL = 240.0
"""Seconds."""

_REQUIREMENT = re.compile(r"(?P<name>[A-Za-z0-9._-]+)>=(?P<version>[0-9.]+)(,<[0-9.]+)?")


def minima() -> dict[str, str]:
    """Return the lowest version of each runtime dependency, by name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found = [(text, _REQUIREMENT.fullmatch(text)) for text in project["dependencies"]]
    assert not [text for text, match in found if match is None], "a dependency without a minimum"
    return {match["name"]: match["version"] for _, match in found if match is not None}


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with the minima in it, and this checkout."""
    folder = tmp_path_factory.mktemp("minima")
    venv.create(folder / "venv", with_pip=False)
    python = folder / "venv" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = Path(subprocess.check_output([python, "-c", ask], text=True).strip())
    wanted = [f"{name}=={version}" for name, version in minima().items()]
    done = _pip("install", "--target", str(packages), *wanted)
    if done.returncode != 0:
        # An index that can be reached but lacks a minimum is a failure.
        reached = _pip("download", "--no-deps", "--dest", str(folder / "any"), "click")
        if reached.returncode != 0:
            said = (reached.stderr.strip().splitlines() or ["it says nothing"])[-1]
            pytest.skip(f"pip reaches no package index: {said[:200]}")
        pytest.fail(f"the minima can't be installed together:\n{done.stderr}")
    (packages / "checkout.pth").write_text(f"{ROOT}\n", encoding="utf-8")
    return python


def _pip(command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input", "--no-cache-dir"]
    patience = ["--retries", "1", "--timeout", "20", "--only-binary", ":all:"]
    line = [sys.executable, "-I", "-m", "pip", command, *quiet, *patience, *arguments]
    try:
        return subprocess.run(line, capture_output=True, text=True, timeout=_INSTALL, check=False)
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(line, 1, "", f"pip takes more than {_INSTALL:.0f} s")


@dataclass
class Lowest(Cli):
    """The command, run by another Python."""

    python: str = ""

    def command(self, *arguments: object) -> list[str]:
        return [self.python, "-m", "reconciler", *(str(one) for one in arguments)]

    def variables(self) -> dict[str, str]:
        return {name: value for name, value in super().variables().items() if name != "PYTHONPATH"}


@pytest.fixture
def lowest(cli: Cli, python: Path) -> Lowest:
    return Lowest(cli.folder, cli.environment, cli.said, python=str(python))


def test_exactly_the_minima_are_installed(python: Path) -> None:
    code = "import sys; from importlib.metadata import version; print(*map(version, sys.argv[1:]))"
    shown = subprocess.check_output([python, "-c", code, *minima()], text=True).split()
    for found, wanted in zip(shown, minima().values(), strict=True):
        assert found == wanted or found.removesuffix(".0") == wanted


def test_commands_without_a_network(lowest: Lowest) -> None:
    example = ROOT / "examples" / "small"
    assert "copilot-seats" in lowest.process("--version", code=0).out
    assert "--live" in lowest.process("plan", "--help", code=0).out
    assert "0 errors" in lowest.process("validate", example / "seats.yml", code=0).text
    planned = lowest.process(
        *("plan", example / "seats.yml", "--live", example / "acme.json"), "--format", "json"
    )
    assert planned.code in (2, 3)
    assert planned.json["resource_changes"]


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_an_apply_that_logs_and_retries(
    log_format: str, lowest: Lowest, served: Callable[..., World]
) -> None:
    world = served(
        snapshot([row("mona")], members=["mona", "lisa"]),
        faults=[
            Fault("GET */billing/seats", status=502, times=1),
            Fault("GET */members/*", drop="before", times=1),
        ],
    )
    lowest.write("seats.yml", "version: 1\norg: acme\nseats:\n  users: [mona, lisa]\n")
    arguments = ("apply", "seats.yml", "--auto-approve", "--no-state", "--pace", 0, "--wait", 0)
    ran = lowest.process(*arguments, "--log-format", log_format, "-v", code=0)
    assert holders(world) == {"mona": "direct", "lisa": "direct"}
    waits = [line for line in ran.err.splitlines() if "GitHub has trouble" in line]
    assert waits
    assert log_format == "text" or json.loads(waits[0])["level"] == "info"
