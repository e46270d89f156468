"""Who wrote a ledger last, and whether another run has to wait for that one."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from reconciler.ledger.git import lease
from reconciler.ledger.git.lease import GIVEN_UP, KEPT, Scribe

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
RUN = {
    "GITHUB_RUN_ID": "7",
    "GITHUB_RUN_ATTEMPT": "1",
    "GITHUB_REPOSITORY": "acme/seats",
    "GITHUB_SERVER_URL": "https://ghes.example",
}


def writing(environ: dict[str, str] | None = None, **more: object) -> Scribe:
    """Return this process, writing, with another token than `other`."""
    mine = Scribe.of("acme.jsonl", "apply", "mine", NOW, environ or {})
    return replace(mine, writing=True, **more)


def other(environ: dict[str, str] | None = None, **more: object) -> Scribe:
    return replace(Scribe.of("acme.jsonl", "drift", "other", NOW, environ or {}), **more)


def gone() -> int:
    """Return the number of a process that has ended."""
    done = subprocess.Popen(["true"])
    done.wait()
    return done.pid


def test_a_run_that_writes_is_waited_for() -> None:
    assert writing().hinders(other())
    assert not replace(writing(), writing=False).hinders(other())
    assert not writing().hinders(replace(other(), token="mine"))


@pytest.mark.parametrize("sign", [1, -1])
def test_half_an_hour_after_its_last_push_nobody_waits(sign: int) -> None:
    """Whichever of two clocks is ahead."""
    second = timedelta(seconds=1)
    assert writing().hinders(other(at=NOW + sign * (GIVEN_UP - second)))
    assert not writing().hinders(other(at=NOW + sign * GIVEN_UP))


@pytest.mark.parametrize(
    ("what", "waits"),
    [
        ({}, False),
        ({"host": "elsewhere"}, True),
        ({"boot": "earlier"}, True),
        ({"boot": ""}, True),
        ({"pid": os.getpid()}, True),
        ({"pid": 1}, True),
    ],
)
def test_a_dead_process_is_known_on_its_own_machine_only(
    what: dict[str, object], waits: bool
) -> None:
    assert writing(**{"pid": gone(), **what}).hinders(other()) is waits


@pytest.mark.parametrize(
    ("later", "waits"),
    [
        ({"GITHUB_RUN_ATTEMPT": "2"}, False),
        ({"GITHUB_RUN_ATTEMPT": "1"}, True),
        ({"GITHUB_RUN_ATTEMPT": "2", "GITHUB_RUN_ID": "8"}, True),
        ({"GITHUB_RUN_ATTEMPT": "2", "GITHUB_REPOSITORY": "acme/other"}, True),
    ],
)
def test_of_a_workflow_s_run_only_the_next_attempt_knows(
    later: dict[str, str], waits: bool
) -> None:
    """Runners share names, and count their processes alike: a number says nothing there."""
    assert writing(RUN, pid=gone()).hinders(other(RUN | later)) is waits


def test_a_run_and_a_process_know_nothing_of_each_other() -> None:
    assert writing(RUN, pid=gone()).hinders(other())
    assert writing(pid=gone()).hinders(other(RUN))


def test_it_comes_back_as_it_was_written() -> None:
    both = [writing(RUN), replace(other(), ledger="other.jsonl")]
    message = f"apply acme\n\n{lease.lines(both, NOW)}"
    assert list(lease.read(message).values()) == both
    assert str(both[0]) == (
        "`copilot-seats apply` (https://ghes.example/acme/seats/actions/runs/7, last heard of at "
        "2026-11-22T08:00:00Z)"
    )


@pytest.mark.parametrize("sign", [1, -1])
def test_what_is_a_day_old_is_carried_on_no_more(sign: int) -> None:
    second = timedelta(seconds=1)
    assert lease.lines([writing(at=NOW + sign * (KEPT - second))], NOW)
    assert lease.lines([writing(at=NOW + sign * KEPT)], NOW) == ""
