"""What the pages about the Action show is what action.yml and the workflows to copy say.

`UPDATE_DOCS=1 make test` writes the blocks anew.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from reconciler import config

ROOT = Path(__file__).parents[2]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
PAGE = ROOT / "docs" / "github-action.md"
WORKFLOWS = sorted((ROOT / "examples" / "workflows").glob("*.yml"))
OUR_OWN = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
USE = re.compile(r"uses: (copilot-seats/copilot-seats@\S+)")


def agrees(page: Path, title: str, found: re.Pattern[str], content: str) -> None:
    """Compare what follows the comment *title* on *page*, or write it."""
    text = page.read_text(encoding="utf-8")
    block = found.search(text)
    assert block is not None, f"{page.name} has no block called {title}"
    if os.environ.get("UPDATE_DOCS"):
        start, end = block.span(1)
        page.write_text(text[:start] + content + text[end:], encoding="utf-8")
        return
    assert block[1] == content


def workflow_shown(page: Path, name: str) -> None:
    title = f"examples/workflows/{name}.yml"
    content = (ROOT / title).read_text(encoding="utf-8")
    found = re.compile(rf"<!-- {re.escape(title)} -->\n```yaml\n(.*?)```\n", re.DOTALL)
    agrees(page, title, found, content)


def table_shown(title: str, rows: list[str]) -> None:
    found = re.compile(rf"<!-- {title} -->\n\|.*\n\|[-|]+\n((?:\|.*\n)*)")
    agrees(PAGE, title, found, "".join(f"{row}\n" for row in rows))


@pytest.mark.parametrize("name", ["plan", "apply", "nightly"])
def test_the_page_shows_the_workflows_as_they_are(name: str) -> None:
    workflow_shown(PAGE, name)


def test_the_readme_shows_the_workflow_as_it_is() -> None:
    workflow_shown(ROOT / "README.md", "plan")


def test_the_page_tells_every_input() -> None:
    rows = []
    for name, one in ACTION["inputs"].items():
        default = "required" if one.get("required") else f"`{one['default']}`"
        shown = default if default != "``" else ""
        rows.append(f"| `{name}` | {one['description'].strip().replace('|', '&#124;')} | {shown} |")
    table_shown("inputs", rows)


def test_the_page_tells_every_output() -> None:
    outputs = ACTION["outputs"].items()
    table_shown(
        "outputs", [f"| `{name}` | {one['description'].strip()} |" for name, one in outputs]
    )


def test_the_page_leads_to_every_workflow() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert WORKFLOWS
    assert [one.name for one in WORKFLOWS if f"../examples/workflows/{one.name})" not in page] == []


@pytest.mark.parametrize("path", [*WORKFLOWS, *OUR_OWN], ids=lambda path: path.name)
def test_a_workflow_has_no_more_rights_than_it_names(path: Path) -> None:
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert workflow["permissions"] == {}
    for name, job in workflow["jobs"].items():
        assert job["permissions"], name
        assert job["timeout-minutes"], name
        checkouts = [one for one in job["steps"] if "checkout@" in one.get("uses", "")]
        assert all(one["with"]["persist-credentials"] is False for one in checkouts), name
        assert not [one for one in job["steps"] if "${{" in one.get("run", "")], name


@pytest.mark.parametrize("path", [*WORKFLOWS, *OUR_OWN], ids=lambda path: path.name)
def test_a_workflow_uses_what_is_pinned(path: Path) -> None:
    jobs = yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"].values()
    used = [step["uses"] for job in jobs for step in job["steps"] if "uses" in step]
    assert used
    assert [one for one in used if not re.search(r"@[0-9a-f]{40}$|^\./$", one)] == []


def test_all_workflows_pin_one_commit_of_ours() -> None:
    texts = [path.read_text(encoding="utf-8") for path in [*WORKFLOWS, PAGE, ROOT / "README.md"]]
    assert len({one for text in texts for one in USE.findall(text)}) == 1


def test_the_commit_that_is_pinned_has_the_inputs_that_are_used() -> None:
    (pinned,) = {one for path in WORKFLOWS for one in USE.findall(path.read_text(encoding="utf-8"))}
    show = ["git", "show", f"{pinned.partition('@')[2]}:action.yml"]
    done = subprocess.run(show, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip("git does not know the pinned commit here: the clone is a shallow one, or none")
    then = yaml.safe_load(done.stdout)
    assert then["inputs"].keys() == ACTION["inputs"].keys()
    assert then["outputs"].keys() == ACTION["outputs"].keys()


def test_workflows_name_only_inputs_and_outputs_that_there_are() -> None:
    for path in WORKFLOWS:
        workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
        for job in workflow["jobs"].values():
            for step in job["steps"]:
                if USE.match(f"uses: {step.get('uses', '')}"):
                    assert step["with"].keys() <= ACTION["inputs"].keys(), path.name
        used = set(re.findall(r"steps\.(?:plan|list)\.outputs\.([\w-]+)", path.read_text()))
        assert used <= ACTION["outputs"].keys(), path.name


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_only_one_run_at_a_time_writes_a_ledger(path: Path) -> None:
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    for job in workflow["jobs"].values():
        if job["permissions"].get("contents") == "write":
            groups = [one.get("concurrency", {}) for one in (job, workflow)]
            names = [one.get("group", "") for one in groups]
            by_night = r"copilot-seats-(acme|\$\{\{ matrix.org \|\| matrix.file \}\})-night"
            by_day = r"copilot-seats-(acme|\$\{\{ matrix.org \}\})"
            wanted = by_day if "schedule" not in workflow[True] else by_night
            assert any(re.fullmatch(wanted, name) for name in names)
            assert not any(one.get("cancel-in-progress") for one in groups)
            # What somebody has to approve waits for long, and must not be cancelled meanwhile.
            waits = job.get("environment") == "copilot-seats"
            assert (job.get("concurrency", {}).get("queue") == "max") == waits


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_the_key_that_may_write_needs_an_environment(path: Path) -> None:
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    for name, job in workflow["jobs"].items():
        writes = "COPILOT_SEATS_WRITER_PRIVATE_KEY" in str(job)
        assert writes == ("environment" in job), name


def test_what_the_page_about_rolling_out_shows_is_valid(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "rollout.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    inline = re.findall(r"`((?:reinstate|exempt): \[.*?\])`", page)
    assert (len(blocks), len(inline)) == (2, 1)
    for number, block in enumerate((*blocks, *inline)):
        path = tmp_path / f"{number}.yml"
        path.write_text(f"version: 1\norg: acme\nseats: {{members: all}}\n{block}\n")
        assert not config.load(path).warnings
