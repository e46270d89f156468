"""The command in an empty folder, the sandbox it talks to, and no token in anything it said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from e2e_support import TOKEN, Cli, Serve

from reconciler.sandbox import Sandbox, Switches, World, serve


@pytest.fixture
def cli(tmp_path: Path) -> Iterator[Cli]:
    """The command, with a token; at the end nothing it said or wrote may hold the token."""
    folder = tmp_path / "work"
    folder.mkdir()
    running = Cli(folder, {"GITHUB_TOKEN": TOKEN})
    yield running
    assert not [said for said in running.said if TOKEN in said], "a token was shown"
    for path in folder.rglob("*"):
        assert not path.is_file() or TOKEN.encode() not in path.read_bytes(), f"a token in {path}"


@pytest.fixture
def served(cli: Cli) -> Iterator[Serve]:
    """Serve organisations on the sandbox, and point the command there."""
    with ExitStack() as stack:

        def start(*snapshots: Mapping[str, Any], **options: Any) -> World:
            switches = Switches.of(options.pop("switches", {}))
            worlds = [World.from_snapshot(one, switches=switches) for one in snapshots]
            sandbox: Sandbox = stack.enter_context(serve(worlds, **options))
            cli.environment["GITHUB_API_URL"] = sandbox.url
            sandboxes.append(sandbox)
            return sandbox.world

        sandboxes: list[Sandbox] = []
        start.sandboxes = sandboxes  # type: ignore[attr-defined]
        yield start
