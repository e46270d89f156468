"""Refusals are told apart by status, headers and words, and say what to do."""

from __future__ import annotations

import json
import ssl
from email.utils import format_datetime

import httpx
import msgspec
import pytest
from github_fake import (
    NOW,
    TOKEN,
    FakeGitHub,
    Waits,
    client_of,
    json_answer,
    reader_of,
    refusal,
    writer_of,
)

from reconciler.errors import (
    AccessBlocked,
    AuthenticationError,
    GitHubError,
    Malformed,
    NotFound,
    NotSent,
    PermissionDenied,
    RateLimited,
    Refused,
    Unreachable,
)
from reconciler.github import Patience, Reader, connect
from reconciler.github.transport import Ask

BILLING = "/orgs/acme/copilot/billing"


def error_from(answer: httpx.Response | Exception) -> GitHubError:
    """Return what asking for the settings ends with; nothing is tried again."""

    def serve(request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        answer.headers.setdefault("Date", format_datetime(NOW, usegmt=True))
        return answer

    with pytest.raises(GitHubError) as caught:
        reader_of(serve, patience=Patience(max_wait=0)).billing()
    return caught.value


# --- answers -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (refusal(401, "Bad credentials"), AuthenticationError, "GITHUB_TOKEN"),
        (refusal(403, "Forbidden"), PermissionDenied, '"GitHub Copilot Business": read'),
        (
            refusal(403, "Resource not accessible by integration", x_ratelimit_remaining="0"),
            PermissionDenied,
            "Resource not accessible by integration",
        ),
        (
            refusal(
                403,
                "Resource not accessible by personal access token",
                X_Accepted_GitHub_Permissions="organization_copilot_seat_management=read",
            ),
            PermissionDenied,
            "organization_copilot_seat_management=read",
        ),
        (
            refusal(403, "SAML", X_GitHub_SSO="required; url=https://github.com/orgs/acme/sso"),
            AccessBlocked,
            "https://github.com/orgs/acme/sso",
        ),
        (refusal(404, "Not Found"), NotFound, "Copilot is not set up there, or the token"),
        (refusal(410, "Gone"), GitHubError, "retired"),
        (refusal(422, "Billing is not set up"), Refused, "Billing is not set up"),
        (refusal(400, "Problems parsing JSON"), GitHubError, "Problems parsing JSON"),
        (refusal(500, "Server Error"), GitHubError, "githubstatus.com"),
        (httpx.Response(503, content=b"<html>"), GitHubError, "not in JSON"),
        (httpx.Response(302, headers={"Location": "https://evil.example/"}), GitHubError, "evil"),
        (httpx.Response(304), GitHubError, "--api-url"),
        (httpx.Response(204), Malformed, "204"),
        (refusal(429, "Too many"), RateLimited, "rate limit"),
        (refusal(403, "Stop", retry_after="30"), RateLimited, "in 30 s, at 2026-11-22 08:00:30"),
        (refusal(403, "API rate limit exceeded for user"), RateLimited, "in a few minutes"),
        (refusal(403, "You have exceeded a secondary rate limit"), RateLimited, "secondary"),
        (refusal(403, "You have triggered an abuse detection mechanism"), RateLimited, "abuse"),
        (
            httpx.Response(403, content=b"You have exceeded a secondary rate limit."),
            RateLimited,
            "rate limit",
        ),
        (
            refusal(
                403,
                "Forbidden",
                x_ratelimit_remaining="0",
                x_ratelimit_reset=str(int(NOW.timestamp()) + 3600),
            ),
            RateLimited,
            "in 60 min, at 2026-11-22 09:00:01",
        ),
    ],
)
def test_answers_are_told_apart(
    answer: httpx.Response, kind: type[GitHubError], words: str
) -> None:
    error = error_from(answer)
    assert type(error) is kind or kind is GitHubError
    assert words in str(error)
    assert f"GET {BILLING}" in str(error)
    assert error.status == answer.status_code


