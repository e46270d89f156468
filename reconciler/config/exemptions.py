"""Read `reinstate` and `exempt`: whom the rules give back or spare."""

from __future__ import annotations

from datetime import date

from reconciler.config import duplicates, names
from reconciler.config.findings import Findings
from reconciler.config.node import Node
from reconciler.config.scalars import read_day, read_required_text, read_text
from reconciler.model.desired import Exemption, Name, Reinstatement, Term

_WHY = "say why, every plan lists it"


def read_reinstatements(nodes: list[Node], findings: Findings) -> tuple[Reinstatement, ...]:
    """Return the reinstatements at *nodes*, as far as they can be read."""
    read = [_read_reinstatement(node, findings) for node in nodes]
    standing = tuple(one for one in read if one is not None)
    first: dict[tuple[object, date], Name] = {}
    for one in standing:
        earlier = first.setdefault((one.name.key, one.on), one.name)
        if earlier is not one.name:
            where = f"`reinstate` for {one.on}"
            duplicates.tell(
                one.name.text, earlier.text, one.name.mark, earlier.mark, where, findings
            )
    return standing


def _read_reinstatement(node: Node, findings: Findings) -> Reinstatement | None:
    name = names.read_user(node.get("user"), findings)
    on = read_day(node.get("on"), findings)
    reason = read_text(node.get("reason"), findings)
    return None if name is None or on is None else Reinstatement(name, on, reason)


def read_exemptions(nodes: list[Node], findings: Findings) -> tuple[Exemption, ...]:
    """Return the exemptions at *nodes*, as far as they can be read."""
    read = [_read_exemption(node, findings) for node in nodes]
    standing = tuple(one for one in read if one is not None)
    duplicates.tell_names((one.name for one in standing), "`exempt`", findings)
    return standing


def _read_exemption(node: Node, findings: Findings) -> Exemption | None:
    user = names.read_user(node.get("user"), findings)
    team = names.read_team(node.get("team"), findings)
    reason = read_required_text(node.get("reason"), findings, _WHY)
    last = read_day(node.get("until"), findings)
    if node.has("user") and node.has("team"):
        findings.error(
            node.mark,
            "exempt",
            "an entry of `exempt` names a user or a team, not both: make two entries of it",
        )
    elif not node.has("user") and not node.has("team") and node.sound:
        findings.error(
            node.mark,
            "exempt",
            "this entry of `exempt` names nobody: write `user: lisa` or `team: on-call`",
        )
    name = user or team
    return None if name is None else Exemption(name, reason, Term(last=last))
