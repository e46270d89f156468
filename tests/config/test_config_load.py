"""What a right file says is what `load` returns, with the place of everything."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from reconciler.config import check, load
from reconciler.errors import FileError
from reconciler.model.desired import (
    Allowance,
    Assign,
    Kind,
    Mode,
    Name,
    Prices,
    Seats,
    SeatsFile,
    Term,
    Threshold,
    Undeclared,
)
from reconciler.model.diagnostics import Mark, Severity

FOLDER = Path(__file__).parent / "right"
RIGHT = sorted(path.stem for path in FOLDER.glob("*.yml"))
MINIMAL = "version: 1\norg: acme\nseats: {undeclared: keep}\n"

Write = Callable[..., SeatsFile]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write `seats.yml` into an empty folder, and load it from there."""
    monkeypatch.chdir(tmp_path)

    def write(content: str | bytes, more: str = "") -> SeatsFile:
        text = content if isinstance(content, bytes) else (content + more).encode()
        Path("seats.yml").write_bytes(text)
        return load("seats.yml")

    return write


def mark(line: int, column: int, file: str = "seats.yml") -> Mark:
    return Mark(file, line, column)


@pytest.fixture
def in_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FOLDER)


@pytest.mark.parametrize("name", RIGHT)
@pytest.mark.usefixtures("in_folder")
def test_right_files_have_no_findings(name: str) -> None:
    assert check([f"{name}.yml"]) == ()
    assert load(f"{name}.yml").warnings == ()


@pytest.mark.usefixtures("in_folder")
def test_the_seats_of_the_whole_grammar() -> None:
    file = load("whole-grammar.yml")
    name = "whole-grammar.yml"
    platform, science = file.seats.teams
    octocat, hubot = file.seats.users

    assert file.org == Name(Kind.USER, "acme", mark(2, 6, name))
    assert platform.name == Name(Kind.TEAM, "platform", mark(7, 7, name))
    assert platform.assign is Assign.TEAM
    assert science.name == Name(Kind.TEAM, "data-science", mark(8, 13, name))
    assert science.assign is Assign.MEMBERS
    assert science.excluded == (Name(Kind.USER, "build-bot", mark(10, 16, name)),)
    assert (science.term, science.reason) == (Term(None, date(2027, 3, 31)), "pilot programme")
    assert octocat.name == Name(Kind.USER, "octocat", mark(14, 7, name))
    assert hubot.name == Name(Kind.USER, "hubot", mark(15, 13, name), id=480938)
    assert (hubot.term.last, hubot.reason) == (date(2026, 12, 31), "release automation")
    assert file.seats.members == mark(19, 12, name)
    assert file.seats.undeclared is Undeclared.CANCEL
    assert file.seats.mark == mark(20, 15, name)


@pytest.mark.usefixtures("in_folder")
def test_the_rules_of_the_whole_grammar_come_before_the_policys() -> None:
    file = load("whole-grammar.yml")
    name = "whole-grammar.yml"
    assert file.inactivity is not None
    own, shipped = file.inactivity.rules

    assert (own.name, own.mode, own.named_at) == ("contractors", Mode.ENFORCE, None)
    assert own.mark == mark(25, 7, name)
    assert own.teams == (Name(Kind.TEAM, "contractors", mark(26, 15, name)),)
    assert own.idle == Threshold(timedelta(days=14), timedelta(days=7), mark(27, 7, name))
    assert own.unused == Threshold(timedelta(days=7), None, mark(28, 7, name))
    assert (shipped.name, shipped.scoped) == ("everyone", False)
    assert shipped.mark.file == "policies/standard.yml"
    assert shipped.idle is not None
    assert shipped.idle.mark.file == "policies/standard.yml"
    assert (shipped.idle.warn, shipped.idle.cancel) == (timedelta(days=30), timedelta(days=60))
    assert shipped.named_at == mark(23, 11, name)
    assert file.inactivity.policy == "standard"
    assert not file.inactivity.authentication_counts


