"""Usage metrics as text with small plots, as JSON and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from reconciler import canonical_json
from reconciler.model.usage import SeatUse, Share, Usage, UsageDay, average
from reconciler.render.escape import terminal, visible
from reconciler.wording.units import plural

_WIDTH = 30
_MOST_SHARES = 12
_EIGHTHS = " ▏▎▍▌▋▊▉"
_COLUMNS = (
    *("day", "active", "engaged", "suggestions", "acceptances", "ai_credits_used"),
    *("seats_held", "languages", "editors"),
)
"""`seats_held` is empty: how many seats were held on a past day is not known."""

_FORMULA = ("=", "+", "-", "@")


def as_text(usage: Usage, *, blocks: bool = True) -> str:
    """Return *usage* for people; *blocks* draws plots with block characters instead of `#`."""
    shown = [
        _days(usage.days, blocks),
        _credits(usage.days),
        _seats(usage.seats),
        _shares("Languages", usage.languages, blocks),
        _shares("Editors", usage.editors, blocks),
    ]
    parts = [
        _opening(usage),
        *(shown if usage.sources else ()),
        "\n".join(f"Note: {visible(note)}" for note in usage.notes),
        "Metrics count members, seated or not, and neither chat on GitHub.com nor on mobiles.",
    ]
    return terminal("\n\n".join(part for part in parts if part)) + "\n"


def _opening(usage: Usage) -> str:
    whom = usage.organization if usage.team is None else f"{usage.team} in {usage.organization}"
    days = usage.days
    span = f", {days[0].day} to {days[-1].day} ({plural(len(days), 'day')})" if days else ""
    sources = f"\n  from {', '.join(usage.sources)}" if usage.sources else ""
    return f"Usage of {visible(whom)}{span}{sources}"


def _days(days: Sequence[UsageDay], blocks: bool) -> str:
    if not days:
        return "No day of those asked for is in the metrics."
    most = max((day.active or 0 for day in days), default=0)
    rows = ["  day             active  engaged"]
    rows += [
        f"  {day.day} {day.day:%a}  {_number(day.active):>6}  {_number(day.engaged):>7}  "
        f"{_bar(day.active, most, blocks)}".rstrip()
        for day in days
    ]
    active, engaged = average(day.active for day in days), average(day.engaged for day in days)
    rows.append(f"  {'average':<14}  {_rounded(active):>6}  {_rounded(engaged):>7}")
    return "\n".join(rows)


def _credits(days: Sequence[UsageDay]) -> str:
    known = [day.credits for day in days if day.credits is not None]
    return f"AI credits used: {sum(known):,.10g}" if known else ""


def _seats(seats: SeatUse | None) -> str:
    if seats is None:
        return ""
    lines = [f"Seats: {plural(seats.held, 'person', 'people')} hold one now"]
    if seats.used is not None:
        lines.append(f"  {seats.used} of them{_percent(seats.used, seats.held)} are in the metrics")
    lines.append(
        f"  {seats.seen} of them{_percent(seats.seen, seats.held)} were active since the first day,"
        " by the seat list"
    )
    return "\n".join(lines)


def _percent(part: int, whole: int) -> str:
    return f" ({part * 100 / whole:.0f} %)" if whole else ""


def _shares(title: str, shares: Sequence[Share], blocks: bool) -> str:
    if not shares:
        return f"{title}: the metrics name none."
    people = shares[0].people is not None
    counts = [one.people if people else one.suggestions for one in shares]
    width = max(len(visible(one.name)) for one in shares[:_MOST_SHARES])
    rows = [f"{title}, by {'people' if people else 'suggestions'}"]
    rows += [
        f"  {visible(one.name):<{width}}  {_number(count):>6}  "
        f"{_bar(count, max(number or 0 for number in counts), blocks)}".rstrip()
        for one, count in zip(shares[:_MOST_SHARES], counts, strict=False)
    ]
    if len(shares) > _MOST_SHARES:
        rows.append(f"  and {len(shares) - _MOST_SHARES} more")
    return "\n".join(rows)


def _bar(count: int | None, most: int, blocks: bool) -> str:
    if not count or not most:
        return ""
    eighths = max(1, round(count * _WIDTH * 8 / most))
    if not blocks:
        return "#" * max(1, eighths // 8)
    whole, rest = divmod(eighths, 8)
    return "█" * whole + (_EIGHTHS[rest] if rest else "")


def _number(count: int | None) -> str:
    return "-" if count is None else str(count)


def _rounded(mean: float | None) -> str:
    return "-" if mean is None else f"{mean:.0f}"


# --- for machines -------------------------------------------------------------------------------


def as_json(usage: Usage) -> str:
    """Return *usage* as JSON."""
    seats = usage.seats
    document: dict[str, object] = {
        "format_version": "1.0",
        "organization": usage.organization,
        "team": usage.team,
        "sources": list(usage.sources),
        "days": [_day_document(day) for day in usage.days],
        "seats": seats and {"held": seats.held, "used": seats.used, "seen": seats.seen},
        "languages": _share_documents(usage.languages),
        "editors": _share_documents(usage.editors),
        "notes": list(usage.notes),
    }
    return canonical_json.pretty(document)


def _day_document(day: UsageDay) -> dict[str, object]:
    return {
        "day": day.day.isoformat(),
        "active": day.active,
        "engaged": day.engaged,
        "suggestions": day.suggestions,
        "acceptances": day.acceptances,
        "ai_credits_used": day.credits,
        "languages": _share_documents(day.languages),
        "editors": _share_documents(day.editors),
    }


def _share_documents(shares: Iterable[Share]) -> list[dict[str, object]]:
    return [
        {"name": one.name, "people": one.people, "suggestions": one.suggestions} for one in shares
    ]


def as_csv(usage: Usage) -> str:
    """Return the days as CSV, one row a day; languages and editors as `name=people` pairs."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for day in usage.days:
        writer.writerow(
            (
                day.day.isoformat(),
                *map(_cell, (day.active, day.engaged, day.suggestions, day.acceptances)),
                "" if day.credits is None else f"{day.credits:.10g}",
                "",
                _pairs(day.languages),
                _pairs(day.editors),
            )
        )
    return out.getvalue()


def _cell(count: int | None) -> str:
    return "" if count is None else str(count)


def _pairs(shares: Iterable[Share]) -> str:
    """Return the pairs in one cell; a spreadsheet must not take a name for a formula."""
    text = "; ".join(
        f"{visible(one.name)}={_cell(one.people if one.people is not None else one.suggestions)}"
        for one in shares
    )
    return f"'{text}" if text.startswith(_FORMULA) else text
