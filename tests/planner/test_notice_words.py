"""Every notice as a reader sees it: its kind, whom it is about, its words and its line."""

from __future__ import annotations

from dataclasses import replace

from reconciler.errors import PermissionDenied
from reconciler.model.desired import Inactivity, SeatsFile
from reconciler.model.diagnostics import Mark
from reconciler.model.memory import Memory, Target
from reconciler.model.observed import Account
from reconciler.model.plan import Action, Notice, Resource
from reconciler.plan.observe import observe
from reconciler.plan.planner import make_plan

from .build import each, exempt, file, override, plan, reinstate, rule, team, user
from .world import Org, Reading, held, remembered

EVERYONE = Mark("seats.yml", 900, 3)
ON_LEAVE = "on leave"


def at(line: int) -> Mark:
    return Mark("seats.yml", line, 5)


def notices(org: Org, written: SeatsFile, memory: Memory | None = None) -> list[Notice]:
    """Return what is told, but for the enterprise's seat and the override of every such file."""
    found = plan(org, written, memory).notices
    return [one for one in found if one.subject not in ("pulse", "last_seat")]


# --- what rules say -------------------------------------------------------------------------------


def test_a_warning() -> None:
    org = Org().seat("mona", active="-40d").seat("stray", active="-40d")
    written = file(users=["mona"], rules=[rule(idle="30d>60d")])
    text = "idle for 40 days (last active 2026-10-13); to be taken back after 2026-12-22 by rule "
    warning = Notice("warn", "mona", f"{text}'everyone'", at(2))
    assert notices(org, written, remembered(org)) == [warning]  # stray goes anyway
    kept = file(users=["mona"], rules=[rule(idle="30d>60d")], undeclared="keep")
    assert notices(org, kept, remembered(org)) == [
        warning,
        Notice("warn", "stray", f"{text}'everyone'", at(2)),
    ]


def test_warnings_that_no_ledger_can_record() -> None:
    org = Org().seat("mona", active="-40d").seat("moss", active="-40d").seats("lisa")
    words = "would be warned about, but there is no ledger to record it: a rule with `warn` then"
    for users, count in ((["mona", "lisa"], "1 seat"), (["mona", "moss", "lisa"], "2 seats")):
        written = file(users=users, rules=[rule(idle="30d>60d")])
        text = f"{count} {words} never cancels"
        assert notices(org, written) == [Notice("needs_ledger", "", text)]


def test_nobody_is_warned_whom_a_team_seats_as_well() -> None:
    org = Org().team("web", "mona").seat("mona", active="-40d")
    written = file(users=["mona"], teams=["web"], rules=[rule(idle="30d>60d")])
    assert notices(org, written, remembered(org)) == []


def test_somebody_idle_whom_a_team_keeps() -> None:
    org = Org().team("web").seat("wim", team="web", active="-80d").join("web", "wim")
    idle = "idle for 80 days (last active 2026-09-03); rule 'everyone' allows 60 days"
    text = f"idle, but seated through web, which stays: {idle}"
    written = file(teams=["web"], rules=[rule(idle="60d")])
    assert notices(org, written, remembered(org)) == [Notice("held_by_team", "wim", text)]
    written = file(users=["wim"], teams=["web"], rules=[rule(idle="60d")])
    assert notices(org, written, remembered(org)) == [Notice("held_by_team", "wim", text, at(2))]
    busy = Org().team("web").seats("wim", team="web")
    assert notices(busy, written, remembered(busy)) == []


def test_observed_rules() -> None:
    org = Org().seat("mona", active="-80d").seat("una", created="-40d")
    two = [
        rule("strict", idle="30d", observe=True),
        rule("lenient", idle="85d", observe=True),
        rule("other", idle="35d", observe=True),
    ]
    words = "observed rule strict, other would take the seat back:"
    assert notices(org, file(users=["mona", "una"], rules=two), remembered(org)) == [
        Notice("observed", "mona", f"{words} last active 2026-09-03"),
        Notice("observed", "una", f"{words} given 2026-10-13, no activity on record"),
    ]


def test_holds_and_what_is_on_its_way() -> None:
    org = Org().member("hanna", "newbie").seats("lisa")
    memory = remembered(
        org,
        holds={"hanna": held(org, ("user", "hanna"), began="-12d")},
        in_flight={Target(Resource.USER, Action.CREATE, org.id("newbie")): "-1h"},
    )
    words = "on hold since 2026-11-10: the seat was taken back for being idle"
    sent = "sent less than a day ago, and not visible on GitHub yet"
    assert notices(org, file(users=["lisa", "hanna", "newbie"]), memory) == [
        Notice("in_flight", "newbie", sent, at(3)),
        Notice("on_hold", "hanna", words, at(2)),
    ]


