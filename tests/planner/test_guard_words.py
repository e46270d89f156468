"""What each guard says: its numbers, the way out, and the line it is about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from reconciler.model.desired import SeatsFile
from reconciler.model.diagnostics import Mark
from reconciler.model.memory import Target
from reconciler.model.observed import Billing
from reconciler.model.plan import Check, Status
from reconciler.plan.reading import SeatList

from .build import check, exempt, file, override, plan, rule
from .world import Org, crowd, remembered

PASS, FAIL, UNKNOWN = Status.PASS, Status.FAIL, Status.UNKNOWN
GUARDS = Mark("seats.yml", 950, 1)
NO_WAY = "it can't be overridden: it is cured at its cause"


def at(line: int) -> Mark:
    return Mark("seats.yml", line, 5)


def found(
    guard: str, org: Org, written: SeatsFile | None = None, *, ledger: bool = True, **how: Any
) -> Check:
    known = written or file(**{"users": ["mona"], **how})
    return check(plan(org, known, remembered(org) if ledger else None), guard)


def acme() -> Org:
    return Org().seats("mona", "moss")


def allow(guard: str) -> str:
    return f"or override it: `- {{guard: {guard}, allow: true, until: …, reason: …}}`"


def raised(guard: str, needed: int, where: str = " under `guards:`") -> str:
    return (
        f"raise `{guard}`{where} to {needed}, or for a while under `guards: overrides:` add "
        f"`- {{guard: {guard}, allow: {needed}, until: 2026-11-29, reason: …}}`"
    )


# --- those that know before any decision --------------------------------------------------------


def test_row_count() -> None:
    numbers = "3 rows of 3 people read, GitHub counts 3"
    assert found("row_count", acme()) == Check("row_count", PASS, numbers)
    org = acme()
    rows = tuple(org.rows)
    org.readings = [SeatList(rows, 40)] * 2
    text = "3 rows of 3 people read, GitHub counts 40, twice the same"
    expected = Check("row_count", FAIL, text, allow("row_count"), GUARDS)
    assert found("row_count", org) == expected
    org.readings = [SeatList(rows[:1], 40), SeatList(rows[:2], 40)]
    text = "2 rows of 2 people read, GitHub counts 40; two readings differ"
    assert found("row_count", org) == replace(expected, detail=text)
    org.readings = [SeatList(rows[:1], 40)] * 2
    assert found("row_count", org, overrides=[override("row_count")]) == Check(
        "row_count", PASS, "1 row of 1 person read, GitHub counts 40, twice the same; overridden"
    )
    org.readings = [SeatList(rows, None)] * 2
    text = "3 rows of 3 people read, GitHub counts nothing"
    assert found("row_count", org) == replace(expected, status=UNKNOWN, detail=text)
    org.billing = replace(org.billing, total=3)
    org.readings = [SeatList(rows, None)] * 2
    assert found("row_count", org) == Check("row_count", PASS, numbers)


@pytest.mark.parametrize(
    ("setting", "status", "said"),
    [("assign_all", FAIL, "assign_all"), (None, UNKNOWN, "not told by GitHub")],
)
def test_seat_management(setting: str | None, status: Status, said: str) -> None:
    guard = "seat_management"
    assert found(guard, acme()) == Check(guard, PASS, "assign_selected")
    org = acme()
    org.billing = Billing(setting, "business", added_this_cycle=0)
    way_out = 'in the organisation\'s Copilot settings choose "Enable for: selected members", then '
    assert found(guard, org) == Check(
        guard,
        status,
        f"the organisation's setting is {said}, not assign_selected",
        f"{way_out}plan again",
        GUARDS,
    )


def test_empty() -> None:
    somebody = Check("empty", PASS, "the file claims somebody")
    assert found("empty", acme()) == somebody
    kept = Check("empty", PASS, "the file claims nobody, and undeclared seats are kept")
    assert found("empty", acme(), users=[], undeclared="keep") == kept
    text = "the file claims nobody, and undeclared seats are cancelled"
    way_out = f"claim somebody, or write `undeclared: keep`; {allow('empty')}"
    assert found("empty", acme(), users=[]) == Check("empty", FAIL, text, way_out, GUARDS)
    lifted = found("empty", acme(), users=[], overrides=[override("empty")])
    assert lifted == Check("empty", PASS, f"{text}; overridden")


NAMES: dict[str, tuple[str, Callable[[list[str]], SeatsFile]]] = {
    "unknown_team": ("claimed team", lambda names: file(teams=names)),
    "unknown_user": ("claimed login", lambda names: file(users=names)),
    "unknown_name": (
        "exempted or scoped name",
        lambda names: file(exempt=[exempt(name) for name in names]),
    ),
}


@pytest.mark.parametrize("guard", NAMES)
def test_unknown_names(guard: str) -> None:
    what, written = NAMES[guard]
    first = 2 if guard == "unknown_name" else 1  # an override takes the line before exemptions
    way_out = f"correct or remove the name (it may have been renamed); {NO_WAY}"
    assert found(guard, acme()) == Check(guard, PASS, "every name is known")
    one = f"1 {what} not on GitHub: nix (seats.yml:{first})"
    assert found(guard, acme(), written(["nix"])) == Check(guard, FAIL, one, way_out, at(first))
    names = [f"n{line}" for line in range(first, first + 7)]
    five = ", ".join(f"{name} (seats.yml:{name[1:]})" for name in names[:5])
    assert found(guard, acme(), written(names[:5])).detail == f"5 {what}s not on GitHub: {five}"
    many = f"7 {what}s not on GitHub: {five} and 2 more"
    assert found(guard, acme(), written(names)) == Check(guard, FAIL, many, way_out, at(first))


def test_identity() -> None:
    assert found("identity", acme()) == Check("identity", PASS, "every name is who it was")
    org = acme().team("web", "wim")
    memory = remembered(org, users={"mona": 77}, teams={"web": 78})
    seen = check(plan(org, file(users=["mona"], teams=["web"]), memory), "identity")
    assert seen == Check(
        "identity",
        FAIL,
        "another account or team now stands under: team web, user mona",
        "see who it is: pin the right `id` in a user's entry; take a team's entry out, let `drift` "
        f"look once, and write it again; {NO_WAY}",
        GUARDS,
    )


def test_evidence() -> None:
    rules = [rule(idle="30d")]
    nothing = Check("evidence", PASS, "no rule asks for activity")
    assert found("evidence", acme()) == nothing
    fresh = Check("evidence", PASS, "newest activity 1 hour ago")
    assert found("evidence", acme(), rules=rules) == fresh
    data = "see whether GitHub's activity data is delayed, and wait"
    way_out = f"{data}; if it is right, raise `guards: {{max_activity_age: …}}`"
    old = Org(pulse=False).seat("mona", active="-5d")
    text = "the newest activity of all seats was 5 days ago, at most 3 days are trusted"
    expected = Check("evidence", FAIL, text, way_out, GUARDS)
    assert found("evidence", old, rules=rules) == expected
    none = Org(pulse=False).seat("mona")
    text = "there is no activity at all, at most 3 days are trusted"
    assert found("evidence", none, rules=rules) == replace(expected, detail=text)
    still = Org(pulse=False).seat("mona", active="-1d")
    for login in crowd(19):
        still.seat(login, active="-20d")
    written = file(users=["mona"], rules=rules)
    age = Mark("seats.yml", 955, 3)
    settings = replace(written.guards, marks={"max_activity_age": age})
    assert found("evidence", still, replace(written, guards=settings)) == Check(
        "evidence",
        FAIL,
        "of 20 people active in 30 days only 1 were in the last 7: the feed is probably frozen",
        f"{data}; {NO_WAY}",
        age,
    )
    assert found("evidence", old, replace(written, guards=settings)).mark == age


def test_memory() -> None:
    rules = [rule(idle="30d")]
    assert found("memory", acme(), rules=rules) == Check("memory", PASS, "the ledger remembers")
    unneeded = Check("memory", PASS, "no ledger, and no rule that needs one")
    assert found("memory", acme(), ledger=False) == unneeded
    text = "there is no ledger: nothing would keep a claimed seat cancelled"
    way_out = "begin one: `copilot-seats ledger init seats.yml`"
    expected = Check("memory", FAIL, text, way_out, GUARDS)
    assert found("memory", acme(), rules=rules, ledger=False) == expected


# --- those that count ---------------------------------------------------------------------------


def big(count: int) -> Org:
    """Return an organisation with *count* seats that it manages, one of them mona's."""
    return Org().seats("mona", *crowd(count - 1))


