"""Which addresses a token may be sent to: https anywhere, plain http to this machine only."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import quote, urljoin

import httpx

from reconciler.errors import NotFound, UsageError

PUBLIC = "https://api.github.com"
_TENANT = "ghe.com"
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
    _refuse_other_hosts(url)
    if url.scheme == "http" and not is_loopback(url):
        raise UsageError(
            f"The API address http://{url.host} is refused: plain http would show the token to the"
            " network. Use https, or http to this machine only (127.0.0.1, ::1, localhost)."
        )
    return url


def _check_parts(text: str, url: httpx.URL) -> None:
    if url.scheme not in _DEFAULT_PORTS:
        raise _bad("it must begin with https://", _with_scheme(text))
    if url.userinfo:
        raise _bad("it holds a user name or password; the token comes from the environment")
    if "?" in text or "#" in text:
        raise _bad("it holds a ? or #; write only the base address")
    if not url.host or "%" in url.host:
        raise _bad("it names no host")
    if url.port is not None and not 0 < url.port < 65536:
        raise _bad("its port is not between 1 and 65535")


def _with_scheme(text: str) -> str:
    """Return the address that a host alone probably stands for."""
    if not re.fullmatch(r"(?i)[a-z0-9-]+(?:\.[a-z0-9-]+)+/?", text):
        return PUBLIC
    host = text.rstrip("/").lower()
    return _api_of(host) or f"https://{host}"


def _refuse_other_hosts(url: httpx.URL) -> None:
    """Raise where *url* is a web address of GitHub's, or an address of Enterprise Server."""
    at = _api_of(url.host)
    if at is not None and url.host != httpx.URL(at).host:
        raise _bad(f"{url.host} is a web address, not the API", at)
    path = url.path.rstrip("/")
    if at is not None and path:
        raise _bad(f"the API of {url.host} has no path", at)
    if path.lower() in {"/api/v3", "/api/graphql"} and not is_loopback(url):
        raise _bad(
            f"{url.host}{path} is GitHub Enterprise Server, which has no Copilot seats",
            f"{PUBLIC}, or with data residency as https://api.SUBDOMAIN.{_TENANT}",
        )


def _api_of(host: str) -> str | None:
    """Return the API's address for a *host* of GitHub's; None for any other."""
    if host == "github.com" or host.endswith(".github.com"):
        return PUBLIC
    if host == _TENANT or host.endswith(f".{_TENANT}"):
        tenant = host.removesuffix(_TENANT).rstrip(".").rpartition(".")[2]
        return f"https://api.{tenant if tenant not in ('', 'api') else 'SUBDOMAIN'}.{_TENANT}"
    return None


def is_github(url: httpx.URL) -> bool:
    """Tell whether *url* is on a host of GitHub's own."""
    return _api_of(url.host) is not None


def _bad(why: str, write: str = PUBLIC) -> UsageError:
    return UsageError(
        f"The API address can't be used: {why}. Give it as {write} (--api-url, or GITHUB_API_URL)."
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
