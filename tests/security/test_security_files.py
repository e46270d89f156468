"""What a pull request can try with the files it changes; guards and policies: tests/proposal."""

from __future__ import annotations

import pytest
from security_support import PEOPLE, Lab, file_for


@pytest.fixture
def at_rest(lab: Lab) -> Lab:
    lab.write("seats.yml", file_for("stray", "sleepy"))
    lab("ledger", "init", code=0)
    return lab


EMPTYING = {
    "nobody claimed": ("version: 1\norg: acme\nseats: {}\n", "empty"),
    "one person claimed": (
        "version: 1\norg: acme\nseats: {users: [mona]}\n",
        "max_cancellations_per_cycle",
    ),
    "a team that is not there": (file_for().replace("[web]", "[webb]"), "unknown_team"),
    "a login with a typo": (file_for("stary", "sleepy"), "unknown_user"),
    "a login that looks the same": (file_for().replace("mona", "m\u043ena"), None),
}


@pytest.mark.parametrize("how", EMPTYING)
def test_a_file_that_would_take_many_seats_takes_none(at_rest: Lab, how: str) -> None:
    content, guard = EMPTYING[how]
    at_rest.write("seats.yml", content)
    ran = at_rest("apply", "--auto-approve", "--pace", 0, code=1 if guard is None else 3)
    assert guard is None or guard in ran.out
    assert at_rest.writes == []
    assert at_rest.holders() == set(PEOPLE)


def test_the_file_of_another_organisation_finds_no_ledger_and_no_seats(at_rest: Lab) -> None:
    at_rest.write("seats.yml", file_for().replace("org: acme", "org: victim"))
    for command in ("plan", "drift", "apply --auto-approve", "undo --auto-approve"):
        at_rest(*command.split(), code=1)
    assert at_rest.writes == []


@pytest.mark.parametrize("path", ["../secret.yml", "/etc/passwd", "linked.yml", "dir/../../x.yml"])
def test_no_file_outside_the_repository_is_read_or_quoted(at_rest: Lab, path: str) -> None:
    secret = at_rest.folder.parent / "secret.yml"
    secret.write_text("password: hunter2\n", encoding="utf-8")
    (at_rest.folder / ".git").mkdir()
    (at_rest.folder / "linked.yml").symlink_to(secret)
    for key in ("guards", "inactivity"):
        value = path if key == "guards" else f"{{policy: ./{path.lstrip('/')}}}"
        if key == "inactivity" and path.startswith("/"):
            value = f"{{policy: {path}}}"
        at_rest.write("seats.yml", file_for(more=f"{key}: {value}\n"))
        ran = at_rest("validate", code=1)
        assert "hunter2" not in ran.out + ran.err
        assert "root:" not in ran.out + ran.err


def test_a_small_file_that_stands_for_an_endless_one_is_refused(at_rest: Lab) -> None:
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n"
    for name, before in zip("bcdefgh", "abcdefg", strict=True):
        bomb += f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    at_rest.write("seats.yml", file_for() + bomb)
    assert at_rest("validate", code=1)


# --- commands that only look --------------------------------------------------------------------


LOOKING = (
    "validate",
    "plan",
    "plan --out plan.json",
    "drift",
    "explain seats.yml stray",
    "snapshot seats.yml -o snapshot.json",
    "ledger show",
    "ledger verify",
    "auth check",
    "usage",
    "schema plan",
    "init --org acme -o new.yml",
)


@pytest.mark.parametrize("command", LOOKING)
def test_commands_that_look_send_nothing_that_changes_anything(lab: Lab, command: str) -> None:
    """The file asks for changes, and nobody is asked: still only reading happens."""
    lab.write("seats.yml", file_for())
    if not command.startswith("init"):
        lab("ledger", "init", code=0)
    assert lab(*command.split()).code in (0, 2, 3), command
    assert lab.writes == []
