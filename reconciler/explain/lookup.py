"""Find whom a login means: today's holder, or who stood behind it when it was written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from reconciler.decide.names import names_in, remembered_ids
from reconciler.decide.state import Look
from reconciler.model.desired import Kind, Name
from reconciler.model.observed import Account


def find(look: Look, login: str) -> int | None:
    """Return the id behind *login*, in any case, be it the login of before a renaming.

    None where the look knows nobody of that name.
    """
    key = login.lower()
    today = look.directory.user_ids.get(key)
    if today is not None:
        return today
    remembered = remembered_ids(look.file, look.memory).get((Kind.USER, key))
    return remembered if remembered in look.directory.logins else None


def places(look: Look, login: str) -> tuple[Name, ...]:
    """Return where the file names *login*, though nobody may stand behind it."""
    return tuple(one for one in names_in(look.file) if one.key == (Kind.USER, login.lower()))


def with_account(look: Look, account: Account, membership: str | None) -> Look:
    """Return *look* with somebody who was looked up by login: nothing in the file needed them."""
    observed = look.observed
    if membership == "active":
        members = (*(observed.members or ()), account)
        return replace(look, observed=replace(observed, members=members))
    invited = observed.invited | ({account.id} if membership == "pending" else set())
    accounts = (*observed.accounts, account)
    return replace(look, observed=replace(observed, accounts=accounts, invited=invited))


def names_of(look: Look, user_id: int) -> Iterator[Name]:
    """Yield every name of the file that stands, or once stood, for the person."""
    for name in names_in(look.file):
        if name.kind is Kind.USER and user_id in look.names.of(name).ids:
            yield name
