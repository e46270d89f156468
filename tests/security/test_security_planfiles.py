"""A forged plan file, with all its hashes right, can do nothing that the file does not ask for."""

from __future__ import annotations

import pytest
from security_support import PEOPLE, Json, Lab, change, file_for

CLAIMED = ("stray", "sleepy")


@pytest.fixture
def at_rest(lab: Lab) -> Lab:
    """An organisation that is as its file says: an honest plan is empty."""
    lab.write("seats.yml", file_for(*CLAIMED))
    lab("ledger", "init", code=0)
    assert lab("plan", "--format", "json", code=0).json["resource_changes"] == []
    return lab


FORGERIES = {
    "the seat of an active, claimed person": change("user", "mona", 1, "delete", "undeclared"),
    "the same for being idle": change("user", "mona", 1, "delete", "idle"),
    "a seat for somebody who has one": change("user", "stray", 2, "create", "declared"),
    "a seat for a stranger": change("user", "intruder", 666, "create", "declared"),
    "a claimed team": change("team", "web", 501, "delete", "undeclared", 4, 5),
    "a team that is not the organisation's": change("team", "evil", 9, "create", "declared"),
    "an innocent name over another's id": change("user", "stray", 1, "delete", "undeclared"),
    "an undo": change("user", "mona", 1, "delete", "undone"),
}


@pytest.mark.parametrize("what", FORGERIES)
def test_a_forged_change_is_skipped(at_rest: Lab, what: str) -> None:
    at_rest.plan_with(lambda plan: plan["resource_changes"].append(FORGERIES[what]))
    assert set(at_rest.apply_plan().values()) == {"skipped"}
    assert at_rest.writes == []
    assert at_rest.holders() == set(PEOPLE)


def test_a_forged_plan_of_everybody_takes_nothing(at_rest: Lab) -> None:
    def all_of_them(plan: Json) -> None:
        plan["resource_changes"] += [
            change("user", login, number, "delete", "undeclared")
            for login, number in PEOPLE.items()
        ]

    at_rest.plan_with(all_of_them)
    assert set(at_rest.apply_plan().values()) == {"skipped"}
    assert at_rest.holders() == set(PEOPLE)


def test_what_guards_withheld_stays_withheld_however_the_plan_puts_it(lab: Lab) -> None:
    lab.write("seats.yml", file_for(more="guards: {max_cancellations_per_cycle: 0}\n"))
    lab("ledger", "init", code=0)

    def freed(plan: Json) -> None:
        assert {one["guard"] for one in plan["copilot_seats"]["withheld"]} == {
            "max_cancellations_per_cycle"
        }
        plan["copilot_seats"]["withheld"] = []
        plan["resource_changes"] = [change("user", "stray", 2, "delete", "undeclared")]
        plan["checks"] = [{**one, "status": "pass"} for one in plan["checks"]]

    lab.plan_with(freed)
    assert lab.apply_plan(code=3) == {"user.stray": "skipped"}
    assert lab.writes == []


def test_a_team_is_not_deleted_with_more_people_than_were_shown(lab: Lab) -> None:
    lab.write("seats.yml", file_for(*CLAIMED).replace("teams: [web], ", ""))
    lab("ledger", "init", code=0)

    def one_of_two(plan: Json) -> None:
        plan["resource_changes"] = [change("team", "web", 501, "delete", "undeclared", 4)]

    lab.plan_with(one_of_two)
    assert lab.apply_plan() == {"team.web": "skipped"}
    assert {"wim", "wanda"} <= lab.holders()


def test_the_file_is_the_one_that_the_pipeline_names(at_rest: Lab) -> None:
    """A plan names its file; `--config` names it instead, so no other one counts."""
    at_rest.write("docs/example.yml", "version: 1\norg: acme\nseats: {users: [mona]}\n")
    guards = "guards: {max_cancellations_per_cycle: 100%}\n"
    at_rest.write("docs/example.yml", (at_rest.folder / "docs/example.yml").read_text() + guards)

    def elsewhere(plan: Json) -> None:
        plan["copilot_seats"]["config"]["path"] = "docs/example.yml"
        plan["resource_changes"] = [change("user", "stray", 2, "delete", "undeclared")]

    at_rest.plan_with(elsewhere)
    assert at_rest.apply_plan("--config", "seats.yml") == {"user.stray": "skipped"}
    assert at_rest.writes == []


@pytest.mark.parametrize("path", ["../outside.yml", "/etc/passwd", "a/../../outside.yml"])
def test_a_plan_that_points_out_of_the_working_directory_is_refused(
    at_rest: Lab, path: str
) -> None:
    at_rest.plan_with(lambda plan: plan["copilot_seats"]["config"].update(path=path))
    at_rest("apply", "plan.json", code=1)
    assert at_rest.writes == []


def test_a_plan_names_neither_ledger_nor_token_nor_host(at_rest: Lab) -> None:
    def elsewhere(plan: Json) -> None:
        plan["copilot_seats"]["org"]["host"] = "https://evil.example"
        plan["copilot_seats"]["state"] = "elsewhere"
        plan["resource_changes"] = [change("user", "stray", 2, "delete", "undeclared")]

    at_rest.plan_with(elsewhere)
    assert "nothing was done" in at_rest("apply", "plan.json", code=4).err
    assert at_rest.writes == []
