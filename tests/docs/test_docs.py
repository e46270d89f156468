"""What the README shows is what the program does.

`UPDATE_DOCS=1 make test` writes the blocks anew.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import click
import pytest

from reconciler import config
from reconciler.cli.commands.sandbox import world_of
from reconciler.cli.entry import run
from reconciler.cli.program import COMMANDS, program
from reconciler.guards import GUARDS
from reconciler.sandbox import serve

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
SMALL = ROOT / "examples" / "small"


def block(title: str) -> re.Pattern[str]:
    """Match the fenced block that follows the comment *title*."""
    return re.compile(rf"(<!-- {re.escape(title)} -->\n```\w+\n)(.*?)(```\n)", re.DOTALL)


def agrees(title: str, content: str) -> None:
    text = README.read_text(encoding="utf-8")
    found = block(title).search(text)
    assert found is not None, f"README has no block called {title}"
    if os.environ.get("UPDATE_DOCS"):
        README.write_text(text.replace(found[0], found[1] + content + found[3]), encoding="utf-8")
        return
    assert found[2] == content


def test_the_first_file_of_the_readme_is_the_small_example() -> None:
    content = (SMALL / "seats.yml").read_text(encoding="utf-8")
    assert len(content.splitlines()) <= 10
    agrees("examples/small/seats.yml", content)


def test_the_plan_of_the_readme_is_what_plan_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(SMALL, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GITHUB_TOKEN", "sandbox")
    with serve(world_of(Path("acme.json"))) as sandbox:
        assert run(["ledger", "init", "--api-url", sandbox.url]) == 0
    capsys.readouterr()
    assert run(["plan", "--live", "acme.json"]) == 0
    shown = capsys.readouterr().out.partition("\nPlan ")[0]
    agrees("plan of examples/small", shown.partition("An estimate of")[0])


def test_the_readme_shows_every_guard_and_no_other() -> None:
    table = README.read_text(encoding="utf-8").partition("## Guards")[2].partition("## ")[0]
    assert tuple(re.findall(r"^\| `(\w+)`", table, re.MULTILINE)) == GUARDS


def test_every_command_in_the_docs_exists() -> None:
    pages = [README, *ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
    used = {
        name
        for page in pages
        for name in re.findall(r"^\$ copilot-seats ([a-z]\w*)", page.read_text(), re.MULTILINE)
    }
    assert used
    assert used <= COMMANDS.keys()


def test_every_link_in_the_docs_leads_somewhere() -> None:
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


@pytest.mark.parametrize("name", COMMANDS)
def test_the_table_of_commands_tells_what_each_command_tells(name: str) -> None:
    command = program.get_command(click.Context(program), name)
    assert command is not None
    assert command.name == name
    assert command.help
    assert COMMANDS[name][1].endswith(".")


def test_the_examples_are_valid() -> None:
    for path in (ROOT / "examples").rglob("seats*.yml"):
        assert config.load(path).org.text


def test_the_policy_test_of_the_readme_is_the_one_that_is_run() -> None:
    page = (ROOT / "docs" / "policy-tests.md").read_text(encoding="utf-8")
    readme = README.read_text(encoding="utf-8")
    blocks = readme.partition("## Policies, and tests")[2].partition("## Guards")[0]
    shown = re.findall(r"```\w+\n.*?```\n", blocks, re.DOTALL)
    assert len(shown) == 2
    assert all(one in page for one in shown)
