"""Whose file it is: guards of a file that moved, a comment that follows, what is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from action_step import Done, Step, comments
from action_support import FILE, acme, live, pull_request

from reconciler.sandbox import Sandbox, World, serve
from reconciler.sandbox.repositories import Pull, Repository

STRICT = FILE + "guards: {max_creations_per_cycle: 0}\n"
RAISED = FILE + "guards: {max_creations_per_cycle: 50%}\n"
BETA = FILE.replace("org: acme", "org: beta")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    worlds = [World.from_snapshot(acme(org)) for org in ("acme", "beta")]
    with serve(worlds) as running:
        yield running


@pytest.fixture
def base(step: Step) -> Path:
    """A checkout of the base branch with a strict file for acme."""
    folder = step.folder.parent / "base"
    (folder / "orgs").mkdir(parents=True)
    (folder / "seats.yml").write_text(STRICT)
    return folder


def current(repository: Repository) -> list[str]:
    """Return the comments that do not lead to another one."""
    return [one for one in comments(repository) if "Out of date" not in one]


# --- a file that is renamed ---------------------------------------------------------------------


def test_a_file_that_is_renamed_keeps_its_guards_and_its_comment(
    step: Step, base: Path, repository: Repository
) -> None:
    assert step("plan", base="../base").outputs["creates"] == "0"
    step.write("orgs/acme.yml", RAISED)
    done = step("plan", files="orgs/*.yml", base="../base")
    assert done.outputs["creates"] == "0"
    assert done.outputs["exitcode"] == "3"
    (comment,) = comments(repository)
    assert "`max_creations_per_cycle`" in comment.partition("Withheld")[2]


def test_another_organisation_s_file_at_the_same_path_is_no_base(
    step: Step, base: Path, repository: Repository
) -> None:
    step.write("seats.yml", BETA)
    step.write("acme.yml", RAISED)
    (base / "other.yml").write_text(BETA + "guards: {max_creations_per_cycle: 0}\n")
    done = step("plan", files="*.yml", base="../base")
    assert (done.outputs["creates"], done.outputs["exitcode"]) == ("0", "3")


def test_that_an_organisation_is_new_is_said_loudly(
    step: Step, base: Path, repository: Repository
) -> None:
    step.write("beta.yml", BETA)
    done = step("plan", files="beta.yml", base="../base")
    told = "No file of the base branch is for beta: guards and exemptions are this file's own."
    assert f"::warning title=copilot-seats::{told}" in done.annotations
    assert f"> [!WARNING]\n> {told}\n" in done.summary
    assert f"> [!WARNING]\n> {told}\n" in comments(repository)[0]
    assert told not in step("plan", base="../base").out


def test_two_bases_stop_that_file_and_no_other(
    step: Step, base: Path, repository: Repository
) -> None:
    for name in ("a", "b"):
        (base / "orgs" / f"{name}.yml").write_text(BETA)
    step.write("beta.yml", BETA)
    done = step("plan", files="*.yml", base="../base")
    assert done.outputs["exitcode"] == "1"
    assert Path(done.outputs["plan-file"], "acme.json").exists()
    (comment,) = (one for one in comments(repository) if "both for beta" in one)
    assert "comment:plan/org/beta " in comment


def test_a_file_that_is_only_renamed_has_a_job(step: Step, base: Path) -> None:
    (base / "seats.yml").rename(base / "acme.yml")
    step.write("seats.yml", STRICT)
    done = step("validate", base="../base")
    assert json.loads(done.outputs["matrix"])["include"] == [{"file": "seats.yml", "org": "acme"}]


# --- an organisation that is renamed ------------------------------------------------------------


def rename(step: Step) -> None:
    step.begin("seats.yml")
    step.sandbox.world.login = "acme-corp"


@pytest.mark.parametrize("name", ["seats.yml", "orgs/corp.yml"])
def test_a_base_of_before_the_renaming_protects(
    step: Step, base: Path, repository: Repository, name: str
) -> None:
    rename(step)
    (step.folder / ".copilot-seats").rename(base / ".copilot-seats")
    (base / "beta.yml").write_text(BETA)
    (step.folder / "seats.yml").unlink()
    step.write(name, RAISED.replace("org: acme", "org: acme-corp"))
    done = step("plan", base="../base", files=name)
    assert done.outputs["creates"] == "0"
    assert done.outputs["exitcode"] == "3"
    (comment,) = comments(repository)
    assert "`max_creations_per_cycle`" in comment.partition("Withheld")[2]


def test_the_comment_stays_one_when_the_organisation_is_renamed(
    step: Step, repository: Repository
) -> None:
    assert step("plan").outputs["creates"] == "1"
    (before,) = comments(repository)
    rename(step)
    assert step("plan").outputs["exitcode"] == "1"  # the file has the old name
    assert "write `org: acme-corp`" in comments(repository)[0].replace("\\", "")
    step.write("seats.yml", FILE.replace("org: acme", "org: acme-corp"))
    assert step("plan").outputs["creates"] == "1"
    (after,) = comments(repository)
    assert before.startswith("<!-- copilot-seats:comment:plan/org/acme org:")
    assert after.startswith("<!-- copilot-seats:comment:plan/org/acme-corp org:")


def test_the_issue_stays_one_when_the_organisation_is_renamed(
    step: Step, repository: Repository
) -> None:
    step.begin("seats.yml")
    step("drift", "schedule", {})
    step.sandbox.world.login = "acme-corp"
    step("drift", "schedule", {})
    step.write("seats.yml", FILE.replace("org: acme", "org: acme-corp"))
    step("drift", "schedule", {})
    issues = [one for one in repository.threads.values() if "issue:drift" in one.body]
    assert [one.title.partition(":")[0] for one in issues] == ["Copilot seats of acme-corp"]


def test_two_bases_of_one_organisation_stop_a_renaming_too(step: Step, base: Path) -> None:
    rename(step)
    (step.folder / ".copilot-seats").rename(base / ".copilot-seats")
    (base / "again.yml").write_text(STRICT)
    step.write("seats.yml", RAISED.replace("org: acme", "org: acme-corp"))
    done = step("plan", base="../base", comment="false")
    assert done.outputs["exitcode"] == "1"
    assert "are both for acme-corp on the base branch" in done.summary


# --- after the merge ----------------------------------------------------------------------------


def evil(step: Step) -> str:
    """Return a plan of RAISED, made against a base of the attacker's own."""
    step.begin("seats.yml")
    step.write("seats.yml", RAISED)
    own = step.folder.parent / "evil"
    own.mkdir()
    (own / "seats.yml").write_text(RAISED)
    done = step("plan", base="../evil", comment="false")
    assert done.outputs["creates"] == "1"
    return done.outputs["plan-file"]


