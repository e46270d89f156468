"""The operations of GitHub's API on the organisation, its members and its teams."""

from __future__ import annotations

from reconciler.sandbox import shapes
from reconciler.sandbox.access import MEMBERS, OWNER_ID, Kind
from reconciler.sandbox.answers import DOCS, Answer, answer, not_found
from reconciler.sandbox.api import Call, Route
from reconciler.sandbox.people import Membership, OrgTeam, Person
from reconciler.sandbox.requests import body_of, invalid, page_of, person_of, team_of


def organization(call: Call) -> Answer:
    return answer(shapes.organization_full(call.world, call.base))


def members(call: Call) -> Answer:
    query, world = call.request.query, call.world
    if query.get("filter", "all") not in ("all", "2fa_disabled", "2fa_insecure"):
        raise invalid("OrganizationMember", "filter")
    role = query.get("role", "all")
    if role not in ("all", "admin", "member"):
        raise invalid("OrganizationMember", "role")

    def compute() -> Answer:
        people = [
            person
            for person in world.directory.members()
            if role == "all" or person.admin == (role == "admin")
        ]
        shown = [] if query.get("filter", "all") != "all" else people
        page, links = page_of(call, shown, 30, lambda person: shapes.person(person, call.base))
        return answer(page, headers=links)

    return call.kept(compute)


def check_member(call: Call) -> Answer:
    if not call.access.member:
        login = call.params["username"]
        url = f"{call.base}/orgs/{call.world.login}/public_members/{login}"
        return Answer(302, b"", {"Location": url})
    if not person_of(call).member:
        raise not_found()
    return Answer(204)


def membership(call: Call) -> Answer:
    if call.params["username"].lower() == call.access.login.lower():
        return own_membership(call)
    person = person_of(call)
    if person.membership is Membership.NONE:
        raise not_found()
    return answer(shapes.membership(person, call.world, call.base))


def own_membership(call: Call) -> Answer:
    owner = Person(OWNER_ID, call.access.login, Membership.ACTIVE, admin=True)
    if not call.access.member or call.access.kind is Kind.INSTALLATION:
        raise not_found()
    return answer(shapes.membership(owner, call.world, call.base))


def teams(call: Call) -> Answer:
    world = call.world
    only_enterprise = call.request.query.get("team_type") == "enterprise"

    def compute() -> Answer:
        found = [] if only_enterprise else list(world.directory.teams.values())
        page, links = page_of(call, found, 30, lambda team: shapes.team(team, world, call.base))
        return answer(page, headers=links)

    return call.kept(compute)


def team(call: Call) -> Answer:
    return answer(shapes.team_full(team_of(call), call.world, call.base))


def child_teams(call: Call) -> Answer:
    world = call.world
    found = world.directory.children(team_of(call))
    page, links = page_of(call, found, 30, lambda team: shapes.team(team, world, call.base))
    return answer(page, headers=links)


def team_members(call: Call) -> Answer:
    world, team = call.world, team_of(call)
    role = call.request.query.get("role", "all")

    def compute() -> Answer:
        people = [
            person
            for person in world.directory.team_members(team)
            if role in ("all", shapes.team_role(person, team))
        ]
        page, links = page_of(
            call, people, 30, lambda person: shapes.team_member(person, team, world, call.base)
        )
        return answer(page, headers=links)

    return call.kept(compute)


def team_membership(call: Call) -> Answer:
    team, person = team_of(call), person_of(call)
    if not call.world.directory.belongs(person, team):
        raise not_found()
    return answer(_team_membership(call, team, person))


def put_team_membership(call: Call) -> Answer:
    team, person = team_of(call), person_of(call)
    role = body_of(call).get("role", "member")
    if role not in ("member", "maintainer"):
        raise invalid("TeamMember", "role")
    if person.member:
        call.world.join_team(person.login, team.slug, str(role))
    else:
        call.world.invite(person.login)
    return answer(_team_membership(call, team, person))


def delete_team_membership(call: Call) -> Answer:
    team, person = team_of(call), person_of(call)
    if person.id not in team.own:
        raise not_found()
    call.world.leave_team(person.login, team.slug)
    return Answer(204)


def _team_membership(call: Call, team: OrgTeam, person: Person) -> dict[str, object]:
    return {
        "url": f"{call.base}/organizations/{call.world.id}/team/{team.id}"
        f"/memberships/{person.login}",
        "role": shapes.team_role(person, team),
        "state": "active" if person.member else "pending",
    }


_SEE = {MEMBERS: "read"}
_EDIT = {MEMBERS: "write"}
_TEAMS = f"{DOCS}/teams/teams"
_TEAM_MEMBERS = f"{DOCS}/teams/members"
_MEMBERS = f"{DOCS}/orgs/members"
_TEAM = "/orgs/{org}/teams/{team_slug}"
_IN_TEAM = f"{_TEAM}/memberships/{{username}}"

ROUTES = (
    Route("GET", "/orgs/{org}", organization, {}, f"{DOCS}/orgs/orgs#get-an-organization"),
    Route("GET", "/orgs/{org}/members", members, _SEE, _MEMBERS),
    Route("GET", "/orgs/{org}/members/{username}", check_member, _SEE, _MEMBERS),
    Route("GET", "/orgs/{org}/memberships/{username}", membership, _SEE, _MEMBERS),
    Route("GET", "/user/memberships/orgs/{org}", own_membership, {}, _MEMBERS),
    Route("GET", "/orgs/{org}/teams", teams, _SEE, _TEAMS),
    Route("GET", _TEAM, team, _SEE, _TEAMS),
    Route("GET", f"{_TEAM}/teams", child_teams, _SEE, _TEAMS),
    Route("GET", f"{_TEAM}/members", team_members, _SEE, _TEAM_MEMBERS),
    Route("GET", _IN_TEAM, team_membership, _SEE, _TEAM_MEMBERS),
    Route("PUT", _IN_TEAM, put_team_membership, _EDIT, _TEAM_MEMBERS),
    Route("DELETE", _IN_TEAM, delete_team_membership, _EDIT, _TEAM_MEMBERS),
)
