"""Requests and answers of the API as values, and the errors GitHub answers with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

DOCS = "https://docs.github.com/rest"


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request; header names are in lower case, `base` is the address the client used."""

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    base: str = "http://127.0.0.1"
    drift: int = 0
    """By how many rows the seat list has moved, by a fault."""
    stale: bool = False
    """Whether the seat list is shown as before the last write, by a fault."""

    @property
    def path(self) -> str:
        path = urlsplit(self.target).path
        return path.removeprefix("/api/v3") if path.startswith("/api/v3/") else path

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query))

    def segments(self) -> list[str]:
        return [unquote(part) for part in self.path.split("/")[1:]]


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer; `body` is encoded JSON, or empty."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    def having(self, headers: Mapping[str, str]) -> Answer:
        """Return this answer with *headers* added."""
        return Answer(self.status, self.body, {**self.headers, **headers})


def read_json(body: bytes) -> object:
    """Return the JSON value in *body*, an empty object if it is empty; raises GitHub's 400."""
    if not body.strip():
        return {}
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise ApiError(400, "Problems parsing JSON") from None


def object_of(body: bytes) -> dict[str, object]:
    """Return the JSON object in *body*; raises GitHub's 400 for anything else."""
    read = read_json(body)
    if not isinstance(read, dict):
        raise ApiError(400, "Body should be a JSON object")
    return read


def encoded(value: object) -> bytes:
    """Return *value* as JSON."""
    try:
        return msgspec.json.encode(value)
    except (UnicodeEncodeError, OverflowError):  # half a character, or a number beyond 64 bits
        text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
        return text.encode(errors="replace")


def answer(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """Return an answer with *value* as its JSON body."""
    return Answer(status, encoded(value), headers or {})


class ApiError(Exception):
    """GitHub answers with an error; the handler that raises it did nothing."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        headers: Mapping[str, str] | None = None,
        errors: list[dict[str, object]] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers or {}
        self.errors = errors

    def answer(self, docs: str = DOCS) -> Answer:
        """Return the error in the shape of all of GitHub's errors."""
        body: dict[str, object] = {"message": self.message}
        if self.errors is not None:
            body["errors"] = self.errors
        body |= {"documentation_url": docs, "status": str(self.status)}
        return answer(body, self.status, self.headers)


def not_found() -> ApiError:
    """Return the error for what doesn't exist, or what the token can't see."""
    return ApiError(404, "Not Found")
