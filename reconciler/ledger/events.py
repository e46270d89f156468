"""The lines of a ledger: what each event holds, and how it is written as JSON.

Ids, the file's names, dates and codes only: a ledger is kept for years and copied about, so it has
no login that the file doesn't name, no e-mail address, no words of GitHub's and no token.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final, TypeAlias

import msgspec
from msgspec import Meta, Struct

from reconciler.model.memory import ClaimLine, Source, Target
from reconciler.model.plan import Action, Reason, Resource
from reconciler.model.report import Result

VERSION: Final = 1
"""Version of the ledger's format, in its first line."""

FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 9998
"""Years of events: outside, a threshold added to a time would leave the calendar."""

GENESIS: Final = "0" * 64
"""What the first line carries in place of a previous line's hash."""

REFUSED: Final = "refused"
PROBED: Final = "probed"
LOST: Final = "lost"

Moment = Annotated[datetime, Meta(tz=True)]
Claim = Annotated[str, Meta(pattern=r"^(user|team|members):[0-9]{1,19}$")]
Ids: TypeAlias = tuple[int, ...]


class Line(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="event"):
    """What every line has: when, and the hash of the line before."""

    at: Moment
    previous: str = ""


class Begun(Line, frozen=True, kw_only=True, tag="begun"):
    """The first line: whose ledger this is."""

    version: int
    organization_id: int
    host: str


class Observed(Line, frozen=True, kw_only=True, tag="observed"):
    """A look, as what differs from the look before: a quiet night is one short line.

    Claims are by claim line, each with the people who have it. Live are the people and teams that
    a live row names.
    """

    claims_gained: dict[Claim, Ids] = {}
    claims_lost: dict[Claim, Ids] = {}
    live_teams_gained: Ids = ()
    live_teams_lost: Ids = ()
    live_users_gained: Ids = ()
    live_users_lost: Ids = ()


class Resolved(Line, frozen=True, kw_only=True, tag="resolved"):
    """Ids found behind names of the file, which stand in lower case."""

    users: dict[str, int] = {}
    teams: dict[str, int] = {}


class Held(Line, frozen=True, kw_only=True, tag="held"):
    """A hold begins: on which evidence, None for none, and beside which claim lines."""

    user: int
    evidence: Moment | None
    claims: tuple[Claim, ...]


class Released(Line, frozen=True, kw_only=True, tag="released"):
    """A hold ends."""

    user: int


class Warned(Line, frozen=True, kw_only=True, tag="warned"):
    """People were warned that their seat is about to be taken back."""

    users: Ids


class ApplyStarted(Line, frozen=True, kw_only=True, tag="apply_started"):
    """An apply of this plan begins, or goes on after it was interrupted.

    `undoes` is the plan whose inverse it is, where it is one.
    """

    plan_id: str
    fingerprint: str
    undoes: str = ""


class HoldToBe(Struct, frozen=True, kw_only=True):
    """A hold that begins if the change it belongs to happens."""

    user: int
    evidence: Moment | None
    claims: tuple[Claim, ...]


class Sending(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A change about to be sent.

    `people` are those who gain or lose a seat through a team, `members` a created team's members;
    both are left out for a user, who is the `id`.
    """

    type: Resource
    action: Action
    id: int
    reason: Reason
    people: Ids = ()
    members: Ids = ()
    holds: tuple[HoldToBe, ...] = ()

    @property
    def target(self) -> Target:
        return Target(self.type.value, self.action.value, self.id)

    @property
    def who(self) -> frozenset[int]:
        """Return those who gain or lose a seat by it."""
        return frozenset({self.id} if self.type is Resource.USER else self.people)


class Intent(Line, frozen=True, kw_only=True, tag="intent"):
    """These changes are about to be sent; without an outcome, nobody knows whether they were."""

    plan_id: str
    targets: tuple[Sending, ...]


class Ending(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of a change. `signature` is there for a refusal that is remembered.

    `code` is REFUSED for that, PROBED for a refusal that may be about everybody, and LOST for a
    change that was sent once without an answer: whatever the result says, it may still happen.
    """

    type: Resource
    action: Action
    id: int
    result: Result
    request_id: str | None = None
    signature: str | None = None
    code: str | None = None

    @property
    def target(self) -> Target:
        return Target(self.type.value, self.action.value, self.id)


class Outcome(Line, frozen=True, kw_only=True, tag="outcome"):
    """What became of changes of this plan."""

    plan_id: str
    targets: tuple[Ending, ...]


class ApplyFinished(Line, frozen=True, kw_only=True, tag="apply_finished"):
    """The apply of this plan has come to its end: it is used up."""

    plan_id: str


Event: TypeAlias = (
    Begun
    | Observed
    | Resolved
    | Held
    | Released
    | Warned
    | ApplyStarted
    | Intent
    | Outcome
    | ApplyFinished
)

_decoder: Final = msgspec.json.Decoder[Event](Event)
_encoder: Final = msgspec.json.Encoder()
_CODE: Final = re.compile(r"[A-Za-z0-9_.:/+-]{1,128}")


def decode(line: bytes) -> Event:
    """Read one line; raise ValueError for anything that is not an event."""
    try:
        event: Event = _decoder.decode(line)
    except (msgspec.DecodeError, RecursionError) as fault:
        raise ValueError(str(fault)) from fault
    if not FIRST_YEAR <= event.at.year <= LAST_YEAR:
        raise ValueError(f"its time is not between {FIRST_YEAR} and {LAST_YEAR}")
    return event


def encode(event: Event) -> bytes:
    """Write *event* as one line, without its end."""
    return _encoder.encode(event)


def as_json(event: Event) -> dict[str, Any]:
    """Return *event* as plain JSON values, in the order of its line."""
    return dict(msgspec.json.decode(encode(event)))


def utc(moment: datetime) -> datetime:
    """Return *moment* in UTC; a naive one is a mistake of the caller's."""
    if moment.tzinfo is None:
        raise ValueError("a time without its zone")
    return moment.astimezone(UTC)


def code(text: str | None) -> str | None:
    """Return *text* if it is a code, and "other" for prose, which may name people."""
    if text is None or _CODE.fullmatch(text):
        return text
    return "other"


def claim_texts(claims: Iterable[ClaimLine]) -> tuple[str, ...]:
    """Write claim lines as they stand in a ledger, in a fixed order."""
    return tuple(str(claim) for claim in sorted(claims))


def claim_lines(texts: Iterable[str]) -> frozenset[ClaimLine]:
    """Read claim lines back."""
    return frozenset(claim_line(text) for text in texts)


def claim_line(text: str) -> ClaimLine:
    """Read one claim line back."""
    source, _, number = text.partition(":")
    return ClaimLine(Source(source), int(number))


def by_claim(pairs: Iterable[tuple[int, ClaimLine]]) -> dict[str, Ids]:
    """Turn pairs of person and claim line into the people of each line, in a fixed order."""
    people: dict[ClaimLine, list[int]] = {}
    for person, claim in pairs:
        people.setdefault(claim, []).append(person)
    return {str(claim): tuple(sorted(people[claim])) for claim in sorted(people)}


def pairs_of(people: Mapping[str, Ids]) -> Iterable[tuple[int, ClaimLine]]:
    """Undo `by_claim`."""
    for text, persons in people.items():
        claim = claim_line(text)
        for person in persons:
            yield person, claim
