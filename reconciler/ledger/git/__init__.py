"""Ledgers on a branch of a git repository: fetched before a run, pushed while it writes."""

from reconciler.ledger.git.branch import StateBranch
from reconciler.ledger.git.credentials import TOKEN
from reconciler.ledger.git.refname import require_name

__all__ = ["TOKEN", "StateBranch", "require_name"]
