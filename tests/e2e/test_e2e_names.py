"""What GitHub renames, suspends or lets go is found again by id, and told as what it is."""

from __future__ import annotations

import pytest
from e2e_support import Cli, Json, Serve, live, number_of, row, snapshot

from reconciler.sandbox import World

FILE = """\
version: 1
org: acme
seats:
  users:
    - {user: mona_acme, id: MONA}
    - lisa_acme
    - zoe_acme
""".replace("MONA", str(number_of("mona_acme")))


def told(plan: Json, kind: str) -> dict[str, str]:
    """Return what a plan's document tells of one kind, by subject."""
    notices = plan["copilot_seats"]["notices"]
    found = [one for one in notices if one["kind"] == kind]
    return {one.get("subject") or one["user"]: one["text"] for one in found}


def managed(served: Serve) -> World:
    return served(snapshot([row("mona_acme"), row("lisa_acme"), row("zoe_acme")]))


def test_a_claimed_person_who_has_left_is_told_in_every_run(cli: Cli, served: Serve) -> None:
    served(snapshot([row("ada"), row("left")], users={"left": "none"}))
    cli.write("seats.yml", "version: 1\norg: acme\nseats:\n  users: [ada, left]\n")
    text = "not an active member of the organisation: the seat counts as claimed, none is created"
    assert told(cli("plan", "--no-state", "--format", "json").json, "not_a_member") == {
        "left": text
    }
    cli("ledger", "init", "seats.yml", code=0)
    for command in (("drift", "--format", "json"), ("plan", "--format", "json")):
        found = cli(*command, code=0).json
        assert told(found, "not_a_member") == {"left": text}
        assert found["resource_changes"] == []


def test_suspended_accounts_are_told_and_their_obfuscated_logins_never_advised(
    cli: Cli, served: Serve
) -> None:
    world = managed(served)
    cli.write("seats.yml", FILE)
    cli("ledger", "init", "seats.yml", code=0)
    hidden = world.suspend_user("mona_acme"), world.suspend_user("lisa_acme")
    plan = cli("plan", "--format", "json", code=0).json
    assert plan["resource_changes"] == []
    assert set(told(plan, "not_a_member")) == {"mona_acme", "lisa_acme"}
    assert "suspended" in told(plan, "not_a_member")["lisa_acme"]
    assert told(plan, "renamed") == {}
    for login in ("mona_acme", "lisa_acme"):
        explained = cli("explain", "seats.yml", login, code=0).out
        assert not any(f"user: {one}" in explained for one in hidden)


def test_without_a_ledger_no_suspended_account_is_advised_either(cli: Cli, served: Serve) -> None:
    world = managed(served)
    cli.write("seats.yml", FILE)
    world.suspend_user("mona_acme")
    hidden = world.suspend_user("lisa_acme")
    plan = cli("plan", "--no-state", "--format", "json", code=3).json
    assert set(told(plan, "not_a_member")) == {"mona_acme"}
    assert told(plan, "renamed") == {}
    assert "suspended" in told(plan, "unknown_user")["lisa_acme"]
    explained = cli("explain", "seats.yml", hidden, "--no-state", code=0).out
    assert f"user: {hidden}" not in explained
    assert "suspended" in explained


# --- the organisation itself ----------------------------------------------------------------------

SMALL = "version: 1\norg: acme\nseats:\n  users: [ada, bert]\n"
RENAMED = SMALL.replace("org: acme", "org: acme-corp")


def renamed(**more: object) -> Json:
    """Return the organisation of `snapshot` under its new name: the id stays."""
    return {**snapshot([row("ada")], members=["bert"]), **more} | {
        "organization": {"login": "acme-corp", "id": 70211}
    }


def begun(cli: Cli, served: Serve) -> None:
    served(snapshot([row("ada")], members=["bert"]))
    cli.write("seats.yml", SMALL)
    cli("ledger", "init", "seats.yml", code=0)


def test_the_ledger_of_a_renamed_organisation_goes_on(cli: Cli, served: Serve) -> None:
    begun(cli, served)
    served(renamed())
    cli.write("seats.yml", RENAMED)
    plan = cli("plan", "--format", "json", "--detailed-exitcode", code=2).json
    assert plan["copilot_seats"]["ledger_head"]
    cli("apply", "seats.yml", "--auto-approve", "--pace", 0, code=0)
    assert "apply_finished" in {one["event"] for one in cli.ledger("acme")}
    assert not (cli.folder / ".copilot-seats" / "acme-corp.jsonl").exists()
    assert "acme.jsonl" in cli("ledger", "verify", "seats.yml", code=0).out
    assert "acme.jsonl exists already" in cli("ledger", "init", "seats.yml", code=1).err


