"""GitHub's own OpenAPI description as a judge of answers."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import jsonschema

_DESCRIPTION = Path(__file__).parents[1] / "fixtures" / "openapi-copilot.json"
_FORMATS = jsonschema.FormatChecker(formats=["date"])


@_FORMATS.checks("date-time")
def _is_date_time(value: object) -> bool:
    pattern = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"
    return not isinstance(value, str) or re.fullmatch(pattern, value) is not None


@_FORMATS.checks("uri")
def _is_uri(value: object) -> bool:
    return not isinstance(value, str) or re.fullmatch(r"https?://[^\s{}]+", value) is not None


@lru_cache
def description() -> dict[str, Any]:
    """Return the description as JSON Schema: `nullable` in its terms, one flaw of GitHub's mended.

    GitHub marks `assigning_team` nullable beside a `oneOf`, which strict validators don't honour.
    """
    read: dict[str, Any] = json.loads(_DESCRIPTION.read_text(encoding="utf-8"))
    mended: dict[str, Any] = _nullable(read)
    return mended


def _nullable(node: Any) -> Any:
    if isinstance(node, list):
        return [_nullable(item) for item in node]
    if not isinstance(node, dict):
        return node
    found = {key: _nullable(value) for key, value in node.items() if key != "nullable"}
    return {"anyOf": [found, {"type": "null"}]} if node.get("nullable") is True else found


def operations() -> list[tuple[str, str]]:
    """Return method and path of every operation on an organisation, a user or the API itself."""
    return [
        (method.upper(), path)
        for path, methods in description()["paths"].items()
        for method in methods
        if method in ("get", "post", "put", "delete") and not path.startswith("/enterprises")
    ]


def faults(method: str, path: str, status: int, body: str) -> list[str]:
    """Return what is wrong with an answer; a status that isn't described is wrong too."""
    responses = description()["paths"][path][method.lower()]["responses"]
    if str(status) not in responses:
        return [f"{method} {path}: {status} is not described"]
    response = responses[str(status)]
    if "$ref" in response:
        response = description()["components"]["responses"][response["$ref"].rsplit("/", 1)[1]]
    schema = response.get("content", {}).get("application/json", {}).get("schema")
    if schema is None:
        return []
    validator = jsonschema.Draft202012Validator(
        {**schema, "components": description()["components"]}, format_checker=_FORMATS
    )
    return [
        f"{error.json_path}: {error.message}" for error in validator.iter_errors(json.loads(body))
    ]