LONG_SSO = "https://github.com/enterprises/acme/sso?authorization_request=" + "A" * 400


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (refusal(403, "Your IP address is not on the ip allow-list of acme"), "IP allow list"),
        (
            refusal(403, "The acme enterprise has an IP allow list enabled. Contact abuse@acme"),
            "IP allow list",
        ),
        (refusal(403, "Resource protected by organization SAML enforcement."), "Configure SSO"),
        (refusal(403, "no", X_GitHub_SSO=f"required; url={LONG_SSO}"), LONG_SSO),
        (refusal(404, "Not Found", X_GitHub_SSO=f"required; url={LONG_SSO}"), LONG_SSO),
        (refusal(403, "acme forbids access via a personal access token (classic)."), "fine-gr"),
        (
            refusal(403, "acme forbids access via a fine-grained personal access token."),
            "does not accept fine-grained",
        ),
        (
            refusal(403, "forbids access via classic tokens if their lifetime exceeds 90 days"),
            "earlier expiration date",
        ),
        (refusal(403, "acme has enabled OAuth App access restrictions"), "approve the app"),
        (refusal(403, "Sorry. Your account was suspended"), "account is suspended"),
        (refusal(403, "Your account has been suspended due to abuse."), "account is suspended"),
        (
            refusal(403, "This installation has been suspended", x_ratelimit_remaining="0"),
            "installation of the GitHub App is suspended",
        ),
        (refusal(403, "acme requires two-factor authentication"), "settings/security"),
        (refusal(403, "Your IP is not in the allow list of the enterprise"), "IP allow list"),
        (refusal(403, "Your token has expired"), "set GITHUB_TOKEN"),
        (refusal(403, "This organization has been flagged."), "support.github.com"),
        (refusal(403, "Blocked due to trade controls"), "support.github.com"),
        (
            refusal(403, "Personal access tokens with fine grained access do not have access"),
            "does not accept fine-grained",
        ),
    ],
)
def test_a_refusal_that_no_permission_removes_names_what_helps(
    answer: httpx.Response, words: str
) -> None:
    error = error_from(answer)
    assert type(error) is AccessBlocked
    assert words in str(error)
    assert json.loads(answer.content)["message"] in str(error)
    assert "permission" not in str(error).lower()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (refusal(403, "Copilot Business is not enabled for this organization."), "enable Copilot"),
        (refusal(422, "Copilot Business is not enabled for this organization."), "enable Copilot"),
        (refusal(422, "Copilot has been disabled by your enterprise"), "enable Copilot"),
        (refusal(422, "Your organization's billing is locked"), "payment method"),
        (refusal(422, "Spending limit reached"), "raise the budget"),
        (refusal(403, "Blocked"), "blocked by the organisation"),
        (refusal(407, "Proxy Authentication Required"), "HTTPS_PROXY"),
        (refusal(451, "Repository access blocked"), "legal reasons"),
    ],
)
def test_a_refusal_by_the_organisation_s_state_names_what_helps(
    answer: httpx.Response, words: str
) -> None:
    said = str(error_from(answer))
    assert words in said
    assert "permission" not in said.lower()
    assert "--api-url" not in said


HTML = {"content-type": "text/html; charset=utf-8"}
PAGE = b"<!DOCTYPE html><html><title>Sign in to GitHub</title></html>"


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, content=PAGE, headers=HTML),
        httpx.Response(200, content=PAGE),
        httpx.Response(404, content=PAGE, headers=HTML),
        httpx.Response(403, content=PAGE, headers=HTML),
        httpx.Response(401, content=b"Unauthorized"),
        httpx.Response(404, content=b"404 page not found", headers={"content-type": "text/plain"}),
        httpx.Response(406, headers=HTML),
        httpx.Response(406),
    ],
)
@pytest.mark.parametrize("base", ["http://127.0.0.1:8080", "https://api.github.com"])
def test_an_answer_that_is_not_the_api_s_is_told_as_that(answer: httpx.Response, base: str) -> None:
    def serve(_: httpx.Request) -> httpx.Response:
        return answer

    client = connect(base, TOKEN, transport=httpx.MockTransport(serve))
    with pytest.raises(GitHubError) as caught:
        Reader(client, "acme", patience=Patience(max_wait=0)).organization()
    assert type(caught.value) in (GitHubError, Malformed)
    wanted = "a proxy or firewall" if "github" in base else "https://api.SUBDOMAIN.ghe.com"
    assert wanted in str(caught.value)
    assert "permission" not in str(caught.value)


