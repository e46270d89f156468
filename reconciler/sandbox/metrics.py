"""Usage metrics that follow from the world: who was active on which day, and how much.

GitHub's feed of activity says one moment a person. The days before it are made up, always the same
for the same person and day: three working days in five.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from reconciler.sandbox.people import OrgTeam, Person
from reconciler.sandbox.state import State

Json = dict[str, object]

FEWEST = 5
"""GitHub tells nothing of groups of fewer people."""

DELAY = timedelta(days=2)
"""A report is complete two full days after its day."""


@dataclass(frozen=True, slots=True)
class Work:
    """What one person did with Copilot on one day."""

    person: Person
    editor: str
    suggested: int
    accepted: int
    chats: int


def days_until(last: date, count: int) -> list[date]:
    """Return the *count* days that end with *last*, oldest first."""
    return [last - timedelta(days=back) for back in range(count - 1, -1, -1)]


def work_on(state: State, day: date, people: Iterable[Person] | None = None) -> list[Work]:
    """Return what each of *people* (everyone with a seat, by default) did on *day*."""
    among = None if people is None else {person.id for person in people}
    seen: dict[int, Work] = {}
    for row in state.reading(begins=False).rows:
        person = row.person
        if person is None or (among is not None and person.id not in among):
            continue
        if row.created_at.date() <= day and _active(state, person, day):
            seen[person.id] = _work(person, day)
    return list(seen.values())


def _active(state: State, person: Person, day: date) -> bool:
    last = person.usage.seen(state.now, state.lag)
    if last is None or day > last.date():
        return False
    return day == last.date() or (day.weekday() < 5 and _chance(person, day) % 5 < 3)


def _chance(person: Person, day: date) -> int:
    return zlib.crc32(f"{person.id} {day}".encode())


def _work(person: Person, day: date) -> Work:
    suggested = 10 + _chance(person, day) % 90
    editor = (person.usage.editor or "unknown").split("/", 1)[0].lower()
    return Work(person, editor, suggested, suggested // 3, _chance(person, day) % 7)


# --- the reports of today's API ------------------------------------------------------------


def users_day(state: State, day: date) -> list[Json]:
    """Return the rows of the users report: one a person who was active."""
    return [_user_row(state, work, day) for work in work_on(state, day)]


def _user_row(state: State, work: Work, day: date) -> Json:
    return {
        "day": day.isoformat(),
        "organization_id": str(state.id),
        "user_id": work.person.id,
        "user_login": work.person.login,
        **_counts([work]),
        "used_agent": False,
        "used_chat": work.chats > 0,
        "used_cli": False,
        "ai_credits_used": float(work.chats),
        "totals_by_ide": [{"ide": work.editor, **_counts([work])}],
        "totals_by_language_feature": [
            {"language": "python", "feature": "code_completion", **_code_counts([work])}
        ],
    }


def _counts(works: Sequence[Work]) -> Json:
    asked = sum(work.chats for work in works)
    return {"user_initiated_interaction_count": asked, **_code_counts(works)}


def _code_counts(works: Sequence[Work]) -> Json:
    suggested = sum(work.suggested for work in works)
    accepted = sum(work.accepted for work in works)
    return {
        "code_generation_activity_count": suggested,
        "code_acceptance_activity_count": accepted,
        "loc_suggested_to_add_sum": suggested * 2,
        "loc_suggested_to_delete_sum": 0,
        "loc_added_sum": accepted * 2,
        "loc_deleted_sum": 0,
    }


def organization_days(state: State, days: Sequence[date]) -> list[Json]:
    """Return the rows of the organisation report, one for each of *days*."""
    needed = {each for day in days for each in days_until(day, 28)}
    works = {day: work_on(state, day) for day in sorted(needed)}
    active = {day: {work.person.id for work in works[day]} for day in works}
    return [
        {
            "day": day.isoformat(),
            "organization_id": str(state.id),
            "daily_active_users": len(active[day]),
            "weekly_active_users": len(set().union(*(active[one] for one in days_until(day, 7)))),
            "monthly_active_users": len(set().union(*(active[one] for one in days_until(day, 28)))),
            **_counts(works[day]),
        }
        for day in days
    ]


def teams_day(state: State, day: date) -> list[Json]:
    """Return the rows of the user-teams report: one a person and team, for teams large enough."""
    rows: list[Json] = []
    for team in state.directory.teams.values():
        seated = [one for one in state.directory.team_members(team) if state.seats.of(one.id)]
        if len(seated) >= FEWEST:
            rows += [_team_row(state, team, person, day) for person in seated]
    return rows


def _team_row(state: State, team: OrgTeam, person: Person, day: date) -> Json:
    return {
        "day": day.isoformat(),
        "organization_id": str(state.id),
        "user_id": person.id,
        "user_login": person.login,
        "team_id": team.id,
        "slug": team.slug,
    }


# --- the shapes of the retired operations --------------------------------------------------


def metrics_day(works: Sequence[Work], day: date) -> Json:
    """Return one day as `…/copilot/metrics` showed it until April 2026."""
    chatting = [work for work in works if work.chats]
    editors = sorted({work.editor for work in works})
    return {
        "date": day.isoformat(),
        "total_active_users": len(works),
        "total_engaged_users": len(works),
        "copilot_ide_code_completions": {
            "total_engaged_users": len(works),
            "languages": [{"name": "python", "total_engaged_users": len(works)}],
            "editors": [_editor([w for w in works if w.editor == name], name) for name in editors],
        },
        "copilot_ide_chat": {"total_engaged_users": len(chatting), "editors": []},
        "copilot_dotcom_chat": {"total_engaged_users": 0, "models": []},
        "copilot_dotcom_pull_requests": {"total_engaged_users": 0, "repositories": []},
    }


def _editor(works: Sequence[Work], name: str) -> Json:
    suggested = sum(work.suggested for work in works)
    accepted = sum(work.accepted for work in works)
    language = {
        "name": "python",
        "total_engaged_users": len(works),
        "total_code_suggestions": suggested,
        "total_code_acceptances": accepted,
        "total_code_lines_suggested": suggested * 2,
        "total_code_lines_accepted": accepted * 2,
    }
    model = {
        "name": "default",
        "is_custom_model": False,
        "custom_model_training_date": None,
        "total_engaged_users": len(works),
        "languages": [language],
    }
    return {"name": name, "total_engaged_users": len(works), "models": [model]}


def usage_day(works: Sequence[Work], day: date) -> Json:
    """Return one day as `…/copilot/usage` showed it until 2025."""
    suggested = sum(work.suggested for work in works)
    accepted = sum(work.accepted for work in works)
    return {
        "day": day.isoformat(),
        "total_suggestions_count": suggested,
        "total_acceptances_count": accepted,
        "total_lines_suggested": suggested * 2,
        "total_lines_accepted": accepted * 2,
        "total_active_users": len(works),
        "total_chat_acceptances": 0,
        "total_chat_turns": sum(work.chats for work in works),
        "total_active_chat_users": sum(work.chats > 0 for work in works),
        "breakdown": [
            _usage_by([work for work in works if work.editor == editor], editor)
            for editor in sorted({work.editor for work in works})
        ],
    }


def _usage_by(works: Sequence[Work], editor: str) -> Json:
    suggested = sum(work.suggested for work in works)
    accepted = sum(work.accepted for work in works)
    return {
        "language": "python",
        "editor": editor,
        "suggestions_count": suggested,
        "acceptances_count": accepted,
        "lines_suggested": suggested * 2,
        "lines_accepted": accepted * 2,
        "active_users": len(works),
    }
