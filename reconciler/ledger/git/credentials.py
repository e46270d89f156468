"""Find the repository a command runs in, where its `origin` is, and what opens that."""

from __future__ import annotations

import base64
import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from reconciler.errors import LedgerError
from reconciler.ledger.git.git import Git, GitFault, words

TOKEN = "COPILOT_SEATS_REPOSITORY_TOKEN"
"""The variable with a token for the repository that holds the ledgers."""

REMOTE = "copilot-seats"
"""What the user's `origin` is called in our own repository."""

_ORIGIN = "origin"
_CARRIED = re.compile(
    r"(?:http|credential|ssh|protocol)\..+|core\.(?:sshcommand|askpass|gitproxy)"
    rf"|remote\.{_ORIGIN}\.(?:proxy|proxyauthmethod|uploadpack|receivepack)"
)
_USERINFO = re.compile(r"(?<=://)[^/@\s]+(?=@)")
_SCP_LIKE = re.compile(r"[^/:]+:")


@dataclass(frozen=True, slots=True)
class Access:
    """The settings by which git reaches `origin` from another folder, and what not to show.

    `unused` says why a token that is set does not go there.
    """

    address: str
    settings: tuple[tuple[str, str], ...] = field(repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    unused: str = ""

    def hide(self, text: str) -> str:
        """Return *text* without secrets and without names and passwords in addresses."""
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return _USERINFO.sub("***", text)


def access(here: Path, environ: Mapping[str, str]) -> Access:
    """Return how `origin` of the repository around *here* is reached; raise LedgerError else."""
    git = Git(here, environ, hide=lambda text: _USERINFO.sub("***", text), home=True)
    found = git.ask("rev-parse", "--absolute-git-dir")
    if found.code != 0:
        raise LedgerError(
            f"--state-branch keeps the ledgers on a branch of the git repository the command runs "
            f"in, and {here} is in none that can be used: {words(found)}"
        )
    addresses = [_address(git, found.out, *kind) for kind in ((), ("--push",))]
    token, secrets, unused = _token(addresses, environ)
    if token:
        addresses = [_bare(address) for address in addresses]
    settings = (
        (f"remote.{REMOTE}.url", addresses[0]),
        (f"remote.{REMOTE}.pushurl", addresses[1]),
        *_carried(git, with_headers=not token),
        *token,
    )
    return Access(_USERINFO.sub("***", addresses[0]), settings, secrets, unused)


# --- where it is --------------------------------------------------------------------------------


def _address(git: Git, git_dir: bytes, *kind: str) -> str:
    """Return the address of `origin`, a path as an absolute one."""
    found = git.ask("remote", "get-url", *kind, _ORIGIN)
    if found.code != 0:
        raise LedgerError(
            f"--state-branch needs a remote called `{_ORIGIN}`, to fetch the ledgers from and to "
            f"push them to: {words(found)}"
        )
    address = found.out.decode("utf-8", "surrogateescape").splitlines()[0]
    if "://" in address or "::" in address or _SCP_LIKE.match(address):
        return address
    top = git.ask("rev-parse", "--show-toplevel")
    base = (top.out if top.code == 0 else git_dir).decode("utf-8", "surrogateescape").rstrip("\n")
    return str(Path(base, address))


def _bare(address: str) -> str:
    """Return *address* without name and password: only one of two credentials can be sent."""
    parts = urlsplit(address)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _carried(git: Git, *, with_headers: bool) -> list[tuple[str, str]]:
    """Return the settings of the user's repository about reaching `origin`.

    Those of the user and of the system hold in every folder already.
    """
    try:
        listed = git("config", "--null", "--show-scope", "--list")
    except GitFault as fault:
        raise GitFault(f"{fault}. A ledger on a branch needs git 2.31 or newer") from fault
    fields = listed.decode("utf-8", "surrogateescape").split("\0")
    found = []
    for scope, entry in zip(fields[::2], fields[1::2], strict=False):
        key, equals, value = entry.partition("\n")
        folded = key.lower()
        if scope not in ("local", "worktree") or not _CARRIED.fullmatch(folded):
            continue
        if folded.endswith(".extraheader") and not with_headers:
            continue
        name = re.sub(rf"^remote\.{_ORIGIN}\.", f"remote.{REMOTE}.", key)
        found.append((name, value if equals else "true"))
    return found


# --- what opens it ------------------------------------------------------------------------------


def _token(
    addresses: Iterable[str], environ: Mapping[str, str]
) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...], str]:
    """Return the settings that send the token, what it looks like, or why it isn't sent.

    It goes to the host of GITHUB_SERVER_URL only, over https, or to this machine.
    """
    token = environ.get(TOKEN, "")
    if not token:
        return (), (), ""
    if any(not "!" <= character <= "~" for character in token):
        raise LedgerError(
            f"{TOKEN} holds a space, a line break or another character that no token has; it was "
            "probably copied with something around it. (It is not shown here.)"
        )
    server = environ.get("GITHUB_SERVER_URL") or "https://github.com"
    basic = base64.b64encode(f"x-access-token:{token}".encode()).decode()
    secrets = (token, basic, quote(token, safe=""))
    if any(_origin_of(address) != _origin_of(server) for address in addresses):
        return (), secrets, f"{TOKEN} was not used: it goes to {server} only, over https"
    origin = _origin_of(server)
    if origin is None:
        return (), secrets, f"{TOKEN} was not used: {server} is no https address"
    header = f"http.{origin}/.extraheader"
    settings = (
        (header, ""),  # forgets those that a checkout has left: two are refused by GitHub
        (header, f"Authorization: Basic {basic}"),
        ("http.followRedirects", "false"),
        ("credential.helper", ""),
    )
    return settings, secrets, ""


def _origin_of(address: str) -> str | None:
    """Return scheme, host and port of an address that a token may go to, else None."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    if not host or not (parts.scheme == "https" or (parts.scheme == "http" and _here(host))):
        return None
    name = f"[{host}]" if ":" in host else host
    usual = {"https": 443, "http": 80}[parts.scheme]
    return f"{parts.scheme}://{name}" + (f":{port}" if port not in (None, usual) else "")


def _here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
