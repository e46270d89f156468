"""The plan file: what it says, what names it, and what may be read of it."""

from __future__ import annotations

import contextlib
import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from render_samples import (
    BASE,
    MIXED,
    NOW,
    PLANS,
    guarded,
    medium,
    proposed,
    report,
    small,
    user,
)

import reconciler
from reconciler import canonical_json, planfile
from reconciler.errors import PlanFileError
from reconciler.model.plan import Action, Change, Cost, Notice, Plan, PlannedChange, Reason, Status
from reconciler.model.report import Result
from reconciler.planfile import identity
from reconciler.render.redact import redact

SCHEMAS = Path(reconciler.__file__).parent / "schemas"

plans = pytest.mark.parametrize("made", list(PLANS.values()), ids=list(PLANS))


def schema(name: str, *, closed: bool = False) -> jsonschema.Draft202012Validator:
    """Return a published schema; *closed*: with no key allowed that it does not describe."""
    content = json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(content)
    return jsonschema.Draft202012Validator(_closed(content) if closed else content)


def _closed(node: Any) -> Any:
    if isinstance(node, list):
        return [_closed(item) for item in node]
    if not isinstance(node, dict):
        return node
    inner = {key: _closed(value) for key, value in node.items()}
    if "properties" in node and "required" in node:
        inner["additionalProperties"] = False
    return inner


def renamed(content: dict[str, Any]) -> str:
    """Return *content* with the names that belong to it, as a forger would write it."""
    ours = content["copilot_seats"]
    ours["plan_id"] = identity.id_of(content)
    return canonical_json.pretty(content)


# --- the document -------------------------------------------------------------------------------


@plans
def test_every_document_fits_the_published_schema_which_describes_every_key(
    made: Callable[[], Plan],
) -> None:
    for plan in (made(), redact(made())):
        assert list(schema("plan", closed=True).iter_errors(planfile.document(plan))) == []


@plans
def test_text_is_canonical(made: Callable[[], Plan]) -> None:
    text = planfile.dumps(made())

    assert text == json.dumps(json.loads(text), sort_keys=True, indent=2) + "\n"
    assert text == planfile.dumps(made())
    assert text.isascii()


def test_a_persons_delete_tells_what_is_taken_away() -> None:
    changes = planfile.document(small())["resource_changes"]

    assert changes[1] == {
        "address": "copilot_seat_user.bert-archer",
        "type": "copilot_seat_user",
        "name": "bert-archer",
        "change": {
            "actions": ["delete"],
            "before": {
                "user_id": 48001,
                "login": "bert-archer",
                "created_at": "2026-09-22T08:00:00Z",
                "last_activity_at": "2026-10-21T08:00:00Z",
            },
            "after": None,
        },
        "action_reason": "idle",
    }


def test_a_persons_create_tells_what_is_given() -> None:
    changes = planfile.document(small())["resource_changes"]

    assert changes[0]["change"] == {
        "actions": ["create"],
        "before": None,
        "after": {"user_id": 48003, "login": "dino-archer"},
    }


def test_a_teams_change_lists_the_ids_of_its_people_in_order() -> None:
    found = {change["name"]: change for change in planfile.document(medium())["resource_changes"]}

    assert found["payments"]["change"]["after"] == {
        "team_id": 73,
        "slug": "payments",
        "user_ids": [48090, 48091, 48092, 48093],
    }
    assert found["interns"]["change"]["before"]["user_ids"] == [48080]


def test_what_is_withheld_names_guard_change_and_ids() -> None:
    withheld = planfile.document(guarded())["copilot_seats"]["withheld"]

    assert withheld[0] == {
        "guard": "max_cancellations_per_cycle",
        "address": "copilot_seat_team.legacy",
        "actions": ["delete"],
        "action_reason": "undeclared",
        "text": "waits for copilot_seat_user.pete-archer",
        "team_id": 71,
        "user_ids": list(range(48020, 48032)),
    }
    assert withheld[-1]["user_id"] == 48060


def test_notices_are_about_a_user_or_something_else() -> None:
    plan = replace(
        medium(),
        notices=(
            Notice("warn", "walter", "soon"),
            Notice("held_by_team", "BERT-archer", "told"),
            Notice("override", "max_seats", "expired"),
        ),
    )
    found = planfile.document(plan)["copilot_seats"]["notices"]

    assert found == [
        {"kind": "warn", "user": "walter", "text": "soon"},
        {"kind": "held_by_team", "user": "BERT-archer", "text": "told"},
        {"kind": "override", "subject": "max_seats", "text": "expired"},
    ]


