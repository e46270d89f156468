"""The sandbox over TLS, for clients such as `gh` that talk to other hosts in no other way."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

import httpx
from sandbox_worlds import BILLING, world

from reconciler.sandbox import serve


def test_tls_is_served_and_a_silent_client_stops_nobody(certificate: tuple[Path, Path]) -> None:
    key, trusted = certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(trusted, key)
    trust = ssl.create_default_context(cafile=trusted)
    with (
        serve(world(), tls=context) as running,
        socket.create_connection(("127.0.0.1", running.port)),
        httpx.Client(base_url=running.url, verify=trust) as api,
    ):
        headers = {"Authorization": "Bearer x"}
        for prefix in ("", "/api/v3"):
            found = api.get(f"{prefix}{BILLING}/seats?per_page=2", headers=headers)
            assert found.status_code == 200
            assert found.links["next"]["url"].startswith(running.url)
