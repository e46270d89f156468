"""Say which words may name a branch, before git sees them."""

from __future__ import annotations

import re

from reconciler.errors import UsageError

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._/+@=-]{0,149}")
_NEVER = ("..", "//", "@{", "/.", "./")


def require_name(name: str) -> str:
    """Return *name* if it can name a branch and be nothing else to git, else raise UsageError.

    Narrower than `git check-ref-format`: no option, no revision expression, no pattern, no path.
    """
    whole = _NAME.fullmatch(name) and not any(part in name for part in _NEVER)
    ends = name.endswith(("/", ".")) or any(part.endswith(".lock") for part in name.split("/"))
    if not whole or ends or name.startswith("refs/") or name == "HEAD":
        raise UsageError(
            f"--state-branch {name!r} can't be a branch's name: use letters, digits, `-`, `_` and "
            "`/`, such as copilot-seats-ledger"
        )
    return name
