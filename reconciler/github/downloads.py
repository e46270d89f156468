"""Fetches files that GitHub's answers link to: elsewhere, signed, and never with the token."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

import httpx

from reconciler import __version__
from reconciler.errors import GitHubError, Malformed
from reconciler.github import proxies, urls
from reconciler.github.errors import ServerError, clean
from reconciler.github.jsonstream import decoded
from reconciler.github.retry import Patience, may_repeat_read
from reconciler.github.transport import FOREIGN, Ask, ours

T = TypeVar("T")

_HEADERS = {"User-Agent": f"copilot-seats/{__version__}", "Accept": "*/*"}
_CHUNK = 64 * 1024
_TIMEOUT = httpx.Timeout(60.0, connect=10.0)


@dataclass(frozen=True, slots=True)
class Read:
    """How many rows of a report were read, and how many could not be; `reason` is the first's."""

    rows: int = 0
    unread: int = 0
    reason: str = ""

    def __add__(self, other: Read) -> Read:
        rows, unread = self.rows + other.rows, self.unread + other.unread
        return Read(rows, unread, self.reason or other.reason)


class Downloads:
    """Reads the rows of linked files, over https, or from this machine if the API is on it too.

    The client is its own: it has no token, no cookies and follows no redirects. A link's query is
    its signature, so it is never shown.
    """

    def __init__(
        self, api: httpx.URL, patience: Patience, transport: httpx.BaseTransport | None = None
    ) -> None:
        self._api = api
        self._patience = patience
        self._transport = transport

    def rows(
        self,
        links: Iterable[str],
        decode: Callable[[str], tuple[T | Exception, ...]],
        add: Callable[[T], object],
    ) -> Read:
        """Call *add* with each row that *decode* finds in the files; count what it can't read.

        Where a download breaks off and is repeated, *add* gets the same rows again. A file of which
        nothing can be read is an error.
        """
        return sum((self._file(link, decode, add) for link in links), Read())

    def _file(
        self,
        link: str,
        decode: Callable[[str], tuple[T | Exception, ...]],
        add: Callable[[T], object],
    ) -> Read:
        url = self._checked(link)
        ask = Ask("GET", f"{url.scheme}://{url.netloc.decode('ascii', 'replace')}{url.path}", "")
        read = self._patience.persist(
            lambda: self._read(url, ask, decode, add), may_repeat_read, cost=0
        )
        if read.unread and not read.rows:
            raise Malformed(f"{ask}: the file has no row that can be read ({read.reason}).")
        return read

    def _checked(self, link: str) -> httpx.URL:
        try:
            url = httpx.URL(link)
        except (httpx.InvalidURL, ValueError):
            url = httpx.URL()
        if not url.host:
            raise Malformed("GitHub's answer links to a report's file by no address that is one.")
        near = urls.is_loopback(url) and urls.is_loopback(self._api)
        if url.userinfo or not (url.scheme == "https" or (url.scheme == "http" and near)):
            raise Malformed(
                f"GitHub's answer links to a report's file at {clean(url.scheme)}://"
                f"{clean(url.host)}; only https is followed."
            )
        return url

    def _read(
        self,
        url: httpx.URL,
        ask: Ask,
        decode: Callable[[str], tuple[T | Exception, ...]],
        add: Callable[[T], object],
    ) -> Read:
        rows, unread, reason = 0, 0, ""
        try:
            with (
                self._client(url) as client,
                client.stream("GET", url, headers=_HEADERS) as answer,
            ):
                _require_success(ask, answer)
                for found in decoded(answer.iter_bytes(_CHUNK), decode):
                    for row in found if isinstance(found, tuple) else (found,):
                        if isinstance(row, Exception):
                            unread += 1
                            reason = reason or clean(str(row)) or type(row).__name__
                        else:
                            add(row)
                            rows += 1
        except FOREIGN as error:
            raise _unsigned(ours(ask, error), url) from None
        return Read(rows, unread, reason)

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
    # Without its status, which says nothing of the API.
    raise GitHubError(f"{told} Such links are good for a short time only: try again.")


def _unsigned(error: GitHubError, url: httpx.URL) -> GitHubError:
    """Return *error* with the link's signature struck out, should its words repeat it."""
    query = url.query.decode("ascii", "replace")
    if query:
        error.args = (str(error).replace(query, "***"),)
    return error
