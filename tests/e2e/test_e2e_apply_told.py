"""What an apply tells of itself: in the terminal, in the summary, in the report's JSON."""

from __future__ import annotations

import re

from conftest import Serve
from e2e_support import Cli, crowd, row, snapshot

USERS = ", ".join(f"busy-{number:03}" for number in range(30))
FILE = f"version: 1\norg: acme\nseats: {{users: [{USERS}]}}\n"


def section(page: str, title: str) -> list[str]:
    """Return the lines of a text that stand under *title*, in no order."""
    _, found, rest = page.partition(f"{title} ")
    assert found, page
    return sorted(" ".join(line.split()) for line in rest.partition("\n\n")[0].splitlines()[1:])


def test_plan_and_apply_list_the_same_as_not_to_be_managed(cli: Cli, served: Serve) -> None:
    rows = [*crowd(30), row("eva", "ent:all"), row(None), row(None, given="-9d"), row("stray")]
    served(snapshot(rows))
    cli.write("seats.yml", FILE)
    cli("ledger", "init", code=0)
    planned = cli("plan", "--out", "plan.json", code=0).out
    there = section(planned, "Can't be managed from here")
    assert len(there) > 1
    assert any("eva" in line for line in there)
    ran = cli("apply", "plan.json", "--pace", 0, "--summary", "a.md", "--report", "r.json", code=0)
    assert section(ran.out, "Can't be managed from here") == there
    summary = cli.read("a.md")
    assert len(re.findall(r"^\| Can't be managed", summary.replace("&#39;", "'"), re.M)) == len(
        there
    )
    told = [one for one in cli.load("r.json")["notices"] if one["kind"] == "unmanageable"]
    assert len(told) == len(there)
