"""Which addresses a token may be sent to: https anywhere, plain http to this machine only."""

from __future__ import annotations

import ipaddress
from urllib.parse import quote, urljoin

import httpx

from reconciler.errors import NotFound, UsageError

_DEFAULT_PORTS = {"http": 80, "https": 443}


def parse(api_url: str) -> httpx.URL:
    """Return the address of the API, or raise UsageError saying what is wrong with it.

    What follows a user name or `?` may be a secret, so the text of a bad address is not repeated.
    """
    if not api_url:
        raise UsageError("The API address is empty; write for example https://api.github.com.")
    if any(not "!" <= character <= "~" or character == "\\" for character in api_url):
        raise _bad("it may hold visible ASCII characters only, without spaces or backslashes")
    try:
        url = httpx.URL(api_url)
    except httpx.InvalidURL as error:
        raise _bad("it can't be read as a URL") from error
    _check_parts(api_url, url)
    if url.scheme == "http" and not is_loopback(url):
        raise UsageError(
            f"The API address http://{url.host} is refused: plain http would show the token to the"
            " network. Use https, or http to this machine only (127.0.0.1, ::1, localhost)."
        )
    return url


def _check_parts(text: str, url: httpx.URL) -> None:
    if url.scheme not in _DEFAULT_PORTS:
        raise _bad("it must begin with https://")
    if url.userinfo:
        raise _bad("it holds a user name or password; the token comes from the environment")
    if "?" in text or "#" in text:
        raise _bad("it holds a ? or #; write only the base address")
    if not url.host or "%" in url.host:
        raise _bad("it names no host")
    if url.port is not None and not 0 < url.port < 65536:
        raise _bad("its port is not between 1 and 65535")


def _bad(why: str) -> UsageError:
    return UsageError(
        f"The API address can't be used: {why}. Give it as https://api.github.com"
        " (--api-url, or GITHUB_API_URL)."
    )


def on_this_machine(api_url: str) -> bool:
    """Tell whether the API at *api_url* is on this machine; raise UsageError for no address."""
    return is_loopback(parse(api_url))


def is_loopback(url: httpx.URL) -> bool:
    """Tell whether *url* is on this machine: 127.0.0.0/8, ::1 or localhost."""
    if url.host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(url.host)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        # An IPv4 address dressed as IPv6 counts in some versions of Python only.
        return address == ipaddress.IPv6Address("::1")
    return address.is_loopback


def same_origin(one: httpx.URL, other: httpx.URL) -> bool:
    """Tell whether both have the same scheme, host and port."""
    return _origin(one) == _origin(other)


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return (url.scheme, url.host, url.port or _DEFAULT_PORTS.get(url.scheme))


def resolve(base: httpx.URL, target: str) -> httpx.URL | None:
    """Return where *target*, found in an answer from *base*, points; None if it is no URL."""
    try:
        return httpx.URL(urljoin(str(base), target.strip()))
    except (httpx.InvalidURL, ValueError):
        return None


def path(*segments: str | int) -> str:
    """Return the path made of *segments*, each one encoded so that it stays one segment.

    Raise NotFound for a segment that can name nothing: asking for it would ask for something else.
    """
    return "".join(f"/{_encoded(str(segment))}" for segment in segments)


def _encoded(segment: str) -> str:
    if segment in {"", ".", ".."}:
        raise NotFound(f"Nothing on GitHub can be named {segment!r}.")
    try:
        return quote(segment, safe="")
    except UnicodeEncodeError as error:
        raise NotFound(f"Nothing on GitHub can be named {segment!r}.") from error
