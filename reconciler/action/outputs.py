"""What one step of the Action came to, and the outputs that count it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reconciler.app import exit_codes


@dataclass(frozen=True, slots=True)
class Ran:
    """One file with what its command came to; `document` is the plan, or the report of an apply."""

    file: str
    code: int
    document: dict[str, Any] | None = None
    path: Path | None = None

    @classmethod
    def of(cls, file: str, code: int, made: Path | None) -> Ran:
        """Return the result with what was written at *made*, if anything was."""
        if made is None or not made.exists():
            return cls(file, code)
        return cls(file, code, json.loads(made.read_bytes()), made)

    @property
    def org_id(self) -> int | None:
        """The id of the organisation that it is about."""
        document = self.document or {}
        found = document.get("copilot_seats", document).get("org", {}).get("id")
        return found if isinstance(found, int) else None

    @property
    def fingerprint(self) -> str | None:
        """The plan's; a report has none."""
        document = self.document or {}
        return document["copilot_seats"]["fingerprint"] if "copilot_seats" in document else None


def outputs_of(ran: Sequence[Ran]) -> dict[str, str]:
    """Return the outputs that count what *ran* came to."""
    counts = [_counts(one.document) for one in ran if one.document is not None]
    creates, deletes, withheld = (sum(count[n] for count in counts) for n in range(3))
    fingerprint = ran[0].fingerprint if len(ran) == 1 else None
    return {
        "exitcode": str(exit_codes.worst(one.code for one in ran)),
        "has-changes": "true" if creates + deletes else "false",
        "creates": str(creates),
        "deletes": str(deletes),
        "withheld": str(withheld),
        **({"fingerprint": fingerprint} if fingerprint is not None else {}),
    }


def _counts(document: dict[str, Any]) -> tuple[int, int, int]:
    """Return creates, deletes and withheld of a plan, or what a report says was done of them.

    What GitHub has accepted, or may have, and does not show yet counts as done.
    """
    if "resource_changes" in document:
        actions = [one["change"]["actions"] for one in document["resource_changes"]]
        withheld = document["copilot_seats"]["withheld"]
    else:
        done = [one for one in document["outcomes"] if one["result"] in ("done", "unconfirmed")]
        actions = [one["actions"] for one in done]
        withheld = document["withheld"]
    return actions.count(["create"]), actions.count(["delete"]), len(withheld)
