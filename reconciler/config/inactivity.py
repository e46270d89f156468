"""Read the rules of inactivity, the file's own and a policy's, and tell those out of reach."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from reconciler.config import duplicates, names
from reconciler.config.findings import Findings
from reconciler.config.node import Node
from reconciler.config.scalars import read_duration, read_required_text
from reconciler.config.syntax_errors import shorten
from reconciler.config.unknown_keys import nearest
from reconciler.model.desired import Mode, Name, Rule, Threshold
from reconciler.model.diagnostics import Mark

SHORTEST, LONGEST = timedelta(days=2), timedelta(days=90)


@dataclass(frozen=True, slots=True)
class ReadRule:
    """A rule as far as it can be read; *sound* if nothing in it is told to be wrong."""

    rule: Rule
    name_mark: Mark
    sound: bool


def read_rules(
    nodes: Iterable[Node], findings: Findings, named_at: Mark | None = None
) -> list[ReadRule]:
    """Return the rules at *nodes*; *named_at* is where the policy they stand in is named."""
    return [_read_rule(node, findings, named_at) for node in nodes]


def _read_rule(node: Node, findings: Findings, named_at: Mark | None) -> ReadRule:
    name = _read_name(node.get("name"), findings)
    teams, users = _read_scope(node, findings)
    idle = _read_threshold(node.get("idle"), findings)
    unused = _read_threshold(node.get("unused"), findings)
    mode = node.get("mode")
    if not node.has("idle") and not node.has("unused") and not _nearly(node):
        findings.error(
            node.mark,
            "rule",
            f"{_called(name)} says nothing: write `idle: {{cancel: 60d}}`, "
            "`unused: {cancel: 30d}` or both",
        )
        node.spoil()
    rule = Rule(
        name=name,
        mark=node.mark,
        teams=teams,
        users=users,
        idle=idle,
        unused=unused,
        mode=Mode(mode.value) if mode is not None else Mode.ENFORCE,
        named_at=named_at,
    )
    written = node.get("name")
    return ReadRule(rule, node.mark if written is None else written.mark, node.sound)


def _nearly(node: Node) -> bool:
    """Whether an unknown key of the rule, which is told, stands for `idle` or `unused`."""
    strangers = [key for key in node.value if node.get(key) is None]
    return any(nearest(key, ("idle", "unused", "warn", "cancel")) for key in strangers)


def _called(name: str) -> str:
    return f"the rule `{shorten(name)}`" if name else "this rule"


def _read_name(node: Node | None, findings: Findings) -> str:
    if node is not None and (problem := names.surprise(node, "the rule's name")) is not None:
        findings.error(node.mark, "name", problem)
        node.spoil()
        return ""
    return read_required_text(node, findings, "a rule needs a name, every plan quotes it")


def _read_scope(node: Node, findings: Findings) -> tuple[tuple[Name, ...], tuple[Name, ...]]:
    read_teams = [names.read_team(item, findings) for item in node.entries("teams")]
    read_users = [names.read_user(item, findings) for item in node.entries("users")]
    teams = tuple(name for name in read_teams if name is not None)
    users = tuple(name for name in read_users if name is not None)
    duplicates.tell_names(teams, "the rule's `teams`", findings)
    duplicates.tell_names(users, "the rule's `users`", findings)
    return teams, users


def _read_threshold(node: Node | None, findings: Findings) -> Threshold | None:
    if node is None or not isinstance(node.value, dict):
        return None
    cancel = _read_bounded(node.get("cancel"), findings)
    written = node.get("warn")
    warn = _read_bounded(written, findings)
    if written is not None and warn is not None and cancel is not None and warn >= cancel:
        findings.error(
            written.mark,
            "threshold",
            f"the warning must come before the end: `warn: {written.text}` is not less than "
            f"`cancel: {node.value['cancel']}`",
        )
        written.spoil()
    return None if cancel is None else Threshold(cancel, warn, node.key_mark)


def _read_bounded(node: Node | None, findings: Findings) -> timedelta | None:
    duration = read_duration(node, findings)
    if node is None or duration is None or SHORTEST <= duration <= LONGEST:
        return duration
    if duration < SHORTEST:
        problem = (
            f"`{node.text}` is too short: GitHub's activity data lags by up to 24 hours, "
            "so the least is `2d`"
        )
    else:
        problem = (
            f"`{node.text}` is too long: GitHub forgets activity after 90 days, "
            "so the most is `90d`"
        )
    findings.error(node.mark, "threshold", problem)
    node.spoil()
    return None


def tell_one_name(rules: Sequence[ReadRule], findings: Findings) -> None:
    """Tell rules of one name, in whatever case; the file's own rule gives way to a policy's."""
    first: dict[str, ReadRule] = {}
    for read in rules:
        if not read.rule.name:
            continue
        earlier = first.setdefault(read.rule.name.lower(), read)
        if earlier is read:
            continue
        if earlier.rule.named_at != read.rule.named_at:
            _tell_name(earlier, read, findings)
        else:
            _tell_name(read, earlier, findings)


def _tell_name(read: ReadRule, other: ReadRule, findings: Findings) -> None:
    message = (
        f"another rule is named `{shorten(other.rule.name)}` too "
        f"{_place(other.name_mark, read.name_mark)}: give this one another name"
    )
    _tell(read.rule, read.name_mark, "twice", message, findings)


def tell_out_of_reach(rules: Sequence[ReadRule], findings: Findings) -> None:
    """Tell rules that no seat can reach, because earlier ones govern everybody in their scope."""
    governed: dict[object, Rule] = {}
    catch_all: Rule | None = None
    for read in rules:
        if not read.sound:
            continue
        rule = read.rule
        scope = [name.key for name in (*rule.teams, *rule.users)]
        if catch_all is not None:
            why = (
                f"{_rule_at(catch_all, rule)} comes before it and is for everyone; "
                "give that one a scope (`teams`, `users`), or take one of the two away"
            )
            _out_of_reach(rule, why, findings)
            continue
        if scope and all(key in governed for key in scope):
            why = _governed_by([governed[key] for key in scope], rule)
            _out_of_reach(rule, why, findings)
            continue
        if rule.mode is Mode.ENFORCE:
            if not scope:
                catch_all = rule
            for key in scope:
                governed.setdefault(key, rule)


def _governed_by(earlier: Sequence[Rule], rule: Rule) -> str:
    """Return in words that *earlier* rules leave nothing to *rule*, one for each of its names."""
    before = list(dict.fromkeys(_rule_at(one, rule) for one in earlier))
    verbs = ("comes", "governs") if len(before) == 1 else ("come", "govern")
    return (
        f"{' and '.join(before)} {verbs[0]} before it and {verbs[1]} its whole scope; "
        "move it up, or take it away"
    )


def _rule_at(rule: Rule, seen_from: Rule) -> str:
    return f"the rule `{shorten(rule.name)}` {_place(rule.mark, seen_from.mark)}"


def _place(mark: Mark, seen_from: Mark) -> str:
    """Return in words where *mark* is, as told at *seen_from*."""
    if mark.file == seen_from.file:
        return f"(line {mark.line})"
    return f"({mark.file}, line {mark.line})"


def _out_of_reach(rule: Rule, why: str, findings: Findings) -> None:
    message = f"no seat can reach {_called(rule.name)}: {why}"
    _tell(rule, rule.mark, "unreachable", message, findings)


def _tell(rule: Rule, mark: Mark, code: str, message: str, findings: Findings) -> None:
    """Tell a fault of *rule* at its place, and where the policy that it stands in is named."""
    findings.error(mark, code, message)
    if rule.named_at is not None:
        findings.error(rule.named_at, code, f"in {mark.file}, line {mark.line}: {message}")
