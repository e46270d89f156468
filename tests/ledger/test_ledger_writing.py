"""One writer at a time, torn tails, kills and disks that say no."""

from __future__ import annotations

import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from apart import apart, files_at_most, without_override
from ledger_builders import ACME, START, change, day, user

from reconciler.errors import LedgerError
from reconciler.ledger import Answer, Ledger, Writer, storage
from reconciler.model.plan import Records
from reconciler.model.report import Result

DELETE_1 = user("delete", 1)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger.begin(tmp_path, ACME, START)


def reopened(ledger: Ledger) -> Ledger:
    again = Ledger.open(ledger.path.parent, "acme")
    assert again is not None
    return again


def send(writer: Writer, number: int = 1) -> None:
    writer.apply_started(f"p{number}", "sha256:f", day(number))
    writer.intent([change(DELETE_1)], day(number))


# --- one writer ----------------------------------------------------------------------------------


def test_a_second_writer_is_refused_at_once_with_who_and_since_when(ledger: Ledger) -> None:
    other = reopened(ledger)
    with ledger.writing("apply seats.yml"):
        began = time.monotonic()
        with (
            pytest.raises(LedgerError, match="is being written by") as caught,
            other.writing("drift"),
        ):
            pytest.fail("there are two writers")
        assert time.monotonic() - began < 30  # it would wait for ever
    assert f"`copilot-seats apply seats.yml` (process {os.getpid()} on " in str(caught.value)
    assert "since 20" in str(caught.value)


def test_a_second_beginner_is_refused_too(ledger: Ledger) -> None:
    with ledger.writing("apply"), pytest.raises(LedgerError, match="is being written by"):
        Ledger.begin(ledger.path.parent, ACME, day(1))


def test_a_writer_that_has_not_said_who_it_is_yet_still_keeps_others_out(ledger: Ledger) -> None:
    with ledger.writing("apply"):
        ledger.path.with_suffix(".lock.json").write_text('{"comm')
        with (
            pytest.raises(LedgerError, match="another copilot-seats process that has not said"),
            reopened(ledger).writing("drift"),
        ):
            pytest.fail("there are two writers")


