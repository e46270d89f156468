"""Read the cases of a policy test file: people, their seats, and what is expected of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import cache

from reconciler.config import duplicates, names
from reconciler.config.findings import Findings
from reconciler.config.instants import read_moment, read_near_day, read_time
from reconciler.config.node import Node
from reconciler.config.nouns import flow, label
from reconciler.config.scalars import read_required_text, read_text
from reconciler.config.schema import published
from reconciler.config.syntax_errors import shorten
from reconciler.config.unknown_keys import listed, nearest
from reconciler.model.desired import Exemption, Inactivity, Kind, Name, SeatsFile, Term
from reconciler.model.plan import Action, Reason, Verdict
from reconciler.policytest import Case, Expectation, Sample

_DEFAULT_GIVEN = timedelta(days=365)
_OF_A_SEAT = ("given", "active", "signed_in", "through", "pending", "warned", "renewed")
_VERDICTS = frozenset(Verdict)


@cache
def words() -> Mapping[str, Verdict | Reason]:
    """Return what a word that is expected stands for: a verdict before a reason."""
    known = published("policy-test").root["$defs"]["word"]["allOf"][0]["enum"]
    return {word: Verdict(word) if word in _VERDICTS else Reason(word) for word in known}


def read_cases(
    nodes: list[Node], about: Inactivity | SeatsFile | None, now: datetime, findings: Findings
) -> tuple[Case, ...]:
    """Return the tests at *nodes*, which are about *about*, and at *now* if they don't say."""
    reader = _Reader(about, findings)
    cases = tuple(reader.case(node, now) for node in nodes)
    _tell_names(nodes, findings)
    return cases


def _tell_names(nodes: list[Node], findings: Findings) -> None:
    first: dict[str, Node] = {}
    for name in (node.get("name") for node in nodes):
        if name is None or name.text is None or not name.text.strip():
            continue
        earlier = first.setdefault(" ".join(name.text.split()), name)
        if earlier is not name:
            place = duplicates.place(earlier.mark, name.mark)
            message = f"another test has this name, {place}: give each a name of its own"
            findings.error(name.mark, "twice", message)


def tell_said_there(node: Node, findings: Findings) -> None:
    """Tell that what stands at *node* is for tests of a policy alone."""
    message = (
        f"{label(node.path)} goes with `policy`: a seats file says that itself, "
        "so write it there, or take it away here"
    )
    findings.error(node.key_mark, "about", message)
    node.spoil()


