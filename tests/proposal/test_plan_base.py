"""`plan --base`, from the command line to the plan: whose guards count, and what was due."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from proposal_worlds import Folder, Json, parts_of, row, snapshot, told, withheld

import reconciler
from reconciler import planfile
from reconciler.sandbox import World, serve

BASE = """\
version: 1
org: acme
seats:
  teams:
    - docs
    - {team: data, assign: members}
  users: [mona, newcomer]
  undeclared: keep
inactivity:
  rules:
    - {name: everyone, idle: {cancel: 30d}}
exempt:
  - {user: lisa, reason: parental leave}
"""
NOBODY = {"this_change": [], "already_due": [], "no_longer_due": []}


def acme() -> Json:
    """Return the organisation in which BASE creates ada and newcomer and takes sleepy's seat."""
    idle = [row("sleepy", active="-45d"), row("lisa", active="-60d")]
    seats = [row("mona"), row("dora", "docs"), *idle]
    teams = {"docs": ["dora"], "data": ["ada", "sleepy", "lisa"]}
    return snapshot(seats, teams, members=["newcomer", "ghost"])


DUE = {"already_due": ["ada", "newcomer", "sleepy"]}


def proposed(folder: Folder, *replaced: tuple[str, str], add: str = "", base: str = BASE) -> Json:
    """Return the plan of *base* with words *replaced* and text added, held against *base*."""
    head = base
    for old, new in replaced:
        assert old in head
        head = head.replace(old, new)
    folder.put(base, head + add, acme())
    return folder.document()


# --- the two parts --------------------------------------------------------------------------------


def test_a_change_that_says_the_same_does_nothing(folder: Folder) -> None:
    document = proposed(folder, add="# a remark\n")

    assert parts_of(document) == NOBODY | DUE
    assert told(document, "unmerged") == {}


def test_a_claim_that_is_added_is_this_changes_doing(folder: Folder) -> None:
    document = proposed(folder, ("mona, newcomer", "mona, newcomer, ghost"))

    assert parts_of(document) == NOBODY | DUE | {"this_change": ["ghost"]}


def test_a_claim_that_is_taken_out_is_no_longer_due(folder: Folder) -> None:
    document = proposed(folder, ("mona, newcomer", "mona"))

    assert parts_of(document) == {
        "this_change": [],
        "already_due": ["ada", "sleepy"],
        "no_longer_due": ["create newcomer declared"],
    }


def test_a_seat_that_nobody_claims_any_more_goes_by_this_change(folder: Folder) -> None:
    document = proposed(folder, ("mona, newcomer", "newcomer"), base=BASE.replace("keep", "cancel"))
    assert withheld(document).keys() == {*(f"busy-{n:02}" for n in range(20)), "mona", "sleepy"}
    assert told(document, "held_up") == {}

    few = BASE.replace("[mona,", f"[{', '.join(f'busy-{n:02}' for n in range(20))}, mona,")
    document = proposed(folder, ("mona, ", ""), base=few.replace("keep", "cancel"))
    assert parts_of(document) == NOBODY | DUE | {"this_change": ["mona"]}


def test_another_reason_is_this_changes_doing_and_the_old_one_is_not_averted(
    folder: Folder,
) -> None:
    base = BASE.replace("mona, newcomer", "mona, newcomer, sleepy")
    head = ("mona, newcomer, sleepy", "mona, newcomer, {user: sleepy, until: 2026-11-01}")
    no_team = base.replace("    - {team: data, assign: members}\n", "")
    document = proposed(folder, head, base=no_team)

    assert parts_of(document) == {
        "this_change": ["sleepy"],
        "already_due": ["newcomer"],
        "no_longer_due": [],
    }
    (sleepy,) = [one for one in document["resource_changes"] if one["name"] == "sleepy"]
    assert sleepy["action_reason"] == "expired"


def test_a_team_that_takes_more_seats_than_before_is_this_changes_doing(folder: Folder) -> None:
    base = BASE.replace("    - docs\n", "").replace("keep", "cancel")
    everyone = ", ".join([*(f"busy-{number:02}" for number in range(20)), "lisa"])
    base = base.replace("[mona", f"[{everyone}, mona")
    document = proposed(folder, ("[busy", "[dora, busy"), base=base)
    assert parts_of(document) == {
        "this_change": ["dora"],
        "already_due": ["ada", "newcomer", "sleepy", "team docs"],
        "no_longer_due": [],
    }

    more = base.replace("[busy", "[dora, busy")
    document = proposed(folder, ("[dora, ", "["), base=more)
    assert parts_of(document) == {
        "this_change": ["team docs"],
        "already_due": ["ada", "newcomer", "sleepy"],
        "no_longer_due": ["create dora declared"],
    }


