"""Every renderer on every sample, byte by byte as a person last saw and approved it.

After a change that is meant: `UPDATE_GOLDEN=1 python -m pytest tests/render`, then read the
difference.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from render_samples import DIAGNOSTICS, MIXED, PLANS, report

from reconciler import canonical_json, planfile
from reconciler.render import annotations
from reconciler.render.failure import (
    diagnostics_markdown,
    failure_markdown,
    findings_markdown,
)
from reconciler.render.markdown import plan_markdown, report_markdown
from reconciler.render.redact import redact
from reconciler.render.text import plan_text, report_text

GOLDEN = Path(__file__).parent / "golden"


def _cases() -> dict[str, Callable[[], str]]:
    cases: dict[str, Callable[[], str]] = {}
    for name, made in PLANS.items():
        cases |= {
            f"{name}.txt": lambda made=made: plan_text(made(), colour=False),
            f"{name}.80.txt": lambda made=made: plan_text(made(), colour=False, width=80),
            f"{name}.md": lambda made=made: plan_markdown(made()),
        }
    medium, guarded, proposed = PLANS["medium"], PLANS["guarded"], PLANS["proposed"]
    cases |= {
        "medium.colour.txt": lambda: plan_text(medium(), colour=True, width=120),
        "medium.redacted.txt": lambda: plan_text(redact(medium()), colour=False),
        "guarded.redacted.txt": lambda: plan_text(redact(guarded()), colour=False),
        "proposed.colour.txt": lambda: plan_text(proposed(), colour=True, width=120),
        "proposed.redacted.txt": lambda: plan_text(redact(proposed()), colour=False),
        "proposed.redacted.json": lambda: planfile.dumps(redact(proposed())),
        "proposed.json": lambda: planfile.dumps(proposed()),
        "medium.json": lambda: planfile.dumps(medium()),
        "guarded.json": lambda: planfile.dumps(guarded()),
        "nothing.json": lambda: planfile.dumps(PLANS["nothing"]()),
        "diagnostics.txt": lambda: annotations.text(DIAGNOSTICS),
        "diagnostics.json": lambda: annotations.json(DIAGNOSTICS),
        "diagnostics.github.txt": lambda: annotations.github(DIAGNOSTICS),
    }
    refused = (
        "GET /orgs/acme/copilot/billing: GitHub answered 403 (Resource not accessible by"
        ' integration). The token may not do that; it takes "GitHub Copilot Business": read.'
    )
    cases |= {
        "failed.md": lambda: failure_markdown("plan", "seats.yml", refused),
        "failed.findings.md": lambda: findings_markdown("drift", "seats.yml", DIAGNOSTICS),
        "diagnostics.md": lambda: diagnostics_markdown(2, DIAGNOSTICS),
        "diagnostics.none.md": lambda: diagnostics_markdown(1, ()),
    }
    for name, results in (("done", None), ("mixed", MIXED)):
        told = report(medium(), results)
        cases |= {
            f"report.{name}.txt": lambda told=told: report_text(told, colour=False),
            f"report.{name}.md": lambda told=told: report_markdown(told),
            f"report.{name}.json": lambda told=told: canonical_json.pretty(
                planfile.report_document(told)
            ),
        }
    empty = report(PLANS["guarded"]())
    cases |= {
        "report.withheld.txt": lambda: report_text(empty, colour=False, width=100),
        "report.withheld.md": lambda: report_markdown(empty),
        "report.withheld.json": lambda: canonical_json.pretty(planfile.report_document(empty)),
    }
    return cases


CASES = _cases()


@pytest.mark.parametrize("name", sorted(CASES))
def test_output_is_as_approved(name: str) -> None:
    path = GOLDEN / name
    shown = CASES[name]()
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(shown, encoding="utf-8", newline="\n")
    assert path.read_bytes().decode() == shown


def test_no_golden_file_is_left_over() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == set(CASES)
