"""Read the seats back: what shows has happened, whatever GitHub answered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reconciler.apply.confirm import confirmed
from reconciler.apply.state import Run
from reconciler.errors import GitHubError
from reconciler.model.observed import Row
from reconciler.model.plan import Change, PlannedChange
from reconciler.model.report import Result

_PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
LOST_PAUSES = (1.0, 2.0, 4.0)
"""Seconds before each reading after an answer that was lost."""


def confirm(run: Run, changes: Iterable[Change]) -> None:
    """Read the seats back until *changes* show, for as long as the pace allows."""
    waiting = {change.target: change for change in changes}
    pauses, waited = iter(_PAUSES), 0.0
    while waiting:
        rows = _rows(run)
        seen = [one for one in waiting.values() if rows is not None and shows(run, one, rows)]
        for change in seen:
            del waiting[change.target]
        run.done(seen)
        pause = next(pauses, _PAUSES[-1])
        if not waiting or waited + pause > run.pace.confirm:
            return
        run.pace.sleep(pause)
        waited += pause


def unseen(run: Run, batch: Sequence[Change]) -> list[Change]:
    """Look for *batch*, whose answer was lost, three times; return what does not show.

    Where the last of these readings fails nobody knows, and the run stops.
    """
    waiting = list(batch)
    trouble: GitHubError | None = None
    for pause in LOST_PAUSES:
        run.pace.sleep(pause)
        try:
            rows, trouble = run.planner.rows(waiting), None
        except GitHubError as error:
            trouble = error
            continue
        seen = [one for one in waiting if shows(run, one, rows)]
        run.done(seen)
        waiting = [one for one in waiting if one not in seen]
        if not waiting:
            return []
    if trouble is not None:
        run.stopped = f"the seats could not be read back: {trouble}"
    return waiting


def settle(run: Run) -> None:
    """Give an outcome to what was accepted and is not seen, and to what was refused and is seen."""
    rows = _rows(run) if run.refused else None
    shown = [one for one in run.refused if rows is not None and shows(run, one, rows)]
    run.done(shown, "refused, and already so on GitHub")
    for change in run.accepted.values():
        text = "accepted by GitHub, whose list does not show it yet"
        run.leave(change, Result.UNCONFIRMED, text)


def shows(run: Run, change: Change, rows: tuple[Row, ...]) -> bool:
    """Tell whether *rows* show that *change* has happened."""
    accepted = change.target in run.accepted
    return confirmed(PlannedChange.of(change), rows, run.now.observed, accepted=accepted)


def _rows(run: Run) -> tuple[Row, ...] | None:
    try:
        return run.planner.rows()
    except GitHubError as error:
        run.stopped = run.stopped or f"the seats could not be read back: {error}"
        return None