def test_a_guard_that_lets_go_by_this_change_makes_what_it_held_this_changes_doing(
    folder: Folder,
) -> None:
    base = BASE.replace("- docs", "- dogs")
    document = proposed(folder, ("- dogs", "- docs"), base=base)

    assert parts_of(document) == {
        "this_change": ["sleepy"],
        "already_due": ["ada", "newcomer"],
        "no_longer_due": [],
    }


def test_what_this_change_brings_a_guard_to_stop_is_withheld_and_not_averted(
    folder: Folder,
) -> None:
    document = proposed(folder, ("- docs", "- dogs"))

    assert withheld(document) == {"sleepy": "unknown_team"}
    assert parts_of(document) == NOBODY | {"already_due": ["ada", "newcomer"]}
    assert told(document, "held_up") == {
        "unknown_team": (
            "1 change would be made without this change, and with it the guard stops them"
        )
    }


def test_both_parts_are_the_ceiling(folder: Folder) -> None:
    document = proposed(folder, ("mona, newcomer", "mona, newcomer, ghost"))
    folder.plan("--out", "plan.json")
    text = (folder.path / "plan.json").read_text()

    assert json.loads(text) == document
    assert {one.name for one in planfile.parse(text).changes} == {
        "ada",
        "ghost",
        "newcomer",
        "sleepy",
    }
    assert document["applyable"]


# --- guards and exemptions are the base's ---------------------------------------------------------


def test_a_guard_that_is_raised_has_no_effect_before_it_is_merged(folder: Folder) -> None:
    strict = BASE + "guards: {max_cancellations_per_cycle: 0, max_creations_per_cycle: 1}\n"
    raised = ("{max_cancellations_per_cycle: 0, max_creations_per_cycle: 1}", "{max_seats: 900}")
    document = proposed(folder, raised, base=strict)

    assert withheld(document) == {
        "ada": "max_creations_per_cycle",
        "newcomer": "max_creations_per_cycle",
        "sleepy": "max_cancellations_per_cycle",
    }
    assert parts_of(document) == NOBODY
    assert told(document, "unmerged") == {
        "max_seats": "`max_seats: 900` is new: it counts only once merged",
        "max_cancellations_per_cycle": "`max_cancellations_per_cycle: 0` is gone from this file: "
        "it counts until that is merged",
        "max_creations_per_cycle": "`max_creations_per_cycle: 1` is gone from this file: "
        "it counts until that is merged",
    }
    assert folder.plan().code == 3


def test_a_guard_that_is_lowered_counts_only_once_merged_too(folder: Folder) -> None:
    document = proposed(folder, add="guards: {max_cancellations_per_cycle: 0}\n")

    assert withheld(document) == {}
    assert parts_of(document) == NOBODY | DUE


def test_an_override_that_is_added_has_no_effect_before_it_is_merged(folder: Folder) -> None:
    strict = BASE + "guards:\n  max_cancellations_per_cycle: 0\n"
    override = "{guard: max_cancellations_per_cycle, allow: 9, until: 2027-01-01, reason: now}"
    document = proposed(folder, add=f"  overrides:\n    - {override}\n", base=strict)

    assert withheld(document) == {"sleepy": "max_cancellations_per_cycle"}
    assert told(document, "unmerged") == {
        "max_cancellations_per_cycle": "the override `allow: 9` until 2027-01-01 is new: "
        "it counts only once merged"
    }
    assert told(document, "override_unused") == {}


def test_an_exemption_that_is_dropped_still_protects(folder: Folder) -> None:
    document = proposed(folder, ("exempt:\n  - {user: lisa, reason: parental leave}\n", ""))

    assert parts_of(document) == NOBODY | DUE
    assert told(document, "exempt") == {"lisa": "exempt: parental leave"}
    assert told(document, "unmerged") == {
        "lisa": "the exemption is gone from this file: it counts until that is merged"
    }


def test_an_exemption_that_is_cut_short_still_protects(folder: Folder) -> None:
    document = proposed(folder, ("leave}", "leave, until: 2026-10-01}"))

    assert parts_of(document) == NOBODY | DUE
    assert told(document, "exemption_over") == {}
    assert told(document, "unmerged") == {
        "lisa": "the exemption until 2026-10-01 counts only once merged, until then the exemption "
        "(main/seats.yml:13)"
    }


