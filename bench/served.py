"""An organisation of any size as ready pages, served with a set latency from a process of its own.

Nothing but pages: what is measured is the client, so this answers as fast as Python can.
"""

from __future__ import annotations

import json
import multiprocessing
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
TEAM_SHARE = 11
"""One person in so many is in the team; no divisor, since a full last page costs a request more."""

_PAGE = re.compile(rb"[?&]page=(\d+)")


class Pages:
    """The answers of one organisation with *seats* direct seats and one team."""

    def __init__(self, seats: int, base: str) -> None:
        self.seats = seats
        self.base = base
        self._kept: dict[tuple[str, int], bytes] = {}

    def answer(self, path: str, page: int) -> bytes:
        """Return the whole HTTP answer."""
        key = (path, page)
        if key not in self._kept:
            self._kept[key] = self._made(path, page)
        return self._kept[key]

    def _made(self, path: str, page: int) -> bytes:
        match path:
            case "/orgs/acme":
                return _http({"login": "acme", "id": 9})
            case "/orgs/acme/copilot/billing":
                breakdown = {"total": self.seats, "added_this_cycle": 0, "pending_cancellation": 0}
                setting = {"seat_management_setting": "assign_selected", "plan_type": "business"}
                return _http({"seat_breakdown": breakdown, **setting})
            case "/orgs/acme/copilot/billing/seats":
                numbers, link = self._cut(path, page, self.seats)
                rows = [_row(number) for number in numbers]
                return _http({"total_seats": self.seats, "seats": rows}, link)
            case "/orgs/acme/teams":
                return _http([_team()])
            case "/orgs/acme/teams/engineering/members":
                numbers, link = self._cut(path, page, self.seats // TEAM_SHARE)
                return _http([_person(number) for number in numbers], link)
        return _http({"message": "Not Found"}, status="404 Not Found")

    def _cut(self, path: str, page: int, count: int) -> tuple[range, str]:
        last = max(1, -(-count // 100))
        numbers = range((page - 1) * 100 + 1, min(page * 100, count) + 1)
        if page >= last:
            return numbers, ""
        url = f"{self.base}{path}?per_page=100&page="
        return numbers, f'Link: <{url}{page + 1}>; rel="next", <{url}{last}>; rel="last"\r\n'


def _http(body: object, more: str = "", status: str = "200 OK") -> bytes:
    text = json.dumps(body).encode()
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: application/json; charset=utf-8\r\n"
        f"Date: {format_datetime(NOW, usegmt=True)}\r\nContent-Length: {len(text)}\r\n{more}\r\n"
    )
    return head.encode() + text


def _person(number: int) -> dict[str, Any]:
    """Return an account as GitHub shows it, with all its addresses: they are most of a page."""
    login = f"user-{number:07}"
    url = f"https://api.github.com/users/{login}"
    lists = ("followers", "gists", "starred", "subscriptions", "organizations", "repos", "events")
    return {
        "login": login,
        "id": number,
        "node_id": f"MDQ6VXNlcj{number}",
        "avatar_url": f"https://avatars.githubusercontent.com/u/{number}?v=4",
        "gravatar_id": "",
        "url": url,
        "html_url": f"https://github.com/{login}",
        **{f"{name}_url": f"{url}/{name}" for name in lists},
        "received_events_url": f"{url}/received_events",
        "type": "User",
        "site_admin": False,
    }


def _row(number: int) -> dict[str, Any]:
    active = NOW - timedelta(days=number % 61, hours=1)
    return {
        "created_at": "2026-01-03T18:00:00-06:00",
        "updated_at": "2026-11-01T18:00:00-06:00",
        "pending_cancellation_date": None,
        "last_activity_at": active.isoformat(),
        "last_activity_editor": "vscode/1.77.3/copilot/1.86.82",
        "last_authenticated_at": active.isoformat(),
        "plan_type": "business",
        "assignee": _person(number),
        "assigning_team": None,
    }


def _team() -> dict[str, Any]:
    return {"id": 7, "slug": "engineering", "name": "Engineering", "parent": None, "type": None}


@contextmanager
def serving(seats: int, latency: float) -> Iterator[str]:
    """Serve an organisation from another process; yield its address."""
    receive, send = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.Process(target=_serve, args=(seats, latency, send), daemon=True)
    process.start()
    try:
        yield receive.recv()
    finally:
        process.terminate()
        process.join()


def _serve(seats: int, latency: float, ready: Any) -> None:
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    base = f"http://127.0.0.1:{listener.getsockname()[1]}"
    pages = Pages(seats, base)
    for page in range(1, -(-seats // 100) + 1):
        pages.answer("/orgs/acme/copilot/billing/seats", page)
    ready.send(base)
    while True:
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=_talk, args=(connection, pages, latency), daemon=True).start()


def _talk(connection: socket.socket, pages: Pages, latency: float) -> None:
    with connection, connection.makefile("rb") as incoming:
        while line := incoming.readline():
            while incoming.readline().strip():
                pass
            target = line.split()[1]
            found = _PAGE.search(target)
            time.sleep(latency)
            path = target.partition(b"?")[0].decode()
            connection.sendall(pages.answer(path, int(found[1]) if found else 1))
