"""Where the token comes from, and to whom it goes: to the API's own address and nobody else."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping

import httpx

from reconciler.errors import AuthenticationError
from reconciler.github.address import same_origin

VARIABLES = ("GITHUB_TOKEN", "GH_TOKEN")
REPOSITORY_VARIABLES = ("COPILOT_SEATS_REPOSITORY_TOKEN", *VARIABLES)
"""Who may comment on a repository is often not who may give seats: an own token comes first."""


def token_from(environ: Mapping[str, str]) -> str:
    """Return the token that *environ* holds; GITHUB_TOKEN comes before GH_TOKEN."""
    for variable in VARIABLES:
        if token := environ.get(variable):
            return checked(token, variable)
    raise AuthenticationError(
        "There is no token: set GITHUB_TOKEN (or GH_TOKEN) to one with the organisation permissions"
        ' "GitHub Copilot Business" (read to plan, write to apply) and "Members" (read).'
        " To act as a GitHub App, set GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY."
    )


def repository_token_from(environ: Mapping[str, str]) -> tuple[str, str]:
    """Return the token for comments and issues, and the variable that holds it."""
    for variable in REPOSITORY_VARIABLES:
        if token := environ.get(variable):
            return checked(token, variable), variable
    raise AuthenticationError(
        "There is no token: set COPILOT_SEATS_REPOSITORY_TOKEN (or GITHUB_TOKEN, GH_TOKEN) to one"
        ' with the repository permissions "Pull requests" (write) for comments and "Issues"'
        " (write) for issues. In a workflow that is ${{ github.token }}, with those permissions."
    )


def source_of(environ: Mapping[str, str]) -> str:
    """Return the name of the variable that holds the token."""
    return next((name for name in VARIABLES if environ.get(name)), VARIABLES[0])


def checked(token: str, source: str = "token") -> str:
    """Return *token* if it can stand in a header, else raise without showing it.

    No length and no prefix is asked for: GitHub changes both.
    """
    if not token:
        raise AuthenticationError(f"The {source} is empty.")
    if any(not "!" <= character <= "~" for character in token):
        raise AuthenticationError(
            f"The {source} holds a space, a line break or another character that no token has;"
            " it was probably copied with something around it. (It is not shown here.)"
        )
    return token


class BearerToken(httpx.Auth):
    """Adds the token to requests that go to *address*, and to no others.

    *provider* is asked before each request, so that a token which expires can be renewed.
    """

    def __init__(self, provider: Callable[[], str], address: httpx.URL) -> None:
        self._provider = provider
        self._address = address

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if same_origin(request.url, self._address):
            request.headers["Authorization"] = f"Bearer {checked(self._provider())}"
        yield request