def test_an_exemption_that_is_added_does_not_protect_yet(folder: Folder) -> None:
    document = proposed(folder, add="  - {user: sleepy, reason: holidays}\n")

    assert parts_of(document) == NOBODY | DUE
    assert told(document, "unmerged") == {
        "sleepy": "the exemption is new: it counts only once merged"
    }


def test_a_rule_that_this_change_tightens_meets_the_bases_exemption(folder: Folder) -> None:
    everyone = "{name: everyone, idle: {cancel: 30d}}"
    lenient = BASE.replace("cancel: 30d", "cancel: 50d")
    document = proposed(
        folder,
        ("cancel: 50d", "cancel: 20d"),
        ("exempt:\n  - {user: lisa, reason: parental leave}\n", ""),
        base=lenient,
    )
    assert everyone in BASE
    assert parts_of(document) == {
        "this_change": ["sleepy"],
        "already_due": ["ada", "newcomer"],
        "no_longer_due": [],
    }


def test_a_file_of_guards_is_read_beside_the_base(folder: Folder) -> None:
    named = BASE + "guards: guards.yml\n"
    folder.write("guards.yml", "max_cancellations_per_cycle: 50%\n")
    folder.write("main/guards.yml", "max_cancellations_per_cycle: 0\n")
    document = proposed(folder, base=named)

    assert withheld(document) == {"sleepy": "max_cancellations_per_cycle"}
    assert told(document, "unmerged") == {
        "max_cancellations_per_cycle": "`max_cancellations_per_cycle: 50%` counts only once "
        "merged, until then `max_cancellations_per_cycle: 0` (main/guards.yml:1)"
    }


def test_other_words_and_places_are_no_difference(folder: Folder) -> None:
    guarded = BASE + "guards: {max_cancellations_per_cycle: 40%, max_activity_age: 72h}\n"
    document = proposed(
        folder,
        ("parental leave", "back in spring"),
        ("user: lisa", "user: LISA"),
        ("{max_cancellations_per_cycle: 40%, max_activity_age: 72h}", "{}"),
        base=guarded,
    )
    assert told(document, "unmerged") == {
        "max_cancellations_per_cycle": "`max_cancellations_per_cycle: 40%` is gone from this "
        "file: it counts until that is merged"
    }


# --- the live organisation ------------------------------------------------------------------------


