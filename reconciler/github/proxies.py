"""Finds the environment's proxy for an address, by the rules of curl and Go.

httpx reads the variables all at once: an entry of NO_PROXY that it can't parse, or a proxy that is
not for this address, would stop every command.
"""

from __future__ import annotations

import importlib.util
import ipaddress
import os
import re
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

import httpx

from reconciler.errors import UsageError
from reconciler.github.urls import is_loopback

_SCHEMES = frozenset({"http", "https", "socks5", "socks5h"})
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Found:
    """A proxy, and the variable that names it; `url` may hold a password."""

    variable: str
    url: str

    @property
    def shown(self) -> str:
        """The variable, with the proxy's host and port where they can be read."""
        try:
            url = httpx.URL(self.url)
        except (httpx.InvalidURL, ValueError):
            return self.variable
        port = "" if url.port is None else f":{url.port}"
        return f"{url.host}{port} ({self.variable})" if url.host else self.variable


def found_for(url: httpx.URL) -> Found | None:
    """Return the proxy for *url*, None where it is reached directly; never for this machine."""
    if not url.host or is_loopback(url):
        return None
    proxies = urllib.request.getproxies()
    kind = next((one for one in (url.scheme, "all") if proxies.get(one)), None)
    if kind is None or _bypassed(url, proxies.get("no", "")):
        return None
    named = proxies[kind].strip()
    address = named if "://" in named else f"http://{named}"
    return Found(_variable(f"{kind}_proxy", os.environ), address)


def transport(url: httpx.URL) -> httpx.HTTPTransport:
    """Return what reaches *url*, through the environment's proxy if there is one for it.

    Raise UsageError, without the proxy's password, for one that can't be used.
    """
    found = found_for(url)
    if found is None:
        return httpx.HTTPTransport()
    scheme = found.url.partition("://")[0].lower()
    if scheme not in _SCHEMES:
        shown = scheme if re.fullmatch(r"[a-z][a-z0-9+.-]{0,20}", scheme) else "that"
        raise UsageError(
            f"{found.variable} names a proxy with the scheme {shown}://, which is not supported:"
            " write it with http://, https:// or socks5://."
        )
    if scheme.startswith("socks") and importlib.util.find_spec("socksio") is None:
        raise UsageError(
            f"{found.variable} names a {scheme} proxy: install support for it with"
            " pip install 'httpx[socks]', or name an http:// proxy."
        )
    try:
        proxy = httpx.Proxy(found.url)
        if not proxy.url.host:
            raise ValueError("no host")
    except (httpx.InvalidURL, ValueError):
        # The text of the error may hold the proxy's password.
        raise UsageError(
            f"{found.variable} can't be read as the address of a proxy: write it as"
            " http://HOST:PORT, with special characters of a password percent-encoded."
        ) from None
    return httpx.HTTPTransport(proxy=proxy)


def _variable(name: str, environ: Mapping[str, str]) -> str:
    """Return how *name* is written in *environ*; lower case wins, as everywhere."""
    return name if environ.get(name) else name.upper()


def _bypassed(url: httpx.URL, entries: str) -> bool:
    return any(_matches(url, entry.lower()) for entry in re.split(r"[,\s]+", entries) if entry)


def _matches(url: httpx.URL, entry: str) -> bool:
    """Tell whether *entry* of NO_PROXY is for *url*; one that can't be read is for nothing."""
    scheme, separator, rest = entry.rpartition("://")
    if separator and scheme not in (url.scheme, "all"):
        return False
    name, port = _split(rest)
    if port and int(port) != (url.port or _PORTS.get(url.scheme)):
        return False
    host = url.host.lower()
    if (network := _network(name)) is not None:
        address = _address(host)
        return address is not None and address in network
    if name == "*":
        return True
    name = name.removeprefix("*").strip(".")
    return bool(name) and (host == name or host.endswith(f".{name}") or fnmatchcase(host, name))


def _split(entry: str) -> tuple[str, str]:
    """Return the name, address or network of *entry*, without brackets, and its port."""
    if (found := re.fullmatch(r"\[([^\]]*)\](/[0-9]+)?(?::([0-9]{1,5}))?", entry)) is not None:
        return found[1] + (found[2] or ""), found[3] or ""
    name, colon, port = entry.partition(":")
    return (name, port) if colon and re.fullmatch(r"[0-9]{1,5}", port) else (entry, "")


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _network(entry: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return None
