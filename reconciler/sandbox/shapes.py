"""The JSON shapes of GitHub's answers, complete as its OpenAPI description requires."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache

from reconciler.sandbox.people import Membership, OrgTeam, Person
from reconciler.sandbox.seat_pages import SeatView
from reconciler.sandbox.state import State
from reconciler.sandbox.times import stamp

Json = dict[str, object]


def node_id(kind: str, number: int) -> str:
    """Return an opaque id as GitHub's GraphQL names things."""
    return base64.b64encode(f"{len(kind):02d}:{kind}{number}".encode()).decode()


@lru_cache(maxsize=1 << 17)
def user(login: str, number: int, base: str, kind: str = "User") -> Json:
    """Return a `simple-user`: kept, for it is most of a seat list; so don't change it."""
    url = f"{base}/users/{login}"
    return {
        "login": login,
        "id": number,
        "node_id": node_id("User", number),
        "avatar_url": f"https://avatars.githubusercontent.com/u/{number}?v=4",
        "gravatar_id": "",
        "url": url,
        "html_url": f"https://github.com/{login}",
        "followers_url": f"{url}/followers",
        "following_url": f"{url}/following{{/other_user}}",
        "gists_url": f"{url}/gists{{/gist_id}}",
        "starred_url": f"{url}/starred{{/owner}}{{/repo}}",
        "subscriptions_url": f"{url}/subscriptions",
        "organizations_url": f"{url}/orgs",
        "repos_url": f"{url}/repos",
        "events_url": f"{url}/events{{/privacy}}",
        "received_events_url": f"{url}/received_events",
        "type": kind,
        "user_view_type": "public",
        "site_admin": False,
    }


def person(who: Person, base: str) -> Json:
    """Return a `simple-user` for an account."""
    return user(who.login, who.id, base)


def organization(state: State, base: str) -> Json:
    """Return an `organization-simple`."""
    url = f"{base}/orgs/{state.login}"
    return {
        "login": state.login,
        "id": state.id,
        "node_id": node_id("Organization", state.id),
        "url": url,
        "repos_url": f"{url}/repos",
        "events_url": f"{url}/events",
        "hooks_url": f"{url}/hooks",
        "issues_url": f"{url}/issues",
        "members_url": f"{url}/members{{/member}}",
        "public_members_url": f"{url}/public_members{{/member}}",
        "avatar_url": f"https://avatars.githubusercontent.com/u/{state.id}?v=4",
        "description": None,
    }


def organization_full(state: State, base: str) -> Json:
    """Return the organisation as `GET /orgs/{org}` shows it."""
    began = stamp(state.now.replace(year=2019, month=1, day=7))
    return organization(state, base) | {
        "name": state.login,
        "is_verified": False,
        "has_organization_projects": True,
        "has_repository_projects": True,
        "public_repos": 0,
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "html_url": f"https://github.com/{state.login}",
        "created_at": began,
        "updated_at": began,
        "archived_at": None,
        "type": "Organization",
        "plan": {"name": "business", "space": 976562499, "private_repos": 999999},
    }


def team_simple(team: OrgTeam, state: State, base: str) -> Json:
    """Return a team without its parent."""
    url = f"{base}/organizations/{state.id}/team/{team.id}"
    return {
        "id": team.id,
        "node_id": node_id("Team", team.id),
        "name": team.name,
        "slug": team.slug,
        "description": None,
        "privacy": "closed",
        "notification_setting": "notifications_enabled",
        "permission": "pull",
        "url": url,
        "html_url": f"https://github.com/orgs/{state.login}/teams/{team.slug}",
        "members_url": f"{url}/members{{/member}}",
        "repositories_url": f"{url}/repos",
        "type": "organization",
        "organization_id": state.id,
    }


def team(of: OrgTeam, state: State, base: str) -> Json:
    """Return a `team`."""
    parent = None if of.parent is None else state.directory.teams.get(of.parent)
    above = None if parent is None else team_simple(parent, state, base)
    return team_simple(of, state, base) | {"parent": above}


def team_full(of: OrgTeam, state: State, base: str) -> Json:
    """Return a `team-full`."""
    return team(of, state, base) | {
        "created_at": stamp(of.created_at),
        "updated_at": stamp(of.created_at),
        "members_count": len(state.directory.team_members(of)),
        "repos_count": 0,
        "organization": organization_full(state, base),
    }


