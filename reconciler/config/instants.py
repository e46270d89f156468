"""Read moments and days of policy tests, absolute or counted from the test's own moment."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from reconciler.config.findings import Findings
from reconciler.config.node import Node
from reconciler.config.nouns import label
from reconciler.config.scalars import read_day
from reconciler.config.syntax_errors import shorten
from reconciler.model.times import FIRST_YEAR, LAST_YEAR

NEVER = "never"
NEXT_CYCLE = "next-cycle"

_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_SPAN = re.compile(r"([0-9]{1,5})([wdhms])")
_AGO = re.compile(rf"-(?:{_SPAN.pattern})+")
_AHEAD_OR_BARE = re.compile(rf"\+?(?:{_SPAN.pattern})+")
_ABSOLUTE = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?:[Tt ][0-9]{2}:[0-9]{2}(?::[0-9]{2})?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})?)?"
)
_NEAR_DAY = re.compile(r"([+-])([0-9]{1,5})([dw])")
_HOW = (
    "write how long before `now`, like `-40d` or `-30d1h`, or a moment like `2026-10-13T08:00:00Z`"
)


def read_moment(node: Node | None, findings: Findings) -> datetime | None:
    """Return the absolute moment at *node*, None if there is none."""
    if node is None or node.text is None:
        return None
    moment = _absolute(node.text)
    if moment is None:
        said = f"`{shorten(node.text)}` is no moment"
        _tell(node, f"{said}: write it like `2026-11-22T08:00:00Z`", findings)
    return moment


def read_time(
    node: Node | None, now: datetime, findings: Findings, *, never: bool = False
) -> datetime | None:
    """Return the moment at *node*, absolute or so long before *now*; None if there is none.

    With *never* that word may stand there, and is none too.
    """
    if node is None or node.text is None or (never and node.text == NEVER):
        return None
    text = node.text
    moment = _before(now, text) if _AGO.fullmatch(text) else _absolute(text)
    if moment is not None and moment <= now:
        return moment
    _tell(node, _time_problem(text, label(node.path), moment, never=never), findings)
    return None


def _time_problem(text: str, name: str, moment: datetime | None, *, never: bool) -> str:
    if moment is not None:
        return f"{name} can't lie after `now`"
    if _AGO.fullmatch(text):
        return f"`{shorten(text)}` is far too long ago"
    if _AHEAD_OR_BARE.fullmatch(text):
        bare = text.removeprefix("+")
        why = "lies before `now`" if text == bare else "can't lie after `now`"
        return f"{name} {why}: write `-{shorten(bare)}`"
    also = ", or `never`" if never else ""
    return f"`{shorten(text)}` is no time: {_HOW}{also}"


def read_near_day(
    node: Node | None, now: datetime, findings: Findings, *, cycle: bool = False
) -> date | None:
    """Return the day at *node*, absolute or counted from that of *now*; None if there is none.

    With *cycle* it may be `next-cycle`, the first of the next month.
    """
    if node is None or node.text is None:
        return None
    if cycle and node.text == NEXT_CYCLE:
        return (now.date().replace(day=1) + timedelta(days=32)).replace(day=1)
    found = _NEAR_DAY.fullmatch(node.text)
    if found is not None:
        sign, number, unit = found.groups()
        span = timedelta(**{_UNITS[unit]: int(number)})
        try:
            return now.date() + span if sign == "+" else now.date() - span
        except OverflowError:
            _tell(node, f"`{node.text}` is far too many days", findings)
            return None
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", node.text):
        return read_day(node, findings)
    choice = "`next-cycle`, " if cycle else ""
    said = f"`{shorten(node.text)}` is no day: write {choice}`2026-12-31`"
    _tell(node, f"{said}, or days from `now`, like `-5d` or `+10d`", findings)
    return None


def _before(now: datetime, text: str) -> datetime | None:
    """Return the moment that is *text* before *now*; None if no calendar reaches so far."""
    try:
        spans = (timedelta(**{_UNITS[unit]: int(n)}) for n, unit in _SPAN.findall(text))
        moment = now - sum(spans, timedelta())
    except OverflowError:
        return None
    return moment if moment.year >= FIRST_YEAR else None


def _absolute(text: str) -> datetime | None:
    if not _ABSOLUTE.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text.upper())
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if FIRST_YEAR <= moment.year <= LAST_YEAR else None


def _tell(node: Node, message: str, findings: Findings) -> None:
    findings.error(node.mark, "time", message)
    node.spoil()
