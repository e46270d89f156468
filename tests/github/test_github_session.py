"""The token goes to the right address only, and nobody ever sees it."""

from __future__ import annotations

import contextlib
import logging
import pickle
import threading
import traceback
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from github_fake import BASE, TOKEN, FakeGitHub, Waits, json_answer, refusal, seat

from reconciler.errors import (
    AuthenticationError,
    GitHubError,
    Malformed,
    NotSent,
    Unreachable,
    UsageError,
)
from reconciler.github import Patience, Reader, Writer, connect, token_from
from reconciler.github.proxies import found_for

# --- addresses -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://api.github.com", "https://api.github.com"),
        ("https://api.github.com/", "https://api.github.com"),
        ("https://api.github.com///", "https://api.github.com"),
        ("https://api.acme.ghe.com:443", "https://api.acme.ghe.com"),
        ("HTTPS://API.GITHUB.COM", "https://api.github.com"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://127.8.9.10:8080/api/v3/", "http://127.8.9.10:8080/api/v3"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://LocalHost:8080", "http://localhost:8080"),
    ],
)
def test_addresses_that_a_token_may_be_sent_to(address: str, host: str) -> None:
    with connect(address, TOKEN, transport=httpx.MockTransport(FakeGitHub())) as client:
        assert str(client.base_url).rstrip("/") == host


@pytest.mark.parametrize(
    "address",
    [
        "",
        "api.github.com",
        "http://api.github.com",
        "http://127.0.0.1.evil.example",
        "http://localhost.evil.example",
        "http://127.0.0.1@evil.example",
        "http://0.0.0.0",
        "http://[::]",
        "http://[::ffff:127.0.0.1]",
        "http://127.1",
        "http://2130706433",
        "http://192.168.0.1",
        "http://\uff11\uff12\uff17.0.0.1",
        "https://me:SECRET@api.github.com",
        "https://SECRET@api.github.com",
        "https://api.github.com?token=SECRET",
        "https://api.github.com?",
        "https://api.github.com#SECRET",
        "https://api.github.com\\@evil.example",
        "https://api.github.com /",
        "https://api.github.com\n",
        "https://\u0430pi.github.com",
        "https://",
        "https:///orgs",
        "https://[::1",
        "https://api.github.com:99999",
        "https://api.github.com:x",
        "ftp://api.github.com",
        "file:///etc/passwd",
        "//api.github.com",
    ],
)
def test_addresses_that_are_refused_without_repeating_a_secret(address: str) -> None:
    with pytest.raises(UsageError) as caught:
        connect(address, TOKEN)
    assert "SECRET" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("https://github.com", "is a web address, not the API. Give it as https://api.github.com "),
        ("https://www.github.com/acme", "is a web address"),
        ("https://acme.ghe.com", "Give it as https://api.acme.ghe.com "),
        ("https://acme.ghe.com/api/v3", "Give it as https://api.acme.ghe.com "),
        ("https://copilot-api.acme.ghe.com", "Give it as https://api.acme.ghe.com "),
        ("https://ghe.com", "Give it as https://api.SUBDOMAIN.ghe.com "),
        ("https://api.ghe.com", "Give it as https://api.SUBDOMAIN.ghe.com "),
        ("acme.ghe.com", "begin with https://. Give it as https://api.acme.ghe.com "),
        ("api.acme.ghe.com/", "begin with https://. Give it as https://api.acme.ghe.com "),
        ("https://api.acme.ghe.com/api/v3", "has no path. Give it as https://api.acme.ghe.com "),
        ("https://api.github.com/graphql", "has no path"),
        ("https://git.acme.example/api/v3/", "GitHub Enterprise Server, which has no Copilot"),
    ],
)
def test_a_web_address_or_enterprise_server_is_refused_with_what_to_write(
    address: str, words: str
) -> None:
    with pytest.raises(UsageError) as caught:
        connect(address, TOKEN)
    assert words in str(caught.value)


# --- tokens --------------------------------------------------------------------------------------


def test_the_token_comes_from_the_environment() -> None:
    assert token_from({"GITHUB_TOKEN": "a", "GH_TOKEN": "b"}) == "a"
    assert token_from({"GITHUB_TOKEN": "", "GH_TOKEN": "b"}) == "b"
    assert token_from({"GITHUB_TOKEN": "ghs_1_" + "x" * 3000}) == "ghs_1_" + "x" * 3000


