"""Reads the snapshot format into people, teams and seats; says exactly what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from reconciler.errors import SnapshotError, UsageError
from reconciler.sandbox.node import Node, shown
from reconciler.sandbox.people import Directory, Membership, OrgTeam, Person, Usage
from reconciler.sandbox.seats import FixedRow, Grant, SeatBook
from reconciler.sandbox.switches import Switches
from reconciler.sandbox.times import require_clock

LARGEST_ID = 2**63 - 1

SETTINGS = {
    "seat_management_setting": ("assign_selected", "assign_all", "disabled", "unconfigured"),
    "public_code_suggestions": ("allow", "block", "unconfigured"),
    "ide_chat": ("enabled", "disabled", "unconfigured"),
    "platform_chat": ("enabled", "disabled", "unconfigured"),
    "cli": ("enabled", "disabled", "unconfigured"),
    "plan_type": ("business", "enterprise"),
}
"""The organisation's settings with the values GitHub knows; the first one is the default."""


@dataclass(slots=True)
class Loaded:
    """What a snapshot says."""

    now: datetime
    login: str
    id: int
    directory: Directory = field(default_factory=Directory)
    seats: SeatBook = field(default_factory=SeatBook)
    settings: dict[str, str] = field(default_factory=dict)
    stated: dict[str, int] = field(default_factory=dict)
    """Counts that the snapshot states: those of `seat_breakdown`, and `total_seats`."""


def load(data: Mapping[str, object], now: datetime | None, switches: Switches) -> Loaded:
    """Read *data*; raises SnapshotError.

    The clock begins at *now*, else at the snapshot's `taken_at`, else at this moment. Relative
    times count from there.
    """
    root = Node(data, "$")
    version = root.value.get("format_version", "1.0")
    if not isinstance(version, str) or version.split(".")[0] != "1":
        raise SnapshotError(f"snapshot: format_version {shown(version)} is unknown; 1.0 is read")
    taken = now or root.moment("taken_at", datetime.now(UTC)) or datetime.now(UTC)
    organization = root.node("organization")
    loaded = Loaded(
        taken.replace(microsecond=0), organization.text("login"), organization.number("id")
    )
    try:
        require_clock(taken)
        _people(root, loaded)
        _teams(root, loaded)
        _seats(root, loaded)
        if switches.rows == "one":
            _hidden_grants(loaded, nested=switches.child_teams)
    except UsageError as error:
        raise SnapshotError(str(error).replace("sandbox:", "snapshot:", 1)) from error
    _settings(root, loaded)
    return loaded


# --- people and teams ---------------------------------------------------------------------------


def _person(node: Node, loaded: Loaded, membership: Membership) -> Person:
    """Return the account that *node* names, new or known; an id known already decides."""
    number = _id(node)
    login = node.text("login") if number is None or node.has("login") else f"user-{number}"
    known = loaded.directory.people.get(number) if number is not None else None
    known = known or (loaded.directory.person(login) if number is None else None)
    if known is not None:
        return known
    person = loaded.directory.add_person(login, number)
    person.membership = membership
    return person


def _id(node: Node) -> int | None:
    number = node.number("id") if node.has("id") else None
    if number is not None and not 1 <= number <= LARGEST_ID:
        raise node.wrong("id", "an id, 1 to 2^63-1")
    return number


def _people(root: Node, loaded: Loaded) -> None:
    for node in root.nodes("members"):
        person = _person(node, loaded, Membership.ACTIVE)
        person.admin = node.value.get("role") == "admin"
    for node in root.nodes("users"):
        stated = node.value.get("membership", "none")
        if stated not in (Membership.PENDING, Membership.NONE):
            raise node.wrong("membership", "pending or none")
        _person(node, loaded, Membership(str(stated)))
    for node in root.nodes("people"):
        _person(node, loaded, _outsider(root))
    for index, item in enumerate(root.items("seats")):
        with suppress(SnapshotError):  # a row that can't be read is served as it stands
            if (assignee := _assignee(Node(item, f"$.seats[{index}]"))) is not None:
                _person(assignee, loaded, _outsider(root))


