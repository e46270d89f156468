"""A branch of `origin` through a small repository of our own: fetched, and pushed on conditions."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from reconciler.ledger.git.commit import Tip
from reconciler.ledger.git.credentials import REMOTE, TOKEN, Access
from reconciler.ledger.git.git import NETWORK, Answer, Git, GitFault, words

_TIP = "refs/copilot-seats/tip"
_LOCKED = ("could not read Username", "Authentication failed")


class Remote:
    """Branch *name* where *access* leads, with *folder* for git's own files."""

    def __init__(self, name: str, access: Access, folder: Path, environ: Mapping[str, str]) -> None:
        self.name = name
        self._access = access
        self.git = Git(folder, environ, access.settings, hide=access.hide)
        self.git("init", "--quiet", "--bare", "--template=")

    def fetch(self) -> Tip:
        """Return the newest commit of the branch, fetched without those before it."""
        answer = self.git.ask(
            *("fetch", "--quiet", "--force", "--depth=1", "--no-tags", "--no-write-fetch-head"),
            *(REMOTE, f"+refs/heads/{self.name}:{_TIP}"),
            within=NETWORK,
        )
        if answer.code != 0:
            if self._is_missing():
                return Tip(None)
            raise self._fault("could not be fetched", answer)
        commit = self.git("rev-parse", "--verify", _TIP).decode().strip()
        return Tip.read(self.git, commit, self.name)

    def push(self, commit: str, branch: str, expected: str | None) -> GitFault | None:
        """Let *branch* be *commit* if it still is *expected*; return what went wrong.

        With None it must not exist. The lease forces nothing: *commit* follows *expected*.
        """
        try:
            answer = self.git.ask(
                *("push", "--porcelain", "--no-verify", "--no-follow-tags"),
                f"--force-with-lease=refs/heads/{branch}:{expected or ''}",
                *(REMOTE, f"{commit}:refs/heads/{branch}"),
                within=NETWORK,
            )
        except GitFault as fault:
            return fault
        what = "could not be pushed (a workflow needs `contents: write`)"
        return None if answer.code == 0 else self._fault(what, answer)

    def store(self, data: bytes) -> str:
        """Keep *data* as a file's content, byte for byte, and return its id."""
        arguments = ("hash-object", "-w", "-t", "blob", "--no-filters", "--stdin")
        return self.git(*arguments, data=data).decode().strip()

    def content(self, number: str) -> bytes:
        """Return the content with the id *number*."""
        return self.git("cat-file", "blob", number)

    def _is_missing(self) -> bool:
        """Tell whether the remote answers, and has no such branch."""
        ref = f"refs/heads/{self.name}"
        answer = self.git.ask("ls-remote", "--quiet", REMOTE, ref, within=NETWORK)
        found = [line.partition(b"\t")[2] for line in answer.out.splitlines()]
        return answer.code == 0 and ref.encode() not in found

    def _fault(self, what: str, answer: Answer) -> GitFault:
        said, more = words(answer), self._access.unused
        if not more and any(sign in said for sign in _LOCKED):
            more = f"{TOKEN} can hold a token that opens it"
        text = f"branch {self.name} of {self._access.address} {what}: {said}"
        return GitFault(f"{text}. {more}" if more else text)
