"""Where `origin` is, and to whom a token goes: to the host of GITHUB_SERVER_URL and nobody else."""

from __future__ import annotations

import base64
import os
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from git_place import NAME, Place, git, write

from reconciler.errors import LedgerError
from reconciler.ledger.git import TOKEN
from reconciler.ledger.git.credentials import Access, access

SECRET = "ghs_branchTokenThatMustNeverBeShown/+123"
BASIC = base64.b64encode(f"x-access-token:{SECRET}".encode()).decode()


@dataclass
class Host:
    """A git server on loopback that wants *wanted* as Authorization, and notes what it was sent."""

    root: Path
    wanted: str = f"Basic {BASIC}"
    sent: list[str | None] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    """What it was called by those who asked."""
    moved_to: str = ""
    url: str = ""


def _handler(host: Host) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None: ...

        def do_GET(self) -> None:
            host.sent.append(", ".join(self.headers.get_all("Authorization") or []) or None)
            host.names.append(self.headers["Host"])
            if host.moved_to:
                self.send_response(301)
                self.send_header("Location", host.moved_to + self.path)
                self.send_header("Content-Length", "0")
                self.end_headers()
            elif host.sent[-1] != host.wanted:
                body = f"no: {host.sent[-1]}".encode()
                self.send_response(403 if host.sent[-1] else 401)
                self.send_header("WWW-Authenticate", 'Basic realm="git"')
                self.send_header("Content-Type", "text/plain")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            else:
                self._serve()

        do_POST = do_GET  # noqa: N815

        def _serve(self) -> None:
            path, _, query = self.path.partition("?")
            body = self._body()
            environ = {
                "PATH": os.environ["PATH"],
                "GIT_PROJECT_ROOT": str(host.root),
                "GIT_HTTP_EXPORT_ALL": "1",
                "REMOTE_USER": "somebody",
                "REQUEST_METHOD": self.command,
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "CONTENT_LENGTH": str(len(body)),
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            }
            done = subprocess.run(
                ["git", "http-backend"], env=environ, input=body, capture_output=True, check=True
            )
            head, _, content = done.stdout.partition(b"\r\n\r\n")
            headers = dict(line.split(": ", 1) for line in head.decode().splitlines())
            self.send_response(int(headers.pop("Status", "200").split()[0]))
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def _body(self) -> bytes:
            if self.headers.get("Transfer-Encoding") != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length", 0)))
            found = b""
            while size := int(self.rfile.readline(), 16):
                found += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return found

    return Handler


@pytest.fixture
def host(begun: Place) -> Iterator[Host]:
    """The place's remote behind http; `origin` is there."""
    found = Host(begun.root)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(found))
    found.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    git(begun.here, "remote", "set-url", "origin", f"{found.url}/remote.git")
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


def written(place: Place, **environ: str) -> None:
    with place.state(**environ) as state:
        path = write(state, '{"n":2}\n')
        state.opened(path, "drift")
        state.closed(path)


def test_the_token_opens_the_repository(begun: Place, host: Host) -> None:
    written(begun, **{TOKEN: SECRET, "GITHUB_SERVER_URL": host.url})
    assert begun.content() == '{"n":1}\n{"n":2}'
    assert set(host.sent) == {f"Basic {BASIC}"}


def test_the_token_takes_the_place_of_what_a_checkout_has_left(begun: Place, host: Host) -> None:
    """GitHub refuses two of them."""
    git(begun.here, "config", f"http.{host.url}/.extraheader", "AUTHORIZATION: basic b2xk")
    written(begun, **{TOKEN: SECRET, "GITHUB_SERVER_URL": host.url})
    assert set(host.sent) == {f"Basic {BASIC}"}


def test_without_a_token_what_a_checkout_has_left_is_used(begun: Place, host: Host) -> None:
    """Also from a file that the configuration includes for this repository only."""
    host.wanted = "basic bGVmdA=="
    included = begun.root / "credentials.config"
    git(begun.here, "config", "--file", included, f"http.{host.url}/.extraheader", "X: 1")
    git(
        *(begun.here, "config", "--file", included, "--add"),
        *(f"http.{host.url}/.extraheader", "AUTHORIZATION: basic bGVmdA=="),
    )
    git(begun.here, "config", f"includeIf.gitdir:{begun.here}/.git.path", included)
    written(begun)
    assert begun.content() == '{"n":1}\n{"n":2}'
    assert set(host.sent) == {"basic bGVmdA=="}


def test_the_user_s_credential_helper_is_used(begun: Place, host: Host) -> None:
    host.wanted = f"Basic {base64.b64encode(b'mona:pass').decode()}"
    git(
        *(begun.here, "config", "credential.helper"),
        '!f() { test "$1" = get && echo username=mona && echo password=pass; }; f',
    )
    written(begun)
    assert begun.content() == '{"n":1}\n{"n":2}'


def test_nobody_is_asked_for_a_password(begun: Place, host: Host) -> None:
    with pytest.raises(
        LedgerError, match=r"could not be fetched: .*terminal prompts disabled."
    ) as told:
        written(begun)
    assert str(told.value).endswith(f"{TOKEN} can hold a token that opens it")


@pytest.mark.parametrize(
    ("server", "why"),
    [
        ("https://github.com", r"was not used: it goes to https://github\.com only"),
        ("http://localhost:1", r"was not used: it goes to http://localhost:1 only"),
        ("", r"was not used: it goes to https://github\.com only"),
    ],
)
def test_the_token_goes_to_no_other_host(begun: Place, host: Host, server: str, why: str) -> None:
    with pytest.raises(LedgerError, match=why) as told:
        written(begun, **{TOKEN: SECRET, "GITHUB_SERVER_URL": server})
    assert set(host.sent) == {None}
    assert SECRET not in str(told.value)


