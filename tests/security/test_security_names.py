"""Words from outside: names of people and teams and GitHub's messages are shown, never obeyed."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from security_support import Json, Lab, acme, file_for, person, row

from reconciler.sandbox import Fault

EVIL = (
    "::error file=x::pwned",
    "\x1b]0;pwned\x07\x1b[2J",
    "a\n- deleted: everybody",
    "<img src=x onerror=alert(1)>",
    "[click](https://evil.example)",
    "| x | y |",
    "\u202egnp.exe",
)
UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


def hostile() -> Json:
    """Return an organisation in which somebody has chosen names with a purpose."""
    teams = tuple(
        {"id": 600 + n, "slug": f"t{n}", "name": name, "members": [f"x{n}"]}
        for n, name in enumerate(EVIL)
    )
    rows = [
        row(f"x{n}", 700 + n, {k: teams[n][k] for k in ("id", "slug", "name")}) for n in range(7)
    ]
    return acme(*rows, teams=teams)


@pytest.fixture
def evil(lab_of: Callable[[Json], Lab]) -> Lab:
    lab = lab_of(hostile())
    guards = "guards: {max_cancellations_per_cycle: 60%}\n"
    lab.write("seats.yml", file_for(more=guards))
    lab("ledger", "init", code=0)
    return lab


def harmless(text: str, output: str) -> None:
    assert UNSAFE.search(text) is None, ascii(text)
    assert not [line for line in text.splitlines() if line.lstrip().startswith("::")]
    if output == "markdown":
        assert "<img" not in text
        assert "](https://evil" not in text


@pytest.mark.parametrize("output", ["text", "markdown"])
@pytest.mark.parametrize("words", EVIL, ids=range(len(EVIL)))
def test_words_do_nothing_where_they_are_shown(evil: Lab, words: str, output: str) -> None:
    harmless(evil("plan", "--format", output, code=0).out, output)
    refusal = Fault("DELETE */selected_teams", status=422, message=words)
    evil.sandbox.faults.add([refusal])
    quick = ("--auto-approve", "--pace", 0, "--wait", 0, "--format", output)
    ran = evil("apply", *quick, code=5)
    assert "GitHub answered 422" in ran.out.replace("\\", "")
    harmless(ran.out, output)
    harmless(ran.err, output)
    harmless(evil("plan", "--format", output, code=0).out, output)  # all were refused alike
    harmless(evil("undo", *quick).out, output)


def test_a_name_in_the_file_is_no_command_in_a_log(evil: Lab) -> None:
    for words in EVIL:
        quoted = words.encode("unicode_escape").decode().replace('"', '\\"')
        evil.write("seats.yml", f'version: 1\norg: acme\nseats: {{users: ["{quoted}"]}}\n')
        for output in ("text", "github"):
            ran = evil("validate", "--format", output, code=1)
            lines = (ran.out + ran.err).splitlines()
            told = [line for line in lines if line.lstrip().startswith("::")]
            assert all(line.startswith(("::error file=seats.yml", "::warning")) for line in told)
            assert UNSAFE.search(ran.out + ran.err) is None


def test_a_team_that_takes_another_s_slug_gets_nothing(lab: Lab) -> None:
    """The ledger knows the id behind a name: whoever takes the name over is somebody else."""
    lab.write("seats.yml", file_for("stray", "sleepy"))
    lab("ledger", "init", code=0)
    lab.world.rename_team("web", "web-old")
    lab.world.create_team("web")
    lab.world.join_organization("intruder", 666)
    lab.world.join_team("intruder", "web")
    ran = lab("apply", "--auto-approve", "--pace", 0, "--wait", 0)
    assert lab.writes == []
    assert "intruder" not in lab.holders()
    assert {"wim", "wanda"} <= lab.holders()
    assert ran.code in (0, 3)


def test_an_account_that_takes_another_s_login_gets_nothing(lab_of: Callable[[Json], Lab]) -> None:
    lab = lab_of(acme(members=(person("ada", 50),)))
    lab.write("seats.yml", file_for("stray", "sleepy", "ada"))
    lab("ledger", "init", code=0)
    lab.world.leave_organization("ada")
    lab.world.rename_user("ada", "ada-lovelace")
    lab.world.join_organization("ada", 666)
    lab("apply", "--auto-approve", "--pace", 0, "--wait", 0)
    assert lab.writes == []
    assert "ada" not in lab.holders()
