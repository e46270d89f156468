"""Names that GitHub once allowed can be written, and advice names the object that is meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler import config

HIDDEN = f"{'4fc82b26aecb47d2' * 2}_ACMECORP"


def check(folder: Path, seats: str, org: str = "acme", more: str = "") -> list[str]:
    path = folder / "seats.yml"
    path.write_text(f"version: 1\norg: {org}\nseats: {seats}\n{more}", encoding="utf-8")
    return [one.message for one in config.check([path])]


@pytest.mark.parametrize(
    "entry",
    [
        '{user: "-octo", id: 7}',
        "{user: -octo-, id: 7}",
        "octo-",
        "o--cto",
        HIDDEN,
        "{user: " + HIDDEN + ", id: 7}",
        "{user: " + "a" * 60 + "_acme, id: 7}",
    ],
)
def test_logins_that_github_once_allowed(tmp_path: Path, entry: str) -> None:
    assert check(tmp_path, f"{{users: [{entry}]}}") == []
    file = config.load(tmp_path / "seats.yml")
    assert file.seats.users[0].name.text in entry


def test_a_hyphen_first_without_an_id_is_told_with_the_way_to_write_it(tmp_path: Path) -> None:
    [told] = check(tmp_path, '{users: ["-octo"]}')
    assert told.endswith('if this one does, write it with its id: `{user: "-octo", id: …}`')
    spared = 'exempt: [{user: "-octo", reason: leave}]\n'
    excepted = '{teams: [{team: core, assign: members, except: ["-octo"]}]}'
    assert check(tmp_path, excepted, more=spared) == []


def test_too_long_without_an_id_or_for_anybody(tmp_path: Path) -> None:
    assert "at most 39" in check(tmp_path, "{users: [" + "a" * 45 + "]}")[0]
    assert "at most 39" in check(tmp_path, "{users: [{user: " + "a" * 45 + "}]}")[0]
    assert check(tmp_path, "{users: [{user: " + "a" * 101 + ", id: 7}]}")


def test_an_organisation_of_an_old_name(tmp_path: Path) -> None:
    assert check(tmp_path, "{undeclared: keep}", org='"-acme-"') == []


def test_a_team_of_this_organisation_is_advised_by_its_slug(tmp_path: Path) -> None:
    for written in ("acme/platform", "@ACME/platform"):
        [told] = check(tmp_path, f'{{teams: ["{written}"]}}')
        assert told.startswith("a team is written without the organisation: `platform`")


@pytest.mark.parametrize("written", ["kubernetes/sig-apps", "Docs/Platform", "@other/core"])
def test_what_another_prefix_means_is_not_guessed(tmp_path: Path, written: str) -> None:
    [told] = check(tmp_path, f'{{teams: ["{written}"]}}')
    assert f"`{written.partition('/')[2]}`" not in told
    assert "https://github.com/orgs/acme/teams" in told
    [told] = check(tmp_path, f'{{users: ["{written}"]}}')
    assert f"`{written.partition('/')[2]}`" not in told


@pytest.mark.parametrize("written", ["日本 Team", "Ørsted Crew", "Команда core"])
def test_the_slug_of_a_name_that_loses_letters_is_not_guessed(tmp_path: Path, written: str) -> None:
    [told] = check(tmp_path, f'{{teams: ["{written}"]}}')
    assert "probably" not in told
    assert "address of the team's page" in told


@pytest.mark.parametrize(
    ("kind", "address", "name"),
    [
        ("users", "https://github.com/mona", "mona"),
        ("users", "https://github.com/mona?tab=repositories", "mona"),
        ("users", "https://github.com/orgs/acme/people/mona", "mona"),
        ("users", "https://github.com/orgs/acme/teams/core", None),
        ("users", "https://github.com/acme/tool", None),
        ("teams", "https://github.com/orgs/acme/teams/core", "core"),
        ("teams", "https://github.com/orgs/acme/teams/core/members", "core"),
        ("teams", "https://github.com/orgs/other/teams/core", None),
        ("teams", "https://github.com/acme/tool", None),
    ],
)
def test_an_address_is_answered_with_the_name_in_it(
    tmp_path: Path, kind: str, address: str, name: str | None
) -> None:
    [told] = check(tmp_path, f'{{{kind}: ["{address}"]}}')
    assert told == f"`{address}` is an address: write only the name" + (
        f", `{name}`" if name else ""
    )


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://github.com/acme", "acme"),
        ("https://github.com/orgs/acme/people", "acme"),
        ("https://github.com/organizations/acme/settings/copilot", "acme"),
        ("https://github.com/enterprises/big", None),
        ("https://github.com/settings/copilot", None),
    ],
)
def test_an_organisation_s_address(tmp_path: Path, address: str, name: str | None) -> None:
    [told] = check(tmp_path, "{undeclared: keep}", org=f'"{address}"')
    assert (f"write only the name, `{name}`" in told) is (name is not None)
    assert "`enterprises`" not in told
    assert "`settings`" not in told