@pytest.mark.parametrize("environ", [{}, {"GITHUB_TOKEN": "", "GH_TOKEN": ""}])
def test_a_missing_token_is_said_with_what_it_must_be_able_to_do(environ: dict[str, str]) -> None:
    with pytest.raises(AuthenticationError, match="GitHub Copilot Business"):
        token_from(environ)


@pytest.mark.parametrize(
    "token", [f"{TOKEN}\n", f" {TOKEN}", f"{TOKEN}\x00", f"{TOKEN}\u00e9", f"Bearer {TOKEN}"]
)
def test_a_token_that_is_none_is_refused_without_showing_it(token: str) -> None:
    for use in (
        lambda: token_from({"GH_TOKEN": token}),
        lambda: connect(BASE, token),
        lambda: Reader(connect(BASE, lambda: token), "acme").organization(),
    ):
        with pytest.raises(AuthenticationError) as caught:
            use()
        assert TOKEN not in "".join(traceback.format_exception(caught.value))


def test_a_token_may_be_renewed_between_requests() -> None:
    fake, tokens = FakeGitHub(), iter(["first", "second"])
    reader = Reader(
        connect(BASE, lambda: next(tokens), transport=httpx.MockTransport(fake)), "acme"
    )
    reader.organization()
    reader.billing()
    sent = [request.headers["authorization"] for request in fake.requests]
    assert sent == ["Bearer first", "Bearer second"]


def test_the_token_stays_with_the_address_whatever_the_client_is_used_for() -> None:
    fake = FakeGitHub()
    with connect(BASE, TOKEN, transport=httpx.MockTransport(fake)) as client:
        for address in ("https://evil.example/", "http://api.github.com/", f"{BASE}:444/"):
            client.get(address)
    assert [request.headers.get("authorization") for request in fake.requests] == [None] * 3


FAULTS = [
    refusal(401, f"Bad credentials: Bearer {TOKEN}"),
    refusal(403, f"no {TOKEN}"),
    json_answer({"message": "no", "errors": [{"message": TOKEN}, TOKEN]}, 422),
    refusal(429, TOKEN, retry_after="9999"),
    refusal(404, TOKEN, x_github_request_id=TOKEN),
    refusal(500, TOKEN),
    httpx.Response(302, headers={"Location": f"https://evil.example/{TOKEN}"}),
    httpx.Response(200, content=TOKEN.encode()),
    httpx.ConnectError("refused"),
    httpx.LocalProtocolError("Illegal header value"),
]


@pytest.mark.parametrize("fault", FAULTS)
def test_the_token_is_in_no_error_repr_or_log(
    fault: httpx.Response | Exception,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    fake, waits = FakeGitHub(), Waits()
    fake.faults["/orgs/acme"] = [fault] * 9
    client = connect(BASE, TOKEN, transport=httpx.MockTransport(fake))
    patience = waits.patience()
    reader, writer = Reader(client, "acme", patience=patience), Writer(client, "acme")
    with pytest.raises(GitHubError) as caught:
        reader.organization()
    shown = [
        *traceback.format_exception(caught.value),
        repr(caught.value),
        str(vars(caught.value)),
        *(repr(thing) for thing in (client, client.auth, reader, writer, patience)),
        *(f"{record.getMessage()} {record.args}" for record in caplog.records),
        *capfd.readouterr(),
        str(waits.told),
    ]
    assert fake.requests[0].headers["authorization"] == f"Bearer {TOKEN}"
    assert [text for text in shown if TOKEN in text] == []


def test_the_connection_cannot_be_saved_with_its_token() -> None:
    client = connect(BASE, TOKEN, transport=httpx.MockTransport(FakeGitHub()))
    with pytest.raises((TypeError, AttributeError, pickle.PicklingError)):
        pickle.dumps(client.auth)


# --- the real thing, on this machine -------------------------------------------------------------


class Handler(BaseHTTPRequestHandler):
    """Passes requests to the fake, over a real connection."""

    protocol_version = "HTTP/1.1"
    fake: FakeGitHub

    def handle_one_method(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        path = self.path if self.path.startswith("/") else f"/{self.path}"
        url = f"http://{self.headers['Host']}{path}"
        answer = self.fake(
            httpx.Request(self.command, url, headers=dict(self.headers), content=body)
        )
        self.send_response_only(answer.status_code)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        with contextlib.suppress(ConnectionError):  # the client may have given up
            self.end_headers()
            self.wfile.write(answer.extensions.get("raw", answer.content))

    do_GET = do_POST = do_DELETE = do_CONNECT = handle_one_method  # noqa: N815

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def fake() -> FakeGitHub:
    return FakeGitHub(seats=[seat(n) for n in range(1, 951)])


@pytest.fixture
def served(fake: FakeGitHub) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"fake": fake}))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_everything_works_over_a_real_connection(fake: FakeGitHub, served: str) -> None:
    with connect(served, TOKEN) as client:
        reader = Reader(client, "acme")
        assert reader.organization().host == served
        assert [row.account.id for row in reader.seats().rows if row.account] == [*range(1, 951)]
        assert Writer(client, "acme").delete_users(["user-7", "user-8"]) == 2
        rows = reader.seats().rows
    pending = [row.account.login for row in rows if not row.live and row.account]
    assert pending == ["user-7", "user-8"]
    assert {request.headers["authorization"] for request in fake.requests} == {f"Bearer {TOKEN}"}


