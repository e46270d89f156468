"""Text: complete, aligned, and harmless whatever the words in it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from render_hostile import plans, reports
from render_samples import (
    BASE,
    CANCELLATIONS,
    MIXED,
    NOTICES,
    PLANS,
    guarded,
    large,
    medium,
    nothing,
    plan,
    proposed,
    report,
    small,
    team,
    untouched,
    user,
)

from reconciler.model.plan import (
    Action,
    Change,
    Check,
    Cost,
    Notice,
    Parts,
    Plan,
    Reason,
    Resource,
    Status,
    Withheld,
)
from reconciler.model.report import RefusedForAll, Report, Result
from reconciler.render.labels import headline
from reconciler.render.markdown import report_markdown
from reconciler.render.text import plan_text, report_text

every_plan = pytest.mark.parametrize("made", list(PLANS.values()), ids=list(PLANS))
every_width = pytest.mark.parametrize("width", [None, 1, 40, 80, 120, 300])

_COLOUR = re.compile(r"\x1b\[[0-9]+m")
_ROW = re.compile(r" {4}([-+]) (team \S+|\S+)")


def rows(text: str) -> list[tuple[str, str]]:
    """Return sign and name of every change in *text*, in its order."""
    matches = map(_ROW.match, text.splitlines())
    return [(match[1], match[2]) for match in matches if match]


def shown(change: Change) -> tuple[str, str]:
    name = f"team {change.name}" if change.resource is Resource.TEAM else change.name
    return ("-" if change.action is Action.DELETE else "+", name)


def all_changes(made: Plan) -> list[Change]:
    return [*made.changes, *(held.change for held in made.withheld)]


@every_plan
@every_width
def test_every_change_is_there_once(made: Callable[[], Plan], width: int | None) -> None:
    text = plan_text(made(), colour=False, width=width)

    assert sorted(rows(text)) == sorted(map(shown, all_changes(made())))


def test_removals_come_first_and_teams_before_people_within_a_reason() -> None:
    found = rows(plan_text(medium(), colour=False))

    assert [sign for sign, _ in found] == ["-"] * 10 + ["+"] * 5
    assert found.index(("-", "team interns")) + 1 == found.index(("-", "ines-archer"))


@every_plan
def test_every_change_has_its_reason_and_its_line(made: Callable[[], Plan]) -> None:
    lines = plan_text(made(), colour=False).splitlines()
    for change in made().changes:
        (line,) = (one for one in lines if re.match(rf" {{4}}[-+] (team )?{change.name} ", one))
        assert change.text.partition(";")[0] in line
        assert line.endswith(f"{change.provenance[0].file}:{change.provenance[0].line}")


def parts_of(text: str) -> dict[str, str]:
    """Return what stands under each underlined heading."""
    _, *found = re.split(r"^(.+)\n=+\n", text, flags=re.M)
    return dict(zip(found[::2], found[1::2], strict=True))


@every_width
def test_the_two_parts_have_their_own_headings_with_removals_first(width: int | None) -> None:
    parts = parts_of(plan_text(proposed(), colour=False, width=width))
    this_change, already_due, together = parts.values()

    assert list(parts) == ["What this change does", "What was already due", "Both together"]
    assert rows(this_change) == [
        ("-", "cora-archer"),
        ("-", "team interns"),
        ("+", "team payments"),
        ("+", "kira-archer"),
    ]
    assert [sign for sign, _ in rows(already_due)] == ["-"] * 8 + ["+"] * 3
    assert rows(together) == []


def test_the_titles_of_a_part_count_what_is_in_it() -> None:
    parts = parts_of(plan_text(proposed(), colour=False))

    assert "Delete: 2 changes, taking seats from 2 people" in parts["What this change does"]
    assert "Delete: 8 changes, taking seats from 54 people" in parts["What was already due"]
    assert "Plan: 5 to create, 10 to delete, 281 no-op." in parts["Both together"]


def test_what_is_no_longer_due_is_told_with_what_it_would_have_been() -> None:
    text = plan_text(proposed(), colour=False)
    part = parts_of(text)["What this change does"]

    assert "No longer due: 3 changes, which would be made without this change" in part
    assert re.search(
        rf"\* nils-archer +create declared: claimed by its entry +{BASE}:23$", part, re.M
    )
    assert re.search(r"\* team night +delete undeclared: no entry names it", part)
    assert f"guards and exemptions of {BASE}" in text.partition("=")[0]


def test_an_empty_part_says_so() -> None:
    told = parts_of(plan_text(untouched(), colour=False))["What this change does"]
    assert told.strip() == "Nobody gains or loses a seat by it. What guards withhold is told below."

    empty = replace(nothing(), parts=Parts(BASE, "0" * 64, frozenset()))
    this_change, already_due, _ = parts_of(plan_text(empty, colour=False)).values()
    assert this_change.strip() == "Nobody gains or loses a seat by it."
    assert already_due.strip() == "Nothing."


def test_a_clause_that_all_share_is_said_once() -> None:
    text = plan_text(large(), colour=False)

    assert text.count("rule 'everyone' takes a seat back after 30 days") == 1


def test_changes_by_another_rule_are_told_apart() -> None:
    mine = [user(n, Action.DELETE, Reason.IDLE) for n in range(2)]
    theirs = replace(user(5, Action.DELETE, Reason.IDLE), rule="contractors", text="idle for long")
    text = plan_text(plan((*mine, theirs)), colour=False)

    assert "  idle by rule contractors (1)  " in text
    assert "  idle (2)  rule 'everyone' takes a seat back after 30 days\n" in text


@pytest.mark.parametrize("made", [nothing, lambda: plan()])
def test_a_plan_with_nothing_to_do_says_so_first(made: Callable[[], Plan]) -> None:
    text = plan_text(made(), colour=False)

    assert text.startswith("No changes.")
    assert "310 seats, 4 pending cancellation" in text


def test_a_plan_of_which_everything_is_withheld_does_not_claim_that_nothing_changes() -> None:
    text = plan_text(replace(guarded(), changes=()), colour=False)

    assert "No changes" not in text
    assert "Nothing may be done: 36 changes are withheld by guards." in text


@pytest.mark.parametrize(
    ("number", "ending"),
    [
        (0, "nobody"),
        (1, "1 person: ada-archer"),
        (10, ", jan-archer"),
        (11, ", jan-archer and 1 more: see the JSON plan"),
        (1047, " and 1,037 more: see the JSON plan"),
    ],
)
def test_people_of_a_team_are_counted_and_the_first_named(number: int, ending: str) -> None:
    change = team("x", 7, Action.DELETE, Reason.UNDECLARED, range(number), "gone")
    lines = plan_text(plan((change,)), colour=False).splitlines()
    below = lines[next(n for n, line in enumerate(lines) if line.startswith("    - team x")) + 1]

    assert below.endswith(ending)


def test_a_person_counts_once_however_many_changes_take_the_seat() -> None:
    one = team("x", 7, Action.DELETE, Reason.UNDECLARED, range(3), "gone")
    other = team("y", 8, Action.DELETE, Reason.UNDECLARED, range(2, 5), "gone")

    text = plan_text(plan((one, other)), colour=False)
    assert "Delete: 2 changes, taking seats from 5 people\n" in text


def test_what_is_withheld_stands_under_its_guard_with_numbers_and_way_out() -> None:
    text = plan_text(guarded(), colour=False)

    assert "Withheld: 36 changes, stopped by 2 guards\n" in text
    head = "  max_cancellations_per_cycle (35)  35 here + 4 pending of at most 31 (10% of 310)\n"
    way_out = "    The way out: raise `guards: {max_cancellations_per_cycle: 39}`"
    assert head + way_out in text
    assert "(seats.yml:50)\n" in text
    assert text.count("35 here + 4 pending") == 1
    assert "        waits for copilot_seat_user.pete-archer\n" in text


def test_a_check_that_did_not_pass_is_told_even_when_it_stopped_nothing() -> None:
    failed = Check("row_count", Status.FAIL, "309 rows, GitHub counts 310", "look again")
    text = plan_text(plan(checks=(CANCELLATIONS, failed)), colour=False)

    assert "    ! row_count  fail: 309 rows, GitHub counts 310\n" in text
    assert "        The way out: look again\n" in text
    assert "max_cancellations_per_cycle" not in text


def test_everything_that_is_told_is_there() -> None:
    text = plan_text(medium(), colour=False)
    for notice in NOTICES:
        assert len(re.findall(rf"^    [!*?] .*{re.escape(notice.text)}", text, re.M)) == 1


def test_what_can_not_be_managed_is_told_once_by_notice_or_decision() -> None:
    made = plan()
    odd = replace(made.decisions[0], reason=Reason.UNMANAGEABLE, text="through ent:all")
    told = Notice("unmanageable", "EVA", "through ent:some")
    eva = replace(odd, name="eva", text="unsaid")
    text = plan_text(replace(made, decisions=(odd, eva), notices=(told,)), colour=False)

    assert "Can't be managed from here (2)\n" in text
    assert f"    ? {odd.name}" in text
    assert "unsaid" not in text


def test_an_unknown_kind_of_notice_is_its_own_heading() -> None:
    text = plan_text(plan(notices=(Notice("brand_new", "ada", "hello"),)), colour=False)

    assert "Brand new (1)\n    * ada  hello\n" in text


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (5890, 5871, "5,890.00 -> 5,871.00 USD (-19.00)."),
        (0, 1900, "0.00 -> 1,900.00 USD (+1,900.00)."),
        (5890, 5890, "5,890.00 USD, as before."),
    ],
)
def test_fees_are_told_before_and_after_as_an_estimate(before: int, after: int, said: str) -> None:
    cost = Cost(Decimal(before), Decimal(after), "USD")
    text = plan_text(replace(small(), cost=cost), colour=False)

    assert (
        f"\nLicence fees a month: {said}\nAn estimate of fees of the seats managed here, so without"
        in text
    )


def test_totals_are_those_of_the_summary() -> None:
    text = plan_text(guarded(), colour=False)

    assert "\nPlan: 1 to create, 0 to delete, 36 withheld, 40 no-op.\n" in text
    assert "\nNo-op: 38 held, 2 on hold.\n" in text


def test_no_ops_are_told_by_reason_only_where_they_add_up() -> None:
    odd = replace(small(), decisions=small().decisions[:-1])

    assert "No-op:" not in plan_text(odd, colour=False)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (nothing, "acme: no changes, 40 no-op"),
        (guarded, "acme: 1 to create, 0 to delete, 36 withheld, 40 no-op"),
    ],
)
def test_a_headline_is_half_a_line(made: Callable[[], Plan], said: str) -> None:
    assert headline(made()) == said


# --- reports ------------------------------------------------------------------------------------


def test_a_report_tells_trouble_first_and_every_change_once() -> None:
    text = report_text(report(medium(), MIXED), colour=False)
    heads = re.findall(r"^  (\w[\w ]*) \(3\)", text, re.M)

    assert heads == ["failed", "unconfirmed", "not tried", "skipped", "done"]
    assert sorted(rows(text)) == sorted(map(shown, medium().changes))
    assert "15 changes planned: 3 done, 3 skipped, 3 not tried, 3 unconfirmed, 3 failed.\n" in text
    assert "It took 1 min 34 s.\n" in text


def test_a_failure_quotes_github_and_the_request() -> None:
    text = report_text(report(small(), {Result.FAILED: "422 Validation Failed"}), colour=False)

    assert "    - bert-archer  idle: 422 Validation Failed        request C0DE:1A2B\n" in text


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (report(small()), "Done: 3 changes, each one seen on GitHub."),
        (report(nothing()), "Nothing to do: no change was planned."),
        (report(small(), {Result.SKIPPED: "x"}), "3 changes planned: 3 skipped."),
    ],
)
def test_a_report_ends_with_what_it_came_to(made: Report, said: str) -> None:
    assert f"\n{said}\nIt took " in report_text(made, colour=False)


def test_a_report_without_ledger_says_so() -> None:
    text = report_text(replace(report(small()), ledger_head=None), colour=False)

    assert text.endswith("Plan 5d41402abc4b2a76b9719d911017c592\nNo ledger\n")


# --- layout -------------------------------------------------------------------------------------


@every_plan
@pytest.mark.parametrize("width", [80, 100, 130, 200])
def test_lines_keep_to_the_width(made: Callable[[], Plan], width: int) -> None:
    for line in plan_text(made(), colour=False, width=width).splitlines():
        assert len(line) <= width


@every_plan
@every_width
def test_colour_changes_no_letter(made: Callable[[], Plan], width: int | None) -> None:
    plain = plan_text(made(), colour=False, width=width)
    coloured = plan_text(made(), colour=True, width=width)

    assert "\x1b" not in plain
    assert coloured != plain
    assert _COLOUR.sub("", coloured) == plain


def test_columns_are_aligned_by_what_a_terminal_shows() -> None:
    wide = replace(user(1, Action.DELETE, Reason.UNDECLARED), name="日本")
    text = plan_text(plan((wide, user(2, Action.DELETE, Reason.UNDECLARED))), colour=False)

    assert "    - 日本         no entry" in text
    assert "    - cora-archer  no entry" in text


def test_one_endless_text_does_not_move_the_others() -> None:
    endless = user(1, Action.DELETE, Reason.UNDECLARED, "word " * 100)
    text = plan_text(plan((endless, user(2, Action.DELETE, Reason.UNDECLARED))), colour=False)

    assert "    - cora-archer  no entry of the file claims this seat  seats.yml:12\n" in text


# --- hostile words ------------------------------------------------------------------------------


INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def assert_harmless(text: str) -> None:
    assert text.endswith("\n")
    for line in text.split("\n"):
        assert {unicodedata.category(each) for each in line}.isdisjoint(INVISIBLE)
        assert line == line.rstrip()
        assert not line.lstrip().startswith("::")
        assert "##[" not in line


@given(plans(), st.sampled_from([None, 30, 80]))
@settings(max_examples=60, deadline=None)
def test_no_word_does_harm_in_a_plan(made: Plan, width: int | None) -> None:
    assert_harmless(plan_text(made, colour=False, width=width))


@given(reports(), st.sampled_from([None, 30, 80]))
@settings(max_examples=40, deadline=None)
def test_no_word_does_harm_in_a_report(made: Report, width: int | None) -> None:
    assert_harmless(report_text(made, colour=False, width=width))


@given(plans())
@settings(max_examples=60, deadline=None, report_multiple_bugs=False)
def test_no_word_adds_or_hides_a_change(made: Plan) -> None:
    lines = plan_text(made, colour=False).split("\n")
    signs = [line[4] for line in lines if re.match(r" {4}[-+] ", line)]

    assert len(signs) == len(all_changes(made))
    assert signs.count("-") == sum(c.action is Action.DELETE for c in all_changes(made))


def test_control_characters_are_made_visible() -> None:
    bad = Notice("exempt", "ada\x1b[31m", "a\nb\u202ec\td\ud800")
    text = plan_text(plan(notices=(bad,)), colour=False)

    assert r"    * ada\x1b[31m  a\nb\u202ec\td\ud800" in text


def test_withheld_by_something_without_a_check_is_told_with_its_words() -> None:
    refused = Withheld("refused", user(1, Action.CREATE, Reason.DECLARED), "GitHub refused it")
    text = plan_text(plan(withheld=(refused,)), colour=False)

    assert "  refused (1)  GitHub refused it\n" in text


def test_a_notice_about_nobody_has_its_words_where_names_are() -> None:
    told = Notice("needs_ledger", "", "14 seats would be warned about")
    text = plan_text(plan(notices=(told, *NOTICES[:2])), colour=False)

    assert "Missing for want of a ledger (1)\n    * 14 seats would be warned about\n" in text


def test_a_place_that_all_share_is_said_once_where_there_is_no_room() -> None:
    text = plan_text(large(), colour=False, width=80)

    assert text.count("policies/standard.yml:8") == 2  # 240 idle seats, and two warnings
    assert "    all by policies/standard.yml:8\n    - ada-archer       idle for 31 days" in text


def test_people_stand_by_name_within_a_reason() -> None:
    names = [name for sign, name in rows(plan_text(large(), colour=False)) if sign == "-"]

    assert names[:240] == sorted(names[:240])
    assert [change.id for change in large().changes] != sorted(c.id for c in large().changes)


# --- an apply that is not done --------------------------------------------------------------------

WORDS = "GitHub answered 422 (Copilot Business is not enabled for this organization.)."


@pytest.mark.parametrize("show", [partial(report_text, colour=False), report_markdown])
def test_what_github_refuses_for_everybody_stands_on_top(show: Callable[[Report], str]) -> None:
    cause = RefusedForAll(Resource.USER, Action.CREATE, WORDS, "C0DE:1A2B", 3, 1_009)
    told = show(replace(report(small(), MIXED), refused_for_all=(cause,))).split("\n", 3)
    (top,) = [line for line in told if "Copilot Business is not enabled" in line]
    assert "GitHub refused to assign seats to users, whoever they are for." in top
    assert "Tried alone: 3. Not tried: 1,009." in top


@pytest.mark.parametrize("show", [partial(report_text, colour=False), report_markdown])
def test_an_apply_that_goes_on_says_how(show: Callable[[Report], str]) -> None:
    stopped = replace(report(small(), MIXED), unfinished=True, again="copilot-seats apply p.json")
    said = show(stopped)
    assert "What is done stays done. An error stopped the rest. To finish it, run: " in said
    assert "copilot-seats apply p.json" in said


def test_seats_that_are_sent_and_not_seen_are_not_as_the_file_says() -> None:
    quiet = nothing()
    first, *others = quiet.decisions
    waiting = replace(quiet, decisions=(replace(first, reason=Reason.IN_FLIGHT), *others))
    said = plan_text(waiting, colour=False)
    assert said.startswith("No changes now: 1 change sent, and not visible on GitHub yet.")
    assert "as the file says" not in said