def _assignee(row: Node) -> Node | None:
    """Return the assignee of a row, None where it names nobody."""
    assignee = row.optional("assignee")
    named = assignee is not None and (assignee.has("id") or assignee.has("login"))
    return assignee if named else None


def _outsider(root: Node) -> Membership:
    """Return how people stand to the organisation who are named only in seats and teams."""
    return Membership.NONE if root.has("members") else Membership.ACTIVE


def _teams(root: Node, loaded: Loaded) -> None:
    parents: dict[int, tuple[Node, str]] = {}
    for node in root.nodes("teams"):
        if _is_enterprise(node):
            continue
        slug = node.text("slug")
        name = node.text("name") if node.has("name") else slug
        number = node.number("id") if node.has("id") else None
        team = loaded.directory.add_team(slug, name, loaded.now, number)
        for login in node.items("members"):
            if not isinstance(login, str) or not login:
                raise node.wrong("members", "a list of logins")
            person = loaded.directory.person(login)
            if person is None:
                person = loaded.directory.add_person(login)
                person.membership = _outsider(root)
            team.own[person.id] = None
        if node.has("parent"):
            parents[team.id] = (node, node.text("parent"))
    for number, (node, slug) in parents.items():
        parent = loaded.directory.team(slug)
        if parent is None:
            raise node.wrong("parent", "the slug of a team in this snapshot")
        loaded.directory.place_team(loaded.directory.teams[number], parent)
    _without_inherited(loaded.directory)


def _without_inherited(directory: Directory) -> None:
    """Take child teams' members out of parents that list them all, as GitHub's lists do."""
    below: dict[int, set[int]] = {
        team.id: {number for child in directory.descendants(team) for number in child.own}
        for team in directory.teams.values()
    }
    for team in directory.teams.values():
        if below[team.id] and below[team.id] <= team.own.keys():
            team.own = {number: None for number in team.own if number not in below[team.id]}


# --- seats --------------------------------------------------------------------------------------


def _seats(root: Node, loaded: Loaded) -> None:
    unread = {node.text("slug").lower() for node in root.nodes("teams") if not node.has("members")}
    for index, item in enumerate(root.items("seats")):
        try:
            _seat(root, Node(item, f"$.seats[{index}]"), loaded, unread)
        except SnapshotError:
            row = FixedRow(_holder_of(item, loaded.directory), None, loaded.now)
            row.stated = (_as_it_stands(item),)
            loaded.seats.fixed.append(row)


def _as_it_stands(item: object) -> object:
    """Return a row that can't be read as GitHub would send it."""
    if not isinstance(item, Mapping):
        return item
    return {key: value for key, value in item.items() if key != "not_understood"}


def _holder_of(item: object, directory: Directory) -> int | None:
    """Return whose a row is that can't be read, as far as that can."""
    assignee = item.get("assignee") if isinstance(item, Mapping) else None
    if not isinstance(assignee, Mapping):
        return None
    number, login = assignee.get("id"), assignee.get("login")
    if isinstance(number, int) and number in directory.people:
        return number
    person = directory.person(login) if isinstance(login, str) else None
    return None if person is None else person.id


def _seat(root: Node, node: Node, loaded: Loaded, unread: set[str]) -> None:
    """Take a row over; raises SnapshotError, and has changed nothing then, if it can't be read."""
    assignee = _assignee(node)
    person = None if assignee is None else _person(assignee, loaded, _outsider(root))
    created = node.moment("created_at", loaded.now)
    if created is None:
        raise node.wrong("created_at", "a time such as 2026-11-22T08:00:00Z or -40d")
    usage = _usage(node, loaded.now)
    pending = node.day("pending_cancellation_date", loaded.now)
    plan = node.text("plan_type") if node.has("plan_type") else None
    owner = node.optional("organization")
    elsewhere = owner is not None and _id(owner) not in (None, loaded.id)
    team = _team_of_row(node, loaded, unread, listed=root.has("teams"), elsewhere=elsewhere)
    if person is None or isinstance(team, Mapping) or elsewhere:
        source = team.id if isinstance(team, OrgTeam) else team
        number = None if person is None else person.id
        row = FixedRow(number, source, created, pending, plan)
        row.usage = usage if person is None else row.usage
        row.organization = owner.value if owner is not None and elsewhere else None
        loaded.seats.fixed.append(row)
    else:
        number = None if team is None else team.id
        loaded.seats.load(Grant(person.id, number, created, pending, plan))
        if team is not None and pending is None:
            loaded.seats.assigned.setdefault(team.id, created)
        if team is not None and team.slug.lower() in unread and pending is None:
            team.own[person.id] = None
    if person is not None:
        _merge(person.usage, usage)


