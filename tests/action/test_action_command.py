"""The command that action.yml runs, without act: exits, several files, what is told where."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from action_step import Step, comments
from action_support import FILE, acme, live

from reconciler.apply import reading
from reconciler.cli import entry
from reconciler.sandbox import Sandbox, World, serve
from reconciler.sandbox.repositories import Pull, Repository


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    worlds = [World.from_snapshot(acme(org)) for org in ("acme", "beta")]
    with serve(worlds) as running:
        yield running


# --- exits --------------------------------------------------------------------------------------

RED = {
    "error": {1, 4, 5, 130, 143},
    "guard": {1, 3, 4, 5, 130, 143},
    "drift": {1, 2, 3, 4, 5, 130, 143},
}


@pytest.mark.parametrize("fail_on", RED)
@pytest.mark.parametrize("code", [0, 1, 2, 3, 4, 5, 130, 143])
def test_which_exits_are_red(
    step: Step, monkeypatch: pytest.MonkeyPatch, fail_on: str, code: int
) -> None:
    run = entry.run
    monkeypatch.setattr(entry, "run", lambda args: code if args[0] == "plan" else run(args))
    done = step("plan", comment="false", fail_on=fail_on)
    assert done.code == (code if code in RED[fail_on] else 0)
    assert done.outputs["exitcode"] == str(code)
    assert any(line.startswith("::error ") for line in done.annotations) == (done.code != 0)
    if code in (3, 4, 5):
        assert f"Exit code {code}: " in done.summary


def test_what_is_interrupted_begins_no_other_file_and_tells_nobody(
    step: Step, monkeypatch: pytest.MonkeyPatch, repository: Repository
) -> None:
    ran: list[list[str]] = []
    run = entry.run

    def interrupted(arguments: list[str]) -> int:
        if arguments == ["action"]:
            return run(arguments)
        ran.append(arguments)
        return 130

    monkeypatch.setattr(entry, "run", interrupted)
    step.write("beta.yml", FILE.replace("org: acme", "org: beta"))
    done = step("apply", "push", {}, files="seats.yml\nbeta.yml", auto_approve="true")
    assert done.code == 130
    assert [(arguments[0], arguments[-1]) for arguments in ran] == [("apply", "seats.yml")]


def test_inputs_that_make_no_sense_are_told_in_the_run(step: Step) -> None:
    done = step("apply")
    assert done.code == 1
    assert done.outputs == {"exitcode": "1"}
    assert done.annotations[0].startswith("::error title=copilot-seats::apply needs a reviewed")


def test_a_missing_token_is_told_where_nobody_would_expect_it(
    step: Step, repository: Repository
) -> None:
    done = step("plan", token="")
    assert done.code == 1
    assert "There is no token" in done.err
    assert "There is no token" in comments(repository)[0]
    assert "inputs app-id and app-private-key" in done.err
    assert "GITHUB_TOKEN" not in done.err


def test_a_comment_that_can_t_be_written_is_an_error(
    step: Step, sandbox: Sandbox, repository: Repository
) -> None:
    repository.threads[7].locked = True
    done = step("plan")
    assert done.code == 1
    assert done.outputs["creates"] == "1"
    assert "locked" in done.err


@pytest.mark.parametrize("event", ["push", "schedule", "workflow_dispatch", "merge_group"])
def test_a_plan_for_no_pull_request_has_no_comment(
    step: Step, repository: Repository, event: str
) -> None:
    assert step("plan", event, {}).code == 0
    assert not comments(repository)


@pytest.mark.parametrize("event", ["schedule", "workflow_dispatch"])
def test_an_apply_for_no_merge_has_no_comment(
    step: Step, repository: Repository, event: str
) -> None:
    repository.threads[7].pull = Pull("1" * 40, "3" * 40, step.sandbox.world.now)
    step.begin("seats.yml")
    assert step("apply", event, {}, auto_approve="true", only="idle").code == 0
    assert not comments(repository)


# --- what is planned ----------------------------------------------------------------------------


def test_a_new_file_has_no_base(step: Step, repository: Repository) -> None:
    (step.folder.parent / "base").mkdir()
    done = step("plan", base="../base")
    assert done.outputs["creates"] == "1"
    assert "What this change does" not in comments(repository)[0]


def test_redacted_nobody_is_named_and_the_plan_can_t_be_applied(
    step: Step, repository: Repository
) -> None:
    step.begin("seats.yml")
    done = step("plan", redact="true")
    plan = Path(done.outputs["plan-file"])
    for text in (comments(repository)[0], done.summary, done.out, plan.read_text()):
        assert "newcomer" not in text
        assert "sleepy" not in text
    before = live(step.sandbox.world)
    done = step("apply", "push", {}, plan_file=str(plan), comment="false")
    assert done.code == 4
    assert live(step.sandbox.world) == before


def test_a_snapshot_counts_only_without_a_token(step: Step, repository: Repository) -> None:
    old = acme()
    old["seats"] = old["seats"][:-1]
    step.write("snapshot.json", json.dumps(old))
    assert "32 seats" in step("plan", live="snapshot.json").summary
    assert "31 seats" in step("plan", live="snapshot.json", token="").summary


def test_a_plan_file_is_for_one_file(step: Step) -> None:
    done = step("apply", "push", {}, files="seats.yml\nbeta.yml", plan_file="plan.json")
    assert done.code == 1
    assert "goes with one file" in done.err


def test_the_plan_s_own_file_does_not_count(step: Step) -> None:
    step.begin("seats.yml")
    plan = step("plan", comment="false").outputs["plan-file"]
    step.write("other.yml", FILE.replace("sleepy, newcomer", "sleepy"))
    step("apply", "push", {}, plan_file=plan, files="other.yml", comment="false")
    assert "newcomer" not in live(step.sandbox.world)


# --- several files ------------------------------------------------------------------------------

BETA = FILE.replace("org: acme", "org: beta")


def test_several_files_are_counted_together_and_one_stops_no_other(
    step: Step, repository: Repository
) -> None:
    step.write("beta.yml", BETA)
    step.write("broken.yml", "version: 1\norg: broken\nseat: {}\n")
    done = step("plan", files="*.yml")
    assert done.code == 1
    assert done.outputs["exitcode"] == "1"
    assert (done.outputs["creates"], done.outputs["withheld"]) == ("2", "2")
    assert "fingerprint" not in done.outputs
    folder = Path(done.outputs["plan-file"])
    assert sorted(path.name for path in folder.iterdir()) == ["acme.json", "beta.json"]
    assert done.outputs["artifact-name"] == "copilot-seats-plan"
    assert done.outputs["artifact-path"] == str(folder)
    assert [line.partition(",")[0] for line in done.annotations][:1] == ["::error file=broken.yml"]
    assert len(comments(repository)) == 3


def test_of_two_files_for_one_organisation_neither_is_used(
    step: Step, repository: Repository
) -> None:
    step.write("again.yml", FILE)
    before = live(step.sandbox.world)
    step.begin("seats.yml")
    for command, given in (("plan", {}), ("apply", {"auto_approve": "true"}), ("drift", {})):
        done = step(command, files="*.yml", **given)
        assert done.code == 1, command
        assert "two files for one organisation" in done.annotations[0]
        assert "plan-file" not in done.outputs
    assert live(step.sandbox.world) == before
    assert all("two files" in text for text in comments(repository))
    (issue,) = (one for one in repository.threads.values() if one.pull is None)
    assert "two files" in issue.body


def test_a_matrix_has_a_job_for_each_file_that_differs(step: Step) -> None:
    base = step.folder.parent / "base"
    for name, text in (
        ("same", FILE),
        ("changed", BETA),
        ("guarded", FILE.replace("acme", "gamma") + "guards: guards.yml\n"),
        ("broken", "version: 1\norg: delta\nseat: {}\n"),
        ("new", FILE.replace("acme", "zeta")),
    ):
        step.write(f"orgs/{name}.yml", text)
        (base / "orgs").mkdir(parents=True, exist_ok=True)
        if name != "new":
            (base / "orgs" / f"{name}.yml").write_text(text)
    step.write("orgs/guards.yml", "max_seats: 50\n")
    (base / "orgs" / "guards.yml").write_text("max_seats: 40\n")
    step.write("orgs/changed.yml", BETA + "# a comment\n")
    names = "\n".join(
        f"orgs/{name}.yml" for name in ("same", "changed", "guarded", "broken", "new")
    )
    done = step("validate", files=names, base="../base")
    assert done.code == 1
    listed = [one["org"] for one in json.loads(done.outputs["matrix"])["include"]]
    assert listed == ["beta", "gamma", "delta", "zeta"]


def test_two_files_for_one_organisation_have_a_job_that_says_so(
    step: Step, repository: Repository
) -> None:
    step("plan")
    step.write("again.yml", FILE)
    step.write("beta.yml", BETA)
    done = step("validate", files="*.yml")
    both = {"file": "again.yml\nseats.yml", "org": "acme"}
    listed = json.loads(done.outputs["matrix"])["include"]
    assert listed == [both, {"file": "beta.yml", "org": "beta"}]
    done = step("plan", files=both["file"])
    assert done.code == 1
    assert "plan-file" not in done.outputs
    (comment,) = comments(repository)
    assert "two files" in comment


def test_more_jobs_than_a_matrix_can_have_are_an_error(step: Step) -> None:
    for number in range(257):
        step.write(f"orgs/{number}.yml", FILE.replace("acme", f"org-{number}"))
    done = step("validate", files="orgs/*.yml")
    assert done.code == 1
    assert "257 files: GitHub runs at most 256 jobs" in done.err


# --- every night --------------------------------------------------------------------------------


def test_a_file_that_names_nobody_has_no_issue(step: Step, repository: Repository) -> None:
    step.write("seats.yml", "version: 1\norgs: acme\n")
    done = step("drift", "schedule", {})
    assert done.code == 1
    assert any("names no organisation" in line for line in done.annotations)
    assert len(repository.threads) == 1


@pytest.mark.parametrize("issue", ["true", "false"])
def test_the_issue_is_a_choice(step: Step, repository: Repository, issue: str) -> None:
    step.begin("seats.yml")
    done = step("drift", "schedule", {}, issue=issue)
    assert done.outputs["exitcode"] == "2"
    assert len(repository.threads) == (2 if issue == "true" else 1)


def test_a_ledger_that_can_t_be_kept_is_a_run_that_failed(
    step: Step, repository: Repository
) -> None:
    step.begin("seats.yml")
    ledger = step.folder / ".copilot-seats" / "acme.jsonl"
    ledger.write_text(ledger.read_text() + "{}\n")
    done = step("drift", "schedule", {})
    assert done.code == 1
    (issue,) = (one for one in repository.threads.values() if one.pull is None)
    assert "the nightly run failed" in issue.title
    assert "ledger" in issue.body


def test_a_plan_whose_night_was_not_remembered_is_a_run_that_failed(
    step: Step, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    step.begin("seats.yml")
    run = entry.run

    def failing(arguments: list[str]) -> int:
        code = run(arguments)
        return 1 if arguments[0] == "drift" else code

    monkeypatch.setattr(entry, "run", failing)
    done = step("drift", "schedule", {})
    assert done.outputs["plan-file"]
    (issue,) = (one for one in repository.threads.values() if one.pull is None)
    assert "the nightly run failed" in issue.title


def test_an_unreadable_working_directory_is_told(step: Step) -> None:
    done = step("plan", working_directory="missing")
    assert done.code == 1
    assert "input working-directory: missing" in done.err


# --- applied again ------------------------------------------------------------------------------


def test_a_job_that_runs_again_keeps_the_report_in_the_comment(
    step: Step, repository: Repository
) -> None:
    repository.threads[7].pull = Pull("1" * 40, "3" * 40, step.sandbox.world.now)
    step.begin("seats.yml")
    plan = step("plan", comment="false").outputs["plan-file"]
    assert step("apply", "push", {}, plan_file=plan, pace="0").code == 0
    (report,) = comments(repository)
    assert "**Done: " in report
    for _ in range(2):
        assert step("apply", "push", {}, plan_file=plan, pace="0").code == 4
        (body,) = comments(repository)
        assert body.count("a plan is used once") == 1
        told = report.partition("\n")[2].strip()
        assert body.index("a plan is used once") < body.index("<details>") < body.index(told)


def test_a_job_that_is_cancelled_tells_what_it_has_done(
    step: Step, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.threads[7].pull = Pull("1" * 40, "3" * 40, step.sandbox.world.now)
    step.begin("seats.yml")
    plan = step("plan", comment="false").outputs["plan-file"]

    def cancelled(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(reading, "_rows", cancelled)
        done = step("apply", "push", {}, plan_file=plan, pace="0")
    assert done.code == 130
    counts = {name: done.outputs[name] for name in ("exitcode", "has-changes", "creates")}
    assert counts == {"exitcode": "130", "has-changes": "true", "creates": "1"}
    assert json.loads(Path(done.outputs["report-file"]).read_text())["exit_code"] == 130
    (body,) = comments(repository)
    for page in (body, done.summary):
        assert "The run ended before its end. The rest goes on when it is run again" in page
        assert "accepted by GitHub" in page
    assert step("apply", "push", {}, plan_file=plan, pace="0").code == 0
    (body,) = comments(repository)
    assert "**Done: " in body
    assert "ended before" not in body
