"""The reader gives the organisation as it is, however GitHub says it."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime

import httpx
import pytest
from github_fake import (
    NOW,
    FakeGitHub,
    client_of,
    json_answer,
    missing,
    person,
    reader_of,
    refusal,
    seat,
)

from reconciler.errors import Malformed, NotFound
from reconciler.github import Reader
from reconciler.model.observed import Account, Billing, Organization, Row, Team, UnreadRow

SEATS = "/orgs/acme/copilot/billing/seats"
BILLING = "/orgs/acme/copilot/billing"

TEAM = {"id": 7, "slug": "platform", "name": "Platform"}


def rows_of(*seats: dict[str, object]) -> tuple[Row, ...]:
    return reader_of(FakeGitHub(seats=list(seats))).seats().rows


# --- single answers ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("0001-01-01T00:00:00Z", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("1969-12-31T23:59:59Z", datetime(1970, 1, 1, tzinfo=UTC)),
        ("9999-12-31T23:59:59Z", datetime(9998, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("9999-12-31T23:59:59-06:00", datetime(9998, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_a_time_at_the_end_of_the_calendar_can_be_counted_with(
    text: str, read: datetime | None
) -> None:
    times = ("last_activity_at", "last_authenticated_at", "pending_cancellation_date")
    (row,) = rows_of(seat(1, **dict.fromkeys(times, text)))
    assert (row.last_activity_at, row.last_authenticated_at) == (read, read)
    assert row.pending == (None if read is None else read.date())


@pytest.mark.parametrize(
    "date", ["Fri, 31 Dec 9999 23:59:59 GMT", "Sun, 06 Nov 1969 08:49:37 GMT", "x" * 10_000]
)
def test_a_date_that_no_clock_shows_is_none(date: str) -> None:
    fake = FakeGitHub()
    fake.headers["Date"] = date
    with pytest.raises(Malformed, match="no Date that can be read"):
        reader_of(fake).now()


def test_the_moment_is_the_date_of_the_first_answer() -> None:
    fake = FakeGitHub()
    reader = reader_of(fake)
    reader.organization()
    fake.headers["Date"] = "Mon, 23 Nov 2026 08:00:00 GMT"
    reader.members()
    assert reader.now() == NOW


def test_the_moment_can_be_asked_for_first() -> None:
    assert reader_of(FakeGitHub()).now() == NOW


@pytest.mark.parametrize("date_header", [None, "", "yesterday", "Sun, 99 Nov 2026 08:00:00 GMT"])
def test_without_a_date_there_is_no_moment_and_the_local_clock_is_not_used(
    date_header: str | None,
) -> None:
    fake = FakeGitHub(headers={} if date_header is None else {"Date": date_header})
    reader = reader_of(fake)
    assert reader.organization().id == 9919
    with pytest.raises(Malformed, match=r"no Date .* --now"):
        reader.now()


def test_the_date_of_something_in_between_that_fails_is_not_the_moment() -> None:
    fake = FakeGitHub()
    fake.faults["/orgs/acme"] = [refusal(502, "Bad", Date="Fri, 01 Jan 2021 00:00:00 GMT")]
    assert reader_of(fake).now() == NOW


def test_the_organisation_knows_its_host_without_a_trailing_slash() -> None:
    assert reader_of(FakeGitHub()).organization() == Organization(
        9919, "acme", "https://api.github.com"
    )


def test_billing_is_read_in_full() -> None:
    body = {
        "seat_breakdown": {"total": 12, "added_this_cycle": 9, "pending_cancellation": 1},
        "seat_management_setting": "assign_selected",
        "plan_type": "business",
        "cli": "enabled",
    }
    assert reader_of(FakeGitHub(billing=body)).billing() == Billing(
        "assign_selected", "business", 12, 9, 1
    )


@pytest.mark.parametrize(
    "body",
    [{}, {"seat_breakdown": None}, {"seat_breakdown": {}, "plan_type": "", "unknown": [1.5]}],
)
def test_billing_that_says_nothing_is_nothing(body: dict[str, object]) -> None:
    assert reader_of(FakeGitHub(billing=body)).billing() == Billing()


def test_people_are_looked_up_by_login_and_by_id() -> None:
    fake = FakeGitHub(users=[person(5, "mona")])
    reader = reader_of(fake)
    assert reader.user("mona") == Account(5, "mona") == reader.user_by_id(5)
    assert reader.user("lisa") is None
    assert reader.user_by_id(6) is None


def test_a_membership_is_a_state_or_nothing() -> None:
    reader = reader_of(FakeGitHub(memberships={"mona": "active", "lisa": "pending"}))
    states = [reader.membership(login) for login in ("mona", "lisa", "hubot")]
    assert states == ["active", "pending", None]


def test_one_members_seat() -> None:
    reader = reader_of(FakeGitHub(seats=[seat(1), seat(2)]))
    found = reader.member_seat("user-2")
    assert found is not None
    assert found.account == Account(2, "user-2")
    assert reader.member_seat("user-3") is None


def test_somebody_invited_has_no_seat_though_github_refuses_to_say_so() -> None:
    fake = FakeGitHub()
    place = "/orgs/acme/members/mona/copilot"
    fake.faults[place] = [refusal(422, "mona has a pending organization invitation.")]
    assert reader_of(fake).member_seat("mona") is None


def test_a_missing_organisation_is_an_error_everywhere_but_in_single_look_ups() -> None:
    reader = Reader(client_of(FakeGitHub(login="other")), "acme")
    for read in (reader.organization, reader.billing, reader.seats, reader.teams, reader.members):
        with pytest.raises(NotFound):
            read()
    assert reader.team_members("platform") is None


def test_a_team_and_its_members() -> None:
    fake = FakeGitHub(
        teams={"platform": TEAM, "ent": {"id": 8, "slug": "ent:all", "type": "enterprise"}},
        team_members={"platform": [person(n) for n in range(1, 251)]},
    )
    reader = reader_of(fake)
    assert reader.teams() == (
        Team(7, "platform", "Platform"),
        Team(8, "ent:all", "ent:all", enterprise=True),
    )
    members = reader.team_members("platform")
    assert members is not None
    assert [account.id for account in members] == list(range(1, 251))
    assert reader.team_members("nobody") is None


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("../../users/mona", "/orgs/acme/teams/..%2F..%2Fusers%2Fmona/members"),
        ("a b?per_page=1#x", "/orgs/acme/teams/a%20b%3Fper_page%3D1%23x/members"),
        ("ent:all", "/orgs/acme/teams/ent%3Aall/members"),
        ("%2e%2e", "/orgs/acme/teams/%252e%252e/members"),
        ("é", "/orgs/acme/teams/%C3%A9/members"),
    ],
)
def test_a_name_never_leaves_its_place_in_the_path(name: str, sent: str) -> None:
    fake = FakeGitHub()
    assert reader_of(fake).team_members(name) is None
    assert [path.split("?")[0] for path in fake.paths()] == [sent]


@pytest.mark.parametrize("name", ["", ".", "..", "\ud800"])
def test_what_can_name_nothing_is_not_asked_for(name: str) -> None:
    fake = FakeGitHub()
    reader = reader_of(fake)
    assert reader.user(name) is None
    assert reader.team_members(name) is None
    assert reader.membership(name) is None
    assert reader.member_seat(name) is None
    assert fake.requests == []


def test_every_request_carries_the_headers_that_github_asks_for() -> None:
    fake = FakeGitHub()
    reader_of(fake).organization()
    headers = fake.requests[0].headers
    assert headers["accept"] == "application/vnd.github+json"
    assert headers["x-github-api-version"] == "2022-11-28"
    assert headers["user-agent"] == "copilot-seats/0.1.0"


# --- rows ----------------------------------------------------------------------------------------


def test_a_row_with_everything() -> None:
    (row,) = rows_of(
        seat(
            1,
            created_at="2021-08-03T18:00:00-06:00",
            assigning_team=TEAM,
            pending_cancellation_date="2026-12-01",
            last_activity_at="2026-11-20T10:00:00.123Z",
            last_authenticated_at="2026-11-21T10:00:00+05:30",
            plan_type="enterprise",
            unheard_of={"x": [1, 2.5, None]},
        )
    )
    assert row == Row(
        account=Account(1, "user-1"),
        created_at=datetime(2021, 8, 4, tzinfo=UTC),
        team=Team(7, "platform", "Platform"),
        pending=date(2026, 12, 1),
        last_activity_at=datetime(2026, 11, 20, 10, 0, 0, 123000, tzinfo=UTC),
        last_authenticated_at=datetime(2026, 11, 21, 4, 30, tzinfo=UTC),
        plan_type="enterprise",
    )


@pytest.mark.parametrize("nothing", [None, ""])
def test_null_absent_and_empty_are_the_same(nothing: str | None) -> None:
    optional = ("pending_cancellation_date", "last_activity_at", "last_authenticated_at")
    bare = {"created_at": "2026-01-02T03:04:05Z", "assignee": person(1)}
    said = {**bare, **dict.fromkeys((*optional, "plan_type"), nothing), "assigning_team": None}
    assert rows_of(bare) == rows_of(said)


@pytest.mark.parametrize(
    "assignee",
    [
        None,
        {},
        {"id": None, "login": ""},
        {"id": 5, "login": "platform", "type": "Team"},
    ],
)
def test_a_seat_without_a_person_has_no_account(assignee: dict[str, object] | None) -> None:
    (row,) = rows_of(seat(1, assignee=assignee))
    assert row.account is None


@pytest.mark.parametrize(
    ("team", "enterprise"),
    [
        (TEAM, False),
        ({**TEAM, "type": "organization"}, False),
        ({**TEAM, "type": "enterprise"}, True),
        ({**TEAM, "group_id": None}, True),
        ({**TEAM, "group_id": "62ab9291"}, True),
        ({**TEAM, "slug": "ent:platform"}, True),
        ({**TEAM, "slug": "ENT:platform"}, True),
        ({**TEAM, "organization_selection_type": None}, True),
        ({**TEAM, "enterprise_id": 3}, True),
        ({**TEAM, "enterprise_id": 3, "organization_id": None}, True),
        ({**TEAM, "enterprise_id": 3, "organization_id": 9919}, False),
        ({**TEAM, "enterprise_id": None}, False),
        ({**TEAM, "url": "https://api.github.com/enterprises/acme/teams/platform"}, True),
        ({**TEAM, "html_url": "https://github.com/enterprises/acme/teams/platform"}, True),
        ({**TEAM, "members_url": "https://x.ghe.com/api/v3/enterprises/a/teams/b/members"}, True),
        ({**TEAM, "members_url": "https://github.com/orgs/a/teams/enterprises/members"}, False),
        ({**TEAM, "url": "https://api.github.com/organizations/1/team/7"}, False),
        ({"type": "enterprise"}, True),
        ({"id": 7, "group_id": None}, True),
    ],
)
def test_enterprise_teams_are_known_by_any_of_their_signs(
    team: dict[str, object], enterprise: bool
) -> None:
    (row,) = rows_of(seat(1, assigning_team=team))
    assert row.team is not None
    assert row.team.enterprise is enterprise


def test_a_team_without_slug_is_named_as_github_would() -> None:
    (row,) = rows_of(seat(1, assigning_team={"id": 7, "name": "Justice League"}))
    assert row.team == Team(7, "justice-league", "Justice League")


@pytest.mark.parametrize(
    ("team", "found"),
    [
        ({"id": 7}, Team(7, "7", "7", unlisted=True)),
        ({"id": 7, "slug": None, "type": "organization"}, Team(7, "7", "7", unlisted=True)),
        ({"slug": "platform"}, Team(0, "platform", "platform", unlisted=True)),
    ],
)
def test_a_team_with_too_little_to_act_on_is_unlisted(team: dict[str, object], found: Team) -> None:
    (row,) = rows_of(seat(1, assigning_team=team))
    assert row.team == found


def test_an_empty_team_is_no_team() -> None:
    (row,) = rows_of(seat(1, assigning_team={}))
    assert row.direct


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-12-01", date(2026, 12, 1)),
        ("2026-12-01T00:00:00Z", date(2026, 12, 1)),
        ("2026-11-30T20:00:00-06:00", date(2026, 12, 1)),
    ],
)
def test_the_day_of_cancellation_may_be_a_day_or_a_moment(text: str, day: date) -> None:
    (row,) = rows_of(seat(1, pending_cancellation_date=text))
    assert row.pending == day


WHOLE = seat(2)

BROKEN: list[tuple[object, int | None, str | None, str]] = [
    ({"assignee": None}, None, None, "missing required field `created_at`"),
    (seat(1, created_at=None), 1, "user-1", "`$.created_at`"),
    (seat(1, created_at=""), 1, "user-1", "created_at is empty"),
    (seat(1, created_at="soon"), 1, "user-1", "not in ISO 8601"),
    (seat(1, pending_cancellation_date=20261201), 1, "user-1", "`$.pending_cancellation_date`"),
    (seat(1, assignee={"id": "1", "login": "x"}), None, "x", "`$.assignee.id`"),
    (seat(1, assignee={"login": "x"}), None, "x", "without id or login"),
    (seat(1, assignee={"id": 5}), 5, None, "without id or login"),
    (seat(1, assignee={"id": 5, "login": ""}), 5, None, "without id or login"),
    (seat(1, assignee="x"), None, None, "`$.assignee`"),
    (seat(1, assigning_team="platform"), 1, "user-1", "`$.assigning_team`"),
    (seat(1, organization={"id": "9919"}), 1, "user-1", "`$.organization.id`"),
    *((seat(1, assignee={"id": n, "login": "x"}), None, "x", "assignee.id") for n in (-5, 0)),
    (seat(1, assignee={"id": 2**63, "login": "x"}), None, "x", "assignee.id"),
    (seat(1, assignee={"id": 10**400, "login": "x"}), None, "x", "assignee.id"),
    (seat(1, assigning_team={**TEAM, "id": -5}), 1, "user-1", "assigning_team.id"),
    (seat(1, assigning_team={**TEAM, "id": 10**19}), 1, "user-1", "assigning_team.id"),
    (7, None, None, "got `int`"),
    (None, None, None, "got `null`"),
    ([], None, None, "got `array`"),
]


@pytest.mark.parametrize(("broken", "number", "login", "why"), BROKEN)
def test_a_row_that_is_not_understood_leaves_the_others_as_they_are(
    broken: object, number: int | None, login: str | None, why: str
) -> None:
    fake = FakeGitHub()
    fake.faults[SEATS] = [json_answer({"total_seats": 2, "seats": [broken, WHOLE]})]
    found = reader_of(fake).seats()
    assert [row.account and row.account.id for row in found.rows] == [2]
    (unread,) = found.unread
    assert (unread.id, unread.login) == (number, login)
    assert why in unread.why
    assert found.total == 2


def test_the_largest_id_is_an_id() -> None:
    (row,) = rows_of(seat(1, assignee={"id": 2**63 - 1, "login": "x"}))
    assert row.account == Account(2**63 - 1, "x")


def test_one_members_seat_may_be_not_understood_too() -> None:
    fake = FakeGitHub()
    place = "/orgs/acme/members/user-1/copilot"
    fake.faults[place] = [json_answer(seat(1, created_at="soon"))]
    found = reader_of(fake).member_seat("user-1")
    assert isinstance(found, UnreadRow)
    assert (found.id, found.login) == (1, "user-1")


@pytest.mark.parametrize("number", [0, -5, 2**63, 10**19])
@pytest.mark.parametrize("read", ["members", "teams", "organization"])
def test_an_id_out_of_range_is_an_error_where_a_list_must_be_whole(number: int, read: str) -> None:
    fake = FakeGitHub(members=[person(1), person(number)])
    fake.teams = {"a": {"id": number, "slug": "a", "name": "A"}}
    if read == "organization":
        fake.faults["/orgs/acme"] = [json_answer({"id": number, "login": "acme"})]
    with pytest.raises(Malformed, match="id`"):
        getattr(reader_of(fake), read)()


@pytest.mark.parametrize(
    "body", [{}, {"total_seats": 3}, {"seats": None}, {"message": "hello"}, [], None, "seats"]
)
def test_an_answer_without_seats_is_an_error_and_no_empty_list(body: object) -> None:
    fake = FakeGitHub()
    fake.faults[SEATS] = [json_answer(body)]
    with pytest.raises(Malformed):
        reader_of(fake).seats()


def test_no_seats_at_all() -> None:
    fake = FakeGitHub()
    fake.faults[SEATS] = [json_answer({"total_seats": 0})]
    found = reader_of(fake).seats()
    assert (found.rows, found.total) == ((), 0)


def test_members_must_have_an_id() -> None:
    fake = FakeGitHub(members=[person(1), {"login": "mona"}])
    with pytest.raises(Malformed, match=r"\$\[1\]"):
        reader_of(fake).members()


# --- GitHub's own examples -----------------------------------------------------------------------


def test_githubs_own_example_of_a_seat_list_is_read_as_it_is() -> None:
    # Shape and values as published; both people have the same id there, and the second seat has
    # neither team nor plan.
    octocat = {"login": "octocat", "id": 1, "gravatar_id": "", "type": "User"}
    example = {
        "total_seats": 2,
        "seats": [
            {
                "created_at": "2021-08-03T18:00:00-06:00",
                "updated_at": "2021-09-23T15:00:00-06:00",
                "pending_cancellation_date": None,
                "last_activity_at": "2021-10-14T00:53:32-06:00",
                "last_activity_editor": "vscode/1.77.3/copilot/1.86.82",
                "last_authenticated_at": "2021-10-14T00:53:32-06:00",
                "plan_type": "business",
                "assignee": octocat,
                "assigning_team": {
                    "id": 1,
                    "name": "Justice League",
                    "slug": "justice-league",
                    "privacy": "closed",
                    "parent": None,
                },
            },
            {
                "created_at": "2021-09-23T18:00:00-06:00",
                "updated_at": "2021-09-23T15:00:00-06:00",
                "pending_cancellation_date": "2021-11-01",
                "last_activity_at": "2021-10-13T00:53:32-06:00",
                "last_activity_editor": "vscode/1.77.3/copilot/1.86.82",
                "last_authenticated_at": "2021-10-14T00:53:32-06:00",
                "assignee": {**octocat, "login": "octokitten"},
            },
        ],
    }
    fake = FakeGitHub()
    fake.faults[SEATS] = [json_answer(example)]
    found = reader_of(fake).seats()
    assert (found.total, found.repeated) == (2, 0)
    assert [row.account for row in found.rows] == [Account(1, "octocat"), Account(1, "octokitten")]
    assert [row.team for row in found.rows] == [Team(1, "justice-league", "Justice League"), None]
    assert [row.pending for row in found.rows] == [None, date(2021, 11, 1)]
    assert [row.plan_type for row in found.rows] == ["business", None]


# --- many pages ----------------------------------------------------------------------------------


@pytest.mark.parametrize("links", [True, False])
@pytest.mark.parametrize(
    ("count", "requests"), [(0, 1), (1, 1), (99, 1), (100, 1), (101, 2), (1234, 13)]
)
def test_seats_take_one_request_a_hundred(links: bool, count: int, requests: int) -> None:
    fake = FakeGitHub(seats=[seat(n) for n in range(1, count + 1)], links=links)
    found = reader_of(fake).seats()
    assert [row.account.id for row in found.rows if row.account] == list(range(1, count + 1))
    assert (found.total, found.repeated) == (count, 0)
    assert len(fake.requests) == requests
    assert {request.url.params["per_page"] for request in fake.requests} == {"100"}


@pytest.mark.parametrize("links", [True, False])
@pytest.mark.parametrize("count", [0, 99, 100, 101, 250])
def test_lists_without_a_count_are_read_to_their_end(links: bool, count: int) -> None:
    fake = FakeGitHub(members=[person(n) for n in range(1, count + 1)], links=links)
    assert [account.id for account in reader_of(fake).members()] == list(range(1, count + 1))


def test_a_page_that_says_only_next_leads_on() -> None:
    fake = FakeGitHub(members=[person(n) for n in range(1, 251)])

    def without_last(request: httpx.Request) -> httpx.Response:
        response = fake(request)
        links = [
            link for link in response.headers.get("link", "").split(", ") if "last" not in link
        ]
        response.headers["link"] = ", ".join(links)
        return response

    assert len(reader_of(without_last).members()) == 250


def test_cursors_are_followed_as_they_are() -> None:
    pages = {"": ("b", [1, 2]), "b": ("c", [3]), "c": (None, [4])}

    def serve(request: httpx.Request) -> httpx.Response:
        following, numbers = pages[request.url.params.get("after", "")]
        response = json_answer([person(n) for n in numbers])
        if following:
            response.headers["link"] = f'</orgs/acme/members?after={following}>; rel="next"'
        return response

    assert [account.id for account in reader_of(serve).members()] == [1, 2, 3, 4]


def test_pages_that_go_round_in_circles_are_an_error() -> None:
    def serve(request: httpx.Request) -> httpx.Response:
        link = '<https://api.github.com/orgs/acme/members?after=x>; rel="next"'
        return json_answer([person(1)], link=link)

    with pytest.raises(Malformed, match="no end"):
        reader_of(serve).members()


def test_a_list_that_grows_while_it_is_read_is_read_to_its_new_end() -> None:
    fake = FakeGitHub(seats=[seat(n + 1) for n in range(200)])

    def grow(request: httpx.Request) -> httpx.Response:
        fake.seats += [seat(n + 1) for n in range(200, 320)]
        return fake(request)

    fake.faults[f"{SEATS}?per_page=100&page=2"] = [grow]
    found = reader_of(fake).seats()
    assert len(found.rows) == 320
    assert found.total is None


def test_rows_that_moved_between_pages_are_counted_and_kept_once() -> None:
    fake = FakeGitHub(seats=[seat(n + 1) for n in range(150)])

    def move(request: httpx.Request) -> httpx.Response:
        fake.seats.insert(0, seat(999))
        return fake(request)

    fake.faults[f"{SEATS}?per_page=100&page=2"] = [move]
    found = reader_of(fake).seats()
    assert found.repeated == 1
    assert len(found.rows) == 150
    assert found.total is None


def test_of_a_repeated_row_the_newer_activity_stays() -> None:
    older, newer = (seat(1, last_activity_at=f"2026-11-{day}T00:00:00Z") for day in (10, 20))
    for seats in ([older, newer], [newer, older]):
        found = reader_of(FakeGitHub(seats=seats)).seats()
        assert [row.last_activity_at for row in found.rows] == [datetime(2026, 11, 20, tzinfo=UTC)]
        assert found.repeated == 1


def test_several_rows_of_one_person_are_no_repetition() -> None:
    rows = [
        seat(1),
        seat(1, assigning_team=TEAM),
        seat(1, pending_cancellation_date="2026-12-01"),
        seat(1, created_at="2026-05-05T00:00:00Z"),
    ]
    found = reader_of(FakeGitHub(seats=rows)).seats()
    assert (len(found.rows), found.repeated) == (4, 0)


def test_rows_without_a_person_are_never_taken_for_each_other() -> None:
    found = reader_of(FakeGitHub(seats=[seat(1, assignee=None)] * 3)).seats()
    assert (len(found.rows), found.repeated) == (3, 0)


def test_a_count_that_is_not_given_is_not_known() -> None:
    fake = FakeGitHub()
    fake.faults[SEATS] = [json_answer({"seats": [seat(1)]})]
    assert reader_of(fake).seats().total is None


def test_an_absurd_number_of_pages_is_not_believed() -> None:
    fake = FakeGitHub()
    link = '<https://api.github.com/orgs/acme/copilot/billing/seats?page=999999999>; rel="last"'
    fake.faults[SEATS] = [json_answer({"total_seats": 1, "seats": [seat(1)]}, link=link)]
    with pytest.raises(Malformed, match="999999999 pages"):
        reader_of(fake).seats()


@pytest.mark.parametrize("relation", ["next", "last"])
@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/orgs/acme/copilot/billing/seats?page=2",
        "http://api.github.com/orgs/acme/copilot/billing/seats?page=2",
        "https://api.github.com:8443/orgs/acme/copilot/billing/seats?page=2",
        "//evil.example/seats?page=2",
        "https://[",
    ],
)
def test_a_link_to_another_host_is_refused_and_not_asked(relation: str, target: str) -> None:
    fake = FakeGitHub()
    answer = json_answer(
        {"total_seats": 200, "seats": [seat(1)]}, link=f'<{target}>; rel="{relation}"'
    )
    fake.faults[SEATS] = [answer]
    with pytest.raises(Malformed, match="another host"):
        reader_of(fake).seats()
    assert len(fake.requests) == 1


@pytest.mark.parametrize("page", [1, 2, 3])
@pytest.mark.parametrize(
    "body", [b'{"total_seats": 250, "seats": [{"crea', b"", b"<html>", b"\xff"]
)
def test_a_cut_page_fails_the_list(page: int, body: bytes) -> None:
    fake = FakeGitHub(seats=[seat(n + 1) for n in range(250)])
    fake.faults[f"{SEATS}?per_page=100&page={page}"] = [httpx.Response(200, content=body)]
    with pytest.raises(Malformed, match=f"page={page}"):
        reader_of(fake).seats()


def test_a_bottomless_body_is_an_error() -> None:
    fake = FakeGitHub()
    fake.faults[SEATS] = [httpx.Response(200, content=b'{"x":' + b"[" * 200_000)]
    with pytest.raises(Malformed):
        reader_of(fake).seats()


def test_a_page_that_is_missing_fails_the_list_even_among_many() -> None:
    fake = FakeGitHub(seats=[seat(n + 1) for n in range(1000)])
    fake.faults[f"{SEATS}?per_page=100&page=7"] = [missing()]
    with pytest.raises(NotFound, match="page=7"):
        reader_of(fake).seats()


def test_pages_are_read_at_the_same_time_by_at_most_four() -> None:
    fake = FakeGitHub(seats=[seat(n + 1) for n in range(900)])
    together = threading.Barrier(4)
    under_way: list[int] = []
    most = 0

    def serve(request: httpx.Request) -> httpx.Response:
        nonlocal most
        if request.url.params.get("page") == "1":
            return fake(request)
        under_way.append(1)
        most = max(most, len(under_way))
        together.wait(timeout=10)
        response = fake(request)
        under_way.pop()
        return response

    assert len(reader_of(serve).seats().rows) == 900
    assert most == 4
