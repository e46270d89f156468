"""Explain for one person why they have a seat or have none, and what would change that."""

from __future__ import annotations

from reconciler.explain.lookup import find, places, with_account
from reconciler.explain.model import (
    Claimed,
    Clock,
    Effect,
    Explanation,
    Fact,
    Membership,
    Remedy,
    Remembered,
    Ruled,
    Stance,
    Step,
    Warned,
)
from reconciler.explain.person import explain

__all__ = [
    "Claimed",
    "Clock",
    "Effect",
    "Explanation",
    "Fact",
    "Membership",
    "Remedy",
    "Remembered",
    "Ruled",
    "Stance",
    "Step",
    "Warned",
    "explain",
    "find",
    "places",
    "with_account",
]