def claiming(*logins: str, count: int = 20, **how: Any) -> SeatsFile:
    return file(users=["mona", *crowd(count - 1)[: count - 1], *logins], guarded=True, **how)


GUARD = "max_cancellations_per_cycle"


def test_cancellations_by_default() -> None:
    org = big(20).seats("stray")
    passing = Check(GUARD, PASS, "1 here + 0 pending of at most 5 (default for 21 seats)")
    assert found(GUARD, org, claiming()) == passing
    for number in range(5):
        org.seats(f"stray-{number}")
    text = "6 here + 0 pending of at most 5 (default for 26 seats)"
    expected = Check(GUARD, FAIL, text, raised(GUARD, 6), GUARDS)
    assert found(GUARD, org, claiming()) == expected


def test_cancellations_as_stated_and_overridden() -> None:
    org = big(20).seats("stray").seat("gone", pending=True)
    written = claiming(max_cancellations="10%")
    mark = Mark("seats.yml", 951, 3)
    written = replace(written, guards=replace(written.guards, marks={GUARD: mark}))
    text = "1 here + 1 pending of at most 2 (10% of 22 seats)"
    assert found(GUARD, org, written) == Check(GUARD, PASS, text)
    org.seats("other")
    text = "2 here + 1 pending of at most 2 (10% of 23 seats)"
    way_out = raised(GUARD, 3, " (seats.yml:951)")
    assert found(GUARD, org, written) == Check(GUARD, FAIL, text, way_out, mark)
    stated = found(GUARD, org, claiming(max_cancellations=1))
    text = "2 here + 1 pending of at most 1 (stated)"
    assert stated == Check(GUARD, FAIL, text, raised(GUARD, 3), GUARDS)
    lifted = found(GUARD, org, claiming(max_cancellations=1, overrides=[override(GUARD, 3)]))
    text = "2 here + 1 pending of at most 3 (override until 2026-12-22)"
    assert lifted == Check(GUARD, PASS, text)
    tighter = found(GUARD, org, claiming(max_cancellations=9, overrides=[override(GUARD, "9%")]))
    text = "2 here + 1 pending of at most 2 (override until 2026-12-22)"
    assert tighter == Check(GUARD, FAIL, text, raised(GUARD, 3), GUARDS)