@pytest.mark.parametrize(
    "answer",
    [
        json_answer({"login": "acme", "id": 1}, X_GitHub_Enterprise_Version="3.19.1"),
        refusal(404, "Not Found", X_GitHub_Enterprise_Version="3.19.1"),
        json_answer(
            {
                "message": "Not Found",
                "documentation_url": "https://docs.github.com/enterprise-server@3.19/rest",
            },
            404,
        ),
    ],
)
def test_enterprise_server_is_told_by_its_answers(answer: httpx.Response) -> None:
    client = connect(
        "https://git.acme.example", TOKEN, transport=httpx.MockTransport(lambda _: answer)
    )
    with pytest.raises(GitHubError, match=r"GitHub Enterprise Server 3\.19") as caught:
        Reader(client, "acme", patience=Patience(max_wait=0)).organization()
    assert "has no Copilot seats" in str(caught.value)


def test_an_enterprise_in_place_of_an_organisation_is_told() -> None:
    fake = FakeGitHub()
    fake.faults["/orgs/acme"] = [refusal(404, "Not Found")] * 2
    seats = "/enterprises/acme/copilot/billing/seats"
    fake.faults[seats] = [json_answer({"total_seats": 0, "seats": []})]
    with pytest.raises(NotFound, match="acme is an enterprise, not an organisation: write the"):
        reader_of(fake).organization()
    with pytest.raises(NotFound, match="write the login of one of its organisations") as caught:
        reader_of(fake).organization()
    assert "If this is the name of an enterprise" in str(caught.value)


def test_a_redirect_to_a_page_to_sign_in_is_told_as_a_web_address() -> None:
    error = error_from(
        httpx.Response(302, headers={"Location": "https://acme.ghe.com/login?return_to=x"})
    )
    assert "a page to sign in" in str(error)
    assert "https://api.SUBDOMAIN.ghe.com" in str(error)


def test_what_github_says_of_a_refusal_is_told_with_its_details() -> None:
    answer = json_answer(
        {
            "message": "Validation Failed",
            "errors": [
                {"resource": "Seat", "field": "username", "code": "invalid", "value": "mona"},
                {"field": "team", "message": "is not a team"},
                "something else",
                7,
                {},
                "the sixth",
            ],
        },
        422,
        x_github_request_id="ABCD:1234",
    )
    error = error_from(answer)
    assert (
        "Validation Failed; Seat username (mona): invalid; team: is not a team;"
        " something else; 7; and 1 more" in str(error)
    )
    assert error.request_id == "ABCD:1234"
    assert "[request ABCD:1234]" in str(error)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"7",
        b'{"message": 7}',
        b'{"message": null, "errors": "broken"}',
        b'{"errors": {"a": 1}}',
        b'{"errors": [[["x"]]]}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_any_body_of_a_refusal_makes_an_error(body: bytes) -> None:
    assert isinstance(error_from(httpx.Response(422, content=body)), Refused)


def test_words_from_outside_stay_on_one_short_line() -> None:
    error = error_from(refusal(422, "a\x1b[31m\r\nb\u202e" + "x" * 5000))
    assert str(error).isprintable()
    assert len(str(error)) < 700


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "17"}, 17),
        ({"retry-after": "Sun, 22 Nov 2026 08:02:00 GMT"}, 120),
        ({"retry-after": "Sun, 22 Nov 2026 07:00:00 GMT"}, 0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "9" * 400}, None),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "x"}, None),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1"}, 1),
        ({"x-ratelimit-remaining": "9", "x-ratelimit-reset": "99999999999"}, None),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "99999999999"}, 98204585600),
    ],
)
def test_how_long_github_asks_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    error = error_from(httpx.Response(429, headers=headers))
    assert isinstance(error, RateLimited)
    wanted = error.retry_after
    if seconds == 98204585600:
        seconds = 99999999999 - NOW.timestamp() + 1
    assert wanted == seconds