@pytest.mark.usefixtures("in_folder")
def test_the_rest_of_the_whole_grammar() -> None:
    file = load("whole-grammar.yml")
    name = "whole-grammar.yml"
    (mona,) = file.reinstate
    lisa, on_call = file.exempt
    guards = file.guards
    (override,) = guards.overrides

    assert mona.name == Name(Kind.USER, "mona", mark(33, 12, name))
    assert (mona.on, mona.reason) == (date(2026, 11, 22), "back from leave")
    assert lisa.name == Name(Kind.USER, "lisa", mark(36, 12, name))
    assert (lisa.reason, lisa.term.last) == ("parental leave", date(2027, 1, 31))
    assert on_call.name.kind is Kind.TEAM
    assert guards.mark == mark(39, 1, name)
    assert guards.max_cancellations_per_cycle == Allowance(percent=Decimal(10))
    assert guards.max_creations_per_cycle == Allowance(percent=Decimal(20))
    assert (guards.max_seats, guards.max_activity_age) == (500, timedelta(hours=72))
    assert override.guard == "max_cancellations_per_cycle"
    assert override.allow == Allowance(percent=Decimal(40))
    assert (override.term, override.reason) == (Term(None, date(2026, 12, 1)), "reorganisation")
    assert override.mark == mark(45, 7, name)
    assert guards.marks == {
        "max_cancellations_per_cycle": mark(40, 3, name),
        "max_creations_per_cycle": mark(41, 3, name),
        "max_seats": mark(42, 3, name),
        "max_activity_age": mark(43, 3, name),
        "overrides": mark(44, 3, name),
    }
    assert file.prices == Prices(Decimal(19), Decimal(39), "USD")


def test_what_is_left_out_has_the_designs_defaults(write: Write) -> None:
    file = write("version: 1\norg: acme\nseats: {}\n")

    assert file.seats == Seats(mark=mark(3, 1))
    assert file.inactivity is None
    assert (file.reinstate, file.exempt, file.warnings) == ((), (), ())
    assert file.guards.mark == mark(1, 1)
    assert file.guards.max_cancellations_per_cycle is None
    assert file.guards.max_activity_age == timedelta(hours=72)
    assert file.guards.marks == {}
    assert file.prices == Prices()


@pytest.mark.usefixtures("in_folder")
def test_the_sections_default_holds_for_teams_that_do_not_say_it_themselves() -> None:
    teams = load("names.yml").seats.teams

    assert [team.assign for team in teams] == [Assign.MEMBERS, Assign.MEMBERS, Assign.TEAM]


@pytest.mark.usefixtures("in_folder")
def test_a_reason_of_several_lines_becomes_one_line() -> None:
    (exempt,) = load("names.yml").exempt

    assert exempt.reason == "Needed at night, and rarely."


@pytest.mark.usefixtures("in_folder")
def test_overrides_allow_counts_percentages_and_true() -> None:
    file = load("guards.yml")

    assert {override.guard: override.allow for override in file.guards.overrides} == {
        "max_cancellations_per_cycle": Allowance(percent=Decimal("33.33")),
        "max_creations_per_cycle": Allowance(count=250),
        "max_seats": Allowance(count=0),
        "row_count": True,
        "empty": True,
        "last_seat": True,
    }
    assert file.guards.max_cancellations_per_cycle == Allowance(count=0)


@pytest.mark.usefixtures("in_folder")
def test_prices_are_exact() -> None:
    assert load("guards.yml").prices == Prices(Decimal(0), Decimal("38.9999"), "EUR")


def test_a_price_no_float_can_hold_is_kept_as_it_is_written(write: Write) -> None:
    file = write(MINIMAL, "prices: {business: 100000.1001}\n")

    assert str(file.prices.business) == "100000.1001"


@pytest.mark.usefixtures("in_folder")
def test_marks_of_a_policys_rules_are_in_its_file_as_it_is_named() -> None:
    file = load("own-policy.yml")
    assert file.inactivity is not None
    first, second = file.inactivity.rules

    assert first.mark == mark(5, 5, "parts/own-policy.yml")
    assert first.named_at == second.named_at == mark(4, 22, "own-policy.yml")
    assert second.idle is None
    assert second.unused is not None
    assert second.unused.mark == mark(9, 5, "parts/own-policy.yml")


