"""`issue`: one issue an organisation, opened, updated and closed by what `drift` found."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from e2e_support import TOKEN, Cli, Serve, crowd, row, snapshot

from reconciler.sandbox import Access, Fault, Kind, World
from reconciler.sandbox.repositories import Author, Repository, Thread

FIRST = "<!-- copilot-seats:issue:drift/acme -->"
NAMED = FIRST.replace(" -->", " org:70211 -->")
"""As a plan has it written, which has the organisation's id."""
NOW = datetime(2026, 11, 16, 8, tzinfo=UTC)
BOT = "ghs_e2eBotTokenThatMustNeverBeShown012345"

FILE = """\
version: 1
org: acme
seats:
  members: all
inactivity:
  rules:
    - name: everyone
      idle: {warn: 30d, cancel: 60d}
guards:
  max_cancellations_per_cycle: 50%
"""


@pytest.fixture
def world(cli: Cli, served: Serve) -> World:
    """An organisation with a ledger, in which somebody is idle for 29 days."""
    cli.environment["GITHUB_REPOSITORY"] = "acme/seats"
    world = served(snapshot([*crowd(20), row("tired", active="-29d", given="-200d")]))
    world.live_on()
    cli.write("seats.yml", FILE)
    cli("ledger", "init", code=0)
    return world


@pytest.fixture
def there(served: Serve, world: World) -> Repository:
    return found(served)


def found(served: Serve) -> Repository:
    repository = served.sandboxes[-1].repositories.find("acme", "seats")  # type: ignore[attr-defined]
    assert isinstance(repository, Repository)
    return repository


def night(cli: Cli, world: World, days: int = 1) -> str:
    """Let *days* pass, run drift and keep the issue; return what `issue` printed."""
    world.advance(timedelta(days=days))
    (cli.folder / "body.md").unlink(missing_ok=True)
    cli("drift", "--out", "plan.json", "--summary", "body.md")
    return cli("issue", "plan.json", "--body", "body.md", code=0).out


def only(repository: Repository) -> Thread:
    [thread] = repository.threads.values()
    return thread


# --- its life -----------------------------------------------------------------------------------


def test_an_issue_s_life(cli: Cli, world: World, there: Repository) -> None:
    assert night(cli, world, 0) == ""
    assert there.threads == {}

    url = night(cli, world, 2)
    issue = only(there)
    assert url == f"https://github.com/acme/seats/issues/{issue.number}\n"
    assert issue.title == "Copilot seats of acme: 1 warned"
    assert issue.labels == ["copilot-seats"]
    assert issue.body.startswith(f"{NAMED}\n### Copilot seats of `acme`\n")
    assert "These seats will be taken back on the day named" in issue.body
    assert "| `tired` | idle for 31 days (last active 2026-10-18); to be taken back" in issue.body
    assert "`drift acme 2026-11-18T08:00:00Z: 21 seats, 0 to create" in issue.body.splitlines()[-1]

    night(cli, world, 30)
    assert only(there).title == "Copilot seats of acme: 1 to delete"
    assert only(there).open

    cli("apply", "--auto-approve", "--pace", 0, "--wait", 0, code=0)
    assert night(cli, world) == url
    issue = only(there)
    assert (issue.open, issue.state_reason) == (False, "completed")
    assert issue.title == "Copilot seats of acme: nothing is due"
    assert "No changes. The seats are as the file says." in issue.body
    assert "`drift acme 2026-12-19T08:00:00Z" in issue.body

    night(cli, world)
    assert "`drift acme 2026-12-20T08:00:00Z" in only(there).body
    assert not only(there).open

    world.revoke_user("busy-001")
    assert night(cli, world) == url
    issue = only(there)
    assert (issue.open, issue.title) == (True, "Copilot seats of acme: 1 to create")


def test_what_a_guard_withholds_keeps_it_open(cli: Cli, world: World, there: Repository) -> None:
    cli.write("seats.yml", FILE + "  max_creations_per_cycle: 0\n")
    world.join_organization("fresh")
    night(cli, world, 0)
    assert only(there).title == "Copilot seats of acme: 1 withheld"


def test_what_people_add_stays(cli: Cli, world: World, there: Repository) -> None:
    night(cli, world, 2)
    issue = only(there)
    issue.labels += ["triaged"]
    there.comment(issue, Author("mona"), "on it", NOW)
    night(cli, world)
    assert issue.labels == ["copilot-seats", "triaged"]
    assert [one.body for one in issue.comments] == ["on it"]


