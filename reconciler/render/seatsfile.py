"""Write a seats file that says what an organisation is today, and in comments what it can't say."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import date

from reconciler.decide.seats import Seat, seats_by_person
from reconciler.model.desired import Undeclared
from reconciler.model.observed import Observed
from reconciler.render.escape import visible
from reconciler.wording.units import plural

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*")
_WORDS = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}


def seats_file(
    observed: Observed,
    undeclared: Undeclared = Undeclared.CANCEL,
    refused: frozenset[str] = frozenset(),
    unlisted: tuple[str, ...] = (),
) -> str:
    """Return the text of a file whose plan for *observed* has no changes.

    *refused* are names that no file may hold, as `named_on` tells them: they are left out.
    *unlisted* are teams that give seats and that GitHub's list of teams does not have.
    """
    seats = tuple(seats_by_person(observed.rows, observed.now).values())
    slugs = {row.team.slug for row in observed.rows if row.live and row.team and row.team.ours}
    teams = sorted(slug for slug in slugs if scalar(slug) not in refused)
    direct = (seat for seat in seats if seat.direct and scalar(seat.login) not in refused)
    users = sorted(direct, key=lambda seat: seat.login.lower())
    org = visible(observed.organization.login)
    return "\n".join(
        (
            f"# GitHub Copilot seats of {org}, as found on {observed.today}.",
            "# `copilot-seats plan` shows what a change of this file would do.",
            *_remarks(observed, seats, refused, unlisted),
            "version: 1",
            f"org: {scalar(observed.organization.login)}",
            "",
            "seats:",
            *_teams(teams),
            *_users(users),
            f"  undeclared: {undeclared}  # seats that no line claims: cancel or keep",
            "",
            "# Take idle seats back; see `copilot-seats plan` before you merge it.",
            "# inactivity:",
            "#   policy: standard  # warn at 30 days, cancel at 60; never used: 30",
            "",
        )
    )


def named_on(line: str) -> str:
    """Return the name that stands on *line* of a file's text, as it stands there."""
    return line.strip().removeprefix("- ").removeprefix("user: ")


def scalar(text: str) -> str:
    """Return *text* as a YAML scalar that YAML reads as that text and nothing else."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return json.dumps(text)


def entry(pairs: Iterable[tuple[str, str | int | date]]) -> str:
    """Return an entry of a list as one line of YAML; `…` stands where words are to be written."""
    shown = (f"{key}: {_value(value)}" for key, value in pairs)
    return f"- {{{', '.join(shown)}}}"


def _value(value: str | int | date) -> str:
    return str(value) if not isinstance(value, str) or value == "…" else scalar(value)


def _teams(slugs: list[str]) -> Iterable[str]:
    if not slugs:
        return ("  teams: []",)
    return ("  teams:", *(f"    - {scalar(slug)}" for slug in slugs))


def _users(seats: list[Seat]) -> Iterable[str]:
    if not seats:
        return ("  users: []",)
    lines = (
        line
        for seat in seats
        for line in (f"    - user: {scalar(seat.login)}", f"      id: {seat.user_id}")
    )
    return ("  users:", *lines)


def _left_alone(observed: Observed, seats: tuple[Seat, ...]) -> Iterable[str]:
    """Report rows that are another's, or that are not understood."""
    slugs = sorted({row.team.slug for row in observed.rows if row.team and row.team.unlisted})
    if slugs:
        count = sum(any(team.unlisted for team in seat.teams) for seat in seats)
        people, names = plural(count, "person", "people"), ", ".join(map(visible, slugs))
        yield f"{people} seated through teams that the organisation does not list ({names})."
    if observed.foreign:
        yield f"{plural(len(observed.foreign), 'seat')} granted by another organisation."
    if observed.unread:
        rows = plural(len(observed.unread), "row")
        yield f"{rows} not understood: no seat is cancelled while GitHub's list has such rows."


def _remarks(
    observed: Observed, seats: tuple[Seat, ...], refused: frozenset[str], unlisted: tuple[str, ...]
) -> list[str]:
    """Say what of the organisation a file can't express."""
    remarks: list[str] = []
    if refused:
        names = ", ".join(sorted(refused))
        remarks.append(f"No file can name {names}: what they hold is kept as undeclared.")
    enterprise = sorted(
        {row.team.slug for row in observed.rows if row.team is not None and row.team.enterprise}
    )
    if enterprise:
        count = sum(any(team.enterprise for team in seat.teams) for seat in seats)
        names = ", ".join(map(visible, enterprise))
        people = plural(count, "person", "people")
        remarks.append(
            f"{people} seated through enterprise teams ({names}): set in the enterprise."
        )
    remarks += _left_alone(observed, seats)
    unassigned = sum(row.account is None for row in observed.rows)
    if unassigned:
        remarks.append(f"{plural(unassigned, 'seat')} without an assignee: nobody can claim them.")
    pending = [seat for seat in seats if not seat.live]
    if pending:
        names = ", ".join(sorted((visible(seat.login) for seat in pending), key=str.lower)[:20])
        more = ", ..." if len(pending) > 20 else ""
        remarks.append(f"Pending cancellation and left to end, so not listed: {names}{more}.")
    setting = observed.billing.seat_management_setting
    if setting != "assign_selected":
        shown = visible(setting or "not told")
        remarks.append(
            f"The organisation's setting is {shown}: nothing can be changed until it is "
            "assign_selected (selected members)."
        )
    if unlisted:
        names = ", ".join(map(visible, unlisted))
        remarks.append(
            f"GitHub names {names} among the seats and not among the teams: while that is "
            "so, guard unknown_team holds all deletes back."
        )
    if not remarks:
        return []
    return ["#", "# What this file can't express:", *(f"# - {remark}" for remark in remarks)]
