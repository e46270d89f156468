"""Fetches files that GitHub's answers link to: elsewhere, signed, and never with the token."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import httpx

from reconciler import __version__
from reconciler.errors import GitHubError, Malformed
from reconciler.github import address, proxies
from reconciler.github.answers import ServerError, clean
from reconciler.github.patience import Patience, may_repeat_read
from reconciler.github.transport import FOREIGN, Ask, ours

T = TypeVar("T")

_HEADERS = {"User-Agent": f"copilot-seats/{__version__}", "Accept": "*/*"}
_LONGEST_LINE = 16 * 1024 * 1024
_TIMEOUT = httpx.Timeout(60.0, connect=10.0)


class Downloads:
    """Reads the lines of linked files, over https, or from this machine if the API is on it too.

    The client is its own: it has no token, no cookies and follows no redirects. A link's query is
    its signature, so it is never shown.
    """

    def __init__(
        self, api: httpx.URL, patience: Patience, transport: httpx.BaseTransport | None = None
    ) -> None:
        self._api = api
        self._patience = patience
        self._transport = transport

    def lines(
        self, links: Iterable[str], decode: Callable[[bytes], tuple[T, ...]]
    ) -> tuple[T, ...]:
        """Return what *decode* makes of every line of every file; a file is read whole or fails."""
        return tuple(row for link in links for row in self._file(link, decode))

    def _file(self, link: str, decode: Callable[[bytes], tuple[T, ...]]) -> list[T]:
        url = self._checked(link)
        ask = Ask("GET", f"{url.scheme}://{url.netloc.decode('ascii', 'replace')}{url.path}", "")
        return self._patience.persist(lambda: self._read(url, ask, decode), may_repeat_read, cost=0)

    def _checked(self, link: str) -> httpx.URL:
        try:
            url = httpx.URL(link)
        except (httpx.InvalidURL, ValueError):
            url = httpx.URL()
        if not url.host:
            raise Malformed("GitHub's answer links to a report's file by no address that is one.")
        near = address.is_loopback(url) and address.is_loopback(self._api)
        if url.userinfo or not (url.scheme == "https" or (url.scheme == "http" and near)):
            raise Malformed(
                f"GitHub's answer links to a report's file at {clean(url.scheme)}://"
                f"{clean(url.host)}; only https is followed."
            )
        return url

    def _read(self, url: httpx.URL, ask: Ask, decode: Callable[[bytes], tuple[T, ...]]) -> list[T]:
        try:
            with (
                self._client(url) as client,
                client.stream("GET", url, headers=_HEADERS) as answer,
            ):
                _require_success(ask, answer)
                return [row for line in _lines(answer) for row in decode(line)]
        except FOREIGN as error:
            raise _unsigned(ours(ask, error), url) from None

    def _client(self, url: httpx.URL) -> httpx.Client:
        transport = self._transport
        if transport is None:
            transport = proxies.transport(url)
        return httpx.Client(timeout=_TIMEOUT, follow_redirects=False, transport=transport)


def _require_success(ask: Ask, answer: httpx.Response) -> None:
    status = answer.status_code
    if answer.is_success:
        return
    told = f"{ask}: the file behind GitHub's link can't be fetched ({status})."
    if status >= 500 or status == 429:
        raise ServerError(f"{told} Try again later.", status=status)
    raise GitHubError(
        f"{told} Such links are good for a short time only: try again.", status=status
    )


def _unsigned(error: GitHubError, url: httpx.URL) -> GitHubError:
    """Return *error* with the link's signature struck out, should its words repeat it."""
    query = url.query.decode("ascii", "replace")
    if query:
        error.args = (str(error).replace(query, "***"),)
    return error


def _lines(answer: httpx.Response) -> Iterator[bytes]:
    rest = b""
    for chunk in answer.iter_bytes():
        *whole, rest = (rest + chunk).split(b"\n")
        yield from (line for line in whole if line.strip())
        if len(rest) > _LONGEST_LINE:
            raise ValueError("a line without end")
    if rest.strip():
        yield rest
