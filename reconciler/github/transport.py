"""The one place where a request is sent, and where every foreign exception becomes one of ours."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

import httpx
import msgspec

from reconciler import __version__
from reconciler.errors import GitHubError, Malformed, NotSent, Unreachable
from reconciler.github.elsewhere import WRITE, login_page, server, stranger
from reconciler.github.errors import clean, date_of, error_of, request_id_of
from reconciler.github.proxies import found_for
from reconciler.github.urls import resolve, same_origin

T = TypeVar("T")

_HEADERS = {
    "Accept": "application/vnd.github+json",
    "X-GitHub-Api-Version": "2022-11-28",
    "User-Agent": f"copilot-seats/{__version__}",
}
_REDIRECTS = frozenset({301, 302, 307, 308})
_MOST_REDIRECTS = 5

FOREIGN = (
    httpx.HTTPError,
    httpx.InvalidURL,
    httpx.CookieConflict,
    httpx.StreamError,
    msgspec.MsgspecError,
    OSError,  # ssl.SSLError is one
    ValueError,  # json's errors and UnicodeError are
    OverflowError,
    RecursionError,
)
"""What httpx, msgspec, json, ssl and the codecs raise for what the world does to them."""

_NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
    httpx.InvalidURL,
)


@dataclass(frozen=True, slots=True)
class Ask:
    """One request, and the permission it takes in GitHub's own words.

    `path` may also be a whole address, as GitHub's links give them.
    """

    method: str
    path: str
    needs: str
    params: Mapping[str, int | str] = field(default_factory=dict)
    body: bytes | None = None
    variable: str = "GITHUB_TOKEN"
    """Where the token comes from, for the message that it is wrong."""

    def __str__(self) -> str:
        query = "&".join(f"{key}={value}" for key, value in self.params.items())
        return clean(f"{self.method} {self.path}{'?' if query else ''}{query}")

    def to(self, target: httpx.URL) -> Ask:
        """Return the same question to another address."""
        return replace(self, path=str(target), params={})


class Channel:
    """Sends requests of the given *methods* over *client*, and refuses all others.

    Nothing but this object's own methods is held, so that who has a channel for reading has no
    way to write.
    """

    __slots__ = ("_answered", "_base", "_deliver", "_methods", "_now")

    def __init__(self, client: httpx.Client, methods: frozenset[str]) -> None:
        def deliver(ask: Ask) -> httpx.Response:
            return _exchange(client, ask)

        self._deliver = deliver
        self._base = client.base_url
        self._methods = methods
        self._answered = False
        self._now: datetime | None = None

    @property
    def base(self) -> httpx.URL:
        """The address of the API."""
        return self._base

    @property
    def answered(self) -> bool:
        """Whether GitHub has answered anything yet."""
        return self._answered

    def now(self) -> datetime:
        """Return the `Date` of the first answer; raise Malformed where it has none."""
        if self._now is None:
            raise Malformed(
                f"The first answer from {self._base} has no Date that can be read, so it is not"
                " known at what moment to judge the seats. GitHub always sends one: look for a"
                " proxy that takes it away, or give the moment yourself with --now."
            )
        return self._now

    def send(self, ask: Ask) -> httpx.Response:
        """Send *ask* once and return the answer if it is one of success.

        A read that was moved is followed on the same host; a write never is.
        """
        if ask.method not in self._methods:
            raise RuntimeError(f"this channel is not for {ask.method}: {ask}")
        response = self._deliver(ask)
        if ask.method == "GET":
            response = self._follow(ask, response)
        # A 5xx may come from something in between, which has a clock of its own.
        if not self._answered and response.status_code < 500:
            # In this order: another thread may ask for the moment in between.
            self._now = date_of(response)
            self._answered = True
        if response.is_success:
            if (who := server(response)) is not None:
                raise GitHubError(f"{ask}: {who}", status=response.status_code)
            return response
        raise error_of(str(ask), ask.needs, response, ask.variable)

    def _follow(self, ask: Ask, response: httpx.Response) -> httpx.Response:
        for _ in range(_MOST_REDIRECTS):
            if response.status_code not in _REDIRECTS or "location" not in response.headers:
                return response
            target = resolve(response.request.url, response.headers["location"])
            if target is None or not same_origin(target, self._base):
                raise GitHubError(
                    f"{ask}: GitHub answered {response.status_code} and points to"
                    f" {self._elsewhere(target)}",
                    status=response.status_code,
                    request_id=request_id_of(response),
                )
            response = self._deliver(ask.to(target))
        raise GitHubError(f"{ask}: GitHub sends this request round in circles; try again later.")

    def _elsewhere(self, target: httpx.URL | None) -> str:
        if target is not None and login_page(target):
            return (
                f"a page to sign in, on {clean(target.host)}: {clean(self._base.host)} is a web"
                f" address, not the API. {WRITE}"
            )
        where = clean(target.host) if target is not None else "an address without sense"
        return (
            f"{where}; that is not followed, because the token is for"
            f" {self._base.host} only. Check --api-url."
        )


def _exchange(client: httpx.Client, ask: Ask) -> httpx.Response:
    headers = _HEADERS if ask.body is None else {**_HEADERS, "Content-Type": "application/json"}
    try:
        request = client.build_request(
            ask.method, ask.path, params=ask.params or None, content=ask.body, headers=headers
        )
        response = client.send(request, follow_redirects=False)
        # httpx's own stream and the answer hold each other; a thousand pages would stay in memory.
        response.stream = httpx.ByteStream(b"")
        return response
    except FOREIGN as error:
        raise ours(ask, error) from error


def ours(ask: Ask, error: Exception) -> GitHubError:
    """Return our error for a foreign one."""
    what = clean(str(error)) or type(error).__name__
    if _certificate_refused(error):
        return NotSent(
            f"{ask}: the certificate of the other side is not trusted ({what}). If a proxy of your"
            " company stands between, point SSL_CERT_FILE at its certificate."
        )
    if isinstance(error, _NOT_SENT):
        return NotSent(f"{ask}: {_no_connection(error, what)}")
    if isinstance(error, httpx.TimeoutException):
        return Unreachable(f"{ask}: no answer in time ({what}). Try again later.")
    if isinstance(error, (httpx.TransportError, OSError)):
        return Unreachable(f"{ask}: the connection broke ({what}). Try again later.")
    return Malformed(f"{ask}: the answer can't be understood ({what}).")


def _no_connection(error: Exception, what: str) -> str:
    """Return why there is no connection, with the proxy that stands between, and what to check."""
    request = getattr(error, "_request", None)
    url = request.url if isinstance(request, httpx.Request) else httpx.URL()
    proxy = found_for(url)
    if proxy is None:
        return f"no connection ({what}). Check the network and --api-url."
    if what.startswith("407"):
        cure = f"Write its user and password into {proxy.variable} (http://USER:PASSWORD@HOST)."
    elif isinstance(error, httpx.ProxyError):
        cure = f"Have {url.host} allowed there, or add it to NO_PROXY."
    else:
        cure = f"Check {proxy.variable}, or add {url.host} to NO_PROXY."
    return f"no connection through the proxy {clean(proxy.shown)}: {what}. {cure}"


def _certificate_refused(error: BaseException) -> bool:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


def hopeless(error: GitHubError) -> bool:
    """Tell whether *error* will be the same next time: no trust in a certificate, or a proxy's."""
    refused = error.__cause__
    by_proxy = isinstance(refused, httpx.ProxyError) and str(refused).startswith("4")
    return by_proxy or _certificate_refused(error)


def understood(ask: Ask, response: httpx.Response, decode: Callable[[bytes], T]) -> T:
    """Return what *decode* makes of the answer; raise Malformed where it can't."""
    try:
        return decode(response.content)
    except FOREIGN as error:
        if (who := stranger(response)) is not None:
            raise Malformed(f"{ask}: {who}", status=response.status_code) from error
        raise Malformed(
            f"{ask}: GitHub's answer ({response.status_code}) can't be understood:"
            f" {clean(str(error))}. Try again; if it stays so, report it with the request's name"
            f" ({request_id_of(response) or 'none given'}).",
            status=response.status_code,
            request_id=request_id_of(response),
        ) from error
