"""The newest commit of a branch of ledgers: what it holds, and the commit that would follow it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from reconciler.errors import LedgerError
from reconciler.ledger.git import lease
from reconciler.ledger.git.git import Git
from reconciler.ledger.git.lease import Scribe

FILE = re.compile(r"[a-z0-9_-]{1,100}\.jsonl")
"""What a ledger's file is called."""

_BESIDE = re.compile(r"\..*|.*\.md", re.DOTALL)
"""What may lie beside ledgers: what explains them, and what GitHub and git are told about them."""

_PLAIN = ("100644", "100755")


@dataclass(frozen=True, slots=True)
class Tip:
    """A commit of ledgers; None stands for a branch that does not exist.

    `files` are the ids of its ledgers' contents by name, `tree` is everything as git lists it.
    """

    commit: str | None
    files: Mapping[str, str] = field(default_factory=dict)
    tree: tuple[str, ...] = ()
    scribes: Mapping[str, Scribe] = field(default_factory=dict)

    @classmethod
    def read(cls, git: Git, commit: str, branch: str) -> Tip:
        """Read *commit*; raise LedgerError where it holds more than ledgers."""
        listed = git("ls-tree", "-z", commit).decode("utf-8", "surrogateescape").split("\0")
        tree = tuple(line for line in listed if line)
        files = {}
        for line in tree:
            facts, _, name = line.partition("\t")
            mode, kind, number = facts.split(" ")
            if FILE.fullmatch(name) and kind == "blob" and mode in _PLAIN:
                files[name] = number
            elif not _BESIDE.fullmatch(name):
                raise LedgerError(
                    f"branch {branch} holds `{name}`, which is no ledger: choose a branch that is "
                    "for ledgers only; `copilot-seats ledger init` and `init` begin one"
                )
        text = git("cat-file", "commit", commit).decode("utf-8", "replace")
        return cls(commit, files, tree, lease.read(text.partition("\n\n")[2]))

    def with_ledger(self, git: Git, name: str, content: str, by: Scribe, subject: str) -> Tip:
        """Make the commit that follows this one, with *content* as the ledger called *name*."""
        others = (line for line in self.tree if line.partition("\t")[2] != name)
        tree = (*others, f"100644 blob {content}\t{name}")
        listed = "".join(f"{line}\0" for line in tree).encode("utf-8", "surrogateescape")
        made = git("mktree", "-z", data=listed).decode().strip()
        scribes = {**self.scribes, name: by}
        message = f"{subject}\n\n{lease.lines(scribes.values(), by.at)}"
        parent = ("-p", self.commit) if self.commit else ()
        commit = git("commit-tree", made, *parent, "-F", "-", data=message.encode())
        found = replace(self, files={**self.files, name: content}, tree=tree, scribes=scribes)
        return replace(found, commit=commit.decode().strip())