@pytest.mark.usefixtures("in_folder")
def test_guards_may_stand_in_a_file_of_their_own() -> None:
    guards = load("own-policy.yml").guards

    assert guards.max_seats == 500
    assert guards.mark == mark(1, 1, "parts/own-guards.yml")
    assert guards.marks["max_seats"] == mark(2, 1, "parts/own-guards.yml")
    assert guards.overrides[0].mark == mark(4, 5, "parts/own-guards.yml")


@pytest.mark.usefixtures("in_folder")
def test_the_digest_covers_the_file_and_all_files_it_names() -> None:
    names = ("own-policy.yml", "parts/own-policy.yml", "parts/own-guards.yml")
    content = b"\0".join(Path(name).read_bytes() for name in names)

    assert load("own-policy.yml").sha256 == hashlib.sha256(content).hexdigest()


def test_the_digest_of_a_file_alone_is_that_of_its_bytes(write: Write) -> None:
    file = write(MINIMAL)

    assert file.sha256 == hashlib.sha256(MINIMAL.encode()).hexdigest()


def test_the_digest_changes_with_a_shipped_policy(write: Write) -> None:
    text = MINIMAL + "inactivity: {policy: prompt}\n"

    assert write(text).sha256 != hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + MINIMAL.encode(),
        MINIMAL.replace("\n", "\r\n").encode(),
        MINIMAL.replace("\n", "\r").encode(),
        MINIMAL.rstrip().encode(),
        f"---\n{MINIMAL}...\n".encode(),
    ],
    ids=["byte order mark", "CRLF", "CR", "no last newline", "document markers"],
)
def test_ways_of_writing_the_same(write: Write, content: bytes) -> None:
    file = write(content)

    assert file.org.text == "acme"
    assert file.org.mark.column == 6


def test_a_byte_order_mark_does_not_move_columns(write: Write) -> None:
    assert write(b"\xef\xbb\xbforg: acme\nversion: 1\nseats: {}\n").org.mark == mark(1, 6)


def test_claiming_an_enterprise_team_is_a_warning_only(write: Write) -> None:
    file = write("version: 1\norg: acme\nseats: {teams: [ENT:staff]}\n")

    (warning,) = file.warnings
    assert warning.severity is Severity.WARNING
    assert warning.mark == mark(3, 17)
    assert "it is assigned in the enterprise" in warning.message
    assert check(["seats.yml"]) == (warning,)


def test_a_scoped_or_exempted_enterprise_team_is_not_even_that(write: Write) -> None:
    file = write(
        MINIMAL,
        "exempt: [{team: ent:a, reason: x}]\n"
        "inactivity: {rules: [{name: a, teams: [ent:a], idle: {cancel: 9d}}]}\n",
    )

    assert file.warnings == ()


@pytest.mark.parametrize("policy", ["lenient", "observe", "prompt", "standard"])
def test_every_shipped_policy_can_be_named(write: Write, policy: str) -> None:
    file = write(MINIMAL, f"inactivity: {{policy: {policy}}}\n")

    assert file.inactivity is not None
    (rule,) = file.inactivity.rules
    assert rule.idle is not None
    assert (rule.idle.warn is None) == (policy == "prompt")
    assert (rule.mode is Mode.OBSERVE) == (policy == "observe")


def test_the_order_of_findings_is_that_of_the_lines(write: Write) -> None:
    with pytest.raises(FileError) as caught:
        write("version: 2\norg: 7\nseats: {users: [no, on], teams: 1}\nguards: 5\n")

    marks = [found.mark for found in caught.value.diagnostics]
    assert marks == sorted(marks)
    assert len(marks) == 6


def test_the_file_is_a_value_that_can_be_compared(write: Write) -> None:
    first = write(MINIMAL)

    assert dataclasses.replace(first) == load("seats.yml")
