"""Time `usage` on a users report of so many rows, as a process of its own.

    python bench/usage.py 10000 100000

A row is as GitHub's example, with a breakdown of every kind (3.7 KB). The rows are
served from a process of their own, in each layout. Prints wall time, CPU time and peak memory.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

LAST = date(2026, 11, 19)
LAYOUTS = ("lines", "array on a line", "array over lines")


def rows(count: int) -> Iterator[dict[str, Any]]:
    """Yield *count* rows of the users report, of 28 days."""
    code = {"code_generation_activity_count": 5, "code_acceptance_activity_count": 2}
    loc = {"loc_suggested_to_add_sum": 34, "loc_added_sum": 32, "loc_deleted_sum": 6}
    editors, languages = ("vscode", "intellij", "neovim"), ("python", "go", "typescript", "java")
    for number in range(count):
        person = number // 28 + 1
        yield {
            "report_start_day": str(LAST - timedelta(days=27)),
            "report_end_day": str(LAST),
            "day": str(LAST - timedelta(days=number % 28)),
            "organization_id": "9919",
            "user_id": person,
            "user_login": f"user-{person:07}",
            "user_initiated_interaction_count": number % 3,
            **code,
            **loc,
            "ai_credits_used": 12.5,
            "ai_adoption_phase": {"phase": "Phase 2", "phase_number": 2, "version": "v1"},
            "used_agent": number % 2 == 0,
            "used_chat": True,
            "used_cli": False,
            "totals_by_cli": {"session_count": 2, "request_count": 2, "prompt_count": 2},
            "totals_by_ide": [{"ide": editors[person % 3], **code, **loc}],
            "totals_by_feature": [{"feature": f"f{n}", **code, **loc} for n in range(4)],
            "totals_by_language_feature": [
                {"language": one, "feature": "code_completion", **code, **loc} for one in languages
            ],
            "totals_by_language_model": [
                {"language": one, "model": "default", **code, **loc} for one in languages
            ],
            "totals_by_model_feature": [
                {"model": f"m{n}", "feature": "agent", **code, **loc} for n in range(3)
            ],
        }


def write(file: Path, count: int, layout: str) -> None:
    """Write the report in *layout*."""
    ends = ("", "\n", "\n") if layout == "lines" else ("[", ",\n", "]")
    with file.open("w", encoding="utf-8") as out:
        out.write(ends[0])
        for number, row in enumerate(rows(count)):
            between = ends[1] if layout != "array on a line" else ","
            out.write(between if number else "")
            out.write(json.dumps(row, indent=2 if layout == "array over lines" else None))
        out.write(ends[2])


class Handler(BaseHTTPRequestHandler):
    """Answers as much of the API as `usage` asks for."""

    file: Path

    def do_GET(self) -> None:
        if self.path.startswith("/file"):
            self._send(200, None)
        elif self.path == "/orgs/acme":
            self._send(200, {"id": 1, "login": "acme"})
        elif "users-28-day" in self.path:
            host = f"http://{self.headers['Host']}/file"
            self._send(200, {"download_links": [host]})
        elif "/billing/seats" in self.path:
            self._send(200, {"total_seats": 0, "seats": []})
        else:
            self._send(404, {"message": "Not Found"})

    def _send(self, status: int, body: object) -> None:
        self.send_response(status)
        data = json.dumps(body).encode()
        size = self.file.stat().st_size if body is None else len(data)
        self.send_header("Content-Length", str(size))
        self.end_headers()
        if body is not None:
            self.wfile.write(data)
            return
        with self.file.open("rb") as lines:
            while part := lines.read(1 << 16):
                self.wfile.write(part)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


def serve(file: Path, ports: Any) -> None:
    Handler.file = file
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    ports.put(server.server_address[1])
    server.serve_forever()


def measure(folder: Path, count: int, layout: str) -> None:
    file = folder / "report"
    write(file, count, layout)
    ports: Any = multiprocessing.Queue()
    server = multiprocessing.Process(target=serve, args=(file, ports), daemon=True)
    server.start()
    (folder / "seats.yml").write_text("version: 1\norg: acme\nseats: {teams: []}\n")
    env = {
        **os.environ,
        "GITHUB_API_URL": f"http://127.0.0.1:{ports.get()}",
        "GITHUB_TOKEN": "bench",
    }
    usage = ("usage", "seats.yml", "--format", "json", "--quiet")
    start = time.perf_counter()
    with (folder / "shown").open("w+b") as shown:
        command = [sys.executable, "-m", "reconciler", *usage]
        run = subprocess.Popen(command, cwd=folder, env=env, stdout=shown)
        _, run.returncode, used = os.wait4(run.pid, 0)
        shown.seek(0)
        seen = sum(day["active"] for day in json.load(shown)["days"])
    wall = time.perf_counter() - start
    server.terminate()
    size = file.stat().st_size / 1e6
    print(
        f"{count:>9} rows {size:>6.0f} MB  {layout:<17} {wall:6.2f} s wall"
        f" {used.ru_utime + used.ru_stime:6.2f} s CPU {used.ru_maxrss / 1024:6.0f} MB peak"
        f"  ({seen} read)"
    )


def main(sizes: list[int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            for layout in LAYOUTS:
                measure(Path(folder), size, layout)


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [10_000, 100_000])