def test_parts_are_told_where_there_are_any_and_cover_every_change_once() -> None:
    document = planfile.document(proposed())
    parts = document["copilot_seats"]["parts"]
    listed = [change["address"] for change in document["resource_changes"]]

    assert parts["base"] == {"path": BASE, "sha256": "ba5e" * 16}
    assert parts["this_change"] == [
        "copilot_seat_team.payments",
        "copilot_seat_user.kira-archer",
        "copilot_seat_team.interns",
        "copilot_seat_user.cora-archer",
    ]
    assert parts["already_due"] == [one for one in listed if one not in parts["this_change"]]
    assert parts["no_longer_due"][1] == {
        "address": "copilot_seat_team.night",
        "actions": ["delete"],
        "action_reason": "undeclared",
    }
    assert "parts" not in planfile.document(medium())["copilot_seats"]


def test_the_parts_belong_to_the_plans_own_name_and_not_to_its_decisions() -> None:
    whole = replace(proposed(), parts=None)

    assert planfile.fingerprint(whole) == planfile.fingerprint(proposed())
    assert planfile.plan_id(whole) != planfile.plan_id(proposed())


@pytest.mark.parametrize(
    ("plan", "applyable", "complete"),
    [
        (small(), True, True),
        (replace(small(), applyable=False), False, True),
        (replace(small(), changes=()), False, True),
        (guarded(), True, False),
    ],
)
def test_flags_say_whether_something_is_to_do_and_nothing_withheld(
    plan: Plan, applyable: bool, complete: bool
) -> None:
    found = planfile.document(plan)

    assert (found["applyable"], found["complete"]) == (applyable, complete)
    assert found["errored"] is False


def test_times_are_utc_to_the_second_and_a_plan_is_good_for_a_week() -> None:
    east = NOW.replace(microsecond=987654).astimezone(timezone(timedelta(hours=5, minutes=30)))
    found = planfile.document(replace(small(), made_at=east))

    assert found["timestamp"] == "2026-11-22T08:00:00Z"
    assert found["copilot_seats"]["expires_at"] == "2026-11-29T08:00:00Z"


def test_the_end_of_the_calendar_is_no_traceback() -> None:
    last = datetime(9999, 12, 31, tzinfo=UTC)
    found = planfile.document(replace(small(), made_at=last))

    assert found["copilot_seats"]["expires_at"] == "9999-12-31T23:59:59Z"


@pytest.mark.parametrize(
    ("amount", "written"),
    [("0", "0.00"), ("5890", "5890.00"), ("19.999", "20.00"), ("1E+30", f"1{'0' * 30}.00")],
)
def test_money_is_a_string_with_two_places(amount: str, written: str) -> None:
    plan = replace(small(), cost=Cost(Decimal(amount), Decimal(amount), "EUR"))
    cost = planfile.document(plan)["copilot_seats"]["cost"]

    assert cost == {
        "monthly_before": written,
        "monthly_after": written,
        "currency": "EUR",
        "estimate": True,
    }


@pytest.mark.parametrize("results", [None, MIXED, {Result.FAILED: "no"}])
def test_reports_fit_their_schema_and_their_counts_add_up(results: Any) -> None:
    for made in PLANS.values():
        document = planfile.report_document(report(made(), results))
        assert list(schema("report", closed=True).iter_errors(document)) == []
        assert list(schema("report").iter_errors({**document, "exit_code": 5})) == []
        counts = document["counts"]
        assert sum(counts.values()) == 2 * counts["planned"] == 2 * len(made().changes)


# --- names --------------------------------------------------------------------------------------


def test_equal_decisions_have_equal_fingerprints_whenever_made_and_whatever_the_names() -> None:
    plan = medium()
    later = replace(
        plan,
        made_at=NOW + timedelta(days=3),
        path="other.yml",
        ledger_head=None,
        changes=tuple(
            replace(change, name=f"{change.name}2", text="…") for change in reversed(plan.changes)
        ),
    )

    assert planfile.fingerprint(later) == planfile.fingerprint(plan)
    assert planfile.plan_id(later) != planfile.plan_id(plan)


