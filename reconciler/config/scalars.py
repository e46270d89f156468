"""Read durations, days, percentages, prices and texts, and say what is wrong with one."""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta
from decimal import Decimal

from reconciler.config.findings import Findings
from reconciler.config.node import Node
from reconciler.config.nouns import label
from reconciler.config.syntax_errors import shorten
from reconciler.model.desired import Allowance, Term
from reconciler.model.times import FIRST_YEAR, LAST_YEAR

_DURATION = re.compile(r"([1-9][0-9]{0,4})([hdw])")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_PERCENTAGE = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,2})?)%")
_PRICE = re.compile(r"(?:0|[1-9][0-9]{0,6})(?:\.[0-9]{1,4})?")
_CURRENCIES = {
    **dict.fromkeys(("$", "US$", "DOLLAR", "DOLLARS"), "USD"),
    **dict.fromkeys(("€", "EURO", "EUROS"), "EUR"),
    **dict.fromkeys(("£", "POUND", "POUNDS"), "GBP"),
}


def read_duration(node: Node | None, findings: Findings) -> timedelta | None:
    """Return the duration at *node*, None if there is none."""
    if node is None or node.text is None:
        return None
    found = _DURATION.fullmatch(node.text)
    if found is not None:
        return int(found[1]) * _UNITS[found[2]]
    findings.error(node.mark, "duration", _duration_problem(node.text))
    node.spoil()
    return None


def _duration_problem(text: str) -> str:
    said = f"`{shorten(text)}` is no duration"
    found = re.fullmatch(r"\s*([+-]?)0*([0-9]{1,6}?)(\.[0-9]+)?\s*([A-Za-z]*)\s*", text)
    if found is None:
        return f"{said}: write hours, days or weeks, like `36h`, `30d` or `6w`"
    sign, number, fraction, word = found.groups()
    if sign == "-":
        return (
            f"{said}: it can't be negative; write hours, days or weeks, like `36h`, `30d` or `6w`"
        )
    if fraction:
        return f"{said}: write a whole number{_in_hours(number + fraction, word)}"
    if number in ("", "0"):
        return f"{said}: it must be more than nothing, like `36h`, `30d` or `6w`"
    if not word:
        return f"{said}: it has no unit; write `{number}d` for days or `{number}h` for hours"
    unit = word[0].lower()
    if word.lower() in ("month", "months", "mo", "mon"):
        return f"{said}: months differ in length; write days, `{int(number) * 30}d`"
    if unit in _UNITS and len(number) <= 5:
        return f"{said}: write `{number}{unit}`"
    return f"{said}: the units are `h` (hours), `d` (days) and `w` (weeks), like `30d`"


def _in_hours(number: str, unit: str) -> str:
    """Return a hint that says *number* of *unit* in whole hours, where that can be said."""
    hours = Decimal(number) * {"d": 24, "w": 168}.get(unit.lower()[:1], 0)
    return f", `{int(hours)}h`" if hours and hours == int(hours) else ", like `36h` or `30d`"


def read_day(node: Node | None, findings: Findings) -> date | None:
    """Return the day at *node*, None if there is none."""
    if node is None or node.text is None:
        return None
    found = _DAY.fullmatch(node.text)
    problem = _day_problem(node.text) if found is None else _no_such_day(*map(int, found.groups()))
    if problem is None:
        return date.fromisoformat(node.text)
    findings.error(node.mark, "day", problem)
    node.spoil()
    return None


def _day_problem(text: str) -> str:
    said = f"`{shorten(text)}` is no day"
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ].*", text):
        return f"{said}: write the day alone, without a time, `{text[:10]}`"
    found = re.fullmatch(r"([0-9]{4})[-./]([0-9]{1,2})[-./]([0-9]{1,2})", text)
    if found is not None:
        year, month, day = map(int, found.groups())
        return f"{said}: write `{year:04}-{month:02}-{day:02}`"
    return f"{said}: write it as YYYY-MM-DD, like `2026-12-31`"


def _no_such_day(year: int, month: int, day: int) -> str | None:
    said = f"there is no day {year:04}-{month:02}-{day:02}"
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return f"the year {year:04} is probably a slip: write one from {FIRST_YEAR} to {LAST_YEAR}"
    if not 1 <= month <= 12:
        return f"{said}: months go from 01 to 12; write YYYY-MM-DD, like `2026-12-31`"
    last = calendar.monthrange(year, month)[1]
    if not 1 <= day <= last:
        return f"{said}: {calendar.month_name[month]} {year} has {last} days"
    return None


