"""Says what helps where GitHub refuses access for a reason that no permission removes."""

from __future__ import annotations

import re

import httpx

from reconciler.github.credentials import ID, KEY, named

_SSO = re.compile(r"saml|single sign-on|\bsso\b")
_ADDRESS = re.compile(r"\burl=(https://[!-~]+)")
_LONGEST_ADDRESS = 2000
_APP = "a GitHub App ({app} and {key})"
_TABLE: tuple[tuple[str, str], ...] = (
    (
        r"ip allow ?-?list|\bip address|\bip\b.*\ballow ?-?list",
        (
            "An IP allow list refuses this machine's address. Add the address to the list"
            " (organisation or enterprise settings, Authentication security), or run from an"
            " address on it."
        ),
    ),
    (
        r"(?:token|credential)s? (?:has|have|is|are|was|were) (?:been )?(?:expired|revoked)",
        "The token is expired or revoked: set {token} to a valid one.",
    ),
    (
        r"organi[sz]ation (?:has been|is|was) (?:flagged|blocked|restricted)|trade control",
        (
            "GitHub restricts the organisation. An owner can ask GitHub Support"
            " (https://support.github.com)."
        ),
    ),
    (
        r"lifetime|expir\w+ (?:date|within|in more|later)|must expire",
        (
            "The token is valid for longer than the organisation or enterprise allows. Give it an"
            " earlier expiration date under https://github.com/settings/personal-access-tokens,"
            f" or use {_APP}."
        ),
    ),
    (
        (
            r"forbids access via an? fine-grained|fine[- ]grained access do not"
            r"|forbid\w* .*fine-grained .*tokens?\b(?!.*classic)"
        ),
        (
            "The organisation or enterprise does not accept fine-grained personal access tokens."
            f" Use {_APP}."
        ),
    ),
    (
        r"\(classic\)|classic (?:personal access )?token|forbid\w* .*personal access token",
        (
            "The organisation or enterprise does not accept this kind of token. Set {token} to a"
            f" fine-grained personal access token, or use {_APP}."
        ),
    ),
    (
        r"oauth app\w* access restrictions|third-part(?:y|ies) (?:app|access)",
        (
            "The organisation restricts OAuth apps. An owner can approve the app (organisation"
            f" settings, Third-party access), or use {_APP}."
        ),
    ),
    (
        r"installation .*suspended|suspended .*installation|app .*suspended",
        (
            "The installation of the GitHub App is suspended. An owner of the organisation can"
            " resume it (organisation settings, GitHub Apps, Configure)."
        ),
    ),
    (
        r"user-agent|administrative rules",
        (
            "GitHub got the request without its User-Agent header. Check the proxy between this"
            " machine and GitHub."
        ),
    ),
)
"""Loose words of GitHub's, in the order in which they are tried, and what helps."""

_ACCOUNT = (
    (
        r"suspended|(?:account|user) (?:is|was|has been) (?:flagged|locked|disabled|deactivated)",
        (
            "The account is suspended. Use a credential of an active account, or ask an enterprise"
            " administrator or GitHub Support to restore it."
        ),
    ),
    (
        r"two-factor|\b2fa\b",
        (
            "The account of the token needs two-factor authentication. Enable it under"
            " https://github.com/settings/security."
        ),
    ),
    (
        r"e-?mail address .*verif|verif\w+ .*e-?mail",
        (
            "The account of the token has no verified e-mail address. Verify one under"
            " https://github.com/settings/emails."
        ),
    ),
    (
        r"terms of (?:service|use)",
        "The account must accept GitHub's terms. Sign in to GitHub in a browser to do that.",
    ),
)
"""Words that may also mean the person in the request, not the account of the token."""


def remedy(response: httpx.Response, said: str, variable: str) -> str | None:
    """Return what to do about a refusal that no permission removes; None for any other.

    *said* are GitHub's words, *variable* holds the token.
    """
    header = response.headers.get("x-github-sso", "").strip()
    if header.lower().startswith("required"):
        return _single_sign_on(header)
    if response.status_code != 403:
        return None
    words = (said + " " + _plain(response)).lower()
    if _SSO.search(words):
        return _single_sign_on(header)
    for pattern, advice in (*_TABLE, *_ACCOUNT):
        if re.search(pattern, words):
            return advice.format(token=named(variable), app=named(ID), key=named(KEY))
    return None


def may_mean_anyone(advice: str) -> bool:
    """Tell whether *advice* answers words that may mean the person in the request as well."""
    return any(advice == one for _, one in _ACCOUNT)


def _single_sign_on(header: str) -> str:
    found = _ADDRESS.search(header)
    if found is not None and len(found[1]) <= _LONGEST_ADDRESS:
        where = f"Open {found[1].rstrip(';,')} to authorise it."
    else:
        where = "Authorise it under https://github.com/settings/tokens (Configure SSO)."
    return f"The token is not authorised for the organisation's single sign-on. {where}"


def _plain(response: httpx.Response) -> str:
    """Return the start of an answer in plain text; GitHub refuses in that form as well."""
    if response.headers.get("content-type", "").startswith("text/plain"):
        return response.content[:500].decode("utf-8", "replace")
    return ""
