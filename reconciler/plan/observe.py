"""Read of GitHub what planning one file needs, and no more.

The order is: settings, seats (twice when the count disagrees), the teams that the file names and
their members, the organisation's members when a name needs them, and single look-ups for what is
still unknown after that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from reconciler.decide.names import is_enterprise, names_in, remembered_ids
from reconciler.errors import GitHubError
from reconciler.model.desired import Assign, Kind, Name, Phase, SeatsFile
from reconciler.model.memory import Memory
from reconciler.model.observed import (
    Account,
    Billing,
    Counted,
    Observed,
    Row,
    Team,
    UnreadRow,
)
from reconciler.model.rows import divided, marked
from reconciler.plan.reading import Reader, SeatList

_Ids = Mapping[tuple[Kind, str], int]

PER_PAGE = 100
"""How many seats or members GitHub gives with one request."""


@dataclass
class _Look:
    """What one look has gathered so far."""

    reader: Reader
    rows: tuple[Row, ...]
    teams: dict[int, Team] = field(default_factory=dict)
    team_members: dict[int, tuple[Account, ...]] = field(default_factory=dict)
    members: tuple[Account, ...] | None = None
    members_unread: bool = False
    accounts: dict[int, Account] = field(default_factory=dict)
    invited: set[int] = field(default_factory=set)
    absent_logins: set[str] = field(default_factory=set)
    absent_user_ids: set[int] = field(default_factory=set)
    absent_slugs: set[str] = field(default_factory=set)
    absent_team_ids: set[int] = field(default_factory=set)
    listed: frozenset[int] | None = None

    def list_teams(self) -> None:
        """Read the organisation's teams, once; what rows said of teams counts no more."""
        if self.listed is None:
            self.teams = {team.id: team for team in self.reader.teams() if team.ours}
            self.listed = frozenset(self.teams)
            self.rows = marked(self.rows, self.listed)

    def team_by_slug(self, slug: str) -> Team | None:
        found = (team for team in self.teams.values() if team.slug.lower() == slug)
        return next(found, None)


def observe(
    file: SeatsFile,
    reader: Reader,
    memory: Memory | None,
    *,
    now: datetime | None = None,
    whole: bool = False,
) -> Observed:
    """Read what planning *file* needs through *reader*.

    *now* is another moment than the API's own. *whole* reads every team and member as well, for a
    snapshot that other files can be planned on.
    """
    organization = reader.organization()
    billing = reader.billing()
    seats, counted = _counted_seats(reader, billing, organization.id)
    own, foreign = divided(seats.rows, organization.id)
    look = _Look(reader, own)
    remembered = remembered_ids(file, memory)
    names = list(dict.fromkeys(names_in(file)))
    at = now or reader.now()
    live = (row.team for row in own if row.live and row.team is not None)
    look.teams = {team.id: team for team in live if team.ours}
    if not _kept_teams(look, file, at.date()):
        look.list_teams()
    _read_teams(look, [name for name in names if name.kind is Kind.TEAM], remembered)
    people = [name for name in names if name.kind is Kind.USER]
    if whole:
        look.list_teams()
        for team in list(look.teams.values()):
            _read_members(look, team)
        look.members = reader.members()
    _read_people(look, file, people, remembered, at.date())
    return Observed(
        now=at,
        organization=organization,
        billing=billing,
        rows=look.rows,
        total=seats.total,
        counted=counted,
        foreign=foreign,
        unread=seats.unread,
        teams=tuple(sorted(look.teams.values(), key=lambda team: team.id)),
        listed=look.listed,
        team_members=look.team_members,
        members=look.members,
        members_unread=look.members_unread,
        accounts=tuple(look.accounts.values()),
        invited=frozenset(look.invited),
        absent_logins=frozenset(look.absent_logins),
        absent_user_ids=frozenset(look.absent_user_ids),
        absent_slugs=frozenset(look.absent_slugs),
        absent_team_ids=frozenset(look.absent_team_ids),
    )


# --- what will be asked ------------------------------------------------------------------------


def team_slugs(file: SeatsFile) -> tuple[str, ...]:
    """Return the slug of every team whose members planning *file* reads."""
    teams = (name for name in names_in(file) if name.kind is Kind.TEAM)
    return tuple(dict.fromkeys(name.text.lower() for name in teams if not is_enterprise(name)))


def names_unseen_teams(file: SeatsFile) -> bool:
    """Tell whether the list of teams will nearly surely be read: no row names such a team."""
    return any(entry.assign is Assign.MEMBERS for entry in file.seats.teams)


def claims_people(file: SeatsFile) -> bool:
    """Tell whether the list of members will probably be read: it says who is one no more."""
    return bool(file.seats.users) or file.seats.members is not None


# --- seats -----------------------------------------------------------------------------------


