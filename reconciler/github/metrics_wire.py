"""The shapes of GitHub's usage metrics, decoded into the nouns of `usage`; lenient as `wire` is.

Sources: https://docs.github.com/en/rest/copilot/copilot-usage-metrics and
https://docs.github.com/en/copilot/reference/copilot-usage-metrics (reports);
https://docs.github.com/en/enterprise-cloud@latest/rest/copilot/copilot-metrics (retired).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import Annotated

import msgspec

from reconciler.model.usage import Share, TeamDay, UsageDay, UserDay

_Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
_Id = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
_Nothing = Annotated[list[object], msgspec.Meta(max_length=0)]
_Amount = Annotated[float, msgspec.Meta(ge=0, le=1e15)]

_NONE = msgspec.Raw(b"null")


class _Links(msgspec.Struct):
    download_links: list[str] | None = None
    report_day: str | None = None
    report_start_day: str | None = None
    report_end_day: str | None = None


class _Part(msgspec.Struct, gc=False):
    """A row of any of the `totals_by_*` lists."""

    ide: str | None = None
    language: str | None = None
    code_generation_activity_count: _Count | None = None


class _Editor(msgspec.Struct, gc=False):
    ide: str | None = None


class _Language(msgspec.Struct, gc=False):
    language: str | None = None


class _User(msgspec.Struct):
    day: str
    user_id: _Id
    user_login: str | None = None
    user_initiated_interaction_count: _Count | None = None
    code_generation_activity_count: _Count | None = None
    code_acceptance_activity_count: _Count | None = None
    chat_panel_agent_mode: _Count | None = None
    chat_panel_ask_mode: _Count | None = None
    chat_panel_custom_mode: _Count | None = None
    chat_panel_edit_mode: _Count | None = None
    chat_panel_plan_mode: _Count | None = None
    chat_panel_unknown_mode: _Count | None = None
    ai_credits_used: _Amount | None = None
    totals_by_ide: list[_Editor] | None = None
    totals_by_language_feature: list[_Language] | None = None
    totals_by_cli: msgspec.Raw = _NONE
    totals_by_copilot_app: msgspec.Raw = _NONE
    totals_by_3rd_party_agent: msgspec.Raw = _NONE
    used_agent: bool | None = None
    used_chat: bool | None = None
    used_cli: bool | None = None
    used_copilot_app: bool | None = None
    used_copilot_cloud_agent: bool | None = None
    used_copilot_code_review_active: bool | None = None
    used_copilot_coding_agent: bool | None = None


class _Whole(msgspec.Struct):
    """A day of the organisation's report, or the 28-day report that holds many in `day_totals`."""

    day: str | None = None
    day_totals: list[msgspec.Raw] | None = None
    ai_credits_used: _Amount | None = None
    daily_active_users: _Count | None = None
    code_generation_activity_count: _Count | None = None
    code_acceptance_activity_count: _Count | None = None
    totals_by_ide: list[_Part] | None = None
    totals_by_language_feature: list[_Part] | None = None


class _TeamRow(msgspec.Struct):
    day: str
    user_id: _Id
    slug: str
    team_id: _Id | None = None


class _Named(msgspec.Struct):
    name: str | None = None
    total_engaged_users: _Count | None = None


class _Feature(msgspec.Struct):
    languages: list[_Named] | None = None
    editors: list[_Named] | None = None


class _MetricsDay(msgspec.Struct):
    date: str
    total_active_users: _Count | None = None
    total_engaged_users: _Count | None = None
    copilot_ide_code_completions: _Feature | None = None
    copilot_ide_chat: _Feature | None = None


class _Breakdown(msgspec.Struct):
    language: str | None = None
    editor: str | None = None
    suggestions_count: _Count | None = None
    active_users: _Count | None = None


class _UsageDay(msgspec.Struct):
    day: str
    total_active_users: _Count | None = None
    total_suggestions_count: _Count | None = None
    total_acceptances_count: _Count | None = None
    breakdown: list[_Breakdown] | None = None


