"""The folder in which a proposal is planned."""

from __future__ import annotations

from pathlib import Path

import pytest
from proposal_worlds import Folder


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)