@pytest.mark.parametrize("name", ["seats.yml", "moved.yml"])
def test_what_the_merge_raised_is_not_used_by_its_apply(
    step: Step, base: Path, repository: Repository, name: str
) -> None:
    repository.threads[7].pull = Pull("1" * 40, "3" * 40, step.sandbox.world.now)
    plan = evil(step)
    (step.folder / "seats.yml").rename(step.folder / name)
    done = step("apply", "push", {}, plan_file=plan, base="../base", files=name)
    assert done.outputs["exitcode"] == "3"
    assert "newcomer" not in live(step.sandbox.world)
    assert "Changed by the merge" in comments(repository)[0]


def test_an_organisation_that_is_new_is_applied_and_that_is_said(step: Step, base: Path) -> None:
    plan = evil(step)
    (base / "seats.yml").unlink()
    done = step("apply", "push", {}, plan_file=plan, base="../base", comment="false")
    assert done.code == 0
    assert any("No file of the base branch is for acme" in line for line in done.annotations)
    assert "newcomer" in live(step.sandbox.world)


# --- a file that nobody can read ----------------------------------------------------------------


def test_a_file_that_names_nobody_any_more_has_its_job_and_its_comment(
    step: Step, base: Path, repository: Repository
) -> None:
    step("plan", base="../base")
    step.write("seats.yml", FILE.replace("org: acme", "org: [acme"))
    done = step("validate", base="../base")
    assert json.loads(done.outputs["matrix"])["include"] == [{"file": "seats.yml", "org": "acme"}]
    assert step("plan", base="../base").code == 1
    (comment,) = comments(repository)
    assert "failed for `seats.yml`" in comment


