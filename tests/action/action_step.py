"""One step of a workflow: the command that action.yml runs, in this process and without act."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from action_support import NAME, ROOT, Json, outputs, pull_request

from reconciler.cli import entry
from reconciler.sandbox import Sandbox
from reconciler.sandbox.repositories import Repository

INPUTS = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))["inputs"]


@dataclass(frozen=True, slots=True)
class Done:
    """A step that has ended."""

    code: int
    out: str
    err: str
    outputs: dict[str, str]
    summary: str

    @property
    def annotations(self) -> list[str]:
        """Return annotations, those aside that the runner would not obey."""
        found, pause = [], None
        for line in self.out.splitlines():
            if pause is None and line.startswith("::stop-commands::"):
                pause = f"::{line.removeprefix('::stop-commands::')}::"
            elif line == pause:
                pause = None
            elif pause is None and line.startswith(("::error", "::warning", "::notice")):
                found.append(line)
        return found


class Step:
    """Runs the command as the step of action.yml does, in a folder with seats files."""

    def __init__(
        self,
        folder: Path,
        sandbox: Sandbox,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        self.folder = folder
        self.sandbox = sandbox
        self._patch = monkeypatch
        self._capture = capsys

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def begin(self, file: str) -> None:
        """Begin the ledger of *file* beside it."""
        self._patch.setenv("GITHUB_TOKEN", "seats")
        self._patch.chdir(self.folder)
        assert entry.run(["ledger", "init", file, "--api-url", self.sandbox.url]) == 0

    def __call__(
        self,
        command: str,
        event_name: str = "pull_request",
        event: Json | None = None,
        token: str = "seats",  # noqa: S107
        **given: str,
    ) -> Done:
        temporary = self.folder.parent / "temp"
        temporary.mkdir(exist_ok=True)
        for name in ("output", "summary"):
            (temporary / name).write_text("")
        (temporary / "event").write_text(json.dumps(pull_request() if event is None else event))
        values = {"state-branch": "", "api-url": self.sandbox.url, "command": command}
        values |= {name.replace("_", "-"): value for name, value in given.items()}
        for name, one in INPUTS.items():
            variable = f"COPILOT_SEATS_INPUT_{name.upper().replace('-', '_')}"
            self._patch.setenv(variable, values.get(name, one.get("default", "")))
        for name, value in {
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": event_name,
            "GITHUB_EVENT_PATH": str(temporary / "event"),
            "GITHUB_OUTPUT": str(temporary / "output"),
            "GITHUB_STEP_SUMMARY": str(temporary / "summary"),
            "GITHUB_REPOSITORY": NAME,
            "GITHUB_SHA": "3" * 40,
            "RUNNER_TEMP": str(temporary),
            "GITHUB_TOKEN": token,
            "GH_TOKEN": "",
            "COPILOT_SEATS_REPOSITORY_TOKEN": "ghs_repository",
        }.items():
            self._patch.setenv(name, value)
        self._patch.chdir(self.folder)
        self._capture.readouterr()
        code = entry.run(["action"])
        said = self._capture.readouterr()
        assert "Traceback" not in said.err
        found = outputs(temporary / "output")
        return Done(code, said.out, said.err, found, (temporary / "summary").read_text())


def comments(repository: Repository) -> list[str]:
    return [one.body for one in repository.threads[7].comments]
