"""Pages that are kept up to date: their marker, their length, and what an issue should be."""

from __future__ import annotations

import re
import time
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from render_samples import PLANS, plan, user

from reconciler import planfile
from reconciler.errors import UsageError
from reconciler.model.plan import Action, Notice, Reason
from reconciler.render.conversation import (
    COMMENT,
    CUT,
    MOST,
    IssueState,
    failed_state,
    issue_key,
    issue_state,
    marker,
    organization_of,
    page,
    same,
)
from reconciler.render.labels import WARNED
from reconciler.render.markdown import plan_markdown
from reconciler.render.truncate import length

FIRST = "<!-- copilot-seats:comment:plan -->"
REST = "The rest is in the log."


# --- markers ------------------------------------------------------------------------------------


def test_a_marker_says_kind_and_key_in_one_case() -> None:
    assert marker(COMMENT, "plan").line == FIRST
    assert marker("issue", issue_key("Acme")).line == "<!-- copilot-seats:issue:drift/acme -->"


@pytest.mark.parametrize(
    "key", ["", "a b", "a-->b", "<x", "é", "a\nb", "x" * 151, "-x", "/x", "a:b", "plan\n"]
)
def test_what_could_leave_the_marker_is_no_key(key: str) -> None:
    with pytest.raises(UsageError, match="can't be a key"):
        marker(COMMENT, key)


@pytest.mark.parametrize("org", ["", "a/b", "../x", "a b", "-->", "x" * 101, "acme\n"])
def test_what_is_no_login_has_no_issue(org: str) -> None:
    with pytest.raises(UsageError, match="login"):
        issue_key(org)


def test_an_old_form_of_a_login_has_its_issue() -> None:
    line = marker("issue", issue_key("-Acme-")).line
    assert line == "<!-- copilot-seats:issue:drift/-acme- -->"
    assert marker("issue", issue_key("-acme-"), 7).finds(f"{line}\nx")


def test_a_marker_counts_on_the_first_line_only() -> None:
    assert marker(COMMENT, "plan").finds(f"{FIRST}\nx")
    assert marker(COMMENT, "plan").finds(f"{FIRST}\r\nx")
    assert not marker(COMMENT, "plan").finds(f"look: {FIRST}\nx")
    assert not marker(COMMENT, "plan").finds(f"\n{FIRST}\nx")
    assert not marker(COMMENT, "plan").finds(f"> {FIRST}")
    assert not marker(COMMENT, "plan").finds("<!-- copilot-seats:comment:plan2 -->\nx")


def test_ids_decide_where_both_are_known() -> None:
    ours = marker(COMMENT, "plan/org/acme", 7)
    assert ours.line == "<!-- copilot-seats:comment:plan/org/acme org:7 -->"
    assert ours.finds(marker(COMMENT, "plan/org/former", 7).line)
    assert ours.finds(marker(COMMENT, "plan/org/acme").line)
    assert not ours.finds(marker(COMMENT, "plan/org/acme", 8).line)
    assert not ours.finds(marker(COMMENT, "apply/org/acme", 7).line)
    assert not ours.finds(marker("issue", "plan/org/acme", 7).line)
    assert not ours.finds(marker(COMMENT, "plan/org/former").line)
    assert marker(COMMENT, "plan/org/acme").finds(ours.line)


def test_line_ends_make_no_difference() -> None:
    assert same("a\r\nb\r\n", "a\nb")
    assert not same("a\nb", "a\n\nb")


# --- pages --------------------------------------------------------------------------------------


def test_a_page_that_fits_is_left_as_it_is() -> None:
    assert page(FIRST, "\n# Title\n\nText\n\n", REST) == f"{FIRST}\n# Title\n\nText\n"


def test_what_github_can_not_keep_is_replaced() -> None:
    assert (
        page(FIRST, "a\x00b\ud800c\x1bd\te\r\nf", REST)
        == f"{FIRST}\na\ufffdb\ufffdc\ufffdd\te\nf\n"
    )


