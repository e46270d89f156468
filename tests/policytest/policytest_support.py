"""Run `copilot-seats test` in this process, and build policy tests in a few words."""

from __future__ import annotations

import contextlib
import io
import json
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reconciler.cli import entry
from reconciler.config import policytests
from reconciler.errors import FileError
from reconciler.policytest import Judged, Result, run

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
NOW = "2026-11-22T08:00:00Z"

STANDARD = """\
rules:
  - name: everyone
    idle: {warn: 30d, cancel: 60d}
    unused: {cancel: 30d}
"""


@dataclass(frozen=True, slots=True)
class Ran:
    """One command that has ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def command(*arguments: object) -> Ran:
    """Run `copilot-seats` as a user would, in the working directory; no traceback is allowed."""
    out, err = io.StringIO(), io.StringIO()
    handler = signal.getsignal(signal.SIGTERM)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = entry.run([str(one) for one in arguments])
    finally:
        signal.signal(signal.SIGTERM, handler)
    assert "Traceback" not in err.getvalue(), err.getvalue()
    return Ran(code, out.getvalue(), err.getvalue())


def a_file(*seats: str, policy: str = STANDARD, now: str = NOW, more: str = "") -> Path:
    """Write a policy and a test of it into the working directory."""
    Path("own.yml").write_text(policy, encoding="utf-8")
    return write(*seats, head=f"policy: own.yml\nnow: {now}\n{more}")


def write(*seats: str, head: str) -> Path:
    lines = "".join(f"      - {{{seat}}}\n" for seat in seats)
    path = Path("own.test.yml")
    path.write_text(f"{head}tests:\n  - name: a case\n    seats:\n{lines}", encoding="utf-8")
    return path


def judged(*seats: str, **how: str) -> Judged:
    """Run one case with *seats*, each `user: mona, active: -40d`."""
    return run([policytests.load(a_file(*seats, **how))])


def only(*seats: str, **how: str) -> Result:
    """Return the only result of one case."""
    (result,) = judged(*seats, **how).results
    return result


def told(path: str | Path) -> list[str]:
    """Return what is said to be wrong with a test file; nothing if it can be run."""
    try:
        policytests.load(path)
    except FileError as error:
        return [str(one) for one in error.diagnostics]
    return []
