"""A GitHub App: a signature buys a token, which is renewed in time and shown to nobody."""

from __future__ import annotations

import builtins
import json
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import github_fake
import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from github_fake import BASE, Waits, json_answer, refusal

from reconciler.errors import AuthenticationError, NotFound, PermissionDenied, UsageError
from reconciler.github import App, Reader, app_from, connect
from reconciler.github.app import AppToken
from reconciler.sandbox import World, serve

_PRIVATE = rsa.generate_private_key(public_exponent=65537, key_size=2048)
KEY = _PRIVATE.private_bytes(
    serialization.Encoding.PEM,
    serialization.PrivateFormat.TraditionalOpenSSL,
    serialization.NoEncryption(),
).decode()
PUBLIC = _PRIVATE.public_key()
EXAMPLE = json.loads(
    (Path(__file__).parents[1] / "fixtures/openapi-copilot.json").read_text(encoding="utf-8")
)["components"]["examples"]["installation-token"]["value"]


@dataclass
class Apps:
    """Stands in for GitHub's operations on Apps; `ahead` is how far its clock is from ours."""

    ahead: float = 0.0
    lifetime: float = 3600.0
    requests: list[httpx.Request] = field(default_factory=list)
    issued: int = 0
    answers: dict[str, httpx.Response] = field(default_factory=dict)
    elapsed: float = 0.0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        now = datetime.now(UTC) + timedelta(seconds=self.ahead)
        response = self.answers.get(request.url.path) or self._answer(request, now)
        response.headers["Date"] = format_datetime(now.replace(microsecond=0), True)
        return response

    def _answer(self, request: httpx.Request, now: datetime) -> httpx.Response:
        claims = self.claims(request)
        if not now.timestamp() - 700 < claims["iat"] <= now.timestamp() < claims["exp"]:
            return refusal(401, "'Expiration time' claim ('exp') must be a numeric value")
        if claims["exp"] - claims["iat"] > 600:
            return refusal(401, "'Expiration time' claim ('exp') is too far in the future")
        if request.url.path == "/orgs/acme/installation":
            return json_answer({"id": 77, "app_id": 1})
        if request.url.path == "/app/installations/77/access_tokens":
            self.issued += 1
            end = (now + timedelta(seconds=self.lifetime)).strftime("%Y-%m-%dT%H:%M:%SZ")
            token = f"ghs_{'x' * 500}.{self.issued}"
            return json_answer(EXAMPLE | {"token": token, "expires_at": end}, 201)
        return refusal(404, "Not Found")

    def claims(self, request: httpx.Request) -> dict[str, Any]:
        token = request.headers["authorization"].removeprefix("Bearer ")
        options = {"verify_exp": False, "verify_iat": False}
        found: dict[str, Any] = jwt.decode(token, PUBLIC, algorithms=["RS256"], options=options)
        return found

    def paths(self) -> list[str]:
        return [f"{request.method} {request.url.path}" for request in self.requests]

    def token(self, installation: str | None = None, key: str = KEY) -> AppToken:
        return AppToken(
            BASE,
            App("12345", key, installation),
            "acme",
            patience=Waits().patience(),
            transport=httpx.MockTransport(self),
            elapsed=lambda: self.elapsed,
        )


def test_the_installation_is_found_by_the_organisation() -> None:
    apps = Apps()
    assert apps.token()() == f"ghs_{'x' * 500}.1"
    assert apps.paths() == [
        "GET /orgs/acme/installation",
        "POST /app/installations/77/access_tokens",
    ]
    assert {apps.claims(request)["iss"] for request in apps.requests} == {"12345"}


def test_a_known_installation_is_not_looked_for() -> None:
    apps = Apps()
    token = apps.token("77")
    token()
    assert apps.paths() == ["POST /app/installations/77/access_tokens"]
    assert token.permissions == {"issues": "write", "contents": "read"}


def test_a_token_is_used_until_shortly_before_its_end() -> None:
    apps = Apps()
    token = apps.token()
    first = token()
    apps.elapsed = 3200
    assert token() == first
    apps.elapsed = 3310
    assert token() != first
    assert apps.issued == 2
    assert apps.paths().count("GET /orgs/acme/installation") == 1


def test_a_token_that_ends_soon_is_not_asked_for_anew_with_every_request() -> None:
    apps = Apps(lifetime=60)
    token = apps.token()
    assert token() == token()
    assert apps.issued == 1


@pytest.mark.parametrize("ahead", [-86_400, 86_400])
def test_a_wrong_clock_of_this_machine_does_no_harm(ahead: float) -> None:
    apps = Apps(ahead=ahead)
    token = apps.token()
    assert token().endswith(".1")
    apps.elapsed = 3200
    assert token().endswith(".1")