def test_a_body_cut_on_the_way_is_no_shorter_list(fake: FakeGitHub, served: str) -> None:
    def cut(request: httpx.Request) -> httpx.Response:
        # The length says that there is more; then the connection is closed.
        headers = {"Content-Length": "1000", "Connection": "close"}
        return httpx.Response(200, headers=headers, extensions={"raw": b'{"seats": ['})

    page = "/orgs/acme/copilot/billing/seats?per_page=100&page=4"
    fake.faults[page] = [cut] * 9
    with connect(served, TOKEN) as client, pytest.raises(Unreachable, match="page=4"):
        Reader(client, "acme", patience=Waits().patience()).seats()


def test_a_body_that_is_not_what_its_encoding_says_is_an_error(
    fake: FakeGitHub, served: str
) -> None:
    broken = httpx.Response(200, extensions={"raw": b"hello"})
    broken.headers.update({"Content-Encoding": "gzip", "Content-Length": "5"})
    fake.faults["/orgs/acme"] = [broken]
    with connect(served, TOKEN) as client, pytest.raises(Malformed):
        Reader(client, "acme").organization()


def test_nobody_there_is_not_sent() -> None:
    with connect("http://127.0.0.1:1", TOKEN) as client, pytest.raises(NotSent, match="--api-url"):
        Reader(client, "acme", patience=Patience(max_wait=0)).organization()


def test_a_server_that_does_not_answer_is_given_up(fake: FakeGitHub, served: str) -> None:
    release = threading.Event()

    def hang(request: httpx.Request) -> httpx.Response:
        release.wait(5)
        return json_answer({})

    fake.faults["/orgs/acme"] = [hang]
    with (
        connect(served, TOKEN, timeout=0.1) as client,
        pytest.raises(Unreachable, match="in time"),
    ):
        Reader(client, "acme", patience=Patience(max_wait=0)).organization()
    release.set()