@pytest.mark.parametrize(
    ("once", "later"),
    [
        ("newest activity 1 hour ago", "newest activity 3 hours ago"),
        ("newest activity 2026-11-22T07:12:00Z", "newest activity 2026-11-23 08:30 UTC"),
        (
            "12 here of at most 31 (override until 2026-12-01)",
            "12 here of at most 31 (override until 2026-12-02)",
        ),
    ],
)
def test_a_guards_times_are_no_decisions(once: str, later: str) -> None:
    assert planfile.fingerprint(_detailed(once)) == planfile.fingerprint(_detailed(later))


def test_a_guards_counts_are_decisions() -> None:
    once, later = "12 here + 4 pending of at most 31", "13 here + 4 pending of at most 31"

    assert planfile.fingerprint(_detailed(once)) != planfile.fingerprint(_detailed(later))


def _detailed(text: str) -> Plan:
    plan = small()
    return replace(plan, checks=(replace(plan.checks[0], detail=text), *plan.checks[1:]))


def _other_decisions() -> Iterator[Plan]:
    plan = guarded()
    first, check, held = plan.changes[0], plan.checks[0], plan.withheld[0]
    yield replace(plan, organization=replace(plan.organization, id=1))
    yield replace(plan, organization=replace(plan.organization, host="https://x.ghe.com"))
    yield replace(plan, changes=(replace(first, id=7),))
    yield replace(plan, changes=(replace(first, reason=Reason.RENEW),))
    yield replace(plan, changes=(replace(first, action=Action.DELETE),))
    yield replace(
        plan, changes=(replace(first, people=user(9, first.action, first.reason).people),)
    )
    yield replace(plan, changes=())
    yield replace(plan, checks=(replace(check, status=Status.UNKNOWN), *plan.checks[1:]))
    yield replace(plan, checks=(replace(check, guard="x"), *plan.checks[1:]))
    yield replace(plan, checks=plan.checks[1:])
    yield replace(plan, withheld=plan.withheld[1:])
    yield replace(plan, withheld=(replace(held, guard="x"), *plan.withheld[1:]))


def test_other_decisions_have_another_fingerprint() -> None:
    found = {planfile.fingerprint(plan) for plan in [guarded(), *_other_decisions()]}

    assert len(found) == 1 + len(list(_other_decisions()))


# --- the way back -------------------------------------------------------------------------------


def said(change: Change) -> PlannedChange:
    return PlannedChange.of(change)


@plans
def test_a_file_is_read_back_as_the_ceiling_it_is(made: Callable[[], Plan]) -> None:
    plan = made()
    found = planfile.parse(planfile.dumps(plan))

    assert found.changes == tuple(map(PlannedChange.of, plan.changes))
    assert [change.target for change in found.changes] == [c.target for c in plan.changes]
    assert [change.address for change in found.changes] == [c.address for c in plan.changes]
    assert [(held.guard, held.text, said(held.change)) for held in found.withheld] == [
        (held.guard, held.text, said(held.change)) for held in plan.withheld
    ]
    assert found.checks == plan.checks
    assert found.organization == plan.organization
    assert (found.config_path, found.config_sha256) == (plan.path, plan.config_sha256)
    assert (found.plan_id, found.fingerprint) == (
        planfile.plan_id(plan),
        planfile.fingerprint(plan),
    )
    assert found.timestamp == NOW
    assert found.applyable is bool(plan.changes)


def test_a_file_is_good_for_a_week_and_not_longer() -> None:
    found = planfile.parse(planfile.dumps(small()))

    assert not found.expired(NOW + timedelta(days=7))
    assert found.expired(NOW + timedelta(days=7, seconds=1))


def test_the_ceiling_is_both_parts_together() -> None:
    found = planfile.parse(planfile.dumps(proposed()))
    whole = planfile.parse(planfile.dumps(medium()))

    assert found.changes == whole.changes
    assert {one.name for one in found.changes}.isdisjoint({"night", "nils-archer", "olga-archer"})


def test_altered_parts_show() -> None:
    content = planfile.document(proposed())
    content["copilot_seats"]["parts"]["already_due"].append(
        content["copilot_seats"]["parts"]["this_change"].pop()
    )
    with pytest.raises(PlanFileError, match="altered"):
        planfile.parse(canonical_json.pretty(content))