def enterprise_team(given: Mapping[str, object], base: str, since: datetime) -> Json:
    """Return an `enterprise-team`: what the snapshot says of it, and what is required besides."""
    slug = str(given.get("slug", "ent:team"))
    url = f"{base}/enterprises/sandbox/teams/{slug}"
    return {
        "id": given.get("id", 1),
        "name": given.get("name") or slug,
        "slug": slug,
        "url": url,
        "members_url": f"{url}/members",
        "html_url": f"https://github.com/enterprises/sandbox/teams/{slug}",
        "group_id": given.get("group_id"),
        "created_at": stamp(since),
        "updated_at": stamp(since),
    }


def team_member(who: Person, of: OrgTeam, state: State, base: str) -> Json:
    """Return a `team-member`."""
    shape = person(who, base) | {"role": team_role(who, of)}
    if state.switches.inherited_flag:
        shape["inherited"] = who.id not in of.own
    return shape


def team_role(who: Person, of: OrgTeam) -> str:
    """Return the role in a team; GitHub reports owners of the organisation as maintainers."""
    return "maintainer" if who.admin or who.id in of.maintainers else "member"


def membership(who: Person, state: State, base: str) -> Json:
    """Return an `org-membership`."""
    return {
        "url": f"{base}/orgs/{state.login}/memberships/{who.login}",
        "state": "pending" if who.membership is Membership.PENDING else "active",
        "role": "admin" if who.admin else "member",
        "organization_url": f"{base}/orgs/{state.login}",
        "organization": organization(state, base),
        "user": person(who, base),
    }


def seat(view: SeatView, state: State, base: str, lag: timedelta | None = None) -> object:
    """Return a `copilot-seat-details`; *lag* is the state's, where it is known already."""
    return view.stated[0] if view.stated else seat_details(view, state, base, lag)


def seat_details(view: SeatView, state: State, base: str, lag: timedelta | None = None) -> Json:
    """Return the row of somebody's seat in all its keys."""
    last = view.usage.seen(state.now, state.lag if lag is None else lag)
    shape: Json = {
        "created_at": stamp(view.created_at),
        "pending_cancellation_date": None if view.pending is None else view.pending.isoformat(),
        "last_activity_at": stamp(last),
        "last_activity_editor": None if last is None else view.usage.editor,
        "last_authenticated_at": stamp(view.usage.signed_in(state.now)),
        "plan_type": view.plan_type,
        "assignee": None if view.person is None else person(view.person, base),
        "assigning_team": _assigning_team(view, state, base),
    }
    if view.organization is not None:
        shape["organization"] = dict(view.organization)
    if state.switches.absent_keys:
        return {key: value for key, value in shape.items() if value is not None}
    return shape


def _assigning_team(view: SeatView, state: State, base: str) -> Json | None:
    if isinstance(view.team, OrgTeam):
        return team(view.team, state, base)
    if view.team is None:
        return None
    if _is_plainly_enterprise(view.team):
        return enterprise_team(view.team, base, view.created_at)
    return dict(view.team)


def _is_plainly_enterprise(team: Mapping[str, object]) -> bool:
    """Tell whether a team is an enterprise's as documented; any other is served as it stands."""
    prefixed = str(team.get("slug", "")).startswith("ent:")
    return "id" in team and (prefixed or team.get("type") == "enterprise" or "group_id" in team)


def billing(state: State) -> Json:
    """Return a `copilot-organization-details`."""
    return {"seat_breakdown": state.breakdown(), **state.settings}


def installation(state: State, permissions: Mapping[str, str], base: str) -> Json:
    """Return an App's installation in the organisation."""
    began = stamp(state.now - timedelta(days=400))
    return {
        "id": state.id,
        "account": user(state.login, state.id, base, "Organization"),
        "repository_selection": "all",
        "access_tokens_url": f"{base}/app/installations/{state.id}/access_tokens",
        "repositories_url": f"{base}/installation/repositories",
        "html_url": f"https://github.com/organizations/{state.login}/settings/installations/{state.id}",
        "app_id": 1,
        "app_slug": "sandbox-app",
        "target_id": state.id,
        "target_type": "Organization",
        "permissions": dict(permissions),
        "events": [],
        "created_at": began,
        "updated_at": began,
        "single_file_name": None,
        "has_multiple_single_files": False,
        "single_file_paths": [],
        "suspended_by": None,
        "suspended_at": None,
    }
