"""Inside the Action errors name its inputs: the variables are filled by action.yml."""

from __future__ import annotations

import httpx
import pytest
from github_fake import refusal

from reconciler.errors import AuthenticationError
from reconciler.github import app_from, token_from
from reconciler.github.credentials import INSIDE, repository_token_from
from reconciler.github.errors import error_of

INSIDE_ACTION = {INSIDE: "plan"}
APP, KEY = "GITHUB_APP_ID", "GITHUB_APP_PRIVATE_KEY"


@pytest.mark.parametrize(
    ("ask", "given", "told"),
    [
        (token_from, {}, "inputs app-id and app-private-key"),
        (token_from, {"GITHUB_TOKEN": "a b"}, "The input token holds a space"),
        (repository_token_from, {}, "input repository-token"),
        (
            repository_token_from,
            {"COPILOT_SEATS_REPOSITORY_TOKEN": "a b"},
            "The input repository-token holds a space",
        ),
        (app_from, {APP: "7"}, "The input app-id is set and the input app-private-key is not"),
        (app_from, {KEY: "x"}, "The input app-private-key is set and the input app-id is not"),
        (app_from, {APP: "7 7", KEY: "-----BEGIN"}, "The input app-id holds a space"),
        (app_from, {APP: "7", KEY: "x\0"}, "The input app-private-key holds neither"),
        (app_from, {APP: "7", KEY: "/dev/null"}, "the input app-private-key names"),
    ],
)
def test_what_is_missing_is_an_input(ask: object, given: dict[str, str], told: str) -> None:
    assert callable(ask)
    with pytest.raises(AuthenticationError) as caught:
        ask(INSIDE_ACTION | given)
    assert told in str(caught.value)
    assert "GITHUB_" not in str(caught.value)
    if given:
        with pytest.raises(AuthenticationError, match=r"GITHUB_|COPILOT_SEATS_"):
            ask(given)


def test_a_wrong_token_is_an_input_s(monkeypatch: pytest.MonkeyPatch) -> None:
    for inside in (True, False):
        if inside:
            monkeypatch.setenv(INSIDE, "plan")
        else:
            monkeypatch.delenv(INSIDE)
        answer = refusal(401, "Bad credentials")
        answer.request = httpx.Request("GET", "https://api.github.com/user")
        told = str(error_of("GET /user", "nothing", answer))
        assert ("set the input token to" in told) == inside
        assert ("GITHUB_TOKEN" in told) != inside
