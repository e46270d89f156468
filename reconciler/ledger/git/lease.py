"""Who wrote a ledger last and whether they still do, as a line of a commit's message.

It is courtesy, so that one run waits for another. What keeps two apart is the order of commits.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

GIVEN_UP = timedelta(minutes=30)
"""How long after its last push a run counts as still writing."""

KEPT = timedelta(days=1)
"""How long a line is carried on from commit to commit."""

_KEY = "Copilot-Seats-Ledger: "
_BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Scribe:
    """The run that wrote `ledger` last, at `at` by its own clock.

    `token` tells runs apart. `writing` says that it goes on. In a workflow `run` is the address of
    the run and `attempt` the number of its attempt.
    """

    ledger: str
    command: str
    token: str
    at: datetime
    writing: bool = False
    run: str = ""
    attempt: str = ""
    host: str = ""
    boot: str = ""
    pid: int = 0

    @classmethod
    def of(
        cls, ledger: str, command: str, token: str, at: datetime, environ: Mapping[str, str]
    ) -> Scribe:
        """Return this process as the one that writes *ledger*."""
        run = ""
        if number := environ.get("GITHUB_RUN_ID"):
            server = environ.get("GITHUB_SERVER_URL") or "https://github.com"
            repository = environ.get("GITHUB_REPOSITORY", "")
            run = f"{server}/{repository}/actions/runs/{number}"
        return cls(
            ledger,
            command,
            token,
            at,
            run=run,
            attempt=environ.get("GITHUB_RUN_ATTEMPT", ""),
            host=platform.node(),
            boot=_boot(),
            pid=os.getpid(),
        )

    def now(self, at: datetime, *, writing: bool) -> Scribe:
        return replace(self, at=at, writing=writing)

    def hinders(self, other: Scribe) -> bool:
        """Tell whether *other*, which wants to write now, has to wait for this one."""
        young = abs(other.at - self.at) < GIVEN_UP
        return self.writing and self.token != other.token and young and not self._ended(other)

    def _ended(self, other: Scribe) -> bool:
        """Tell whether *other* can know that this one has come to its end, however it did."""
        if self.run or other.run:
            # A run's next attempt begins when the last has ended. Hosts of runs share names.
            return self.run == other.run and self.attempt != other.attempt
        here = bool(self.boot) and (self.host, self.boot) == (other.host, other.boot)
        return here and not _runs(self.pid)

    def __str__(self) -> str:
        where = self.run or f"process {self.pid} on {self.host}"
        return f"`copilot-seats {self.command}` ({where}, last heard of at {_text(self.at)})"


def lines(scribes: Iterable[Scribe], now: datetime) -> str:
    """Return *scribes* as the end of a commit's message, without those of long ago."""
    young = sorted((one for one in scribes if abs(now - one.at) < KEPT), key=lambda one: one.ledger)
    fields = ({**asdict(one), "at": _text(one.at)} for one in young)
    return "".join(f"{_KEY}{json.dumps(one, sort_keys=True)}\n" for one in fields)


def read(message: str) -> dict[str, Scribe]:
    """Return the scribes that a commit's *message* names, by ledger; nonsense is passed over."""
    found: dict[str, Scribe] = {}
    for line in message.splitlines():
        if line.startswith(_KEY):
            with suppress(ValueError, TypeError, AttributeError, RecursionError):
                one = _scribe(json.loads(line.removeprefix(_KEY)[:2000]))
                found[one.ledger] = one
    return found


def _scribe(fields: Mapping[str, Any]) -> Scribe:
    at = datetime.strptime(fields["at"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    words = {
        name: str(fields.get(name, ""))[:300]
        for name in ("ledger", "command", "token", "run", "attempt", "host", "boot")
    }
    return Scribe(**words, at=at, writing=fields.get("writing") is True, pid=int(fields["pid"]))


def _text(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _boot() -> str:
    """Return what tells this start of this machine from others, nothing where nothing does."""
    with suppress(OSError):
        return hashlib.sha256(_BOOT.read_bytes()).hexdigest()[:16]
    return ""


def _runs(pid: int) -> bool:
    """Tell whether a process of this machine has the number *pid*."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True
