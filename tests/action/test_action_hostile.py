"""Nothing that a pull request holds is run, and its words do nothing where they are shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from action_act import Act
from action_support import FILE, Json, acme, begin_ledger, example, live, pull_request

from reconciler.sandbox import World
from reconciler.sandbox.repositories import Repository

STEAL = "import os\nopen(os.environ['LOOT'], 'a').write(__name__)\n"
MODULES = (
    *(
        "reconciler",
        "yaml",
        "click",
        "httpx",
        "msgspec",
        "pip",
        "venv",
        "ensurepip",
        "json",
        "glob",
    ),
    *("sitecustomize", "usercustomize", "site", "typing", "encodings"),
)
HOOKS = (
    *("post-checkout", "pre-push", "reference-transaction", "post-index-change", "pre-commit"),
    *("post-commit", "fsmonitor-watchman", "push-to-checkout", "post-merge", "pre-auto-gc"),
)

AT_THE_TOP = """\
on: pull_request
jobs:
  here:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v7
      - run: |
          for name in %(hooks)s; do
            printf '#!/bin/sh\\necho hook >> "$LOOT"\\n' > ".git/hooks/$name"
            chmod +x ".git/hooks/$name"
          done
      - id: plan
        uses: copilot-seats/copilot-seats@main
        with:
          command: plan
          token: ${{ secrets.GITHUB_TOKEN }}
          api-url: %(api_url)s
      - uses: copilot-seats/copilot-seats@main
        with:
          command: drift
          token: ${{ secrets.GITHUB_TOKEN }}
          api-url: %(api_url)s
"""


def test_no_code_of_a_pull_request_is_run(act: Act, repository: Repository, tmp_path: Path) -> None:
    loot = tmp_path / "loot"
    act.ready = None
    act.environment |= {"LOOT": str(loot), "PYTHONPATH": ".", "PYTHONSTARTUP": "site.py"}
    act.origin.commit("main", {"seats.yml": FILE})
    begin_ledger(act.origin, act.api_url)
    files: dict[str, str | None] = {f"{name}.py": STEAL for name in MODULES}
    files |= {f"{name}/__init__.py": STEAL for name in ("reconciler", "pip", "yaml")}
    files["reconciler/__main__.py"] = STEAL
    files["pip/__main__.py"] = STEAL
    files["copilot-seats.pth"] = f"import os; open({str(loot)!r}, 'a')\n"
    files["pip.conf"] = files["pip/pip.conf"] = "[global]\nindex-url = http://127.0.0.1:9/simple\n"
    files[".gitattributes"] = "* filter=steal diff=steal\n"
    files["policies/prompt.yml"] = "rules: []\n"
    act.origin.commit("proposal", files)
    workflow = AT_THE_TOP % {"hooks": " ".join(HOOKS), "api_url": act.api_url}
    ran = act(workflow, event=pull_request())
    assert ran.outputs("plan")["exitcode"] == "2"
    assert ran.outputs("plan")["deletes"] == "2"
    assert not loot.exists()


# --- words --------------------------------------------------------------------------------------

TEAM = "`x` | <img src=x> @everyone"
REASON = "::set-output name=exitcode::9 ::error::boo ##[error]boo @everyone"


@pytest.fixture
def world() -> World:
    found = acme()
    found["teams"][0]["name"] = TEAM
    return World.from_snapshot(found)


NASTY = FILE.replace("assign: members}", f"assign: members, reason: {json.dumps(REASON)}}}")
NASTY += "exempt:\n  - {user: gone, reason: " + json.dumps(REASON + "\n::error::boo") + "}\n"


@pytest.mark.parametrize(
    "branch", ["$(touch${IFS}$LOOT)", "a`touch$IFS$LOOT`", 'it\'s"here";touch${IFS}$LOOT', "@{u"]
)
def test_the_name_of_a_branch_is_no_command(
    act: Act, repository: Repository, tmp_path: Path, branch: str
) -> None:
    loot = tmp_path / "loot"
    act.environment["LOOT"] = str(loot)
    act.origin.commit("main", {"seats.yml": FILE})
    event = pull_request(branch="proposal")
    event["pull_request"]["head"]["ref"] = branch
    event["pull_request"]["title"] = f"{branch}\n::error::boo"
    text = example("plan", act.api_url).replace(
        "          path: proposal", "          path: proposal\n          ref: main"
    )
    ran = act(text, event=event)
    assert ran.outputs("2")["exitcode"] == "3"
    assert not loot.exists()


def test_words_are_shown_and_do_nothing(act: Act, repository: Repository, tmp_path: Path) -> None:
    act.origin.commit("main", {"seats.yml": NASTY})
    begin_ledger(act.origin, act.api_url)
    act.origin.commit("proposal", {"seats.yml": NASTY.replace("newcomer", "newcomer, gone")})
    ran = act(example("plan", act.api_url), event=pull_request())
    assert ran.outputs("2")["exitcode"] == "2"
    (comment,) = (one.body for one in repository.threads[7].comments)
    for text in (comment, ran.summary):
        assert "@everyone" not in text
        assert "<img" not in text
        assert "::error::boo" in text or "set-output" in text
    assert not any("boo" in line for line in ran.annotations)
    assert not any(line.lstrip().startswith("::error") for line in ran.lines)


ODD = {
    "orgs/a b.yml": "acme",
    'orgs/it\'s "here" $(touch loot) `touch loot`;.yml': "beta",
    "-rf.yml": "gamma",
    "--now.yml": "delta",
    "orgs/[x].yml": "epsilon",
    "orgs/%0A::error::boo.yml": "zeta",
}

LISTED = """\
on: pull_request
jobs:
  list:
    runs-on: ubuntu-latest
    outputs:
      matrix: ${{ steps.list.outputs.matrix }}
    steps:
      - uses: actions/checkout@v7
      - id: list
        uses: copilot-seats/copilot-seats@main
        with: {command: validate, files: "**/*.yml"}
  plan:
    needs: list
    runs-on: ubuntu-latest
    strategy:
      matrix: ${{ fromJSON(needs.list.outputs.matrix) }}
    steps:
      - uses: actions/checkout@v7
      - uses: copilot-seats/copilot-seats@main
        with:
          command: plan
          files: ${{ matrix.file }}
          live: snapshots/${{ matrix.org }}.json
          state-branch: ""
          repository-token: ${{ secrets.GITHUB_TOKEN }}
          api-url: API_URL
