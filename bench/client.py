"""Time `plan` against the least a client can do, and against other clients, as ratios of one run.

    python bench/client.py [--latency SECONDS] [--octokit FOLDER] [SEATS...]

Prints a Markdown table: wall time, CPU time and peak memory of each size. A local server
answers every request after the latency. PyGithub is measured where it can be imported, octokit
where FOLDER has it in `node_modules`. Wall times are medians of three.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from served import serving

ROOT = Path(__file__).resolve().parents[1]
HERE = Path(__file__).resolve().parent
RUNS = 3
STARTS = 15

FILE = """\
version: 1
org: acme
seats:
  undeclared: keep
  teams:
    - {team: engineering, assign: members}
inactivity:
  rules:
    - {name: everyone, idle: {cancel: 60d}}
"""

PYGITHUB = """\
import sys, github
g = github.Github(base_url=sys.argv[1], auth=github.Auth.Token("x"), per_page=100,
                  seconds_between_requests=0)
print(sum(1 for _ in g.get_organization("acme").get_copilot().get_seats()))
"""

OCTOKIT = """\
import { Octokit } from "octokit";
const kit = new Octokit({ baseUrl: process.argv[2], auth: "x" });
let count = 0;
for await (const page of kit.paginate.iterator(
  "GET /orgs/{org}/copilot/billing/seats", { org: "acme", per_page: 100 }))
  count += page.data.length ?? page.data.seats.length;
console.log(count);
"""


@dataclass(frozen=True)
class Cost:
    """What a process took: wall and CPU seconds, and its peak memory in MB."""

    wall: float
    cpu: float
    memory: float


def run(command: list[str], folder: Path) -> Cost:
    """Run *command* to its end."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "GITHUB_TOKEN": "x"}
    began = time.perf_counter()
    with Path(os.devnull).open("wb") as nowhere:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=nowhere)
        _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 3):  # a guard may withhold
        raise SystemExit(f"{command}: exit {process.returncode}")
    scale = 1 if sys.platform == "darwin" else 1024
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * scale / 1e6)


def median(costs: list[Cost]) -> Cost:
    """Return the run with the median wall time."""
    return sorted(costs, key=lambda cost: cost.wall)[len(costs) // 2]


def measure(seats: int, latency: float, folder: Path, octokit: Path | None) -> None:
    """Print one size's rows."""
    with serving(seats, latency) as base:
        plan = [sys.executable, "-m", "reconciler", "plan", "--no-state", "--api-url", base, "-q"]
        bare = [sys.executable, str(HERE / "bare.py"), base, str(seats)]
        costs: dict[str, list[Cost]] = {"bare": [], "plan": []}
        for _ in range(RUNS):
            costs["bare"].append(run(bare, folder))
            costs["plan"].append(run(plan, folder))
        others = {"PyGithub": [sys.executable, "-c", PYGITHUB, base]}
        if importlib.util.find_spec("github") is None:
            others.clear()
        if octokit is not None:
            script = octokit / "list.mjs"
            script.write_text(OCTOKIT, encoding="utf-8")
            others["octokit"] = ["node", str(script), base]
        for name, command in others.items():
            costs[name] = [run(command, folder)]
    least = median(costs["bare"])
    for name, found in costs.items():
        cost = median(found)
        print(
            f"| {seats:,} | {name} | {cost.wall:.2f} | {cost.wall / least.wall:.2f} |"
            f" {cost.cpu:.2f} | {cost.cpu / seats * 1e4:.2f} | {cost.memory:.0f} |",
            flush=True,
        )


def starts(folder: Path) -> None:
    """Print how long it takes to start."""
    commands = {
        "`python -c pass`": ["-c", "pass"],
        "`copilot-seats --version`": ["-m", "reconciler", "--version"],
        "`copilot-seats --help`": ["-m", "reconciler", "--help"],
    }
    took: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(STARTS):
        for name, arguments in commands.items():
            took[name].append(run([sys.executable, *arguments], folder).wall)
    least = statistics.median(took["`python -c pass`"])
    for name, found in took.items():
        wall = statistics.median(found)
        print(f"| {name} | {wall * 1000:.0f} | {wall / least:.1f} |")


def main() -> None:
    """Measure everything that was asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("seats", nargs="*", type=int, default=[1_000, 10_000, 100_000])
    parser.add_argument("--latency", type=float, default=0.05)
    parser.add_argument("--octokit", type=Path)
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "seats.yml").write_text(FILE, encoding="utf-8")
        print("| start | ms | times |\n|:--|--:|--:|")
        starts(folder)
        print(f"\nLatency {options.latency * 1000:.0f} ms, 4 connections")
        print("\n| seats | client | wall s | of bare | CPU s | CPU s per 10,000 | peak MB |")
        print("|--:|:--|--:|--:|--:|--:|--:|")
        for seats in options.seats or [1_000, 10_000, 100_000]:
            measure(seats, options.latency, folder, options.octokit)


if __name__ == "__main__":
    main()