def test_this_machine_is_reached_directly_and_without_netrc(
    fake: FakeGitHub, served: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password netrc-secret\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    for variable in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(variable, "http://127.0.0.1:1")
    with connect(served, TOKEN) as client:
        assert Reader(client, "acme").organization().id == 9919
    assert fake.requests[0].headers["authorization"] == f"Bearer {TOKEN}"


def test_a_proxy_of_the_environment_is_used_for_the_network_and_never_sees_the_token(
    fake: FakeGitHub, served: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", served)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with connect(BASE, TOKEN) as client, pytest.raises(NotSent):
        Reader(client, "acme", patience=Patience(max_wait=0)).organization()
    assert [request.method for request in fake.requests] == ["CONNECT"]
    assert TOKEN not in str(fake.requests[0].headers.raw)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("HTTPS_PROXY", "ftp://me:PASSWORD@proxy.example"),
        ("HTTPS_PROXY", "http://me:PASSWORD@proxy.example:x"),
        ("SSL_CERT_FILE", "/nowhere/PASSWORD.pem"),
    ],
)
def test_settings_of_the_environment_that_do_not_work_are_named(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(UsageError, match=variable) as caught:
        connect(BASE, TOKEN)
    assert "PASSWORD" not in "".join(traceback.format_exception(caught.value))


def without_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize("upper", [False, True])
@pytest.mark.parametrize(
    ("address", "entries", "direct"),
    [
        ("https://api.acme.ghe.com", "localhost,127.0.0.1,::1/128", False),
        (
            "https://api.acme.ghe.com",
            "fd07:b51a:cc66:f0::/64, [::1], [::1/128], [fe80::1]:80",
            False,
        ),
        ("https://api.acme.ghe.com", "10.0.0.0/8,.corp.example,[,://,*[,a:b:c,%%", False),
        ("https://api.acme.ghe.com", "::1/128,.ghe.com", True),
        ("https://api.acme.ghe.com", "*.ghe.com", True),
        ("https://api.acme.ghe.com", "GHE.com", True),
        ("https://api.acme.ghe.com", "me.ghe.com", False),
        ("https://api.acme.ghe.com", "a.example api.acme.ghe.com", True),
        ("https://api.acme.ghe.com", "api.acme.ghe.com:443", True),
        ("https://api.acme.ghe.com", "api.acme.ghe.com:8443", False),
        ("https://api.acme.ghe.com", "*", True),
        ("https://api.acme.ghe.com", "https://ghe.com", True),
        ("https://api.acme.ghe.com", "http://ghe.com", False),
        ("https://10.1.2.3", "10.0.0.0/8", True),
        ("https://11.1.2.3", "10.0.0.0/8", False),
        ("https://[fd00::7]", "fd00::/8", True),
        ("https://[fd00::7]", "[fd00::7]:443", True),
        ("https://[fd00::7]", "[fd00::8]", False),
    ],
)
def test_no_proxy_is_understood_or_passed_over(
    address: str, entries: str, direct: bool, upper: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_proxies(monkeypatch)
    names = ("https_proxy", "no_proxy")
    proxy, no = (name.upper() for name in names) if upper else names
    monkeypatch.setenv(proxy, "proxy.example:3128")
    monkeypatch.setenv(no, entries)
    connect(address, TOKEN).close()
    found = found_for(httpx.URL(address))
    assert (found is None) is direct
    if found is not None:
        assert found.shown == f"proxy.example:3128 ({proxy})"


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("ftp://me:PASSWORD@proxy.example", "scheme ftp://, which is not supported"),
        ("socks4://me:PASSWORD@proxy.example", "scheme socks4://, which is not supported"),
        ("socks5://me:PASSWORD@proxy.example", "pip install 'httpx[socks]'"),
        ("http://me:PASSWORD@proxy.example:x", "can't be read"),
        ("http://", "can't be read"),
    ],
)
def test_a_proxy_that_can_t_be_used_is_named_by_its_variable_alone(
    variable: str, value: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_proxies(monkeypatch)
    monkeypatch.setenv(variable, value)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(UsageError) as caught:
        connect(BASE, TOKEN)
    assert str(caught.value).startswith(f"{variable} ")
    assert words in str(caught.value)
    assert "PASSWORD" not in "".join(traceback.format_exception(caught.value))


def test_a_proxy_for_other_addresses_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    without_proxies(monkeypatch)
    monkeypatch.setenv("all_proxy", "socks4://proxy.example")
    monkeypatch.setenv("http_proxy", "ftp://proxy.example")
    monkeypatch.setenv("https_proxy", "http://proxy.example")
    connect(BASE, TOKEN).close()
    monkeypatch.setenv("https_proxy", "ftp://proxy.example")
    monkeypatch.setenv("no_proxy", "api.github.com")
    connect(BASE, TOKEN).close()


@pytest.mark.parametrize(
    ("status", "words"),
    [(407, "Write its user and password into HTTPS_PROXY"), (403, "Have api.github.com allowed")],
)
def test_a_proxy_that_refuses_is_named_and_not_asked_again(
    status: int,
    words: str,
    fake: FakeGitHub,
    served: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    without_proxies(monkeypatch)
    monkeypatch.setattr(fake, "_answer", lambda _: refusal(status, "no"))
    monkeypatch.setenv("HTTPS_PROXY", served.replace("//", "//me:hunter2@"))
    waits = Waits()
    with connect(BASE, TOKEN) as client, pytest.raises(NotSent) as caught:
        Reader(client, "acme", patience=waits.patience()).organization()
    assert words in str(caught.value)
    assert f"{served.removeprefix('http://')} (HTTPS_PROXY)" in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert waits.told == []


def test_a_proxy_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    without_proxies(monkeypatch)
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    with connect(BASE, TOKEN) as client, pytest.raises(NotSent) as caught:
        Reader(client, "acme", patience=Waits().patience()).organization()
    assert "through the proxy 127.0.0.1:9 (https_proxy)" in str(caught.value)
    assert "add api.github.com to NO_PROXY" in str(caught.value)