def test_cancellations_of_this_month_that_are_gone() -> None:
    org = big(20).member("left")
    memory = remembered(org, cancelled={"left": "-5d"})
    seen = check(plan(org, claiming(), memory), GUARD)
    text = "0 here + 0 pending + 1 cancelled this month of at most 5 (default for 20 seats)"
    assert seen == Check(GUARD, PASS, text)


def test_last_seat() -> None:
    org = Org(pulse=False).seats("mona", "stray")
    one = Check("last_seat", PASS, "1 live seat would remain")
    assert found("last_seat", org, file(users=["mona"], guarded=True, max_cancellations=9)) == one
    two = Check("last_seat", PASS, "2 live seats would remain")
    assert found("last_seat", org, file(users=["mona", "stray"], guarded=True)) == two
    nobody = file(users=["else"], guarded=True, max_cancellations=9)
    text = "no live seat would remain, and GitHub then cancels the organisation's plan"
    way_out = f"claim at least one seat; {allow('last_seat')}"
    org.member("else", number=90)
    org.outsider("else")
    assert found("last_seat", org, nobody) == Check("last_seat", FAIL, text, way_out, GUARDS)
    lifted = file(
        users=["else"], guarded=True, max_cancellations=9, overrides=[override("last_seat")]
    )
    assert found("last_seat", org, lifted) == Check("last_seat", PASS, f"{text}; overridden")
    assert "override_unused" not in {one.kind for one in plan(org, lifted).notices}