def _counted_seats(reader: Reader, billing: Billing, ours: int) -> tuple[SeatList, Counted]:
    """Read the seats and hold them against GitHub's count; read again when they disagree."""
    first = reader.seats()
    if agrees(first, billing, ours):
        return first, Counted.AGREES
    second = reader.seats()
    if agrees(second, billing, ours):
        return second, Counted.AGREES
    if second.total is None and billing.total is None and not second.repeated:
        return second, Counted.UNKNOWN
    return second, Counted.DISAGREES if _same(first, second) else Counted.UNSTABLE


def _same(first: SeatList, second: SeatList) -> bool:
    rows = set(first.rows) == set(second.rows) and set(first.unread) == set(second.unread)
    return rows and first.total == second.total


def agrees(seats: SeatList, billing: Billing, ours: int) -> bool:
    """Tell whether the rows read make up GitHub's count of seats.

    GitHub does not say whether the count is of rows or of people, nor whether seats that are
    pending cancellation, without an assignee or of another organisation than *ours* are in it: each
    of these readings will do. Rows that came twice mean that pages moved, and then only a complete
    list will do.
    """
    total = seats.total if seats.total is not None else billing.total
    if total is None:
        return False
    unread = len(seats.unread)
    if seats.repeated:
        return total == len(seats.rows) + unread
    # A row that can't be understood may be one of any kind.
    counts = _countings(seats.rows) | _countings(divided(seats.rows, ours)[0])
    return any(count <= total <= count + unread for count in counts)


def _countings(rows: tuple[Row, ...]) -> set[int]:
    counts: set[int] = set()
    for chosen in (rows, tuple(row for row in rows if row.live)):
        people = {row.account.id for row in chosen if row.account is not None}
        nobody = sum(row.account is None for row in chosen)
        counts |= {len(chosen), len(chosen) - nobody, len(people), len(people) + nobody}
    return counts


def with_seats(
    before: Observed, people: Collection[int], fresh: Iterable[Row | UnreadRow]
) -> Observed:
    """Return *before* with the seats of *people* as they were read anew, one row a person."""
    read = list(fresh)
    own, foreign = divided(
        tuple(row for row in read if isinstance(row, Row)), before.organization.id
    )
    if before.listed is not None:
        own = marked(own, before.listed)
    unread = (row for row in read if isinstance(row, UnreadRow))
    return replace(
        before,
        rows=(*_without(before.rows, people), *own),
        foreign=(*_without(before.foreign, people), *foreign),
        unread=(*(row for row in before.unread if row.id not in people), *unread),
    )


def _without(rows: Iterable[Row], people: Collection[int]) -> Iterator[Row]:
    """Yield the *rows* of everybody but *people*."""
    return (row for row in rows if row.account is None or row.account.id not in people)


# --- teams -----------------------------------------------------------------------------------


def _read_teams(look: _Look, names: Iterable[Name], remembered: _Ids) -> None:
    """Look for every team the file names.

    A live row tells what a slug stands for today. One that is pending may name a team that is no
    more, and whose slug another team has by now.
    """
    wanted = [name for name in names if not is_enterprise(name)]
    for name in wanted:
        team = look.team_by_slug(name.text.lower())
        if team is None or remembered.get(name.key, team.id) != team.id:
            look.list_teams()
    for name in wanted:
        team = _read_team(look, name.text.lower())
        _read_remembered_team(look, remembered.get(name.key), team)


def _kept_teams(look: _Look, file: SeatsFile, today: date) -> bool:
    """Tell whether entries keep all teams of live rows, so that none of them can be deleted.

    Any other is looked for in the organisation's list: what it does not have is not ours to delete.
    """
    kept = {
        entry.name.text.lower()
        for entry in file.seats.teams
        if entry.assign is Assign.TEAM and entry.term.phase(today) is not Phase.OVER
    }
    live = {row.team for row in look.rows if row.live and row.team and row.team.ours}
    slugs = {team.slug.lower() for team in live}
    return slugs <= kept and len({(team.slug.lower(), team.id) for team in live}) == len(slugs)


def _read_team(look: _Look, slug: str) -> Team | None:
    """Return the team that *slug* stands for today, its members read."""
    team = look.team_by_slug(slug)
    if team is not None and _read_members(look, team) is None:
        look.list_teams()  # a row named it a moment ago
        team = look.team_by_slug(slug)
    if team is None or _read_members(look, team) is None:
        look.absent_slugs.add(slug)
        return None
    return team


def _read_remembered_team(look: _Look, remembered: int | None, today: Team | None) -> None:
    """Find the team that a name stood for when it is not the one it stands for today."""
    if remembered is None or (today is not None and today.id == remembered):
        return
    team = look.teams.get(remembered)
    if team is None or _read_members(look, team) is None:
        look.teams.pop(remembered, None)
        look.absent_team_ids.add(remembered)