# --- what can't be managed, and teams -------------------------------------------------------------


def test_what_the_enterprise_gives_and_rows_of_nobody() -> None:
    org = Org().seats("mona").seat("stella", team="ent:pulse").nobody()
    text = "seated through enterprise team ent:pulse only"
    one = "1 row of GitHub's list has no assignee: left alone"
    given = Notice("unmanageable", "stella", text)
    assert notices(org, file(users=["mona"])) == [Notice("unmanageable", "", one), given]
    two = "2 rows of GitHub's list have no assignee: left alone"
    found = notices(org.nobody(), file(users=["mona"]))
    assert found == [Notice("unmanageable", "", two), given]


def test_teams() -> None:
    org = Org().seats("lisa").team("hollow").team("new", "ada").team("old").outsider("guest")
    org.seat("guest", team="old", active="-1d")
    sent = {Target(Resource.TEAM, Action.CREATE, org.team_id("new")): "-1h"}
    written = file(users=["lisa", "guest"], teams=["hollow", "new", "Ent:all"])
    guest = "not an active member of the organisation: the seat counts as claimed, none is created"
    assert notices(org, written, remembered(org, in_flight=sent)) == [
        Notice("empty_team", "hollow", "claimed, but it has no members", at(1)),
        Notice(
            "enterprise_team",
            "Ent:all",
            "an enterprise team is assigned in the enterprise, not here: the entry does nothing",
            at(3),
        ),
        Notice(
            "in_flight", "new", "sent less than a day ago, and not visible on GitHub yet", at(2)
        ),
        Notice(
            "kept",
            "old",
            "kept: a member's own entry keeps the seat it gives, and can't create another",
        ),
        Notice("not_a_member", "guest", guest, at(5)),
    ]


# --- exemptions, names, dates ---------------------------------------------------------------------


def test_exemptions() -> None:
    org = Org().seats("mona", "lisa", "moss").team("calls", "mona")
    spared = [
        exempt("mona"),
        exempt("lisa", until="+3d"),
        exempt("moss", until="-1d"),
        exempt(team="calls"),
    ]
    assert notices(org, file(users=["mona", "lisa", "moss"], exempt=spared)) == [
        Notice("exempt", "calls", f"team exempt: {ON_LEAVE}", at(8)),
        Notice("exempt", "lisa", f"exempt until 2026-11-25: {ON_LEAVE}", at(6)),
        Notice("exempt", "mona", f"exempt: {ON_LEAVE}", at(5)),
        Notice("exemption_over", "moss", "the exemption ended on 2026-11-21", at(7)),
    ]


def test_names_that_are_not_what_they_were() -> None:
    org = Org().seats("mona", "lisa", "reused", "mover").team("web", "wim").team("data", "dora")
    memory = remembered(
        org,
        users={"old-lisa": org.id("lisa"), "gone": 4711, "reused": org.id("mover")},
        teams={"old-web": org.team_id("web"), "gone-team": 4713, "data": 4714},
    )
    written = file(
        users=["mona", "old-lisa", "gone", "reused", "ghost"],
        teams=["old-web", "gone-team", each("data"), "ghosts"],
    )
    nobody = "no longer exists: the entry stands for nobody, remove it"
    missing = "does not exist on GitHub; it may have been renamed"
    lisa, reused, mover = org.id("lisa"), org.id("reused"), org.id("mover")
    web, data = org.team_id("web"), org.team_id("data")
    assert notices(org, written, memory) == [
        Notice("gone", "gone", f"login gone {nobody}", at(7)),
        Notice("gone", "gone-team", f"team gone-team {nobody}", at(2)),
        Notice(
            "identity",
            "data",
            f"team data was id 4714 and is now id {data}: the entry is frozen",
            at(3),
        ),
        Notice(
            "identity",
            "reused",
            f"login reused was id {mover} and is now id {reused}: the entry is frozen",
            at(8),
        ),
        Notice(
            "renamed",
            "old-lisa",
            f"login old-lisa is now lisa (id {lisa}): change the entry",
            at(6),
        ),
        Notice(
            "renamed", "old-web", f"team old-web is now web (id {web}): change the entry", at(1)
        ),
        Notice("unknown_team", "ghosts", f"team ghosts {missing}", at(4)),
        Notice("unknown_user", "ghost", f"login ghost {missing}", at(9)),
    ]


