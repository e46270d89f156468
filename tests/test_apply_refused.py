"""Refusals: one that is about everybody ends its class, one that stands alone stops nobody else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import combinations, pairwise

import pytest
from test_apply import MANY, NOW, WEB, Github, World, results, seats_file, web
from test_apply_report import Desk, ceiling

from reconciler.errors import (
    AccessBlocked,
    GitHubError,
    NotFound,
    PermissionDenied,
    Refused,
)
from reconciler.model.desired import Assign
from reconciler.model.memory import Target
from reconciler.model.observed import Observed
from reconciler.model.plan import Change
from reconciler.model.report import Report

DISABLED = "Copilot Business is not enabled for this organization."


def refusal(said: str, kind: type[GitHubError] = Refused, status: int = 422) -> GitHubError:
    error = kind(f"GitHub answered {status} ({said})", status=status, request_id="R:1")
    error.said = said
    return error


class Choosy(Github):
    """Refuses requests by who is in them."""

    says: Callable[[frozenset[str]], GitHubError | None] = staticmethod(lambda _: None)

    def _send(self, operation: str, names: Sequence[str], effect: Callable[[str], None]) -> int:
        if (error := self.says(frozenset(names))) is not None and operation == "create_users":
            self.requests.append((operation, tuple(names)))
            raise error
        return super()._send(operation, names, effect)


def desk(people: Iterable[str], says: Callable[[frozenset[str]], GitHubError | None]) -> Desk:
    """Return a desk whose file claims *people*, who hold no seat yet."""
    staying = {f"keep-{number}": True for number in range(700)}  # 20 % may come
    github = Choosy(staying)
    github.says = says  # type: ignore[method-assign]
    joining = tuple(people)
    observed = github.observed

    def everybody() -> Observed:
        accounts = tuple(github.account(one) for one in {*joining, *github.direct})
        return replace(observed(), members=accounts)

    github.observed = everybody  # type: ignore[method-assign]
    return Desk(github, seats_file(*joining, *staying))


def bad(*names: str, said: str = "No.") -> Callable[[frozenset[str]], GitHubError | None]:
    return lambda asked: refusal(said) if asked & set(names) else None


def sent(found: Desk) -> list[tuple[str, ...]]:
    return [names for operation, names in found.github.requests if operation == "create_users"]


def remembered(found: Desk) -> set[str]:
    return {one.change.name for one in found.written if one.signature is not None}


def probed(found: Desk) -> set[str]:
    return {one.change.name for one in found.written if one.probed}


def people(count: int) -> list[str]:
    return [f"p{number:03}" for number in range(count)]


def of(report: Report, result: str) -> set[str]:
    return {name for name, found in results(report).items() if found == result}


# --- about everybody ------------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "tried"), [(2, 2), (3, 3), (12, 3), (50, 3), (120, 3)])
@pytest.mark.parametrize(
    ("kind", "status"), [(Refused, 422), (NotFound, 404), (PermissionDenied, 403)]
)
def test_a_refusal_of_everybody_ends_the_class_and_nothing_is_remembered(
    count: int, tried: int, kind: type[GitHubError], status: int
) -> None:
    everyone = people(count)
    found = desk(everyone, lambda _: refusal(DISABLED, kind, status))
    report = found.run()
    assert len(sent(found)) == 1 + tried
    assert len(of(report, "failed")) == tried
    assert len(of(report, "not_tried")) == count - tried
    assert remembered(found) == set()
    assert probed(found) == of(report, "failed")
    (cause,) = report.refused_for_all
    assert DISABLED in cause.text
    assert (cause.tried, cause.not_tried, cause.request_id) == (tried, count - tried, "R:1")
    assert not report.unfinished, "what GitHub refused needs a new plan"


def test_start_middle_and_end_are_tried() -> None:
    found = desk(people(12), lambda _: refusal(DISABLED))
    found.run()
    assert sent(found)[1:] == [("p000",), ("p006",), ("p011",)]


def test_deletes_go_on_when_creates_are_refused_for_everybody() -> None:
    found = desk(people(12), lambda _: refusal(DISABLED))
    found.github.direct["old"] = True
    report = found.run()
    assert results(report)["old"] == "done"
    assert not found.github.direct["old"]
    assert [len(names) for names in found.looked] == [1], "guards counted on the creates"


def test_a_single_change_refused_for_the_credential_is_not_remembered() -> None:
    error = refusal("Resource not accessible by integration", PermissionDenied, 403)
    error.about_credential = True
    found = desk(["ada"], lambda _: error)
    report = found.run()
    assert results(report) == {"ada": "failed"}
    assert (remembered(found), probed(found)) == (set(), {"ada"})
    assert report.refused_for_all
    late = desk(people(3), lambda asked: error if asked & {"p001"} else None)
    assert of(late.run(), "failed") == {"p001"}
    assert (remembered(late), probed(late)) == (set(), {"p001"}), "the permission may have gone"


def test_a_credential_blocked_on_the_way_stops_the_run_and_nothing_is_split() -> None:
    blocked = refusal("IP allow list", AccessBlocked, 403)
    blocked.about_credential = True
    found = desk(people(60), lambda asked: blocked if len(asked) < 50 else None)
    report = found.run()
    assert [len(names) for names in sent(found)] == [50, 10]
    assert (len(of(report, "done")), len(of(report, "failed"))) == (50, 10)
    assert (remembered(found), probed(found)) == (set(), set())
    assert report.unfinished, "the same plan file goes on"


# --- about some -----------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [4, 5, 12])
def test_two_bad_neighbours_never_stop_the_rest(count: int) -> None:
    everyone = people(count)
    for pair in pairwise(everyone):
        found = desk(everyone, bad(*pair))
        report = found.run()
        assert of(report, "done") == set(everyone) - set(pair)
        assert of(report, "failed") == remembered(found) == set(pair)
        assert report.refused_for_all == ()


@pytest.mark.parametrize("three", list(combinations(people(4), 3)))
def test_three_bad_of_four_never_stop_the_fourth(three: tuple[str, ...]) -> None:
    found = desk(people(4), bad(*three))
    report = found.run()
    assert of(report, "done") == set(people(4)) - set(three)
    assert of(report, "failed") == remembered(found) == set(three)


def test_one_person_s_403_keeps_nobody_else_from_a_seat() -> None:
    blocked = refusal("Blocked", PermissionDenied, 403)
    found = desk(["brian", "carol", "dora"], lambda asked: blocked if "carol" in asked else None)
    report = found.run()
    assert results(report) == {"brian": "done", "carol": "failed", "dora": "done"}
    assert remembered(found) == {"carol"}


def test_refusals_in_other_words_than_the_batch_s_do_not_end_the_class() -> None:
    everyone = people(12)

    def says(asked: frozenset[str]) -> GitHubError | None:
        first = min(asked)
        return refusal(f"{first} can't have a seat.") if asked & set(everyone[:5]) else None

    found = desk(everyone, says)
    report = found.run()
    assert of(report, "done") == set(everyone[5:])
    assert remembered(found) == set(everyone[:5])


def test_what_went_through_before_keeps_a_class_from_ending() -> None:
    everyone = people(60)
    found = desk(everyone, bad(*everyone[50:]))
    report = found.run()
    assert of(report, "done") == set(everyone[:50])
    assert of(report, "failed") == remembered(found) == set(everyone[50:])
    assert report.refused_for_all == ()


def test_the_next_run_tries_others_first_so_that_three_bad_ones_never_starve_the_rest() -> None:
    everyone = people(12)
    three = ("p000", "p006", "p011")
    found = desk(everyone, bad(*three))
    first = found.run()
    assert of(first, "done") == set()
    assert probed(found) == set(three)
    github = found.github
    again = desk(everyone, bad(*three))
    targets = {github.account(one).id for one in three}
    marks = {one.target: NOW for one in again.again().plan.changes if one.id in targets}
    second = again.run(replace(ceiling(*again.again().plan.changes), probed=marks))
    assert of(second, "done") == set(everyone) - set(three)
    assert remembered(again) == set(three)


def test_when_all_were_tried_the_turn_goes_round() -> None:
    everyone = people(6)
    marks: dict[Target, object] = {}
    seen: list[str] = []
    for night in range(4):
        found = desk(everyone, lambda _: refusal(DISABLED))
        changes: Sequence[Change] = found.again().plan.changes
        found.run(replace(ceiling(*changes), probed=dict(marks)))
        tried = [names[0] for names in sent(found)[1:]]
        marks |= {one.target: NOW.replace(day=night + 1) for one in changes if one.name in tried}
        seen += tried
    assert sorted(seen[:6]) == sorted(seen[6:]) == everyone


def test_teams_are_tried_by_their_names_before_a_class_ends() -> None:
    github = Github(dict(MANY), members=("mia",), refuses=frozenset({"web"}))
    world = World(github, seats_file(*MANY, teams=(web(Assign.TEAM),)))
    assert results(world.apply()) == {"web": "done"}
    assert [names for _, names in github.requests] == [("web",), (WEB.name,)]
