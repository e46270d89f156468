"""Requests made up from GitHub's description: each answer is described there, and none is a crash.

schemathesis makes them up. The organisation's names are offered beside its inventions, so that
requests get past the first 404.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from sandbox_worlds import JWT

from reconciler.sandbox import Sandbox

schemathesis = pytest.importorskip("schemathesis")

_FIXTURE = Path(__file__).parents[1] / "fixtures" / "openapi-copilot.json"
_NAMES = {
    "org": ["acme", "ACME", "nobody"],
    "username": ["octocat", "MONA", "pia", "erin", "sam", "Hubot", "guest", "ines", "nobody"],
    "team-slug": ["platform", "sre", "Docs", "empty", "nothing"],
    "installation-id": [9919, 1],
}
_LISTS = {
    "selected_usernames": _NAMES["username"],
    "selected_teams": [*_NAMES["team-slug"], "Platform Team"],
}
_NOT_SERVED = ("/enterprises/", "/orgs/{org}/audit-log")


def _description() -> dict[str, Any]:
    """Return GitHub's description of what the sandbox serves, with names that exist.

    GitHub answers 400 to broken JSON and 404 to unknown names everywhere, described or not, so both
    are added. https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api
    """
    read: dict[str, Any] = json.loads(_FIXTURE.read_text(encoding="utf-8"))
    read["paths"] = {
        path: methods for path, methods in read["paths"].items() if not path.startswith(_NOT_SERVED)
    }
    for name, values in _NAMES.items():
        read["components"]["parameters"][name]["schema"]["enum"] = values
    team = read["components"]["schemas"]["copilot-seat-details"]["properties"]["assigning_team"]
    team["oneOf"].append({"enum": [None], "nullable": True})
    for methods in read["paths"].values():
        for operation in methods.values():
            _widen(operation)
    return read


def _widen(operation: dict[str, Any]) -> None:
    for status in ("400", "404"):
        operation["responses"].setdefault(status, {"$ref": "#/components/responses/not_found"})
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    for name, values in _LISTS.items():
        if content and name in content["schema"].get("properties", {}):
            content["schema"] = copy.deepcopy(content["schema"])
            item = content["schema"]["properties"][name]["items"]
            content["schema"]["properties"][name]["items"] = {
                "anyOf": [{"type": "string", "enum": values}] * 4 + [item]
            }


schema = schemathesis.openapi.from_dict(_description())


@schema.parametrize()
@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_described(case: Any, sandbox: Sandbox) -> None:
    token = JWT if case.path.startswith("/app/") else "secret"
    found = case.call(
        base_url=sandbox.url,
        headers={"Authorization": f"Bearer {token}", "User-Agent": "fuzz"},
        allow_redirects=False,
    )
    case.validate_response(
        found,
        checks=[
            schemathesis.checks.not_a_server_error,
            schemathesis.checks.status_code_conformance,
            schemathesis.checks.content_type_conformance,
            schemathesis.checks.response_schema_conformance,
        ],
    )
