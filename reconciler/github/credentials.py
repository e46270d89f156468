"""Where the token comes from, and to whom it goes: to the API's own address and nobody else."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from reconciler.errors import AuthenticationError
from reconciler.github.urls import same_origin

ID, KEY, INSTALLATION = "GITHUB_APP_ID", "GITHUB_APP_PRIVATE_KEY", "GITHUB_APP_INSTALLATION_ID"
VARIABLES = ("GITHUB_TOKEN", "GH_TOKEN")
REPOSITORY_VARIABLES = ("COPILOT_SEATS_REPOSITORY_TOKEN", *VARIABLES)
"""Who may comment on a repository is often not who may give seats: an own token comes first."""

INSIDE = "COPILOT_SEATS_INPUT_COMMAND"
"""Set where action.yml runs: it fills the variables from its inputs, so they are what to name."""

INPUTS = {
    "GITHUB_TOKEN": "the input token",
    ID: "the input app-id",
    KEY: "the input app-private-key",
    "COPILOT_SEATS_REPOSITORY_TOKEN": "the input repository-token",
}


def named(variable: str, environ: Mapping[str, str] | None = None) -> str:
    """Return what sets *variable*: its own name, or inside the Action that of an input."""
    inside = INSIDE in (os.environ if environ is None else environ)
    return INPUTS.get(variable, variable) if inside else variable


def token_from(environ: Mapping[str, str]) -> str:
    """Return the token that *environ* holds; GITHUB_TOKEN comes before GH_TOKEN."""
    for variable in VARIABLES:
        if token := environ.get(variable):
            return checked(token, named(variable, environ))
    if INSIDE in environ:
        raise AuthenticationError(
            "There is no token: give the Action the inputs app-id and app-private-key of a GitHub"
            ' App with the organisation permissions "GitHub Copilot Business" (read to plan, write'
            ' to apply) and "Members" (read), or the input token. A secret that this workflow'
            " can't reach reads as empty."
        )
    raise AuthenticationError(
        "There is no token: set GITHUB_TOKEN (or GH_TOKEN) to one with the organisation permissions"
        ' "GitHub Copilot Business" (read to plan, write to apply) and "Members" (read).'
        " To act as a GitHub App, set GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY."
    )


def repository_token_from(environ: Mapping[str, str]) -> tuple[str, str]:
    """Return the token for comments and issues, and the variable that holds it."""
    for variable in REPOSITORY_VARIABLES:
        if token := environ.get(variable):
            return checked(token, named(variable, environ)), variable
    if INSIDE in environ:
        raise AuthenticationError(
            "There is no token for the repository: leave the input repository-token out, or give"
            " ${{ github.token }}, with the permissions pull-requests: write for comments and"
            " issues: write for issues."
        )
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
        raise AuthenticationError(f"{_the(source)} is empty.")
    if any(not "!" <= character <= "~" for character in token):
        raise AuthenticationError(
            f"{_the(source)} holds a space, a line break or another character that no token has;"
            " it was probably copied with something around it. (It is not shown here.)"
        )
    return token


@dataclass(frozen=True, slots=True)
class App:
    """A GitHub App's id, key and, if it is known, installation."""

    id: str
    key: str = field(repr=False)
    installation: str | None = None


def app_from(environ: Mapping[str, str]) -> App | None:
    """Return the App that *environ* names, None where it names none.

    The key is text in PEM or the path of a file with it. Raise AuthenticationError for half an App;
    what a variable holds is never shown.
    """
    app_id, key = environ.get(ID, "").strip(), environ.get(KEY, "").strip()
    if not app_id and not key:
        return None
    if not app_id or not key:
        pair = (ID, KEY) if app_id else (KEY, ID)
        there, missing = (named(one, environ) for one in pair)
        raise AuthenticationError(
            f"{_first(there)} is set and {missing} is not: a GitHub App needs both. To use a token"
            f" instead, unset {there}."
        )
    installation = environ.get(INSTALLATION, "").strip() or None
    if installation is not None and not (installation.isascii() and installation.isdigit()):
        raise AuthenticationError(f"{INSTALLATION} is no number; leave it out to have it found.")
    return App(checked(app_id, named(ID, environ)), _key(key, named(KEY, environ)), installation)


def _key(value: str, name: str) -> str:
    if "-----BEGIN" in value:
        # Stores of secrets often keep line ends as two characters.
        return value.replace("\\n", "\n")
    try:
        text = Path(value).expanduser().read_text(encoding="ascii")
    except (OSError, ValueError, RuntimeError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else "not readable"
        raise AuthenticationError(
            f"{_first(name)} holds neither a key (-----BEGIN ...) nor the path of a file that can"
            f" be read ({why}). It is not shown here, should it be a key after all."
        ) from None
    if "-----BEGIN" not in text:
        raise AuthenticationError(f"The file that {name} names holds no key (-----BEGIN ...).")
    return text


def _the(source: str) -> str:
    return _first(source if source.startswith("the ") else f"the {source}")


def _first(words: str) -> str:
    """Return *words* as a sentence begins."""
    return words[:1].upper() + words[1:]


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