def test_a_run_that_failed_says_why(cli: Cli, world: World, there: Repository) -> None:
    night(cli, world, 0)
    cli.write("seats.yml", FILE.replace("members: all", "members: some"))
    (cli.folder / "body.md").unlink()
    cli("drift", "--out", "plan.json", "--summary", "body.md", code=1)
    assert "plan.json" not in cli.files()
    cli("issue", "plan.json", "--org", "acme", "--body", "body.md", code=0)
    issue = only(there)
    assert (issue.open, issue.title) == (True, "Copilot seats of acme: the nightly run failed")
    assert "### Copilot seats: `drift` failed for `seats.yml`" in issue.body
    assert "`seats.yml:4:12`" in issue.body
    assert cli("issue", "--org", "ACME", "--body", "body.md", code=0).out
    assert only(there).number == issue.number
    cli.write("seats.yml", FILE)
    night(cli, world, 0)
    assert not only(there).open


def test_several_organisations_have_an_issue_each(cli: Cli, world: World, served: Serve) -> None:
    there = found(served)
    cli.write("body.md", "x")
    for org in ("acme", "acme-2", "ac", "Acme"):
        cli("issue", "--org", org, "--body", "body.md", code=0)
    assert [one.title.split()[3] for one in there.threads.values()] == ["Acme:", "acme-2:", "ac:"]


# --- which one is ours --------------------------------------------------------------------------


def failed(cli: Cli, *more: object) -> None:
    cli.write("body.md", "it failed")
    cli("issue", "--org", "acme", "--body", "body.md", *more, code=0)


@pytest.mark.parametrize("token", [TOKEN, BOT])
def test_a_stranger_s_issue_with_our_marker_is_never_ours(
    cli: Cli, there: Repository, token: str
) -> None:
    cli.environment["COPILOT_SEATS_REPOSITORY_TOKEN"] = token
    for author in ("eve", "sandbox-app", "sandbox-owner-2"):
        there.open_issue(Author(author), "Nothing to see", f"{FIRST}\nx", ["copilot-seats"], NOW)
    for _ in range(2):
        failed(cli)
    titles = [one.title for one in there.threads.values()]
    assert titles == ["Nothing to see"] * 3 + ["Copilot seats of acme: the nightly run failed"]
    assert all(one.open for one in there.threads.values())
    assert not any(BOT in said for said in cli.said)


def test_another_bot_s_open_issue_is_not_preferred_to_our_closed_one(
    cli: Cli, there: Repository
) -> None:
    cli.environment["COPILOT_SEATS_REPOSITORY_TOKEN"] = BOT
    failed(cli)
    ours = only(there)
    ours.set_state(open=False, reason=None, now=NOW)
    other = there.open_issue(Author("x[bot]", "Bot"), "x", f"{FIRST}\nx", ["copilot-seats"], NOW)
    for _ in range(2):
        failed(cli)
    assert (ours.open, other.title) == (True, "x")
    assert len(there.threads) == 2


def test_of_several_bots_the_workflows_own_comes_first(cli: Cli, there: Repository) -> None:
    cli.environment["COPILOT_SEATS_REPOSITORY_TOKEN"] = BOT
    for author in ("x[bot]", "github-actions[bot]", "y[bot]"):
        there.open_issue(Author(author, "Bot"), author, f"{FIRST}\nx", ["copilot-seats"], NOW)
    failed(cli)
    assert [one.title[:7] for one in there.threads.values()] == ["x[bot]", "Copilot", "y[bot]"]


def test_the_open_one_counts_and_else_the_newest(cli: Cli, there: Repository) -> None:
    us = Author("sandbox-owner")
    issues = [there.open_issue(us, f"{n}", f"{FIRST}\n{n}", ["copilot-seats"], NOW) for n in "abc"]
    for one in (issues[0], issues[2]):
        one.set_state(open=False, reason=None, now=NOW)
    failed(cli)
    assert [one.title[:7] for one in issues] == ["a", "Copilot", "c"]
    issues[1].set_state(open=False, reason=None, now=NOW)
    issues[1].body = ""
    failed(cli)
    assert [one.open for one in issues] == [False, False, True]
    assert len(there.threads) == 3


