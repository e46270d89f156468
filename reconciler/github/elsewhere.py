"""Recognises answers that don't come from GitHub's API, and says whose they are."""

from __future__ import annotations

import json
import re

import httpx

from reconciler.github.urls import is_github

_VERSION = re.compile(r"[0-9]+\.[0-9][0-9.]{0,12}")
_DOCUMENTATION = re.compile(r"/enterprise-server@([0-9]+\.[0-9]+)")
_BODILY = frozenset({401, 403, 404, 405, 406})
_LOGIN = re.compile(r"(?i)(?:^|[/_.-])(?:log-?in|sign-?in|sso|saml|session|oauth|auth)")
WRITE = (
    "Set --api-url (or GITHUB_API_URL) to https://api.github.com, or with data residency to"
    " https://api.SUBDOMAIN.ghe.com."
)


def stranger(response: httpx.Response) -> str | None:
    """Return who answered and what to do, None for GitHub's API.

    GitHub's API always answers in JSON, except for trouble of its own (5xx).
    """
    if (told := server(response)) is not None:
        return told
    if response.status_code >= 500 or response.status_code == 429:
        return None
    if _is_page(response):
        return _not_the_api(response.request.url, "This is a web page, not an answer of the API")
    if response.status_code in _BODILY and response.content and not _is_json(response.content):
        return _not_the_api(response.request.url, "This is not an answer of GitHub's API")
    if response.status_code == 406:
        return _not_the_api(response.request.url, "GitHub's API never answers that")
    return None


def server(response: httpx.Response) -> str | None:
    """Return what to do where GitHub Enterprise Server answered, None for all others."""
    version = _server_version(response)
    if version is None:
        return None
    return f"This is GitHub Enterprise Server {version}, which has no Copilot seats. {WRITE}"


def login_page(target: httpx.URL) -> bool:
    """Tell whether *target* looks like a page to sign in."""
    return _LOGIN.search(target.host + target.path) is not None


def _not_the_api(url: httpx.URL, what: str) -> str:
    if is_github(url):
        return f"{what}: a proxy or firewall answers in place of {url.host}. Check the network."
    port = "" if url.port is None else f":{url.port}"
    return (
        f"{what}: {url.host}{port} is a web address, or a proxy or firewall answers in its place."
        f" {WRITE}"
    )


def _server_version(response: httpx.Response) -> str | None:
    """Return the version of GitHub Enterprise Server, None for any other."""
    if is_github(response.request.url):
        return None
    found = _VERSION.fullmatch(response.headers.get("x-github-enterprise-version", "").strip())
    if found is not None:
        return found.group()
    if response.is_success or b"enterprise-server@" not in response.content[:4096]:
        return None
    found = _DOCUMENTATION.search(response.content[:4096].decode("utf-8", "replace"))
    return found[1] if found is not None else None


def _is_page(response: httpx.Response) -> bool:
    if (
        response.headers.get("content-type", "")
        .lower()
        .startswith(("text/html", "application/xhtml"))
    ):
        return True
    return (
        re.match(rb"(?i)(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|head|\?xml)", response.content)
        is not None
    )


def _is_json(content: bytes) -> bool:
    try:
        json.loads(content)
    except (ValueError, RecursionError):
        return False
    return True
