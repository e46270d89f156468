"""Run git: argument lists and no shell, no prompts, no hooks, its words in our errors."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from reconciler.errors import LedgerError

LOCAL = 30.0
NETWORK = 90.0
"""Seconds that a command may take: without the network, and with it."""

Settings: TypeAlias = Sequence[tuple[str, str]]
"""Keys and values of git's configuration."""

_SETTINGS: Settings = (
    ("core.hooksPath", os.devnull),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("init.defaultBranch", "ledger"),
    ("push.followTags", "false"),
    ("push.gpgSign", "false"),
    ("push.recurseSubmodules", "no"),
    ("fetch.recurseSubmodules", "false"),
    ("http.lowSpeedLimit", "100"),
    ("http.lowSpeedTime", "60"),
)

_OF_ANOTHER_REPOSITORY = (
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_NAMESPACE",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_QUARANTINE_PATH",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
)
"""What a hook that runs us would hand on."""

_NOT_FOR_GIT = ("COPILOT_SEATS_REPOSITORY_TOKEN", "GITHUB_APP_PRIVATE_KEY")

_AUTHOR = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "copilot-seats"), ("EMAIL", "copilot-seats@noreply.invalid"))
}


class GitFault(LedgerError):
    """git said no, or did not answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """How a command of git's ended, and what it said."""

    code: int
    out: bytes
    err: str


def _as_is(text: str) -> str:
    return text


class Git:
    """git in *folder*, with *settings* given by the environment, so that no argument tells them.

    *hide* strikes out of git's words what nobody may see. `home` says that the repository at
    *folder* is the user's, found as git finds it; else it is a bare one of our own.
    """

    def __init__(
        self,
        folder: Path,
        environ: Mapping[str, str],
        settings: Settings = (),
        *,
        hide: Callable[[str], str] = _as_is,
        home: bool = False,
    ) -> None:
        self._folder = folder
        self._hide = hide
        self._environ = _environment(environ, settings, folder, home=home)
        self._program = shutil.which("git", path=environ.get("PATH", os.defpath))

    def __call__(self, *arguments: str, data: bytes | None = None, within: float = LOCAL) -> bytes:
        """Run git and return what it prints; raise GitFault with its words if it fails."""
        answer = self.ask(*arguments, data=data, within=within)
        if answer.code != 0:
            raise GitFault(f"git {arguments[0]} failed: {words(answer)}")
        return answer.out

    def ask(self, *arguments: str, data: bytes | None = None, within: float = LOCAL) -> Answer:
        """Run git for at most *within* seconds, and return how it ended."""
        if self._program is None:
            raise GitFault("a ledger on a branch needs git, and there is none: install git")
        try:
            running = subprocess.Popen(  # noqa: S603 (a list of our own words, and no shell)
                [self._program, *arguments],
                cwd=self._folder,
                env=self._environ,
                stdin=subprocess.PIPE if data is not None else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                # Ctrl-C is for us to handle, and no password can be asked for on the terminal.
                start_new_session=True,
            )
        except OSError as fault:
            raise GitFault(f"git can't be run: {fault.strerror or fault}") from fault
        try:
            out, err = running.communicate(data, timeout=within)
        except subprocess.TimeoutExpired as fault:
            _end(running)
            raise GitFault(
                f"git {arguments[0]} had not ended after {within:.0f} seconds"
            ) from fault
        except BaseException:
            _end(running)
            raise
        return Answer(running.returncode, out, self._hide(err.decode("utf-8", "replace")).strip())


def words(answer: Answer) -> str:
    """Return what git said, as one line, without what it only hints."""
    lines = (line.strip() for line in answer.err.splitlines())
    said = [line for line in lines if line and not line.startswith(("hint:", "warning:"))]
    # `push --porcelain` says on stdout why a branch was refused.
    refused = (line for line in answer.out.splitlines() if line.startswith(b"!\t"))
    said += [line.rpartition(b"\t")[2].decode("utf-8", "replace") for line in refused]
    return "; ".join(said)[:1000] or f"it ended with {answer.code} and said nothing"


def _end(running: subprocess.Popen[bytes]) -> None:
    """End git with all that it has started."""
    with suppress(OSError):
        os.killpg(running.pid, signal.SIGKILL)
    running.communicate()


def _environment(
    environ: Mapping[str, str], settings: Settings, folder: Path, *, home: bool
) -> dict[str, str]:
    hidden = (*_NOT_FOR_GIT, *(() if home else _OF_ANOTHER_REPOSITORY))
    mine = {name: value for name, value in environ.items() if name not in hidden}
    mine |= {"LC_ALL": "C", "LANGUAGE": "C", "GIT_TERMINAL_PROMPT": "0", **_AUTHOR}
    if not home:
        mine["GIT_DIR"] = str(folder)
    count = mine.get("GIT_CONFIG_COUNT", "0")
    first = int(count) if count.isdecimal() else 0
    for number, (key, value) in enumerate((*_SETTINGS, *settings), start=first):
        mine[f"GIT_CONFIG_KEY_{number}"] = key
        mine[f"GIT_CONFIG_VALUE_{number}"] = value
    mine["GIT_CONFIG_COUNT"] = str(first + len(_SETTINGS) + len(settings))
    return mine
