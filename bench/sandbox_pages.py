"""How many pages of 100 seats a second the sandbox serves on one core: first, and once kept.

    python bench/sandbox_pages.py [SEATS]

The server gets a core of its own where there are two; four connections read, as the client does. On
a machine that does other things too, the pace by the server's own CPU time is the one to compare.
The aim is 400; measured on 2026-11-22, Python 3.11: 650 new pages a second of CPU time, 5,000 kept.
"""

from __future__ import annotations

import http.client
import multiprocessing
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

from reconciler.sandbox import World, serve

CONNECTIONS = 4


def main(seats: int) -> None:
    """Serve *seats* seats, read them three times, and print the pace."""
    port: multiprocessing.Queue[int] = multiprocessing.Queue()
    server = multiprocessing.Process(target=_serve, args=(seats, port), daemon=True)
    server.start()
    address = port.get()
    _pin(1)
    pages = -(-seats // 100)
    for label in ("first", "kept", "kept"):
        before = _cpu_time(server.pid)
        taken = _read(address, pages)
        used = _cpu_time(server.pid) - before
        by_cpu = f", {pages / used:7.0f} a second of CPU time" if used else ""
        print(f"{label:>5}: {pages / taken:7.0f} pages a second{by_cpu}")
    server.terminate()


def _cpu_time(process: int | None) -> float:
    """Return the seconds of CPU time that a process has used, 0 where that can't be known."""
    try:
        fields = (
            Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        )
    except OSError:
        return 0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _serve(seats: int, port: multiprocessing.Queue[int]) -> None:
    _pin(0)
    with serve(World.from_snapshot(_organisation(seats))) as sandbox:
        port.put(sandbox.port)
        threading.Event().wait()


def _organisation(seats: int) -> dict[str, Any]:
    people = [{"login": f"user-{number}", "id": number} for number in range(1, seats + 1)]
    rows = [{"assignee": one, "created_at": "-90d", "last_activity_at": "-1d"} for one in people]
    return {"organization": {"login": "acme", "id": 1}, "seats": rows, "members": people}


def _pin(core: int) -> None:
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_setaffinity") else []
    if len(cores) > 1:
        os.sched_setaffinity(0, {cores[core]})


def _read(port: int, pages: int) -> float:
    began = time.perf_counter()
    readers = [
        threading.Thread(target=_read_some, args=(port, range(first, pages + 1, CONNECTIONS)))
        for first in range(1, CONNECTIONS + 1)
    ]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    return time.perf_counter() - began


def _read_some(port: int, pages: range) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    headers = {"Authorization": "Bearer bench", "User-Agent": "bench"}
    for page in pages:
        path = f"/orgs/acme/copilot/billing/seats?per_page=100&page={page}"
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise SystemExit(f"page {page}: {answer.status}")
    connection.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
