"""Read the `seats` section: who claims a seat."""

from __future__ import annotations

from reconciler.config import duplicates, names
from reconciler.config.findings import Findings
from reconciler.config.node import Node
from reconciler.config.scalars import read_count, read_term, read_text
from reconciler.model.desired import Assign, Name, Seats, TeamEntry, Undeclared, UserEntry


def read_seats(node: Node | None, findings: Findings) -> Seats:
    """Return what the section at *node* says, as far as it can be read."""
    if node is None:
        return Seats()
    default = _assign(node) or Assign.TEAM
    teams = [_read_team(entry, default, findings) for entry in node.entries("teams")]
    users = [_read_user(entry, findings) for entry in node.entries("users")]
    standing = tuple(team for team in teams if team is not None)
    people = tuple(user for user in users if user is not None)
    duplicates.tell_names((team.name for team in standing), "`seats.teams`", findings)
    duplicates.tell_names((user.name for user in people), "`seats.users`", findings)
    _tell_pins(node.entries("users"), findings)
    for team in standing:
        _tell_enterprise(team, findings)
    members, undeclared = node.get("members"), node.get("undeclared")
    return Seats(
        teams=standing,
        users=people,
        members=None if members is None else members.mark,
        undeclared=Undeclared(undeclared.value) if undeclared is not None else Undeclared.CANCEL,
        mark=node.key_mark if undeclared is None else undeclared.mark,
    )


def _assign(node: Node) -> Assign | None:
    written = node.get("assign")
    return None if written is None else Assign(written.value)


def _read_team(entry: Node, default: Assign, findings: Findings) -> TeamEntry | None:
    if entry.text is not None:
        name = names.read_team(entry, findings)
        return None if name is None else TeamEntry(name, default)
    name = names.read_team(entry.get("team"), findings)
    assign = _assign(entry) or default
    excluded = _read_excluded(entry, assign, findings)
    term = read_term(entry, findings)
    reason = read_text(entry.get("reason"), findings)
    return None if name is None else TeamEntry(name, assign, excluded, term, reason)


def _read_excluded(entry: Node, assign: Assign, findings: Findings) -> tuple[Name, ...]:
    written = entry.get("except")
    if written is None:
        return ()
    read = [names.read_user(item, findings) for item in written.items()]
    excluded = tuple(name for name in read if name is not None)
    duplicates.tell_names(excluded, "`except`", findings)
    if assign is Assign.TEAM and not _assign_is_wrong(entry):
        findings.error(
            written.key_mark,
            "except",
            "`except` needs `assign: members`: with `assign: team` GitHub gives every member "
            "of the team a seat, and nobody can be left out",
        )
    return excluded


def _assign_is_wrong(entry: Node) -> bool:
    """Whether it is unknown what the entry's `assign` should be: that fault comes first."""
    return entry.has("assign") and entry.get("assign") is None


def _read_user(entry: Node, findings: Findings) -> UserEntry | None:
    if entry.text is not None:
        name = names.read_user(entry, findings)
        return None if name is None else UserEntry(name)
    pin = read_count(entry.get("id"), findings)
    name = names.read_user(entry.get("user"), findings, pin)
    term = read_term(entry, findings)
    reason = read_text(entry.get("reason"), findings)
    return None if name is None else UserEntry(name, term, reason)


def _tell_pins(entries: list[Node], findings: Findings) -> None:
    """Tell ids that are pinned twice: two logins can't be one account."""
    first: dict[int, tuple[Node, str]] = {}
    for entry in entries:
        pin, user = entry.get("id"), entry.get("user")
        if pin is None or pin.number is None or user is None or user.text is None:
            continue
        earlier, login = first.setdefault(pin.number, (pin, user.text))
        if earlier is pin or login.lower() == user.text.lower():
            continue
        findings.error(
            pin.mark,
            "twice",
            f"the id {pin.number} is pinned twice, first "
            f"{duplicates.place(earlier.mark, pin.mark)} to `{login}`: "
            "two logins can't be one account",
        )


def _tell_enterprise(team: TeamEntry, findings: Findings) -> None:
    if names.is_enterprise(team.name):
        findings.warning(
            team.name.mark,
            "enterprise-team",
            f"`{team.name.text}` is an enterprise team: it is assigned in the enterprise, "
            "so this entry changes nothing",
        )
