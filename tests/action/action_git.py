"""git, and a bare repository on disk as GitHub's."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path


def git(folder: Path, *arguments: str) -> str:
    """Run git in *folder*, with nobody's configuration."""
    author = ["-c", "user.name=somebody", "-c", "user.email=somebody@example.com"]
    done = subprocess.run(
        ["git", *author, *arguments],
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_CONFIG_NOSYSTEM": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


class Origin:
    """A bare repository on disk, with branches made from files."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "origin.git"
        self._work = folder / "work"
        git(folder, "init", "--quiet", "--bare", "--initial-branch=main", str(self.path))
        # GitHub gives every commit to whoever names it.
        git(self.path, "config", "uploadpack.allowAnySHA1InWant", "true")
        git(folder, "clone", "--quiet", str(self.path), str(self._work))

    def commit(self, branch: str, files: Mapping[str, str | None], *, start: str = "main") -> str:
        """Commit *files* (None removes one) on *branch*; return the commit's name."""
        work = self._work
        if self.branches():
            git(work, "fetch", "--quiet", "origin")
            known = f"origin/{branch if branch in self.branches() else start}"
            git(work, "checkout", "--quiet", "-f", "-B", branch, known)
        else:
            git(work, "checkout", "--quiet", "-B", branch)
        for name, text in files.items():
            path = work / name
            if text is None:
                path.unlink()
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        git(work, "add", "--all")
        git(work, "commit", "--quiet", "--allow-empty", "--message", "Change")
        git(work, "push", "--quiet", "origin", branch)
        return git(work, "rev-parse", "HEAD")

    def clone(self) -> Path:
        """Return a clone with main checked out."""
        git(self._work, "fetch", "--quiet", "origin")
        git(self._work, "checkout", "--quiet", "-f", "-B", "main", "origin/main")
        return self._work

    def branches(self) -> list[str]:
        return git(self.path, "for-each-ref", "--format=%(refname:short)", "refs/heads").split()

    def before(self, branch: str = "main") -> str:
        """Return the commit before the last one of *branch*; zeros if there is none."""
        found = git(self.path, "rev-list", "--max-count=2", branch).split()
        return found[1] if len(found) > 1 else "0" * 40

    def show(self, branch: str, path: str) -> str:
        return git(self.path, "show", f"{branch}:{path}")