def _read_members(look: _Look, team: Team) -> tuple[Account, ...] | None:
    if team.id not in look.team_members:
        members = look.reader.team_members(team.slug)
        if members is None:
            return None
        look.team_members[team.id] = members
    return look.team_members[team.id]


# --- people ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Known:
    """People by id and by login; one id may have been seen under two logins.

    A login seen with two ids changed hands while we were reading, and is not known.
    """

    ids: frozenset[int]
    logins: dict[str, int]

    @classmethod
    def of(cls, accounts: Iterable[Account]) -> _Known:
        found: dict[str, set[int]] = {}
        for account in accounts:
            found.setdefault(account.login.lower(), set()).add(account.id)
        known = {login: min(ids) for login, ids in found.items() if len(ids) == 1}
        return cls(frozenset().union(*found.values()), known)

    def __or__(self, other: _Known) -> _Known:
        return _Known(self.ids | other.ids, self.logins | other.logins)

    def settles(self, key: str, remembered: int | None) -> bool:
        """Tell whether login *key* is known, and is who it was."""
        return key in self.logins and remembered in (None, self.logins[key])


def _read_people(
    look: _Look, file: SeatsFile, names: list[Name], remembered: _Ids, today: date
) -> None:
    """Look for everybody the file names.

    Whoever may be given a seat must be an active member for certain: GitHub may invite others.
    A person with a live direct seat needs no seat, and a team has active members only.
    """
    in_teams = _Known.of(one for team in look.team_members.values() for one in team)
    seated = _Known.of(row.account for row in look.rows if row.account is not None)
    direct = (row for row in look.rows if row.live and row.direct)
    sure = in_teams | _Known.of(row.account for row in direct if row.account is not None)
    seen = in_teams | seated
    over, gaining = _users_by_phase(file, today)
    unsettled: dict[str, bool] = {}
    for name in names:
        key, gains = name.text.lower(), name.text.lower() in gaining
        known = sure if gains else seen
        if key not in over and not known.settles(key, remembered.get(name.key)):
            unsettled[key] = gains
    needs_members = any(remembered.get((Kind.USER, key)) not in sure.ids for key in unsettled)
    if look.members is None and (needs_members or file.seats.members is not None):
        look.members = look.reader.members()
    elif look.members is None:
        claimed = (remembered.get((Kind.USER, key)) or sure.logins.get(key) for key in gaining)
        if any(user_id not in in_teams.ids for user_id in claimed):
            _read_members_too(look)
    active = _Known.of(look.members or ())
    everybody = seen | active
    for key, gains in unsettled.items():
        user_id = remembered.get((Kind.USER, key))
        if not (in_teams | active if gains else everybody).settles(key, user_id):
            _look_up(look, key, user_id, everybody)


def _read_members_too(look: _Look) -> None:
    """Read the members only to tell who of the claimed is one no more.

    No decision needs that, so it may neither cost more than the seats did nor stop anything.
    """
    try:
        look.members = look.reader.members_within(max(1, -(-len(look.rows) // PER_PAGE)))
    except GitHubError:
        look.members_unread = True


def _users_by_phase(file: SeatsFile, today: date) -> tuple[set[str], set[str]]:
    """Return logins of which only an entry that is over speaks, and those that may gain a seat."""
    phases = {entry.name.text.lower(): entry.term.phase(today) for entry in file.seats.users}
    elsewhere = Counter(name.text.lower() for name in names_in(file) if name.kind is Kind.USER)
    over = {
        login for login, phase in phases.items() if phase is Phase.OVER and elsewhere[login] == 1
    }
    return over, {login for login, phase in phases.items() if phase is not Phase.OVER}


def _look_up(look: _Look, login: str, remembered: int | None, everybody: _Known) -> None:
    """Ask for one account: it may be invited, outside, renamed or not exist at all."""
    account = look.reader.user(login)
    if account is None:
        look.absent_logins.add(login)
    else:
        _keep(look, account)
    if remembered is None or remembered in everybody.ids:
        return
    if account is None or account.id != remembered:
        renamed = look.reader.user_by_id(remembered)
        if renamed is None:
            look.absent_user_ids.add(remembered)
        else:
            _keep(look, renamed)


def _keep(look: _Look, account: Account) -> None:
    """Remember *account*, and whether it is a member, invited or neither."""
    if any(account.id == member.id for member in look.members or ()):
        return
    state = look.reader.membership(account.login)
    if state == "active":
        # A member the list did not have yet, or the list was not needed so far.
        members = look.members or look.reader.members()
        look.members = members if account in members else (*members, account)
    else:
        look.accounts[account.id] = account
        if state == "pending":
            look.invited.add(account.id)