def test_a_reviewed_plan_is_applied_after_the_renaming(cli: Cli, served: Serve) -> None:
    begun(cli, served)
    cli("plan", "--out", "plan.json", code=0)
    [before] = served.sandboxes  # type: ignore[attr-defined]
    before.close()
    world = served(renamed(), port=int(before.url.rpartition(":")[2]))
    assert cli.load("plan.json")["copilot_seats"]["org"]["login"] == "acme"
    cli.write("seats.yml", RENAMED)
    cli("apply", "plan.json", "--config", "seats.yml", "--pace", 0, code=0)
    assert live(world) == {"ada", "bert"}


def test_a_ledger_is_found_by_id_even_if_its_name_is_taken(cli: Cli, served: Serve) -> None:
    """Ours was `beta` and is `acme` now; the ledger `acme` is another organisation's."""
    begun(cli, served)
    served(snapshot([row("ada")], org="beta", members=["bert"]))
    cli.write("beta.yml", SMALL.replace("acme", "beta"))
    cli("ledger", "init", "beta.yml", code=0)
    now = snapshot([row("ada")], members=["bert"])
    number = snapshot(org="beta")["organization"]["id"]
    served(now | {"organization": {"login": "acme", "id": number}})
    before = cli.read(".copilot-seats/acme.jsonl")
    cli("drift", "seats.yml", code=2)
    assert cli.read(".copilot-seats/acme.jsonl") == before
    assert len(cli.ledger("beta")) > 2


def test_the_old_name_with_another_organisation_behind_it_is_refused(
    cli: Cli, served: Serve
) -> None:
    begun(cli, served)
    served(snapshot([row("ada")]) | {"organization": {"login": "acme", "id": 5555}})
    refused = cli("plan", "seats.yml", code=1)
    assert "belongs to the organisation with id 70211" in refused.err


def test_two_ledgers_of_one_organisation_are_an_error_that_names_both(
    cli: Cli, served: Serve
) -> None:
    begun(cli, served)
    copy = cli.write(".copilot-seats/acme-corp.jsonl", cli.read(".copilot-seats/acme.jsonl"))
    for written, serving in ((SMALL, snapshot([row("ada")])), (RENAMED, renamed())):
        served(serving)
        cli.write("seats.yml", written)
        for command in (("plan",), ("ledger", "show", "seats.yml"), ("drift",)):
            error = cli(*command, code=1).err
            assert "acme.jsonl" in error
            assert "acme-corp.jsonl" in error
    copy.unlink()
    cli("plan", code=0)


def test_a_snapshot_from_before_the_renaming_serves_with_the_ledger(
    cli: Cli, served: Serve
) -> None:
    begun(cli, served)
    cli("snapshot", "seats.yml", "-o", "before.json", code=0)
    cli.write("seats.yml", RENAMED)
    plan = cli("plan", "--live", "before.json", "--format", "json", code=0).json
    assert told(plan, "renamed") == {
        "acme-corp": "organisation acme-corp is now acme (id 70211): change `org:`"
    }


def taken(*logins: str) -> list[Json]:
    """Return organisations of other ids, in GitHub's order about that of `snapshot`."""
    return [
        snapshot() | {"organization": {"login": login, "id": number}}
        for login, number in zip(logins, (70210, 70212), strict=False)
    ]


@pytest.mark.parametrize(
    "command",
    [
        ("plan",),
        ("apply", "seats.yml", "--auto-approve"),
        ("drift",),
        ("explain", "seats.yml", "ada"),
        ("snapshot", "seats.yml", "-o", "now.json"),
    ],
)
def test_a_file_with_the_old_name_is_told_the_new_one(
    cli: Cli, served: Serve, command: tuple[str, ...]
) -> None:
    begun(cli, served)
    served(renamed(), *taken("before", "after"))
    error = cli(*command, code=1).err
    assert "seats.yml:2:6: GitHub has no organisation acme." in error
    assert "id 70211, and that is acme-corp now: write `org: acme-corp`" in error
    assert "before" not in error
    assert "after" not in error