def test_entries_that_are_over_and_enterprise_teams_are_asked_about_no_name() -> None:
    org = Org().seats("mona")
    written = file(
        users=["mona", user("ghost", until="-1d")],
        teams=[team("ghosts", until="-1d"), each("spirits", until="-1d")],
        exempt=[exempt(team="ent:none")],
    )
    kinds = {one.kind for one in notices(org, written)}
    assert kinds == {"exempt"}


def test_a_name_is_told_where_it_stands_first() -> None:
    org = Org().seats("mona")
    written = file(users=["mona"], exempt=[exempt("Ghost")], reinstate=[reinstate("ghost", "-1d")])
    (told,) = [one for one in notices(org, written) if one.kind == "unknown_user"]
    assert (told.subject, told.mark) == ("ghost", at(3))  # reinstate, before exempt


def test_a_name_is_told_in_the_seats_file_rather_than_in_a_policy() -> None:
    org = Org().seats("mona")
    policy = Mark("policies/own.yml", 3, 5)
    (scoped,) = file(rules=[rule(idle="30d", users=["ghost"])]).inactivity.rules  # type: ignore[union-attr]
    elsewhere = replace(scoped, users=(replace(scoped.users[0], mark=policy),))
    written = file(users=["mona"], exempt=[exempt("Ghost")])
    for exempted, mark in ((written.exempt, written.exempt[0].name.mark), ((), policy)):
        ruled = replace(written, exempt=exempted, inactivity=Inactivity((elsewhere,), None))
        (told,) = [one for one in notices(org, ruled, remembered(org)) if "unknown" in one.kind]
        assert told.mark == mark


def test_people_who_are_no_members() -> None:
    org = Org().seats("mona").outsider("guest").outsider("ina", invited=True).outsider("lou")
    org.seat("lou", active="-1d")
    written = file(users=["mona", "guest", "ina", "lou", user("left", until="-1d")])
    outside = "not an active member of the organisation:"
    assert notices(org.outsider("left"), written) == [
        Notice("not_a_member", "guest", f"{outside} no seat is created", at(2)),
        Notice(
            "not_a_member",
            "ina",
            "invited to the organisation and not a member yet: no seat is created",
            at(3),
        ),
        Notice(
            "not_a_member", "lou", f"{outside} the seat counts as claimed, none is created", at(4)
        ),
    ]


def test_days_to_come_and_days_that_are_over() -> None:
    org = Org().seats("mona", "lisa")
    ended = [override("empty", until="-2d"), override("row_count", until="+2d")]
    written = file(
        users=["mona", "lisa"],
        reinstate=[reinstate("mona", "+2d"), reinstate("lisa", "+0d")],
        overrides=ended,
    )
    ahead = "the reinstatement is for 2026-11-24, a day to come: it ends nothing yet"
    over = "the override of empty ended on 2026-11-20: remove it"
    assert notices(org, written) == [
        Notice("override_expired", "empty", over, at(3)),
        Notice("reinstate_ahead", "mona", ahead, at(6)),
        Notice("override_unused", "row_count", "the override of row_count is not needed", at(4)),
    ]


def test_where_the_members_were_not_read_nobody_is_told_to_be_none() -> None:
    org = Org().seats("mona", "lisa")
    known = remembered(org, users={"lisa": org.id("lisa")})
    org.rename("lisa", "elisa").outsider("lisa")
    for number in range(100):
        org.member(f"crowd-{number}")  # more pages of members than of seats
    written = file(users=["mona", "lisa"])
    assert org.look(written, known).members is None
    assert [one.kind for one in notices(org, written, known)] == ["identity"]


def test_whoever_has_left_is_told_whatever_the_seat() -> None:
    org = Org().seats("mona", "lisa").left("lisa")
    outside = (
        "not an active member of the organisation: the seat counts as claimed, none is created"
    )
    told = [Notice("not_a_member", "lisa", outside, at(2))]
    written = file(users=["mona", "lisa"])
    assert notices(org, written) == told
    assert notices(org, written, remembered(org, users={"lisa": org.id("lisa")})) == told
    later = file(users=["mona", user("lisa", since="+1d")])
    assert notices(org, later) == told


