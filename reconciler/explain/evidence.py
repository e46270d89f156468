"""Say what GitHub and the ledger know of a person's use of the seat, and what they can't tell."""

from __future__ import annotations

from datetime import datetime, timedelta

from reconciler.decide.inactivity import FORGOTTEN_AFTER, Start
from reconciler.decide.seats import Seat, is_ahead
from reconciler.decide.state import Look
from reconciler.explain.model import Clock, Fact, Remembered, Warned
from reconciler.model.plan import Decision, Plan
from reconciler.plan.notices import at_risk
from reconciler.wording.units import ago, day_of

# https://docs.github.com/en/copilot/reference/metrics-data
_ACTIVITY = (
    "counts suggestions and chat in an editor, chat on GitHub, on mobile and in the CLI, and "
    "summaries of pull requests; it can be 24 hours late, misses editors whose telemetry is off, "
    "and is forgotten after 90 days"
)
_SIGN_IN = "the last sign-in to Copilot, forgotten after 90 days; "
_COUNTS = "it counts as activity here (`authentication_counts: true`)"
_COUNTS_NOT = "it is no activity, but while it is recent nobody without activity is called idle"
_GIVEN = "when GitHub last gave the seat; activity before that day does not show"
_NEWEST = "of all seats: how fresh GitHub's data is"


def facts_of(look: Look, user_id: int, newest: datetime | None) -> tuple[Fact, ...]:
    """Return the evidence there is of a person's seat; *newest* is anybody's newest activity."""
    seat, now = look.seats.get(user_id), look.observed.now
    if seat is None:
        return ()
    counts = look.policy.authentication_counts
    return (
        Fact(
            "last_activity_at",
            seat.ahead or seat.last_activity_at,
            _activity_text(seat, now),
            _ACTIVITY,
        ),
        Fact(
            "last_authenticated_at",
            seat.last_authenticated_at,
            _time_text(seat.last_authenticated_at, now) or "none on record",
            _SIGN_IN + (_COUNTS if counts else _COUNTS_NOT),
        ),
        Fact("created_at", seat.created_at, _time_text(seat.created_at, now), _GIVEN),
        Fact("newest_activity_at", newest, _time_text(newest, now) or "none on record", _NEWEST),
    )


def _activity_text(seat: Seat, now: datetime) -> str:
    if seat.ahead is not None:
        return _time_text(seat.ahead, now)
    if seat.last_activity_at is not None:
        return _time_text(seat.last_activity_at, now)
    if now - seat.created_at > FORGOTTEN_AFTER:
        return "none on record: none in GitHub's 90 days, or telemetry is off"
    return "none on record since the seat was given; use through another organisation is not seen"


def _time_text(at: datetime | None, now: datetime) -> str:
    if at is None:
        return ""
    return "in the future: it proves nothing" if is_ahead(at, now) else ago(at, now)


def clock_of(look: Look, user_id: int) -> Clock | None:
    """Return the idle clock of a person's seat."""
    seat = look.seats.get(user_id)
    if seat is None:
        return None
    starts = look.policy.starts(seat)
    started = look.policy.clock(seat)
    start = next(one for one in _BY_CANDOUR if starts.get(one) == started)
    text = _STARTS[start]
    if start is Start.RESTART and _exemption_ended(look, user_id, started):
        text = "when an exemption ended"
    if start is Start.ACTIVITY and started != seat.last_activity_at:
        text = "at the last sign-in"
    return Clock(started, text, max(look.observed.now - started, timedelta(0)))


_BY_CANDOUR = (Start.ACTIVITY, Start.GIVEN, Start.RESTART, Start.CREATED)
_STARTS = {
    Start.ACTIVITY: "at the last activity",
    Start.GIVEN: "when the seat was given",
    Start.RESTART: "at a reinstatement",
    Start.CREATED: "when the seat was given from here",
}


def _exemption_ended(look: Look, user_id: int, at: datetime) -> bool:
    ended = (one for one in look.file.exempt if one.term.end == at)
    return any(user_id in look.names.people(one.name) for one in ended)


def remembered_of(look: Look, plan: Plan, decision: Decision) -> Remembered | None:
    """Return what the ledger remembers of a person, None without a ledger."""
    memory, user_id = look.memory, decision.id
    if memory is None:
        return None
    hold, seat = memory.holds.get(user_id), look.seats.get(user_id)
    clock = look.policy.clock(seat) if seat is not None else None
    return Remembered(
        hold=hold,
        over=_over(look, user_id) if hold is not None and look.hold(user_id) is None else None,
        warnings=tuple(
            Warned(at, clock is not None and at >= clock) for at in memory.warnings.get(user_id, ())
        ),
        to_warn=user_id in plan.records.warned and at_risk(look, user_id, decision),
        created=memory.creates.get(user_id),
        cancelled=memory.cancelled.get(user_id),
    )


def _over(look: Look, user_id: int) -> str:
    """Say why a hold that the ledger remembers does not stand any more."""
    if user_id in look.reinstated:
        return "ended by a `reinstate` entry"
    if not look.claims.lines(user_id):
        return "over: no personal claim stands any more"
    return "over: a line claims the person that did not when it began"


def hold_text(remembered: Remembered) -> str:
    """Say when a hold began and on what evidence."""
    hold = remembered.hold
    if hold is None:
        return ""
    known = (
        f"last active {day_of(hold.evidence)}" if hold.evidence else "no activity on record then"
    )
    over = f"; {remembered.over}" if remembered.over else ""
    return f"taken back {day_of(hold.began)} ({known}){over}"
