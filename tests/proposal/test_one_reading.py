"""Two looks through one cached reader see one organisation, and doubts about it stay doubts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from proposal_worlds import Folder, row, snapshot

from reconciler import config
from reconciler.app.base_branch import plan as plan_on_one_reading
from reconciler.app.session import Common, Session
from reconciler.model.desired import SeatsFile
from reconciler.model.observed import Account, Billing, Counted, Organization, Row, Team
from reconciler.plan.observe import observe
from reconciler.plan.reading import Cached, Reader, SeatList
from reconciler.snapshot import load

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
PLATFORM, DOCS = Team(7, "platform"), Team(8, "docs")


def rows(*logins: str) -> tuple[Row, ...]:
    return tuple(
        Row(Account(number, login), NOW, last_activity_at=NOW)
        for number, login in enumerate(logins, 1)
    )


class Moving:
    """An organisation that changes with every question, and counts the questions."""

    def __init__(self, *readings: SeatList) -> None:
        self.readings = list(readings)
        self.asked: list[str] = []

    def _again(self, question: str) -> int:
        self.asked.append(question)
        return self.asked.count(question)

    def now(self) -> datetime:
        return NOW.replace(minute=self._again("now"))

    def organization(self) -> Organization:
        self._again("organization")
        return Organization(9919, "acme", "https://api.github.com")

    def billing(self) -> Billing:
        return Billing("assign_selected", added_this_cycle=self._again("billing"))

    def seats(self) -> SeatList:
        self._again("seats")
        return self.readings.pop(0)

    def teams(self) -> tuple[Team, ...]:
        return (PLATFORM, DOCS)[: self._again("teams")]

    def team_members(self, slug: str) -> tuple[Account, ...] | None:
        return (Account(40 + self._again(slug), slug),)

    def members(self) -> tuple[Account, ...]:
        return (Account(50 + self._again("members"), "member"),)

    def user(self, login: str) -> Account | None:
        return Account(60 + self._again(login), login)

    def user_by_id(self, user_id: int) -> Account | None:
        return None

    def membership(self, login: str) -> str | None:
        return "pending" if self._again(f"membership {login}") == 1 else "active"

    def member_seat(self, login: str) -> Row | None:
        return None


@pytest.fixture
def file(tmp_path_factory: pytest.TempPathFactory) -> SeatsFile:
    path = tmp_path_factory.mktemp("file") / "seats.yml"
    path.write_text("version: 1\norg: acme\nseats: {teams: [platform], users: [zoe]}\n")
    return config.load(path)


AGREED = SeatList(rows("ada", "bert"), 2)
SHORT = SeatList(rows("ada"), 2)
SHORTER = SeatList((), 2)


@pytest.mark.parametrize(
    ("readings", "counted"),
    [
        ([AGREED], Counted.AGREES),
        ([SHORT, AGREED], Counted.AGREES),
        ([SHORT, SHORT], Counted.DISAGREES),
        ([SHORT, SHORTER], Counted.UNSTABLE),
    ],
)
def test_every_look_sees_the_same_readings(
    file: SeatsFile, readings: list[SeatList], counted: Counted
) -> None:
    reader = Moving(*readings)
    cached = Cached(reader)
    looks = [observe(file, cached, None) for _ in range(3)]

    assert looks[0] == looks[1] == looks[2]
    assert looks[0].counted is counted
    assert looks[0].rows == readings[-1].rows
    assert reader.asked.count("seats") == len(readings)
    assert all(reader.asked.count(one) == 1 for one in ("now", "billing", "teams", "members"))


class Emptying:
    """The snapshot's organisation at the first reading; after that nobody has a seat."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._read = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reader, name)

    def seats(self) -> SeatList:
        first, self._read = not self._read, True
        return self._reader.seats() if first else SeatList((), 0)


def test_both_files_are_planned_on_one_reading(folder: Folder) -> None:
    text = "version: 1\norg: acme\nseats: {users: [mona, newcomer], undeclared: keep}\n"
    folder.put(text, text.replace("newcomer", "ghost"), snapshot([row("mona")], members=["ghost"]))
    head, base = (config.load(folder.path / name) for name in ("seats.yml", "main/seats.yml"))
    reader = Emptying(load(folder.path / "snapshot.json"))
    plan = plan_on_one_reading(Session(Common(no_state=True)), head, base, reader)

    assert [change.name for change in plan.changes] == ["ghost"]
    assert plan.parts is not None
    assert plan.parts.averted == ()
