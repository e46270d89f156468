"""Say what would change a decision: what somebody can do, and the line of YAML if it is one."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.decide.claims import Claim
from reconciler.decide.limits import IN_FLIGHT_FOR
from reconciler.decide.names import is_suspended
from reconciler.decide.state import Look
from reconciler.explain.lookup import names_of
from reconciler.explain.model import Remedy
from reconciler.model.desired import Phase, Undeclared
from reconciler.model.memory import ClaimLine, Source, Target
from reconciler.model.plan import Decision, Reason, Verdict
from reconciler.wording.units import day, day_of

_TO_SAY = "…"
"""Where a reason is to be written."""


def remedies_of(look: Look, decision: Decision) -> tuple[Remedy, ...]:
    """Return what would change *decision*, the nearest first; ways out of guards are theirs."""
    found = _remedies(look, decision)
    return tuple(one for one in found if not any(_names_suspended(pair) for pair in one.entry))


def _names_suspended(pair: tuple[str, object]) -> bool:
    return pair[0] == "user" and is_suspended(str(pair[1]))


def _remedies(look: Look, decision: Decision) -> tuple[Remedy, ...]:
    bench = _Bench(look, decision)
    match decision.reason:
        case Reason.ON_HOLD:
            return tuple(bench.on_hold())
        case Reason.IDLE | Reason.UNUSED:
            return tuple(bench.idle())
        case Reason.UNDECLARED:
            return tuple(bench.undeclared())
        case Reason.EXPIRED:
            return tuple(bench.longer())
        case Reason.HELD_BY_TEAM | Reason.REDUNDANT:
            return tuple(bench.by_team())
        case Reason.UNMANAGEABLE:
            return (bench.unmanageable(),)
        case Reason.IN_FLIGHT:
            return tuple(bench.in_flight())
        case Reason.HELD:
            return tuple(bench.held())
        case Reason.KEPT:
            return tuple(bench.kept())
        case _:
            return tuple(bench.unclaim("to give the seat up"))


def _written(look: Look, decision: Decision) -> str:
    """Return the login to write of the person, which is not what a suspension makes of it."""
    if not is_suspended(decision.name):
        return decision.name
    return next((name.text for name in names_of(look, decision.id)), decision.name)


class _Bench:
    """What can be done about one person's seat."""

    def __init__(self, look: Look, decision: Decision) -> None:
        self.look = look
        self.decision = decision
        self.user_id = decision.id
        self.login = _written(look, decision)
        self.seat = look.seats.get(decision.id)
        self.claims = look.claims.people.get(decision.id, ())

    # by reason

    def on_hold(self) -> Iterator[Remedy]:
        if not self.look.eligible(self.user_id):
            yield self._join()
        yield self._reinstate("to give the seat back with the next apply, reinstate the person")
        if self.seat is not None and self.seat.pending_on is not None:
            until = day(self.seat.pending_on)
            yield Remedy(f"use Copilot: until {until} the seat still works, and use renews it")
        if self.seat is None:
            yield Remedy("a seat given in GitHub's own settings ends the hold too")

    def idle(self) -> Iterator[Remedy]:
        yield Remedy(
            "use Copilot before the next apply; GitHub's data can be 24 hours late, and what it "
            "doesn't show yet can't be seen"
        )
        yield self._exempt()

    def undeclared(self) -> Iterator[Remedy]:
        yield from self._claim("to keep the seat, claim it")
        mark = self.look.file.seats.mark
        yield Remedy(
            "with `undeclared: keep` no seat is taken back for being undeclared", mark=mark
        )

    def unmanageable(self) -> Remedy:
        if self.user_id in self.look.unclear:
            return Remedy("plan again later, and report the row if it is still not understood")
        if self.user_id in self.look.elsewhere:
            return Remedy("the other organisation's owners manage this seat")
        if any(team.unlisted for team in self.seat.teams) if self.seat is not None else False:
            return Remedy(
                "check the token's access to the organisation's teams: the list of teams lacks the "
                "one that gives this seat"
            )
        return Remedy("only the enterprise's own Copilot settings: its owners assign it")

    def by_team(self) -> Iterator[Remedy]:
        claims = self.look.claims
        teams = claims.covered.get(self.user_id, ()) + claims.to_come.get(self.user_id, ())
        names = ", ".join(self.look.team(one).slug for one in teams)
        kinds = self.seat.teams if self.seat is not None else ()
        if any(team.enterprise for team in kinds):
            yield Remedy("a seat through an enterprise team ends in the enterprise only")
        if any(team.unlisted for team in kinds):
            yield Remedy("a seat through a team that the organisation does not list ends elsewhere")
        if names:
            yield Remedy(f"who leaves team {names} on GitHub is judged alone from then on")
        for team_id in teams:
            slug, claim = self.look.team(team_id).slug, self.look.claims.teams[team_id]
            text = (
                f"with `assign: members` team {slug} gives direct seats, and rules can take an "
                "idle one back"
            )
            yield Remedy(text, mark=claim.mark)
            if claim.entry.term.last is not None:
                last = day(claim.entry.term.last)
                yield Remedy(f"a later `until:` than {last} keeps team {slug}", mark=claim.mark)

    def in_flight(self) -> Iterator[Remedy]:
        sent = self.look.memory.in_flight if self.look.memory is not None else {}
        for action in ("create", "delete"):
            at = sent.get(Target(self.decision.resource.value, action, self.user_id))
            if at is not None:
                until = day_of(at + IN_FLIGHT_FOR)
                yield Remedy(f"wait: if GitHub does not show it by {until}, it is planned again")

    def held(self) -> Iterator[Remedy]:
        if self.decision.verdict in (Verdict.WARNED, Verdict.UNKNOWN):
            yield Remedy("use Copilot: with activity on record the idle clock starts anew")
            yield self._exempt()
        if self.decision.verdict is Verdict.EXEMPT:
            yield self._end_exemption()
        best = self.claims[0]
        if best.term.last is not None:
            yield Remedy(f"a later `until:` than {day(best.term.last)}, or none", mark=best.mark)
        yield from self.unclaim("to give the seat up")

    def kept(self) -> Iterator[Remedy]:
        phase = self.look.claims.phase(self.user_id)
        if phase is Phase.NOT_BEGUN or self.look.claims.waits(self.user_id):
            yield self._earlier()
        elif phase is Phase.STANDING:
            yield self._join()
        elif phase is Phase.OVER and not self.look.in_standing_team(self.user_id):
            yield from self.longer()
        elif self.seat is None or not self.seat.direct:
            yield from self._unclaimed()
        else:
            yield from self._undeclared_and_kept()

    def unclaim(self, purpose: str) -> Iterator[Remedy]:
        """Say which lines to take out so that the person is claimed no more."""
        for claim in self.look.claims.standing(self.user_id):
            yield Remedy(f"{purpose}, {self._without(claim)}", mark=claim.mark)

    # pieces

    def _unclaimed(self) -> Iterator[Remedy]:
        if self.look.in_standing_team(self.user_id):
            return
        if self.seat is not None and self.seat.live:
            yield from self._claim("to keep a seat when the team's goes, claim one for the person")
            return
        if not self.look.eligible(self.user_id):
            yield self._join()
        if self.seat is not None:
            yield from self._claim("to renew the seat before it ends, claim it")
        else:
            yield from self._claim("to give a seat, claim one")

    def _undeclared_and_kept(self) -> Iterator[Remedy]:
        if self.decision.verdict is Verdict.WARNED:
            yield Remedy("use Copilot: with activity on record the idle clock starts anew")
            yield self._exempt()
        if self.look.file.seats.undeclared is Undeclared.KEEP:
            text = "with `undeclared: cancel` a seat that no line claims is taken back"
            yield Remedy(text, mark=self.look.file.seats.mark)

    def _claim(self, text: str) -> Iterator[Remedy]:
        if is_suspended(self.login):
            yield Remedy("the account is suspended: claim it by its own login once that is back")
            return
        yield Remedy(text, "seats: users", (("user", self.login), ("id", self.user_id)))
        judgement, memory = self.look.judgements.get(self.user_id), self.look.memory
        hold = memory.holds.get(self.user_id) if memory is not None else None
        if hold is not None and ClaimLine(Source.USER, self.user_id) in hold.claims:
            began = day_of(hold.began)
            yield self._reinstate(
                f"the hold of {began} would stand again: reinstate the person, too"
            )
        if judgement is not None and judgement.cancels:
            yield self._exempt("a rule would take it back as idle even so: exempt the person, too")

    def _reinstate(self, text: str) -> Remedy:
        entry = (("user", self.login), ("on", self.look.observed.today), ("reason", _TO_SAY))
        return Remedy(text, "reinstate", entry)

    def _exempt(self, text: str = "to spare the person from every rule, exempt them") -> Remedy:
        return Remedy(text, "exempt", (("user", self.login), ("reason", _TO_SAY)))

    def _end_exemption(self) -> Remedy:
        exemption = self.look.policy.exempt[self.user_id]
        text = "without the exemption the rules judge the seat again"
        return Remedy(text, mark=exemption.name.mark)

    def _earlier(self) -> Remedy:
        best = self.claims[0] if self.claims else None
        if best is None or best.phase is Phase.OVER:
            team = self.look.claims.teams[self.look.claims.to_come[self.user_id][0]]
            first, mark = team.entry.term.first, team.mark
        else:
            first, mark = best.term.first, best.mark
        return Remedy(f"an earlier `from:` than {day(first)}", mark=mark)

    def longer(self) -> Iterator[Remedy]:
        over = [claim for claim in self.claims if claim.phase is Phase.OVER]
        for claim in over:
            text = f"a later `until:` than {day(claim.term.last)}, or none"
            yield Remedy(text, mark=claim.mark)

    def _join(self) -> Remedy:
        if self.user_id in self.look.observed.invited:
            return Remedy("accept the invitation to the organisation: only members are given seats")
        return Remedy("join the organisation: only its active members are given seats")

    def _without(self, claim: Claim) -> str:
        match claim.line.source:
            case Source.USER:
                return "take the entry out"
            case Source.TEAM:
                slug = self.look.team(claim.line.id).slug
                return f"leave team {slug} on GitHub, or write the login into its `except:`"
            case Source.MEMBERS:
                return "take `members: all` out, and name teams with `assign: members` instead"
