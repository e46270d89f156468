"""The small organisation, served; and a client for it."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from sandbox_worlds import client, world

from reconciler.sandbox import Sandbox, serve


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with serve(world()) as running:
        yield running


@pytest.fixture
def api(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with client(sandbox.url) as opened:
        yield opened
