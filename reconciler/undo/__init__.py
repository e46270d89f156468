"""Undo an apply: plan the opposite of what it did, as the ledger tells it, where it still stands.

Nothing comes from a file that somebody could have forged: what was done is in the ledger, whether
it still stands is on GitHub, and the guards are those of the seats file.
"""

from reconciler.undo.applied import Deed, Past, look_closer
from reconciler.undo.plan import plan_undo

__all__ = ["Deed", "Past", "look_closer", "plan_undo"]
