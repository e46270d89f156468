"""A branch of ledgers: read as it is, pushed on what was read and on nothing else."""

from __future__ import annotations

import subprocess
import threading
import time
from functools import partial
from pathlib import Path

import pytest
from git_place import NAME, Place, git, write

from reconciler.errors import LedgerError, UsageError
from reconciler.ledger.git import StateBranch
from reconciler.ledger.git.git import GitFault
from reconciler.ledger.git.remote import Remote

ONE, TWO, THREE = '{"n":1}\n', '{"n":2}\n', '{"n":3}\n'
LEDGER = "acme.jsonl"


def both(*lines: str) -> str:
    return "".join(lines).strip()


# --- reading ------------------------------------------------------------------------------------


def test_a_branch_that_does_not_exist_has_no_ledger(place: Place) -> None:
    with place.state() as state:
        assert list(state.folder.iterdir()) == []
    assert place.branches() == set()


def test_reading_pushes_nothing_and_leaves_nothing_behind(begun: Place) -> None:
    tip = begun.tip()
    with begun.state() as state:
        folder = state.folder
        assert (folder / LEDGER).read_text() == ONE
    assert begun.tip() == tip
    assert not folder.parent.exists()
    assert git(begun.here, "for-each-ref") == ""
    assert not (begun.here / ".git" / "FETCH_HEAD").exists()
    assert not (begun.here / ".git" / "shallow").exists()


def test_only_the_newest_commit_is_fetched(begun: Place) -> None:
    for number in range(5):
        begun.commit({LEDGER: ONE * number or ONE})
    with begun.state() as state:
        repository = state.folder.parent / "git"
        assert git(repository, "rev-list", "--count", "--all") == "1"


def test_bytes_come_and_go_as_they_are(begun: Place) -> None:
    """No line end is converted, whatever git is told about them."""
    begun.commit({".gitattributes": "* text eol=crlf\n"})
    with begun.state() as state:
        state._remote.git("config", "core.autocrlf", "true")
        path = write(state, '{"caf\\u00e9":"é\r"}\n')
        state.opened(path, "drift")
        state.closed(path)
        sent = path.read_bytes()
    with begun.state() as state:
        assert (state.folder / LEDGER).read_bytes() == sent


def test_no_repository(tmp_path: Path, place: Place) -> None:
    with pytest.raises(LedgerError, match="in none that can be used"):
        StateBranch(NAME, tmp_path, place.environ)


def test_no_origin(place: Place) -> None:
    git(place.here, "remote", "remove", "origin")
    with pytest.raises(LedgerError, match="needs a remote called `origin`"):
        place.state()


def test_a_remote_that_is_not_there(place: Place) -> None:
    place.remote.rename(place.root / "elsewhere.git")
    with pytest.raises(LedgerError, match=r"could not be fetched: .*does not appear to be a git"):
        place.state()


def test_a_relative_remote_is_found_from_any_folder_inside(begun: Place) -> None:
    git(begun.here, "remote", "set-url", "origin", "../remote.git")
    inside = begun.here / "orgs" / "acme"
    inside.mkdir(parents=True)
    with StateBranch(NAME, inside, begun.environ) as state:
        assert (state.folder / LEDGER).read_text() == ONE


def test_no_git(place: Place, tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="needs git"):
        StateBranch(NAME, place.here, {"PATH": str(tmp_path)})


@pytest.mark.parametrize("name", ["seats.yml", "README", "Acme.jsonl", "acme.jsonl.lock", "src/x"])
def test_a_branch_with_other_files_is_no_branch_of_ledgers(begun: Place, name: str) -> None:
    if "/" in name:
        tree = git(begun.remote, "rev-parse", f"{begun.tip()}^{{tree}}")
        begun.commit_tree([f"040000 tree {tree}\tsrc"], "a folder", [])
    else:
        begun.commit({name: "x\n"})
    with pytest.raises(LedgerError, match="which is no ledger"):
        begun.state()


