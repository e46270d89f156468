"""A rule written for terraform's plans runs on ours as it is."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import regopy
from e2e_support import ROOT, Cli, Json

EXAMPLE = ROOT / "examples" / "policy-as-code"
RULE = (EXAMPLE / "policy" / "deletes.rego").read_text(encoding="utf-8")
DATA = json.loads((EXAMPLE / "data" / "deletes.json").read_text(encoding="utf-8"))
TEAM = "copilot_seat_team.interns: no copilot_seat_team may be deleted"


def denied(plan: Json, data: Json = DATA) -> list[str]:
    """Return what conftest would print for *plan*: all of `data.main.deny`."""
    rego = regopy.Interpreter()
    rego.add_module("deletes", RULE)
    rego.add_data(data)
    rego.set_input(plan)
    found = json.loads(str(rego.query("data.main.deny")))
    return sorted(found["expressions"][0])


@pytest.fixture
def plan(cli: Cli) -> Json:
    """The plan of the example."""
    shutil.copytree(EXAMPLE, cli.folder, dirs_exist_ok=True)
    cli("plan", "seats.yml", "--live", "acme.json", "--out", "plan.json", code=0)
    plan: Json = cli.load("plan.json")
    return plan


def test_the_rule_says_of_terraform_s_plan_what_it_was_written_for() -> None:
    terraform = json.loads((EXAMPLE / "terraform.json").read_text(encoding="utf-8"))
    assert denied(terraform) == ["aws_db_instance.orders: no aws_db_instance may be deleted"]
    few = {"deletes": {"never": [], "at_most": 1}}
    assert denied(terraform, few) == ["2 deletes, and at most 1 go without a second look"]


def test_the_same_rule_says_so_of_ours(plan: Json) -> None:
    assert denied(plan) == [TEAM]
    none = {"deletes": {"never": ["copilot_seat_user"], "at_most": 0}}
    assert denied(plan, none) == ["1 deletes, and at most 0 go without a second look"]


def test_it_lets_go_when_the_delete_is_gone(cli: Cli, plan: Json) -> None:
    cli.write("seats.yml", cli.read("seats.yml").replace("- platform", "- platform\n    - interns"))
    cli("plan", "seats.yml", "--live", "acme.json", "--out", "plan.json", code=0)
    assert cli.load("plan.json")["resource_changes"]
    assert denied(cli.load("plan.json")) == []


def test_what_the_example_s_page_shows_is_so(cli: Cli, plan: Json) -> None:
    page = (EXAMPLE / "README.md").read_text(encoding="utf-8")
    assert f"FAIL - plan.json - main - {TEAM}\n" in page
    named = re.findall(r"\]\(([\w./-]+)\)", page)
    assert named
    for name in named:
        assert (EXAMPLE / name).is_file()


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed")
def test_the_jq_recipe(cli: Cli, plan: Json) -> None:
    page = (EXAMPLE / "README.md").read_text(encoding="utf-8")
    (recipe,) = re.findall(r"jq -r '(.*?)' plan\.json\n(.*)\n", page, re.DOTALL)[:1]
    program, shown = recipe[0], recipe[1].splitlines()[0]
    found = subprocess.run(
        ["jq", "-r", program, str(Path(cli.folder) / "plan.json")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout == shown + "\n"


@pytest.mark.skipif(shutil.which("conftest") is None, reason="conftest is not installed")
def test_conftest_itself(cli: Cli, plan: Json) -> None:
    found = subprocess.run(
        ["conftest", "test", "--policy", "policy", "--data", "data", "plan.json"],
        cwd=cli.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 1
    assert TEAM in found.stdout
