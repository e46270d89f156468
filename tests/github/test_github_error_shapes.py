"""Every error body that GitHub's documents show is taken for what it is, and told in its words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from github_fake import TOKEN, FakeGitHub, Waits, reader_of, writer_of

from reconciler.errors import GitHubError

SHAPES = json.loads(
    (Path(__file__).parents[1] / "fixtures" / "github-errors.json").read_text(encoding="utf-8")
)
SEATS = "/orgs/acme/copilot/billing/seats"
USERS = "/orgs/acme/copilot/billing/selected_users"


def answer(shape: dict[str, Any]) -> httpx.Response:
    body, headers = shape["body"], shape.get("headers", {})
    if isinstance(body, str):
        return httpx.Response(shape["status"], text=body, headers=headers)
    return httpx.Response(shape["status"], json=body, headers=headers)


def refused(shape: dict[str, Any], *, writing: bool) -> GitHubError:
    fake, patience = FakeGitHub(), Waits().patience(max_wait=0)
    fake.faults[USERS if writing else SEATS] = [answer(shape) for _ in range(9)]
    reader, writer = reader_of(fake, patience=patience), writer_of(fake, patience=patience)
    with pytest.raises(GitHubError) as caught:
        _ = writer.create_users(["octocat"]) if writing else reader.seats()
    return caught.value


@pytest.mark.parametrize("writing", [False, True])
@pytest.mark.parametrize("shape", SHAPES, ids=[shape["name"] for shape in SHAPES])
def test_an_error_is_what_the_documents_say(shape: dict[str, Any], writing: bool) -> None:
    error = refused(shape, writing=writing)
    assert type(error).__name__ == shape["kind"]
    assert error.status == shape["status"]
    text = str(error)
    assert TOKEN not in text
    assert str(shape["status"]) in text
    if isinstance(shape["body"], dict):
        assert shape["body"]["message"] in text
    else:
        assert "<html>" not in text


def test_every_status_that_seats_may_answer_has_a_shape() -> None:
    read = json.loads(
        (Path(__file__).parents[1] / "fixtures" / "openapi-copilot.json").read_text(
            encoding="utf-8"
        )
    )
    statuses = {
        int(status)
        for path, methods in read["paths"].items()
        if path.startswith("/orgs/{org}/copilot")
        for method in methods.values()
        for status in method["responses"]
        if int(status) >= 400
    }
    assert statuses <= {shape["status"] for shape in SHAPES}
