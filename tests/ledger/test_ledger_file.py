"""A ledger on disk: round trips, the chain, what is kept, and files that are no ledger."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger_builders import (
    ACME,
    EVERYONE,
    START,
    TEAM_7,
    USER_1,
    change,
    day,
    team,
    user,
)

from reconciler.errors import LedgerError
from reconciler.ledger import Answer, Ledger, as_json, chain, fold
from reconciler.ledger import events as ev
from reconciler.model.desired import Kind
from reconciler.model.memory import AppliedPlan, ClaimLine, Hold, Refusal, Source
from reconciler.model.observed import Account, Organization
from reconciler.model.plan import Reason, Records
from reconciler.model.report import Result

HOLD = Hold(day(1), day(-40), frozenset({TEAM_7, USER_1}))
DELETE_1, CREATE_2 = user("delete", 1), user("create", 2)


def tell_a_story(state: Path) -> Ledger:
    """Write a ledger that has every kind of event."""
    ledger = Ledger.begin(state, ACME, START)
    with ledger.writing("apply") as writer:
        writer.observed(
            Records(
                claimants={1: frozenset({TEAM_7, USER_1}), 2: frozenset({EVERYONE})},
                live_teams=frozenset({7}),
                live_users=frozenset({1, 3}),
                resolved={(Kind.USER, "Octocat"): 1, (Kind.TEAM, "platform"): 7},
                held={3: Hold(day(1), None, frozenset({TEAM_7}))},
                warned=frozenset({2, 1}),
            ),
            day(1),
        )
        writer.apply_started("p1", "sha256:f", day(1))
        changes = [change(DELETE_1), change(CREATE_2), change(team("create", 8), 4)]
        writer.intent(
            changes,
            day(1),
            team_members={8: (Account(4, "d"), Account(5, "e"))},
            holds={changes[0].address: {1: HOLD}},
        )
        writer.outcome(
            [
                Answer(DELETE_1, Result.DONE, "AB:12"),
                Answer(CREATE_2, Result.FAILED, "AB:13", signature="rows=;lines=", code="422"),
                Answer(team("create", 8), Result.UNCONFIRMED),
            ],
            day(1),
        )
        writer.apply_finished(day(1))
        writer.observed(Records(released=frozenset({3})), day(2))
    return ledger


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return tell_a_story(tmp_path_factory.mktemp("story")).path.read_bytes()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "acme.jsonl"


def opened(path: Path) -> Ledger:
    ledger = Ledger.open(path.parent, "acme")
    assert ledger is not None
    return ledger


# --- round trips ----------------------------------------------------------------------------------


def test_without_a_file_there_is_no_ledger(tmp_path: Path) -> None:
    assert Ledger.open(tmp_path, "acme") is None
    assert Ledger.open(tmp_path / "not" / "there", "acme") is None


def test_a_ledger_is_found_under_its_login_in_any_case(tmp_path: Path) -> None:
    Ledger.begin(tmp_path / "state", ACME, START)
    for login in ("acme", "ACME", "Acme"):
        ledger = Ledger.open(tmp_path / "state", login)
        assert ledger is not None
        assert ledger.path == tmp_path / "state" / "acme.jsonl"
        assert ledger.organization_id == 9919


def test_what_was_written_is_what_is_read(tmp_path: Path) -> None:
    written = tell_a_story(tmp_path)
    read = opened(written.path)
    assert read.events == written.events
    assert read.head == written.head
    assert read.memory() == written.memory()
    assert not read.torn


def test_the_story_adds_up(tmp_path: Path) -> None:
    memory = tell_a_story(tmp_path).memory()
    assert memory.names == {(Kind.USER, "octocat"): 1, (Kind.TEAM, "platform"): 7}
    assert memory.warnings == {1: (day(1),), 2: (day(1),)}
    assert memory.cancelled == {1: day(1)}
    assert memory.creates == {4: day(1)}
    assert memory.accepted == {8: frozenset({4, 5})}
    assert memory.refusals == {CREATE_2: Refusal(day(1), "rows=;lines=", "422")}
    assert memory.plans == {"p1": AppliedPlan(day(1), finished=True)}
    assert memory.holds == {}, "the second look claims nobody"
    assert memory.last_look == day(2)


def test_a_hold_keeps_its_evidence_and_its_claim_lines(tmp_path: Path) -> None:
    ledger = Ledger.begin(tmp_path, ACME, START)
    with ledger.writing("drift") as writer:
        claims = {1: frozenset({TEAM_7, USER_1})}
        writer.observed(Records(claimants=claims, held={1: HOLD}), day(1))
    assert opened(ledger.path).memory().holds == {1: HOLD}


def test_a_hold_by_a_change_begins_with_the_answer_and_is_written_down(tmp_path: Path) -> None:
    ledger = Ledger.begin(tmp_path, ACME, START)
    with ledger.writing("apply") as writer:
        writer.apply_started("p1", "sha256:f", day(1))
        writer.intent([change(DELETE_1)], day(1), holds={change(DELETE_1).address: {1: HOLD}})
        writer.outcome([Answer(DELETE_1, Result.DONE)], day(1))
    assert [as_json(event)["event"] for event in ledger.events] == [
        "begun",
        "apply_started",
        "intent",
        "held",
        "outcome",
    ]
    assert ledger.memory().holds == {1: HOLD}


def test_a_refused_delete_begins_no_hold(tmp_path: Path) -> None:
    ledger = Ledger.begin(tmp_path, ACME, START)
    with ledger.writing("apply") as writer:
        writer.apply_started("p1", "sha256:f", day(1))
        writer.intent([change(DELETE_1)], day(1), holds={change(DELETE_1).address: {1: HOLD}})
        writer.outcome([Answer(DELETE_1, Result.FAILED, signature="s", code="422")], day(1))
    assert ledger.memory().holds == {}


def test_a_hold_confirmed_late_is_written_down_once(tmp_path: Path) -> None:
    ledger = Ledger.begin(tmp_path, ACME, START)
    with ledger.writing("apply") as writer:
        writer.apply_started("p1", "sha256:f", day(1))
        writer.intent([change(DELETE_1)], day(1), holds={change(DELETE_1).address: {1: HOLD}})
        writer.outcome([Answer(DELETE_1, Result.UNCONFIRMED)], day(1))
        writer.outcome((Answer(DELETE_1, Result.DONE) for _ in range(1)), day(1.1))
        writer.outcome([Answer(CREATE_2, Result.SKIPPED)], day(1.1))
    assert [as_json(event)["event"] for event in ledger.events].count("held") == 1
    assert ledger.memory().holds == {1: HOLD}
    assert ledger.memory().in_flight == {}


def test_a_release_ends_the_hold_of_somebody_still_claimed(tmp_path: Path) -> None:
    ledger = Ledger.begin(tmp_path, ACME, START)
    claims = {1: HOLD.claims, 2: HOLD.claims}
    with ledger.writing("drift") as writer:
        writer.observed(Records(claimants=claims, held={1: HOLD, 2: HOLD}), day(1))
        writer.observed(Records(claimants=claims, released=frozenset({1, 3})), day(2))
    assert ledger.memory().holds == {2: HOLD}
    released = [as_json(event)["user"] for event in ledger.events[-1:]]
    assert released == [1], "nobody else was on hold"


@pytest.mark.parametrize(
    ("result", "ends"),
    [(Result.DONE, True), (Result.UNCONFIRMED, True), (Result.FAILED, False), (None, False)],
)
def test_our_own_create_ends_the_hold_once_github_accepted_it(
    tmp_path: Path, result: Result | None, ends: bool
) -> None:
    ledger, claims = Ledger.begin(tmp_path, ACME, START), {1: HOLD.claims}
    create = user("create", 1)
    with ledger.writing("apply") as writer:
        writer.observed(Records(claimants=claims, held={1: HOLD}), day(1))
        writer.apply_started("p1", "sha256:f", day(2))
        writer.intent([change(create, reason=Reason.RETURNED)], day(2))
        if result is not None:
            writer.outcome([Answer(create, result)], day(2))
    memory = opened(ledger.path).memory()
    assert memory.holds == ({} if ends else {1: HOLD})
    assert fold(one for one in ledger.events if not isinstance(one, ev.Released)) == replace(
        memory, head=""
    )


def test_a_hold_that_began_after_our_create_outlives_its_late_confirmation(tmp_path: Path) -> None:
    ledger, create = Ledger.begin(tmp_path, ACME, START), user("create", 1)
    with ledger.writing("apply") as writer:
        writer.apply_started("p1", "sha256:f", day(1))
        writer.intent([change(create)], day(1))
        writer.outcome([Answer(create, Result.UNCONFIRMED)], day(1))
        writer.observed(Records(claimants={1: HOLD.claims}, held={1: HOLD}), day(1.1))
        writer.outcome([Answer(create, Result.DONE)], day(1.2))
    assert set(ledger.memory().holds) == {1}


def test_a_hold_that_ends_and_begins_in_one_look_begins_anew(tmp_path: Path) -> None:
    ledger = Ledger.begin(tmp_path, ACME, START)
    claims = {1: HOLD.claims}
    with ledger.writing("drift") as writer:
        writer.observed(Records(claimants=claims, held={1: HOLD}), day(1))
        again = Records(claimants=claims, held={1: HOLD}, released=frozenset({1}))
        writer.observed(again, day(2))
    assert ledger.memory().holds == {1: replace(HOLD, began=day(2))}


def test_a_name_is_written_when_its_id_is_news(tmp_path: Path) -> None:
    ledger = Ledger.begin(tmp_path, ACME, START)
    with ledger.writing("drift") as writer:
        for number, account in enumerate((1, 1, 5)):
            found = {(Kind.USER, "Octocat"): account, (Kind.TEAM, "platform"): 7}
            writer.observed(Records(resolved=found), day(number))
    lines = [as_json(event) for event in ledger.events]
    resolved = [line for line in lines if line["event"] == "resolved"]
    assert [(line.get("users"), line.get("teams")) for line in resolved] == [
        ({"octocat": 1}, {"platform": 7}),
        ({"octocat": 5}, None),
    ]


def test_an_intent_says_who_is_in_a_team_and_nothing_twice_of_a_user(tmp_path: Path) -> None:
    ledger = Ledger.begin(tmp_path, ACME, START)
    everyone = (Account(4, "d"), Account(5, "e"))
    changes = [
        change(user("create", 8)),
        change(team("create", 8), 4),
        change(team("delete", 9), 6),
    ]
    with ledger.writing("apply") as writer:
        writer.apply_started("p1", "sha256:f", day(1))
        writer.intent(iter(changes), day(1), team_members={8: everyone, 9: everyone})
    targets = as_json(ledger.events[-1])["targets"]
    assert [(target.get("people"), target.get("members")) for target in targets] == [
        (None, None),
        ([4], [4, 5]),
        ([6], None),
    ]


def test_looks_of_any_content_are_read_back_as_they_were(tmp_path: Path) -> None:
    looks = [
        {1: frozenset({TEAM_7}), 2: frozenset({TEAM_7, EVERYONE})},
        {1: frozenset({TEAM_7, USER_1}), 3: frozenset({EVERYONE})},
        {},
        {1: frozenset({ClaimLine(TEAM_7.source, 8)})},
    ]
    ledger = Ledger.begin(tmp_path, ACME, START)
    for number, claimants in enumerate(looks):
        with ledger.writing("drift") as writer:
            writer.observed(Records(claimants=claimants), day(number))
        assert opened(ledger.path).memory().claimants == claimants


def test_a_second_hold_on_the_same_grounds_is_not_written_again(tmp_path: Path) -> None:
    ledger = Ledger.begin(tmp_path, ACME, START)
    records = Records(claimants={1: HOLD.claims}, held={1: HOLD})
    for number in (1, 2, 3):
        with ledger.writing("drift") as writer:
            writer.observed(records, day(number))
    assert ledger.memory().holds == {1: HOLD}


def test_times_are_written_in_utc_with_a_z(story: bytes) -> None:
    moments = [json.loads(line)["at"] for line in story.splitlines()]
    assert moments[:2] == ["2026-11-01T02:00:00Z", "2026-11-02T02:00:00Z"]
    assert all(moment.endswith("Z") for moment in moments)


def test_a_time_of_another_zone_is_kept_in_utc_and_one_without_zone_not_at_all(
    tmp_path: Path,
) -> None:
    ledger = Ledger.begin(tmp_path, ACME, START)
    there = timezone(timedelta(hours=-6))
    with ledger.writing("apply") as writer:
        writer.observed(Records(), day(1).astimezone(there))
        writer.apply_started("p1", "sha256:f", day(2).astimezone(there))
        writer.outcome([Answer(DELETE_1, Result.SKIPPED)], day(3).astimezone(there))
        with pytest.raises(ValueError, match="without its zone"):
            writer.apply_finished(day(4).replace(tzinfo=None))
    assert [as_json(event)["at"] for event in ledger.events] == [
        f"2026-11-0{number}T02:00:00Z" for number in (1, 2, 3, 4)
    ]


def test_a_ledger_knows_the_heads_it_once_had(tmp_path: Path) -> None:
    ledger = Ledger.begin(tmp_path, ACME, START)
    first = ledger.head
    with ledger.writing("drift") as writer:
        writer.observed(Records(), day(1))
    assert ledger.has(first)
    assert ledger.has(ledger.head)
    assert not ledger.has("0" * 64)
    assert not ledger.has("f" * 64)


# --- what is kept ---------------------------------------------------------------------------------


def test_people_outside_the_file_are_ids_only(story: bytes) -> None:
    """Changes carry logins; a ledger has no use for them."""
    assert b"person-" not in story
    assert b"@" not in story


def test_github_s_words_are_not_kept(tmp_path: Path) -> None:
    ledger = Ledger.begin(tmp_path, ACME, START)
    words = "User mona@example.com is not assigned"
    with ledger.writing("apply") as writer:
        writer.apply_started("p1", "sha256:f", day(1))
        writer.intent([change(DELETE_1)], day(1))
        writer.outcome([Answer(DELETE_1, Result.FAILED, "a b", signature="s", code=words)], day(1))
    assert b"mona" not in ledger.path.read_bytes()
    assert ledger.memory().refusals == {DELETE_1: Refusal(day(1), "s", "other")}


# --- size and speed -------------------------------------------------------------------------------


def _crowd(night: int) -> Records:
    """Return a look at 20,000 people, a hundred of whom come and a hundred go every night."""
    people = range(1_000_000 + night * 100, 1_020_000 + night * 100)
    claims = frozenset({TEAM_7})
    return Records(
        claimants=dict.fromkeys(people, claims),
        live_teams=frozenset({7}),
        live_users=frozenset(people),
    )


def test_a_quiet_night_is_one_short_line_whatever_the_organisation_s_size(tmp_path: Path) -> None:
    ledger = Ledger.begin(tmp_path, ACME, START)
    with ledger.writing("drift") as writer:
        writer.observed(_crowd(0), day(1))
        first = ledger.path.stat().st_size
        writer.observed(_crowd(0), day(2))
    assert first < 400_000
    assert ledger.path.stat().st_size - first < 200


def test_a_busy_night_is_written_as_what_changed(tmp_path: Path) -> None:
    ledger = Ledger.begin(tmp_path, ACME, START)
    with ledger.writing("drift") as writer:
        writer.observed(_crowd(0), day(1))
        first = ledger.path.stat().st_size
        writer.observed(_crowd(1), day(2))
    assert ledger.path.stat().st_size - first < 5_000
    assert opened(ledger.path).memory().claimants == dict(_crowd(1).claimants)


# --- broken, torn, foreign ------------------------------------------------------------------------


@given(data=st.data())
def test_cut_anywhere_it_is_the_same_ledger_without_its_last_lines(
    data: st.DataObject, story: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    cut = data.draw(st.integers(0, len(story)))
    path = tmp_path_factory.getbasetemp() / "cut" / "acme.jsonl"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(story[:cut])
    whole = story[:cut].count(b"\n")
    if whole == 0:
        with pytest.raises(LedgerError, match="not one whole line"):
            Ledger.open(path.parent, "acme")
        return
    ledger = opened(path)
    assert [as_json(event) for event in ledger.events] == [
        json.loads(line) for line in story.splitlines()[:whole]
    ]
    assert ledger.memory() == replace(fold(ledger.events), head=ledger.head)
    assert ledger.torn is (not story[:cut].endswith(b"\n"))
    with ledger.writing("drift") as writer:
        writer.observed(Records(), day(3))
    assert opened(path).events == ledger.events


@given(data=st.data())
def test_a_byte_altered_before_the_last_line_is_found(
    data: st.DataObject, story: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    last = story.rstrip(b"\n").rfind(b"\n")
    place = data.draw(st.integers(0, last))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != story[place]))
    path = tmp_path_factory.getbasetemp() / "altered" / "acme.jsonl"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(story[:place] + bytes([byte]) + story[place + 1 :])
    with pytest.raises(LedgerError, match=r"line \d+") as caught:
        Ledger.open(path.parent, "acme")
    assert "Restore the file from a copy" in str(caught.value)


def _without(lines: list[bytes], number: int) -> list[bytes]:
    return lines[: number - 1] + lines[number:]


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        (lambda lines: _without(lines, 1), "line 1: the first line has to say"),
        (lambda lines: [lines[0].replace(b"0" * 64, b"1" * 64)], "line 1: lines before it are"),
        (lambda lines: _without(lines, 3), "line 3: it does not follow from line 2"),
        (lambda lines: [*lines[:2], lines[1], *lines[2:]], "line 3: it does not follow"),
        (lambda lines: [lines[0], lines[2], lines[1]], "line 2: it does not follow"),
        (lambda lines: [*lines, lines[0]], "it begins twice"),
        (lambda lines: [*lines, b"{}"], "no event of a ledger"),
        (lambda lines: [*lines, b"\xff"], "no event of a ledger"),
        (lambda lines: [*lines, b""], "no event of a ledger"),
        (lambda lines: [*lines, b'{"event":"bought"}'], "newer version"),
        (lambda lines: [lines[0].replace(b'"version":1', b'"version":2')], "of format 2"),
        (
            lambda lines: [*lines, b'{"event":"warned","x":' + b"[" * 100_000],
            "no event of a ledger",
        ),
        (lambda lines: [b"\0" * 40], "no event of a ledger"),
        (lambda lines: [b"PK\x03\x04"], "no event of a ledger"),
    ],
)
def test_a_broken_chain_is_told_by_its_line(
    break_it: Callable[[list[bytes]], list[bytes]], message: str, story: bytes, path: Path
) -> None:
    path.write_bytes(b"".join(line + b"\n" for line in break_it(story.splitlines())))
    with pytest.raises(LedgerError, match=message) as caught:
        Ledger.open(path.parent, "acme")
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda story: story.replace(b"\n", b"\r"), "CR line ends"),
        (lambda story: b"<<<<<<< HEAD\n" + story + b"=======\n>>>>>>> x\n", "merge conflict"),
        (lambda story: story + b"=======\r\n" + story, "merge conflict"),
    ],
)
def test_no_advice_loses_a_ledger_that_is_still_there(
    change: Callable[[bytes], bytes], words: str, story: bytes, path: Path
) -> None:
    path.write_bytes(change(story))
    with pytest.raises(LedgerError, match=words) as caught:
        Ledger.open(path.parent, "acme")
    assert "ledger init" not in str(caught.value)
    assert "Delete" not in str(caught.value)


def test_keys_of_a_later_version_are_passed_over(path: Path) -> None:
    line = {"event": "begun", "at": "2026-11-01T02:00:00Z", "previous": "0" * 64}
    path.write_text(
        json.dumps({**line, "version": 1, "organization_id": 5, "host": "h", "new": [1]}) + "\n"
    )
    assert opened(path).organization_id == 5


def test_an_existing_ledger_is_not_begun_again(tmp_path: Path) -> None:
    ledger = tell_a_story(tmp_path)
    before = ledger.path.read_bytes()
    with pytest.raises(LedgerError, match="exists already"):
        Ledger.begin(tmp_path, ACME, day(3))
    assert ledger.path.read_bytes() == before


def test_another_organisation_under_the_same_name_is_refused(tmp_path: Path) -> None:
    ledger = Ledger.begin(tmp_path, ACME, START)
    ledger.require(Organization(9919, "acme-renamed", "https://elsewhere"))
    with pytest.raises(LedgerError, match=r"id 9919, and GitHub says that Acme has id 5"):
        ledger.require(Organization(5, "Acme", ACME.host))


@pytest.mark.parametrize("login", ["", "..", "../acme", "a/b", "a\\b", "a b", "acme\n", "a.b", "é"])
def test_a_name_that_is_no_login_never_becomes_a_path(login: str, tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="no organisation's login"):
        Ledger.open(tmp_path, login)
    with pytest.raises(LedgerError, match="no organisation's login"):
        Ledger.begin(tmp_path, Organization(1, login, "h"), START)
    assert list(tmp_path.iterdir()) == []


# --- places where no ledger can be ----------------------------------------------------------------


def test_a_state_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    with pytest.raises(LedgerError, match=r"state is a file. The state \(--state\) has"):
        Ledger.open(tmp_path / "state", "acme")
    with pytest.raises(LedgerError, match="a file stands there"):
        Ledger.begin(tmp_path / "state", ACME, START)
    with pytest.raises(LedgerError, match="a file stands there"):
        Ledger.begin(tmp_path / "state" / "deeper", ACME, START)


def test_a_directory_or_device_in_the_ledger_s_place_is_told(tmp_path: Path, path: Path) -> None:
    path.mkdir()
    with pytest.raises(LedgerError, match="is no file"):
        Ledger.open(tmp_path, "acme")
    with pytest.raises(LedgerError, match="is no file"):
        Ledger.begin(tmp_path, ACME, START)
    (tmp_path / "full.jsonl").symlink_to("/dev/full")
    with pytest.raises(LedgerError, match="is no file"):
        Ledger.open(tmp_path, "full")


# --- rehearsals -----------------------------------------------------------------------------------


@pytest.mark.parametrize("here", ["http://127.0.0.1:8080", "http://localhost", "http://[::1]:1"])
def test_what_is_rehearsed_is_not_remembered_as_real(tmp_path: Path, here: str) -> None:
    ledger = Ledger.begin(tmp_path, ACME, START)
    before = ledger.path.read_bytes()
    ledger.require(replace(ACME, host=here), rehearse=False)
    with (
        pytest.raises(LedgerError, match=r"began on https://api\.github\.com.*--state rehearsal"),
        ledger.writing("drift") as writer,
    ):
        writer.observed(Records(), START)
    assert ledger.path.read_bytes() == before
    ledger.require(replace(ACME, host=here))
    with ledger.writing("drift") as writer:
        writer.observed(Records(), START)
    assert ledger.path.read_bytes() != before


@pytest.mark.parametrize(
    ("begun", "now"),
    [
        ("http://127.0.0.1:8080", "http://127.0.0.1:9090"),
        ("http://127.0.0.1:8080", "https://api.github.com"),
        ("https://api.github.com", "https://api.acme.ghe.com"),
    ],
)
def test_every_other_ledger_is_written(tmp_path: Path, begun: str, now: str) -> None:
    ledger = Ledger.begin(tmp_path, replace(ACME, host=begun), START)
    ledger.require(replace(ACME, host=now), rehearse=False)
    with ledger.writing("drift") as writer:
        writer.observed(Records(), START)
    assert len(ledger.events) == 2


# --- line ends, and values that can't be read again -----------------------------------------------


@given(ends=st.lists(st.booleans(), min_size=8, max_size=8))
def test_line_ends_don_t_count(story: bytes, ends: list[bool]) -> None:
    lines = story.splitlines()
    mixed = b"".join(
        line + (b"\r\n" if ends[number % len(ends)] else b"\n") for number, line in enumerate(lines)
    )
    whole, read = chain.read(story, "x"), chain.read(mixed, "x")
    assert (read.events, read.head, read.torn) == (whole.events, whole.head, b"")
    assert read.size == len(mixed)


def test_two_carriage_returns_are_no_line_end(story: bytes) -> None:
    with pytest.raises(LedgerError, match="line 2: it does not follow"):
        chain.read(story.replace(b"\n", b"\r\r\n"), "x")


@pytest.mark.parametrize(
    "records",
    [
        Records(claimants={1: frozenset({ClaimLine(Source.USER, -5)})}),
        Records(claimants={1: frozenset({ClaimLine(Source.TEAM, 10**19)})}),
        Records(held={1: Hold(day(1), None, frozenset({ClaimLine(Source.USER, -1)}))}),
        Records(resolved={(Kind.USER, "\ud800"): 1}),
        Records(resolved={(Kind.TEAM, "a"): True}),
        Records(warned=frozenset({10**5000})),
    ],
)
def test_a_line_that_could_not_be_read_is_not_written(tmp_path: Path, records: Records) -> None:
    ledger = tell_a_story(tmp_path)
    before = ledger.path.read_bytes()
    with pytest.raises(LedgerError, match="can't store an event"), ledger.writing("drift") as one:
        one.observed(records, day(3))
    assert ledger.path.read_bytes() == before
    with ledger.writing("drift") as writer:
        writer.observed(Records(resolved={(Kind.USER, "a\0\n" + "b" * 100_000): 2**63 - 1}), day(3))
    assert opened(ledger.path).memory() == ledger.memory()


@pytest.mark.parametrize("year", [1, 1969, 9999])
def test_a_time_beyond_the_calendar_is_not_written(tmp_path: Path, year: int) -> None:
    ledger = tell_a_story(tmp_path)
    before = ledger.path.read_bytes()
    at = datetime(year, 12, 31, 23, 59, 59, tzinfo=UTC)
    with pytest.raises(LedgerError, match="not between 1970"), ledger.writing("drift") as writer:
        writer.observed(Records(warned=frozenset({1})), at)
    assert ledger.path.read_bytes() == before
    with pytest.raises(LedgerError, match="can't store"):
        Ledger.begin(tmp_path / "other", ACME, at)
    assert Ledger.open(tmp_path / "other", "acme") is None


def test_a_number_too_long_for_python_is_no_traceback(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="can't store"):
        Ledger.begin(tmp_path, replace(ACME, id=10**5000), START)
    assert not list(tmp_path.glob("*.jsonl"))
