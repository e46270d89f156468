"""The snapshot format as typed shapes, and what is wrong with text that is not in it."""

from __future__ import annotations

import json

import msgspec
from msgspec import UNSET, UnsetType

from reconciler.errors import SnapshotError

FORMAT_VERSION = "1.0"


class Person(msgspec.Struct):
    """Someone by login and id."""

    login: str
    id: int


class User(Person):
    """An account that is no active member."""

    membership: str | None = None


class Assignee(msgspec.Struct):
    """Who holds a seat, as GitHub says it."""

    login: str | None = None
    id: int | None = None
    type: str | None = None


class AssigningTeam(msgspec.Struct):
    """The team behind a seat, as GitHub says it."""

    id: int | None = None
    slug: str | None = None
    name: str | None = None
    type: str | None = None
    group_id: object = UNSET


class Seat(msgspec.Struct):
    """A row of the seat list, as GitHub says it; times may be relative."""

    created_at: str
    assignee: Assignee | None = None
    assigning_team: AssigningTeam | None = None
    pending_cancellation_date: str | None = None
    last_activity_at: str | None = None
    last_authenticated_at: str | None = None
    plan_type: str | None = None


class TeamShape(msgspec.Struct):
    """A team; `members` are logins, None where they were not read."""

    id: int
    slug: str
    name: str | None = None
    parent: str | None = None
    members: list[str] | None = None
    type: str | None = None
    group_id: object = UNSET


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
    teams: list[TeamShape] | None = None
    members: list[Person] | None = None
    users: list[User] | None = None
    people: list[Person] | None = None
    absent: Absent | None = None


_decode = msgspec.json.Decoder(Document).decode


def parse(path: str, data: bytes) -> Document:
    """Return the document that *data* is; raise SnapshotError saying where it is wrong."""
    try:
        return _decode(data)
    except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError) as error:
        raise SnapshotError(f"{path}: {_fault(data, error)}.") from error


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