@pytest.mark.parametrize("mode", ["120000 blob", "160000 commit", "040000 tree"])
def test_a_ledger_is_a_file_and_nothing_else(begun: Place, mode: str) -> None:
    number = {
        "120000 blob": git(begun.remote, "hash-object", "-w", "--stdin", data=b"/etc/passwd"),
        "160000 commit": begun.tip(),
        "040000 tree": git(begun.remote, "rev-parse", f"{begun.tip()}^{{tree}}"),
    }[mode]
    begun.commit_tree([f"{mode} {number}\t{LEDGER}"], "forged", [begun.tip()])
    with pytest.raises(LedgerError, match="which is no ledger"):
        begun.state()


# --- writing ------------------------------------------------------------------------------------


def test_a_ledger_is_begun_on_a_branch_without_a_past(place: Place) -> None:
    git(place.here, "commit", "--quiet", "--allow-empty", "-m", "code")
    git(place.here, "push", "--quiet", "origin", "HEAD:refs/heads/main")
    with place.state() as state:
        path = write(state, ONE)
        for name in ("acme.lock", "acme.lock.json", "acme.new"):
            (state.folder / name).write_text("mine")
        state.opened(path, "ledger init")
        state.closed(path)
    assert place.files() == {LEDGER}
    assert place.content() == both(ONE)
    assert place.subjects() == ["ledger init acme"]
    assert place.count() == 1


def test_what_is_published_is_on_the_branch_when_that_returns(begun: Place) -> None:
    with begun.state() as state:
        path = write(state, "")
        state.opened(path, "apply")
        for number, line in enumerate((TWO, THREE)):
            write(state, line)
            state.publish(path, "a" * 32, sending=number == 1)
            assert begun.content() == path.read_text().strip()
        write(state, '{"n":4}\n')
        state.closed(path)
        assert begun.content() == path.read_text().strip()
    assert begun.subjects()[1:] == [
        "apply acme, plan aaaaaaaaaaaa (going on)",
        "apply acme, plan aaaaaaaaaaaa (going on)",
        "apply acme, plan aaaaaaaaaaaa",
    ]


def test_half_a_line_is_not_pushed(begun: Place) -> None:
    with begun.state() as state:
        path = write(state, TWO + '{"n":')
        state.opened(path, "drift")
        state.closed(path)
    assert begun.content() == both(ONE, TWO)


def test_nothing_new_is_no_commit(begun: Place) -> None:
    tip = begun.tip()
    with begun.state() as state:
        path = state.folder / LEDGER
        state.opened(path, "drift")
        state.closed(path)
    assert begun.tip() == tip


def test_other_files_of_the_branch_stay(begun: Place) -> None:
    begun.commit({"README.md": "What this is\n", ".gitattributes": "*.jsonl -diff\n"})
    with begun.state() as state:
        path = write(state, TWO)
        state.opened(path, "drift")
        state.closed(path)
    assert begun.files() == {LEDGER, "README.md", ".gitattributes"}


def test_what_others_wrote_before_is_read_first(begun: Place) -> None:
    with begun.state() as state:
        begun.commit({LEDGER: ONE + TWO})
        path = state.folder / LEDGER
        state.opened(path, "drift")
        assert path.read_text() == ONE + TWO


# --- two runs -----------------------------------------------------------------------------------


def test_of_two_runs_that_write_the_same_the_second_sends_nothing(begun: Place) -> None:
    """Even where both write the very same bytes, as two applies of one plan in one second do."""
    with begun.state() as first, begun.state() as second:
        paths = [state.folder / LEDGER for state in (first, second)]
        for state, path in zip((first, second), paths, strict=True):
            state.opened(path, "apply")
            write(state, TWO)
        first.publish(paths[0], "a", sending=True)
        tip = begun.tip()
        with pytest.raises(LedgerError, match=r"was written by `copilot-seats apply`.*Nothing was"):
            second.publish(paths[1], "a", sending=False)
        second.closed(paths[1])
        assert begun.tip() == tip
        first.closed(paths[0])
    assert begun.branches() == {NAME}