"""


def test_odd_paths_are_paths_and_nothing_else(act: Act, repository: Repository) -> None:
    files: dict[str, str | None] = {}
    for path, org in ODD.items():
        files[path] = FILE.replace("org: acme", f"org: {org}")
        files[f"snapshots/{org}.json"] = json.dumps(acme(org))
    act.origin.commit("main", {})
    act.origin.commit("proposal", files)
    ran = act(LISTED.replace("API_URL", act.api_url), event=pull_request())
    matrix: Json = json.loads(ran.outputs("list")["matrix"])
    assert {one["file"]: one["org"] for one in matrix["include"]} == ODD
    bodies = [one.body for one in repository.threads[7].comments]
    assert len(bodies) == len(ODD)
    assert len({body.partition("\n")[0] for body in bodies}) == len(ODD)
    assert sorted(path.name for path in act.artifacts.iterdir()) == sorted(
        f"copilot-seats-plan-{org}" for org in ODD.values()
    )
    assert not any("boo" in line for line in ran.annotations)
    assert "loot" not in {path.name for path in act.folder.rglob("loot")}


def test_a_login_that_is_an_option_is_an_error_on_its_line(
    act: Act, world: World, repository: Repository
) -> None:
    act.origin.commit("main", {"seats.yml": FILE})
    act.origin.commit("proposal", {"seats.yml": FILE.replace("newcomer", "--now")})
    before = live(world)
    ran = act(example("plan", act.api_url), event=pull_request(), code=1)
    assert ran.annotations[0].startswith("::error file=seats.yml,line=4,col=19,")
    assert "--now" in repository.threads[7].comments[0].body
    assert live(world) == before