def test_without_a_date_a_reset_is_not_held_against_the_local_clock() -> None:
    fake = FakeGitHub(headers={})
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1795334400"}
    fake.faults[BILLING] = [httpx.Response(429, headers=headers)]
    with pytest.raises(RateLimited) as caught:
        reader_of(fake, patience=Patience(max_wait=0)).billing()
    assert caught.value.retry_after is None


# --- foreign exceptions --------------------------------------------------------------------------


def every_kind_of(root: type[BaseException]) -> list[type[BaseException]]:
    return [root, *(kind for child in root.__subclasses__() for kind in every_kind_of(child))]


def made(kind: type[BaseException]) -> Exception:
    """Return an exception of *kind*, whatever its constructor takes."""
    if kind is httpx.HTTPStatusError:
        request = httpx.Request("GET", "https://api.github.com")
        return httpx.HTTPStatusError("x", request=request, response=httpx.Response(500))
    if issubclass(kind, UnicodeDecodeError):
        return kind("utf-8", b"\xff", 0, 1, "broken")
    for arguments in (("broken",), ()):
        try:
            return kind(*arguments)  # type: ignore[return-value]
        except TypeError:
            continue
    raise AssertionError(kind)


HTTPX = {
    kind
    for name in httpx.__all__
    if isinstance(kind := getattr(httpx, name), type) and issubclass(kind, Exception)
}


def test_the_list_of_httpx_exceptions_is_whole() -> None:
    roots = (httpx.HTTPError, httpx.InvalidURL, httpx.CookieConflict, httpx.StreamError)
    assert {kind for root in roots for kind in every_kind_of(root)} >= HTTPX


@pytest.mark.parametrize(
    "kind",
    [
        *sorted(HTTPX, key=lambda kind: kind.__name__),
        msgspec.DecodeError,
        msgspec.ValidationError,
        ssl.SSLError,
        OSError,
        ConnectionResetError,
        TimeoutError,
        UnicodeDecodeError,
        ValueError,
        OverflowError,
        RecursionError,
    ],
)
def test_no_foreign_exception_gets_out(kind: type[Exception]) -> None:
    foreign = made(kind)
    error = error_from(foreign)
    assert isinstance(error, Unreachable | Malformed)
    assert error.__cause__ is foreign
    assert f"GET {BILLING}" in str(error)


@pytest.mark.parametrize(
    ("foreign", "kind"),
    [
        (httpx.ConnectError("refused"), NotSent),
        (httpx.ConnectTimeout("slow"), NotSent),
        (httpx.PoolTimeout("busy"), NotSent),
        (httpx.ProxyError("407"), NotSent),
        (httpx.ReadTimeout("slow"), Unreachable),
        (httpx.WriteTimeout("slow"), Unreachable),
        (httpx.ReadError("reset"), Unreachable),
        (httpx.RemoteProtocolError("cut"), Unreachable),
        (httpx.DecodingError("gzip"), Malformed),
    ],
)
def test_what_was_certainly_not_sent_is_told_apart(
    foreign: Exception, kind: type[GitHubError]
) -> None:
    assert type(error_from(foreign)) is kind


def test_a_certificate_that_is_not_trusted_is_said_and_not_tried_again() -> None:
    waits = Waits()
    cause = ssl.SSLCertVerificationError("self-signed certificate")
    tries = []

    def serve(request: httpx.Request) -> httpx.Response:
        tries.append(request)
        raise httpx.ConnectError("[SSL] verify failed") from cause

    with pytest.raises(NotSent, match="SSL_CERT_FILE"):
        reader_of(serve, patience=waits.patience()).billing()
    assert len(tries) == 1
    assert waits.slept == []


def test_a_bug_is_not_dressed_up_as_an_answer() -> None:
    def serve(request: httpx.Request) -> httpx.Response:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        reader_of(serve).billing()


