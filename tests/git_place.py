"""A repository with its remote on disk, as a state branch finds them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from reconciler.ledger.git import StateBranch

NAME = "seats/ledger"
BARE = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
SOMEBODY = {
    **BARE,
    **{f"GIT_{who}_NAME": "somebody" for who in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{who}_EMAIL": "somebody@example.com" for who in ("AUTHOR", "COMMITTER")},
}


def git(folder: Path, *arguments: object, data: bytes | None = None) -> str:
    """Run git as somebody in *folder*, and return what it prints."""
    done = subprocess.run(
        ["git", *map(str, arguments)],
        cwd=folder,
        env=SOMEBODY,
        input=data,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, f"git {arguments}: {done.stderr.decode()}"
    return done.stdout.decode().strip()


@dataclass
class Place:
    """A bare remote, and a clone of it in which commands run."""

    root: Path
    branch: str = NAME
    environ: dict[str, str] = field(default_factory=lambda: dict(BARE))

    def __post_init__(self) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        self.remote = self.root / "remote.git"
        self.here = self.root / "work"
        git(self.root, "init", "--quiet", "--bare", self.remote)
        git(self.root, "init", "--quiet", self.here)
        git(self.here, "remote", "add", "origin", self.remote)

    def state(self, **more: str) -> StateBranch:
        """Fetch the branch, as a run of its own would."""
        return StateBranch(self.branch, self.here, {**self.environ, **more})

    # what is on the branch

    @property
    def ref(self) -> str:
        return f"refs/heads/{self.branch}"

    def tip(self, branch: str | None = None) -> str:
        return git(self.remote, "rev-parse", f"refs/heads/{branch or self.branch}")

    def branches(self) -> set[str]:
        listed = git(self.remote, "for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads")
        return set(listed.splitlines())

    def files(self, branch: str | None = None) -> set[str]:
        listed = git(self.remote, "ls-tree", "-r", "--name-only", self.tip(branch))
        return set(listed.splitlines())

    def content(self, name: str = "acme.jsonl", branch: str | None = None) -> str:
        return git(self.remote, "show", f"refs/heads/{branch or self.branch}:{name}")

    def count(self) -> int:
        """Return how many commits the branch has."""
        return int(git(self.remote, "rev-list", "--count", self.ref))

    def subjects(self) -> list[str]:
        return git(self.remote, "log", "--reverse", "--format=%s", self.ref).splitlines()

    # what others do to it

    def commit(
        self, files: Mapping[str, str], *, message: str = "by hand", orphan: bool = False
    ) -> str:
        """Commit *files* by hand and let the branch be that commit, whatever it was before.

        Unless it is an *orphan* it follows the tip, whose other files stay.
        """
        old = [] if orphan or self.branch not in self.branches() else [self.tip()]
        kept = git(self.remote, "ls-tree", old[0]).splitlines() if old else []
        lines = [line for line in kept if line.partition("\t")[2] not in files]
        for name, text in files.items():
            blob = git(self.remote, "hash-object", "-w", "--stdin", data=text.encode())
            lines.append(f"100644 blob {blob}\t{name}")
        return self.commit_tree(lines, message, old)

    def commit_tree(self, lines: list[str], message: str, parents: list[str]) -> str:
        listed = "".join(f"{line}\n" for line in lines).encode()
        tree = git(self.remote, "mktree", "--missing", data=listed)
        follows = [word for parent in parents for word in ("-p", parent)]
        commit = git(self.remote, "commit-tree", tree, *follows, "-m", message)
        git(self.remote, "update-ref", self.ref, commit)
        return commit

    def put_back(self, commit: str) -> None:
        """Let the branch be *commit*, as a forced push does."""
        git(self.remote, "update-ref", self.ref, commit)

    def free(self) -> None:
        """Say by hand that nobody is writing."""
        self.commit({}, message="Nobody writes here any more")

    def hook(self, name: str, script: str) -> None:
        """Let the remote run *script* when it is pushed to."""
        path = self.remote / "hooks" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)


def write(state: StateBranch, text: str, org: str = "acme") -> Path:
    """Append *text* to a ledger in the fetched folder, or begin it."""
    path = state.folder / f"{org}.jsonl"
    with path.open("a", encoding="utf-8") as out:
        out.write(text)
    return path