def test_an_issue_that_lost_its_label_is_found(cli: Cli, there: Repository) -> None:
    failed(cli)
    only(there).labels.clear()
    failed(cli)
    assert only(there).labels == []


def test_a_label_of_one_s_own(cli: Cli, there: Repository) -> None:
    failed(cli, "--label", "Copilot: seats")
    failed(cli, "--label", "Copilot: seats")
    assert only(there).labels == ["Copilot: seats"]


def test_a_pull_request_is_no_issue(cli: Cli, there: Repository) -> None:
    from reconciler.sandbox.repositories import Pull

    pull = there.open_pull(Author("sandbox-owner"), "x", Pull("a" * 40, None, None), NOW)
    pull.body, pull.labels = f"{FIRST}\nx", ["copilot-seats"]
    failed(cli)
    assert len(there.threads) == 2
    assert pull.title == "x"


def test_an_issue_among_many_is_found(cli: Cli, there: Repository) -> None:
    failed(cli)
    for number in range(230):
        there.open_issue(Author("mona"), f"{number}", "", ["copilot-seats"], NOW)
    failed(cli)
    assert len(there.threads) == 231


# --- what goes wrong ----------------------------------------------------------------------------


def test_labels_that_can_not_be_set_are_left_out(cli: Cli, served: Serve, world: World) -> None:
    served(
        snapshot(crowd(3)),
        faults=[Fault("POST */issues", status=422, message="Label does not exist", times=1)],
    )
    failed(cli)
    assert only(found(served)).labels == []
    failed(cli)
    assert len(found(served).threads) == 1


@pytest.mark.parametrize("how", [{"drop": "after"}, {"drop": "before"}, {"status": 502}])
def test_an_issue_is_not_opened_twice(
    cli: Cli, served: Serve, world: World, how: dict[str, object]
) -> None:
    served(snapshot(crowd(3)), faults=[Fault.of({"operation": "POST */issues", "times": 1, **how})])
    failed(cli)
    assert only(found(served)).open


def test_a_token_that_may_not_write_issues(cli: Cli, served: Serve, world: World) -> None:
    served(snapshot(crowd(3)), tokens={TOKEN: Access({"issues": "read"}, Kind.INSTALLATION)})
    cli.write("body.md", "x")
    err = cli("issue", "--org", "acme", "--body", "body.md", code=1).err
    assert 'the repository permission "Issues": write' in err


def test_issues_that_are_turned_off(cli: Cli, there: Repository) -> None:
    there.has_issues = False
    cli.write("body.md", "x")
    err = cli("issue", "--org", "acme", "--body", "body.md", code=1).err
    assert "issues of acme/seats are turned off" in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--body", "body.md"], "--org"),
        (["plan.json"], "--body"),
        (["nowhere.json", "--body", "body.md"], "nowhere.json can't be read"),
        (["broken.json", "--body", "body.md"], "it is not JSON"),
        (["other.json", "--body", "body.md"], "no plan"),
        (["plan.json", "--org", "globex", "--body", "body.md"], "is a plan for acme"),
        (["--org", "../x", "--body", "body.md"], "login"),
        (["--org", "acme", "--body", "nowhere.md"], "nowhere.md can't be read"),
        (["-", "--body", "-"], "not both"),
        (["--org", "acme", "--body", "body.md", "--label", "a,b"], "--label"),
        (["--org", "acme", "--body", "body.md", "--label", " "], "--label"),
    ],
)
def test_what_makes_no_sense_is_told(
    cli: Cli, there: Repository, arguments: list[object], said: str
) -> None:
    cli("drift", "--out", "plan.json", "--summary", "body.md")
    cli.write("broken.json", "{")
    cli.write("other.json", "{}")
    assert said in cli("issue", *arguments, code=1).err
    assert there.threads == {}


def test_the_plan_can_come_from_a_pipe(cli: Cli, world: World, there: Repository) -> None:
    world.revoke_user("busy-001")
    cli("drift", "--out", "plan.json", "--summary", "body.md", code=2)
    cli.process("issue", "-", "--body", "body.md", stdin=cli.read("plan.json"), code=0)
    assert only(there).title == "Copilot seats of acme: 1 to create"


# --- words of others ----------------------------------------------------------------------------


