"""The sandbox's world: one organisation, and everything that may happen to it.

Pure state: no network, no disk. Each method is something that people or owners do, apart from the
API; what the API's own operations do stands in `operations`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta

from reconciler.errors import UsageError
from reconciler.sandbox import times
from reconciler.sandbox.load import SETTINGS, load
from reconciler.sandbox.people import Membership, OrgTeam, Person
from reconciler.sandbox.state import State
from reconciler.sandbox.switches import Switches

_EDITOR = "vscode/1.105.1/copilot-chat/0.32.4"


class World(State):
    """One organisation in memory."""

    @classmethod
    def from_snapshot(
        cls,
        data: Mapping[str, object],
        now: datetime | None = None,
        switches: Switches | None = None,
    ) -> World:
        """Return the world that *data*, in the snapshot format, describes; raises SnapshotError.

        With *now* the clock begins there, and relative times count from there.
        """
        chosen = switches or Switches()
        return cls(load(data, now, chosen), chosen)

    # --- people ---------------------------------------------------------------------------

    def add_user(self, login: str, number: int | None = None) -> Person:
        """Add an account that has nothing to do with the organisation."""
        with self.lock:
            self.changed()
            return self.directory.add_person(login, number)

    def delete_user(self, login: str) -> None:
        """Delete the account called *login*, with its seat."""
        with self.lock:
            person = self.directory.known(login)
            self.leave_organization(login)
            self.seats.drop(person.id)
            self.directory.remove_person(person)
            self.changed()

    def rename_user(self, login: str, to: str) -> None:
        """Give the account another login; the old one is free then."""
        with self.lock:
            self.directory.rename_person(self.directory.known(login), to)
            self.changed()

    def suspend_user(self, login: str) -> str:
        """Suspend a managed account: it keeps its place, its login is obfuscated; return that."""
        with self.lock:
            person = self.directory.known(login)
            digest = hashlib.sha256(str(person.id).encode()).hexdigest()[:32]
            self.directory.rename_person(person, f"{digest}_{self.login[:4].upper()}")
            person.suspended = True
            self.changed()
            return person.login

    def invite(self, login: str) -> None:
        """Invite an account to the organisation."""
        with self.lock:
            person = self.directory.known(login)
            if person.membership is Membership.NONE:
                person.membership = Membership.PENDING
            self.changed()

    def join_organization(self, login: str, number: int | None = None) -> None:
        """Make *login* an active member; an account that doesn't exist yet is made."""
        with self.lock:
            person = self.directory.person(login) or self.directory.add_person(login, number)
            person.membership = Membership.ACTIVE
            if (
                person.id in self.invited
                or self.settings["seat_management_setting"] == "assign_all"
            ):
                self.invited.discard(person.id)
                self.give(person, None)
            self.changed()

    def leave_organization(self, login: str) -> None:
        """Let *login* leave the organisation and its teams; the seat goes too."""
        with self.lock:
            person = self.directory.known(login)
            person.membership = Membership.NONE
            person.admin = False
            self.invited.discard(person.id)
            for team in self.directory.teams.values():
                team.own.pop(person.id, None)
                team.maintainers.discard(person.id)
            if self.switches.leaver_row == "gone":
                self.seats.drop(person.id)
                self.seat_gone(person.id)
            for grant in self.seats.of(person.id):
                self.seats.end(person.id, grant.team, times.next_cycle(self.now))
            self.changed()

    # --- teams ----------------------------------------------------------------------------

    def create_team(self, slug: str, name: str | None = None, parent: str | None = None) -> OrgTeam:
        """Create a team without members."""
        with self.lock:
            above = None if parent is None else self.directory.known_team(parent)
            team = self.directory.add_team(slug, name or slug, self.now)
            if above is not None:
                self.directory.place_team(team, above)
            self.changed()
            return team

    def delete_team(self, slug: str) -> None:
        """Delete a team with its child teams; seats held through them go pending."""
        with self.lock:
            team = self.directory.known_team(slug)
            people = self.directory.team_members(team)
            for gone in [team, *self.directory.descendants(team)]:
                self.unassign(gone)
                self.directory.remove_team(gone)
            self.reconcile(people)
            self.changed()

    def rename_team(self, slug: str, to: str, name: str | None = None) -> None:
        """Give the team another slug, and *name* or the slug as its name."""
        with self.lock:
            self.directory.rename_team(self.directory.known_team(slug), to, name or to)
            self.changed()

    def join_team(self, login: str, slug: str, role: str = "member") -> None:
        """Put a member of the organisation into a team; an assigned team gives a seat."""
        with self.lock:
            person, team = self.directory.known(login), self.directory.known_team(slug)
            if person.membership is not Membership.ACTIVE:
                raise UsageError(f"sandbox: {login} is no active member of {self.login}")
            team.own[person.id] = None
            (team.maintainers.add if role == "maintainer" else team.maintainers.discard)(person.id)
            self.reconcile([person])
            self.changed()

    def leave_team(self, login: str, slug: str) -> None:
        """Take a person out of a team; a seat held through it goes pending."""
        with self.lock:
            person, team = self.directory.known(login), self.directory.known_team(slug)
            if team.own.pop(person.id, self) is self:
                raise UsageError(f"sandbox: {login} is not in {slug} by themselves")
            team.maintainers.discard(person.id)
            self.reconcile([person])
            self.changed()

    # --- activity -------------------------------------------------------------------------

    def set_activity(self, login: str, at: datetime | None, editor: str | None = None) -> None:
        """Let GitHub show *at* as the person's last activity from now on; None: no activity."""
        with self.lock:
            usage = self.directory.known(login).usage
            usage.last, usage.unseen, usage.habit = at, [], None
            usage.editor = editor or usage.editor or _EDITOR
            self.changed()

    def use(self, login: str) -> None:
        """Let a person use Copilot now; it shows after the lag (`activity_lag_hours`)."""
        with self.lock:
            person = self.directory.known(login)
            if self.seats.of(person.id) or self.seats.fixed_of(person.id):
                person.usage.happens(self.now, self.lag)
                person.usage.editor = person.usage.editor or _EDITOR
            self.changed()

    def sign_in(self, login: str) -> None:
        """Let a person sign in to Copilot now, without using it."""
        with self.lock:
            self.directory.known(login).usage.authenticated = self.now
            self.changed()

    def set_habit(self, login: str, every: timedelta | None) -> None:
        """Let a person use Copilot now and again after each *every*; None ends the habit."""
        with self.lock:
            usage = self.directory.known(login).usage
            usage.set_habit(every, self.now)
            usage.editor = usage.editor or _EDITOR
            self.changed()

    def live_on(self, within: timedelta = timedelta(days=7)) -> int:
        """Let everyone who was active *within* that span stay so, daily; return how many."""
        with self.lock:
            since = self.now - within
            going = [
                person
                for person in self.directory.people.values()
                if (at := person.usage.seen(self.now, self.lag)) is not None and at >= since
            ]
            for person in going:
                at = person.usage.seen(self.now, self.lag) or self.now
                person.usage.set_habit(timedelta(days=1), at)
            self.changed()
            return len(going)

    def freeze_activity(self) -> None:
        """Let GitHub's feed of activity stand still from now on."""
        with self.lock:
            self.frozen_at = self.frozen_at or self.now
            self.changed()

    def thaw_activity(self) -> None:
        """Let GitHub's feed of activity catch up."""
        with self.lock:
            self.frozen_at = None
            self.changed()

    # --- seats, as an owner gives and takes them in the web interface ----------------------

    def grant_user(self, login: str) -> None:
        """Give a direct seat."""
        with self.lock:
            self.give(self.directory.known(login), None)
            self.changed()

    def revoke_user(self, login: str) -> None:
        """Let a direct seat end with the cycle."""
        with self.lock:
            self.seats.end(self.directory.known(login).id, None, times.next_cycle(self.now))
            self.after_cancel()
            self.changed()

    def grant_team(self, slug: str) -> None:
        """Assign a team."""
        with self.lock:
            self.assign(self.directory.known_team(slug))
            self.changed()

    def revoke_team(self, slug: str) -> None:
        """Unassign a team; its seats end with the cycle."""
        with self.lock:
            self.unassign(self.directory.known_team(slug))
            self.after_cancel()
            self.changed()

    def set_setting(self, name: str, value: str) -> None:
        """Set one of the organisation's Copilot settings, such as `seat_management_setting`."""
        with self.lock:
            if name not in SETTINGS:
                raise UsageError(f"sandbox: no setting {name!r}; there are {', '.join(SETTINGS)}")
            if value not in SETTINGS[name]:
                raise UsageError(f"sandbox: {name} is one of {', '.join(SETTINGS[name])}")
            self.settings[name] = value
            self.changed()

    def set_switches(self, values: Mapping[str, object]) -> None:
        """Change switches from now on; what already happened stays as it is."""
        with self.lock:
            self.switches = self.switches.having(values)
            self.changed()
