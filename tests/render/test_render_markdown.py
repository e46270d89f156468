"""Markdown: complete within its limit, and no word of others' is ever structure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from render_hostile import TRICKS, plans, reports, words
from render_samples import (
    BASE,
    MIXED,
    NOW,
    PLANS,
    RULE,
    guarded,
    large,
    medium,
    nothing,
    plan,
    proposed,
    report,
    untouched,
    user,
)

from reconciler.model.diagnostics import Mark
from reconciler.model.plan import Action, Change, Notice, Parts, Plan, Reason
from reconciler.model.report import Report
from reconciler.render.escape import code, prose, visible
from reconciler.render.markdown import LIMIT, plan_markdown, report_markdown
from reconciler.render.redact import redact

every_plan = pytest.mark.parametrize("made", list(PLANS.values()), ids=list(PLANS))

OURS = {"<details>", "<summary>", "</summary>", "</details>", "<br>"}
ZERO_WIDTH = "\u200b"


def parsed(text: str) -> list[Token]:
    """Return the flat tokens of *text* as GitHub would see them."""
    tokens = MarkdownIt("gfm-like", {"html": True, "linkify": False}).parse(text)
    return [inner for token in tokens for inner in (token, *(token.children or ()))]


def words_of(text: str) -> str:
    """Return what a reader of *text* reads."""
    return "".join(t.content for t in parsed(text) if t.type in ("text", "code_inline"))


def change_rows(text: str) -> list[tuple[str, str]]:
    matches = re.findall(r"^\| ([−+]) \| (?:team )?`([^`]*)` \|", text, re.M)
    return [("-" if sign == "−" else sign, name) for sign, name in matches]


@every_plan
def test_every_change_is_there_once(made: Callable[[], Plan]) -> None:
    changes = [*made().changes, *(held.change for held in made().withheld)]
    found = change_rows(plan_markdown(made()))

    assert sorted(found) == sorted(
        ("-" if change.action is Action.DELETE else "+", change.name) for change in changes
    )


def test_removals_come_first() -> None:
    signs = [sign for sign, _ in change_rows(plan_markdown(medium()))]

    assert signs == ["-"] * 10 + ["+"] * 5


def test_a_row_has_reason_and_line() -> None:
    text = plan_markdown(medium())

    row = "| − | `bert-archer` | idle for 32 days (last active 2026-10-21) |"
    assert f"{row} `policies/standard.yml:8` |\n" in text
    assert "**`idle`** (5): rule 'everyone' takes a seat back after 30 days" in text


def parts_of(text: str) -> list[str]:
    """Return the text under each heading of the first rank."""
    return re.split(r"^### .*\n", text, flags=re.M)[2:]


def test_the_two_parts_have_their_own_headings_with_removals_first() -> None:
    text = plan_markdown(proposed())
    this_change, already_due, together = parts_of(text)

    assert re.findall(r"^### (.*)$", text, re.M)[1:] == [
        "What this change does",
        "What was already due",
        "Both together",
    ]
    assert change_rows(this_change) == [
        ("-", "cora-archer"),
        ("-", "interns"),
        ("+", "payments"),
        ("+", "kira-archer"),
    ]
    assert [sign for sign, _ in change_rows(already_due)] == ["-"] * 8 + ["+"] * 3
    assert change_rows(together) == []
    assert f"Guards and exemptions of `{BASE}`" in text


def test_what_is_no_longer_due_is_no_change_of_the_plan() -> None:
    (this_change, already_due, _) = parts_of(plan_markdown(proposed()))

    assert "#### No longer due: 3 changes, which would be made without this change" in this_change
    assert "| · | team `night` | delete `undeclared`: no entry names it" in this_change
    assert "| · | `nils-archer` | create `declared`: " in this_change
    assert "night" not in already_due


def test_an_empty_part_says_so() -> None:
    this_change, already_due, together = parts_of(plan_markdown(untouched()))
    assert this_change.strip() == (
        "Nobody gains or loses a seat by it. What guards withhold is told below."
    )
    assert len(change_rows(already_due)) == 1
    assert len(change_rows(together)) == 36

    empty = replace(nothing(), parts=Parts(BASE, "0" * 64, frozenset()))
    this_change, already_due, _ = parts_of(plan_markdown(empty))
    assert this_change.strip() == "Nobody gains or loses a seat by it."
    assert already_due.strip() == "Nothing."


@pytest.mark.parametrize("limit", [3000, 8000, LIMIT])
def test_a_page_with_parts_keeps_to_the_limit(limit: int) -> None:
    made = large(3000)
    parts = Parts(BASE, "0" * 64, frozenset(one.address for one in made.changes[1::2]))
    text = plan_markdown(replace(made, parts=replace(parts, averted=made.changes)), limit=limit)

    assert len(text) <= limit
    assert "### What this change does" in text


def test_nothing_to_do_is_said_first() -> None:
    assert plan_markdown(nothing()).split("\n\n")[1].startswith("**No changes.")


def test_withheld_changes_are_announced_and_told_with_the_way_out() -> None:
    text = plan_markdown(guarded())

    assert "> [!WARNING]\n> 36 changes are withheld by guards" in text
    assert "raise `guards: {max_cancellations_per_cycle: 39}`" in text
    assert "did not pass" in text


def test_long_tables_are_folded_and_short_ones_are_not() -> None:
    assert "<summary>Show 240</summary>" in plan_markdown(large())
    deletes = plan_markdown(medium()).partition("#### Warned")[0]
    assert "<details>" not in deletes


def test_a_report_tells_trouble_first_and_folds_what_is_done() -> None:
    text = report_markdown(report(medium(), MIXED))
    heads = re.findall(r"^#### (\w[\w ]*) \(3\)", text, re.M)

    assert heads == ["Failed", "Unconfirmed", "Not tried", "Skipped", "Done"]
    assert "<details><summary>Show 3</summary>" in text
    assert len(change_rows(text)) == 15
    assert "`C0DE:1A2B`" in text


@pytest.mark.parametrize("number", [400, 1000, 3000])
def test_a_page_keeps_to_the_limit_and_says_how_much_is_left_out(number: int) -> None:
    text = plan_markdown(large(number))
    shown = len(change_rows(text))
    more = re.findall(r"… and ([\d,]+) more", text.partition("#### Warned")[0])
    left = sum(int(n.replace(",", "")) for n in more)

    assert len(text) <= LIMIT
    assert shown + left == number
    assert f"Delete: {number * 7 // 10:,} changes" in text
    assert f"Create: {number * 3 // 10:,} changes" in text


def test_a_long_table_leaves_room_for_the_first_rows_of_the_others() -> None:
    text = plan_markdown(large(3000))

    assert len([1 for sign, _ in change_rows(text) if sign == "+"]) >= 5
    assert "`walter`" in text
    assert text.rstrip().endswith("beef`")


@pytest.mark.parametrize("limit", [3000, 4000, 8000])
def test_a_smaller_limit_is_kept_too(limit: int) -> None:
    notices = tuple(
        Notice(f"kind{n}", "x" * 200, "y" * 900, Mark("z" * 300, 1, 1)) for n in range(99)
    )
    made = replace(large(), notices=notices)

    assert len(plan_markdown(made, limit=limit)) <= limit
    assert len(report_markdown(report(made), limit=limit)) <= limit


def warned(number: int) -> tuple[Notice, ...]:
    """Return warnings of *number* people, as the planner words them, on nine days by one rule."""
    return tuple(
        Notice(
            "warn",
            f"person-number-{n:05}",
            f"idle for {40 + n % 9} days (last active 2026-10-01); to be taken back after"
            f" 2026-12-{3 + n % 9:02} by rule 'everyone'",
            RULE,
        )
        for n in range(number)
    )


def shown_as_warned(text: str) -> dict[str, str]:
    """Return the people in the table of the warned, with the cell that says when."""
    table = text.partition("#### Warned")[2].partition("\n#### ")[0].partition("\n---")[0]
    rows = re.findall(r"^\| (.*) \| (.*) \|$", table, re.M)
    return {name: when for when, who in rows for name in re.findall(r"`(person-[^`]*)`", who)}


def undeclared(number: int) -> tuple[Change, ...]:
    return tuple(user(n, Action.DELETE, Reason.UNDECLARED) for n in range(number))


def test_the_warned_are_all_there_beside_many_changes() -> None:
    text = plan_markdown(plan(undeclared(1400), notices=warned(341)))
    found = shown_as_warned(text)

    assert len(text) <= LIMIT
    assert len(found) == 341
    assert (
        found["person-number-00000"]
        == "**2026-12-03** by rule 'everyone' (`policies/standard.yml:8`)"
    )
    assert len(change_rows(text)) > 300


def test_two_thousand_warned_have_room() -> None:
    text = plan_markdown(plan(notices=warned(2000)))

    assert len(text) <= LIMIT
    assert len(shown_as_warned(text)) == 2000
    assert "Cut short" not in text
    assert "<summary>Show 2,000</summary>" in text


def test_of_more_people_than_there_is_room_for_half_of_it_is_theirs_and_the_rest_is_counted() -> (
    None
):
    text = plan_markdown(plan(undeclared(3000), notices=warned(3000)))
    table = text.partition("#### Warned")[2]
    found = shown_as_warned(text)
    [left] = re.findall(r"… and ([\d,]+) more", table.partition("\n---")[0])

    assert LIMIT * 0.9 < len(text) <= LIMIT
    assert len(found) + int(left.replace(",", "")) == 3000
    assert len(found) > 1000
    assert set(found) == {n.subject for n in sorted(warned(3000), key=by_day)[: len(found)]}


def by_day(notice: Notice) -> tuple[str, str]:
    return notice.text.partition("after ")[2], notice.subject


def test_that_something_is_left_out_is_said_above_what_is_there() -> None:
    made = plan(undeclared(3000), notices=warned(3000))
    text = plan_markdown(made)
    left = sum(int(n.replace(",", "")) for n in re.findall(r"… and ([\d,]+) more", text))
    opening, _, rest = text.partition("**Cut short**")

    assert "####" not in opening
    assert rest.startswith(f": {left:,} entries are not shown here. The JSON output has it all.\n")
    assert len(change_rows(plan_markdown(made, limit=900_000))) == 3000
    assert "Cut short" not in plan_markdown(made, limit=900_000)


def test_a_few_warned_have_a_row_each() -> None:
    text = plan_markdown(plan(notices=warned(3)))

    assert "| `person-number-00001` | idle for 41 days (last active 2026-10-01); to be" in text


def test_the_warned_of_a_redacted_plan_are_warned_on_no_day() -> None:
    text = plan_markdown(redact(plan(notices=warned(40))))
    table = text.partition("#### Warned")[2].partition("\n---")[0]

    assert "day" not in table
    assert re.search(r"warned by rule 'everyone' \(`policies/standard.yml:8`\) \| `user-\d", table)


def test_endless_words_are_clipped() -> None:
    endless = user(1, Action.DELETE, Reason.UNDECLARED, "*" * 100_000)
    text = plan_markdown(plan((endless,) * 3))

    assert len(text) <= LIMIT
    assert len(change_rows(text)) == 3
    assert "…" in text


# --- hostile words ------------------------------------------------------------------------------


@given(words)
@settings(max_examples=150)
@example("@a`@b`@c")
@example("`a|b`")
@example("1. x")
@example("\\|")
@example("\u200b@x")
def test_prose_is_only_words(text: str) -> None:
    shown = prose(text)
    tokens = parsed(f"before\n\n- {shown}\n\n| a |\n|---|\n| {shown} |\n")

    assert {token.type for token in tokens} <= {
        *("paragraph_open", "paragraph_close", "inline", "text", "code_inline"),
        *("bullet_list_open", "bullet_list_close", "list_item_open", "list_item_close"),
        *("table_open", "thead_open", "tr_open", "th_open", "th_close", "tr_close"),
        *("thead_close", "tbody_open", "td_open", "td_close", "tbody_close", "table_close"),
        "text_special",
    }
    assert sum(token.type == "td_open" for token in tokens) == 1
    assert sum(token.type == "list_item_open" for token in tokens) == 1
    assert_mentions_nobody(shown)


@given(words.filter(lambda text: "`" not in text))
@settings(max_examples=100)
def test_prose_says_what_it_was_given(text: str) -> None:
    read = words_of(f"x{prose('x' + text)}").removeprefix("xx")

    assert read.replace(ZERO_WIDTH, "") == visible("x" + text).strip()[1:]


@given(words)
@settings(max_examples=100)
def test_code_is_one_piece_of_code(text: str) -> None:
    shown = code(text)
    inner = [token for token in parsed(f"x {shown} x") if token.type not in ("inline", "text")]
    kinds = [token.type for token in inner]

    assert kinds in (
        ["paragraph_open", "code_inline", "paragraph_close"],
        ["paragraph_open", "paragraph_close"],
    )
    assert not re.search(r"[<>|\n]", shown)


def assert_mentions_nobody(text: str) -> None:
    outside = re.sub(r"`[^`\n]*`", "", text)
    readable = outside.replace("&#8203;", ZERO_WIDTH)
    readable = re.sub(r"&#(\d+);", lambda match: chr(int(match[1])), readable)
    assert not re.search(r"@\w", readable)
    assert not re.search(r"(?i)#\d|\bgh-\d|://|\bwww\.", readable)
    assert "<!--" not in text


def assert_only_our_structure(text: str) -> None:
    tokens = parsed(text)
    tags = {
        tag for t in tokens if t.type.startswith("html") for tag in re.findall("<[^>]*>", t.content)
    }

    assert tags <= OURS
    assert not {token.type for token in tokens} & {"link_open", "image", "fence", "code_block"}
    assert not {token.tag for token in tokens} & {"h1", "h2", "h5", "h6", "ol", "ul", "em", "s"}
    assert_mentions_nobody(text)


@given(plans())
@settings(max_examples=60, deadline=None)
def test_no_word_does_harm_in_a_plan(made: Plan) -> None:
    text = plan_markdown(made)

    assert_only_our_structure(text)
    assert len(change_rows_loosely(text)) == len(made.changes) + len(made.withheld)
    assert len(text) <= LIMIT


@given(reports())
@settings(max_examples=40, deadline=None)
def test_no_word_does_harm_in_a_report(made: Report) -> None:
    text = report_markdown(made)

    assert_only_our_structure(text)
    assert text.count("<details>") == text.count("</details>") <= 20


def change_rows_loosely(text: str) -> list[str]:
    return re.findall(r"^\| [−+] \|", text, re.M)


@given(st.lists(st.sampled_from(TRICKS), min_size=20, max_size=60))
@settings(max_examples=20, deadline=None)
def test_hostile_notices_keep_to_the_limit(tricks: list[str]) -> None:
    notices = tuple(
        Notice(f"{trick}{n}", trick * 99, trick * 300) for n, trick in enumerate(tricks)
    )
    text = plan_markdown(replace(medium(), notices=notices, made_at=NOW), limit=20_000)

    assert len(text) <= 20_000
    assert_only_our_structure(text)