def test_an_organisation_that_nobody_finds_is_not_taken_for_another(
    cli: Cli, served: Serve
) -> None:
    begun(cli, served)
    served(*taken("before", "other"))
    error = cli("plan", code=1).err
    assert "id 70211, so it may have been renamed" in error
    assert "seats.yml:2:6 under `org`" in error
    assert "other" not in error
    assert "before" not in error
    assert "renamed" not in cli("plan", "--no-state", code=1).err


# --- across a change of `org:` --------------------------------------------------------------------

STRICT = "guards: {max_creations_per_cycle: 0}\n"
SPARED = "exempt: [{user: cora, reason: on leave}]\n"


def proposed(cli: Cli, base: str, head: str) -> None:
    cli.write("main/seats.yml", base)
    cli.write("seats.yml", head)


def changed(plan: Json) -> set[str]:
    return {one["address"] for one in plan["resource_changes"]}


def test_a_base_with_the_old_name_protects(cli: Cli, served: Serve) -> None:
    begun(cli, served)
    served(renamed(), *taken("before", "after"))
    proposed(cli, SMALL + STRICT, RENAMED)
    plan = cli("plan", "--base", "main/seats.yml", "--format", "json", code=3).json
    assert [one["guard"] for one in plan["copilot_seats"]["withheld"]] == [
        "max_creations_per_cycle"
    ]
    assert changed(plan) == set()
    proposed(cli, SMALL, RENAMED)
    base = ("--base", "main/seats.yml")
    found = changed(cli("plan", *base, "--format", "json", code=0).json)
    assert found == {"copilot_seat_user.bert"}


def test_an_exemption_of_the_old_name_protects_after_the_merge(cli: Cli, served: Serve) -> None:
    begun(cli, served)
    idle = row("cora", active="-90d", given="-200d")
    now = snapshot([row("ada"), idle], members=["bert"])
    world = served(now | {"organization": {"login": "acme-corp", "id": 70211}})
    rule = "inactivity: {rules: [{name: all, idle: {cancel: 60d}}]}\n"
    more = rule + "guards: {max_cancellations_per_cycle: 100%}\n"
    before, after = (text.replace("bert]", "bert, cora]") + more for text in (SMALL, RENAMED))
    proposed(cli, before + SPARED, after)
    cli("plan", "--out", "plan.json", code=0)
    assert "copilot_seat_user.cora" in changed(cli.load("plan.json"))
    base = ("--config", "seats.yml", "--base", "main/seats.yml", "--pace", 0)
    cli("apply", "plan.json", *base, code=0)
    assert live(world) == {"ada", "bert", "cora"}


def test_what_github_answers_for_the_old_name_counts_without_a_ledger(
    cli: Cli, served: Serve
) -> None:
    """GitHub may still lead from the old name to the new one."""
    served(renamed())
    api = served.sandboxes[-1].api  # type: ignore[attr-defined]
    known = api.organization
    api.organization = lambda login: known("acme-corp" if login == "acme" else login)
    proposed(cli, SMALL + STRICT, RENAMED)
    base = ("--no-state", "--base", "main/seats.yml")
    assert "max_creations_per_cycle" in cli("plan", *base, code=3).out


@pytest.mark.parametrize("more", [(), ("--no-state",)])
def test_a_base_of_another_organisation_stays_refused(
    cli: Cli, served: Serve, more: tuple[str, ...]
) -> None:
    """Also where it has the old name of ours by now, or none that GitHub knows."""
    served(*taken("beta"), snapshot([row("ada")]))
    cli.write("seats.yml", SMALL)
    cli("ledger", "init", "seats.yml", code=0)
    for name in ("acme", "nobody"):
        proposed(cli, SMALL.replace("acme", name), SMALL.replace("acme", "beta"))
        refused = cli("plan", "--base", "main/seats.yml", *more, code=1).err
        assert f"main/seats.yml:2:6: the base file is for {name}, and seats.yml is for" in refused


def test_a_snapshot_is_enough_for_a_base_with_the_old_name(cli: Cli, served: Serve) -> None:
    begun(cli, served)
    served(renamed())
    proposed(cli, SMALL + STRICT, RENAMED)
    cli("snapshot", "seats.yml", "-o", "now.json", code=0)
    cli.environment |= {"GITHUB_TOKEN": "", "GH_TOKEN": ""}
    base = ("--live", "now.json", "--base", "main/seats.yml")
    cli("plan", *base, code=3)
    proposed(cli, SMALL.replace("acme", "globex"), RENAMED)
    assert "the base file is for globex" in cli("plan", *base, code=1).err
