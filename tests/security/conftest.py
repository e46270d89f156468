"""The command and the sandbox it talks to."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from security_support import Json, Lab, acme

from reconciler.sandbox import World, serve


@pytest.fixture
def lab_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[[Json], Lab]]:
    """Serve an organisation, and be in an empty folder."""
    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GITHUB_TOKEN", "ghp_securityTestsTokenNobodyMaySee")
    with ExitStack() as stack:

        def make(snapshot: Json) -> Lab:
            sandbox = stack.enter_context(serve(World.from_snapshot(snapshot)))
            monkeypatch.setenv("GITHUB_API_URL", sandbox.url)
            return Lab(tmp_path, sandbox, capsys)

        yield make
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def lab(lab_of: Callable[[Json], Lab]) -> Lab:
    return lab_of(acme())
