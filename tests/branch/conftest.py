"""A repository and its remote; nobody waits in these tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from git_place import Place, write


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the pauses that were made: none of them takes time."""
    made: list[float] = []
    monkeypatch.setattr("reconciler.ledger.git.retry.sleep", made.append)
    return made


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "place")


@pytest.fixture
def begun(place: Place) -> Place:
    """The place, with one line in the ledger of acme."""
    with place.state() as state:
        path = write(state, '{"n":1}\n')
        state.opened(path, "ledger init")
        state.closed(path)
    return place
