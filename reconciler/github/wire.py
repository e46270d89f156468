"""GitHub's shapes, decoded straight into the model's nouns; lenient about all that may be absent.

Sources: https://docs.github.com/en/rest/copilot/copilot-user-management,
https://docs.github.com/en/rest/teams/teams, https://docs.github.com/en/rest/orgs/members.
GitHub's published examples do not obey its published schema, so neither is asked of an answer.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache
from sys import intern
from typing import Annotated, TypeVar

import msgspec

from reconciler.model import times
from reconciler.model.observed import Account, Billing, Organization, Row, Team, UnreadRow
from reconciler.model.rows import LARGEST_ID, Signs, team_of, unread_row

T = TypeVar("T")
N = TypeVar("N")

_Id = Annotated[int, msgspec.Meta(ge=1, le=LARGEST_ID)]


class _Account(msgspec.Struct, gc=False):
    id: _Id | None = None
    login: str | None = None
    type: str | None = None


class _Team(msgspec.Struct, gc=False):
    id: _Id | None = None
    slug: str | None = None
    name: str | None = None
    type: str | None = None
    url: str | None = None
    html_url: str | None = None
    members_url: str | None = None
    enterprise_id: int | str | None = None
    organization_id: int | str | None = None
    group_id: object = msgspec.UNSET
    organization_selection_type: object = msgspec.UNSET


class _Owner(msgspec.Struct, gc=False):
    id: _Id | None = None


class _Seat(msgspec.Struct):
    created_at: str
    assignee: _Account | None = None
    assigning_team: _Team | None = None
    pending_cancellation_date: str | None = None
    last_activity_at: str | None = None
    last_authenticated_at: str | None = None
    plan_type: str | None = None
    organization: _Owner | None = None


class _Seats(msgspec.Struct):
    seats: list[_Seat] | None = None
    total_seats: int | None = None


class _RawSeats(msgspec.Struct):
    """A page of seats some of which can't be understood."""

    seats: list[msgspec.Raw]
    total_seats: int | None = None


class _Breakdown(msgspec.Struct):
    total: int | None = None
    added_this_cycle: int | None = None
    pending_cancellation: int | None = None


class _Billing(msgspec.Struct):
    seat_breakdown: _Breakdown | None = None
    seat_management_setting: str | None = None
    plan_type: str | None = None


class _Membership(msgspec.Struct):
    state: str | None = None


class _Created(msgspec.Struct):
    seats_created: int


class _Cancelled(msgspec.Struct):
    seats_cancelled: int


# --- values ------------------------------------------------------------------------------------


def _moment(text: str | None) -> datetime | None:
    try:
        return times.read(text) if text else None
    except ValueError:
        raise ValueError("a time that is not in ISO 8601") from None


def _day(text: str | None) -> date | None:
    moment = _moment(text)
    return None if moment is None else moment.date()


def _holder(account: _Account | None) -> Account | None:
    """Return the person behind a seat, None where GitHub names nobody."""
    if account is None or account.type in ("Team", "Organization"):
        return None  # ids of teams are not people's ids
    if account.id is None and not account.login:
        return None
    return _account(account)


def _account(account: _Account) -> Account:
    if account.id is None or not account.login:
        raise ValueError("an account without id or login")
    return Account(account.id, account.login)


def _team(team: _Team) -> Team:
    """Return a team of the organisation's list."""
    found = _source(team)
    if found is None or not (team.id or found.enterprise):
        raise ValueError("a team without id")
    return found


def _source(team: _Team | None) -> Team | None:
    """Return the team through which a seat is held, None for a direct seat."""
    if team is None:
        return None
    return _shared_team(
        team.id,
        team.slug,
        team.name,
        team.type,
        team.group_id is not msgspec.UNSET or team.organization_selection_type is not msgspec.UNSET,
        team.enterprise_id,
        team.organization_id,
        (team.url, team.html_url, team.members_url),
    )


@lru_cache(maxsize=10_000)
def _shared_team(
    number: int | None,
    slug: str | None,
    name: str | None,
    kind: str | None,
    grouped: bool,
    enterprise_id: object,
    organization_id: object,
    addresses: tuple[str | None, ...],
) -> Team | None:
    """Return one object for all rows that name a team: there may be many thousand of them."""
    return team_of(
        number, slug, name, Signs(kind, grouped, enterprise_id, organization_id, addresses)
    )