def test_of_many_runs_at_once_exactly_one_goes_on(begun: Place) -> None:
    """All have read the same; each pushes as soon as it can."""
    states = [begun.state() for _ in range(4)]
    start, went_on = threading.Barrier(4), []

    def run(state: StateBranch) -> None:
        path = state.folder / LEDGER
        state.opened(path, "apply")
        write(state, TWO)
        start.wait()
        try:
            state.publish(path, "a", sending=True)
        except LedgerError:
            return
        went_on.append(state)

    threads = [threading.Thread(target=run, args=(state,)) for state in states]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(went_on) == 1
    assert begun.content() == both(ONE, TWO)
    for state in states:
        state.__exit__()


def test_the_runs_of_a_matrix_do_not_stop_each_other(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eight organisations, one branch, all at once; it does not exist yet."""
    monkeypatch.setattr(
        "reconciler.ledger.git.retry.sleep", lambda seconds: time.sleep(seconds / 10)
    )
    start = threading.Barrier(8)
    faults: list[BaseException] = []

    def run(org: str) -> None:
        try:
            with place.state() as state:
                path = write(state, ONE, org)
                state.opened(path, "apply")
                start.wait()
                for line in (TWO, THREE):
                    write(state, line, org)
                    state.publish(path, "a", sending=True)
                state.closed(path)
        except BaseException as fault:
            faults.append(fault)
            start.abort()

    orgs = [f"org-{number}" for number in range(8)]
    threads = [threading.Thread(target=run, args=(org,)) for org in orgs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert place.files() == {f"{org}.jsonl" for org in orgs}
    assert {place.content(f"{org}.jsonl") for org in orgs} == {both(ONE, TWO, THREE)}
    assert place.count() == 8 * 3


def test_an_organisation_is_not_written_while_another_run_writes_it(begun: Place) -> None:
    with begun.state() as first:
        path = first.folder / LEDGER
        first.opened(path, "apply")
        write(first, TWO)
        first.publish(path, "a", sending=False)
        with begun.state() as second:
            mine = second.folder / LEDGER
            with pytest.raises(LedgerError, match=r"is being written by `copilot-seats apply` \("):
                second.opened(mine, "drift")
            assert mine.read_text() == ONE + TWO
        first.closed(path)
    with begun.state() as third:
        third.opened(third.folder / LEDGER, "drift")


def test_a_run_that_was_overtaken_keeps_what_it_wrote(begun: Place) -> None:
    with begun.state() as state:
        path = state.folder / LEDGER
        state.opened(path, "apply")
        write(state, TWO)
        state.publish(path, "abc", sending=True)
        begun.commit({LEDGER: ONE + TWO + THREE})
        write(state, '{"n":"outcome"}\n')
        with pytest.raises(LedgerError, match=r"another run.*Nothing more is sent"):
            state.publish(path, "abc", sending=True)
        with pytest.raises(LedgerError, match=rf"is kept on branch {NAME}-acme-abc\. "):
            state.closed(path)
        mine = path.read_text().strip()
        folder = state.folder
    assert begun.content() == both(ONE, TWO, THREE)
    assert begun.content(branch=f"{NAME}-acme-abc") == mine
    assert not folder.exists()


def test_what_was_kept_before_is_not_overwritten(begun: Place) -> None:
    for number in range(2):
        with begun.state() as state:
            path = state.folder / LEDGER
            state.opened(path, "apply")
            write(state, TWO)
            state.publish(path, "abc", sending=True)
            begun.commit({LEDGER: begun.content() + "\n" + THREE})
            write(state, f'{{"mine":{number}}}\n')
            with pytest.raises(LedgerError, match=f"is kept on branch {NAME}-acme-abc"):
                state.closed(path)
    kept = sorted(begun.branches() - {NAME})
    assert len(kept) == 2
    assert all(f'"mine":{number}' in begun.content(branch=one) for number, one in enumerate(kept))


# --- rewritten ----------------------------------------------------------------------------------


def test_a_branch_that_was_put_back_is_told(begun: Place) -> None:
    old = begun.tip()
    begun.commit({LEDGER: ONE + TWO})
    with begun.state() as state:
        path = write(state, THREE)
        state.opened(path, "apply")
        begun.put_back(old)
        with pytest.raises(LedgerError, match="was rewritten since this run read it"):
            state.publish(path, "a", sending=True)
        state.closed(path)
    assert begun.tip() == old


def test_a_branch_that_was_put_back_to_a_commit_of_this_run_is_told(begun: Place) -> None:
    """A push without a lease would restore it, and hide that somebody had a reason."""
    with begun.state() as state:
        path = state.folder / LEDGER
        state.opened(path, "apply")
        write(state, TWO)
        state.publish(path, "a", sending=False)
        write(state, THREE)
        state.publish(path, "a", sending=False)
        old = git(begun.remote, "rev-parse", f"{begun.tip()}~2")
        begun.put_back(old)
        write(state, '{"n":4}\n')
        with pytest.raises(LedgerError, match="was rewritten"):
            state.publish(path, "a", sending=True)
    assert begun.tip() == old


@pytest.mark.parametrize("how", ["branch", "ledger"])
@pytest.mark.parametrize("when", ["before", "while"])
def test_what_is_gone_is_told_and_not_begun_anew(begun: Place, how: str, when: str) -> None:
    with begun.state() as state:
        path = state.folder / LEDGER
        if when == "while":
            state.opened(path, "apply")
            write(state, TWO)
        if how == "branch":
            git(begun.remote, "update-ref", "-d", begun.ref)
        else:
            begun.commit_tree([], "away", [begun.tip()])
        write_on = partial(state.publish, sending=True) if when == "while" else state.opened
        with pytest.raises(LedgerError, match="is gone from there"):
            write_on(path, "apply")
    assert begun.branches() == (set() if how == "branch" else {NAME})


def test_a_ledger_that_two_runs_begin_is_begun_once(place: Place) -> None:
    with place.state() as first, place.state() as second:
        for state, text in ((first, ONE), (second, TWO)):
            path = write(state, text)
            state.opened(path, "ledger init")
        first.closed(first.folder / LEDGER)
        with pytest.raises(LedgerError, match="Nothing was sent"):
            second.closed(second.folder / LEDGER)
        with place.state() as third:
            (third.folder / LEDGER).unlink()
            third._read.clear()
            with pytest.raises(LedgerError, match="exists already"):
                third.opened(third.folder / LEDGER, "ledger init")
    assert place.content() == both(ONE)


def test_the_rest_of_a_rewritten_branch_is_taken_if_the_ledger_is_the_same(begun: Place) -> None:
    with begun.state() as state:
        path = write(state, TWO)
        state.opened(path, "apply")
        begun.commit({LEDGER: ONE, "other.jsonl": THREE}, orphan=True)
        state.publish(path, "a", sending=False)
        state.closed(path)
    assert begun.files() == {LEDGER, "other.jsonl"}
    assert begun.content() == both(ONE, TWO)


# --- pushes that fail ---------------------------------------------------------------------------


def test_a_push_that_is_refused_is_told_in_git_s_words(begun: Place, pauses: list[float]) -> None:
    begun.hook("pre-receive", "echo only the platform team may >&2; exit 1")
    tip = begun.tip()
    with begun.state() as state:
        path = write(state, TWO)
        state.opened(path, "apply")
        with pytest.raises(LedgerError) as told:
            state.publish(path, "a", sending=True)
        state.closed(path)
    assert "only the platform team may" in str(told.value)
    assert "pre-receive hook declined" in str(told.value)
    assert str(told.value).endswith("Nothing was sent")
    assert begun.tip() == tip
    assert len(pauses) == 3


def test_a_push_is_tried_again(begun: Place, pauses: list[float]) -> None:
    begun.hook("pre-receive", 'test -e tried && exit 0; touch tried; echo "try later" >&2; exit 1')
    with begun.state() as state:
        path = write(state, TWO)
        state.opened(path, "apply")
        state.publish(path, "a", sending=True)
        state.closed(path)
    assert begun.content() == both(ONE, TWO)
    assert len(pauses) == 1


def test_after_something_was_sent_a_push_gets_more_tries(begun: Place, pauses: list[float]) -> None:
    with begun.state() as state:
        path = write(state, TWO)
        state.opened(path, "apply")
        state.publish(path, "abc", sending=True)
        begun.hook("pre-receive", "exit 1")
        write(state, THREE)
        with pytest.raises(LedgerError, match=r"is kept in .*/acme\.jsonl, and nowhere else"):
            state.closed(path)
    assert 30 < sum(pauses) < 90
    assert path.read_text() == ONE + TWO + THREE
    assert [one.name for one in path.parent.parent.iterdir()] == [path.parent.name]


def test_a_branch_that_nobody_may_write_lets_the_rest_be_kept_on_another(begun: Place) -> None:
    with begun.state() as state:
        path = write(state, TWO)
        state.opened(path, "apply")
        state.publish(path, "abc", sending=True)
        begun.hook("update", f'test "$1" != refs/heads/{NAME}')
        write(state, THREE)
        with pytest.raises(LedgerError, match=f"is kept on branch {NAME}-acme-abc"):
            state.closed(path)
    assert begun.content(branch=f"{NAME}-acme-abc") == both(ONE, TWO, THREE)


@pytest.mark.parametrize("then", ["nothing", "another organisation's commit"])
def test_a_push_whose_answer_was_lost_has_come_through(
    begun: Place, monkeypatch: pytest.MonkeyPatch, then: str
) -> None:
    push = Remote.push
    lost: list[str] = []

    def losing(self: Remote, commit: str, branch: str, expected: str | None) -> GitFault | None:
        fault = push(self, commit, branch, expected)
        if lost:
            return fault
        lost.append(commit)
        if then != "nothing":
            with begun.state() as other:
                path = write(other, ONE, "other")
                other.opened(path, "ledger init")
                other.closed(path)
        return GitFault("fatal: the remote end hung up unexpectedly")

    with begun.state() as state:
        path = write(state, TWO)
        state.opened(path, "apply")
        monkeypatch.setattr(Remote, "push", losing)
        state.publish(path, "a", sending=True)
        write(state, THREE)
        state.publish(path, "a", sending=True)
        state.closed(path)
    assert lost
    assert begun.content() == both(ONE, TWO, THREE)
    assert begun.branches() == {NAME}


def test_a_push_that_came_through_and_was_given_up_is_gone_on_from(
    begun: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Interrupted between the effect of the push and its answer: the rest follows all the same."""
    push = Remote.push

    def interrupted(self: Remote, commit: str, branch: str, expected: str | None) -> None:
        push(self, commit, branch, expected)
        raise KeyboardInterrupt

    with begun.state() as state:
        path = write(state, TWO)
        state.opened(path, "apply")
        monkeypatch.setattr(Remote, "push", interrupted)
        with pytest.raises(KeyboardInterrupt):
            state.publish(path, "a", sending=True)
        monkeypatch.setattr(Remote, "push", push)
        write(state, THREE)
        state.closed(path)
    assert begun.content() == both(ONE, TWO, THREE)
    assert begun.branches() == {NAME}


def test_git_that_does_not_end_is_ended(begun: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    begun.hook("pre-receive", "sleep 60")
    with begun.state() as state:
        path = write(state, TWO)
        state.opened(path, "drift")
        monkeypatch.setattr("reconciler.ledger.git.remote.NETWORK", 0.5)
        with pytest.raises(LedgerError, match=r"git push had not ended .* is not remembered"):
            state.closed(path)


def test_a_push_that_does_not_end_is_tried_again(
    begun: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun.hook("pre-receive", "test -e tried && exit 0; touch tried; sleep 60")
    with begun.state() as state:
        path = write(state, TWO)
        state.opened(path, "drift")
        monkeypatch.setattr("reconciler.ledger.git.remote.NETWORK", 2)
        state.closed(path)
    assert begun.content() == both(ONE, TWO)


def test_no_room_for_a_while(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/dev/null")
    with pytest.raises(LedgerError, match="no folder can be made for it"):
        place.state()


# --- the surroundings ---------------------------------------------------------------------------


def test_no_hook_of_anybody_s_runs(begun: Place, tmp_path: Path) -> None:
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("pre-push", "post-checkout", "reference-transaction", "commit-msg"):
        ours = f'case "$GIT_DIR" in */copilot-seats-*) touch {tmp_path}/ran; exit 1;; esac'
        (hooks / name).write_text(f"#!/bin/sh\n{ours}\n")
        (hooks / name).chmod(0o755)
    config = tmp_path / "config"
    config.write_text(
        f"[core]\n\thooksPath = {hooks}\n[push]\n\tgpgSign = true\n\tfollowTags = true\n"
        "[commit]\n\tgpgSign = true\n[user]\n\tuseConfigOnly = true\n"
        "[safe]\n\tbareRepository = explicit\n"
    )
    git(begun.here, "config", "core.hooksPath", hooks)
    with StateBranch(
        NAME, begun.here, {**begun.environ, "GIT_CONFIG_GLOBAL": str(config)}
    ) as state:
        path = write(state, TWO)
        state.opened(path, "drift")
        state.closed(path)
    assert begun.content() == both(ONE, TWO)
    assert not (tmp_path / "ran").exists()


def test_run_from_a_hook_it_still_finds_its_own_repository(begun: Place, tmp_path: Path) -> None:
    """git hands its own folders on to its hooks."""
    elsewhere = {
        "GIT_DIR": str(begun.here / ".git"),
        "GIT_INDEX_FILE": str(tmp_path / "index"),
        "GIT_WORK_TREE": str(begun.here),
        "GIT_OBJECT_DIRECTORY": str(begun.here / ".git" / "objects"),
    }
    with begun.state(**elsewhere) as state:
        path = write(state, TWO)
        state.opened(path, "drift")
        state.closed(path)
    assert begun.content() == both(ONE, TWO)
    counted = subprocess.run(
        ["git", "count-objects"], cwd=begun.here, capture_output=True, text=True, check=True
    )
    assert counted.stdout.startswith("0 objects")


@pytest.mark.parametrize(
    "name",
    [
        *("", "-x", "--upload-pack=touch x", "HEAD", "@", "refs/heads/x", "a..b", "a b", "a~1"),
        *("a^", "a:b", "a\\b", "a*", "a?", "a[b]", "a@{1}", "/a", "a/", "a//b", ".a", "a/.b"),
        *("a.lock", "a.lock/b", "a.", "a\nb", "a\0b", "ä", "$(touch x)", "`touch x`", "x" * 151),
        *("+main", ":main", "../a", "a/../b", "a;b", "a|b", "'a'", '"a"', "{a}", "!a", "#a", "%a"),
    ],
)
def test_what_can_name_no_branch(name: str, tmp_path: Path) -> None:
    """It is said before git sees the name, and before anything else is asked for."""
    with pytest.raises(UsageError, match="can't be a branch's name"):
        StateBranch(name, tmp_path, {"PATH": ""})


@pytest.mark.parametrize("name", ["x", "copilot-seats", "a/b/c", "v1.2", "_x", "a@b", "a=b", "a+b"])
def test_what_can_name_a_branch(place: Place, name: str) -> None:
    place.branch = name
    git(place.here, "check-ref-format", f"refs/heads/{name}")
    with place.state() as state:
        path = write(state, ONE)
        state.opened(path, "ledger init")
        state.closed(path)
    assert place.branches() == {name}