def test_creations() -> None:
    guard = "max_creations_per_cycle"
    org = big(20).member("ada", "bob")
    org.billing = replace(org.billing, added_this_cycle=3)
    text = "2 here + 3 added this cycle of at most 25 (default for 20 seats)"
    assert found(guard, org, claiming("ada", "bob")) == Check(guard, PASS, text)
    seen = found(guard, org, claiming("ada", "bob", max_creations=4))
    text = "2 here + 3 added this cycle of at most 4 (stated)"
    assert seen == Check(guard, FAIL, text, raised(guard, 5), GUARDS)
    many = big(128)
    text = "0 here + 0 added this cycle of at most 25 (default for 128 seats)"
    assert found(guard, many, claiming(count=128)).detail == text


def test_seats() -> None:
    org = big(20).member("ada")
    text = "21 live seats after the plan, no limit set"
    assert found("max_seats", org, claiming("ada")) == Check("max_seats", PASS, text)
    text = "21 live seats after the plan of at most 21 (stated)"
    assert found("max_seats", org, claiming("ada", max_seats=21)).status is PASS
    seen = found("max_seats", org, claiming("ada", max_seats=20))
    text = "21 live seats after the plan of at most 20 (stated)"
    assert seen == Check("max_seats", FAIL, text, raised("max_seats", 21), GUARDS)
    lifted = claiming("ada", max_seats=20, overrides=[override("max_seats", 30)])
    text = "21 live seats after the plan of at most 30 (override until 2026-12-22)"
    assert found("max_seats", org, lifted) == Check("max_seats", PASS, text)


def test_what_waits_says_for_what() -> None:
    org = Org().team("old").seats("ada", "bob", team="old").member("cy")
    written = file(users=["ada", "bob", "cy"], guarded=True, max_cancellations=9, max_seats=0)
    withheld = {one.change.name: one.text for one in plan(org, written, remembered(org)).withheld}
    assert withheld["old"] == "waits for copilot_seat_user.ada, copilot_seat_user.bob"


def test_of_cancels_in_flight_creates_are_no_part() -> None:
    org = Org().seats("mona", "stray")
    sent = {
        Target("copilot_seat_user", "create", org.id("mona")): "-1h",
        Target("copilot_seat_user", "delete", org.id("stray")): "-1h",
    }
    memory = remembered(org, in_flight=sent)
    seen = check(plan(org, file(users=["mona"], guarded=True), memory), GUARD)
    assert seen.detail.startswith("0 here + 0 pending + 1 cancelled this month of at most")


def test_a_team_s_cancel_in_flight_is_of_those_it_took() -> None:
    org = Org().team("old").seats("ada", "bob", team="old").seats("mona")
    target = Target("copilot_seat_team", "delete", org.team_id("old"))
    gone = Target("copilot_seat_team", "delete", 12345)
    memory = remembered(org, in_flight={gone: "-1h", target: "-1h"}, cancelled={"ada": "-1h"})
    seen = check(plan(org, file(users=["mona"], guarded=True), memory), GUARD)
    assert seen.detail.startswith("0 here + 0 pending + 1 cancelled this month of at most")
