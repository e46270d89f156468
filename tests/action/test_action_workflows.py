"""The workflows to copy, run as they stand by act: pull request, merge, night; right and wrong."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from functools import partial

import pytest
from action_act import Act, require
from action_support import FILE, acme, begin_ledger, example, ledger, live, pull_request, with_input

from reconciler.sandbox import Fault, Sandbox, World, serve
from reconciler.sandbox.repositories import Pull, Repository

PROPOSED = FILE.replace("newcomer]", "newcomer, gone]")

HEAD = "1" * 40


@pytest.fixture(autouse=True)
def _stub(act: Act) -> None:
    act.environment["STUB_HEAD"] = HEAD


def comments(repository: Repository, number: int = 7) -> list[str]:
    return [one.body for one in repository.threads[number].comments]


def merged(repository: Repository, sandbox: Sandbox, sha: str) -> None:
    """Let pull request 7 have been merged with *sha*."""
    repository.threads[7].pull = Pull(HEAD, sha, sandbox.world.now)


# --- pull requests ------------------------------------------------------------------------------


def test_a_pull_request_gets_one_comment_which_is_kept_up_to_date(
    act: Act, world: World, repository: Repository
) -> None:
    act.origin.commit("main", {"seats.yml": FILE})
    begin_ledger(act.origin, act.api_url)
    before, remembered = live(world), ledger(act.origin)
    act.origin.commit("proposal", {"seats.yml": PROPOSED})
    ran = act(example("plan", act.api_url), event=pull_request())
    (comment,) = comments(repository)
    assert "### What this change does" in comment
    assert "### What was already due" in comment
    assert "| − | `sleepy` | idle for 60 days" in comment
    assert comment.partition("\n")[2].strip() in ran.summary
    assert ran.outputs("2") == {
        "exitcode": "2",
        "has-changes": "true",
        "creates": "1",
        "deletes": "1",
        "withheld": "0",
        "fingerprint": json.loads(plan_of(act))["copilot_seats"]["fingerprint"],
        "plan-file": ran.outputs("2")["plan-file"],
        "report-file": "",
        "matrix": "",
        "artifact-name": "copilot-seats-plan-acme",
    }

    act.origin.commit("proposal", {"seats.yml": PROPOSED.replace("sleepy", "sleepy, busy-01")})
    act(example("plan", act.api_url), event=pull_request())
    assert len(comments(repository)) == 1

    act.origin.commit("proposal", {"seats.yml": PROPOSED + "guard: {}\n"})
    ran = act(example("plan", act.api_url), event=pull_request(), code=1)
    (comment,) = comments(repository)
    assert "`seats.yml:8:1`" in comment
    assert "sleepy" not in comment
    assert ran.annotations[0].startswith("::error file=seats.yml,line=8,col=1,")
    assert ran.outputs("2")["exitcode"] == "1"
    assert (live(world), ledger(act.origin)) == (before, remembered)


def plan_of(act: Act, org: str = "acme") -> str:
    return (act.artifacts / f"copilot-seats-plan-{org}" / "plan.json").read_text(encoding="utf-8")


def test_a_pull_request_cannot_raise_a_guard_and_use_it(act: Act, repository: Repository) -> None:
    act.origin.commit("main", {"seats.yml": FILE + "guards: {max_creations_per_cycle: 0}\n"})
    begin_ledger(act.origin, act.api_url)
    act.origin.commit("proposal", {"seats.yml": FILE + "guards: {max_creations_per_cycle: 50%}\n"})
    text = with_input(example("plan", act.api_url), "fail-on", "guard")
    ran = act(text, event=pull_request(), code=1)
    assert ran.outputs("2")["exitcode"] == "3"
    assert ran.outputs("2")["creates"] == "0"
    assert "`max_creations_per_cycle`" in comments(repository)[0].partition("Withheld")[2]
    assert any(
        line.startswith("::error title=copilot-seats plan::a guard") for line in ran.annotations
    )


@pytest.mark.parametrize("author", ["mona", "dependabot[bot]"])
def test_without_secrets_a_pull_request_is_checked_only_and_that_is_said(
    act: Act, repository: Repository, author: str
) -> None:
    act.secrets.pop("COPILOT_SEATS_READER_PRIVATE_KEY")
    act.origin.commit("main", {"seats.yml": FILE})
    act.origin.commit("proposal", {"seats.yml": PROPOSED})
    event = pull_request(fork=author == "mona", author=author)
    ran = act(example("plan", act.api_url), event=event)
    assert "checked, not planned" in ran.summary
    assert any("gives such a workflow no secrets" in line for line in ran.annotations)
    assert not comments(repository)
    assert not list(act.artifacts.iterdir())

    act.origin.commit("proposal", {"seats.yml": PROPOSED + "guard: {}\n"})
    ran = act(example("plan", act.api_url), event=event, code=1)
    assert ran.annotations[0].startswith("::error file=seats.yml,line=8,col=1,")


def test_a_fork_is_planned_on_a_snapshot_of_the_base_branch(
    act: Act, repository: Repository
) -> None:
    act.secrets.pop("COPILOT_SEATS_READER_PRIVATE_KEY")
    act.origin.commit("main", {"seats.yml": FILE, "snapshot.json": json.dumps(acme())})
    act.origin.commit("proposal", {"seats.yml": PROPOSED, "snapshot.json": None})
    text = with_input(example("plan", "http://127.0.0.1:9"), "live", "../base/snapshot.json")
    ran = act(text, event=pull_request(fork=True))
    assert "| + | `newcomer` |" in ran.summary
    assert any("no comment" in line for line in ran.annotations)
    assert not comments(repository)


# --- applying -----------------------------------------------------------------------------------


def reviewed(act: Act) -> None:
    """Let PROPOSED be planned in a pull request, and be merged."""
    require("jq", "the stub of gh answers with it")
    act.origin.commit("main", {"seats.yml": FILE})
    begin_ledger(act.origin, act.api_url)
    act.origin.commit("proposal", {"seats.yml": PROPOSED})
    act(example("plan", act.api_url), event=pull_request())
    act.origin.commit("main", {"seats.yml": PROPOSED})


def test_a_merge_applies_the_reviewed_plan_and_only_once(
    act: Act, world: World, sandbox: Sandbox, repository: Repository
) -> None:
    reviewed(act)
    start = partial(merged, repository, sandbox)
    text = example("apply", act.api_url)
    ran = act(text, "push", before=start)
    assert "newcomer" in live(world)
    assert "sleepy" not in live(world)
    assert "gone" in live(world)
    assert ran.outputs("3")["creates"] == ran.outputs("3")["deletes"] == "1"
    assert [one["event"] for one in ledger(act.origin)][-1] == "apply_finished"
    plan, report = comments(repository)
    assert "apply" in report.partition("\n")[2].splitlines()[0]
    assert "What this change does" in plan
    kept = json.loads((act.artifacts / "copilot-seats-apply-acme" / "report.json").read_text())
    assert kept["exit_code"] == 0

    remembered = ledger(act.origin)
    ran = act(text, "push", before=start, code=1)
    assert ran.outputs("3")["exitcode"] == "4"
    assert any("may not be applied" in line for line in ran.annotations)
    assert ledger(act.origin) == remembered
    assert len(comments(repository)) == 2


def test_an_apply_that_is_not_done_is_red_and_says_what_to_do(
    act: Act, world: World, sandbox: Sandbox, repository: Repository
) -> None:
    reviewed(act)
    sandbox.faults.add([Fault("DELETE *", status=422)])
    ran = act(
        example("apply", act.api_url), "push", before=partial(merged, repository, sandbox), code=1
    )
    assert ran.outputs("3")["exitcode"] == "5"
    assert "newcomer" in live(world)
    assert "sleepy" in live(world)
    assert any("the next plan has the rest again" in line for line in ran.annotations)
    assert "Failed (1)" in comments(repository)[1]


def test_without_a_reviewed_plan_nothing_is_applied(
    act: Act, world: World, sandbox: Sandbox, repository: Repository
) -> None:
    reviewed(act)
    shutil.rmtree(act.artifacts / "copilot-seats-plan-acme")
    before = live(world)
    ran = act(
        example("apply", act.api_url), "push", before=partial(merged, repository, sandbox), code=1
    )
    assert live(world) == before
    assert any("No plan of this change was reviewed" in line for line in ran.annotations)


def test_a_merge_uses_no_guard_that_it_raises_whoever_made_the_plan(
    act: Act, world: World, sandbox: Sandbox, repository: Repository
) -> None:
    """The same commit, planned against a branch where the guard is raised already."""
    require("jq", "the stub of gh answers with it")
    strict = "guards: {max_creations_per_cycle: 0}\n"
    raised = PROPOSED + strict.replace("0", "50%")
    act.origin.commit("main", {"seats.yml": FILE + strict})
    begin_ledger(act.origin, act.api_url)
    act.origin.commit("own", {"seats.yml": FILE + strict.replace("0", "50%")})
    act.origin.commit("proposal", {"seats.yml": raised})
    event = pull_request()
    event["pull_request"]["base"]["ref"] = "own"
    text = example("plan", act.api_url).replace("    branches: [main]\n", "")
    ran = act(text, event=event)
    assert ran.outputs("2")["creates"] == "1"
    act.origin.commit("main", {"seats.yml": raised})
    ran = act(example("apply", act.api_url), "push", before=partial(merged, repository, sandbox))
    assert ran.outputs("3")["exitcode"] == "3"
    assert "newcomer" not in live(world)
    assert "sleepy" not in live(world)
    assert "Changed by the merge" in comments(repository)[1]


def test_by_hand_a_plan_is_made_approved_and_applied(act: Act, world: World) -> None:
    act.origin.commit("main", {"seats.yml": FILE})
    begin_ledger(act.origin, act.api_url)
    act(example("apply-now", act.api_url), "workflow_dispatch")
    assert "newcomer" in live(world)
    assert not {"sleepy", "gone"} & live(world)


# --- every night --------------------------------------------------------------------------------

WARNING = FILE.replace("policy: prompt", "rules: [{name: all, idle: {warn: 20d, cancel: 34d}}]")


def test_every_night_one_issue_is_opened_kept_and_closed(
    act: Act, world: World, repository: Repository
) -> None:
    act.origin.commit("main", {"seats.yml": WARNING})
    begin_ledger(act.origin, act.api_url)
    text = example("nightly", act.api_url)
    act(text, "schedule")
    (issue,) = issues(repository)
    assert issue.open
    assert "sleepy" in issue.body
    assert "2026-12-06" in issue.body
    assert any(one["event"] == "warned" for one in ledger(act.origin))
    act.origin.commit(
        "main", {"seats.yml": "version: 1\norg: acme\nseats: {undeclared: keep, users: [sleepy]}\n"}
    )
    act(text, "schedule")
    assert issues(repository) == [issue]
    assert not issue.open

    act.origin.commit("main", {"seats.yml": "version: 1\norg: acme\nseats: {user: [sleepy]}\n"})
    ran = act(text, "schedule", code=1)
    assert issues(repository) == [issue]
    assert issue.open
    assert "failed" in issue.title
    assert "seats.yml:3" in issue.body
    assert ran.annotations[0].startswith("::error file=seats.yml,line=3,")


def issues(repository: Repository) -> list[object]:
    return [one for one in repository.threads.values() if one.pull is None]


def test_opted_in_idle_seats_are_taken_back_at_night_and_nothing_else(
    act: Act, world: World, repository: Repository
) -> None:
    act.origin.commit("main", {"seats.yml": FILE})
    begin_ledger(act.origin, act.api_url)
    act(example("nightly-enforce", act.api_url), "schedule")
    assert "sleepy" not in live(world)
    assert "newcomer" not in live(world)
    assert "gone" in live(world)
    (issue,) = issues(repository)
    assert "1 to create, 1 to delete" in issue.title


# --- many organisations -------------------------------------------------------------------------


@pytest.fixture
def sandbox(world: World) -> Iterator[Sandbox]:
    with serve([world, World.from_snapshot(acme("acme-labs"))]) as running:
        yield running


def of(org: str, text: str = FILE) -> str:
    return text.replace("org: acme", f"org: {org}")


def test_many_organisations_have_a_job_each_of_those_that_are_changed(
    act: Act, sandbox: Sandbox, repository: Repository
) -> None:
    require("jq", "the stub of gh answers with it")
    act.origin.commit("main", {"orgs/acme.yml": FILE, "orgs/labs.yml": of("acme-labs")})
    for file in ("orgs/acme.yml", "orgs/labs.yml"):
        begin_ledger(act.origin, act.api_url, file)
    act.origin.commit("proposal", {"orgs/labs.yml": of("acme-labs", PROPOSED)})
    ran = act(example("many-plan", act.api_url), event=pull_request())
    listed = {"include": [{"file": "orgs/labs.yml", "org": "acme-labs"}]}
    assert json.loads(ran.outputs("list")["matrix"]) == listed
    (comment,) = comments(repository)
    assert "Copilot seats of `acme-labs`" in comment

    act.origin.commit("main", {"orgs/labs.yml": of("acme-labs", PROPOSED)})
    start = partial(merged, repository, sandbox)
    act(example("many-apply", act.api_url), "push", before=start)
    first, second = sandbox.worlds
    assert "newcomer" in live(second)
    assert "newcomer" not in live(first)
    assert len(comments(repository)) == 2

    act.origin.commit("main", {"orgs/other.yml": "version: 1\norg: other\nseat: {}\n"})
    act(example("many-nightly", act.api_url), "schedule", code=1)
    titles = {one.title.partition(":")[0] for one in issues(repository)}
    assert {"Copilot seats of acme", "Copilot seats of other"} <= titles
    remembered = {org: len(ledger(act.origin, org)) for org in ("acme", "acme-labs")}
    assert min(remembered.values()) > 1
