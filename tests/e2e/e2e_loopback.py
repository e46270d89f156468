"""A bare HTTP server on loopback for stand-ins that share nothing with the sandbox."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit


@dataclass(frozen=True)
class Asked:
    """A request: its path in parts, its query, and what its JSON body says."""

    method: str
    parts: tuple[str, ...]
    query: Mapping[str, str]
    body: Any
    token: str


@dataclass(frozen=True)
class Said:
    """An answer; the body None is an empty one."""

    status: int = 200
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)


Answering = Callable[[Asked], Said]


@contextmanager
def answering(answer: Answering, now: Callable[[], datetime]) -> Iterator[str]:
    """Serve *answer* at the returned address; every answer's Date is *now*."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one piece: Nagle's algorithm waits otherwise

        def serve(self) -> None:
            said = answer(self.asked())
            body = b"" if said.body is None else json.dumps(said.body).encode()
            self.send_response_only(said.status)
            self.send_header("Date", format_datetime(now(), usegmt=True))
            self.send_header("Content-Length", str(len(body)))
            for name, value in said.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_DELETE = serve  # noqa: N815 (the standard library asks for these)

        def asked(self) -> Asked:
            url = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            return Asked(
                self.command,
                tuple(unquote(part) for part in url.path.strip("/").split("/")),
                {key: values[-1] for key, values in parse_qs(url.query).items()},
                json.loads(body) if body else None,
                self.headers.get("Authorization", "").removeprefix("Bearer "),
            )

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