def test_a_long_page_is_cut_at_a_line_end_and_says_where_the_rest_is() -> None:
    text = page(FIRST, "\n".join(f"line {n}" for n in range(20_000)), REST)
    lines = text.splitlines()
    assert MOST - 20 < len(text) <= MOST
    assert lines[:4] == [FIRST, f"{CUT} {REST}", "", "line 0"]
    assert re.fullmatch(r"line \d+", lines[-1])


def test_what_counts_double_somewhere_counts_double() -> None:
    text = page(FIRST, "😀" * 30 + "\n" + "\n".join("😀" * 9 for _ in range(9_000)), REST)
    assert length(text) <= MOST
    assert len(text.encode("utf-16-le")) // 2 <= MOST


def test_one_line_that_is_too_long_is_left_out() -> None:
    assert page(FIRST, "x" * 70_000, REST) == f"{FIRST}\n{CUT} {REST}\n\n\n"


def rows_of(number: int, what: str) -> str:
    rows = "\n".join(
        f"| − | `{what}-{n:05}` | nothing in the file claims it |" for n in range(number)
    )
    return (
        f"#### {what}\n\n<details><summary>Show</summary>\n\n"
        f"|  | Who | Why |\n| :-- | :-- | :-- |\n{rows}\n\n</details>"
    )


def test_of_a_long_page_every_table_keeps_rows_and_what_is_no_row_stays() -> None:
    warned = rows_of(2000, "warned").replace("#### warned", f"#### {WARNED} (2,000)")
    body = "\n\n".join([rows_of(4000, "delete"), rows_of(3, "create"), warned, "The end"])
    text = page(FIRST, body, REST)
    shown = Counter(re.findall(r"`(\w+)-\d{5}`", text))

    assert MOST - 200 < len(text) <= MOST
    assert shown["create"] == 3
    assert shown["delete"] > 500
    assert 500 < shown["warned"] < 2000
    assert text.endswith("\n\n</details>\n\nThe end\n")
    assert text.startswith(f"{FIRST}\n{CUT} {REST}\n")
    left = [int(n.replace(",", "")) for n in re.findall(r"… and ([\d,]+) more rows", text)]
    assert left == [4000 - shown["delete"], 2000 - shown["warned"]]


def test_a_page_that_was_made_for_a_summary_keeps_all_who_are_warned() -> None:
    changes = tuple(user(n, Action.DELETE, Reason.UNDECLARED) for n in range(5000))
    text = " by rule 'everyone'"
    warned = tuple(
        Notice(
            "warn", f"person-{n:04}", f"idle; to be taken back after 2026-12-{1 + n % 9:02}{text}"
        )
        for n in range(341)
    )
    made = plan_markdown(plan(changes, notices=warned), limit=900_000)
    shown = page(FIRST, made, REST)

    assert len(made) > 300_000
    assert len(re.findall("`person-", shown)) == 341
    assert len(re.findall(r"^\| − \|", shown, re.M)) > 300
    assert shown.count("<details>") == shown.count("</details>")
    assert "Licence fees" in shown


def test_what_is_open_where_it_is_cut_is_closed() -> None:
    rows = "\n".join(["| `x` | y |"] * 9000)
    table = f"| a | b |\n| :-- | :-- |\n{rows}"
    text = page(FIRST, f"<details><summary>Show</summary>\n\n{table}\n\n</details>\n", REST)
    assert re.search(r"\| `x` \| y \|\n\n… and [\d,]+ more rows.\n\n</details>\n\Z", text)
    code = page(FIRST, f"<details>\n\n````json\n```\n{rows}", REST)
    assert code.endswith("| `x` | y |\n````\n\n</details>\n")
    hidden = page(FIRST, f"<!-- `<details>`\n{rows}", REST)
    assert hidden.endswith("| `x` | y |\n-->\n")
    nested = page(FIRST, f"<details>\n<table><tr><td>\n<pre>\n</table>\n\n{rows}", REST)
    assert nested.endswith("| `x` | y |\n\n</details>\n")


