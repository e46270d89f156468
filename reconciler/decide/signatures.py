"""Name a state of rows and claims by a digest, so that "the same as then" can be asked."""

from __future__ import annotations

import hashlib

from reconciler.decide.state import Look
from reconciler.model.observed import Row
from reconciler.model.plan import Change, Resource


def row_text(row: Row) -> str:
    """Return what of a row matters for decisions, times excepted."""
    who = row.account.id if row.account is not None else 0
    return f"{who}/{row.team.id if row.team is not None else 0}/{row.pending}"


def signature(look: Look, change: Change) -> str:
    """Return what a refusal of *change* is remembered under.

    It changes when the person's rows (source or pending date) or the lines that claim them do, and
    for a team when the rows that name it or its claim do. A line is the same as long as its kind
    and the id it resolves to are: new dates or a new reason say nothing new.
    """
    by_id = look.rows_by_team if change.resource is Resource.TEAM else look.rows_by_person
    rows = [row_text(row) for row in by_id.get(change.id, ())]
    if change.resource is Resource.TEAM:
        claim = look.claims.teams.get(change.id)
        lines = [f"{claim.entry.assign}" if claim is not None else ""]
    else:
        claims = look.claims.people.get(change.id, ())
        lines = sorted({str(claim.line) for claim in claims})
    text = "|".join((*sorted(rows), "", *lines))
    return hashlib.sha256(text.encode()).hexdigest()[:32]
