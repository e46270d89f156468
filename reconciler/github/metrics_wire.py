"""The shapes of GitHub's usage metrics, decoded into the nouns of `usage`; lenient as `wire` is.

Sources: https://docs.github.com/en/rest/copilot/copilot-usage-metrics and
https://docs.github.com/en/copilot/reference/copilot-usage-metrics (reports);
https://docs.github.com/en/enterprise-cloud@latest/rest/copilot/copilot-metrics (retired).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import msgspec

from reconciler.usage import Share, TeamDay, UsageDay, UserDay


class _Links(msgspec.Struct):
    download_links: list[str] | None = None
    report_day: str | None = None
    report_start_day: str | None = None
    report_end_day: str | None = None


class _Part(msgspec.Struct):
    """A row of any of the `totals_by_*` lists."""

    ide: str | None = None
    language: str | None = None
    code_generation_activity_count: int | None = None


class _User(msgspec.Struct):
    day: str
    user_id: int
    user_login: str | None = None
    user_initiated_interaction_count: int | None = None
    code_generation_activity_count: int | None = None
    code_acceptance_activity_count: int | None = None
    totals_by_ide: list[_Part] | None = None
    totals_by_language_feature: list[_Part] | None = None
    used_agent: bool | None = None
    used_chat: bool | None = None
    used_cli: bool | None = None


class _Whole(msgspec.Struct):
    """A day of the organisation's report, or the 28-day report that holds many in `day_totals`."""

    day: str | None = None
    day_totals: list[_Whole] | None = None
    daily_active_users: int | None = None
    code_generation_activity_count: int | None = None
    code_acceptance_activity_count: int | None = None
    totals_by_ide: list[_Part] | None = None
    totals_by_language_feature: list[_Part] | None = None


class _TeamRow(msgspec.Struct):
    day: str
    user_id: int
    slug: str
    team_id: int | None = None


class _Named(msgspec.Struct):
    name: str | None = None
    total_engaged_users: int | None = None


class _Feature(msgspec.Struct):
    languages: list[_Named] | None = None
    editors: list[_Named] | None = None


class _MetricsDay(msgspec.Struct):
    date: str
    total_active_users: int | None = None
    total_engaged_users: int | None = None
    copilot_ide_code_completions: _Feature | None = None
    copilot_ide_chat: _Feature | None = None


class _Breakdown(msgspec.Struct):
    language: str | None = None
    editor: str | None = None
    suggestions_count: int | None = None
    active_users: int | None = None


class _UsageDay(msgspec.Struct):
    day: str
    total_active_users: int | None = None
    total_suggestions_count: int | None = None
    total_acceptances_count: int | None = None
    breakdown: list[_Breakdown] | None = None


_read_links = msgspec.json.Decoder(_Links).decode
_read_user = msgspec.json.Decoder(_User).decode
_read_whole = msgspec.json.Decoder(_Whole).decode
_read_team = msgspec.json.Decoder(_TeamRow).decode
_read_metrics = msgspec.json.Decoder(list[_MetricsDay]).decode
_read_usage = msgspec.json.Decoder(list[_UsageDay]).decode


def links(body: bytes) -> tuple[tuple[str, ...], date | None, date | None]:
    """Decode where a report's files are, and its first and last day."""
    if not body:  # 204: there is no such report
        return (), None, None
    found = _read_links(body)
    first, last = found.report_start_day, found.report_end_day
    return (
        tuple(found.download_links or ()),
        _day(first or found.report_day),
        _day(last or found.report_day),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text[:10]) if text else None


def _certain(text: str) -> date:
    return date.fromisoformat(text[:10])


# --- lines of a report ------------------------------------------------------------------------


def user_line(line: bytes) -> tuple[UserDay, ...]:
    """Decode a line of the users report."""
    row = _read_user(line)
    asked, accepted = row.user_initiated_interaction_count, row.code_acceptance_activity_count
    return (
        UserDay(
            day=_certain(row.day),
            user_id=row.user_id,
            login=row.user_login or f"id {row.user_id}",
            engaged=bool(asked or accepted or row.used_agent or row.used_chat or row.used_cli),
            languages=_names(part.language for part in row.totals_by_language_feature or ()),
            editors=_names(part.ide for part in row.totals_by_ide or ()),
            suggestions=row.code_generation_activity_count or 0,
            acceptances=accepted or 0,
        ),
    )


def _names(names: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name))


def organization_line(line: bytes) -> tuple[UsageDay, ...]:
    """Decode a line of the organisation's report: one day, or all days of the 28."""
    row = _read_whole(line)
    days = row.day_totals if row.day_totals is not None else [row]
    return tuple(_whole(one) for one in days)


def _whole(row: _Whole) -> UsageDay:
    if row.day is None:
        raise ValueError("a day's totals without `day`")
    return UsageDay(
        day=_certain(row.day),
        active=row.daily_active_users,
        languages=_counted((one.language, one) for one in row.totals_by_language_feature or ()),
        editors=_counted((one.ide, one) for one in row.totals_by_ide or ()),
        suggestions=row.code_generation_activity_count,
        acceptances=row.code_acceptance_activity_count,
    )


def _counted(parts: Iterable[tuple[str | None, _Part]]) -> tuple[Share, ...]:
    counts: dict[str, int] = {}
    for name, part in parts:
        if name:
            counts[name] = counts.get(name, 0) + (part.code_generation_activity_count or 0)
    return tuple(Share(name, None, count) for name, count in counts.items())


def team_line(line: bytes) -> tuple[TeamDay, ...]:
    """Decode a line of the user-teams report."""
    row = _read_team(line)
    return (TeamDay(_certain(row.day), row.user_id, row.team_id, row.slug),)


# --- what GitHub retired ----------------------------------------------------------------------


def metrics_page(body: bytes) -> tuple[tuple[UsageDay, ...], int | None]:
    """Decode a page of `…/copilot/metrics`; such lists have no count."""
    return tuple(_metrics_day(day) for day in _read_metrics(body)), None


def _metrics_day(day: _MetricsDay) -> UsageDay:
    completions = day.copilot_ide_code_completions or _Feature()
    chat = day.copilot_ide_chat or _Feature()
    return UsageDay(
        day=_certain(day.date),
        active=day.total_active_users,
        engaged=day.total_engaged_users,
        languages=_most((one.name, one.total_engaged_users) for one in completions.languages or ()),
        editors=_most(
            (one.name, one.total_engaged_users)
            for one in (*(completions.editors or ()), *(chat.editors or ()))
        ),
    )


def usage_page(body: bytes) -> tuple[tuple[UsageDay, ...], int | None]:
    """Decode a page of `…/copilot/usage`; such lists have no count."""
    return tuple(_usage_day(day) for day in _read_usage(body)), None


def _usage_day(day: _UsageDay) -> UsageDay:
    parts = day.breakdown or []
    return UsageDay(
        day=_certain(day.day),
        active=day.total_active_users,
        languages=_most((one.language, one.active_users) for one in parts),
        editors=_most((one.editor, one.active_users) for one in parts),
        suggestions=day.total_suggestions_count,
        acceptances=day.total_acceptances_count,
    )


def _most(people: Iterable[tuple[str | None, int | None]]) -> tuple[Share, ...]:
    """Return the most people seen at once under each name: the same may be in several parts."""
    found: dict[str, int] = {}
    for name, count in people:
        if name:
            found[name] = max(found.get(name, 0), count or 0)
    return tuple(Share(name, count) for name, count in found.items())