def test_a_refused_signature_is_told_as_such() -> None:
    apps = Apps(answers={"/orgs/acme/installation": refusal(401, "Bad credentials")})
    with pytest.raises(AuthenticationError, match="don't belong together") as caught:
        apps.token()()
    assert "GITHUB_TOKEN" not in str(caught.value).partition("(")[0]


def test_an_app_that_is_not_installed_is_told_as_such() -> None:
    apps = Apps(answers={"/orgs/acme/installation": refusal(404, "Not Found")})
    with pytest.raises(NotFound, match="App 12345 is not installed in acme"):
        apps.token()()


def test_an_unknown_installation_is_told_as_such() -> None:
    with pytest.raises(NotFound, match="GITHUB_APP_INSTALLATION_ID"):
        Apps().token("78")()


def test_a_suspended_installation_is_refused() -> None:
    words = "This installation has been suspended"
    apps = Apps(answers={"/app/installations/77/access_tokens": refusal(403, words)})
    with pytest.raises(PermissionDenied, match=words):
        apps.token("77")()


def test_nothing_shows_key_or_token() -> None:
    apps = Apps()
    token = apps.token()
    secret = token()
    for shown in (repr(token), str(token), repr(app_from(environ())), repr(token._token)):
        assert secret not in shown
        assert "PRIVATE KEY" not in shown


# --- the environment ------------------------------------------------------------------------------


def environ(**changes: str) -> dict[str, str]:
    return {"GITHUB_APP_ID": "12345", "GITHUB_APP_PRIVATE_KEY": KEY, **changes}


def test_the_key_may_be_text_or_a_path(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text(KEY, encoding="ascii")
    texts = (KEY, KEY.replace("\n", "\\n"), str(tmp_path / "key.pem"), f"  {KEY}\n\n")
    for text in texts:
        app = app_from(environ(GITHUB_APP_PRIVATE_KEY=text, GITHUB_APP_INSTALLATION_ID="77"))
        assert app is not None
        assert (app.key.strip(), app.id, app.installation) == (KEY.strip(), "12345", "77")


def test_no_app_is_no_error() -> None:
    assert app_from({"GITHUB_TOKEN": "x", "GITHUB_APP_ID": ""}) is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"GITHUB_APP_ID": ""}, "GITHUB_APP_ID is not"),
        ({"GITHUB_APP_PRIVATE_KEY": ""}, "GITHUB_APP_PRIVATE_KEY is not"),
        ({"GITHUB_APP_ID": "12 345"}, "GITHUB_APP_ID holds a space"),
        ({"GITHUB_APP_INSTALLATION_ID": "latest"}, "is no number"),
        ({"GITHUB_APP_PRIVATE_KEY": "MIIEsecret"}, "neither a key"),
        ({"GITHUB_APP_PRIVATE_KEY": "MIIE\0secret"}, "neither a key"),
        ({"GITHUB_APP_PRIVATE_KEY": "MIIEsecret" * 1000}, "neither a key"),
        ({"GITHUB_APP_PRIVATE_KEY": "~nobody-here/MIIEsecret"}, "neither a key"),
        ({"GITHUB_APP_PRIVATE_KEY": github_fake.__file__}, "holds no key"),
    ],
)
def test_half_an_app_is_an_error_that_shows_nothing(changes: dict[str, str], words: str) -> None:
    with pytest.raises(AuthenticationError, match=words) as caught:
        app_from(environ(**changes))
    assert "MIIE" not in str(caught.value)


@pytest.mark.parametrize(
    "key",
    [
        "-----BEGIN RSA PRIVATE KEY-----\nMIIEsecret\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN",
    ],
)
def test_a_key_that_is_none_is_an_error_that_shows_nothing(key: str) -> None:
    with pytest.raises(AuthenticationError, match="can't be read as an RSA private key") as caught:
        Apps().token(key=key)
    assert caught.value.__cause__ is None
    assert "MIIE" not in str(caught.value)


def test_without_the_extra_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name.partition(".")[0] == "jwt":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(UsageError, match=r"copilot-seats\[app\]"):
        Apps().token()


# --- on the sandbox -------------------------------------------------------------------------------


@pytest.fixture
def world() -> World:
    people = [{"login": "octocat", "id": 1}]
    seats = [{"assignee": people[0], "created_at": "-90d"}]
    return World.from_snapshot(
        {"organization": {"login": "acme", "id": 9}, "seats": seats, "members": people}
    )


def test_an_app_reads_the_sandbox_and_outlives_its_token(world: World) -> None:
    began = time.monotonic()
    clock = {"ahead": 0.0}
    with serve(world) as sandbox:
        token = AppToken(
            sandbox.url,
            App("1", KEY),
            "acme",
            elapsed=lambda: time.monotonic() - began + clock["ahead"],
        )
        with connect(sandbox.url, token) as client:
            reader = Reader(client, "acme")
            assert len(reader.seats().rows) == 1
            world.advance(timedelta(hours=2))
            clock["ahead"] = 7200
            assert len(reader.seats().rows) == 1
        token.close()
