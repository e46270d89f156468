"""The four operations that change seats: each judges the whole request first, then acts.

Source: https://docs.github.com/en/rest/copilot/copilot-user-management
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reconciler.errors import SeatsError
from reconciler.sandbox import times
from reconciler.sandbox.people import OrgTeam, Person
from reconciler.sandbox.seats import Effect
from reconciler.sandbox.world import World


class RefusalError(SeatsError):
    """GitHub understands the request and refuses it: 422."""


_SETTINGS = {
    "assign_all": "Your organization has enabled Copilot access for all members. Enable access for"
    " selected members in order to manage seats via the API.",
    "unconfigured": "Copilot seat management is not configured for this organization.",
    "disabled": "Copilot Business is not enabled for this organization.",
}


def add_users(world: World, logins: Sequence[str]) -> int:
    """Give direct seats; return how many were created or renewed."""
    with world.lock:
        _manageable(world)
        people = [_addable(world, login) for login in _once(logins)]
        world.before_write()
        effects = [_added(world, person) for person in people if person is not None]
        world.changed()
        return _count(world, effects)


def add_teams(world: World, names: Sequence[str]) -> int:
    """Assign teams; return how many seats were created or renewed."""
    with world.lock:
        _manageable(world)
        teams = _teams(world, names)
        world.before_write()
        effects = [effect for team in teams for effect in world.assign(team)]
        world.changed()
        return _count(world, effects)


def cancel_users(world: World, logins: Sequence[str]) -> int:
    """Let direct seats end with the cycle; return how many are pending by it."""
    with world.lock:
        _manageable(world)
        people = [_cancellable(world, login) for login in _once(logins)]
        end = times.next_cycle(world.now)
        world.before_write()
        pending = sum(world.seats.end(each.id, None, end) for each in people if each is not None)
        world.after_cancel()
        world.changed()
        return pending


def cancel_teams(world: World, names: Sequence[str]) -> int:
    """Unassign teams; return how many people's seats are pending by it."""
    with world.lock:
        _manageable(world)
        teams = _teams(world, names)
        for team in teams:
            if team.id not in world.seats.assigned and world.switches.seatless_delete == "refuse":
                raise RefusalError(
                    f"Seat assignment for team {team.name} could not be cancelled: "
                    "Team is not assigned"
                )
        world.before_write()
        pending = sum(world.unassign(team) for team in teams)
        world.after_cancel()
        world.changed()
        return pending


def _manageable(world: World) -> None:
    setting = world.settings["seat_management_setting"]
    if setting != "assign_selected":
        raise RefusalError(_SETTINGS.get(setting, "Copilot is not enabled for this organization."))
    if world.settings["public_code_suggestions"] == "unconfigured":
        raise RefusalError(
            "The public code suggestions policy is not set for this organization. "
            "Set it in order to manage seats via the API."
        )


def _once(names: Iterable[str]) -> list[str]:
    return list({name.lower(): name for name in names}.values())


def _count(world: World, effects: Iterable[Effect]) -> int:
    return sum(effect is not Effect.REUSED or world.switches.reused_counted for effect in effects)


def _addable(world: World, login: str) -> Person | None:
    person = world.directory.person(login)
    if person is None:
        if world.switches.unknown_user == "ignore":
            return None
        raise RefusalError(f"Could not add seats: user {login} was not found")
    if not person.member and world.switches.non_member != "invite":
        if world.switches.non_member == "ignore":
            return None
        raise RefusalError(f"Could not add seats: {person.login} is not a member of {world.login}")
    return person


def _added(world: World, person: Person) -> Effect:
    if person.member:
        return world.give(person, None)
    world.invite(person.login)
    world.invited.add(person.id)
    return Effect.REUSED


def _cancellable(world: World, login: str) -> Person | None:
    """Return the person whose direct seat can be cancelled, None for one to pass over."""
    switches = world.switches
    person = world.directory.person(login)
    if person is None:
        if switches.unknown_user == "ignore":
            return None
        raise RefusalError(
            f"Seat assignment for user {login} could not be cancelled: User not found"
        )
    grants = world.seats.of(person.id)
    if any(grant.team is None and grant.pending is None for grant in grants):
        return person
    refused = f"Seat assignment for user {person.login} could not be cancelled: "
    if world.seats.live(person.id) or world.seats.fixed_of(person.id):
        if switches.mixed_delete == "partial":
            return None
        raise RefusalError(refused + "User was assigned a seat via a team")
    if grants:
        if switches.pending_delete == "ignore":
            return None
        raise RefusalError(refused + "Seat is already pending cancellation")
    if switches.seatless_delete == "ignore":
        return None
    raise RefusalError(refused + "User is not assigned to a seat")


def _teams(world: World, names: Sequence[str]) -> list[OrgTeam]:
    found = []
    for name in _once(names):
        team = _team(world, name)
        if team is not None:
            found.append(team)
        elif world.switches.unknown_team == "refuse":
            raise RefusalError(f"Team {name} was not found in {world.login}")
    return list({team.id: team for team in found}.values())


def _team(world: World, name: str) -> OrgTeam | None:
    by = world.switches.team_names
    team = world.directory.team(name) if by in ("both", "slug") else None
    return team or (world.directory.team_named(name) if by in ("both", "name") else None)