class _Reader:
    """Reads cases about one thing."""

    def __init__(self, about: Inactivity | SeatsFile | None, findings: Findings) -> None:
        self._findings = findings
        self._whole_file = isinstance(about, SeatsFile)
        inactivity = about.inactivity if isinstance(about, SeatsFile) else about
        rules = inactivity.rules if inactivity is not None else ()
        self._rules = None if about is None else tuple(rule.name for rule in rules)

    def case(self, node: Node, now: datetime) -> Case:
        findings = self._findings
        name = read_required_text(node.get("name"), findings, "say what the test holds")
        now = read_moment(node.get("now"), findings) or now
        read = [self._sample(entry, now) for entry in node.entries("seats")]
        samples = tuple(one for one in read if one is not None)
        duplicates.tell_names((one.name for one in samples), "the test's `seats`", findings)
        return Case(name, node.mark, now, samples)

    def _sample(self, node: Node, now: datetime) -> Sample | None:
        findings = self._findings

        def time(key: str, *, never: bool = False) -> datetime | None:
            return read_time(node.get(key), now, findings, never=never)

        name = names.read_user(node.get("user"), findings)
        self._tell_said_there(node)
        self._tell_no_seat(node)
        # Without a name the rest is read all the same, so that everything is told at once.
        sample = Sample(
            name=name or Name(Kind.USER, "", node.mark),
            expected=self._expectation(node.get("expect"), now),
            given=time("given") or now - _DEFAULT_GIVEN,
            seated=_seated(node),
            active=time("active", never=True),
            signed_in=time("signed_in", never=True),
            teams=self._teams(node),
            through=names.read_team(node.get("through"), findings),
            pending=read_near_day(node.get("pending"), now, findings, cycle=True),
            warned=time("warned"),
            renewed=time("renewed"),
            held=time("held"),
            exempt=None if name is None else self._exemption(node.get("exempt"), name, now),
            reinstated=read_near_day(node.get("reinstated"), now, findings),
        )
        return None if name is None else sample

    def _teams(self, node: Node) -> tuple[Name, ...]:
        read = [names.read_team(item, self._findings) for item in node.entries("teams")]
        teams = tuple(team for team in read if team is not None)
        duplicates.tell_names(teams, "`teams`", self._findings)
        return teams

    def _tell_said_there(self, node: Node) -> None:
        for child in map(node.get, ("exempt", "reinstated")):
            if child is not None and self._whole_file:
                tell_said_there(child, self._findings)

    def _tell_no_seat(self, node: Node) -> None:
        for child in map(node.get, () if _seated(node) else _OF_A_SEAT):
            if child is not None:
                message = (
                    f"{label(child.path)} is about a seat, and `seat: none` says there is none"
                )
                self._findings.error(child.key_mark, "seat", message)
                child.spoil()

    def _exemption(self, node: Node | None, name: Name, now: datetime) -> Exemption | None:
        if node is None:
            return None
        if node.text is not None:
            why = "write the reason, as in a seats file"
            return Exemption(name, read_required_text(node, self._findings, why))
        until = read_near_day(node.get("until"), now, self._findings)
        reason = read_text(node.get("reason"), self._findings) or "for this test"
        return None if until is None else Exemption(name, reason, Term(None, until))

    # expectations

    def _expectation(self, node: Node | None, now: datetime) -> Expectation | None:
        if node is None:
            return None
        if node.text is not None:
            return self._word(node, node.text)
        if not node.value:
            message = "`expect` says nothing: write a verdict, like `idle`, or take it away"
            self._findings.error(node.mark, "expect", message)
            return None
        verdict, action, reason = node.get("verdict"), node.get("action"), node.get("reason")
        observed = node.get("observed")
        due = read_near_day(node.get("due"), now, self._findings)
        said = node.value if due is None else {**node.value, "due": due}
        written = ", ".join(f"{key}: {flow(value)}" for key, value in said.items())
        return Expectation(
            mark=node.mark,
            text=f"{{{written}}}",
            verdict=None if verdict is None else Verdict(verdict.value),
            action=None if action is None else Action(action.value),
            reason=None if reason is None else Reason(reason.value),
            rule=self._rule(node.get("rule")),
            due=due,
            observed=None if observed is None else frozenset(self._observed(observed)),
            says=read_text(node.get("says"), self._findings),
        )

    def _word(self, node: Node, text: str) -> Expectation | None:
        word = words().get(text)
        if isinstance(word, Verdict):
            return Expectation(node.mark, text, verdict=word)
        if isinstance(word, Reason):
            return Expectation(node.mark, text, reason=word)
        near = nearest(text, words())
        hint = f"did you mean `{near}`?" if near else f"the verdicts are {listed(Verdict)}"
        message = f"`{shorten(text)}` is no verdict and no reason; {hint}"
        self._findings.error(node.mark, "expect", message)
        node.spoil()
        return None

    def _observed(self, node: Node) -> Iterator[str]:
        for item in node.items():
            name = self._rule(item)
            if name is not None:
                yield name

    def _rule(self, node: Node | None) -> str | None:
        """Return the name of the rule at *node*, in the policy's own spelling."""
        name = read_text(node, self._findings)
        if node is None or name is None or self._rules is None:
            return name
        same = (rule for rule in self._rules if rule.lower() == name.lower())
        found = next(same, None)
        if found is None:
            near = nearest(name, self._rules)
            there = listed(map(shorten, self._rules)) or "none"
            hint = f"did you mean `{shorten(near)}`?" if near else f"the rules are {there}"
            self._findings.error(node.mark, "rule", f"there is no rule `{shorten(name)}`; {hint}")
            node.spoil()
        return found


def _seated(node: Node) -> bool:
    seat = node.get("seat")
    return seat is None or seat.value != "none"