def read_term(node: Node, findings: Findings) -> Term:
    """Return the days from which and until which the entry at *node* stands."""
    begin = node.get("from")
    first, last = read_day(begin, findings), read_day(node.get("until"), findings)
    if begin is not None and first is not None and last is not None and first > last:
        findings.error(
            begin.mark,
            "term",
            f"this entry ends before it begins: `from` is {first}, `until` is {last}",
        )
        return Term()
    return Term(first, last)


def read_text(node: Node | None, findings: Findings) -> str | None:
    """Return the text at *node* on one line, None if there is none."""
    if node is None or node.text is None:
        return None
    text = " ".join(node.text.split())
    if text:
        return text
    findings.error(
        node.mark, "blank", f"{label(node.path)} is blank: write a text, or take it away"
    )
    node.spoil()
    return None


def read_required_text(node: Node | None, findings: Findings, why: str) -> str:
    """Return the text at *node* on one line; empty, told with *why* it must be, if it is blank."""
    if node is not None and node.text is not None and not node.text.strip():
        findings.error(node.mark, "blank", f"{label(node.path)} is blank: {why}")
        node.spoil()
        return ""
    return read_text(node, findings) or ""


def read_allowance(node: Node | None, findings: Findings) -> Allowance | None:
    """Return the count or percentage at *node*, None if there is none."""
    if node is None:
        return None
    if node.number is not None:
        return None if _ambiguous(node, findings) else Allowance(count=node.number)
    if node.text is None:
        return None
    found = _PERCENTAGE.fullmatch(node.text)
    if found is not None and Decimal(found[1]) <= 100:
        return Allowance(percent=Decimal(found[1]))
    findings.error(node.mark, "value", _percentage_problem(node))
    node.spoil()
    return None


def _percentage_problem(node: Node) -> str:
    text, name = node.text or "", label(node.path)
    if node.raw is not None:
        return f"{name} is a whole number or a percentage: write digits only, not `{node.raw}`"
    if re.fullmatch(r"[0-9]{1,7}", text):
        return f"{name} is a count (write `{int(text)}` without quotes) or a percentage (`10%`)"
    found = re.fullmatch(r"\s*(-?[0-9]{1,9}(?:[.,][0-9]+)?)\s*(%|percent|per cent|pct)?\s*", text)
    if found is None:
        return f"{name} is a count, like `25`, or a percentage, like `10%`, not `{shorten(text)}`"
    number = Decimal(found[1].replace(",", "."))
    if not 0 <= number <= 100:
        return f"{name} is a percentage from 0% to 100%, not `{shorten(text)}`"
    return (
        "write a percentage like `10%` or `12.5%`, with at most two decimals, "
        f"not `{shorten(text)}`"
    )


def read_count(node: Node | None, findings: Findings) -> int | None:
    """Return the whole number at *node*, None if there is none."""
    if node is None or node.number is None or _ambiguous(node, findings):
        return None
    return node.number


def _ambiguous(node: Node, findings: Findings) -> bool:
    """Tell a whole number that YAML readers disagree about: `010` is 8 to some."""
    if node.raw is None:
        return False
    findings.error(
        node.mark,
        "value",
        f"`{node.raw}` is read differently by different YAML readers: write `{node.number}`",
    )
    node.spoil()
    return True


def read_price(node: Node | None, findings: Findings) -> Decimal | None:
    """Return the price at *node* exactly as written, None if there is none."""
    if node is None:
        return None
    text = node.raw or str(node.value)
    if _PRICE.fullmatch(text):
        return Decimal(text)
    findings.error(
        node.mark,
        "price",
        f"{label(node.path)} is a price like `19` or `19.50`, with at most four decimals, "
        f"not `{shorten(text)}`",
    )
    node.spoil()
    return None


def read_currency(node: Node | None, findings: Findings) -> str | None:
    """Return the currency's three letters at *node*, None if there is none."""
    if node is None or node.text is None:
        return None
    if re.fullmatch(r"[A-Z]{3}", node.text):
        return node.text
    letters = node.text.strip().upper()
    known = _CURRENCIES.get(letters, letters)
    hint = f"write `{known}`" if re.fullmatch(r"[A-Z]{3}", known) else "like `USD` or `EUR`"
    findings.error(node.mark, "price", f"a currency is three capital letters: {hint}")
    node.spoil()
    return None
