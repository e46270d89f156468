"""Say of an organisation that GitHub no longer has under its name what it is called today."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reconciler.errors import GitHubError, NotFound
from reconciler.github.transport import Ask
from reconciler.model.diagnostics import Mark
from reconciler.model.observed import Account

_WHERE = "https://github.com/settings/organizations"


@dataclass(frozen=True, slots=True)
class Written:
    """An organisation's name where a file has it; `remembered` returns the id that it stood for."""

    name: str
    mark: Mark
    remembered: Callable[[], int | None]


def listed_first(number: int) -> Ask:
    """Return the request whose first organisation is the one with id *number*, if GitHub shows it.

    Source: https://docs.github.com/en/rest/orgs/orgs#list-organizations
    """
    return Ask("GET", "/organizations", "a valid token", {"since": number - 1, "per_page": 1})


def explained(
    error: NotFound, written: Written | None, ask: Callable[[Ask], tuple[Account, ...]]
) -> NotFound:
    """Return *error* with what the id of *written* tells: the new name, or where to look for it.

    No other organisation is ever named: the id decides, and the ledger is named beside it.
    """
    number = written.remembered() if written is not None else None
    if written is None or number is None:
        return error
    try:
        found = next((one for one in ask(listed_first(number)) if one.id == number), None)
    except GitHubError:
        found = None
    if found is not None and found.login.lower() == written.name.lower():
        return error
    if found is not None:
        advice = (
            f"{written.mark}: GitHub has no organisation {written.name}. By the ledger it has id"
            f" {number}, and that is {found.login} now: write `org: {found.login}`."
        )
    else:
        advice = (
            f"{error} By the ledger {written.name} has id {number}, so it may have been renamed:"
            f" look up its name of today ({_WHERE} lists yours), and write it at"
            f" {written.mark} under `org`."
        )
    return NotFound(advice, status=error.status, request_id=error.request_id)
