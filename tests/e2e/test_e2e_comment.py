"""`comment`: one comment that is kept up to date, and nobody else's is touched."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import pytest
from e2e_support import TOKEN, Cli, Serve, crowd, snapshot

from reconciler.sandbox import Access, Fault, Kind
from reconciler.sandbox.repositories import Author, Pull, Repository, Thread

FIRST = "<!-- copilot-seats:comment:plan -->"
MERGED = "a" * 40
BOT = "ghs_e2eBotTokenThatMustNeverBeShown012345"
NOW = datetime(2026, 11, 16, 8, tzinfo=UTC)


@pytest.fixture
def there(cli: Cli, served: Serve) -> Repository:
    """The repository, with the merged pull request 7 and the open issue 8."""
    return repository(cli, served)


def repository(cli: Cli, served: Serve, **options: object) -> Repository:
    served(snapshot(crowd(3)), **options)
    found = served.sandboxes[-1].repositories.find("acme", "seats")  # type: ignore[attr-defined]
    assert found is not None
    found.open_pull(Author("mona"), "Change", Pull("b" * 40, MERGED, NOW), NOW, 7)
    found.open_issue(Author("mona"), "Talk", "", [], NOW)
    cli.environment["GITHUB_REPOSITORY"] = "acme/seats"
    cli.write("body.md", "### The plan\n\nNobody loses a seat.\n")
    return found


def bodies(thread: Thread) -> list[str]:
    return [one.body for one in thread.comments]


# --- one comment --------------------------------------------------------------------------------


def test_a_comment_is_written_once_and_then_changed(cli: Cli, there: Repository) -> None:
    url = cli("comment", "body.md", "--number", 7, code=0).out
    pull = there.threads[7]
    assert url == f"https://github.com/acme/seats/pull/7#issuecomment-{pull.comments[0].id}\n"
    assert bodies(pull) == [f"{FIRST}\n### The plan\n\nNobody loses a seat.\n"]
    cli.write("body.md", "Everybody does.")
    assert cli("comment", "body.md", "--number", 7, code=0).out == url
    assert bodies(pull) == [f"{FIRST}\nEverybody does.\n"]
    assert there.threads[8].comments == []


def test_what_is_the_same_is_not_touched(cli: Cli, there: Repository, served: Serve) -> None:
    cli("comment", "body.md", "--number", 7, code=0)
    before = there.threads[7].comments[0].updated_at
    served.sandboxes[-1].world.advance(datetime(2026, 11, 17, tzinfo=UTC) - NOW)  # type: ignore[attr-defined]
    assert cli("comment", "body.md", "--number", 7, code=0).out.startswith("https://")
    assert there.threads[7].comments[0].updated_at == before


def test_each_key_has_a_comment_of_its_own(cli: Cli, there: Repository) -> None:
    for key in ("plan", "plan/acme", "PLAN/Acme", "apply"):
        cli("comment", "body.md", "--number", 7, "--key", key, code=0)
    first = [body.partition("\n")[0] for body in bodies(there.threads[7])]
    assert first == [
        FIRST,
        "<!-- copilot-seats:comment:plan/acme -->",
        "<!-- copilot-seats:comment:apply -->",
    ]


def test_a_comment_that_is_out_of_date_leads_to_the_one_that_is_not(
    cli: Cli, there: Repository
) -> None:
    pull = there.threads[7]
    mine = "<!-- copilot-seats:comment:plan/run -->\nMine"
    stranger = there.comment(pull, Author("mona"), mine, NOW)
    for key in ("plan/run", "plan/file/a.yml", "plan/other"):
        cli("comment", "body.md", "--number", 7, "--key", key, code=0)
    instead = (
        "--instead-of",
        "plan/run",
        "--instead-of",
        "plan/file/a.yml",
        "--instead-of",
        "plan",
    )
    url = cli("comment", "body.md", "--number", 7, *instead, code=0).out.strip()
    said = [body.partition("\n")[2] for body in bodies(pull)]
    out_of_date = f"Out of date: see [what is said now]({url}).\n"
    plan = "### The plan\n\nNobody loses a seat.\n"
    assert said == ["Mine", out_of_date, out_of_date, plan, plan]
    assert stranger.body.endswith("Mine")


def test_a_comment_far_down_is_found(cli: Cli, there: Repository) -> None:
    pull = there.threads[7]
    for number in range(130):
        there.comment(pull, Author("mona"), f"word {number}", NOW)
    cli("comment", "body.md", "--number", 7, code=0)
    for number in range(130):
        there.comment(pull, Author("mona"), f"more {number}", NOW)
    cli.write("body.md", "new")
    cli("comment", "body.md", "--number", 7, code=0)
    assert len(pull.comments) == 261
    assert pull.comments[130].body == f"{FIRST}\nnew\n"


def test_a_comment_that_was_deleted_is_written_anew(cli: Cli, there: Repository) -> None:
    cli("comment", "body.md", "--number", 7, code=0)
    there.threads[7].comments.clear()
    cli("comment", "body.md", "--number", 7, code=0)
    assert len(there.threads[7].comments) == 1


def test_stdin_is_read(cli: Cli, there: Repository) -> None:
    ran = cli.process("comment", "-", "--number", 7, stdin="from a pipe", code=0)
    assert ran.out.startswith("https://github.com/acme/seats/pull/7#")
    assert bodies(there.threads[7]) == [f"{FIRST}\nfrom a pipe\n"]


def test_two_runs_at_once_leave_one_comment_that_counts(
    cli: Cli, there: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    pull = there.threads[7]
    write = there.comment

    def after_another(thread: Thread, author: Author, body: str, now: datetime) -> object:
        if not thread.comments:
            write(thread, author, f"{FIRST}\nThe other run's", now)
        return write(thread, author, body, now)

    monkeypatch.setattr(there, "comment", after_another)
    url = cli("comment", "body.md", "--number", 7, code=0).out.strip()
    first, second = pull.comments
    assert url.endswith(f"#issuecomment-{first.id}")
    assert first.body == f"{FIRST}\n### The plan\n\nNobody loses a seat.\n"
    assert second.body == f"{FIRST}\nOut of date: see [what is said now]({url}).\n"
    cli.write("body.md", "new")
    cli("comment", "body.md", "--number", 7, code=0)
    assert (first.body, len(pull.comments)) == (f"{FIRST}\nnew\n", 2)


def test_what_an_earlier_race_left_leads_to_the_one_that_counts(
    cli: Cli, there: Repository
) -> None:
    pull = there.threads[7]
    for text in ("first", "second"):
        there.comment(pull, Author("sandbox-owner"), f"{FIRST}\n{text}", NOW)
    url = cli("comment", "body.md", "--number", 7, code=0).out.strip()
    assert [body.partition("\n")[2] for body in bodies(pull)] == [
        "### The plan\n\nNobody loses a seat.\n",
        f"Out of date: see [what is said now]({url}).\n",
    ]


# --- whose comment it is ------------------------------------------------------------------------


@pytest.mark.parametrize("token", [TOKEN, BOT])
def test_a_stranger_s_comment_with_our_marker_is_never_ours(
    cli: Cli, there: Repository, token: str
) -> None:
    cli.environment["COPILOT_SEATS_REPOSITORY_TOKEN"] = token
    pull = there.threads[7]
    forged = f"{FIRST}\nAll is well, merge it."
    there.comment(pull, Author("eve"), forged, NOW)
    there.comment(pull, Author("sandbox-app"), forged, NOW)
    there.comment(pull, Author("sandbox-owner-2"), forged, NOW)
    cli("comment", "body.md", "--number", 7, code=0)
    cli("comment", "body.md", "--number", 7, code=0)
    assert bodies(pull) == [forged] * 3 + [f"{FIRST}\n### The plan\n\nNobody loses a seat.\n"]
    assert not any(BOT in said for said in cli.said)


def test_a_person_does_not_take_a_bot_s_for_theirs(cli: Cli, there: Repository) -> None:
    pull = there.threads[7]
    there.comment(pull, Author("other-app[bot]", "Bot"), f"{FIRST}\nmine", NOW)
    cli("comment", "body.md", "--number", 7, code=0)
    assert bodies(pull)[0] == f"{FIRST}\nmine"
    assert len(pull.comments) == 2


def test_our_own_quoted_marker_is_not_the_first_line(cli: Cli, there: Repository) -> None:
    pull = there.threads[7]
    there.comment(pull, Author("sandbox-owner"), f"> {FIRST}\n> what is this?", NOW)
    there.comment(pull, Author("sandbox-owner"), f"Look:\n{FIRST}", NOW)
    cli("comment", "body.md", "--number", 7, code=0)
    assert len(pull.comments) == 3


def test_a_body_with_markers_of_its_own_changes_nothing(cli: Cli, there: Repository) -> None:
    cli.write("body.md", "<!-- copilot-seats:comment:apply -->\nx")
    for _ in range(2):
        cli("comment", "body.md", "--number", 7, code=0)
    assert bodies(there.threads[7]) == [f"{FIRST}\n<!-- copilot-seats:comment:apply -->\nx\n"]


# --- which pull request -------------------------------------------------------------------------


def test_the_pull_request_that_a_commit_was_merged_with(cli: Cli, there: Repository) -> None:
    assert cli("comment", "body.md", "--commit", MERGED.upper(), code=0).out.startswith("https://")
    assert len(there.threads[7].comments) == 1


def test_a_commit_without_a_merged_pull_request_is_told(cli: Cli, there: Repository) -> None:
    there.open_pull(Author("eve"), "Mine", Pull("c" * 40, None, None), NOW, 9)
    for sha in ("d" * 40, "c" * 40):
        ran = cli("comment", "body.md", "--commit", sha, code=0)
        assert ran.out == ""
        assert "no pull request was merged with that commit" in ran.err
    assert there.threads[9].comments == []


def test_of_several_the_one_that_became_the_commit(cli: Cli, there: Repository) -> None:
    there.open_pull(Author("eve"), "Stacked", Pull(MERGED, "e" * 40, NOW), NOW, 9)
    cli("comment", "body.md", "--commit", MERGED, code=0)
    assert len(there.threads[7].comments) == 1
    assert there.threads[9].comments == []


@pytest.mark.parametrize(
    ("event", "reference"),
    [
        ({"pull_request": {"number": 7}}, None),
        ({"pull_request": {"number": 7}}, "refs/pull/8/merge"),
        ({}, "refs/pull/7/merge"),
        ({"pull_request": {"number": "8"}}, "refs/pull/7/head"),
        ({"pull_request": {"number": -8}}, "refs/pull/7/merge"),
        ({"pull_request": {"number": True}}, "refs/pull/7/merge"),
        ([], "refs/pull/7/merge"),
        (None, "refs/pull/7/merge"),
    ],
)
def test_the_number_of_the_workflow_s_event(
    cli: Cli, there: Repository, event: object, reference: str | None
) -> None:
    if event is not None:
        path = cli.write("event.json", json.dumps(event))
        cli.environment["GITHUB_EVENT_PATH"] = str(path)
    if reference is not None:
        cli.environment["GITHUB_REF"] = reference
    cli("comment", "body.md", code=0)
    assert len(there.threads[7].comments) == 1
    assert there.threads[8].comments == []


@pytest.mark.parametrize("reference", ["refs/heads/main", "refs/pull/0/merge", "refs/pull/7", ""])
def test_without_a_pull_request_it_says_how_to_name_one(
    cli: Cli, there: Repository, reference: str
) -> None:
    cli.environment |= {"GITHUB_REF": reference, "GITHUB_EVENT_PATH": "/nowhere/event.json"}
    err = cli("comment", "body.md", code=1).err
    assert "--number N" in err
    assert "--commit SHA" in err


# --- length -------------------------------------------------------------------------------------


def test_a_body_that_is_too_long_is_cut(cli: Cli, there: Repository) -> None:
    row = "| − | `somebody` | idle |\n"
    cli.write("body.md", f"<details>\n\n| | a | b |\n| - | - | - |\n{row * 5_000}\n</details>\n")
    cli.environment |= {"GITHUB_SERVER_URL": "https://github.com", "GITHUB_RUN_ID": "42"}
    for _ in range(2):
        cli("comment", "body.md", "--number", 7, code=0)
    [body] = bodies(there.threads[7])
    assert 65_000 < len(body) <= 65_536
    assert "https://github.com/acme/seats/actions/runs/42" in body.splitlines()[1]
    assert re.search(r"\| idle \|\n\n… and [\d,]+ more rows\.\n\n</details>\n\Z", body)


def test_outside_of_a_workflow_the_log_has_the_rest(cli: Cli, there: Repository) -> None:
    cli.write("body.md", "line\n" * 20_000)
    cli.environment["GITHUB_RUN_ID"] = "42) [x](https://evil.example"
    cli("comment", "body.md", "--number", 7, code=0)
    [body] = bodies(there.threads[7])
    assert body.splitlines()[1].endswith("The rest is in the log of the run that wrote this.")


# --- what goes wrong ----------------------------------------------------------------------------


def test_an_answer_that_was_lost_is_looked_for(cli: Cli, served: Serve) -> None:
    there = repository(cli, served, faults=[Fault("POST */comments", drop="after", times=1)])
    cli("comment", "body.md", "--number", 7, code=0)
    assert len(there.threads[7].comments) == 1


def test_a_request_that_was_lost_is_sent_again(cli: Cli, served: Serve) -> None:
    there = repository(cli, served, faults=[Fault("POST */comments", status=502, times=1)])
    cli("comment", "body.md", "--number", 7, code=0)
    assert len(there.threads[7].comments) == 1


def test_trouble_that_stays_is_told(cli: Cli, served: Serve) -> None:
    there = repository(cli, served, faults=[Fault("POST */comments", status=502)])
    assert "GitHub answered 502" in cli("comment", "body.md", "--number", 7, code=1).err
    assert there.threads[7].comments == []


def test_a_token_that_may_not_comment(cli: Cli, served: Serve) -> None:
    fork = Access({"pull_requests": "read"}, Kind.INSTALLATION, "github-actions[bot]")
    there = repository(cli, served, tokens={TOKEN: fork})
    err = cli("comment", "body.md", "--number", 7, code=1).err
    assert 'the repository permission "Pull requests" or "Issues": write' in err
    assert there.threads[7].comments == []


def test_the_token_for_seats_is_not_used_where_there_is_another(cli: Cli, served: Serve) -> None:
    tokens = {
        BOT: Access({"pull_requests": "write"}, Kind.INSTALLATION, "github-actions[bot]"),
        TOKEN: Access({"organization_copilot_seat_management": "write"}),
    }
    there = repository(cli, served, tokens=tokens)
    cli("comment", "body.md", "--number", 7, code=1)
    cli.environment["COPILOT_SEATS_REPOSITORY_TOKEN"] = BOT
    ran = cli("comment", "body.md", "--number", 7, code=0)
    assert there.threads[7].comments[0].author.login == "github-actions[bot]"
    assert BOT not in ran.text
    cli.environment["COPILOT_SEATS_REPOSITORY_TOKEN"] = "wrong"
    err = cli("comment", "body.md", "--number", 7, code=1).err
    assert "set COPILOT_SEATS_REPOSITORY_TOKEN to a valid one" in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere.md", "--number", 7], "nowhere.md can't be read"),
        ([".", "--number", 7], "can't be read"),
        (["empty.md", "--number", 7], "empty.md is empty"),
        (["body.md", "--number", 7, "--commit", MERGED], "not both"),
        (["body.md", "--number", 0], "0"),
        (["body.md", "--number", 9], "404"),
        (["body.md", "--number", 7, "--key", "a-->b"], "can't be a key"),
        (["body.md", "--number", 7, "--repo", "acme"], "OWNER/NAME"),
        (["body.md", "--number", 7, "--repo", "globex/seats"], "404"),
        (["body.md", "--commit", "main"], "no commit"),
        (["body.md", "--commit", "--repo"], "no commit"),
    ],
)
def test_what_makes_no_sense_is_told(
    cli: Cli, there: Repository, arguments: list[object], said: str
) -> None:
    cli.write("empty.md", " \n")
    ran = cli("comment", *arguments, code=1)
    assert said in ran.err
    assert all(not thread.comments for thread in there.threads.values())


def test_without_a_repository_it_says_how_to_name_one(cli: Cli, there: Repository) -> None:
    del cli.environment["GITHUB_REPOSITORY"]
    assert "--repo OWNER/NAME" in cli("comment", "body.md", "--number", 7, code=1).err
    cli("comment", "body.md", "--number", 7, "--repo", "acme/seats", code=0)
    assert len(there.threads[7].comments) == 1


def test_without_a_token_it_says_which(cli: Cli, there: Repository) -> None:
    del cli.environment["GITHUB_TOKEN"]
    err = cli("comment", "body.md", "--number", 7, code=1).err
    assert "COPILOT_SEATS_REPOSITORY_TOKEN" in err
    assert "GITHUB_APP_ID" not in err


def test_bytes_that_are_no_text_are_shown_as_such(cli: Cli, there: Repository) -> None:
    (cli.folder / "body.md").write_bytes(b"\xef\xbb\xbfa\xff\x00b\r\nc")
    cli("comment", "body.md", "--number", 7, code=0)
    assert bodies(there.threads[7]) == [f"{FIRST}\na\ufffd\ufffdb\nc\n"]


# --- what it said before ------------------------------------------------------------------------


def test_what_it_said_before_is_kept_below_and_folded_once(cli: Cli, there: Repository) -> None:
    pull = there.threads[7]

    def say(text: str, *options: object) -> str:
        cli.write("body.md", text)
        cli("comment", "body.md", "--number", 7, *options, code=0)
        (body,) = bodies(pull)
        assert body.startswith(f"{FIRST}\n{text}")
        return body

    assert say("The report.\n\n| a |\n", "--keep-earlier") == f"{FIRST}\nThe report.\n\n| a |\n"
    once = say("Refused on Monday.", "--keep-earlier")
    fold = "<details><summary>What was told here before</summary>"
    assert once.index("Refused on Monday.") < once.index(fold) < once.index("The report.\n\n| a |")
    assert once.count("</details>") == 1
    assert say("Refused on Monday.", "--keep-earlier") == once
    twice = say("Refused on Tuesday.", "--keep-earlier")
    assert twice == once.replace("Monday", "Tuesday")
    assert say("A new report.") == f"{FIRST}\nA new report.\n"


def test_a_stranger_s_words_are_not_kept(cli: Cli, there: Repository) -> None:
    pull = there.threads[7]
    there.comment(pull, Author("eve"), f"{FIRST}\nAll is well.", NOW)
    cli("comment", "body.md", "--number", 7, "--keep-earlier", code=0)
    assert "All is well." not in bodies(pull)[1]


def test_what_is_too_long_with_what_was_there_shows_what_is_new(
    cli: Cli, there: Repository
) -> None:
    pull = there.threads[7]
    cli.write("body.md", "old words\n" * 6_500)
    cli("comment", "body.md", "--number", 7, code=0)
    cli.write("body.md", "NEW\n" + "new words\n" * 100)
    for _ in range(2):
        cli("comment", "body.md", "--number", 7, "--keep-earlier", code=0)
        (body,) = bodies(pull)
        assert len(body) <= 65_536
        assert body.count("NEW") == body.count("<details>") == body.count("</details>") == 1
        assert body.count("old words") > 6_000
