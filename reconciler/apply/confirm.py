"""Tell from the seat list whether a change has happened: GitHub's own counts prove nothing."""

from __future__ import annotations

from reconciler.model.observed import Observed, Row
from reconciler.model.plan import Action, PlannedChange, Resource


def confirmed(
    change: PlannedChange, rows: tuple[Row, ...], observed: Observed, *, accepted: bool = True
) -> bool:
    """Tell whether *rows* show that *change* has happened; *observed* knows the teams' members.

    That a person, or every member of a created team, holds a seat by whatever way says something
    only where GitHub has *accepted* the create, or where they held none when *observed* was read.
    """
    live = [row for row in rows if row.live]
    creates = change.action is Action.CREATE
    if change.resource is Resource.USER:
        mine = [row for row in live if row.account is not None and row.account.id == change.id]
        direct = any(row.direct for row in mine)
        if creates and not accepted and _held(change.id, observed):
            return direct
        return bool(mine) if creates else not direct
    named = any(row.team is not None and row.team.ours and row.team.id == change.id for row in live)
    if not creates:
        return not named
    members = {one.id for one in observed.team_members.get(change.id, ())}
    seated = {row.account.id for row in live if row.account is not None}
    return named or (accepted and bool(members) and members <= seated)


def _held(user_id: int, observed: Observed) -> bool:
    return any(
        row.live and row.account is not None and row.account.id == user_id for row in observed.rows
    )