def _team_of_row(
    node: Node, loaded: Loaded, unread: set[str], *, listed: bool, elsewhere: bool
) -> OrgTeam | Mapping[str, object] | None:
    """Return the team of a row: the organisation's own, or the keys of any other as given.

    Where the snapshot has *listed* the teams those are all; else rows name the others.
    """
    stated = node.optional("assigning_team")
    if stated is None:
        return None
    number = _id(stated)
    slug = stated.text("slug") if stated.has("slug") else None
    if elsewhere or _is_enterprise(stated):
        return stated.value
    known = loaded.directory.teams.get(number) if number is not None else None
    if known is None and number is None and slug is not None:
        known = loaded.directory.team(slug)
    if known is not None and slug is not None:
        return known
    if listed or number is None or slug is None:
        return stated.value
    name = stated.text("name") if stated.has("name") else slug
    team = loaded.directory.team(slug) or loaded.directory.add_team(slug, name, loaded.now, number)
    unread.add(slug.lower())
    return team


def _is_enterprise(team: Node) -> bool:
    """Tell whether a team is an enterprise's, by any of GitHub's signs of it."""
    stated = team.value
    slug = str(stated.get("slug", ""))
    signs = "group_id" in stated or "organization_selection_type" in stated
    owned = stated.get("enterprise_id") is not None and stated.get("organization_id") is None
    addresses = (str(stated.get(key, "")) for key in ("url", "html_url", "members_url"))
    below = any(re.match(r"https?://[^/]+(/api/v3)?/enterprises/", one) for one in addresses)
    typed = stated.get("type") == "enterprise"
    return typed or signs or owned or below or slug.lower().startswith("ent:")


def _usage(node: Node, now: datetime) -> Usage:
    editor = node.text("last_activity_editor") if node.has("last_activity_editor") else None
    last = node.moment("last_activity_at", now)
    return Usage(last, editor, node.moment("last_authenticated_at", now))


def _merge(known: Usage, more: Usage) -> None:
    if more.last is not None and (known.last is None or more.last > known.last):
        known.last, known.editor = more.last, more.editor or known.editor
    if more.authenticated is not None:
        stands = known.authenticated or more.authenticated
        known.authenticated = max(stands, more.authenticated)


def _hidden_grants(loaded: Loaded, *, nested: bool) -> None:
    """Add the grants that single rows don't show: an assigned team seats all members it has.

    Only for people who hold a live seat anyway; so the rows stay what the snapshot says.
    """
    for number, since in loaded.seats.assigned.items():
        team = loaded.directory.teams[number]
        for person in loaded.directory.team_members(team, nested=nested):
            if loaded.seats.live(person.id):
                loaded.seats.load(Grant(person.id, number, since), shown=False)


# --- settings and counts ------------------------------------------------------------------------


def _settings(root: Node, loaded: Loaded) -> None:
    billing = root.optional("billing")
    for key, values in SETTINGS.items():
        loaded.settings[key] = values[0]
        if billing is not None and billing.has(key):
            if billing.value[key] not in values:
                raise billing.wrong(key, "one of " + ", ".join(values))
            loaded.settings[key] = billing.text(key)
    breakdown = billing.optional("seat_breakdown") if billing is not None else None
    if breakdown is not None:
        loaded.stated = {
            key: breakdown.number(key) for key in breakdown.value if breakdown.has(key)
        }
    if root.has("total_seats"):
        loaded.stated["total_seats"] = root.number("total_seats")
