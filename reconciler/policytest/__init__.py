"""Run tests of rules: cases in, results out; every decision is the planner's own."""

from __future__ import annotations

from reconciler.policytest.cases import Case, Expectation, Sample, Suite
from reconciler.policytest.results import Edge, Found, Judged, Result
from reconciler.policytest.runner import run

__all__ = [
    "Case",
    "Edge",
    "Expectation",
    "Found",
    "Judged",
    "Result",
    "Sample",
    "Suite",
    "run",
]
