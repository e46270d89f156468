"""Inputs: what may be said, what makes no sense, and which files are meant."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from action_support import ROOT

from reconciler.action import base as action_base
from reconciler.action.base import Base
from reconciler.action.files import found_files, organization_key, path_key
from reconciler.action.inputs import COMMANDS, FAIL_ON, PREFIX, Inputs
from reconciler.config.organization import organization_of
from reconciler.errors import UsageError
from reconciler.render.conversation import marker

ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS = ACTION["runs"]["steps"]


def inputs(**values: str) -> Inputs:
    """Return the inputs that action.yml would pass on, its defaults for what is not given."""
    given = {name.replace("_", "-"): value for name, value in values.items()}
    assert given.keys() <= ACTION["inputs"].keys()
    environ = {
        f"{PREFIX}{name.upper().replace('-', '_')}": given.get(name, one.get("default", ""))
        for name, one in ACTION["inputs"].items()
    }
    return Inputs.of(environ)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_defaults_of_the_action_make_sense(command: str) -> None:
    more = {"plan_file": "plan.json"} if command == "apply" else {}
    found = inputs(command=command, **more)
    assert found.files == ("seats.yml",)
    assert found.state_branch == "copilot-seats-ledger"
    assert (found.comment, found.issue, found.artifact, found.redact) == (True, True, True, False)
    assert found.fail_on == "error"


WRONG = {
    "command is empty": {},
    "command is 'destroy'": {"command": "destroy"},
    "only is '--auto-approve'": {"command": "apply", "only": "--auto-approve"},
    "fail-on is 'never'": {"command": "plan", "fail_on": "never"},
    "comment is 'yes'; it can be true or false": {"command": "plan", "comment": "yes"},
    "base is for plan and validate and apply, not for drift": {"command": "drift", "base": "b"},
    "base is for apply with a plan-file": {
        "command": "apply",
        "auto_approve": "true",
        "base": "b",
    },
    "live is for plan, not for apply": {"command": "apply", "live": "s.json"},
    "plan-file is for apply, not for plan": {"command": "plan", "plan_file": "p.json"},
    "only is for apply, not for drift": {"command": "drift", "only": "idle"},
    "auto-approve is for apply, not for plan": {"command": "plan", "auto_approve": "true"},
    "redact is for plan, not for drift": {"command": "drift", "redact": "true"},
    "apply needs a reviewed plan": {"command": "apply"},
    "apply needs a reviewed plan (input": {"command": "apply", "only": "idle"},
    "only and auto-approve are for apply without": {
        "command": "apply",
        "plan_file": "p.json",
        "auto_approve": "true",
    },
    "state-branch has a line break": {"command": "plan", "state_branch": "a\n::error::b"},
    "files has a control character": {"command": "plan", "files": "a.yml\n\x1b[2J.yml"},
}


@pytest.mark.parametrize(("message", "given"), WRONG.items())
def test_what_makes_no_sense_is_told(message: str, given: dict[str, str]) -> None:
    with pytest.raises(UsageError, match=re.escape(message)):
        inputs(**given)


# --- action.yml ---------------------------------------------------------------------------------


def test_every_input_is_described_and_passed_on_by_the_environment() -> None:
    (run,) = (one for one in STEPS if one.get("id") == "run")
    passed = set(re.findall(r"\$\{\{ inputs\.([a-z-]+) \}\}", " ".join(run["env"].values())))
    assert passed == ACTION["inputs"].keys()
    for name, one in ACTION["inputs"].items():
        assert len(one["description"]) > 20, name
        assert "default" in one or one["required"], name
    for name in ("token", "app-id", "app-private-key", "repository-token"):
        assert f"{PREFIX}{name.upper().replace('-', '_')}" not in run["env"]


def test_nothing_of_the_workflow_s_words_stands_in_a_shell_script() -> None:
    scripts = [one["run"] for one in STEPS if "run" in one]
    assert len(scripts) == 2
    assert not [script for script in scripts if "${{" in script]


def test_every_use_of_another_action_is_pinned() -> None:
    used = [one["uses"] for one in STEPS if "uses" in one]
    assert used
    assert all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", one) for one in used)


def test_the_values_that_an_input_can_have_are_described() -> None:
    for value in (*COMMANDS, *FAIL_ON):
        described = " ".join(
            ACTION["inputs"][name]["description"] for name in ("command", "fail-on")
        )
        assert value in described


def test_only_hashed_packages_are_installed_and_no_index_is_named() -> None:
    text = (ROOT / "requirements" / "action.txt").read_text(encoding="utf-8")
    pins = re.findall(r"^([a-z0-9-]+)==", text, re.MULTILINE)
    assert {"click", "httpx", "pyjwt", "cryptography"} <= set(pins)
    assert len(re.findall(r"^[a-z0-9-]+==.*\\\n    --hash=sha256:", text, re.MULTILINE)) == len(
        pins
    )
    assert "://" not in text


def test_what_runs_without_an_app_is_pinned_as_everywhere() -> None:
    own, everywhere = (
        (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8").split()
        for name in ("action", "run")
    )
    assert set(everywhere) <= set(own)


# --- files --------------------------------------------------------------------------------------


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "proposal"
    (folder / "orgs").mkdir(parents=True)
    monkeypatch.chdir(folder)
    return folder


def test_paths_and_globs_are_files_each_once_and_in_order(here: Path) -> None:
    for name in ("orgs/b.yml", "orgs/a.yml", "orgs/[x].yml", "--now.yml", "orgs/c.yml/d.yml"):
        (here / name).parent.mkdir(exist_ok=True)
        (here / name).touch()
    wanted = ("orgs/b.yml", "orgs/*.yml", "--now.yml", "missing.yml")
    assert found_files(wanted).files == (
        *("orgs/b.yml", "orgs/[x].yml", "orgs/a.yml"),
        *("--now.yml", "missing.yml"),
    )
    assert found_files(("orgs/[x].yml",)).files == ("orgs/[x].yml",)


def test_a_glob_that_means_nothing_is_told(here: Path) -> None:
    with pytest.raises(UsageError, match="no file matches orgs/"):
        found_files(("orgs/*.yaml",))


@pytest.mark.parametrize(
    "pattern", ["../outside.yml", "orgs/link.yml", "orgs/*.yml", "/etc/passwd"]
)
def test_no_file_outside_of_the_checkout_is_read(here: Path, pattern: str) -> None:
    (here.parent / "outside.yml").write_text("secret")
    (here / "orgs" / "link.yml").symlink_to(here.parent / "outside.yml")
    found = found_files((pattern,))
    assert found.files == ()
    ((_, error),) = found.wrong
    assert "outside of the working directory" in str(error)


def test_a_link_to_itself_is_no_more_than_a_file_that_can_t_be_read(here: Path) -> None:
    (here / "orgs" / "loop.yml").symlink_to("loop.yml")
    assert found_files(("orgs/*.yml",)).files == ("orgs/loop.yml",)


def test_a_name_with_a_line_break_is_refused_and_no_other(here: Path) -> None:
    for name in ("a\n::error::b.yml", "c.yml"):
        (here / "orgs" / name).touch()
    found = found_files(("orgs/*.yml",))
    assert found.files == ("orgs/c.yml",)
    ((path, error),) = found.wrong
    assert "control character" in str(error)
    assert path == "orgs/a\n::error::b.yml"


ACME = "version: 1\norg: acme\nseats: {members: all}\n"


@pytest.fixture
def base(here: Path) -> Path:
    """The folder of the base branch."""
    folder = here.parent / "base"
    for name in ("orgs", ".github", "charts"):
        (folder / name).mkdir(parents=True)
    return folder


def test_the_base_s_file_is_the_one_at_the_same_path(base: Path) -> None:
    (base / "orgs" / "a.yml").write_text(ACME)
    (base / "orgs" / "again.yml").write_text(ACME)
    assert Base("../base").file_for("ACME", "orgs/a.yml") == "../base/orgs/a.yml"
    assert Base("../base").file_for(None, "orgs/a.yml") == "../base/orgs/a.yml"
    assert Base("../base").file_for(None, "orgs/new.yml") is None
    with pytest.raises(UsageError, match="no folder"):
        Base("../bas")


@pytest.mark.parametrize("name", ["seats.yaml", "orgs/Old Name.YML", "charts/--x.yml"])
def test_a_file_that_moved_has_the_base_of_its_organisation(base: Path, name: str) -> None:
    (base / name).write_text(ACME.replace("acme", '"Acme" # ours'))
    (base / "orgs" / "new.yml").write_text(ACME.replace("acme", "beta"))
    assert Base("../base").file_for("acme", "orgs/new.yml") == f"../base/{name}"
    assert Base("../base").file_for("beta", "orgs/new.yml") == "../base/orgs/new.yml"
    assert Base("../base").file_for("gamma", "orgs/new.yml") is None


@pytest.mark.parametrize("text", ["{version: 1, org: acme, seats: {}}", "version: 1\norg: acme\n{"])
def test_a_broken_file_of_the_base_is_found_too(base: Path, text: str) -> None:
    (base / "orgs" / "old.yml").write_text(text)
    assert Base("../base").file_for("acme", "orgs/new.yml") == "../base/orgs/old.yml"


def test_a_file_of_the_base_that_names_nobody_stays_that_of_its_path(base: Path) -> None:
    (base / "orgs" / "a.yml").write_text("version: 1\norg: [\n")
    assert Base("../base").file_for("acme", "orgs/a.yml") == "../base/orgs/a.yml"


def test_what_is_no_seats_file_of_the_checkout_is_no_base(here: Path, base: Path) -> None:
    for name in (".github/a.yml", ".hidden.yml", "orgs/a.txt"):
        (base / name).write_text(ACME)
    (base / "charts" / "values.yml").write_text("org: acme\nimage: x\n")
    (base / "charts" / "list.yml").write_text("- org: acme\n- version\n- seats\n")
    (here / "seats.yml").write_text(ACME)
    (base / "seats.yml").symlink_to(here / "seats.yml")
    (base / "linked").symlink_to(here)
    assert Base("../base").file_for("acme", "orgs/a.yml") is None
    assert Base("../base").file_for("acme", "seats.yml") is None


def test_two_files_of_one_organisation_in_the_base_are_told(base: Path) -> None:
    for name in ("a", "b"):
        (base / "orgs" / f"{name}.yml").write_text(ACME)
    (base / "seats.yml").symlink_to("orgs/a.yml")
    with pytest.raises(UsageError, match=r"b\.yml are both for acme"):
        Base("../base").file_for("acme", "orgs/new.yml")
    (base / "orgs" / "b.yml").unlink()
    found = Base("../base").file_for("acme", "orgs/new.yml")
    assert found in ("../base/orgs/a.yml", "../base/seats.yml")


def test_a_base_without_end_is_not_walked(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(action_base, "_MOST", 5)
    for number in range(9):
        (base / "orgs" / f"{number}.yml").touch()
    with pytest.raises(UsageError, match="sparse-checkout"):
        Base("../base").file_for("acme", "seats.yml")


@pytest.mark.parametrize("folder", [".", "orgs", "..", "link"])
def test_a_base_that_a_proposal_could_write_in_is_refused(here: Path, folder: str) -> None:
    (here / "link").symlink_to(here / "orgs")
    with pytest.raises(UsageError, match="in one another"):
        Base(folder)


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("seats.yml", "file/seats.yml"),
        ("./orgs/acme.yml", "file/orgs/acme.yml"),
        ("orgs/Acme.yml", None),
        ("orgs/a--b.yml", None),
        ("--now.yml", None),
        ("orgs/it's here -->.yml", None),
        ("x" * 90 + ".yml", None),
    ],
)
def test_every_path_has_a_key_that_a_comment_can_have(path: str, key: str | None) -> None:
    found = path_key(path)
    assert found == key or (key is None and found.startswith("file/sha256/"))
    assert marker("comment", f"plan/{found}").line.count("--") == 2


def test_an_organisation_has_a_key_whatever_its_file_is_called() -> None:
    assert organization_key("Acme-Labs") == "org/acme-labs"
    assert organization_key("a--b").startswith("org/sha256/")
    assert organization_key("seats") != path_key("org/seats")


def test_two_paths_have_two_keys() -> None:
    paths = ("a b", "a  b", "a-b", "A-b", "a--b", "A--b")
    assert len({marker("comment", path_key(path)) for path in paths}) == len(paths)


@pytest.mark.parametrize(
    ("text", "org"),
    [
        ("version: 1\norg: acme\nseats: {members: all}\n", "acme"),
        ("version: 1\norg: Acme-1  # ours\nseat: {}\n", "Acme-1"),
        ('org: "acme"\n<<<<<<<\n', "acme"),
        ("org: acme labs\n", None),
        ("org: --now\n", "--now"),
        ("seats: {org: acme}\n", None),
    ],
)
def test_whose_a_file_is_can_be_told_of_a_wrong_one_too(
    here: Path, text: str, org: str | None
) -> None:
    (here / "seats.yml").write_text(text)
    assert organization_of("seats.yml") == org
    assert organization_of("missing.yml") is None