@pytest.mark.parametrize("parts", [None, 7, [], {}, {"this_change": [None]}])
def test_parts_of_another_shape_take_nothing_from_the_ceiling(parts: object) -> None:
    content = planfile.document(proposed())
    content["copilot_seats"]["parts"] = parts

    found = planfile.parse(renamed(content))
    assert found.changes == planfile.parse(planfile.dumps(medium())).changes


def test_a_redacted_plan_is_not_applyable() -> None:
    assert planfile.parse(planfile.dumps(redact(medium()))).applyable is False


@pytest.mark.parametrize("indent", [None, 4])
def test_another_layout_is_the_same_file(indent: int | None) -> None:
    content = json.loads(planfile.dumps(medium()))
    content = dict(reversed(content.items()))
    text = json.dumps(content, indent=indent, ensure_ascii=False)

    assert planfile.parse(b"\xef\xbb\xbf" + text.encode()) == planfile.parse(
        planfile.dumps(medium())
    )


def test_a_later_minor_version_with_unknown_keys_is_read() -> None:
    content = planfile.document(small())
    content["format_version"] = "1.7"
    content["resource_changes"][0]["new"] = {"number": 12}
    content["copilot_seats"]["new"] = [None]

    assert (
        planfile.parse(renamed(content)).changes == planfile.parse(planfile.dumps(small())).changes
    )


@pytest.mark.parametrize("version", ["2.0", "0.9", "1", "", "1.0.0", "one", None, 1, "٣.0"])
def test_another_major_version_is_refused(version: object) -> None:
    content = planfile.document(small())
    content["format_version"] = version
    with pytest.raises(PlanFileError, match="format"):
        planfile.parse(renamed(content))


def _leaves(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    children: Any = node.items() if isinstance(node, dict) else ()
    children = enumerate(node) if isinstance(node, list) else children
    found = False
    for key, child in children:
        found = True
        yield from _leaves(child, (*path, key))
    if not found:
        yield path


def _with(content: Any, path: tuple[Any, ...], value: Any) -> Any:
    content = copy.deepcopy(content)
    node = content
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    return content


def _another(value: Any) -> Any:
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case str():
            return value[:-1] + ("0" if value[-1:] != "0" else "1")
    return "something"


def test_an_alteration_anywhere_is_found() -> None:
    content = planfile.document(replace(guarded(), withheld=guarded().withheld[-3:]))
    for path in _leaves(content):
        value = content
        for key in path:
            value = value[key]
        with pytest.raises(PlanFileError, match="may not be applied"):
            planfile.parse(json.dumps(_with(content, path, _another(value))))


def test_what_is_taken_out_or_added_is_found() -> None:
    content = planfile.document(medium())
    less, more = copy.deepcopy(content), copy.deepcopy(content)
    less["resource_changes"].pop()
    more["copilot_seats"]["extra"] = 1

    for altered in (less, more):
        with pytest.raises(PlanFileError, match="altered"):
            planfile.parse(json.dumps(altered))


def test_decisions_can_not_be_altered_under_a_new_plan_id() -> None:
    content = planfile.document(small())
    content["resource_changes"][1]["change"]["before"]["user_id"] = 4
    with pytest.raises(PlanFileError, match="fingerprint"):
        planfile.parse(renamed(content))


def test_a_forger_gains_no_time() -> None:
    content = planfile.document(small())
    content["copilot_seats"]["expires_at"] = "2027-11-29T08:00:00Z"
    with pytest.raises(PlanFileError, match="7 days"):
        planfile.parse(renamed(content))


def _broken() -> Iterator[tuple[str, str | bytes]]:
    text = planfile.dumps(small())
    yield "not JSON", ""
    yield "not JSON", "terraform"
    yield "not JSON", text[:-40]
    yield "not UTF-8", b"\xff\xfe{"
    yield "is no object", "[]"
    yield "is no object", "null"
    yield "has no format_version", "{}"
    yield "stands twice", text.replace('"applyable"', '"errored": false, "applyable"', 1)
    yield "no whole number", '{"a": 1.5}'
    yield "no whole number", '{"a": 1e400}'
    yield "no whole number", '{"a": NaN}'
    yield "no whole number", '{"a": -Infinity}'
    yield "too big", '{"a": 1' + "0" * 5000 + "}"
    yield "too deep", "[" * 200_000
    yield "too deep", '{"a":' * 200_000


@pytest.mark.parametrize(
    ("complaint", "text"), list(_broken()), ids=[str(n) for n, _ in enumerate(_broken())]
)
def test_what_is_no_plan_file_is_refused_with_the_reason(complaint: str, text: str | bytes) -> None:
    with pytest.raises(PlanFileError, match=complaint) as caught:
        planfile.parse(text)
    assert caught.value.exit_code == 4
    assert "nothing was done" in str(caught.value)


def test_an_endless_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canonical_json, "MAX_BYTES", 1000)
    with pytest.raises(PlanFileError, match="MiB"):
        planfile.parse(planfile.dumps(small()))


