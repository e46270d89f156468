"""`auth check`: what may be done and what is missing by name, without changing anything."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from reconciler.cli.entry import run
from reconciler.model.permissions import Answer, Credential, Kind, kind_of, may_write
from reconciler.sandbox import Access, Fault, World, serve
from reconciler.sandbox import Kind as Played
from reconciler.sandbox.access import MEMBERS, SEATS

TOKEN = "ghp_theTokenOfTheTest"
KEY = (
    rsa.generate_private_key(public_exponent=65537, key_size=2048)
    .private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    .decode()
)
METRICS = "organization_copilot_metrics"
WRITE = "give and take back seats"


@dataclass
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def answers(self) -> dict[str, str]:
        return {one["ability"]: one["answer"] for one in self.json["may"]}

    @property
    def missing(self) -> list[str]:
        return [one["missing"] for one in self.json["may"] if one["missing"]]


@pytest.fixture
def check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[..., Ran]]:
    before = signal.getsignal(signal.SIGTERM)
    for name in ("GITHUB_TOKEN", "GH_TOKEN", "GITHUB_APP_ID", "GITHUB_APP_PRIVATE_KEY"):
        monkeypatch.delenv(name, raising=False)
    with ExitStack() as stack:

        def go(*arguments: str, org: str = "acme", env: Any = None, **options: Any) -> Ran:
            world = World.from_snapshot({"organization": {"login": "acme", "id": 9}, "seats": []})
            sandbox = stack.enter_context(serve(world, **options))
            (tmp_path / "seats.yml").write_text(f"version: 1\norg: {org}\nseats: {{}}\n")
            monkeypatch.setenv("GITHUB_API_URL", sandbox.url)
            for name, value in (env or {"GITHUB_TOKEN": TOKEN}).items():
                monkeypatch.setenv(name, value)
            version = world.version
            code = run(["auth", "check", str(tmp_path / "seats.yml"), *arguments])
            said = capsys.readouterr()
            assert world.version == version
            assert TOKEN not in said.out + said.err
            assert "PRIVATE KEY" not in said.out + said.err
            return Ran(code, said.out, said.err)

        yield go
    signal.signal(signal.SIGTERM, before)


def test_an_owner_s_classic_token_may_do_everything(check: Callable[..., Ran]) -> None:
    ran = check("--format", "json")
    assert ran.code == 0
    assert set(ran.answers.values()) == {"yes"}
    assert ran.missing == []
    who = ran.json["who"]
    assert (who["login"], who["kind"]) == ("sandbox-owner", "classic personal access token")
    assert who["scopes"] == ["admin:org", "manage_billing:copilot"]


def test_a_classic_token_that_reads_lacks_a_scope_by_name(check: Callable[..., Ran]) -> None:
    access = Access({SEATS: "read", MEMBERS: "read", METRICS: "read"}, Played.CLASSIC)
    ran = check("--format", "json", tokens={TOKEN: access})
    assert ran.code == 0
    assert ran.answers[WRITE] == "no"
    [missing] = ran.missing
    assert missing.startswith('organisation permission "GitHub Copilot Business": write')
    assert missing.endswith("(classic scope manage_billing:copilot or admin:org)")


def test_a_fine_grained_token_s_writing_is_unknown_and_said_so(check: Callable[..., Ran]) -> None:
    token = "github_pat_" + "x" * 30
    access = Access({SEATS: "write", MEMBERS: "read"}, Played.FINE_GRAINED)
    ran = check("--format", "json", env={"GITHUB_TOKEN": token}, tokens={token: access})
    assert ran.code == 0
    assert ran.answers[WRITE] == "unknown"
    assert ran.answers["read usage metrics"] == "no"
    [text] = [one["why"] for one in ran.json["may"] if one["ability"] == WRITE]
    assert "fine-grained" in text
    assert "trying would change something" in text


def test_what_reading_lacks_is_named_and_planning_is_not_possible(
    check: Callable[..., Ran],
) -> None:
    ran = check(tokens={TOKEN: Access({MEMBERS: "read"}, Played.FINE_GRAINED)})
    assert ran.code == 1
    assert "NO   read Copilot settings and seats" in ran.out
    assert '- organisation permission "GitHub Copilot Business": read' in ran.out
    assert "Planning is not possible." in ran.out


def test_an_app_is_told_by_its_installation_s_permissions(check: Callable[..., Ran]) -> None:
    env = {"GITHUB_APP_ID": "4711", "GITHUB_APP_PRIVATE_KEY": KEY, "GITHUB_TOKEN": TOKEN}
    ran = check("--format", "json", env=env)
    assert ran.code == 0
    assert ran.json["who"]["kind"] == "GitHub App"
    assert ran.json["who"]["source"] == "App 4711"
    assert ran.json["who"]["permissions"][SEATS] == "write"
    assert ran.answers[WRITE] == "yes"
    assert ran.answers["read usage metrics"] == "no"


def test_a_wrong_token_is_401(check: Callable[..., Ran]) -> None:
    ran = check(tokens={"another": Access()})
    assert ran.code == 1
    assert "The token is wrong, expired or revoked" in ran.err


def test_an_organisation_that_is_not_seen_is_404(check: Callable[..., Ran]) -> None:
    ran = check(org="other")
    assert ran.code == 1
    assert "NO   see the organisation" in ran.out
    assert "It does not exist, or the token can't see it" in ran.out
    assert "read Copilot settings" not in ran.out


def test_404_for_copilot_is_not_taken_for_403(check: Callable[..., Ran]) -> None:
    fault = Fault("GET /orgs/acme/copilot/billing", status=404)
    ran = check("--format", "json", faults=[fault])
    [why] = [one["why"] for one in ran.json["may"] if one["ability"].startswith("read Copilot")]
    assert "Copilot is not set up there, or the token can't see it" in why


def test_trouble_at_github_is_no_missing_permission(check: Callable[..., Ran]) -> None:
    fault = Fault("GET /orgs/acme/copilot/billing", status=422)
    ran = check("--format", "json", faults=[fault])
    assert ran.code == 0
    assert ran.answers["read Copilot settings and seats"] == "unknown"


@pytest.mark.parametrize(
    ("message", "headers", "helps"),
    [
        ("the `acme` organization has an IP allow list enabled", {}, "Add the address"),
        ("`acme` forbids access via a personal access token (classic).", {}, "fine-grained"),
        ("Sorry. Your account was suspended.", {}, "active account"),
        (
            "Resource protected by organization SAML enforcement.",
            {"X-GitHub-SSO": "required; url=https://github.com/orgs/acme/sso?a=AZ"},
            "Open https://github.com/orgs/acme/sso?a=AZ to authorise it",
        ),
    ],
)
def test_a_refusal_that_no_permission_removes_lists_none_as_missing(
    check: Callable[..., Ran], message: str, headers: dict[str, str], helps: str
) -> None:
    fault = Fault("GET *", status=403, message=message, headers=headers)
    ran = check(faults=[fault])
    assert ran.code == 1
    assert message in ran.out
    assert helps in ran.out
    assert "Missing" not in ran.out
    assert "permission " not in ran.out.replace("permissions:", "")
    assert check("--format", "json", faults=[fault]).missing == []


def test_the_list_of_seats_is_tried_too(check: Callable[..., Ran]) -> None:
    fault = Fault("GET /orgs/acme/copilot/billing/seats", status=403)
    ran = check("--format", "json", faults=[fault])
    assert ran.code == 1
    assert ran.answers["read Copilot settings and seats"] == "no"


def test_half_an_app_is_an_error(check: Callable[..., Ran]) -> None:
    ran = check(env={"GITHUB_APP_ID": "4711"})
    assert ran.code == 1
    assert "GITHUB_APP_PRIVATE_KEY is not" in ran.err


# --- judging ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("credential", "answer"),
    [
        (Credential(Kind.CLASSIC, "", scopes=("manage_billing:copilot",)), Answer.YES),
        (Credential(Kind.CLASSIC, "", scopes=("admin:org",)), Answer.YES),
        (Credential(Kind.CLASSIC, "", scopes=("read:org", "repo")), Answer.NO),
        (Credential(Kind.CLASSIC, "", scopes=()), Answer.NO),
        (Credential(Kind.APP, "", permissions={SEATS: "write"}), Answer.YES),
        (
            Credential(Kind.APP, "", permissions={"organization_administration": "write"}),
            Answer.YES,
        ),
        (Credential(Kind.APP, "", permissions={SEATS: "read"}), Answer.NO),
        (Credential(Kind.APP, "", permissions={}), Answer.NO),
        (Credential(Kind.FINE_GRAINED, ""), Answer.UNKNOWN),
        (Credential(Kind.INSTALLATION, ""), Answer.UNKNOWN),
    ],
)
def test_writing_is_judged_by_what_github_says(credential: Credential, answer: Answer) -> None:
    assert may_write(credential).answer is answer


def test_prefixes_only_choose_words() -> None:
    assert kind_of("ghs_1_eyJ.a.b") is Kind.INSTALLATION
    assert kind_of("github_pat_x") is Kind.FINE_GRAINED
    assert kind_of("0123456789abcdef") is Kind.UNKNOWN
