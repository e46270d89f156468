"""A shared ledger: everybody knows what will be sent before it is, and all of it at the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from ledger_builders import ACME, START, change, day, user

from reconciler.errors import LedgerError
from reconciler.ledger import Answer, Ledger, Writer
from reconciler.model.plan import Records
from reconciler.model.report import Result

DELETE_1 = user("delete", 1)


@dataclass
class Shelf:
    """Where others read: what they know is in `known`. It can be out of reach."""

    known: bytes = b""
    sent_after: list[bytes] = field(default_factory=list)
    """What was known whenever something was about to be sent."""
    broken: BaseException | None = None
    broken_at_the_end: bool = False
    written_by_others: bytes = b""
    open: bool = False

    def place(self, path: Path) -> str:
        return f"{path.name} on a shelf"

    def opened(self, path: Path, command: str) -> None:
        self.open = True
        with path.open("ab") as out:
            out.write(self.written_by_others)

    def publish(self, path: Path, plan_id: str, *, sending: bool) -> None:
        if self.broken is not None:
            raise self.broken
        self.known = path.read_bytes()
        if sending:
            self.sent_after.append(self.known)

    def closed(self, path: Path) -> None:
        assert self.open
        self.open = False
        if self.broken_at_the_end:
            raise LedgerError("the shelf is full")
        self.known = path.read_bytes()


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def ledger(tmp_path: Path, shelf: Shelf) -> Ledger:
    return Ledger.begin(tmp_path, ACME, START, shelf)


def last(data: bytes) -> str:
    return data.decode().splitlines()[-1]


def send(writer: Writer) -> None:
    writer.intent([change(DELETE_1)], day(1))


def test_that_an_apply_begins_is_known_before_anything_is_sent(
    ledger: Ledger, shelf: Shelf
) -> None:
    with ledger.writing("apply") as writer:
        writer.apply_started("p", "sha256:f", day(1))
        assert '"apply_started"' in last(shelf.known)
        assert shelf.sent_after == []
        send(writer)
        assert '"intent"' in last(shelf.sent_after[0])
        writer.outcome([Answer(DELETE_1, Result.DONE)], day(1))
        assert '"intent"' in last(shelf.known)
    assert shelf.known == ledger.path.read_bytes()
    assert '"outcome"' in last(shelf.known)


def test_what_only_looks_is_known_at_the_end(ledger: Ledger, shelf: Shelf) -> None:
    with ledger.writing("drift") as writer:
        writer.observed(Records(), day(1))
        assert shelf.known == b""
    assert '"observed"' in last(shelf.known)


@pytest.mark.parametrize("fault", [LedgerError("out of reach"), KeyboardInterrupt()])
def test_what_nobody_could_be_told_was_not_sent_and_is_written_down_so(
    ledger: Ledger, shelf: Shelf, fault: BaseException
) -> None:
    def whole() -> None:
        with ledger.writing("apply") as writer:
            writer.apply_started("p", "sha256:f", day(1))
            shelf.broken = fault
            send(writer)

    with pytest.raises(type(fault)):
        whole()
    assert shelf.sent_after == []
    assert ledger.memory().in_flight == {}
    journal = ledger.journal("p")
    assert journal is not None
    assert [entry.result for entry in journal.entries] == [Result.NOT_TRIED]
    again = Ledger.open(ledger.path.parent, "acme")
    assert again is not None
    assert again.events == ledger.events


def test_what_others_wrote_is_read_before_anything_is_written(
    ledger: Ledger, shelf: Shelf, tmp_path: Path
) -> None:
    other = Ledger.begin(tmp_path / "other", ACME, START)
    with other.writing("drift") as writer:
        writer.observed(Records(live_users=frozenset({1, 2})), day(1))
    lines = other.path.read_bytes().splitlines(keepends=True)
    shelf.written_by_others = lines[1]
    with ledger.writing("drift") as writer:
        writer.observed(Records(live_users=frozenset({1, 2})), day(2))
    assert '"live_users_gained"' not in last(shelf.known)
    assert shelf.known.startswith(b"".join(lines))


@pytest.mark.parametrize("what", [ZeroDivisionError, KeyboardInterrupt, LedgerError])
def test_whatever_ends_the_writing_the_rest_is_shared(
    ledger: Ledger, shelf: Shelf, what: type[BaseException]
) -> None:
    def ended() -> None:
        with ledger.writing("apply") as writer:
            writer.observed(Records(), day(1))
            raise what

    with pytest.raises(what):
        ended()
    assert '"observed"' in last(shelf.known)
    assert not shelf.open


def test_what_ended_it_is_not_hidden_by_what_went_wrong_then(ledger: Ledger, shelf: Shelf) -> None:
    shelf.broken_at_the_end = True

    def ended() -> None:
        with ledger.writing("apply") as writer:
            writer.observed(Records(), day(1))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as end:
        ended()
    assert end.value.__notes__ == ["the shelf is full"]


def test_what_goes_wrong_at_the_end_is_raised_unless_it_was_asked_for(
    ledger: Ledger, shelf: Shelf
) -> None:
    shelf.broken_at_the_end = True
    with pytest.raises(LedgerError, match="the shelf is full"), ledger.writing("drift") as writer:
        writer.observed(Records(), day(1))
    with ledger.writing("apply") as writer:
        writer.observed(Records(), day(1))
        assert [str(one) for one in ledger.share()] == ["the shelf is full"]
        assert ledger.share() == ()


def test_nothing_is_shared_that_could_not_be_opened(
    ledger: Ledger, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    def taken(_path: Path, _command: str) -> None:
        raise LedgerError("somebody writes")

    monkeypatch.setattr(shelf, "opened", taken)
    with pytest.raises(LedgerError, match="somebody writes"), ledger.writing("apply"):
        pytest.fail("it was opened")
    assert shelf.known == b""


def test_messages_say_where_the_ledger_really_is(ledger: Ledger, shelf: Shelf) -> None:
    ledger.path.write_bytes(ledger.path.read_bytes().replace(b'"2026', b'"2025') + b"{}\n")
    with pytest.raises(LedgerError, match=r"ledger acme\.jsonl on a shelf, line 2"):
        Ledger.open(ledger.path.parent, "acme", shelf)
    with pytest.raises(LedgerError, match=r"ledger acme\.jsonl on a shelf"):
        ledger.verify()
