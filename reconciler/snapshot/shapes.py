"""The snapshot format as typed shapes, and what is wrong with text that is not in it."""

from __future__ import annotations

import json
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, UnsetType

from reconciler.errors import SnapshotError
from reconciler.model.observed import UnreadRow
from reconciler.model.rows import LARGEST_ID, Signs, unread_row

FORMAT_VERSION = "1.0"


_Id = Annotated[int, msgspec.Meta(ge=1, le=LARGEST_ID)]


class Person(msgspec.Struct):
    """Someone by login and id."""

    login: str
    id: _Id


class User(Person):
    """An account that is no active member."""

    membership: str | None = None


class Assignee(msgspec.Struct):
    """Who holds a seat, as GitHub says it."""

    login: str | None = None
    id: _Id | None = None
    type: str | None = None


class Owner(msgspec.Struct):
    """The organisation that grants a seat."""

    id: _Id | None = None


class TeamSigns(msgspec.Struct):
    """What GitHub says of a team that tells whose it is."""

    type: str | None = None
    url: str | None = None
    html_url: str | None = None
    members_url: str | None = None
    enterprise_id: int | str | None = None
    organization_id: int | str | None = None
    group_id: object = UNSET
    organization_selection_type: object = UNSET

    @property
    def signs(self) -> Signs:
        return Signs(
            self.type,
            self.group_id is not UNSET or self.organization_selection_type is not UNSET,
            self.enterprise_id,
            self.organization_id,
            (self.url, self.html_url, self.members_url),
        )


class AssigningTeam(TeamSigns):
    """The team behind a seat, as GitHub says it."""

    id: _Id | None = None
    slug: str | None = None
    name: str | None = None


class Seat(msgspec.Struct):
    """A row of the seat list, as GitHub says it; times may be relative."""

    created_at: str
    assignee: Assignee | None = None
    assigning_team: AssigningTeam | None = None
    pending_cancellation_date: str | None = None
    last_activity_at: str | None = None
    last_authenticated_at: str | None = None
    plan_type: str | None = None
    organization: Owner | None = None


class TeamShape(TeamSigns, kw_only=True):
    """A team; `members` are logins, None where they were not read."""

    id: _Id
    slug: str
    name: str | None = None
    parent: str | None = None
    members: list[str] | None = None


class Breakdown(msgspec.Struct):
    """GitHub's own counts; null is what GitHub did not say, a left out key is derived."""

    total: int | UnsetType | None = UNSET
    added_this_cycle: int | UnsetType | None = UNSET
    pending_cancellation: int | UnsetType | None = UNSET


class BillingShape(msgspec.Struct):
    """The organisation's Copilot settings; null and left out as in Breakdown."""

    seat_management_setting: str | UnsetType | None = UNSET
    plan_type: str | UnsetType | None = UNSET
    seat_breakdown: Breakdown | None = None


class Absent(msgspec.Struct):
    """What was looked for and does not exist; names in lower case."""

    logins: list[str] = []
    user_ids: list[int] = []
    slugs: list[str] = []
    team_ids: list[int] = []


class Document(msgspec.Struct):
    """A whole snapshot; `people` are those whom only teams name."""

    organization: Person
    seats: list[Seat]
    format_version: str = FORMAT_VERSION
    taken_at: str | None = None
    host: str | None = None
    billing: BillingShape | None = None
    total_seats: int | UnsetType | None = UNSET
    teams: list[TeamShape] | UnsetType | None = UNSET
    members: list[Person] | None = None
    users: list[User] | None = None
    people: list[Person] | None = None
    absent: Absent | None = None

    @property
    def listed(self) -> list[TeamShape]:
        """The teams that the snapshot states."""
        return self.teams if isinstance(self.teams, list) else []


_decode = msgspec.json.Decoder(Document).decode


def parse(path: str, data: bytes) -> tuple[Document, tuple[UnreadRow, ...]]:
    """Return the document that *data* is, and the rows of its seats that are in no shape.

    Raise SnapshotError saying where anything else is wrong.
    """
    try:
        return _decode(data), ()
    except msgspec.ValidationError:
        pass
    except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError) as error:
        raise SnapshotError(f"{path}: {_fault(data, error)}.") from error
    try:
        return _row_by_row(msgspec.json.decode(data))
    except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError) as error:
        raise SnapshotError(f"{path}: {_fault(data, error)}.") from error


def _row_by_row(found: Any) -> tuple[Document, tuple[UnreadRow, ...]]:
    """Return the document *found*, each row of its seats judged alone."""
    items = found.get("seats") if isinstance(found, dict) else None
    if not isinstance(items, list):
        return msgspec.convert(found, Document), ()
    document = msgspec.convert({**found, "seats": []}, Document)
    unread: list[UnreadRow] = []
    for item in items:
        try:
            document.seats.append(msgspec.convert(item, Seat))
        except msgspec.ValidationError as error:
            told = item.get("not_understood") if isinstance(item, dict) else None
            unread.append(unread_row(item, told if isinstance(told, str) else str(error)))
    return document, tuple(unread)


def _fault(data: bytes, error: Exception) -> str:
    """Say what is wrong and where: line and column, or the place inside the document."""
    if isinstance(error, msgspec.ValidationError):
        what, _, place = str(error).partition(" - at ")
        return f"{place.strip('`') or '$'}: {what[:1].lower()}{what[1:]}"
    try:
        json.loads(data)
    except json.JSONDecodeError as fault:
        return f"line {fault.lineno}, column {fault.colno}: this is not JSON: {fault.msg}"
    except (ValueError, RecursionError) as fault:
        return f"this is no JSON that can be read: {fault}"
    return f"this is no JSON that can be read: {error}"
