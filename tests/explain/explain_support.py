"""One organisation with one person of every kind, and the real command to explain them."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from reconciler.cli import entry
from reconciler.ledger import Ledger
from reconciler.model.memory import ClaimLine, Hold, Source
from reconciler.model.observed import Organization
from reconciler.model.plan import Records

Json = dict[str, Any]

NOW = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)
ACME = Organization(70211, "acme", "https://api.github.com")

_WHO = """
octocat hubot wanda wendy ida holly petra rhea una expi nora iris olaf redd tess lisa ned stray goer
ent-only old-name build-bot bo cora gone-er plain absent quinn tia newbie
"""
PEOPLE = tuple(_WHO.split())
IDS = {login: 2001 + 10 * number for number, login in enumerate(PEOPLE)}
TEAMS = {"platform": 501, "data-science": 502, "interns": 503, "contractors": 504, "hackathon": 505}

FILE = """\
version: 1
org: acme
seats:
  teams:
    - platform
    - team: data-science
      assign: members
      except: [build-bot]
      reason: pilot programme
    - {team: interns, until: 2026-12-31}
  users:
    - octocat
    - {user: hubot, id: 2011, until: 2026-12-31, reason: release automation}
    - wanda
    - wendy
    - ida
    - holly
    - petra
    - rhea
    - una
    - {user: expi, until: 2026-10-31, reason: hackathon}
    - {user: nora, from: 2027-01-01}
    - iris
    - olaf
    - {user: renamed-since, id: 2201}
    - newbie
    - cora
  undeclared: cancel
inactivity:
  policy: standard
  rules:
    - name: contractors
      teams: [contractors]
      idle: {cancel: 21d}
    - name: watch
      idle: {cancel: 30d}
      mode: observe
exempt:
  - {user: lisa, reason: parental leave, until: 2027-01-31}
guards:
  max_cancellations_per_cycle: 90%
"""


def row(
    login: str,
    team: str | None = None,
    *,
    given: str = "-200d",
    active: str | None = "-2d",
    signed_in: str | None = None,
    pending: str | None = None,
) -> Json:
    """Return a row of the snapshot's seat list, direct unless *team* gives it."""
    return {
        "assignee": {"login": login, "id": IDS[login]},
        "assigning_team": None if team is None else team_of(team),
        "created_at": given,
        "pending_cancellation_date": pending,
        "last_activity_at": active,
        "last_authenticated_at": signed_in or active,
        "plan_type": "business",
    }


def team_of(slug: str) -> Json:
    if slug.startswith("ent:"):
        return {"id": 900, "slug": slug, "name": "Staff", "type": "enterprise"}
    return {"id": TEAMS[slug], "slug": slug, "name": slug.title()}


SEATS = [
    row("octocat"),
    row("hubot", active="-36h"),
    row("wanda", active="-45d"),
    row("wendy", active="-40d"),
    row("ida", active="-75d"),
    row("petra", active="-80d", pending="next-cycle"),
    row("rhea", active="-3d", pending="next-cycle"),
    row("una", active=None, signed_in="-20d"),
    row("expi"),
    row("nora"),
    row("olaf"),
    row("redd"),
    row("redd", "platform"),
    row("tess", "platform", active="-81d"),
    row("tia", "interns"),
    row("lisa", active="-81d"),
    row("stray", active="-50d"),
    row("goer", "hackathon", active="-9d"),
    row("ent-only", "ent:staff"),
    row("old-name"),
    row("bo", active="-26d"),
    row("quinn"),
    row("cora", active=None, given="-25d"),
]

SNAPSHOT: Json = {
    "format_version": "1.0",
    "taken_at": "2026-11-16T08:00:00Z",
    "organization": {"login": "acme", "id": 70211},
    "billing": {"seat_management_setting": "assign_selected"},
    "seats": SEATS,
    "teams": [
        {**team_of("platform"), "members": ["redd", "tess", "ned"]},
        {**team_of("data-science"), "members": ["lisa", "build-bot", "bo", "quinn"]},
        {**team_of("interns"), "members": ["tia"]},
        {**team_of("contractors"), "members": ["bo"]},
        {**team_of("hackathon"), "members": ["goer"]},
    ],
    "members": [
        {"login": login, "id": IDS[login]}
        for login in PEOPLE
        if login not in ("iris", "olaf", "gone-er", "absent")
    ],
    "users": [
        {"login": "iris", "id": IDS["iris"], "membership": "pending"},
        {"login": "olaf", "id": IDS["olaf"], "membership": "none"},
        {"login": "gone-er", "id": IDS["gone-er"], "membership": "none"},
    ],
}


def began(days: int) -> datetime:
    return NOW - timedelta(days=days)


def records() -> tuple[tuple[datetime, Records], ...]:
    """Return what the ledger has seen: two warned long ago, one last week, three on hold."""

    def hold(login: str, days: int, evidence: int | None) -> Hold:
        known = None if evidence is None else began(evidence)
        return Hold(began(days), known, frozenset({ClaimLine(Source.USER, IDS[login])}))

    return (
        (began(40), Records(warned=frozenset({IDS["ida"]}))),
        (
            began(10),
            Records(
                warned=frozenset({IDS["wanda"]}),
                held={
                    IDS["holly"]: hold("holly", 10, 72),
                    IDS["petra"]: hold("petra", 10, 80),
                    IDS["rhea"]: hold("rhea", 10, 71),
                },
            ),
        ),
    )


@dataclass(frozen=True, slots=True)
class Ran:
    """One command that has ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Json:
        found: Json = json.loads(self.out)
        return found


def run(folder: Path, *arguments: object, environment: Mapping[str, str] | None = None) -> Ran:
    """Run the command in *folder*, in this process."""
    out, err = io.StringIO(), io.StringIO()
    handler, before, here = signal.getsignal(signal.SIGTERM), dict(os.environ), Path.cwd()
    os.environ.update(environment or {})
    os.chdir(folder)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = entry.run([str(one) for one in arguments])
    finally:
        os.chdir(here)
        os.environ.clear()
        os.environ.update(before)
        signal.signal(signal.SIGTERM, handler)
    assert "Traceback" not in err.getvalue(), err.getvalue()
    return Ran(code, out.getvalue(), err.getvalue())


def write_acme(folder: Path, text: str = FILE, snapshot: Json = SNAPSHOT) -> None:
    """Write the seats file and the snapshot into *folder*."""
    (folder / "seats.yml").write_text(text, encoding="utf-8")
    (folder / "acme.json").write_text(json.dumps(snapshot), encoding="utf-8")


def write_ledger(folder: Path) -> None:
    """Write the ledger of what happened before."""
    state = folder / ".copilot-seats"
    ledger = Ledger.begin(state, ACME, began(60))
    for at, found in records():
        with ledger.writing("test") as writer:
            writer.observed(found, at)


def explained(folder: Path, login: str, *more: object) -> Json:
    """Return the explanation of *login* as its document."""
    ran = run(
        folder, "explain", "seats.yml", login, "--live", "acme.json", "--format", "json", *more
    )
    assert ran.code == 0, ran.err
    return ran.json


def yaml_offered(told: Json) -> Sequence[Json]:
    return [one for one in told["remedies"] if one["yaml"]]