def test_the_next_writer_comes_after_the_first_even_when_that_failed(ledger: Ledger) -> None:
    with pytest.raises(ZeroDivisionError), ledger.writing("apply") as writer:
        send(writer, 1 // 0)
    with ledger.writing("apply") as writer:
        send(writer)
    assert reopened(ledger).events == ledger.events
    assert not ledger.path.with_suffix(".lock.json").exists()


def test_reading_needs_no_lock(ledger: Ledger) -> None:
    with ledger.writing("apply") as writer:
        send(writer)
        assert reopened(ledger).memory() == ledger.memory()


def test_a_writer_goes_on_from_what_others_wrote_meanwhile(ledger: Ledger) -> None:
    early = reopened(ledger)
    with ledger.writing("apply") as writer:
        send(writer)
    with early.writing("drift") as writer:
        assert early.memory().in_flight == {DELETE_1: day(1)}
        writer.observed(Records(), day(1))
    assert reopened(ledger).events == early.events


@pytest.mark.parametrize(
    "meanwhile",
    [lambda path, before: path.write_bytes(before), lambda path, before: path.unlink()],
    ids=["an older copy was put back", "it was removed"],
)
def test_a_ledger_that_lost_lines_since_it_was_read_is_not_written(
    meanwhile: Callable[[Path, bytes], object], ledger: Ledger
) -> None:
    before = ledger.path.read_bytes()
    with ledger.writing("apply") as writer:
        send(writer)
    meanwhile(ledger.path, before)
    with pytest.raises(LedgerError, match=r"was rewritten|is gone"), ledger.writing("drift"):
        pytest.fail("it may be written")


@pytest.mark.parametrize(
    "meddle",
    [
        lambda path: path.write_bytes(path.read_bytes() + b"x"),
        lambda path: path.write_bytes(path.read_bytes()[:-5]),
        lambda path: path.rename(path.with_suffix(".old")),
        lambda path: (path.rename(path.with_suffix(".old")), path.write_bytes(b"x")),
    ],
    ids=["longer", "shorter", "gone", "another"],
)
def test_a_ledger_changed_under_the_writer_s_hands_takes_no_more(
    meddle: Callable[[Path], object], ledger: Ledger
) -> None:
    with ledger.writing("apply") as writer:
        send(writer)
        meddle(ledger.path)
        with pytest.raises(LedgerError, match=r"changed by something else|can't be written"):
            writer.apply_finished(day(1))


def test_a_writer_is_of_no_use_after_its_time(ledger: Ledger) -> None:
    with ledger.writing("apply") as writer:
        send(writer)
    before = ledger.path.read_bytes()
    with pytest.raises(LedgerError):
        writer.apply_finished(day(1))
    assert ledger.path.read_bytes() == before


# --- torn tails ----------------------------------------------------------------------------------


def test_a_torn_tail_is_told_by_readers_and_cut_by_writers(ledger: Ledger) -> None:
    with ledger.path.open("ab") as file:
        file.write(b'{"event":"released","at":"2026-11')
    torn = reopened(ledger)
    assert torn.torn is True
    assert torn.events == ledger.events
    with torn.writing("apply") as writer:
        assert writer.repaired
        assert torn.torn is False
        send(writer)
    assert not reopened(ledger).torn
    assert reopened(ledger).events == torn.events


def test_a_whole_tail_needs_no_repair(ledger: Ledger) -> None:
    with ledger.writing("apply") as writer:
        assert not writer.repaired


# --- kills ---------------------------------------------------------------------------------------

_LOOP = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from reconciler.model.plan import Records
from reconciler.ledger import Ledger
at = datetime(2026, 11, 2, tzinfo=UTC)
ledger = Ledger.open(Path(sys.argv[1]), "acme")
with ledger.writing("apply") as writer:
    number = 0
    while True:
        number += 1
        people = frozenset(range(number % 7, 3000, 1 + number % 5))
        writer.observed(Records(live_users=people, warned=people), at)
        print(ledger.head, flush=True)
"""


def test_killed_at_any_moment_the_ledger_is_whole_and_nothing_told_is_lost(ledger: Ledger) -> None:
    chance = random.Random(4)
    for _ in range(5):
        process = subprocess.Popen(
            [sys.executable, "-c", _LOOP, str(ledger.path.parent)], stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(chance.random() / 20)
        process.send_signal(signal.SIGKILL)
        heads = (first + process.stdout.read()).decode().split("\n")[:-1]
        process.stdout.close()
        assert process.wait() == -signal.SIGKILL
        after = reopened(ledger)
        assert all(after.has(head) for head in heads)
        with after.writing("drift") as writer:
            writer.observed(Records(), day(1))
        assert reopened(ledger).events == after.events


def test_interrupted_in_the_middle_of_a_line_the_line_is_taken_back(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(descriptor: int) -> None:
        raise KeyboardInterrupt

    with ledger.writing("apply") as writer:
        writer.apply_started("p1", "sha256:f", day(1))
        before = ledger.events
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", interrupted)
            with pytest.raises(KeyboardInterrupt):
                writer.intent([change(DELETE_1)], day(1))
        assert ledger.events == before
        writer.outcome([Answer(DELETE_1, Result.NOT_TRIED)], day(1))
    assert reopened(ledger).events == ledger.events


def test_what_is_written_is_on_disk_before_the_call_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A power cut can't be had in a test: what was synced, and how long it was then, can."""
    synced: dict[int, int] = {}
    really = os.fsync

    def fsync(descriptor: int) -> None:
        really(descriptor)
        now = os.fstat(descriptor)
        synced[now.st_ino] = now.st_size

    monkeypatch.setattr(os, "fsync", fsync)
    ledger = Ledger.begin(tmp_path, ACME, START)
    file = ledger.path.stat()
    assert synced[file.st_ino] == file.st_size
    assert tmp_path.stat().st_ino in synced
    with ledger.path.open("ab") as torn:
        torn.write(b'{"ev')
    with ledger.writing("apply") as writer:
        assert synced[file.st_ino] == ledger.path.stat().st_size == file.st_size
        send(writer)
        assert synced[file.st_ino] == ledger.path.stat().st_size > file.st_size


# --- disks that say no ---------------------------------------------------------------------------


def test_a_disk_that_fills_up_leaves_the_ledger_whole(ledger: Ledger) -> None:
    def fill() -> None:
        with ledger.writing("apply") as writer:
            writer.apply_started("p1", "sha256:f", day(1))
            size = ledger.path.stat().st_size
            soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
            resource.setrlimit(resource.RLIMIT_FSIZE, (size + 50, hard))
            with pytest.raises(LedgerError, match="can't be written: File too large"):
                writer.intent([change(DELETE_1)], day(1))
            assert ledger.path.stat().st_size == size
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            writer.intent([change(DELETE_1)], day(2))

    apart(fill)
    assert reopened(ledger).memory().in_flight == {DELETE_1: day(2)}


def test_a_nearly_full_disk_is_told_before_anything_is_done(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "ROOM", 1 << 62)
    before = ledger.path.read_bytes()
    with pytest.raises(LedgerError, match="bytes are free on its disk"), ledger.writing("apply"):
        pytest.fail("it may be written")
    assert ledger.path.read_bytes() == before


def test_a_disk_nearly_full_stops_the_next_intent_but_not_the_outcome_of_the_last(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ledger.writing("apply") as writer:
        send(writer)
        monkeypatch.setattr(storage, "ROOM", 1 << 62)
        with pytest.raises(LedgerError, match="bytes are free on its disk"):
            writer.intent([change(user("delete", 2))], day(1))
        writer.outcome([Answer(DELETE_1, Result.DONE)], day(1))
    assert reopened(ledger).memory().cancelled == {1: day(1)}


def test_a_ledger_that_can_t_be_begun_leaves_nothing_that_looks_like_one(tmp_path: Path) -> None:
    def begin() -> None:
        files_at_most(160)  # room for the lock's own file, which is shorter than a first line
        with pytest.raises(LedgerError, match="Nothing was begun"):
            Ledger.begin(tmp_path, ACME, START)

    apart(begin)
    assert Ledger.open(tmp_path, "acme") is None
    assert [path.suffix for path in tmp_path.iterdir()] in ([], [".lock"])
    Ledger.begin(tmp_path, ACME, START)


def test_a_directory_that_may_not_be_written_is_told_before_anything_is_done(
    ledger: Ledger,
) -> None:
    directory = ledger.path.parent
    ledger.path.with_suffix(".lock").unlink(missing_ok=True)
    directory.chmod(0o555)

    def write() -> None:
        without_override()
        with pytest.raises(LedgerError, match="can't be locked"), ledger.writing("apply"):
            pytest.fail("it may be written")
        with pytest.raises(LedgerError, match=r"can't be made|can't be locked"):
            Ledger.begin(directory / "state", ACME, START)
        assert reopened(ledger).memory() == ledger.memory()

    try:
        apart(write)
    finally:
        directory.chmod(0o755)