@pytest.mark.parametrize(
    ("path", "value", "complaint"),
    [
        (("resource_changes",), {}, "resource_changes is no list"),
        (("resource_changes", 0, "type"), "aws_instance", r"resource_changes\[0\].type is none of"),
        (("resource_changes", 0, "name"), "x", "not made of the type and the name"),
        (("resource_changes", 0, "action_reason"), "because", "none of declared"),
        (("resource_changes", 0, "change", "actions"), [], 'neither \\["create"\\]'),
        (("resource_changes", 0, "change", "actions"), ["no-op"], 'neither \\["create"\\]'),
        (("resource_changes", 0, "change", "actions"), ["delete", "create"], "neither"),
        (("resource_changes", 0, "change", "before"), {}, "before is not null"),
        (("resource_changes", 0, "change", "after"), None, "after is no object"),
        (("resource_changes", 0, "change", "after", "user_id"), True, "is no id"),
        (("resource_changes", 0, "change", "after", "user_id"), 0, "is no id"),
        (("resource_changes", 0, "change", "after", "user_id"), "7", "is no id"),
        (("timestamp",), "2026-02-30T08:00:00Z", "calendar"),
        (("timestamp",), "2026-11-22 08:00", "is no time"),
        (("applyable",), 1, "neither true nor false"),
        (("checks",), None, "checks is no list"),
        (("checks", 0, "status"), "passed", "none of pass"),
        (("copilot_seats",), [], "copilot_seats is no object"),
        (("copilot_seats", "config", "sha256"), "ABC", "SHA-256"),
        (("copilot_seats", "config", "path"), "a\x00b", "characters"),
        (("copilot_seats", "config", "path"), "\ud800", "characters"),
        (("copilot_seats", "config", "path"), "", "empty"),
        (("copilot_seats", "org", "id"), None, "is no id"),
        (("copilot_seats", "withheld"), [{"address": "x.y"}], "no user and no team"),
    ],
)
def test_a_wrong_shape_is_told_with_its_place(
    path: tuple[Any, ...], value: object, complaint: str
) -> None:
    content = _with(planfile.document(small()), path, value)
    with pytest.raises(PlanFileError, match=complaint):
        planfile.parse(json.dumps(content))


def test_a_change_that_stands_twice_is_refused() -> None:
    plan = small()
    twice = replace(plan, changes=(*plan.changes, plan.changes[0]))
    with pytest.raises(PlanFileError, match="two changes"):
        planfile.parse(planfile.dumps(twice))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just("delete"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "name", "change", "before", "x"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)


@given(st.binary(max_size=200) | st.text(max_size=200))
@settings(max_examples=200)
def test_no_bytes_give_a_traceback(text: bytes | str) -> None:
    with pytest.raises(PlanFileError):
        planfile.parse(text)


@given(JSON)
@settings(max_examples=100)
def test_no_json_gives_a_traceback(value: Any) -> None:
    with pytest.raises(PlanFileError):
        planfile.parse(json.dumps(value))


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_no_wrong_part_gives_a_traceback(data: st.DataObject) -> None:
    content = planfile.document(small())
    path = data.draw(st.sampled_from(sorted(_leaves(content), key=repr)))
    path = path[: data.draw(st.integers(1, len(path)))]
    altered = _with(content, path, data.draw(JSON))
    ours = path[0] == "copilot_seats"
    text = json.dumps(altered) if ours else renamed(altered)
    with contextlib.suppress(PlanFileError):
        # Only what apply does not rely on can be altered together with the plan_id.
        found = planfile.parse(text)
        assert found.changes == planfile.parse(planfile.dumps(small())).changes