def test_members_that_cannot_be_read_are_told_and_stop_nothing() -> None:
    org = Org().seats("mona", "lisa").left("lisa")

    class Closed(Reading):
        def members_within(self, pages: int) -> tuple[Account, ...] | None:
            raise PermissionDenied(f"403 for {pages}")

    written = file(users=["mona"])
    observed = observe(written, Closed(org), None)
    found = make_plan(written, observed, None)
    assert [change.name for change in found.changes] == ["lisa"]
    [told] = [one for one in found.notices if one.kind == "members_unread"]
    assert "who of the claimed people has left" in told.text
    assert 'permission "Members": read' in told.text


def test_nobody_is_advised_to_write_the_login_of_a_suspended_account() -> None:
    """Wherever the name stands, with a ledger or pinned; the login ends with the suspension."""
    hidden = f"{'4fc82b26aecb47d2' * 2}_ACME"
    org = Org().seats("mona_acme", "lisa_acme", "zoe_acme")
    number = org.id("mona_acme")
    known = remembered(org, users={"mona_acme": number})
    org.rename("mona_acme", hidden).left(hidden)
    shown = f"suspended in the enterprise (GitHub shows {hidden}, id {number})"
    kept = f"not an active member: {shown}: the seat counts as claimed, none is created"
    pinned = file(users=[user("mona_acme", pin=number), "lisa_acme", "zoe_acme"])
    written = file(users=["mona_acme", "lisa_acme", "zoe_acme"])
    for found in (notices(org, pinned), notices(org, written, known)):
        assert found == [Notice("not_a_member", "mona_acme", kept, at(1))]
    scoped = file(users=["lisa_acme"], exempt=[exempt("mona_acme")], rules=[rule(idle="60d")])
    found = [one for one in notices(org, scoped, known) if one.kind != "exempt"]
    assert [(one.kind, one.subject) for one in found] == [("not_a_member", "mona_acme")]
    assert found[0].text == f"not an active member: {shown}"


def test_subjects_stand_in_lower_case_order() -> None:
    """A login of an enterprise's own has an underscore, which stands between the cases."""
    org = Org().seats("mona_acme", "monaz")
    written = file(users=["monaz", "mona_acme"], exempt=[exempt("monaz"), exempt("mona_acme")])
    assert [one.subject for one in notices(org, written)] == ["mona_acme", "monaz"]


def test_a_wrong_id_is_told_as_a_mistake_and_not_as_a_renaming() -> None:
    """The ledger, or another line of the file, says whose the id really is."""
    org = Org().seats("mona", "lisa")
    mona, lisa = org.id("mona"), org.id("lisa")
    known = remembered(org, users={"mona": mona})
    advice = "correct the id, or the login if the other account is meant"
    frozen = (
        f"login mona has id {mona}, and the id in the file, {{}}: the entry is frozen; {advice}"
    )
    written = file(users=[user("mona", pin=lisa)], undeclared="keep")
    other = Notice("wrong_id", "mona", frozen.format(f"{lisa}, is lisa's"), at(1))
    assert notices(org, written, known) == [other]
    nobody = file(users=[user("mona", pin=4711)], undeclared="keep")
    [told] = notices(org, nobody, known)
    assert (told.kind, told.text) == ("wrong_id", frozen.format("4711, is nobody's"))
    alone = make_plan(nobody, observe(nobody, Reading(org), None), None)
    assert "identity" in {one.kind for one in alone.notices}

    # there is no such login, and the account of that id stands in the file by its own
    both = file(users=["lisa", user("mina", pin=lisa)], undeclared="keep")
    [told] = notices(org, both)
    text = f"there is no login mina, and id {lisa} is lisa's: {advice}"
    assert told == Notice("wrong_id", "mina", text, at(2))


def test_what_the_ledger_has_seen_is_a_renaming_whatever_is_pinned() -> None:
    org = Org().seats("mona")
    known = remembered(org, users={"mona": org.id("mona")})
    written = file(users=[user("mona", pin=org.id("mona"))])
    org.rename("mona", "mona-lisa")
    assert [one.kind for one in notices(org, written, known)] == ["renamed"]
    org.seats("mona")
    assert [one.kind for one in notices(org, written, known)] == ["identity"]


def test_a_pin_and_a_login_that_are_both_unknown() -> None:
    org = Org().seats("lisa")
    [told] = notices(org, file(users=["lisa", user("mina", pin=4711)]))
    assert told.kind == "gone"
    assert told.text.startswith("neither login mina nor the id in the file exists on GitHub")
