"""A snapshot answers as GitHub did, says what it lacks, and survives being written and read."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.errors import SnapshotError
from reconciler.model.observed import (
    Account,
    Billing,
    Counted,
    Observed,
    Organization,
    Row,
    Team,
)
from reconciler.plan.reading import SeatList
from reconciler.snapshot import SnapshotReader, document, load, write

NOW = datetime(2026, 11, 22, 8, 0, 0, tzinfo=UTC)
MONA, LISA, HUBOT, OCTOCAT = (
    Account(1, "mona"),
    Account(2, "lisa"),
    Account(3, "hubot"),
    Account(4, "octocat"),
)


def snapshot(**changes: object) -> dict[str, Any]:
    """Return a small whole snapshot with *changes*."""
    return {
        "format_version": "1.0",
        "taken_at": "2026-11-22T08:00:00Z",
        "organization": {"login": "acme", "id": 9919},
        "seats": [seat()],
        "teams": [{"id": 7, "slug": "platform", "name": "Platform", "members": ["mona", "Lisa"]}],
        "members": [{"login": "mona", "id": 1}, {"login": "lisa", "id": 2}],
        "users": [
            {"login": "hubot", "id": 3, "membership": "pending"},
            {"login": "octocat", "id": 4, "membership": "none"},
        ],
        **changes,
    }


def seat(**changes: object) -> dict[str, Any]:
    return {"assignee": {"login": "mona", "id": 1}, "created_at": "-40d", **changes}


def loaded(path: Path, value: object) -> SnapshotReader:
    file = path / "snap.json"
    file.write_text(value if isinstance(value, str) else json.dumps(value))
    return load(file, clock=lambda: NOW)


def fault(path: Path, value: object) -> str:
    with pytest.raises(SnapshotError) as caught:
        loaded(path, value)
    return str(caught.value)


# --- answers -------------------------------------------------------------------------------------


def test_a_snapshot_answers_like_github(tmp_path: Path) -> None:
    reader = loaded(tmp_path, snapshot(host="https://api.acme.ghe.com/"))
    assert reader.now() == NOW
    assert reader.organization() == Organization(9919, "acme", "https://api.acme.ghe.com")
    assert reader.teams() == (Team(7, "platform", "Platform"),)
    assert reader.members() == (MONA, LISA)
    assert reader.team_members("PLATFORM") == (MONA, LISA)
    assert reader.team_members("nobody") is None
    assert [reader.user("Hubot"), reader.user_by_id(4), reader.user("ghost")] == [
        HUBOT,
        OCTOCAT,
        None,
    ]
    assert reader.user_by_id(99) is None
    states = [reader.membership(login) for login in ("MONA", "hubot", "octocat", "ghost")]
    assert states == ["active", "pending", None, None]


def test_without_a_moment_it_is_the_moment_of_loading(tmp_path: Path) -> None:
    value = snapshot()
    del value["taken_at"]
    reader = loaded(tmp_path, value)
    assert reader.now() == NOW
    assert reader.seats().rows[0].created_at == NOW - timedelta(days=40)


def test_a_member_s_seat_is_a_live_one_where_there_is_one(tmp_path: Path) -> None:
    seats = [seat(pending_cancellation_date="next-cycle"), seat(created_at="-3d")]
    reader = loaded(tmp_path, snapshot(seats=seats))
    found = reader.member_seat("Mona")
    assert found is not None
    assert found.live
    assert reader.member_seat("lisa") is None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("-0d", NOW),
        ("-40d", NOW - timedelta(days=40)),
        ("-36h", NOW - timedelta(hours=36)),
        ("-90m", NOW - timedelta(minutes=90)),
        ("-6w", NOW - timedelta(weeks=6)),
        ("2026-11-01T06:00:00-06:00", datetime(2026, 11, 1, 12, tzinfo=UTC)),
        ("2026-11-01T12:00:00.5Z", datetime(2026, 11, 1, 12, 0, 0, 500000, tzinfo=UTC)),
        ("2026-11-01", datetime(2026, 11, 1, tzinfo=UTC)),
        ("9999-12-31T23:59:59.999999-12:00", datetime(9998, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("+1000w", NOW + timedelta(weeks=1000)),
        ("-100000w", datetime(1970, 1, 1, tzinfo=UTC)),
        ("0002-01-01T00:00:00+14:00", datetime(1970, 1, 1, tzinfo=UTC)),
    ],
)
def test_times_are_absolute_or_relative(tmp_path: Path, text: str, moment: datetime) -> None:
    times = dict.fromkeys(("created_at", "last_activity_at", "last_authenticated_at"), text)
    (row,) = loaded(tmp_path, snapshot(seats=[seat(**times)])).seats().rows
    assert (row.created_at, row.last_activity_at, row.last_authenticated_at) == (moment,) * 3


def test_the_year_one_is_no_time(tmp_path: Path) -> None:
    times = dict.fromkeys(("last_activity_at", "last_authenticated_at"), "0001-01-01T00:00:00Z")
    pending = "0001-01-01"
    (row,) = (
        loaded(tmp_path, snapshot(seats=[seat(**times, pending_cancellation_date=pending)]))
        .seats()
        .rows
    )
    assert (row.last_activity_at, row.last_authenticated_at, row.pending) == (None, None, None)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        (None, None),
        ("", None),
        ("2026-12-01", date(2026, 12, 1)),
        ("+9d", date(2026, 12, 1)),
        ("-3d", date(2026, 11, 19)),
        ("next-cycle", date(2026, 12, 1)),
    ],
)
def test_days_of_cancellation(tmp_path: Path, text: str | None, day: date | None) -> None:
    seats = [seat(pending_cancellation_date=text)]
    assert loaded(tmp_path, snapshot(seats=seats)).seats().rows[0].pending == day


def test_the_next_cycle_begins_in_the_next_year_too(tmp_path: Path) -> None:
    value = snapshot(
        taken_at="2026-12-31T23:59:59Z", seats=[seat(pending_cancellation_date="next-cycle")]
    )
    assert loaded(tmp_path, value).seats().rows[0].pending == date(2027, 1, 1)


def test_rows_know_their_teams(tmp_path: Path) -> None:
    teams = [
        {"id": 7, "slug": "platform", "name": "Platform"},
        {"id": 8, "slug": "all", "name": "All", "type": "enterprise"},
        {"id": 9, "slug": "other", "name": "Other", "group_id": None},
        {"id": 10, "slug": "ent:third", "name": "Third"},
        {"slug": "platform"},
        {},
        None,
    ]
    rows = loaded(tmp_path, snapshot(seats=[seat(assigning_team=t) for t in teams])).seats().rows
    assert [row.team and (row.team.id, row.team.enterprise) for row in rows] == [
        (7, False),
        (8, True),
        (9, True),
        (10, True),
        (7, False),
        None,
        None,
    ]


@pytest.mark.parametrize("assignee", [None, {}, {"id": 5, "login": "t", "type": "Team"}])
def test_a_seat_may_have_no_person(tmp_path: Path, assignee: object) -> None:
    assert (
        loaded(tmp_path, snapshot(seats=[seat(assignee=assignee)])).seats().rows[0].account is None
    )


def test_a_login_without_an_id_is_looked_for_in_the_rest_of_the_snapshot(tmp_path: Path) -> None:
    seats = [seat(assignee={"login": "LISA"})]
    assert loaded(tmp_path, snapshot(seats=seats)).seats().rows[0].account == LISA


def test_members_of_child_teams_are_members(tmp_path: Path) -> None:
    teams = [
        {"id": 1, "slug": "top", "members": ["mona"]},
        {"id": 2, "slug": "middle", "parent": "Top", "members": ["mona", "lisa"]},
        {"id": 3, "slug": "bottom", "parent": "middle", "members": ["hubot"]},
        {"id": 4, "slug": "unread", "parent": "bottom"},
    ]
    reader = loaded(tmp_path, snapshot(teams=teams))
    assert reader.team_members("top") == (MONA, LISA, HUBOT)
    assert reader.team_members("bottom") == (HUBOT,)


def test_teams_in_a_circle_do_no_harm(tmp_path: Path) -> None:
    teams = [
        {"id": 1, "slug": "a", "parent": "b", "members": ["mona"]},
        {"id": 2, "slug": "b", "parent": "a", "members": ["lisa"]},
    ]
    assert loaded(tmp_path, snapshot(teams=teams)).team_members("b") == (LISA, MONA)


def test_a_count_that_is_left_out_is_the_number_of_seats(tmp_path: Path) -> None:
    counts = [
        loaded(tmp_path, snapshot(**stated)).seats().total
        for stated in ({}, {"total_seats": 5}, {"total_seats": None})
    ]
    assert counts == [1, 5, None]


def test_settings_that_are_left_out_follow_from_the_seats(tmp_path: Path) -> None:
    seats = [
        seat(plan_type="business"),
        seat(created_at="-3d", plan_type="business"),
        seat(pending_cancellation_date="next-cycle"),
    ]
    derived = Billing("assign_selected", "business", 3, 1, 1)
    assert loaded(tmp_path, snapshot(seats=seats)).billing() == derived
    assert loaded(tmp_path, snapshot(seats=seats, billing={"cli": "enabled"})).billing() == derived


def test_settings_that_are_stated_hold_and_null_is_what_github_did_not_say(tmp_path: Path) -> None:
    stated = {
        "seat_management_setting": "assign_all",
        "plan_type": None,
        "seat_breakdown": {"total": 12, "added_this_cycle": None, "pending_cancellation": 0},
    }
    assert loaded(tmp_path, snapshot(billing=stated)).billing() == Billing(
        "assign_all", None, 12, None, 0
    )


# --- what it lacks -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ask", "lack"),
    [
        (lambda reader: reader.members(), "the members of the organisation"),
        (lambda reader: reader.teams(), "the teams of the organisation"),
        (lambda reader: reader.team_members("platform"), "the team 'platform'"),
        (lambda reader: reader.membership("hubot"), "the membership of 'hubot'"),
    ],
)
def test_what_was_not_read_is_said_and_never_taken_for_empty(
    tmp_path: Path, ask: Any, lack: str
) -> None:
    reader = loaded(tmp_path, snapshot(members=None, teams=None, users=None))
    with pytest.raises(SnapshotError) as caught:
        ask(reader)
    assert f"snap.json: this snapshot was taken without {lack}" in str(caught.value)
    assert "copilot-seats snapshot" in str(caught.value)


def test_a_team_whose_members_were_not_read(tmp_path: Path) -> None:
    reader = loaded(tmp_path, snapshot(teams=[{"id": 7, "slug": "platform", "members": None}]))
    with pytest.raises(SnapshotError, match="without the members of team 'Platform'"):
        reader.team_members("Platform")


def test_where_it_is_written_what_does_not_exist_the_rest_was_not_looked_for(
    tmp_path: Path,
) -> None:
    absent = {"logins": ["ghost"], "user_ids": [66], "slugs": ["gone"]}
    reader = loaded(tmp_path, snapshot(absent=absent))
    assert reader.user("Ghost") is None
    assert reader.user_by_id(66) is None
    assert reader.team_members("Gone") is None
    for ask in (
        lambda: reader.user("somebody"),
        lambda: reader.user_by_id(67),
        lambda: reader.team_members("sometime"),
    ):
        with pytest.raises(SnapshotError, match="taken without"):
            ask()


# --- what is wrong with it -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("", "line 1, column 1"),
        ('{"organization":\n  {"login": }', "line 2, column 13"),
        ("[" * 100_000, "snap.json"),
        ("null", "$: expected `object`, got `null`"),
        ([], "$: expected `object`, got `array`"),
        ({}, "missing required field `organization`"),
        ({"organization": {"login": "acme", "id": 1}}, "missing required field `seats`"),
        (snapshot(format_version="2.0"), "version '2.0' can't be read here, only 1.0"),
        (snapshot(format_version=1), "$.format_version"),
        (snapshot(organization={"login": "acme"}), "$.organization"),
        (snapshot(taken_at="9999-12-31T23:59:59Z"), "from 1970 to 2999"),
        (snapshot(taken_at="3000-01-01"), "from 1970 to 2999"),
        *(
            (snapshot(members=[{"login": "mona", "id": wrong}]), "$.members[0].id: ")
            for wrong in (-5, 0, 2**63, 10**19, 10**400, True)
        ),
        (snapshot(taken_at="-3d"), "$.taken_at: '-3d' is not a valid time"),
        (snapshot(seats={}), "$.seats"),
        (snapshot(teams=[{"slug": "x"}]), "$.teams[0]"),
        (snapshot(teams=[{"id": 1, "slug": "x", "members": ["y"]}]), "$.teams[0].members[0]"),
        (snapshot(teams=[{"id": 1, "slug": "x", "parent": "y"}]), "$.teams[0].parent: 'y'"),
        (snapshot(members=[{"login": "x"}]), "$.members[0]"),
        (snapshot(members=[{"login": "x", "id": 1.5}]), "$.members[0].id"),
        (snapshot(users=[{"login": "x", "id": True}]), "$.users[0].id"),
        (snapshot(users=[{"login": "x", "id": 0}]), "$.users[0].id"),
        (snapshot(members=[{"login": "x", "id": 2**63}]), "$.members[0].id"),
        (snapshot(teams=[{"slug": "x", "id": -5}]), "$.teams[0].id"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, value: object, words: str) -> None:
    message = fault(tmp_path, value)
    assert words in message
    assert message.startswith(str(tmp_path / "snap.json"))


@pytest.mark.parametrize(
    ("row", "number", "login", "why"),
    [
        ({"assignee": None}, None, None, "missing required field `created_at`"),
        (seat(created_at=""), 1, "mona", "`created_at` is empty"),
        (seat(created_at="soon"), 1, "mona", "`created_at` is not a time"),
        (seat(created_at="-9999999w"), 1, "mona", "`created_at` is not a time"),
        (seat(last_activity_at="-3x"), 1, "mona", "`last_activity_at` is not a time"),
        (seat(pending_cancellation_date="x"), 1, "mona", "is not a day"),
        (seat(assignee={"login": "x"}), None, "x", "`assignee` has no id or no login"),
        (seat(assignee={"id": 5}), 5, None, "`assignee` has no id or no login"),
        (seat(assignee={"login": "x", "id": "1"}), None, "x", "`$.assignee.id`"),
        (seat(assignee={"login": "x", "id": 0}), None, "x", "`$.assignee.id`"),
        (seat(assigning_team={"id": 2**63, "slug": "x"}), 1, "mona", "`$.assigning_team.id`"),
        ({"assignee": {"login": "x"}, "not_understood": "as GitHub sent it"}, None, "x", "as Git"),
        (7, None, None, "got `int`"),
    ],
)
def test_a_row_that_is_not_understood_leaves_the_others_as_they_are(
    tmp_path: Path, row: object, number: int | None, login: str | None, why: str
) -> None:
    found = loaded(tmp_path, snapshot(seats=[row, seat()])).seats()
    assert [one.account for one in found.rows] == [MONA]
    (unread,) = found.unread
    assert (unread.id, unread.login) == (number, login)
    assert why in unread.why


def test_a_team_without_id_that_is_nowhere_else_is_unlisted(tmp_path: Path) -> None:
    (row,) = loaded(tmp_path, snapshot(seats=[seat(assigning_team={"slug": "x"})])).seats().rows
    assert row.team == Team(0, "x", "x", unlisted=True)


def test_rows_name_the_teams_where_the_snapshot_leaves_them_out(tmp_path: Path) -> None:
    told = snapshot(seats=[seat(assigning_team={"id": 7, "slug": "web"})])
    del told["teams"]
    assert loaded(tmp_path, told).teams() == (Team(7, "web", "web"),)


@pytest.mark.parametrize("data", [b"\xff\xfe", b'{"organization": "\xff"}', b"\x00"])
def test_bytes_that_are_no_text_are_an_error(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "snap.json").write_bytes(data)
    with pytest.raises(SnapshotError):
        load(tmp_path / "snap.json")


@pytest.mark.parametrize("name", ["missing.json", ".", "a\0b"])
def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(SnapshotError, match="can't be read"):
        load(tmp_path / name)


# --- anything ------------------------------------------------------------------------------------

texts = st.text(max_size=8) | st.sampled_from(["-40d", "+9d", "next-cycle", "mona", "platform", ""])
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts
anything = st.recursive(
    scalars,
    lambda deeper: st.lists(deeper, max_size=3) | st.dictionaries(texts, deeper, max_size=3),
)


def places(value: object, here: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    items = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    return [here, *(place for key, inner in items for place in places(inner, (*here, key)))]


FULL = snapshot(
    billing={"plan_type": "business", "seat_breakdown": {"total": 1}},
    seats=[seat(assigning_team={"id": 7, "slug": "platform"}, last_activity_at="-3d")],
    total_seats=1,
    people=[],
    absent={"logins": ["ghost"]},
)


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(place=st.sampled_from(places(FULL)), value=anything)
def test_nothing_in_a_snapshot_ends_in_a_traceback(
    tmp_path: Path, place: tuple[Any, ...], value: object
) -> None:
    changed: Any = json.loads(json.dumps(FULL))
    if place:
        target = changed
        for key in place[:-1]:
            target = target[key]
        target[place[-1]] = value
    else:
        changed = value
    asks = (
        lambda reader: reader.now(),
        lambda reader: reader.organization(),
        lambda reader: reader.billing(),
        lambda reader: reader.seats(),
        lambda reader: reader.teams(),
        lambda reader: reader.members(),
        lambda reader: reader.team_members("platform"),
        lambda reader: reader.user("mona"),
        lambda reader: reader.user_by_id(1),
        lambda reader: reader.membership("mona"),
        lambda reader: reader.member_seat("mona"),
    )
    for ask in asks:
        with contextlib.suppress(SnapshotError):
            ask(loaded(tmp_path, changed))


# --- writing -------------------------------------------------------------------------------------


def facts(observed: Observed, reader: SnapshotReader) -> None:
    """Hold everything that *observed* knows against what *reader* answers."""
    assert reader.now() == observed.now
    assert reader.organization() == observed.organization
    assert reader.billing() == observed.billing
    assert reader.seats() == SeatList(observed.rows, observed.total)
    assert reader.teams() == observed.teams
    for team in observed.teams:
        if team.id in observed.team_members:
            assert reader.team_members(team.slug) == observed.team_members[team.id]
    if observed.members is not None:
        assert reader.members() == observed.members
    for account in observed.accounts:
        assert reader.user(account.login) == account == reader.user_by_id(account.id)
        invited = "pending" if account.id in observed.invited else None
        assert reader.membership(account.login) == invited
    assert {reader.user(login) for login in observed.absent_logins} <= {None}
    assert {reader.user_by_id(number) for number in observed.absent_user_ids} <= {None}
    assert {reader.team_members(slug) for slug in observed.absent_slugs} <= {None}


moments = st.integers(0, 4_000_000_000).map(lambda second: datetime.fromtimestamp(second, UTC))


@st.composite
def worlds(draw: st.DrawFn) -> Observed:
    """Draw what a look may see; people are disjoint where a look keeps them apart."""
    people = [Account(number, f"user-{number}") for number in range(1, 9)]
    teams = [
        Team(number, f"{'ent:' if enterprise else ''}team-{number}", f"Team {number}", enterprise)
        for number, enterprise in enumerate(draw(st.lists(st.booleans(), max_size=4)), 1)
    ]
    rows = st.builds(
        Row,
        account=st.none() | st.sampled_from(people),
        created_at=moments,
        team=st.none() | st.sampled_from(teams) if teams else st.none(),
        pending=st.none() | st.dates(date(2000, 1, 1), date(2100, 1, 1)),
        last_activity_at=st.none() | moments,
        last_authenticated_at=st.none() | moments,
        plan_type=st.sampled_from([None, "business", "enterprise", "unknown"]),
    )
    some = st.lists(st.sampled_from(people[:6]), max_size=6, unique=True).map(tuple)
    numbers = st.none() | st.integers(0, 99)
    return Observed(
        now=draw(moments),
        organization=Organization(9919, "acme", "https://api.github.com"),
        billing=draw(
            st.builds(
                Billing, st.sampled_from([None, "assign_all"]), st.none(), numbers, numbers, numbers
            )
        ),
        rows=tuple(draw(st.lists(rows, max_size=6))),
        total=draw(numbers),
        counted=Counted.AGREES,
        teams=tuple(teams),
        team_members={team.id: draw(some) for team in teams if draw(st.booleans())},
        members=draw(st.none() | some),
        accounts=tuple(people[6:]),
        invited=draw(st.frozensets(st.sampled_from([7, 8]))),
        absent_logins=draw(st.frozensets(st.sampled_from(["ghost", "gone"]))),
        absent_user_ids=frozenset({66}),
        absent_slugs=frozenset({"no-team"}),
        absent_team_ids=frozenset({77}),
    )


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(observed=worlds())
def test_what_is_written_says_the_same_when_it_is_read(tmp_path: Path, observed: Observed) -> None:
    write(tmp_path / "snap.json", observed)
    facts(observed, load(tmp_path / "snap.json"))
    assert json.loads((tmp_path / "snap.json").read_text()) == document(observed)


def world(**changes: Any) -> Observed:
    return Observed(
        **{
            "now": NOW,
            "organization": Organization(9919, "acme", "https://api.github.com"),
            "billing": Billing(),
            "rows": (Row(MONA, NOW),),
            **changes,
        }
    )


def test_a_login_that_changed_hands_is_written_with_both_of_its_people(tmp_path: Path) -> None:
    team, newcomer = Team(7, "platform", "Platform"), Account(99, "Mona")
    write(tmp_path / "s.json", world(teams=(team,), team_members={7: (newcomer,)}))
    reader = load(tmp_path / "s.json")
    assert reader.seats().rows[0].account == MONA
    assert reader.team_members("platform") == (newcomer,)


def test_writing_leaves_one_whole_file(tmp_path: Path) -> None:
    target = tmp_path / "s.json"
    target.write_text("old")
    write(target, world())
    assert [path.name for path in tmp_path.iterdir()] == ["s.json"]
    assert load(target).organization().login == "acme"


def test_a_snapshot_that_cannot_be_written_leaves_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for target in (tmp_path / "missing" / "s.json", tmp_path / "folder", tmp_path / "a\0b"):
        with pytest.raises(SnapshotError, match="can't be written"):
            write(target, world())
    assert [path.name for path in tmp_path.rglob("*")] == ["folder"]
