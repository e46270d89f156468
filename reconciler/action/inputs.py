"""The inputs of the Action, read from the environment and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.errors import UsageError

PREFIX = "COPILOT_SEATS_INPUT_"
"""Before the name of each input, in the environment."""

COMMANDS = ("validate", "plan", "apply", "drift")
FAIL_ON = ("error", "guard", "drift")


@dataclass(frozen=True, slots=True)
class Inputs:
    """What the workflow asks for; empty is None. Paths are as they were written."""

    command: str
    files: tuple[str, ...]
    """Paths and globs."""
    folder: str = "."
    base: str | None = None
    live: str | None = None
    plan_file: str | None = None
    only: str | None = None
    auto_approve: bool = False
    state_branch: str | None = None
    comment: bool = True
    issue: bool = True
    redact: bool = False
    fail_on: str = FAIL_ON[0]
    artifact: bool = True
    api_url: str | None = None

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Inputs:
        """Return the inputs in *environ*; raise UsageError for what makes no sense."""
        read = _Values(environ)
        found = cls(
            command=read.one_of("command", COMMANDS),
            files=read.lines("files") or ("seats.yml",),
            folder=read.text("working-directory") or ".",
            base=read.text("base"),
            live=read.text("live"),
            plan_file=read.text("plan-file"),
            only=read.one_of("only", ("idle",)) if read.text("only") else None,
            auto_approve=read.flag("auto-approve", default=False),
            state_branch=read.text("state-branch"),
            comment=read.flag("comment", default=True),
            issue=read.flag("issue", default=True),
            redact=read.flag("redact", default=False),
            fail_on=read.one_of("fail-on", FAIL_ON) if read.text("fail-on") else FAIL_ON[0],
            artifact=read.flag("artifact", default=True),
            api_url=read.text("api-url"),
        )
        found._require_sense()
        return found

    def _require_sense(self) -> None:
        for name, value, commands in (
            ("base", self.base, ("plan", "validate", "apply")),
            ("live", self.live, ("plan",)),
            ("plan-file", self.plan_file, ("apply",)),
            ("only", self.only, ("apply",)),
            ("auto-approve", self.auto_approve, ("apply",)),
            ("redact", self.redact, ("plan",)),
        ):
            if value and self.command not in commands:
                raise UsageError(
                    f"input {name} is for {' and '.join(commands)}, not for {self.command}"
                )
        if self.command != "apply":
            return
        if self.plan_file is None and not self.auto_approve:
            raise UsageError(
                "apply needs a reviewed plan (input plan-file), or auto-approve: true to apply"
                " what is due unseen; nothing was done"
            )
        if self.plan_file is None and self.base:
            raise UsageError(
                "input base is for apply with a plan-file: it is the file as it was before the "
                "merge; nothing was done"
            )
        if self.plan_file is not None and (self.auto_approve or self.only):
            raise UsageError(
                "inputs only and auto-approve are for apply without a plan-file: a reviewed plan "
                "says itself what may be done; nothing was done"
            )


class _Values:
    """Reads inputs by the names that action.yml gives them."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def text(self, name: str) -> str | None:
        value = self._environ.get(f"{PREFIX}{name.upper().replace('-', '_')}", "").strip()
        if not value.isprintable() and name != "files":
            raise UsageError(f"input {name} has a line break or another control character")
        return value or None

    def lines(self, name: str) -> tuple[str, ...]:
        value = self.text(name) or ""
        lines = tuple(stripped for line in value.split("\n") if (stripped := line.strip()))
        if not all(line.isprintable() for line in lines):
            raise UsageError(f"input {name} has a control character")
        return lines

    def one_of(self, name: str, known: tuple[str, ...]) -> str:
        value = self.text(name)
        if value not in known:
            said = "is empty" if value is None else f"is {value[:60]!r}"
            raise UsageError(f"input {name} {said}; it can be {', '.join(known)}")
        return value

    def flag(self, name: str, *, default: bool) -> bool:
        value = self.text(name)
        if value is None:
            return default
        if value not in ("true", "false"):
            raise UsageError(f"input {name} is {value[:60]!r}; it can be true or false")
        return value == "true"