def _row(seat: _Seat) -> Row:
    created_at = _moment(seat.created_at)
    if created_at is None:
        raise ValueError("created_at is empty")
    return Row(
        account=_holder(seat.assignee),
        created_at=created_at,
        team=_source(seat.assigning_team),
        pending=_day(seat.pending_cancellation_date),
        last_activity_at=_moment(seat.last_activity_at),
        last_authenticated_at=_moment(seat.last_authenticated_at),
        plan_type=intern(seat.plan_type) if seat.plan_type else None,
        organization=None if seat.organization is None else seat.organization.id,
    )


def _row_or_not(item: msgspec.Raw) -> Row | UnreadRow:
    """Return the row that *item* is, or what is known of it where it can't be understood."""
    try:
        return _row(_read_seat(item))
    except (msgspec.ValidationError, ValueError, OverflowError) as error:
        return unread_row(json.loads(bytes(item), parse_int=_number), str(error))


def _number(digits: str) -> int | None:
    """Return a number of the size of ids; Python refuses to read one of some thousand digits."""
    return int(digits) if len(digits) < 20 else None


def _each(items: list[T], noun: Callable[[T], N], place: str) -> tuple[N, ...]:
    """Return the nouns of all *items*; an error names the item's place."""
    found: list[N] = []
    for index, item in enumerate(items):
        try:
            found.append(noun(item))
        except (ValueError, OverflowError) as error:
            raise ValueError(f"{error} - at `{place}[{index}]`") from error
    return tuple(found)


# --- answers -----------------------------------------------------------------------------------

_read_seats = msgspec.json.Decoder(_Seats).decode
_read_raw_seats = msgspec.json.Decoder(_RawSeats).decode
_read_seat = msgspec.json.Decoder(_Seat).decode
_read_billing = msgspec.json.Decoder(_Billing).decode
_read_account = msgspec.json.Decoder(_Account).decode
_read_accounts = msgspec.json.Decoder(list[_Account]).decode
_read_teams = msgspec.json.Decoder(list[_Team]).decode
_read_membership = msgspec.json.Decoder(_Membership).decode
_read_created = msgspec.json.Decoder(_Created).decode
_read_cancelled = msgspec.json.Decoder(_Cancelled).decode


def seat_page(body: bytes) -> tuple[tuple[Row | UnreadRow, ...], int | None]:
    """Decode a page of seats: its rows, and `total_seats` where it is given."""
    try:
        page = _read_seats(body)
        if page.seats is None and page.total_seats != 0:
            raise ValueError("the key `seats` is missing")
        return tuple(map(_row, page.seats or ())), page.total_seats
    except (msgspec.ValidationError, ValueError, OverflowError) as error:
        return _page_in_doubt(body, error)


def _page_in_doubt(body: bytes, error: Exception) -> tuple[tuple[Row | UnreadRow, ...], int | None]:
    """Decode a page row by row, since not every row can be understood; else raise *error*."""
    try:
        page = _read_raw_seats(body)
    except msgspec.DecodeError:
        raise error from None
    return tuple(map(_row_or_not, page.seats)), page.total_seats


def seat(body: bytes) -> Row | UnreadRow:
    """Decode one member's seat."""
    if not isinstance(json.loads(body), dict):
        raise ValueError("the answer is no object")
    return _row_or_not(msgspec.Raw(body))


def account_page(body: bytes) -> tuple[tuple[Account, ...], int | None]:
    """Decode a page of people; such lists have no count."""
    return _each(_read_accounts(body), _account, "$"), None


def team_page(body: bytes) -> tuple[tuple[Team, ...], int | None]:
    """Decode a page of teams; such lists have no count."""
    return _each(_read_teams(body), _team, "$"), None


def account(body: bytes) -> Account:
    """Decode one account."""
    return _account(_read_account(body))


def organization(body: bytes, host: str) -> Organization:
    """Decode the organisation; *host* is the address that answers for it."""
    found = account(body)
    return Organization(found.id, found.login, host)


def membership(body: bytes) -> str | None:
    """Decode the state of a membership."""
    return _read_membership(body).state or None


def billing(body: bytes) -> Billing:
    """Decode the organisation's Copilot settings."""
    found = _read_billing(body)
    counts = found.seat_breakdown or _Breakdown()
    return Billing(
        seat_management_setting=found.seat_management_setting or None,
        plan_type=found.plan_type or None,
        total=counts.total,
        added_this_cycle=counts.added_this_cycle,
        pending_cancellation=counts.pending_cancellation,
    )


def seats_created(body: bytes) -> int | None:
    """Decode how many seats were created or refreshed; None where the answer does not say."""
    try:
        return _read_created(body).seats_created
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def seats_cancelled(body: bytes) -> int | None:
    """Decode how many seats were cancelled; None where the answer does not say."""
    try:
        return _read_cancelled(body).seats_cancelled
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
