"""Read a plan file back as the ceiling it is for apply, or say why it may not be applied."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any, NoReturn, TypeVar

from reconciler import canonical_json
from reconciler.errors import PlanFileError
from reconciler.model.diagnostics import Mark
from reconciler.model.observed import Organization
from reconciler.model.plan import (
    Action,
    Change,
    Check,
    Person,
    PlannedChange,
    Reason,
    Resource,
    Status,
    Withheld,
)
from reconciler.planfile.identity import (
    FORMAT_VERSION,
    LIFETIME,
    expiry,
    fingerprint_of,
    id_of,
)

_Choice = TypeVar("_Choice", bound=Enum)

_VERSION = re.compile(r"(\d{1,9})\.\d{1,9}", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class PlanFile:
    """What a plan file allows at most. All of it was written by whoever made the file.

    `withheld` is what the guards stopped when it was planned, and `checks` what they found: to be
    told, in the words of the file.
    """

    plan_id: str
    fingerprint: str
    timestamp: datetime
    expires_at: datetime
    applyable: bool
    organization: Organization
    config_path: str
    config_sha256: str
    changes: tuple[PlannedChange, ...]
    withheld: tuple[Withheld, ...] = ()
    checks: tuple[Check, ...] = ()
    ledger_head: str | None = None
    """Hash of the last line of the ledger it was planned with; None without a ledger."""

    def expired(self, now: datetime) -> bool:
        """Say whether the file is too old to be applied at *now*."""
        return now > self.expires_at


def parse(text: str | bytes) -> PlanFile:
    """Read a plan file, or raise PlanFileError; nothing else, whatever *text* holds.

    What is returned has the shape of a plan and its own fingerprint and id. Whether it is expired,
    used, for this organisation or applyable at all is for apply to judge.
    """
    try:
        root = _Node(canonical_json.strict(text), "")
        _refuse_other_formats(root.field("format_version"))
        found = _plan_file(root)
        _refuse_alterations(root, found)
    except canonical_json.NotStrictError as error:
        _refuse(str(error))
    except RecursionError:
        _refuse("it is nested too deeply")
    return found


def _refuse(why: str) -> NoReturn:
    raise PlanFileError(
        f"this plan file may not be applied: {why}; nothing was done."
        " Make a new one: copilot-seats plan FILE --out PLAN.json"
    ) from None


def _refuse_other_formats(version: _Node) -> None:
    match = _VERSION.fullmatch(version.text())
    if match is None:
        version.wrong('is no version such as "1.0"')
    if int(match[1]) != int(FORMAT_VERSION.partition(".")[0]):
        _refuse(
            f"its format is {version.text()}, and this copilot-seats reads {FORMAT_VERSION}"
            " and later formats that begin with the same number"
        )


def _plan_file(root: _Node) -> PlanFile:
    ours = root.field("copilot_seats")
    config = ours.field("config")
    changes = tuple(_change(node) for node in root.field("resource_changes").items())
    _refuse_repetitions(changes)
    return PlanFile(
        plan_id=ours.field("plan_id").text(),
        fingerprint=ours.field("fingerprint").text(),
        timestamp=root.field("timestamp").moment(),
        expires_at=ours.field("expires_at").moment(),
        applyable=root.field("applyable").flag(),
        organization=_organization(ours.field("org")),
        config_path=config.field("path").text(),
        config_sha256=config.field("sha256").matching(_SHA256, "is no SHA-256 in hex"),
        changes=changes,
        withheld=tuple(_withheld(node) for node in ours.field("withheld").items()),
        checks=tuple(_check(node) for node in root.field("checks").items()),
        ledger_head=_head(ours),
    )


def _head(ours: _Node) -> str | None:
    if ours.value.get("ledger_head") is None:
        return None
    return ours.field("ledger_head").matching(_SHA256, "is no SHA-256 in hex")


def _organization(node: _Node) -> Organization:
    return Organization(
        id=node.field("id").id(),
        login=node.field("login").text(),
        host=node.field("host").text(),
    )


def _change(node: _Node) -> PlannedChange:
    resource = node.field("type").choice(Resource)
    name = node.field("name").text()
    if node.field("address").text() != f"{resource}.{name}":
        node.field("address").wrong("is not made of the type and the name beside it")
    change = node.field("change")
    action = _action(change.field("actions"))
    deletes = action is Action.DELETE
    change.field("after" if deletes else "before").nothing()
    subject, people = _ids(change.field("before" if deletes else "after"), resource)
    reason = node.field("action_reason").choice(Reason)
    return PlannedChange(resource, action, subject, name, reason, people)


def _withheld(node: _Node) -> Withheld:
    kind, _, name = node.field("address").text().partition(".")
    if kind not in {resource.value for resource in Resource}:
        node.field("address").wrong("is the address of no user and no team")
    resource = Resource(kind)
    subject, people = _ids(node, resource)
    action = _action(node.field("actions"))
    reason = node.field("action_reason").choice(Reason)
    # A plan file has the ids of a team's people alone.
    login = name if resource is Resource.USER else ""
    who = tuple(Person(each, login) for each in sorted(people))
    change = Change(resource, action, subject, name, reason, "", who)
    return Withheld(node.field("guard").text(), change, node.words("text"))


def _check(node: _Node) -> Check:
    return Check(
        guard=node.field("name").text(),
        status=node.field("status").choice(Status),
        detail=node.field("detail").any_text(),
        way_out=node.words("way_out"),
        mark=_mark(node) if "file" in node.value else None,
    )


def _mark(node: _Node) -> Mark:
    return Mark(node.field("file").text(), node.field("line").id(), node.field("column").id())


def _action(node: _Node) -> Action:
    actions = [item.choice(Action) for item in node.items()]
    if len(actions) != 1 or actions[0] is Action.NO_OP:
        node.wrong('is neither ["create"] nor ["delete"]')
    return actions[0]


def _ids(node: _Node, resource: Resource) -> tuple[int, frozenset[int]]:
    if resource is Resource.USER:
        user = node.field("user_id").id()
        return user, frozenset({user})
    people = frozenset(item.id() for item in node.field("user_ids").items())
    return node.field("team_id").id(), people


def _refuse_repetitions(changes: tuple[PlannedChange, ...]) -> None:
    seen = set()
    for change in changes:
        key = (change.resource, change.id)
        if key in seen:
            _refuse(f"it has two changes for {change.address!a}")
        seen.add(key)


def _refuse_alterations(root: _Node, found: PlanFile) -> None:
    known = fingerprint_of(
        found.organization,
        found.changes,
        ((held.guard, PlannedChange.of(held.change)) for held in found.withheld),
        ((check.guard, check.status.value, check.detail) for check in found.checks),
    )
    if known != found.fingerprint:
        _refuse("it was altered (what it says does not have its fingerprint)")
    if id_of(root.value) != found.plan_id:
        _refuse("it was altered (what it says does not have its plan_id)")
    if found.expires_at > expiry(found.timestamp):
        _refuse(f"it says to be good for more than the {LIFETIME.days} days that a plan has")


@dataclass(frozen=True, slots=True)
class _Node:
    """A value in the document and where it stands, so that every complaint names its place."""

    value: Any
    where: str

    def wrong(self, what: str) -> NoReturn:
        _refuse(f"it does not have the shape of a plan ({self.where or 'the document'} {what})")

    def field(self, key: str) -> _Node:
        if not isinstance(self.value, dict):
            self.wrong("is no object")
        if key not in self.value:
            self.wrong(f"has no {key}")
        return _Node(self.value[key], f"{self.where}.{key}" if self.where else key)

    def items(self) -> Iterator[_Node]:
        if not isinstance(self.value, list):
            self.wrong("is no list")
        return (_Node(item, f"{self.where}[{n}]") for n, item in enumerate(self.value))

    def any_text(self) -> str:
        if not isinstance(self.value, str):
            self.wrong("is no text")
        return self.value

    def words(self, key: str) -> str:
        """Return the text at *key*, which may be missing."""
        return self.field(key).any_text() if key in self.value else ""

    def text(self) -> str:
        found = self.any_text()
        if not found or _UNPRINTABLE.search(found):
            self.wrong("is empty, or has characters that no name has")
        return found

    def matching(self, pattern: re.Pattern[str], complaint: str) -> str:
        if not pattern.fullmatch(self.any_text()):
            self.wrong(complaint)
        return self.any_text()

    def moment(self) -> datetime:
        text = self.matching(_MOMENT, "is no time such as 2026-11-22T08:00:00Z")
        try:
            return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        except ValueError:
            self.wrong("is no time that the calendar has")

    def id(self) -> int:
        if type(self.value) is not int or self.value < 1:
            self.wrong("is no id")
        return self.value

    def flag(self) -> bool:
        if not isinstance(self.value, bool):
            self.wrong("is neither true nor false")
        return self.value

    def nothing(self) -> None:
        if self.value is not None:
            self.wrong("is not null")

    def choice(self, choices: type[_Choice]) -> _Choice:
        try:
            return choices(self.any_text())
        except ValueError:
            self.wrong(f"is none of {', '.join(str(choice.value) for choice in choices)}")