def test_the_live_organisation_gives_the_same_parts(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    offline = proposed(folder, ("mona, newcomer", "mona, ghost"), ("data,", "data, except: [ada],"))
    monkeypatch.setenv("GITHUB_TOKEN", "sandbox")
    with serve([World.from_snapshot(acme())]) as sandbox:
        state = folder.path / "live"
        monkeypatch.setenv("GITHUB_API_URL", sandbox.url)
        assert folder.run("ledger", "init", "--state", str(state)).code == 0
        arguments = ("--base", "main/seats.yml", "--state", str(state), "--format", "json")
        online = folder.run("plan", *arguments)

    assert online.code == 0, online.err
    assert online.json["copilot_seats"]["parts"] == offline["copilot_seats"]["parts"]
    assert parts_of(offline) == {
        "this_change": ["ghost"],
        "already_due": ["sleepy"],
        "no_longer_due": ["create ada declared", "create newcomer declared"],
    }


# --- what it looks like ---------------------------------------------------------------------------


def test_text_and_markdown_show_both_parts(folder: Folder) -> None:
    proposed(folder, ("mona, newcomer", "mona, ghost"))
    text, markdown = folder.plan().out, folder.plan("--format", "markdown").out

    for shown in (text, markdown):
        first, second = shown.index("What this change does"), shown.index("What was already due")
        assert first < shown.index("ghost") < shown.index("newcomer") < second
        assert second < shown.index("sleepy") < shown.index("ada") < shown.index("Both together")
        assert "main/seats.yml" in shown
    assert "### What this change does" in markdown


def test_names_can_be_hidden(folder: Folder) -> None:
    proposed(folder, ("mona, newcomer", "mona, ghost"), ("lisa", "mona"))
    for style in ("text", "markdown", "json"):
        shown = folder.plan("--redact", "--format", style).out
        for name in ("ghost", "newcomer", "sleepy", "lisa"):
            assert name not in shown
    document = folder.document("--redact")
    assert len(document["copilot_seats"]["parts"]["this_change"]) == 1
    assert not document["applyable"]


def test_the_document_fits_its_schema(folder: Folder) -> None:
    document = proposed(folder, ("mona, newcomer", "mona, ghost"))
    path = Path(reconciler.__file__).parent / "schemas" / "plan.schema.json"
    validator = jsonschema.Draft202012Validator(json.loads(path.read_text()))

    assert list(validator.iter_errors(document)) == []
    assert document["copilot_seats"]["config"]["path"] == "seats.yml"
    assert document["copilot_seats"]["parts"]["base"]["path"] == "main/seats.yml"


def test_exit_codes_are_those_of_plan(folder: Folder) -> None:
    proposed(folder)
    assert folder.plan().code == 0
    assert folder.plan("--detailed-exitcode").code == 2


def test_another_moment_is_both_plans_moment(folder: Folder) -> None:
    proposed(folder)
    document = folder.document("--now", "2026-10-10")

    assert parts_of(document) == NOBODY | {"already_due": ["ada", "newcomer"]}
    assert not document["applyable"]


# --- what is no base ------------------------------------------------------------------------------


def refused(folder: Folder, base: str, *more: str) -> str:
    """Return what is said about *base* that can't be used; nothing is printed or written."""
    ran = folder.plan("--out", "plan.json", *more, base=base)
    assert ran.code == 1
    assert ran.out == ""
    assert not (folder.path / "plan.json").exists()
    return ran.err


def test_a_base_of_another_organisation(folder: Folder) -> None:
    folder.put(BASE.replace("org: acme", "org: globex"), BASE, acme())
    assert refused(folder, "main/seats.yml") == (
        "error: main/seats.yml:2:6: the base file is for globex, and seats.yml is for acme\n"
    )
    folder.put(BASE.replace("org: acme", "org: ACME"), BASE, acme())
    assert folder.plan().code == 0


def test_a_broken_base(folder: Folder) -> None:
    folder.put(BASE.replace("users:", "usres:"), BASE, acme())
    said = refused(folder, "main/seats.yml")

    assert said.startswith("error: --base main/seats.yml can't be used, so nothing is planned")
    assert "\nmain/seats.yml:7:3: error: " in said


def test_a_base_that_is_not_there(folder: Folder) -> None:
    folder.put(BASE, BASE, acme())
    said = refused(folder, "main/none.yml")

    assert "there is no such file" in said
    assert "leave --base out" in said


@pytest.mark.parametrize("name", ["seats.yml", "./seats.yml", "main/../seats.yml", "link.yml"])
def test_the_proposed_file_is_not_its_own_base(folder: Folder, name: str) -> None:
    folder.put(BASE, BASE, acme())
    (folder.path / "link.yml").symlink_to("seats.yml")

    assert "this is the proposed file itself" in refused(folder, name)


@pytest.mark.parametrize(
    ("add", "named"),
    [("guards: guards.yml\n", "guards.yml"), ("guards: ./sub/../guards.yml\n", "guards.yml")],
)
def test_a_base_that_would_take_the_proposed_guards(folder: Folder, add: str, named: str) -> None:
    folder.put(BASE, BASE, acme())
    (folder.path / "sub").mkdir()
    folder.write("guards.yml", "max_cancellations_per_cycle: 90%\n")
    folder.write("base.yml", BASE + add)
    said = refused(folder, "base.yml")

    assert f"names {named}, and finds the proposed one" in said
    assert "folder of its own" in said


def test_a_base_that_would_take_the_proposed_policy(folder: Folder) -> None:
    policy = "name: own\nrules:\n  - {name: all, idle: {cancel: 30d}}\n"
    named = BASE.replace(
        "  rules:\n    - {name: everyone, idle: {cancel: 30d}}\n", "  policy: POLICY\n"
    )
    folder.put(named.replace("POLICY", "own.yml"), named.replace("POLICY", "own.yml"), acme())
    folder.write("own.yml", policy)
    folder.write("main/own.yml", policy.replace("30d", "50d"))
    assert parts_of(folder.document())["this_change"] == ["sleepy"]

    folder.write("base.yml", named.replace("POLICY", "own.yml"))
    assert "names own.yml, and finds the proposed one" in refused(folder, "base.yml")
    folder.write("base.yml", named.replace("POLICY", "prompt"))
    assert folder.plan(base="base.yml").code == 0


def test_a_base_goes_with_one_file(folder: Folder) -> None:
    folder.put(BASE, BASE, acme())
    folder.write("globex.yml", BASE.replace("acme", "globex"))

    assert "--base goes with one FILE" in refused(
        folder, "main/seats.yml", "seats.yml", "globex.yml"
    )
