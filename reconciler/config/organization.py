"""Read the organisation's name from a file that may be invalid."""

from __future__ import annotations

import re
from pathlib import Path

_ORG_LINE = re.compile(rb"^org:\s*[\"']?([A-Za-z0-9][A-Za-z0-9-]{0,38})[\"']?\s*(?:#.*)?$", re.M)


def organization_of(file: str) -> str | None:
    """Return whose file it is, as far as that can be told of a file with errors too."""
    from reconciler.config import seatsfile

    org = seatsfile.read(file, None).org
    if org is not None:
        return org.text
    try:
        found = _ORG_LINE.search(Path(file).read_bytes()[:100_000])
    except (OSError, ValueError):
        return None
    return found[1].decode() if found is not None else None
