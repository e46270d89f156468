"""The client on the sandbox, and a snapshot of the same organisation, say the same."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from github_fake import TOKEN

from reconciler.github import Reader, connect
from reconciler.model.observed import Account, Billing, Observed, Organization, Row, Team
from reconciler.sandbox import World, serve
from reconciler.snapshot import document, load, write

NOW = datetime(2026, 11, 22, 8, 0, 0, tzinfo=UTC)
PEOPLE = tuple(Account(number, f"user-{number}") for number in range(1, 321))
PLATFORM, ALL = Team(7, "platform", "Platform"), Team(8, "ent:all", "All", enterprise=True)
STARTED = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)

OBSERVED = Observed(
    now=NOW,
    organization=Organization(9919, "acme", "https://api.github.com"),
    billing=Billing("assign_selected", "business", 311, 0, 1),
    rows=(
        *(Row(person, STARTED, plan_type="business") for person in PEOPLE[:308]),
        Row(PEOPLE[308], STARTED, PLATFORM, last_activity_at=NOW, plan_type="business"),
        Row(PEOPLE[309], STARTED, ALL, plan_type="business"),
        Row(PEOPLE[310], STARTED, pending=date(2026, 12, 1), plan_type="business"),
    ),
    total=311,
    teams=(PLATFORM,),
    team_members={7: (PEOPLE[308],)},
    members=PEOPLE[:319],
    accounts=(PEOPLE[319],),
    invited=frozenset({320}),
    absent_logins=frozenset({"ghost"}),
)


def test_a_written_snapshot_served_by_the_sandbox_is_read_as_it_was(tmp_path: Path) -> None:
    write(tmp_path / "snap.json", OBSERVED)
    offline = load(tmp_path / "snap.json")
    with (
        serve(World.from_snapshot(document(OBSERVED))) as sandbox,
        connect(sandbox.url, TOKEN) as client,
    ):
        live = Reader(client, "acme")
        assert live.now() == offline.now()
        assert live.organization().id == offline.organization().id
        assert live.billing() == offline.billing()
        assert set(live.seats().rows) == set(offline.seats().rows)
        assert live.seats().total == offline.seats().total
        assert live.teams() == offline.teams()
        assert live.team_members("platform") == offline.team_members("platform")
        assert set(live.members()) == set(offline.members())
        for login in ("user-1", "user-309", "user-311", "user-320", "ghost"):
            assert live.user(login) == offline.user(login)
            assert live.membership(login) == offline.membership(login)
            assert live.member_seat(login) == offline.member_seat(login)
        assert live.user_by_id(320) == offline.user_by_id(320)