# --- redirects -----------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize(
    "target", ["/organizations/9919", "https://api.github.com/organizations/9919"]
)
def test_a_read_that_moved_on_the_same_host_is_followed(status: int, target: str) -> None:
    fake = FakeGitHub()
    fake.faults["/orgs/acme"] = [httpx.Response(status, headers={"Location": target})]
    fake.faults["/organizations/9919"] = [json_answer({"login": "acme-new", "id": 9919})]
    assert reader_of(fake).organization().login == "acme-new"
    assert fake.requests[-1].headers["authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/orgs/acme",
        "http://api.github.com/orgs/acme",
        "https://api.github.com:444/orgs/acme",
        "//evil.example",
        "https://[",
        "file:///etc/passwd",
    ],
)
def test_a_read_that_moved_to_another_host_is_refused_and_the_token_stays(target: str) -> None:
    fake = FakeGitHub()
    fake.faults["/orgs/acme"] = [httpx.Response(302, headers={"Location": target})]
    with pytest.raises(GitHubError, match=r"token is for api\.github\.com only"):
        reader_of(fake).organization()
    assert fake.paths() == ["/orgs/acme"]


def test_a_redirect_without_end_is_an_error() -> None:
    def serve(request: httpx.Request) -> httpx.Response:
        return httpx.Response(301, headers={"Location": str(request.url)})

    with pytest.raises(GitHubError, match="circles"):
        reader_of(serve).organization()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_write_is_never_sent_elsewhere(status: int) -> None:
    fake = FakeGitHub()
    place = f"{BILLING}/selected_users"
    fake.faults[place] = [httpx.Response(status, headers={"Location": "/elsewhere"})]
    with pytest.raises(GitHubError, match="not followed"):
        writer_of(fake).create_users(["mona"])
    assert fake.paths() == [place]


def test_a_client_that_follows_redirects_by_itself_is_kept_from_it() -> None:
    fake = FakeGitHub()
    fake.faults["/orgs/acme"] = [httpx.Response(302, headers={"Location": "https://evil.example/"})]
    client = client_of(fake)
    client.follow_redirects = True
    with pytest.raises(GitHubError, match="not followed"):
        Reader(client, "acme").organization()
    assert len(fake.requests) == 1


# --- reading can't write -------------------------------------------------------------------------


def test_the_reader_has_no_way_to_write() -> None:
    fake = FakeGitHub()
    reader = reader_of(fake)
    for method in ("POST", "DELETE", "PUT", "PATCH", "get"):
        with pytest.raises(RuntimeError, match="not for"):
            reader._channel.send(Ask(method, "/orgs/acme", "nothing"))
    assert fake.requests == []
    words = ("create", "delete", "post", "put", "patch", "request", "write")
    assert [name for name in everything_held(reader) if name in words] == []


def everything_held(thing: object) -> set[str]:
    """Return the names of all that can be reached through the attributes of *thing*."""
    names: set[str] = set()
    seen: set[int] = set()
    waiting = [thing]
    while waiting:
        one = waiting.pop()
        if id(one) in seen or not type(one).__module__.startswith(("reconciler", "httpx")):
            continue
        seen.add(id(one))
        names.update(name.split("_")[0] for name in dir(one) if not name.startswith("_"))
        slots = [name for kind in type(one).__mro__ for name in getattr(kind, "__slots__", ())]
        waiting += [getattr(one, name) for name in (*slots, *getattr(one, "__dict__", ()))]
    return names


@pytest.mark.parametrize(
    ("said", "credential"),
    [
        ("Your IP address is not permitted: the organization has an IP allow list enabled", True),
        ("Resource protected by organization SAML enforcement.", True),
        ("Resource not accessible by integration", True),
        ("This user is suspended.", False),
        ("The user must have a verified email address.", False),
        ("Blocked", False),
    ],
)
def test_only_certain_words_are_about_the_credential(said: str, credential: bool) -> None:
    assert error_from(refusal(403, said)).about_credential is credential