def test_words_of_others_are_only_words(cli: Cli, served: Serve, world: World) -> None:
    hostile = "`x` | <img> @everyone"
    snap = snapshot(crowd(20), {"ops": [f"busy-{n:03}" for n in range(3)]})
    snap["teams"][0]["name"] = hostile
    served(snap)
    cli.write(
        "seats.yml",
        "version: 1\norg: acme\nseats:\n  users:\n"
        + "".join(f"    - busy-{n:03}\n" for n in range(3, 20))
        + "exempt:\n"
        '  - {user: busy-005, reason: "::set-output name=x::y"}\n'
        '  - {user: busy-006, reason: "a\\n\\n<!-- copilot-seats:issue:drift/evil -->"}\n'
        '  - {user: busy-007, reason: "@everyone [x](https://evil.example) `--flag`"}\n',
    )
    cli("drift", "--no-state", "--out", "plan.json", "--summary", "body.md")
    cli("issue", "plan.json", "--body", "body.md", code=0)
    issue = only(found(served))
    assert "@everyone" not in issue.body
    assert "](https:" not in issue.body
    assert "<img" not in issue.body
    assert issue.body.count("<!--") == 1
    assert "::set-output" in issue.body.replace("&#58;", ":")
    assert not any(line.lstrip().startswith("::") for line in issue.body.splitlines())


def test_the_title_of_a_forged_plan_is_one_line(cli: Cli, there: Repository) -> None:
    cli("drift", "--out", "plan.json", "--summary", "body.md")
    plan = cli.load("plan.json")
    plan["copilot_seats"]["org"]["login"] = "acme\n@everyone"
    cli.write("plan.json", json.dumps(plan))
    assert "no login" in cli("issue", "plan.json", "--body", "body.md", code=1).err
    assert there.threads == {}


# --- an organisation that is renamed ------------------------------------------------------------


def told(cli: Cli, org: str, number: int, *, warned: bool = True) -> None:
    """Keep the issue by a plan for *org*; it is open where somebody is warned."""
    document = {
        "copilot_seats": {
            "org": {"login": org, "id": number},
            "withheld": [],
            "notices": [{"kind": "warn"}] if warned else [],
        },
        "resource_changes": [],
    }
    cli.write("told.json", json.dumps(document))
    cli.write("body.md", f"of {org}")
    cli("issue", "told.json", "--body", "body.md", code=0)


def failed_for(cli: Cli, org: str, *more: object) -> None:
    cli.write("body.md", f"{org} failed")
    cli("issue", "--org", org, "--body", "body.md", *more, code=0)


@pytest.mark.parametrize("first", [FIRST, NAMED])
def test_a_renamed_organisation_keeps_its_issue(cli: Cli, there: Repository, first: str) -> None:
    """Also one of before markers had ids, if a run under the old name has been since."""
    there.open_issue(Author("sandbox-owner"), "x", f"{first}\nx", ["copilot-seats"], NOW)
    told(cli, "acme", 70211)
    told(cli, "acme-corp", 70211)
    issue = only(there)
    assert issue.title == "Copilot seats of acme-corp: 1 warned"
    assert issue.body == "<!-- copilot-seats:issue:drift/acme-corp org:70211 -->\nof acme-corp\n"
    told(cli, "acme-corp", 70211, warned=False)
    assert not only(there).open


def test_whoever_has_the_old_name_now_has_an_issue_of_its_own(cli: Cli, there: Repository) -> None:
    told(cli, "acme", 70211)
    told(cli, "acme", 5555)
    failed_for(cli, "acme")
    assert [one.body.partition("\n")[2] for one in there.threads.values()] == [
        "of acme\n",
        "acme failed\n",
    ]
    told(cli, "acme-corp", 70211)
    told(cli, "acme", 5555)
    assert [one.title for one in there.threads.values()] == [
        "Copilot seats of acme-corp: 1 warned",
        "Copilot seats of acme: 1 warned",
    ]


def test_a_run_that_failed_loses_no_id(cli: Cli, there: Repository) -> None:
    told(cli, "acme", 70211)
    failed_for(cli, "acme")
    assert only(there).body == f"{NAMED}\nacme failed\n"
    failed_for(cli, "acme-corp", "--org-id", 70211)
    told(cli, "acme-corp", 70211)
    assert only(there).title == "Copilot seats of acme-corp: 1 warned"
    assert "--org-id" in cli("issue", "--org", "a", "--org-id", 0, "--body", "b.md", code=1).err
