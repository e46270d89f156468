"""The least a client can do: fetch the same pages with four threads, decode each, keep nothing."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

import httpx
import msgspec


def main(base: str, seats: int) -> None:
    """Read everything that `plan` reads."""
    org = "/orgs/acme"
    paths = [org, f"{org}/copilot/billing", f"{org}/teams?per_page=100&page=1"]
    for path, count in (
        (f"{org}/copilot/billing/seats", seats),
        (f"{org}/teams/engineering/members", seats // 11),
    ):
        pages = max(1, -(-count // 100))
        paths += [f"{path}?per_page=100&page={page}" for page in range(1, pages + 1)]
    with httpx.Client(base_url=base, verify=False) as client, ThreadPoolExecutor(4) as pool:  # noqa: S501
        for _ in pool.map(lambda path: msgspec.json.decode(client.get(path).content), paths):
            pass


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