_read_links = msgspec.json.Decoder(_Links | _Nothing | None).decode
_read_any = msgspec.json.Decoder().decode
_read_user = msgspec.json.Decoder(_User).decode
_read_whole = msgspec.json.Decoder(_Whole).decode
_read_team = msgspec.json.Decoder(_TeamRow).decode
_read_metrics = msgspec.json.Decoder(list[_MetricsDay]).decode
_read_usage = msgspec.json.Decoder(list[_UsageDay]).decode


def links(body: bytes) -> tuple[tuple[str, ...], date | None, date | None]:
    """Decode where a report's files are, and its first and last day."""
    found = _read_links(body) if body.strip() else None  # 204 has no body
    if not isinstance(found, _Links):
        return (), None, None
    first, last = found.report_start_day, found.report_end_day
    return (
        tuple(found.download_links or ()),
        _day(first or found.report_day),
        _day(last or found.report_day),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text[:10]) if text else None


@lru_cache(1024)
def _certain(text: str) -> date:
    return date.fromisoformat(text[:10])


# --- rows of a report -------------------------------------------------------------------------


def user_row(text: str) -> tuple[UserDay | Exception, ...]:
    """Decode a row of the users report."""
    row = _read_user(text)
    return (
        UserDay(
            day=_certain(row.day),
            user_id=row.user_id,
            login=row.user_login or f"id {row.user_id}",
            engaged=_engaged(row),
            languages=_distinct(*[one.language for one in row.totals_by_language_feature or ()]),
            editors=_distinct(*[one.ide for one in row.totals_by_ide or ()]),
            suggestions=row.code_generation_activity_count or 0,
            acceptances=row.code_acceptance_activity_count or 0,
            credits=row.ai_credits_used,
        ),
    )


def _engaged(row: _User) -> bool:
    """Return whether the person accepted or asked for something, in any product."""
    return bool(
        row.user_initiated_interaction_count
        or row.code_acceptance_activity_count
        or row.used_agent
        or row.used_chat
        or row.used_cli
        or row.used_copilot_app
        or row.used_copilot_cloud_agent
        or row.used_copilot_coding_agent
        or row.used_copilot_code_review_active
        or row.chat_panel_agent_mode
        or row.chat_panel_ask_mode
        or row.chat_panel_custom_mode
        or row.chat_panel_edit_mode
        or row.chat_panel_plan_mode
        or row.chat_panel_unknown_mode
        or _counts(_read_any(row.totals_by_cli))
        or _counts(_read_any(row.totals_by_copilot_app))
        or _counts(_read_any(row.totals_by_3rd_party_agent))
    )


def _counts(totals: object) -> bool:
    """Return whether any number in *totals* is positive; their shapes differ by product."""
    if isinstance(totals, dict):
        return any(_counts(value) for key, value in totals.items() if not key.endswith("id"))
    if isinstance(totals, list):
        return any(map(_counts, totals))
    return isinstance(totals, int | float) and totals > 0


@lru_cache(4096)
def _distinct(*names: str | None) -> tuple[str, ...]:
    """Return each of *names* once, and the same object for the same ones."""
    return tuple(dict.fromkeys(name for name in names if name))


def organization_row(text: str) -> tuple[UsageDay | Exception, ...]:
    """Decode a row of the organisation's report: one day, or all days of the 28."""
    row = _read_whole(text)
    if row.day_totals is None:
        return (_whole(row),)
    return tuple(map(_day_total, row.day_totals))


def _day_total(raw: msgspec.Raw) -> UsageDay | Exception:
    try:
        return _whole(_read_whole(raw))
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        return error


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
        credits=row.ai_credits_used,
    )


def _counted(parts: Iterable[tuple[str | None, _Part]]) -> tuple[Share, ...]:
    counts: dict[str, int] = {}
    for name, part in parts:
        if name:
            counts[name] = counts.get(name, 0) + (part.code_generation_activity_count or 0)
    return tuple(Share(name, None, count) for name, count in counts.items())


def team_row(text: str) -> tuple[TeamDay | Exception, ...]:
    """Decode a row of the user-teams report."""
    row = _read_team(text)
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