@pytest.mark.parametrize(
    "body",
    [
        "\n".join("`" * n for n in range(1, 361)),
        "a".join("`" * n for n in range(1, 361)),
        "<td " * 16_000,
        "<!--" * 16_000,
        "<!-- -->" * 8_000,
        "<table><tr><td>" * 4_300,
        "<details>\n" * 6_400,
        "\r\n" * 5_000_000 + "x",
        "x\n" * 5_000_000,
        "```\n" * 200_000,
    ],
    ids=range(10),
)
def test_a_body_made_to_take_long_does_not(body: str) -> None:
    began = time.process_time()
    text = page(FIRST, f"{body}\n{'x' * 60_000}\n" + "more\n" * 9_000, REST)
    assert length(text) <= MOST
    assert text.startswith(f"{FIRST}\n{CUT} {REST}\n")
    assert time.process_time() - began < 5


PIECES = (
    "<details><summary>Show</summary>",
    "</details>",
    "<table><tr><td>",
    "</td></tr></table>",
    "</table>",
    "<pre>",
    "</pre>",
    "```",
    "````json",
    "~~~",
    "~~~~",
    "<!-- a",
    "b -->",
    "<!-- a --> b <!--",
    "`<details>` in code",
    "`` a ` <pre> ``",
    "| a | b |",
    "| :-- | :-- |",
    "> quote",
    "- item",
    "    indented",
    "text",
    "",
    FIRST,
)


@given(st.lists(st.sampled_from(PIECES), max_size=40))
def test_wherever_a_page_is_cut_that_is_seen_first(pieces: list[str]) -> None:
    body = "\n".join([*pieces, *["more"] * 400])
    for limit in range(300, 1_500, 97):
        text = page(FIRST, body, REST, limit=limit)
        assert length(text) <= limit
        tokens = MarkdownIt("gfm-like", {"html": True, "linkify": False}).parse(text)
        assert [one.type for one in tokens[:3]] == ["html_block", "paragraph_open", "inline"]
        assert tokens[0].content.strip() == FIRST
        assert tokens[2].content == f"{CUT} {REST}"


# --- issues -------------------------------------------------------------------------------------


def document(name: str) -> dict[str, Any]:
    return planfile.document(PLANS[name]())


def test_an_issue_is_open_while_something_is_due_withheld_or_warned() -> None:
    found = document("medium")
    assert issue_state(found) == IssueState(
        f"Copilot seats of {organization_of(found)}: 5 to create, 10 to delete, 2 warned", True
    )
    nothing = document("nothing")
    nothing["copilot_seats"]["notices"] = []
    assert issue_state(nothing).open is False
    assert issue_state(nothing).title.endswith(": nothing is due")
    nothing["copilot_seats"]["notices"] = [{"kind": "warn", "user": "x", "text": ""}]
    assert issue_state(nothing) == IssueState("Copilot seats of acme: 1 warned", True)
    nothing["copilot_seats"]["notices"] = [{"kind": "exempt", "subject": "x", "text": ""}]
    assert issue_state(nothing).open is False
    nothing["copilot_seats"]["withheld"] = [{}, {}]
    assert issue_state(nothing) == IssueState("Copilot seats of acme: 2 withheld", True)


def test_a_run_that_failed_leaves_the_issue_open() -> None:
    assert failed_state("acme") == IssueState("Copilot seats of acme: the nightly run failed", True)
    with pytest.raises(UsageError):
        failed_state("acme\n@everyone")


@pytest.mark.parametrize(
    "broken",
    [
        None,
        [],
        "x",
        {},
        {"copilot_seats": []},
        {"copilot_seats": {"org": {"login": "a\nb"}}},
        {"copilot_seats": {"org": {"login": 5}}},
        {"copilot_seats": {"org": {"login": "acme"}}},
        {"copilot_seats": {"org": {"login": "acme"}, "withheld": [], "notices": []}},
        {
            "copilot_seats": {"org": {"login": "acme"}, "withheld": [], "notices": [5]},
            "resource_changes": [],
        },
        {
            "copilot_seats": {"org": {"login": "acme"}, "withheld": [], "notices": []},
            "resource_changes": [{"change": {"actions": ["read"]}}],
        },
    ],
)
def test_what_is_no_plan_says_so(broken: object) -> None:
    with pytest.raises(UsageError, match="no plan"):
        issue_state(broken)
