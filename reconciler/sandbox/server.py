"""Serves worlds over HTTP/1.1 on loopback, with the standard library alone."""

from __future__ import annotations

import re
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from reconciler.errors import UsageError
from reconciler.sandbox import (
    account_routes,
    control,
    metrics_routes,
    organization_routes,
    repository_routes,
    seat_routes,
)
from reconciler.sandbox.access import Access, Tokens
from reconciler.sandbox.answers import Answer, ApiError, Request
from reconciler.sandbox.api import Api
from reconciler.sandbox.faults import Fault, Faults
from reconciler.sandbox.limits import RateLimit
from reconciler.sandbox.repositories import Repositories
from reconciler.sandbox.world import World

_BODY_AT_MOST = 1 << 20
_HOST = re.compile(r"[\w.:\[\]-]+")
_PHRASES = {status.value: status.phrase for status in HTTPStatus}
_ROUTES = (
    *seat_routes.ROUTES,
    *organization_routes.ROUTES,
    *account_routes.ROUTES,
    *metrics_routes.ROUTES,
    *repository_routes.ROUTES,
)


class Sandbox:
    """A running server; a context manager that stops it at the end."""

    def __init__(
        self,
        worlds: Sequence[World],
        port: int,
        tokens: Mapping[str, Access] | None,
        limit: RateLimit | None,
        tls: ssl.SSLContext | None,
        faults: Iterable[Fault],
        repositories: Iterable[str],
    ) -> None:
        self.api = Api(worlds, _ROUTES, Tokens(tokens), limit, repositories)
        latest = max(world.now for world in worlds)
        for world in worlds:
            world.set_clock(latest)
        try:
            self._server = _Server(("127.0.0.1", port), _Handler)
        except (OSError, OverflowError) as error:
            raise UsageError(
                f"sandbox: can't listen on port {port}: {error}; try another, or 0 for any"
            ) from error
        self.faults = Faults(faults)
        self._server.api = self.api
        self._server.faults = self.faults
        if tls is not None:
            self._server.socket = tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.port: int = self._server.server_address[1]
        self.url = f"{'http' if tls is None else 'https'}://127.0.0.1:{self.port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), name="sandbox", daemon=True
        )
        self._thread.start()

    @property
    def worlds(self) -> tuple[World, ...]:
        return self.api.worlds

    @property
    def repositories(self) -> Repositories:
        return self.api.repositories

    @property
    def world(self) -> World:
        """The first world, for the usual case of one organisation."""
        return self.api.worlds[0]

    def tell(self, tell: Callable[[str], None]) -> None:
        """Let *tell* be called with a line about every request that is answered."""
        self._server.tell = tell

    def close(self) -> None:
        """Stop serving, and break what connections are left."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def serve(
    worlds: World | Sequence[World],
    port: int = 0,
    *,
    tokens: Mapping[str, Access] | None = None,
    limit: RateLimit | None = None,
    tls: ssl.SSLContext | None = None,
    faults: Iterable[Fault] = (),
    repositories: Iterable[str] = (),
) -> Sandbox:
    """Serve *worlds* on 127.0.0.1 until the returned sandbox is closed; port 0 takes a free one.

    Without *tokens* every non-empty token is an owner's. Several worlds share the latest clock.
    Repositories of the worlds' organisations are there when they are named; *repositories* are
    others, as `owner/name`.
    """
    several = [worlds] if isinstance(worlds, World) else list(worlds)
    return Sandbox(several, port, tokens, limit, tls, faults, repositories)


class _Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True
    block_on_close = False
    api: Api
    faults: Faults
    tell: Callable[[str], None] | None = None

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()
        self.closing = threading.Event()
        super().__init__(address, handler)

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._guard:
            self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        with self._guard:
            self._open.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        self.closing.set()
        super().server_close()
        with self._guard:
            left = list(self._open)
        for connection in left:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that go away; show a bug of ours."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    server: _Server

    def _serve(self) -> None:
        try:
            request = self._request()
        except ApiError as error:
            self.close_connection = True
            self._send(error.answer())
            return
        try:
            self._answer(request)
        except OSError:
            raise
        except Exception:
            self._send(ApiError(500, "Server Error").answer())
            raise

    def __getattr__(self, name: str) -> Callable[[], None]:
        """Serve every method alike; the standard library asks for `do_GET` and so on."""
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def _answer(self, request: Request) -> None:
        api, faults = self.server.api, self.server.faults
        if request.segments()[:1] == [control.PREFIX]:
            self._send(control.handle(api.worlds, api.repositories, faults, request))
        elif (fault := faults.strike(request)) is None:
            self._send(api.handle(request))
        else:
            self._go_wrong(api, request, fault)

    def _go_wrong(self, api: Api, request: Request, fault: Fault) -> None:
        if fault.delay:
            self.server.closing.wait(fault.delay)
        if fault.drop == "before":
            self._hang_up()
            return
        error = fault.answer(api.now)
        answer = None if error is None else api.finished(request, error)
        if answer is None or fault.late:
            found = api.handle(replace(request, drift=fault.drift, stale=fault.stale))
            answer = answer or found
        if fault.drop is None:
            self._send(answer, fault.cut)
        if fault.drop is not None or fault.cut is not None:
            self._hang_up()

    def _hang_up(self) -> None:
        self.close_connection = True
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_RDWR)

    def _request(self) -> Request:
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self._body(headers)
        host = headers.get("host", "")
        if not _HOST.fullmatch(host):
            host = f"127.0.0.1:{self.server.server_address[1]}"
        scheme = "https" if isinstance(self.connection, ssl.SSLSocket) else "http"
        return Request(self.command, self.path, headers, body, f"{scheme}://{host}")

    def _body(self, headers: Mapping[str, str]) -> bytes:
        if "chunked" in headers.get("transfer-encoding", "").lower():
            return self._chunks()
        stated = headers.get("content-length", "0")
        if not stated.isascii() or not stated.isdigit():
            raise ApiError(400, "Bad Content-Length")
        if len(stated) > 9 or int(stated) > _BODY_AT_MOST:
            raise ApiError(413, "Payload too big")
        return self.rfile.read(int(stated))

    def _chunks(self) -> bytes:
        body = b""
        while True:
            try:
                size = int(self.rfile.readline(20).split(b";")[0], 16)
            except ValueError:
                raise ApiError(400, "Bad chunk") from None
            if not 0 <= size <= _BODY_AT_MOST - len(body):
                raise ApiError(413, "Payload too big")
            body += self.rfile.read(size)
            self.rfile.readline(3)
            if size == 0:
                return body

    def _send(self, answer: Answer, cut: int | None = None) -> None:
        lines = [f"HTTP/1.1 {answer.status} {_PHRASES.get(answer.status, '')}"]
        lines.append("Server: github.com")
        lines += [f"{name}: {_one_line(value)}" for name, value in answer.headers.items()]
        if answer.status not in (204, 304):
            lines.append(f"Content-Length: {len(answer.body)}")
        if self.close_connection:
            lines.append("Connection: close")
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")
        self.wfile.write(head if self.command == "HEAD" else head + answer.body[:cut])
        if self.server.tell is not None:
            self.server.tell(f"{self.command} {self.path}: {answer.status}")

    def log_message(self, *_: object) -> None:
        """Say nothing: the terminal belongs to whoever serves."""


def _one_line(value: str) -> str:
    return value.replace("\r", "").replace("\n", "")
