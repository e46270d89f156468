"""Opens the connection to GitHub: address, token, time limits, proxies."""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable

import httpx

from reconciler.errors import UsageError
from reconciler.github import proxies, urls
from reconciler.github.credentials import BearerToken, checked

_CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR")

# GitHub itself gives up on a request after 10 seconds.
_TIMEOUT = httpx.Timeout(30.0, connect=10.0)


def connect(
    api_url: str,
    token: str | Callable[[], str],
    *,
    transport: httpx.BaseTransport | None = None,
    timeout: httpx.Timeout | float = _TIMEOUT,
) -> httpx.Client:
    """Return a client for the API at *api_url*; close it when done.

    *token* may be a function: it is asked before each request. Proxies and certificates of the
    environment are used for hosts on the network, never for this machine; `.netrc` is never read.
    """
    url = urls.parse(api_url)
    provider = _fixed(token) if isinstance(token, str) else token
    try:
        if transport is None:
            local = urls.is_loopback(url)
            transport = _to_this_machine(url) if local else proxies.transport(url)
        return httpx.Client(
            base_url=url,
            auth=BearerToken(provider, url),
            transport=transport,
            timeout=timeout,
            follow_redirects=False,
        )
    except (ValueError, OSError) as error:
        named = [one for one in _CERTIFICATES if os.environ.get(one)] or _CERTIFICATES
        raise UsageError(
            f"The certificates that {' and '.join(named)} name can't be used"
            f" ({type(error).__name__}). Correct the path, or unset it."
        ) from None


def _fixed(token: str) -> Callable[[], str]:
    checked(token)
    return lambda: token


def _to_this_machine(url: httpx.URL) -> httpx.HTTPTransport:
    if url.scheme == "https":
        return httpx.HTTPTransport()
    # Loading the world's certificates takes longer than a whole plan on the sandbox.
    return httpx.HTTPTransport(verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
