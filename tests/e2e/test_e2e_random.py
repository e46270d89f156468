"""Laws through the whole program, on random organisations under random readings of GitHub."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from e2e_random import Organisation, switches
from e2e_support import Cli, Serve, changes_of, holders


@pytest.mark.parametrize("seed", range(14))
def test_init_then_another_file_then_nights(cli: Cli, served: Serve, seed: int) -> None:
    chance = random.Random(seed)
    org = Organisation(chance)
    world = served(org.snapshot, switches=switches(chance))

    # Whatever the organisation is, its own file is valid and changes nothing.
    before = holders(world)
    cli("init", "--org", "acme", code=0)
    cli("validate", code=0)
    cli("plan", "--detailed-exitcode", code=0)
    cli("drift", code=0)
    cli("apply", "--auto-approve", code=0)
    assert holders(world) == before
    if org.setting != "assign_selected":
        return

    # Whatever a file says, applying it leaves nothing to apply: once more where a row was hidden.
    cli.write("seats.yml", org.file())
    gone: set[str] = set()
    for _ in range(3):
        gone |= applied(cli)
        if not changes_of(cli("plan", "--format", "json").json):
            break
    else:
        pytest.fail(f"does not converge: {cli.said[-1]}")

    # Whatever was taken back stays so while nobody acts.
    for _ in range(4):
        world.advance(timedelta(days=6))
        plan = changes_of(cli("drift", "--format", "json").json)
        created = {name for name, what in plan.items() if what.startswith("create")}
        assert not created & gone
        gone |= applied(cli)


def applied(cli: Cli) -> set[str]:
    """Apply the file; everything must come out well. Return whose seats were taken back."""
    ran = cli("apply", "--auto-approve", "--pace", 0, "--wait", 0, "--format", "json")
    assert ran.code in (0, 3), ran.text
    outcomes = ran.json["outcomes"]
    assert {one["result"] for one in outcomes} <= {"done"}
    return {one["name"] for one in outcomes if one["actions"] == ["delete"]}