def test_a_new_file_that_names_nobody_has_a_comment_until_it_does(
    step: Step, base: Path, repository: Repository
) -> None:
    step.write("beta.yml", "version: 1\norgs: beta\n")
    done = step("validate", files="beta.yml", base="../base")
    assert json.loads(done.outputs["matrix"])["include"] == [{"file": "beta.yml", "org": ""}]
    assert step("plan", files="beta.yml", base="../base").code == 1
    assert "failed for `beta.yml`" in current(repository)[0]
    step.write("beta.yml", BETA)
    step("plan", files="beta.yml", base="../base")
    (comment,) = current(repository)
    assert "Copilot seats of `beta`" in comment


@pytest.mark.parametrize("command", ["plan", "drift", "validate"])
def test_a_file_that_must_not_be_opened_stops_no_other(
    step: Step, base: Path, repository: Repository, command: str
) -> None:
    step.begin("seats.yml")
    (step.folder.parent / "secret.yml").write_text("org: beta\npassword: x\n")
    (step.folder / "link.yml").symlink_to(step.folder.parent / "secret.yml")
    (step.folder / "a\n::error::boo.yml").write_text(BETA)
    done = step(command, files="*.yml", base="" if command == "drift" else "../base")
    assert done.code == 1
    assert "password" not in done.out + done.summary
    assert not any(line.startswith("::error::boo") for line in done.annotations)
    for told in ("link.yml is outside of the working directory", "has a control character"):
        assert any(told in line for line in done.annotations)
        assert told in done.summary.replace("\\_", "_").replace("\\", "")
    if command == "validate":
        listed = json.loads(done.outputs["matrix"])["include"]
        assert {"file": "link.yml", "org": ""} in listed
        assert {"file": "seats.yml", "org": "acme"} in listed
    else:
        assert Path(done.outputs["plan-file"], "acme.json").exists()
    if command == "plan":
        assert len(comments(repository)) == 3


# --- inputs -------------------------------------------------------------------------------------


def test_what_came_to_no_file_is_told_on_the_pull_request_until_it_does(
    step: Step, repository: Repository
) -> None:
    done = step("plan", files="orgs/*.yml")
    assert done.code == 1
    for text in (done.summary, *comments(repository)):
        assert "no file matches" in text
    assert len(comments(repository)) == 1
    step("plan")
    (comment,) = current(repository)
    assert "Copilot seats of `acme`" in comment


@pytest.mark.parametrize(
    ("event_name", "given"),
    [
        ("pull_request", {"command": "plan", "comment": "false", "files": "orgs/*.yml"}),
        ("pull_request", {"command": "plan", "fork": "true", "redact": "perhaps"}),
        ("push", {"command": "apply"}),
        ("schedule", {"command": "drift", "redact": "true"}),
        ("pull_request", {"command": "destroy"}),
    ],
)
def test_inputs_that_make_no_sense_are_told_in_the_summary(
    step: Step, repository: Repository, event_name: str, given: dict[str, str]
) -> None:
    fork = given.pop("fork", "") == "true"
    done: Done = step(given.pop("command"), event_name, pull_request(fork=fork), **given)
    assert done.code == 1
    assert "[!CAUTION]" in done.summary
    assert comments(repository) == []