def test_the_token_does_not_follow_to_another_host(begun: Place, host: Host) -> None:
    host.moved_to = host.url.replace("127.0.0.1", "localhost")
    with pytest.raises(LedgerError, match="could not be fetched"):
        written(begun, **{TOKEN: SECRET, "GITHUB_SERVER_URL": host.url})
    assert {name for name in host.names if name.startswith("localhost")} == set()


def test_the_token_is_in_no_word_and_no_argument(begun: Place, host: Host, tmp_path: Path) -> None:
    """A git that notes its arguments, and a server that repeats what it was sent."""
    host.wanted = "nothing will do"
    real = subprocess.run(["which", "git"], capture_output=True, text=True, check=True)
    spy = tmp_path / "bin" / "git"
    spy.parent.mkdir()
    spy.write_text(
        f'#!/bin/sh\nprintf "%s\\n" "$*" >> {tmp_path}/arguments\n'
        f"env | grep -e ^{TOKEN}= -e ^GITHUB_APP_PRIVATE_KEY= >> {tmp_path}/environment\n"
        f'echo "remote: $GIT_CONFIG_VALUE_13 {SECRET}" >&2\nexec {real.stdout.strip()} "$@"\n'
    )
    spy.chmod(0o755)
    environ = {
        "PATH": f"{spy.parent}:{os.environ['PATH']}",
        TOKEN: SECRET,
        "GITHUB_APP_PRIVATE_KEY": "a key",
        "GITHUB_SERVER_URL": host.url,
    }
    with pytest.raises(LedgerError, match="could not be fetched") as told:
        written(begun, **environ)
    assert "***" in str(told.value)
    said = str(told.value) + (tmp_path / "arguments").read_text()
    assert [one for one in (SECRET, BASIC) if one in said] == []
    assert (tmp_path / "environment").read_text() == ""
    assert SECRET not in repr(access(begun.here, {**begun.environ, **environ}))


def test_a_token_with_something_around_it_is_told_and_not_shown(begun: Place, host: Host) -> None:
    with pytest.raises(LedgerError, match="another character that no token has") as told:
        written(begun, **{TOKEN: f"{SECRET}\n", "GITHUB_SERVER_URL": host.url})
    assert SECRET not in str(told.value)
    assert host.sent == []


def test_a_password_in_the_address_is_not_shown(begun: Place, host: Host) -> None:
    address = host.url.replace("//", f"//mona:{SECRET.replace('/', '')}@")
    git(begun.here, "remote", "set-url", "origin", f"{address}/remote.git")
    with pytest.raises(LedgerError) as told:
        written(begun)
    assert "branchToken" not in str(told.value)
    assert any(one for one in host.sent)


def found(place: Place, address: str, **environ: str) -> Access:
    git(place.here, "remote", "set-url", "origin", address)
    return access(place.here, {**place.environ, **environ})


def test_the_token_takes_the_place_of_a_password_in_the_address(place: Place) -> None:
    what = found(place, "https://mona:pass@github.com/acme/seats.git", **{TOKEN: SECRET})
    settings = dict(what.settings)
    assert settings["remote.copilot-seats.url"] == "https://github.com/acme/seats.git"
    assert settings["http.https://github.com/.extraheader"] == f"Authorization: Basic {BASIC}"


@pytest.mark.parametrize(
    "address",
    [
        "https://github.com.evil.example/acme/seats.git",
        "https://evil.example/github.com/seats.git",
        "https://github.com@evil.example/seats.git",
        "https://github.com:8443/acme/seats.git",
        "http://github.com/acme/seats.git",
        "git://github.com/acme/seats.git",
        "ssh://git@github.com/acme/seats.git",
        "git@github.com:acme/seats.git",
        "https://[broken/acme/seats.git",
    ],
)
def test_an_address_that_only_looks_like_github_s_gets_no_token(place: Place, address: str) -> None:
    what = found(place, address, **{TOKEN: SECRET})
    assert "was not used" in what.unused
    assert not [value for _, value in what.settings if BASIC in value or SECRET in value]


def test_a_push_address_of_its_own_must_be_github_s_too(place: Place) -> None:
    git(place.here, "remote", "set-url", "--push", "origin", "https://evil.example/x.git")
    what = found(place, "https://github.com/acme/seats.git", **{TOKEN: SECRET})
    assert "was not used" in what.unused
    assert not [value for _, value in what.settings if BASIC in value]


def test_settings_of_the_repository_about_reaching_it_are_carried_over(place: Place) -> None:
    for key, value in (
        ("core.sshCommand", "ssh -i key"),
        ("http.proxy", "http://proxy.example"),
        ("remote.origin.proxy", "http://other.example"),
        ("core.hooksPath", "/hooks"),
        ("user.name", "Mona"),
        ("alias.push", "!touch x"),
    ):
        git(place.here, "config", key, value)
    settings = access(place.here, place.environ).settings
    assert dict(settings) == {
        "remote.copilot-seats.url": str(place.remote),
        "remote.copilot-seats.pushurl": str(place.remote),
        "remote.copilot-seats.proxy": "http://other.example",
        "core.sshcommand": "ssh -i key",
        "http.proxy": "http://proxy.example",
    }


def test_settings_given_by_the_environment_stay(begun: Place, host: Host) -> None:
    host.wanted = "Basic ZW52"
    written(
        begun,
        GIT_CONFIG_COUNT="1",
        GIT_CONFIG_KEY_0="http.extraHeader",
        GIT_CONFIG_VALUE_0="Authorization: Basic ZW52",
    )
    assert set(host.sent) == {"Basic ZW52"}
    assert begun.branches() == {NAME}
