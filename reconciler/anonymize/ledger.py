"""Copies a ledger's events under pseudonyms, so that a plan that asks it comes out the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import assert_never

from msgspec.structs import replace

from reconciler.anonymize.pseudonyms import HOST, Pseudonyms
from reconciler.errors import LedgerError
from reconciler.ledger import chain, storage
from reconciler.ledger import events as ev
from reconciler.ledger.finding import path_of
from reconciler.ledger.lock import one_writer
from reconciler.model.desired import Kind
from reconciler.model.memory import Source
from reconciler.model.observed import Organization
from reconciler.model.plan import Resource

_KINDS = {Source.USER: Kind.USER, Source.TEAM: Kind.TEAM}
_NO_SIGNATURES: Mapping[str, str] = {}


def twin(
    events: Iterable[ev.Event],
    organization: Organization,
    names: Pseudonyms,
    signatures: Mapping[str, str] = _NO_SIGNATURES,
) -> tuple[ev.Event, ...]:
    """Return *events* under pseudonyms, as the ledger of *organization*.

    *signatures* are those under which refusals are remembered, with what they are for the twin;
    a refusal under any other is void already, and left out.
    """
    copying = _Twin(names, signatures)
    copied = [copying.event(event, organization) for event in events]
    runs = groupby(copied, key=_run)
    return tuple(
        event for run, found in runs for event in (sorted(found, key=_user) if run else found)
    )


def write_twin(state: Path, organization: Organization, events: Iterable[ev.Event]) -> Path:
    """Write *events* as the ledger of *organization* in *state*, in place of an earlier twin's.

    Raises LedgerError where the ledger of a real organisation stands there.
    """
    path = path_of(state, organization.login)
    storage.make_directory(state)
    with one_writer(path, "snapshot --anonymize"):
        before = storage.read(path)
        if before is not None:
            first = chain.read(before, str(path)).events[0]
            if not isinstance(first, ev.Begun) or first.organization_id != organization.id:
                raise LedgerError(f"ledger {path} is a real organisation's: choose another folder.")
        lines, _ = chain.links(events, ev.GENESIS)
        storage.create(path, b"".join(lines))
    return path


def _run(event: ev.Event) -> tuple[str, datetime] | None:
    """Tell which events are one list, whose order would tell the order of the real ids."""
    listed = isinstance(event, ev.Held | ev.Released)
    return (type(event).__name__, event.at) if listed else None


def _user(event: ev.Event) -> int:
    return event.user if isinstance(event, ev.Held | ev.Released) else 0


def _kind(resource: Resource) -> Kind:
    return Kind.TEAM if resource is Resource.TEAM else Kind.USER


def _place(target: ev.Sending | ev.Ending) -> tuple[str, str, int]:
    return (target.type, target.action, target.id)


class _Twin:
    """One ledger being copied."""

    def __init__(self, names: Pseudonyms, signatures: Mapping[str, str]) -> None:
        self._names = names
        self._signatures = signatures
        self._plans: dict[str, str] = {}

    def event(self, event: ev.Event, organization: Organization) -> ev.Event:
        match event:
            case ev.Begun():
                return replace(event, organization_id=organization.id, host=HOST)
            case ev.Observed():
                return self._observed(event)
            case ev.Resolved():
                return self._resolved(event)
            case ev.Held():
                claims = self._claims(event.claims)
                return replace(event, user=self._user(event.user), claims=claims)
            case ev.Released():
                return replace(event, user=self._user(event.user))
            case ev.Warned():
                return replace(event, users=self._users(event.users))
            case ev.ApplyStarted():
                undoes = self._plan(event.undoes) if event.undoes else ""
                plan_id = self._plan(event.plan_id)
                return replace(event, plan_id=plan_id, fingerprint="", undoes=undoes)
            case ev.ApplyFinished():
                return replace(event, plan_id=self._plan(event.plan_id))
            case ev.Intent():
                targets = tuple(sorted(map(self._sending, event.targets), key=_place))
                return replace(event, plan_id=self._plan(event.plan_id), targets=targets)
            case ev.Outcome():
                endings = tuple(sorted(map(self._ending, event.targets), key=_place))
                return replace(event, plan_id=self._plan(event.plan_id), targets=endings)
            case _:
                assert_never(event)

    def _observed(self, look: ev.Observed) -> ev.Observed:
        return replace(
            look,
            claims_gained=self._by_claim(look.claims_gained),
            claims_lost=self._by_claim(look.claims_lost),
            live_teams_gained=self._teams(look.live_teams_gained),
            live_teams_lost=self._teams(look.live_teams_lost),
            live_users_gained=self._users(look.live_users_gained),
            live_users_lost=self._users(look.live_users_lost),
        )

    def _resolved(self, found: ev.Resolved) -> ev.Resolved:
        users = dict(sorted(self._names_with_ids(Kind.USER, found.users)))
        teams = dict(sorted(self._names_with_ids(Kind.TEAM, found.teams)))
        return replace(found, users=users, teams=teams)

    def _names_with_ids(self, kind: Kind, known: Mapping[str, int]) -> Iterator[tuple[str, int]]:
        for name, number in known.items():
            yield self._names.name(kind, name), self._names.id(kind, number)

    def _sending(self, sending: ev.Sending) -> ev.Sending:
        holds = tuple(
            replace(hold, user=self._user(hold.user), claims=self._claims(hold.claims))
            for hold in sending.holds
        )
        holds = tuple(sorted(holds, key=lambda hold: hold.user))
        return replace(
            sending,
            id=self._names.id(_kind(sending.type), sending.id),
            people=self._users(sending.people),
            members=self._users(sending.members),
            holds=holds,
        )

    def _ending(self, ending: ev.Ending) -> ev.Ending:
        return replace(
            ending,
            id=self._names.id(_kind(ending.type), ending.id),
            request_id=None,
            signature=self._signatures.get(ending.signature or ""),
        )

    def _by_claim(self, people: Mapping[str, ev.Ids]) -> dict[str, ev.Ids]:
        found = ((self._claim(claim), self._users(ids)) for claim, ids in people.items())
        return dict(sorted(found))

    def _claims(self, claims: Iterable[str]) -> tuple[str, ...]:
        return tuple(sorted(map(self._claim, claims)))

    def _claim(self, text: str) -> str:
        line = ev.claim_line(text)
        kind = _KINDS.get(line.source)
        return text if kind is None else f"{line.source}:{self._names.id(kind, line.id)}"

    def _user(self, number: int) -> int:
        return self._names.id(Kind.USER, number)

    def _users(self, ids: ev.Ids) -> ev.Ids:
        return tuple(sorted(map(self._user, ids)))

    def _teams(self, ids: ev.Ids) -> ev.Ids:
        return tuple(sorted(self._names.id(Kind.TEAM, number) for number in ids))

    def _plan(self, plan_id: str) -> str:
        """Return a number in place of the plan's name, which is a digest over ids."""
        return self._plans.setdefault(plan_id, f"{len(self._plans) + 1:032x}")
