"""The sandbox over TLS, for clients such as `gh` that talk to other hosts in no other way."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
from pathlib import Path

import httpx
import pytest
from sandbox_worlds import BILLING, world

from reconciler.sandbox import serve

openssl = shutil.which("openssl")


@pytest.mark.skipif(openssl is None, reason="openssl makes the certificate")
def test_tls_is_served_and_a_silent_client_stops_nobody(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        [
            str(openssl),
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-keyout",
            str(key),
            "-out",
            str(certificate),
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=IP:127.0.0.1",
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    trust = ssl.create_default_context(cafile=certificate)
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
