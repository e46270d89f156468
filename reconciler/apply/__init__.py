"""Carry out a plan: what was reviewed is the ceiling, what is true now decides.

Apply plans again on a fresh reading and does what both plans say, creates before deletes, serially,
in batches, and reads back what became of it. It touches the world through three small protocols:
a planner, a writer of seats and a journal.
"""

from reconciler.apply.ceiling import Ceiling
from reconciler.apply.protocols import (
    Answered,
    Journal,
    Pace,
    Planner,
    Replanned,
    SeatWriter,
)
from reconciler.apply.run import apply

__all__ = [
    "Answered",
    "Ceiling",
    "Journal",
    "Pace",
    "Planner",
    "Replanned",
    "SeatWriter",
    "apply",
]
