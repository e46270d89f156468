"""Ledgers on a branch of a git repository: fetched before a run, pushed while it writes."""

from reconciler.branch.access import TOKEN
from reconciler.branch.names import require_name
from reconciler.branch.state import StateBranch

__all__ = ["TOKEN", "StateBranch", "require_name"]
